//! The books: chains, entities and balances as they stand after the log so far.
//!
//! Everything here is a fold of effects ([`Books::apply`]); deciding is in `admit` and the kinds.
//! Nothing is kept per gift: what is inside an event is read from the event when asked.

mod chain;
mod posted;

pub use chain::{Chain, ChainNo, KeyState};
pub use posted::Posted;

use crate::admit::Admitted;
use crate::data::Ref;
use crate::effect::{ChainChange, Effect, Note};
use crate::entity::{Body, Entity, EntityKind, EntityNo, HoldTarget};
use crate::entry::{AccountKey, Entry, Head, Pool};
use crate::money::{Currency, Money};
use crate::refusal::Refusal;
use almoner_proof::Hash;
use posted::PostedEvents;
use std::collections::{BTreeMap, BTreeSet};

/// The state that admission decides on.
#[derive(Debug, Default)]
pub struct Books {
    origin: String,
    size: u64,
    rules: u32,
    epoch: u64,
    chains: Vec<Chain>,
    chain_ids: BTreeMap<String, ChainNo>,
    entities: Vec<Entity>,
    balances: BTreeMap<AccountKey, Money>,
    /// Bank and clearing of a fund, all its projects together: what invariant 2 is about.
    spendable: BTreeMap<(EntityNo, Currency), Money>,
    /// Holds that are not lifted, by what they name.
    holds: BTreeMap<HoldTarget, BTreeSet<EntityNo>>,
    posted: PostedEvents,
    /// Gross given back and fee recovered, per gift that was refunded.
    refunds: BTreeMap<(u64, u32), (i64, i64)>,
    reversed: BTreeMap<u64, Option<BTreeSet<u32>>>,
    resting: BTreeMap<u64, BTreeSet<u64>>,
    /// By importer: one importer's reading says nothing about another's.
    observed: BTreeSet<(ChainNo, Hash)>,
}

impl Books {
    /// Empty books of a log.
    #[must_use]
    pub fn new(origin: &str) -> Books {
        Books { origin: origin.to_owned(), rules: 1, ..Books::default() }
    }

    /// The log's origin.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }
    /// Events folded so far; also the index of the next.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }
    /// Version of the rules in force.
    #[must_use]
    pub fn rules(&self) -> u32 {
        self.rules
    }
    /// The newest epoch of a sequencer; 0 before the first.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }
    /// A chain's number.
    #[must_use]
    pub fn chain_no(&self, id: &str) -> Option<ChainNo> {
        self.chain_ids.get(id).copied()
    }
    /// A chain. Numbers come from these books, so there always is one.
    #[must_use]
    pub fn chain(&self, no: ChainNo) -> Option<&Chain> {
        self.chains.get(no.0 as usize)
    }
    /// Every chain, in order of opening.
    pub fn chains(&self) -> impl Iterator<Item = &Chain> {
        self.chains.iter()
    }
    /// The number that the next chain will have.
    #[must_use]
    pub fn next_chain(&self) -> ChainNo {
        ChainNo(u32::try_from(self.chains.len()).unwrap_or(u32::MAX))
    }
    /// An entity by number.
    #[must_use]
    pub fn entity(&self, no: EntityNo) -> Option<&Entity> {
        self.entities.get(no.0 as usize)
    }
    /// The number that the next entity will have.
    #[must_use]
    pub fn next_entity(&self) -> EntityNo {
        EntityNo(u32::try_from(self.entities.len()).unwrap_or(u32::MAX))
    }
    /// An entity of a chain by kind and id.
    #[must_use]
    pub fn find(&self, chain: ChainNo, kind: EntityKind, id: &str) -> Option<&Entity> {
        self.chain(chain)?.entities.get(&kind)?.get(id).and_then(|no| self.entity(*no))
    }

    /// Resolves a reference as the author on `own` means it.
    ///
    /// # Errors
    /// `ref.unknown`.
    pub fn resolve(&self, own: ChainNo, reference: &Ref) -> Result<&Entity, Refusal> {
        let unknown = || Refusal::new("ref.unknown", reference);
        let chain = match &reference.chain {
            None => own,
            Some(id) => self.chain_no(id).ok_or_else(unknown)?,
        };
        self.find(chain, reference.kind, &reference.id).ok_or_else(unknown)
    }

