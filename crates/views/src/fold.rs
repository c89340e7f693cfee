//! The fold: effects in, readable state out, a projection for each thing that people read.

// Saturating: sizes of the log and positions in it, which do not come near the edge.

use crate::accounts::Accounts;
use crate::chains::{ChainView, Chains};
use crate::corrections::{Corrections, Irregular};
use crate::entities::{Entities, EntityAt};
use crate::indices::Indices;
use crate::kinds::Kinds;
use crate::money::Trails;
use crate::observed::Observed;
use crate::series::Series;
use almoner_ledger::effect::{Effect, Note};
use almoner_ledger::entity::{EntityType, Found};
use almoner_ledger::entry::AccountKey;
use almoner_ledger::{AccountNo, Booked, ChainNo, Currency, Done, EntityKind, EntityNo};

/// Everything that people read.
#[derive(Debug, Default)]
pub struct Views {
    size: u64,
    pub(crate) chains: Chains,
    pub(crate) entities: Entities,
    pub(crate) accounts: Accounts,
    pub(crate) kinds: Kinds,
    pub(crate) trails: Trails,
    pub(crate) corrections: Corrections,
    gifts: Series,
    pub(crate) observed: Observed,
}

impl Views {
    /// Folds in what an event does. Events come in log order, none left out.
    pub fn fold(&mut self, done: &Done) {
        let index = done.index;
        self.kinds.push(done.kind, done.chain);
        self.accounts.open(&done.opened);
        self.trails.open(index, &done.opened.pools);
        for effect in &done.effects {
            match effect {
                Effect::Post(booked) => self.post(index, booked),
                Effect::Open(entity) => self.entities.open(index, entity),
                Effect::Stand(no, standing) => self.entities.stand(index, *no, *standing),
                Effect::Say(no, said) => self.entities.say(index, *no, said),
                Effect::Chain(change) => self.chains.change(index, done.chain, change),
                Effect::Rules(_) | Effect::Epoch(_) => {}
                Effect::Note(note) => self.note(index, done.chain, note),
            }
        }
        if done.gifts > 0 {
            let added = self.gifts.add(index, i64::from(done.gifts));
            self.trails.told(index, added);
        }
        self.chains.append(done.chain, index);
        self.size = index.saturating_add(1);
    }

    fn post(&mut self, index: u64, booked: &Booked) {
        let posted = self.accounts.post(index, booked);
        self.trails.told(index, posted);
        let mut last = None;
        for posting in &booked.postings {
            let pool = self.accounts.pool_of(posting.account);
            // Nearly always one pool after the other is the same.
            if let Some(pool) = pool.filter(|_| pool != last) {
                for entity in [Some(pool.fund), pool.project].into_iter().flatten() {
                    self.entities.touch(entity, index);
                }
                last = Some(pool);
            }
        }
        for step in &booked.steps {
            self.trails.step(index, step);
        }
    }

    fn note(&mut self, index: u64, chain: ChainNo, note: &Note) {
        match note {
            Note::Reversed { index: of, items } => self.corrections.reversed(index, chain, *of, items.as_deref()),
            Note::Refunded { index: of, gift, minor, .. } => self.corrections.refunded(index, *of, *gift, *minor),
            Note::Irregular { breaches, ratify_by } => {
                let (breaches, ratify_by) = (breaches.clone(), ratify_by.clone());
                self.corrections.irregular(Irregular { index, breaches, ratify_by });
            }
            Note::Observed { key, import, activity, transaction } => {
                self.observed.observe(index, chain.0, *key, *import, *activity, transaction.as_ref());
                for entity in [Some(*import), *activity].into_iter().flatten() {
                    self.entities.touch(entity, index);
                }
            }
            Note::Compared { import, replaces, gone, again } => {
                self.observed.compare(index, chain.0, *import, replaces, gone, again);
                self.entities.touch(*import, index);
            }
            Note::RestsOn(_) => {}
        }
    }

