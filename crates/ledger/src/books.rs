//! The books: chains, entities and balances as they stand after the log so far.
//!
//! Everything here is a fold of effects ([`Books::apply`]); deciding is in `admit` and the kinds.
//! Nothing is kept per gift: what is inside an event is read from the event when asked.

mod accounts;
mod chain;
mod posted;
mod rehearsal;

pub use chain::{Chain, KeyState};
pub use rehearsal::Rehearsal;

use crate::admitted::{Admitted, ChainHead, Done};
use crate::booked::{Account, Booked, Opened};
use crate::currency::Currency;
use crate::data::Ref;
use crate::effect::{ChainChange, Effect, Note};
use crate::entity::{Entity, Hold, HoldState, HoldTarget, Said, Standing};
use crate::entry::{AccountKey, Head, Line, Pool};
use crate::id::{AccountNo, ChainNo, EntityNo, PoolNo};
use crate::intern::{Equivalent, Interner};
use crate::money::Money;
use crate::nearest::{meant, nearest};
use crate::refusal::{Code, Refusal};
#[cfg(doc)]
use crate::rows::Rows;
use crate::words::EntityKind;
use accounts::Accounts;
use almoner_proof::Hash;
use posted::PostedEvents;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many names of the newest are compared with one that is not there, and how many are passed over for it: a refused
/// event is answered by the thread that decides for all.
const LOOKED_THROUGH: usize = 1_000;
const PASSED_OVER: usize = 50_000;

/// What no two entities share.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Name {
    chain: ChainNo,
    kind: EntityKind,
    id: Box<str>,
}

/// The same, to look one up. It hashes as a [`Name`] does.
#[derive(Hash)]
struct Named<'a> {
    chain: ChainNo,
    kind: EntityKind,
    id: &'a str,
}

impl Equivalent<Name> for Named<'_> {
    fn equivalent(&self, name: &Name) -> bool {
        (self.chain, self.kind, self.id) == (name.chain, name.kind, &*name.id)
    }
}

