//! The fold: effects in, readable state out.

use crate::figures::{Heading, Headings};
use crate::series::Series;
use crate::trail::{Fifo, Inflow, Lot, Outflow, Outgo, Part, Pool as TrailPool, TrailError};
use almoner_ledger::admit::Admitted;
use almoner_ledger::effect::{ChainChange, Effect, Note};
use almoner_ledger::entry::{AccountKey, Entry, Flow, GiftPlace, Pool, Source, Use};
use almoner_ledger::{ChainNo, Currency, Entity, EntityKind, EntityNo, KINDS};
use std::collections::BTreeMap;

/// A chain as readers see it.
#[derive(Debug, Clone, Default)]
pub struct ChainView {
    /// Its id.
    pub id: String,
    /// Language → name.
    pub names: BTreeMap<String, String>,
    /// org-id.guide identifiers.
    pub identifiers: Vec<String>,
    /// What it was admitted as, and at which index.
    pub role: Option<(u64, &'static str)>,
    /// Who supervises it.
    pub supervisor: Option<ChainNo>,
    /// Key name, holder, roles, index of its introduction, index of its retirement.
    pub keys: Vec<KeyView>,
    /// Log index of each of its events, by seq.
    pub events: Vec<u64>,
    /// What it said of itself, and from which index on: names, identifiers.
    pub described: Vec<(u64, BTreeMap<String, String>, Vec<String>)>,
}

/// A key as readers see it.
#[derive(Debug, Clone)]
pub struct KeyView {
    /// `<chain>/<label>+<id>+<base64>`
    pub vkey: String,
    /// `<chain>/<label>`
    pub name: String,
    /// Its holder.
    pub holder: String,
    /// Its roles, as written.
    pub roles: Vec<&'static str>,
    /// Log index of the event that introduced it.
    pub introduced: u64,
    /// Log index of its retirement.
    pub retired: Option<u64>,
}

/// What a step of money became in the trail.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Lot(Lot),
    Outflow(Outflow),
    Nothing,
}

/// An irregular payment.
#[derive(Debug, Clone)]
pub struct Irregular {
    /// Log index.
    pub index: u64,
    /// Codes of the rules that it broke.
    pub breaches: Vec<String>,
    /// Until when it must be ratified.
    pub ratify_by: String,
}

/// Everything that people read.
#[derive(Debug, Default)]
pub struct Views {
    size: u64,
    chains: Vec<ChainView>,
    chain_ids: BTreeMap<String, ChainNo>,
    /// By number: each state of an entity with the index of the event that made it.
    entities: Vec<Vec<(u64, Entity)>>,
    by_id: BTreeMap<(ChainNo, EntityKind, String), EntityNo>,
    accounts: BTreeMap<AccountKey, Series>,
    pub(crate) headings: Headings,
    /// Events that touch an entity: as fund or project of a posting, or by changing it.
    touching: BTreeMap<EntityNo, Vec<u64>>,
    /// By index: number of the kind, and the chain.
    events: Vec<(u8, ChainNo)>,
    pub(crate) trail: Fifo,
    pools: BTreeMap<Pool, TrailPool>,
    /// By the trail's number.
    pool_names: Vec<Pool>,
    /// (index, step) → what it became; in order.
    steps: Vec<((u64, u32), Step)>,
    outflow_index: Vec<u64>,
    reversed_by: BTreeMap<u64, Vec<u64>>,
    reverses: BTreeMap<u64, u64>,
    irregular: Vec<Irregular>,
    gifts: Series,
    observed: Series,
    /// Payments that the payee's chain confirmed: counted as spent there and as received here.
    confirmed: BTreeMap<Currency, Series>,
    /// What the trail refused: a defect of ours if it is ever not empty, and shown as one.
    defects: Vec<(u64, TrailError)>,
}