    /// An account's balance; zero if nothing was ever posted.
    #[must_use]
    pub fn balance(&self, account: AccountKey) -> Money {
        self.balances.get(&account).copied().unwrap_or_else(|| Money::zero(account.pool.currency))
    }
    /// Every account that was ever posted to, in order.
    pub fn balances(&self) -> impl Iterator<Item = (&AccountKey, &Money)> {
        self.balances.iter()
    }
    /// Accounts of a project's pools, by fund, in order. Costs what the chain's funds and these
    /// accounts cost, not what the books hold.
    pub fn project_accounts(&self, chain: ChainNo, project: EntityNo) -> impl Iterator<Item = (&AccountKey, &Money)> {
        let funds = self.chain(chain).into_iter().flat_map(|chain| chain.entities_of(EntityKind::Fund));
        funds.flat_map(move |fund| {
            let first = Pool { chain, fund, project: Some(project), currency: Currency::LOWEST };
            let accounts = self.balances.range(first.account(Head::Bank(EntityNo(0)))..);
            accounts.take_while(move |(key, _)| (key.pool.fund, key.pool.project) == (fund, Some(project)))
        })
    }
    /// Bank and clearing of one pool.
    ///
    /// # Errors
    /// `amount.too_large`.
    pub fn pool_spendable(&self, pool: Pool) -> Result<Money, Refusal> {
        let accounts = self.balances.range(pool.account(Head::Bank(EntityNo(0)))..);
        let spendable = accounts.take_while(|(key, _)| key.pool == pool && key.head.is_spendable());
        spendable.map(|(_, balance)| *balance).try_fold(Money::zero(pool.currency), Money::plus)
    }
    /// Bank and clearing of a fund in a currency.
    #[must_use]
    pub fn spendable(&self, fund: EntityNo, currency: Currency) -> Money {
        self.spendable.get(&(fund, currency)).copied().unwrap_or_else(|| Money::zero(currency))
    }
    /// What the event at an index posted.
    #[must_use]
    pub fn posted(&self, index: u64) -> Option<Posted> {
        self.posted.get(index)
    }
    /// Minor units of a gift that have been refunded.
    #[must_use]
    pub fn refunded(&self, index: u64, gift: u32) -> i64 {
        self.refunds.get(&(index, gift)).map_or(0, |(minor, _)| *minor)
    }
    /// Minor units of a gift's fee that the channel gave back.
    #[must_use]
    pub fn fee_recovered(&self, index: u64, gift: u32) -> i64 {
        self.refunds.get(&(index, gift)).map_or(0, |(_, fee)| *fee)
    }
    /// Minor units of all gifts of an event that have been refunded.
    #[must_use]
    pub fn refunded_of(&self, index: u64) -> i64 {
        self.refunds.range((index, 0)..=(index, u32::MAX)).fold(0, |sum, (_, (minor, _))| sum.saturating_add(*minor))
    }
    /// `None`: not reversed; `Some(None)`: wholly; `Some(Some(gifts))`: those gifts.
    #[must_use]
    pub fn reversed(&self, index: u64) -> Option<&Option<BTreeSet<u32>>> {
        self.reversed.get(&index)
    }
    /// Indices of events that rest on the one at `index` and are not reversed themselves.
    #[must_use]
    pub fn resting_on(&self, index: u64) -> Vec<u64> {
        let live = |by: &&u64| !matches!(self.reversed.get(*by), Some(None));
        self.resting.get(&index).into_iter().flatten().filter(live).copied().collect()
    }
    /// Whether a canonical transaction was imported already.
    #[must_use]
    pub fn is_observed(&self, importer: ChainNo, key: Hash) -> bool {
        self.observed.contains(&(importer, key))
    }

    /// The hold that stands on a pool's chain, fund or project.
    #[must_use]
    pub fn hold_on(&self, pool: Pool) -> Option<&Entity> {
        let targets = [
            Some(HoldTarget::Chain(pool.chain)),
            Some(HoldTarget::Entity(pool.fund)),
            pool.project.map(HoldTarget::Entity),
        ];
        let hold = targets.iter().flatten().find_map(|target| self.holds.get(target)?.first())?;
        self.entity(*hold)
    }

