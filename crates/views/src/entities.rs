//! Entities: how each stood and what was said of it over time, and the events that touch them.

use crate::indices::Indices;
use almoner_ledger::entity::{EntityType, Found, Hold, HoldTarget, Name, Told};
use almoner_ledger::walked;
use almoner_ledger::{ChainNo, Entity, EntityKind, EntityNo, Rows, Said, Standing};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

/// An entity of any kind as it was after a prefix of the log. Whoever asks for one kind gets a [`Found`].
#[derive(Debug, Clone, Copy)]
pub struct EntityAt<'a> {
    /// Its number.
    pub no: EntityNo,
    /// Whose.
    pub chain: ChainNo,
    /// Its id.
    pub id: &'a str,
    /// Log index of the event that opened it.
    pub opened: u64,
    /// What events said of it, and how it stood.
    pub told: Told<'a>,
}

impl<'a> EntityAt<'a> {
    /// What it is.
    #[must_use]
    pub fn kind(self) -> EntityKind {
        self.told.kind()
    }

    /// What it is called.
    #[must_use]
    pub fn name(self) -> Name<'a> {
        self.told.name()
    }

    /// The entity, if it is one of these.
    #[must_use]
    pub fn of<K: EntityType>(self) -> Option<Found<'a, K>> {
        let EntityAt { no, chain, id, opened, told } = self;
        let (said, standing) = K::told(told)?;
        Some(Found { no, chain, id, opened, said, standing })
    }
}

#[derive(Debug)]
struct Row {
    chain: ChainNo,
    id: String,
    opened: u64,
    /// Each with the index of the event that made it so.
    standings: Vec<(u64, Standing)>,
    /// The same; what is said is shared with the books and copied by nobody.
    said: Vec<(u64, Arc<Said>)>,
}

/// The last of them that an event below `at` made.
fn last<T>(of: &[(u64, T)], at: Option<u64>) -> Option<&T> {
    let end = at.map_or(of.len(), |size| of.partition_point(|(index, _)| *index < size));
    of.get(end.checked_sub(1)?).map(|(_, value)| value)
}

#[derive(Debug, Default)]
pub(crate) struct Entities {
    /// By number.
    rows: Vec<Row>,
    by_id: BTreeMap<(ChainNo, EntityKind, String), EntityNo>,
    /// In order of opening.
    of_kind: BTreeMap<EntityKind, Vec<EntityNo>>,
    /// The same of one chain.
    of_chain: BTreeMap<(ChainNo, EntityKind), Vec<EntityNo>>,
    /// By number: events that touch it, as fund or project of a posting or by changing it.
    touching: Vec<Rows<1>>,
    /// Holds that name something, lifted ones too.
    holds: BTreeMap<HoldTarget, Vec<EntityNo>>,
}

impl Entities {
    pub(crate) fn open(&mut self, index: u64, entity: &Entity) {
        let Entity { no, chain, opened, standing, .. } = *entity;
        let kind = entity.kind();
        self.by_id.insert((chain, kind, entity.id.clone()), no);
        self.of_kind.entry(kind).or_default().push(no);
        self.of_chain.entry((chain, kind)).or_default().push(no);
        if let Some(hold) = entity.of::<Hold>() {
            self.holds.entry(hold.said.on).or_default().push(no);
        }
        // Most entities never change: room for one, not for the four that an empty list would take.
        let (standings, said) = (vec![(index, standing)], vec![(index, Arc::clone(&entity.said))]);
        self.rows.push(Row { chain, id: entity.id.clone(), opened, standings, said });
        self.touching.push(Rows::new());
        self.touch(no, index);
    }

    pub(crate) fn stand(&mut self, index: u64, no: EntityNo, standing: Standing) {
        if let Some(row) = self.rows.get_mut(no.place()) {
            row.standings.push((index, standing));
        }
        self.touch(no, index);
    }

    pub(crate) fn say(&mut self, index: u64, no: EntityNo, said: &Arc<Said>) {
        if let Some(row) = self.rows.get_mut(no.place()) {
            row.said.push((index, Arc::clone(said)));
        }
        self.touch(no, index);
    }

    pub(crate) fn touch(&mut self, entity: EntityNo, index: u64) {
        if let Some(events) = self.touching.get_mut(entity.place())
            && events.last() != Some([index.cast_signed()])
        {
            events.push([index.cast_signed()]);
        }
    }

    pub(crate) fn find(&self, chain: ChainNo, kind: EntityKind, id: &str) -> Option<EntityNo> {
        self.by_id.get(&(chain, kind, id.to_owned())).copied()
    }

    pub(crate) fn get(&self, no: EntityNo, at: Option<u64>) -> Option<EntityAt<'_>> {
        walked::more(1);
        let row = self.rows.get(no.place())?;
        let told = Told::of(last(&row.said, at)?, *last(&row.standings, at)?)?;
        let Row { chain, opened, .. } = *row;
        Some(EntityAt { no, chain, id: &row.id, opened, told })
    }

    /// Of one kind and chain, in order of their ids.
    pub(crate) fn of(&self, kind: EntityKind, chain: ChainNo, at: Option<u64>) -> impl Iterator<Item = EntityAt<'_>> {
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

    pub(crate) fn touching(&self, entity: EntityNo) -> Indices<'_> {
        self.touching.get(entity.place()).map_or(Indices::none(), Indices::all)
    }

    pub(crate) fn holds_on(&self, target: &HoldTarget) -> &[EntityNo] {
        self.holds.get(target).map_or(&[], Vec::as_slice)
    }
}