impl Views {
    /// Folds an admitted event in. Events come in log order, none left out.
    pub fn fold(&mut self, admitted: &Admitted) {
        let index = admitted.index;
        let kind = KINDS.iter().position(|kind| kind.kind == admitted.kind.kind).unwrap_or(usize::MAX);
        self.events.push((u8::try_from(kind).unwrap_or(u8::MAX), admitted.chain));
        let mut step = 0;
        for effect in &admitted.effects {
            match effect {
                Effect::Post(entry) => self.post(index, entry, &mut step),
                Effect::Entity(entity) => self.put(index, entity),
                Effect::Chain(change) => self.change_chain(index, admitted.chain, change),
                Effect::Rules(_) | Effect::Epoch(_) => {}
                Effect::Note(note) => self.note(index, note),
            }
        }
        if admitted.gifts > 0 {
            self.gifts.add(index, i64::from(admitted.gifts));
        }
        if let Some(chain) = self.chains.get_mut(admitted.chain.0 as usize) {
            chain.events.push(index);
        }
        self.size = index.saturating_add(1);
    }

    fn post(&mut self, index: u64, entry: &Entry, step: &mut u32) {
        for posting in &entry.postings {
            // Admission checked that it fits.
            let minor = posting.amount.minor().unwrap_or(0);
            self.accounts.entry(posting.account).or_default().add(index, minor);
            let pool = posting.account.pool;
            for entity in [Some(pool.fund), pool.project].into_iter().flatten() {
                self.touch(entity, index);
            }
        }
        for flow in &entry.flows {
            let became = self.flow(index, flow).unwrap_or_else(|error| {
                self.defects.push((index, error));
                Step::Nothing
            });
            self.steps.push(((index, *step), became));
            *step = step.saturating_add(1);
        }
    }

    fn flow(&mut self, index: u64, flow: &Flow) -> Result<Step, TrailError> {
        let minor = |money: &almoner_ledger::Money| money.minor().unwrap_or(0);
        match flow {
            Flow::Inflow { pool, net, fee, source } => {
                let (net, fee) = (minor(net), minor(fee));
                let kind = match source {
                    Source::Gifts => Inflow::Gift,
                    Source::Own => Inflow::OwnIncome,
                    Source::Before => Inflow::Before,
                };
                let heading = if *source == Source::Before { Heading::Opening } else { Heading::Received };
                self.headings.add(index, *pool, heading, net.saturating_add(fee));
                self.headings.add(index, *pool, Heading::Fees, fee);
                let pool = self.pool(*pool)?;
                let lot = self.trail.inflow(index, pool, net, fee, kind)?;
                Ok(Step::Lot(lot))
            }
            Flow::Outflow { pool, amount, how } => {
                self.headings.add(index, *pool, Heading::Spent, minor(amount));
                let kind = match how {
                    Use::Spent => Outgo::Spent,
                    Use::Lent => Outgo::Lent,
                    Use::Sent => Outgo::Sent,
                };
                let pool = self.pool(*pool)?;
                let outflow = self.trail.outflow(index, pool, minor(amount), kind)?;
                Ok(self.out(index, outflow))
            }
            Flow::Confirm { of, to } => {
                let outflow = self.outflow_of(*of)?;
                let amount = self.trail.left(outflow).unwrap_or(0);
                self.headings.add(index, *to, Heading::Received, amount);
                self.confirmed.entry(to.currency).or_default().add(index, amount);
                let pool = self.pool(*to)?;
                let lot = self.trail.confirm(index, outflow, pool)?;
                Ok(Step::Lot(lot))
            }
            Flow::Carry { from, to, amount, arrives } => {
                if from.currency == to.currency {
                    self.headings.moved(index, *from, *to, minor(amount));
                } else {
                    self.headings.add(index, *from, Heading::MovedOut, minor(amount));
                    self.headings.add(index, *to, Heading::MovedIn, minor(arrives));
                }
                let (from, to) = (self.pool(*from)?, self.pool(*to)?);
                let (outflow, _) = self.trail.carry(index, from, minor(amount), to, minor(arrives))?;
                Ok(self.out(index, outflow))
            }
            Flow::Refund { of, gift, amount } => {
                let lot = self.lot_of(*of)?;
                self.heading_of_lot(index, lot, Heading::Refunded, minor(amount));
                let part = self.part(lot, gift);
                self.trail.refund(index, lot, &part, minor(amount))?;
                Ok(Step::Nothing)
            }
            Flow::GiveBack { of, amount } => {
                let outflow = self.outflow_of(*of)?;
                let pool = self.outflow_pool(*of);
                if let Some(pool) = pool {
                    self.headings.add(index, pool, Heading::Spent, minor(amount).saturating_neg());
                }
                self.trail.give_back(index, outflow, minor(amount))?;
                Ok(Step::Nothing)
            }
            Flow::ReverseInflow { of, gift } => {
                let lot = self.lot_of(*of)?;
                let part = match gift {
                    Some(place) => self.part(lot, place),
                    None => self.trail.whole(lot).ok_or(TrailError::UnknownLot(lot.0))?,
                };
                let fee = part.fee.end.saturating_sub(part.fee.start);
                let net = part.net.end.saturating_sub(part.net.start);
                self.heading_of_lot(index, lot, Heading::Reversed, net.saturating_add(fee));
                self.heading_of_lot(index, lot, Heading::Fees, fee.saturating_neg());
                self.trail.reverse_inflow(index, lot, &part)?;
                Ok(Step::Nothing)
            }
        }
    }