    /// Folds an admitted event in.
    ///
    /// # Errors
    /// `amount.too_large` when a balance outgrows 28 digits. Admission tries the same sums before,
    /// so an error here means that the caller folds what was not admitted on these books.
    pub fn apply(&mut self, admitted: &Admitted) -> Result<(), Refusal> {
        for effect in &admitted.effects {
            match effect {
                Effect::Post(entry) => self.post(admitted.index, entry)?,
                Effect::Entity(entity) => self.put((**entity).clone()),
                Effect::Chain(change) => self.change_chain(admitted.chain, change),
                Effect::Rules(version) => self.rules = *version,
                Effect::Epoch(epoch) => self.epoch = *epoch,
                Effect::Note(note) => self.note(admitted.index, admitted.chain, note),
            }
        }
        let envelope = admitted.verified.envelope();
        if let Some(chain) = self.chains.get_mut(admitted.chain.0 as usize) {
            chain.next_seq = envelope.seq.saturating_add(1);
            chain.last_hash = admitted.verified.event_hash();
            chain.seen = envelope.seen.0;
        }
        self.size = admitted.index.saturating_add(1);
        Ok(())
    }

    fn post(&mut self, index: u64, entry: &Entry) -> Result<(), Refusal> {
        for posting in &entry.postings {
            let (account, amount) = (posting.account, posting.amount);
            let zero = Money::zero(amount.currency());
            let balance = self.balances.entry(account).or_insert(zero);
            *balance = balance.plus(amount)?;
            if account.head.is_spendable() {
                let sum = self.spendable.entry((account.pool.fund, amount.currency())).or_insert(zero);
                *sum = sum.plus(amount)?;
            }
        }
        self.posted.push(index, entry)
    }

    fn put(&mut self, entity: Entity) {
        if let Body::Hold { on, lifted, .. } = &entity.body {
            let holds = self.holds.entry(*on).or_default();
            if *lifted {
                holds.remove(&entity.no)
            } else {
                holds.insert(entity.no)
            };
        }
        match self.entities.get_mut(entity.no.0 as usize) {
            Some(place) => *place = entity,
            None => {
                if let Some(chain) = self.chains.get_mut(entity.chain.0 as usize) {
                    chain.entities.entry(entity.kind).or_default().insert(entity.id.clone(), entity.no);
                }
                self.entities.push(entity);
            }
        }
    }

    fn change_chain(&mut self, author: ChainNo, change: &ChainChange) {
        match change {
            ChainChange::Opened { id, .. } => {
                self.chain_ids.insert(id.clone(), self.next_chain());
                self.chains.push(Chain::opened(self.next_chain(), change));
            }
            ChainChange::Admitted { chain, role, supervisor } => {
                if let Some(chain) = self.chains.get_mut(chain.0 as usize) {
                    chain.role = Some(*role);
                    chain.supervisor = *supervisor;
                }
            }
            ChainChange::KeyAdded(_) | ChainChange::KeyRetired(_) | ChainChange::Described { .. } => {
                if let Some(chain) = self.chains.get_mut(author.0 as usize) {
                    chain.change(change);
                }
            }
        }
    }

    fn note(&mut self, by: u64, author: ChainNo, note: &Note) {
        match note {
            Note::RestsOn(index) => {
                self.resting.entry(*index).or_default().insert(by);
            }
            Note::Refunded { index, gift, minor, fee } => {
                self.refunds.insert((*index, *gift), (*minor, *fee));
            }
            Note::Reversed { index, items } => match items {
                None => {
                    self.reversed.insert(*index, None);
                }
                Some(items) => {
                    if let Some(gifts) = self.reversed.entry(*index).or_insert_with(|| Some(BTreeSet::new())) {
                        gifts.extend(items);
                    }
                }
            },
            Note::Observed { key, .. } => {
                self.observed.insert((author, *key));
            }
            Note::Irregular { .. } => {}
        }
    }

    /// The id of an account, fund or project, for names.
    #[must_use]
    pub fn entity_id(&self, no: EntityNo) -> String {
        self.entity(no).map(|entity| entity.id.clone()).unwrap_or_default()
    }
}
