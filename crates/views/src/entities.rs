//! Entities in each state that they had, and the events that touch them.

use almoner_ledger::entity::HoldTarget;
use almoner_ledger::{Body, ChainNo, Entity, EntityKind, EntityNo};
use std::collections::BTreeMap;
use std::ops::Bound;

#[derive(Debug, Default)]
pub(crate) struct Entities {
    /// By number: each state with the index of the event that made it.
    states: Vec<Vec<(u64, Entity)>>,
    by_id: BTreeMap<(ChainNo, EntityKind, String), EntityNo>,
    /// In order of opening.
    of_kind: BTreeMap<EntityKind, Vec<EntityNo>>,
    /// The same of one chain.
    of_chain: BTreeMap<(ChainNo, EntityKind), Vec<EntityNo>>,
    /// By number: events that touch it, as fund or project of a posting or by changing it.
    touching: Vec<Vec<u64>>,
    /// Holds that name something, lifted ones too.
    holds: BTreeMap<HoldTarget, Vec<EntityNo>>,
}

impl Entities {
    pub(crate) fn put(&mut self, index: u64, entity: &Entity) {
        let no = entity.no;
        match self.states.get_mut(no.place()) {
            Some(states) => states.push((index, entity.clone())),
            None => {
                self.by_id.insert((entity.chain, entity.kind, entity.id.clone()), no);
                self.of_kind.entry(entity.kind).or_default().push(no);
                self.of_chain.entry((entity.chain, entity.kind)).or_default().push(no);
                if let Body::Hold { on, .. } = &entity.body {
                    self.holds.entry(*on).or_default().push(no);
                }
                self.states.push(vec![(index, entity.clone())]);
                self.touching.push(Vec::new());
            }
        }
        self.touch(no, index);
    }

    pub(crate) fn touch(&mut self, entity: EntityNo, index: u64) {
        if let Some(events) = self.touching.get_mut(entity.place())
            && events.last() != Some(&index)
        {
            events.push(index);
        }
    }

    pub(crate) fn find(&self, chain: ChainNo, kind: EntityKind, id: &str) -> Option<EntityNo> {
        self.by_id.get(&(chain, kind, id.to_owned())).copied()
    }

    pub(crate) fn get(&self, no: EntityNo, at: Option<u64>) -> Option<&Entity> {
        let states = self.states.get(no.place())?;
        let end = at.map_or(states.len(), |size| states.partition_point(|(index, _)| *index < size));
        states.get(end.checked_sub(1)?).map(|(_, entity)| entity)
    }

    /// Of one kind and chain, in order of their ids.
    pub(crate) fn of(&self, kind: EntityKind, chain: ChainNo, at: Option<u64>) -> impl Iterator<Item = &Entity> {
        let from = (Bound::Included((chain, kind, String::new())), Bound::Unbounded);
        let stretch = self.by_id.range(from).take_while(move |((c, k, _), _)| (chain, kind) == (*c, *k));
        stretch.filter_map(move |(_, no)| self.get(*no, at))
    }

    /// Numbers of a kind, of one chain or of all, in order of opening.
    pub(crate) fn opened(&self, kind: EntityKind, chain: Option<ChainNo>) -> &[EntityNo] {
        let list = match chain {
            Some(chain) => self.of_chain.get(&(chain, kind)),
            None => self.of_kind.get(&kind),
        };
        list.map_or(&[], Vec::as_slice)
    }

    pub(crate) fn touching(&self, entity: EntityNo) -> &[u64] {
        self.touching.get(entity.place()).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn holds_on(&self, target: &HoldTarget) -> &[EntityNo] {
        self.holds.get(target).map_or(&[], Vec::as_slice)
    }
}