    fn out(&mut self, index: u64, outflow: Outflow) -> Step {
        // The trail numbers outflows densely, in the order in which they are made here.
        self.outflow_index.push(index);
        Step::Outflow(outflow)
    }

    /// Log index of the event that made an outflow.
    pub(crate) fn index_of_outflow(&self, outflow: Outflow) -> Option<u64> {
        self.outflow_index.get(outflow.0 as usize).copied()
    }

    fn pool(&mut self, pool: Pool) -> Result<TrailPool, TrailError> {
        if let Some(known) = self.pools.get(&pool) {
            return Ok(*known);
        }
        let new = self.trail.open_pool()?;
        self.pools.insert(pool, new);
        self.pool_names.push(pool);
        Ok(new)
    }

    fn step(&self, of: (u64, u32)) -> Step {
        self.steps
            .binary_search_by_key(&of, |(key, _)| *key)
            .ok()
            .and_then(|i| self.steps.get(i))
            .map_or(Step::Nothing, |(_, step)| *step)
    }

    fn outflow_of(&self, of: (u64, u32)) -> Result<Outflow, TrailError> {
        match self.step(of) {
            Step::Outflow(outflow) => Ok(outflow),
            Step::Lot(_) | Step::Nothing => Err(TrailError::UnknownOutflow(of.1)),
        }
    }

    /// The lot of an event's step.
    pub(crate) fn lot_of(&self, of: (u64, u32)) -> Result<Lot, TrailError> {
        match self.step(of) {
            Step::Lot(lot) => Ok(lot),
            Step::Outflow(_) | Step::Nothing => Err(TrailError::UnknownLot(of.1)),
        }
    }

    /// The pool whose bank account an outflow's event credited.
    fn outflow_pool(&self, of: (u64, u32)) -> Option<Pool> {
        let outflow = self.outflow_of(of).ok()?;
        self.pool_name(self.trail.pool_of(outflow)?)
    }

    fn pool_name(&self, pool: TrailPool) -> Option<Pool> {
        self.pool_names.get(pool.0 as usize).copied()
    }

    fn heading_of_lot(&mut self, index: u64, lot: Lot, heading: Heading, change: i64) {
        let Some(facts) = self.trail.lot(lot) else { return };
        if let Some(pool) = self.pool_name(facts.pool) {
            self.headings.add(index, pool, heading, change);
        }
    }

    /// Where a gift lies in its lot: net money first, then all fees.
    pub(crate) fn part(&self, lot: Lot, place: &GiftPlace) -> Part {
        let net_of_lot = self.trail.lot(lot).map_or(0, |facts| facts.net);
        let fee_from = net_of_lot.saturating_add(place.fee_from);
        Part {
            net: place.net_from..place.net_from.saturating_add(place.net),
            fee: fee_from..fee_from.saturating_add(place.fee),
        }
    }

