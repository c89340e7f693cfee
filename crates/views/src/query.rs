//! Questions that the API and the pages ask: everything as it was after the first `at` events.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use crate::Views;
use crate::chains::KeyView;
use crate::figures::{Selection, Strip};
use crate::indices::Indices;
use almoner_ledger::entity::{EntityType, Found, Hold, HoldState, HoldTarget};
use almoner_ledger::{ChainNo, EntityNo, Money};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A chain as it was after a prefix of the log.
#[derive(Debug, Clone)]
pub struct ChainAt<'a> {
    /// Its number.
    pub no: ChainNo,
    /// Its id.
    pub id: &'a str,
    /// Language → name.
    pub names: &'a BTreeMap<String, String>,
    /// org-id.guide identifiers.
    pub identifiers: &'a [String],
    /// What it was admitted as.
    pub role: Option<&'static str>,
    /// Id of the chain that supervises it.
    pub supervisor: Option<&'a str>,
    /// Keys introduced so far; a retirement that came later is not told.
    pub keys: Vec<KeyView>,
    /// Log indices of its events, by seq.
    pub events: Indices<'a>,
}

/// Some entities in order of opening, and whether there are more.
pub type Opened<'a, K> = (Vec<Found<'a, K>>, bool);

impl Views {
    /// A chain; `None` if it was not open yet.
    #[must_use]
    pub fn chain_at(&self, no: ChainNo, at: Option<u64>) -> Option<ChainAt<'_>> {
        let size = at.unwrap_or(u64::MAX);
        let chain = self.chain(no)?;
        let events = chain.events().below(size);
        let described = chain.described.partition_point(|(index, ..)| *index < size);
        let (_, names, identifiers) = chain.described.get(described.checked_sub(1)?)?;
        let admitted = chain.role.filter(|(index, _)| *index < size);
        let keys = chain.keys.iter().filter(|key| key.introduced < size);
        Some(ChainAt {
            no,
            id: &chain.id,
            names,
            identifiers,
            role: admitted.map(|(_, role)| role),
            supervisor: admitted.and(chain.supervisor).and_then(|no| self.chain(no)).map(|chain| chain.id.as_str()),
            keys: keys
                .map(|key| KeyView { retired: key.retired.filter(|index| *index < size), ..key.clone() })
                .collect(),
            events,
        })
    }

    /// Every chain that was open, in order of opening.
    pub fn chains_at(&self, at: Option<u64>) -> impl Iterator<Item = ChainAt<'_>> {
        (0u32..).map(ChainNo).take_while(|no| self.chain(*no).is_some()).map_while(move |no| self.chain_at(no, at))
    }

    /// Entities of a kind that were opened by events with indices in `within`, in order of opening or the other way round.
    /// At least `limit` of them if there are so many: those that one event opened stay together, so that the index is a
    /// cursor.
    #[must_use]
    pub fn opened_within<K: EntityType>(
        &self,
        chain: Option<ChainNo>,
        within: Range<u64>,
        at: Option<u64>,
        (newest_first, limit): (bool, usize),
    ) -> Opened<'_, K> {
        let mut found: Vec<Found<'_, K>> = Vec::new();
        let numbers = self.entities.opened(K::KIND, chain);
        let below = |index: u64| numbers.partition_point(|no| self.entity(*no, None).is_some_and(|e| e.opened < index));
        let mut asked = numbers.get(below(within.start)..below(within.end)).unwrap_or_default().iter();
        while let Some(no) = if newest_first { asked.next_back() } else { asked.next() } {
            let Some(entity) = self.typed::<K>(*no, at) else { continue };
            if found.len() >= limit && found.last().is_some_and(|last| last.opened != entity.opened) {
                return (found, true);
            }
            found.push(entity);
        }
        (found, false)
    }

    /// The newest events that touch any of these entities, newest first.
    #[must_use]
    pub fn latest_touching(&self, entities: &[EntityNo], at: u64, most: usize) -> Vec<u64> {
        let mut all = BTreeSet::new();
        for entity in entities {
            all.extend(self.touching(*entity).below(at).iter().rev().take(most));
        }
        all.into_iter().rev().take(most).collect()
    }

    /// Holds that stand on a chain, a fund or a project.
    #[must_use]
    pub fn holds_on(&self, targets: &[HoldTarget], at: Option<u64>) -> Vec<Found<'_, Hold>> {
        let stands = |hold: &Found<'_, Hold>| hold.standing.state == HoldState::Placed;
        let holds = targets.iter().flat_map(|target| self.entities.holds_on(target));
        let mut holds: Vec<Found<'_, Hold>> = holds.filter_map(|no| self.typed(*no, at)).filter(stands).collect();
        holds.sort_unstable_by_key(|hold| (hold.chain, hold.id));
        holds
    }

    /// Events of a chain that reverse others, the newest first.
    pub fn reversals_of(&self, chain: ChainNo, at: u64) -> impl Iterator<Item = u64> {
        self.corrections.of_chain(chain).iter().rev().copied().filter(move |index| *index < at)
    }

    /// `<chain>/<kind>/<id>`
    #[must_use]
    pub fn reference(&self, no: EntityNo) -> Option<String> {
        let entity = self.entity(no, None)?;
        Some(format!("{}/{}/{}", self.chain(entity.chain)?.id, entity.kind(), entity.id))
    }

    /// For which projects a fund held money so far; `None` is the money for no project.
    #[must_use]
    pub fn pools_of(&self, fund: EntityNo, at: Option<u64>) -> BTreeSet<Option<EntityNo>> {
        let accounts = self.accounts.of_fund(fund).filter(|(_, series)| series.has_begun(at));
        accounts.map(|(pool, _)| pool.project).collect()
    }

    /// The whole log, payments between its chains left out on both sides once they are confirmed: money is received once
    /// and spent once, and passed on is what is under way.
    #[must_use]
    pub fn totals(&self, at: Option<u64>) -> Vec<Strip> {
        let mut strips = self.strips(Selection::All, at);
        for strip in &mut strips {
            let passed_on = Money::from_minor(self.confirmed(strip.currency, at), strip.currency);
            (strip.received, strip.passed_on) = (strip.received.less(passed_on), strip.passed_on.less(passed_on));
        }
        strips
    }

    /// The event that reversed the one at an index, or some gifts of it, the newest first.
    #[must_use]
    pub fn reversed_by_at(&self, index: u64, at: u64) -> Vec<u64> {
        self.reversed_by(index).iter().rev().copied().filter(|by| *by < at).collect()
    }
}