/// The state that admission decides on. A copy shares with it what is long and does not change: what was said of entities,
/// and what was posted.
#[derive(Debug, Default, Clone)]
pub struct Books {
    origin: String,
    size: u64,
    rules: u32,
    epoch: u64,
    chains: Vec<Chain>,
    /// By number; their ids are looked up for every event.
    chain_ids: Interner<String>,
    entities: Vec<Entity>,
    /// By number; looked up for every reference of every event.
    entity_names: Interner<Name>,
    accounts: Accounts,
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
        self.chain_ids.number(id).map(ChainNo)
    }
    /// A chain. Numbers come from these books, so there always is one.
    #[must_use]
    pub fn chain(&self, no: ChainNo) -> Option<&Chain> {
        self.chains.get(no.place())
    }
    /// Every chain, in order of opening.
    pub fn chains(&self) -> impl Iterator<Item = &Chain> {
        self.chains.iter()
    }
    /// The number that the next chain will have.
    #[must_use]
    pub fn next_chain(&self) -> ChainNo {
        ChainNo::after(self.chains.len())
    }
    /// An entity by number.
    #[must_use]
    pub fn entity(&self, no: EntityNo) -> Option<&Entity> {
        self.entities.get(no.place())
    }
    /// The number that the next entity will have.
    #[must_use]
    pub fn next_entity(&self) -> EntityNo {
        EntityNo::after(self.entities.len())
    }
    /// An entity of a chain by kind and id.
    #[must_use]
    pub fn find(&self, chain: ChainNo, kind: EntityKind, id: &str) -> Option<&Entity> {
        self.entity(EntityNo(self.entity_names.number(&Named { chain, kind, id })?))
    }

    /// Resolves a reference as the author on `own` means it.
    ///
    /// # Errors
    /// `ref.unknown`.
    pub fn resolve(&self, own: ChainNo, reference: &Ref) -> Result<&Entity, Refusal> {
        let chain = match &reference.chain {
            None => own,
            Some(id) => self.chain_no(id).ok_or_else(|| self.unknown_chain(id).about(reference))?,
        };
        self.find(chain, reference.kind, &reference.id).ok_or_else(|| self.unknown_entity(chain, reference))
    }

    /// A chain that is not there, with the one that was meant.
    #[must_use]
    pub fn unknown_chain(&self, id: &str) -> Refusal {
        let near = nearest(id, self.chains.iter().rev().take(LOOKED_THROUGH).map(|chain| chain.id.as_str()));
        Refusal::new(Code::RefUnknown, meant(&format!("there is no chain {id}"), near)).about(id)
    }

    fn unknown_entity(&self, chain: ChainNo, reference: &Ref) -> Refusal {
        let last = self.entities.iter().rev().take(PASSED_OVER);
        let alike = last.filter(|entity| entity.chain == chain && entity.kind() == reference.kind);
        let near = nearest(&reference.id, alike.take(LOOKED_THROUGH).map(|entity| entity.id.as_str()));
        let near = near.map(|id| Ref { id: id.to_owned(), ..reference.clone() }.to_string());
        Refusal::new(Code::RefUnknown, meant(&format!("there is no {reference}"), near.as_deref())).about(reference)
    }

    /// A pool's number; none while no entry has named it.
    #[must_use]
    pub fn pool_no(&self, pool: &Pool) -> Option<PoolNo> {
        self.accounts.pool_no(pool)
    }
    /// A pool by number.
    #[must_use]
    pub fn pool(&self, no: PoolNo) -> Option<&Pool> {
        self.accounts.pool(no)
    }
    /// Every pool, by number.
    #[must_use]
    pub fn pools(&self) -> &[Pool] {
        self.accounts.pools()
    }
    /// The number of a pool's account; none while nothing was posted to it.
    #[must_use]
    pub fn account_no(&self, pool: PoolNo, head: Head) -> Option<AccountNo> {
        self.accounts.account_no(pool, head)
    }
    /// An account by number.
    #[must_use]
    pub fn account(&self, no: AccountNo) -> Option<Account> {
        self.accounts.account(no)
    }
    /// A pool by number: the books', or one that the event in hand is the first to name.
    pub(crate) fn pool_or_new(&self, no: PoolNo, opened: &Opened) -> Option<Pool> {
        let new = || opened.pools.get(no.place().checked_sub(self.pools().len())?);
        self.pool(no).or_else(new).copied()
    }
    /// The same of an account.
    pub(crate) fn account_or_new(&self, no: AccountNo, opened: &Opened) -> Option<Account> {
        let new = || opened.accounts.get(no.place().checked_sub(self.account_count())?).copied();
        self.account(no).or_else(new)
    }
    /// How many accounts there are.
    #[must_use]
    pub fn account_count(&self) -> usize {
        self.accounts.count()
    }
    /// An account's balance in minor units.
    #[must_use]
    pub fn minor(&self, no: AccountNo) -> i64 {
        self.accounts.minor(no)
    }
    /// An account's balance; zero if nothing was ever posted.
    #[must_use]
    pub fn balance(&self, account: AccountKey) -> Money {
        let no = self.pool_no(&account.pool).and_then(|pool| self.account_no(pool, account.head));
        Money::from_minor(no.map_or(0, |no| self.minor(no)), account.pool.currency)
    }
    /// Every account that was ever posted to, by number.
    pub fn balances(&self) -> impl Iterator<Item = (AccountKey, Money)> {
        self.accounts.all()
    }
    /// What stands in each account of a pool, in minor units.
    pub(crate) fn pool_accounts(&self, no: PoolNo) -> impl Iterator<Item = (Head, i64)> {
        self.accounts.of_pool(no)
    }
    /// Accounts of a project's pools. Costs what these accounts cost, not what the books hold.
    pub fn project_accounts(&self, project: EntityNo) -> impl Iterator<Item = (AccountKey, Money)> {
        self.accounts.of_project(project)
    }
    /// Bank and clearing of one pool.
    ///
    /// # Errors
    /// `amount.too_large`.
    pub fn pool_spendable(&self, pool: Pool) -> Result<Money, Refusal> {
        let minor = self.pool_no(&pool).map_or(Some(0), |no| self.accounts.pool_spendable(no));
        let minor = minor.ok_or_else(|| Refusal::new(Code::AmountTooLarge, "what the pool can spend"))?;
        Ok(Money::from_minor(minor, pool.currency))
    }
    /// Bank and clearing of a fund in a currency.
    #[must_use]
    pub fn spendable(&self, fund: EntityNo, currency: Currency) -> Money {
        Money::from_minor(self.accounts.spendable(fund, currency), currency)
    }
    /// What the event at an index posted, as it was written; none if it posted nothing.
    #[must_use]
    pub fn posted(&self, index: u64) -> Option<Vec<Line>> {
        let line = |posting: crate::booked::Posting| {
            let account = self.account(posting.account)?;
            let pool = self.pool(account.pool)?;
            Some(Line { account: pool.account(account.head), amount: Money::from_minor(posting.minor, pool.currency) })
        };
        Some(self.posted.get(index)?.into_iter().filter_map(line).collect())
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
        // Together at most the gross of one event, which fits.
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
    /// Whether a transaction or an activity was imported already.
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
    /// `amount.too_large` when a balance outgrows an i64. Admission tries the same sums before,
    /// so an error here means that the caller folds what was not admitted on these books.
    pub fn apply(&mut self, admitted: &Admitted) -> Result<(), Refusal> {
        self.apply_done(&admitted.done)?;
        self.stand_at(&admitted.head());
        Ok(())
    }

    /// [`Books::apply`] but for where the author's chain stands, which [`Books::stand_at`] says.
    ///
    /// # Errors
    /// As [`Books::apply`].
    pub fn apply_done(&mut self, done: &Done) -> Result<(), Refusal> {
        self.accounts.open(&done.opened);
        done.effects.iter().try_for_each(|effect| self.take(done, effect))?;
        self.end(done);
        Ok(())
    }

    fn take(&mut self, done: &Done, effect: &Effect) -> Result<(), Refusal> {
        match effect {
            Effect::Post(booked) => self.post(done.index, booked)?,
            Effect::Open(entity) => self.open((**entity).clone()),
            Effect::Stand(no, standing) => self.stand(*no, *standing),
            Effect::Say(no, said) => self.say(*no, said),
            Effect::Chain(change) => self.change_chain(done.chain, change),
            Effect::Rules(version) => self.rules = *version,
            Effect::Epoch(epoch) => self.epoch = *epoch,
            Effect::Note(note) => self.note(done.index, done.chain, note),
        }
        Ok(())
    }

    fn end(&mut self, done: &Done) {
        // A log does not come to the end of a u64.
        self.size = done.index.saturating_add(1);
    }

    /// What was posted, in full blocks from a number on: see [`Rows::share`].
    #[must_use]
    pub fn posted_from(&self, number: usize) -> &[Arc<[u8]>] {
        self.posted.0.full_from(number)
    }

    /// Keeps the blocks of other books that took the same events in place of its own.
    pub fn share_posted(&mut self, number: usize, blocks: &[Arc<[u8]>]) {
        self.posted.0.share(number, blocks);
    }

    /// Where a chain stands from here on.
    pub fn stand_at(&mut self, head: &ChainHead) {
        if let Some(chain) = self.chains.get_mut(head.chain.place()) {
            chain.next_seq = head.next_seq;
            chain.last_hash = head.hash;
            chain.seen = head.seen;
        }
    }

    fn post(&mut self, index: u64, booked: &Booked) -> Result<(), Refusal> {
        self.accounts.post(booked)?;
        self.posted.push(index, booked);
        Ok(())
    }

    fn open(&mut self, entity: Entity) {
        let Entity { no, chain, standing, .. } = entity;
        let kind = standing.kind();
        if let Some(chain) = self.chains.get_mut(chain.place()).filter(|_| kind == EntityKind::Fund) {
            chain.funds.insert(entity.id.clone(), no);
        }
        self.entity_names.give(Name { chain, kind, id: entity.id.as_str().into() });
        self.entities.push(entity);
        self.stand(no, standing);
    }

    fn stand(&mut self, no: EntityNo, standing: Standing) {
        let Some(entity) = self.entities.get_mut(no.place()) else { return };
        entity.standing = standing;
        if let Some(hold) = entity.of::<Hold>() {
            let holds = self.holds.entry(hold.said.on).or_default();
            match hold.standing.state {
                HoldState::Placed => holds.insert(no),
                HoldState::Lifted => holds.remove(&no),
            };
        }
    }

    fn say(&mut self, no: EntityNo, said: &Arc<Said>) {
        if let Some(entity) = self.entities.get_mut(no.place()) {
            entity.said = Arc::clone(said);
        }
    }

    fn change_chain(&mut self, author: ChainNo, change: &ChainChange) {
        match change {
            ChainChange::Opened { id, .. } => {
                self.chain_ids.give(id.clone());
                self.chains.push(Chain::opened(self.next_chain(), change));
            }
            ChainChange::Admitted { chain, role, supervisor } => {
                if let Some(chain) = self.chains.get_mut(chain.place()) {
                    chain.role = Some(*role);
                    chain.supervisor = *supervisor;
                }
            }
            ChainChange::KeyAdded(_) | ChainChange::KeyRetired(_) | ChainChange::Described { .. } => {
                if let Some(chain) = self.chains.get_mut(author.place()) {
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
            Note::Irregular { .. } | Note::Compared { .. } => {}
        }
    }

    /// An entity as everybody names it, `<chain>/<kind>/<id>`; none if there is no such entity.
    #[must_use]
    pub fn reference(&self, no: EntityNo) -> Option<Ref> {
        let entity = self.entity(no)?;
        let chain = self.chain(entity.chain)?.id.clone();
        Some(Ref { chain: Some(chain), kind: entity.kind(), id: entity.id.clone() })
    }

    /// The id of an account, fund or project, for names.
    #[must_use]
    pub fn entity_id(&self, no: EntityNo) -> String {
        self.entity(no).map(|entity| entity.id.clone()).unwrap_or_default()
    }
}