    fn put(&mut self, index: u64, entity: &Entity) {
        self.touch(entity.no, index);
        match self.entities.get_mut(entity.no.0 as usize) {
            Some(states) => states.push((index, entity.clone())),
            None => {
                self.by_id.insert((entity.chain, entity.kind, entity.id.clone()), entity.no);
                self.entities.push(vec![(index, entity.clone())]);
            }
        }
    }

    fn touch(&mut self, entity: EntityNo, index: u64) {
        let events = self.touching.entry(entity).or_default();
        if events.last() != Some(&index) {
            events.push(index);
        }
    }

    fn change_chain(&mut self, index: u64, author: ChainNo, change: &ChainChange) {
        match change {
            ChainChange::Opened { id, name, keys, .. } => {
                self.chain_ids.insert(id.clone(), author);
                let keys = keys.iter().map(|(entry, vkey)| key_view(index, entry, &vkey.name)).collect();
                let described = vec![(index, name.clone(), Vec::new())];
                self.chains.push(ChainView {
                    id: id.clone(),
                    names: name.clone(),
                    keys,
                    described,
                    ..ChainView::default()
                });
            }
            ChainChange::Admitted { chain, role, supervisor } => {
                if let Some(chain) = self.chains.get_mut(chain.0 as usize) {
                    chain.role = Some((index, role.word()));
                    chain.supervisor = *supervisor;
                }
            }
            ChainChange::KeyAdded(key) => {
                if let Some(chain) = self.chains.get_mut(author.0 as usize) {
                    chain.keys.push(key_view(index, &key.0, &key.1.name));
                }
            }
            ChainChange::KeyRetired(name) => {
                let keys = self.chains.get_mut(author.0 as usize).map(|chain| &mut chain.keys);
                for key in keys.into_iter().flatten().filter(|key| key.name == *name) {
                    key.retired = Some(index);
                }
            }
            ChainChange::Described { identifiers, names } => {
                if let Some(chain) = self.chains.get_mut(author.0 as usize) {
                    chain.identifiers.clone_from(identifiers);
                    chain.names.extend(names.iter().map(|(language, name)| (language.clone(), name.clone())));
                    chain.described.push((index, chain.names.clone(), chain.identifiers.clone()));
                }
            }
        }
    }