    /// Events folded.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }
    /// Every chain, in order of opening.
    #[must_use]
    pub fn chains(&self) -> &[ChainView] {
        self.chains.all()
    }
    /// A chain by number.
    #[must_use]
    pub fn chain(&self, no: ChainNo) -> Option<&ChainView> {
        self.chains.get(no)
    }
    /// A chain's number by id.
    #[must_use]
    pub fn chain_no(&self, id: &str) -> Option<ChainNo> {
        self.chains.number(id)
    }
    /// An entity's number.
    #[must_use]
    pub fn find(&self, chain: ChainNo, kind: EntityKind, id: &str) -> Option<EntityNo> {
        self.entities.find(chain, kind, id)
    }
    /// An entity as it was after the first `at` events.
    #[must_use]
    pub fn entity(&self, no: EntityNo, at: Option<u64>) -> Option<EntityAt<'_>> {
        self.entities.get(no, at)
    }
    /// The one of a kind that has this id, as it was after the first `at` events.
    #[must_use]
    pub fn named<K: EntityType>(&self, chain: ChainNo, id: &str, at: Option<u64>) -> Option<Found<'_, K>> {
        self.typed(self.find(chain, K::KIND, id)?, at)
    }
    /// An entity as it was after the first `at` events, if it is of a kind.
    #[must_use]
    pub fn typed<K: EntityType>(&self, no: EntityNo, at: Option<u64>) -> Option<Found<'_, K>> {
        self.entity(no, at)?.of()
    }
    /// Every entity of a kind, of one chain or of all, as it was after the first `at` events.
    pub fn entities<K: EntityType>(
        &self,
        chain: Option<ChainNo>,
        at: Option<u64>,
    ) -> impl Iterator<Item = Found<'_, K>> {
        self.of_kind(K::KIND, chain, at).filter_map(EntityAt::of)
    }
    /// The same for those who do not know which kind it is.
    pub fn of_kind(
        &self,
        kind: EntityKind,
        chain: Option<ChainNo>,
        at: Option<u64>,
    ) -> impl Iterator<Item = EntityAt<'_>> {
        // Of one chain only its own stretch is walked: a page of one charity must not cost the whole log.
        let chains = chain.map_or(0..self.chains.count(), |chain| chain.place()..chain.place().saturating_add(1));
        chains.flat_map(move |chain| self.entities.of(kind, ChainNo::after(chain), at))
    }
    /// An account by number, by its name.
    #[must_use]
    pub fn account(&self, no: AccountNo) -> Option<AccountKey> {
        self.accounts.key(no)
    }
    /// Log indices of events that touch an entity, oldest first.
    #[must_use]
    pub fn touching(&self, entity: EntityNo) -> Indices<'_> {
        self.entities.touching(entity)
    }
    /// Type and chain of the event at an index.
    #[must_use]
    pub fn event(&self, index: u64) -> Option<(&'static str, ChainNo)> {
        let (kind, chain) = self.kinds.get(index)?;
        Some((kind.info().kind, chain))
    }
    /// Log index of an event of a chain.
    #[must_use]
    pub fn index_of(&self, chain: &str, seq: u64) -> Option<u64> {
        self.chain(self.chain_no(chain)?)?.events().get(usize::try_from(seq).ok()?)
    }
    /// `<chain>#<seq>` of the event at an index.
    #[must_use]
    pub fn citation(&self, index: u64) -> Option<String> {
        let (_, no) = self.event(index)?;
        let chain = self.chain(no)?;
        let seq = chain.events().place(index)?;
        Some(format!("{}#{seq}", chain.id))
    }
    /// Events that reverse the one at an index.
    #[must_use]
    pub fn reversed_by(&self, index: u64) -> &[u64] {
        self.corrections.reversed_by(index)
    }
    /// The event that the one at an index reverses.
    #[must_use]
    pub fn reverses(&self, index: u64) -> Option<u64> {
        self.corrections.reverses(index)
    }
    /// Irregular payments.
    #[must_use]
    pub fn irregular(&self) -> &[Irregular] {
        self.corrections.all_irregular()
    }
    /// Gifts in the first `at` events.
    #[must_use]
    pub fn gift_count(&self, at: Option<u64>) -> i64 {
        self.gifts.at(at)
    }
    /// Payments between chains of this log that were confirmed in the first `at` events, in minor units.
    #[must_use]
    pub fn confirmed(&self, currency: Currency, at: Option<u64>) -> i64 {
        self.trails.confirmed(currency, at)
    }
    /// What others reported.
    #[must_use]
    pub fn observed(&self) -> &Observed {
        &self.observed
    }
    /// What the trail could not follow; empty unless the program has a defect.
    pub fn defects(&self) -> impl Iterator<Item = (u64, String)> {
        self.trails.defects.iter().map(|(index, error)| (*index, error.to_string()))
    }
}