    fn note(&mut self, index: u64, note: &Note) {
        match note {
            Note::Reversed { index: of, .. } => {
                self.reversed_by.entry(*of).or_default().push(index);
                self.reverses.insert(index, *of);
            }
            Note::Irregular { breaches, ratify_by } => {
                self.irregular.push(Irregular { index, breaches: breaches.clone(), ratify_by: ratify_by.clone() });
            }
            Note::Observed { .. } => self.observed.add(index, 1),
            Note::RestsOn(_) | Note::Refunded { .. } => {}
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
        &self.chains
    }
    /// A chain by number.
    #[must_use]
    pub fn chain(&self, no: ChainNo) -> Option<&ChainView> {
        self.chains.get(no.0 as usize)
    }
    /// A chain's number by id.
    #[must_use]
    pub fn chain_no(&self, id: &str) -> Option<ChainNo> {
        self.chain_ids.get(id).copied()
    }
    /// An entity's number.
    #[must_use]
    pub fn find(&self, chain: ChainNo, kind: EntityKind, id: &str) -> Option<EntityNo> {
        self.by_id.get(&(chain, kind, id.to_owned())).copied()
    }
    /// An entity as it was after the first `at` events.
    #[must_use]
    pub fn entity(&self, no: EntityNo, at: Option<u64>) -> Option<&Entity> {
        let states = self.entities.get(no.0 as usize)?;
        let end = at.map_or(states.len(), |size| states.partition_point(|(index, _)| *index < size));
        states.get(end.checked_sub(1)?).map(|(_, entity)| entity)
    }
    /// Every entity of a kind, of one chain or of all, as it was after the first `at` events.
    pub fn entities(&self, kind: EntityKind, chain: Option<ChainNo>, at: Option<u64>) -> impl Iterator<Item = &Entity> {
        // Of one chain only its own stretch is walked: a page of one charity must not cost the whole log.
        let from = chain.map_or((ChainNo(0), EntityKind::Account, String::new()), |chain| (chain, kind, String::new()));
        let stretch = self
            .by_id
            .range(from..)
            .take_while(move |((c, k, _), _)| chain.is_none_or(|chain| (chain, kind) == (*c, *k)));
        stretch.filter(move |((_, k, _), _)| *k == kind).filter_map(move |(_, no)| self.entity(*no, at))
    }
    /// Accounts with their running balances.
    pub(crate) fn accounts(&self) -> &BTreeMap<AccountKey, Series> {
        &self.accounts
    }
    /// Log indices of events that touch an entity, oldest first.
    #[must_use]
    pub fn touching(&self, entity: EntityNo) -> &[u64] {
        self.touching.get(&entity).map_or(&[], Vec::as_slice)
    }
    /// Type and chain of the event at an index.
    #[must_use]
    pub fn event(&self, index: u64) -> Option<(&'static str, ChainNo)> {
        let (kind, chain) = self.events.get(usize::try_from(index).ok()?)?;
        Some((KINDS.get(usize::from(*kind))?.kind, *chain))
    }
    /// Log index of an event of a chain.
    #[must_use]
    pub fn index_of(&self, chain: &str, seq: u64) -> Option<u64> {
        self.chain(self.chain_no(chain)?)?.events.get(usize::try_from(seq).ok()?).copied()
    }
    /// `<chain>#<seq>` of the event at an index.
    #[must_use]
    pub fn citation(&self, index: u64) -> Option<String> {
        let (_, no) = self.event(index)?;
        let chain = self.chain(no)?;
        let seq = chain.events.binary_search(&index).ok()?;
        Some(format!("{}#{seq}", chain.id))
    }
    /// Events that reverse the one at an index.
    #[must_use]
    pub fn reversed_by(&self, index: u64) -> &[u64] {
        self.reversed_by.get(&index).map_or(&[], Vec::as_slice)
    }
    /// The event that the one at an index reverses.
    #[must_use]
    pub fn reverses(&self, index: u64) -> Option<u64> {
        self.reverses.get(&index).copied()
    }
    /// Irregular payments.
    #[must_use]
    pub fn irregular(&self) -> &[Irregular] {
        &self.irregular
    }
    /// Gifts in the first `at` events.
    #[must_use]
    pub fn gift_count(&self, at: Option<u64>) -> i64 {
        self.gifts.at(at)
    }
    /// Payments between chains of this log that were confirmed in the first `at` events, in minor units.
    #[must_use]
    pub fn confirmed(&self, currency: Currency, at: Option<u64>) -> i64 {
        self.confirmed.get(&currency).map_or(0, |series| series.at(at))
    }
    /// Observed transactions in the first `at` events.
    #[must_use]
    pub fn observed_count(&self, at: Option<u64>) -> i64 {
        self.observed.at(at)
    }
    /// What the trail could not follow; empty unless the program has a defect.
    pub fn defects(&self) -> impl Iterator<Item = (u64, String)> {
        self.defects.iter().map(|(index, error)| (*index, error.to_string()))
    }
}

fn key_view(index: u64, entry: &almoner_proof::introduction::KeyEntry, name: &str) -> KeyView {
    use almoner_proof::introduction::Role;
    let word = |role: &Role| match role {
        Role::Admin => "admin",
        Role::Book => "book",
        Role::Request => "request",
        Role::Approve => "approve",
        Role::Report => "report",
        Role::Attest => "attest",
        Role::Supervise => "supervise",
        Role::Registrar => "registrar",
        Role::Sequencer => "sequencer",
    };
    KeyView {
        vkey: entry.vkey.clone(),
        name: name.to_owned(),
        holder: entry.holder.clone(),
        roles: entry.roles.iter().map(word).collect(),
        introduced: index,
        retired: None,
    }
}
