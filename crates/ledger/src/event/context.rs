//! What a kind may ask while it decides. No kind touches the books but through this.

use crate::books::{Books, Chain, ChainNo};
use crate::data::{Date, EventRef, Ref};
use crate::effect::Effect;
use crate::entity::{Body, Entity, EntityKind, EntityNo, FundClass};
use crate::entry::{Entry, Flow, Head, Pool};
use crate::event::Event;
use crate::money::{Currency, Money};
use crate::refusal::Refusal;
use almoner_proof::{Envelope, Hash};
use std::collections::{BTreeMap, BTreeSet};

/// An earlier event that the decision needs, as the caller looked it up.
#[derive(Debug)]
pub struct Prior {
    /// Its log index.
    pub index: u64,
    /// Its event hash.
    pub hash: Hash,
    /// Its note.
    pub envelope: Envelope,
    /// Its data.
    pub event: Box<dyn Event>,
}

/// What a reversal is about.
#[derive(Debug)]
pub struct Reversal<'a> {
    /// The event to undo.
    pub prior: &'a Prior,
    /// Gifts of it, or all.
    pub items: Option<&'a [u32]>,
    /// When.
    pub date: Date,
}

/// The books as they are before the event, and the event's own place.
#[derive(Debug)]
pub struct Context<'a> {
    /// The books.
    pub books: &'a Books,
    /// The author's chain; for `chain.opened` the number it will have.
    pub chain: ChainNo,
    /// The author's chain id.
    pub chain_id: &'a str,
    /// Position in the chain.
    pub seq: u64,
    /// Log index that the event will have.
    pub index: u64,
    /// Its event hash.
    pub event_hash: Hash,
    /// Holder of the first signing key of the chain.
    pub holder: &'a str,
    /// Earlier events that were handed in.
    pub priors: &'a [Prior],
}

impl<'a> Context<'a> {
    /// The author's chain.
    ///
    /// # Errors
    /// `chain.unknown`; never for an event that passed the signers' check.
    pub fn own(&self) -> Result<&'a Chain, Refusal> {
        self.books.chain(self.chain).ok_or_else(|| Refusal::new("chain.unknown", self.chain_id))
    }

    /// A chain by its id.
    ///
    /// # Errors
    /// `ref.unknown`.
    pub fn chain_named(&self, id: &str) -> Result<&'a Chain, Refusal> {
        let no = self.books.chain_no(id).ok_or_else(|| Refusal::new("ref.unknown", id))?;
        self.books.chain(no).ok_or_else(|| Refusal::new("ref.unknown", id))
    }

    /// An entity of this kind, on whichever chain the reference names.
    ///
    /// # Errors
    /// `ref.unknown`, also when the reference is of another kind.
    pub fn any(&self, kind: EntityKind, reference: &Ref) -> Result<&'a Entity, Refusal> {
        if reference.kind != kind {
            return Err(Refusal::new("ref.unknown", format!("{reference} is not a {kind}")));
        }
        self.books.resolve(self.chain, reference)
    }

    /// An entity of this kind on the author's own chain.
    ///
    /// # Errors
    /// `ref.not_canonical` for one's own written as another's, `ref.unknown`.
    pub fn mine(&self, kind: EntityKind, reference: &Ref) -> Result<&'a Entity, Refusal> {
        if reference.chain.is_some() {
            return Err(Refusal::new(
                "ref.not_canonical",
                format!("{reference}: one's own {kind} is written {kind}/<id>"),
            ));
        }
        self.any(kind, reference)
    }

    /// An entity of this kind on another chain.
    ///
    /// # Errors
    /// `ref.not_canonical`, `ref.unknown`.
    pub fn theirs(&self, kind: EntityKind, reference: &Ref) -> Result<&'a Entity, Refusal> {
        if reference.chain.as_deref().is_none_or(|chain| chain == self.chain_id) {
            return Err(Refusal::new(
                "ref.not_canonical",
                format!("{reference}: another chain's {kind} is written <chain>/{kind}/<id>"),
            ));
        }
        self.any(kind, reference)
    }

    /// Opens an entity; `nth` counts those that this event opens before it.
    ///
    /// # Errors
    /// `ref.exists`, `ref.not_canonical`.
    pub fn open(&self, nth: u32, kind: EntityKind, reference: &Ref, body: Body) -> Result<Effect, Refusal> {
        if reference.chain.is_some() || reference.kind != kind {
            return Err(Refusal::new("ref.not_canonical", format!("{reference}: a new {kind} is written {kind}/<id>")));
        }
        if self.books.find(self.chain, kind, &reference.id).is_some() {
            return Err(Refusal::new("ref.exists", reference));
        }
        let no = EntityNo(self.books.next_entity().0.saturating_add(nth));
        Ok(Effect::Entity(Box::new(Entity {
            no,
            chain: self.chain,
            kind,
            id: reference.id.clone(),
            opened: self.index,
            body,
        })))
    }

    /// Changes an entity.
    #[must_use]
    pub fn change(&self, entity: &Entity, body: Body) -> Effect {
        Effect::Entity(Box::new(Entity { body, ..entity.clone() }))
    }

    /// One's own account in this currency.
    ///
    /// # Errors
    /// `ref.*`, `currency.mismatch`.
    pub fn account(&self, reference: &Ref, currency: Currency) -> Result<EntityNo, Refusal> {
        let entity = self.mine(EntityKind::Account, reference)?;
        match &entity.body {
            Body::Account { currency: own, .. } if *own == currency => Ok(entity.no),
            Body::Account { currency: own, .. } => {
                Err(Refusal::new("currency.mismatch", format!("{reference} is in {own}, not {currency}")))
            }
            _ => Err(Refusal::new("ref.unknown", reference)),
        }
    }

    /// One's own pool: fund, project and currency.
    ///
    /// # Errors
    /// `ref.*`.
    pub fn pool(&self, fund: &Ref, project: Option<&Ref>, currency: Currency) -> Result<Pool, Refusal> {
        let fund = self.mine(EntityKind::Fund, fund)?.no;
        let project = project.map(|p| self.mine(EntityKind::Project, p)).transpose()?.map(|p| p.no);
        Ok(Pool { chain: self.chain, fund, project, currency })
    }

    /// One's own pool for something new: money, a promise, an appeal.
    ///
    /// # Errors
    /// `ref.*`; `state.wrong` if the project is closed, cancelled or gone: its pools stay at zero.
    pub fn open_pool(&self, fund: &Ref, project: Option<&Ref>, currency: Currency) -> Result<Pool, Refusal> {
        let pool = self.pool(fund, project, currency)?;
        match pool.project.and_then(|no| self.books.entity(no)).map(|project| &project.body) {
            Some(Body::Project { status, .. }) if status.is_over() => {
                Err(Refusal::new("state.wrong", format!("the project is {status}: nothing new is booked on it")))
            }
            _ => Ok(pool),
        }
    }

    /// The class of a fund.
    #[must_use]
    pub fn class_of(&self, fund: EntityNo) -> FundClass {
        match self.books.entity(fund).map(|e| &e.body) {
            Some(Body::Fund { class, .. }) => *class,
            _ => FundClass::Unrestricted,
        }
    }

    /// Where money that comes into a fund without a promise is credited: agency money is never income.
    #[must_use]
    pub fn income_head(&self, fund: EntityNo) -> Head {
        if self.class_of(fund) == FundClass::Agency { Head::HeldForOthers } else { Head::Donations }
    }

    /// Where spending is debited: `expense`, but agency money is never one's own, not even on its way out.
    #[must_use]
    pub fn spending_head(&self, fund: EntityNo, expense: Head) -> Head {
        if self.class_of(fund) == FundClass::Agency { Head::HeldForOthers } else { expense }
    }

    /// Guards ordinary spending: as [`Context::guard_outflow`], and permanent capital is not spent.
    ///
    /// # Errors
    /// `hold.placed`, `fund.overdrawn`.
    pub fn guard_spending(&self, pool: Pool, amount: Money) -> Result<(), Refusal> {
        self.guard_outflow(pool, amount)?;
        if self.class_of(pool.fund) == FundClass::EndowmentPermanent {
            let fund = self.books.entity_id(pool.fund);
            return Err(Refusal::new(
                "fund.overdrawn",
                format!("fund/{fund} is permanent capital, which is not spent"),
            ));
        }
        Ok(())
    }

    /// Guards an ordinary outflow: no hold on chain, fund or project, and the fund has the money.
    ///
    /// # Errors
    /// `hold.placed`, `fund.overdrawn`.
    pub fn guard_outflow(&self, pool: Pool, amount: Money) -> Result<(), Refusal> {
        self.guard_hold(pool)?;
        let spendable = self.books.spendable(pool.fund, pool.currency);
        if spendable.minus(amount)?.is_negative() {
            let fund = self.books.entity_id(pool.fund);
            return Err(Refusal::new(
                "fund.overdrawn",
                format!("fund/{fund} has {spendable}, the payment is {amount}"),
            ));
        }
        Ok(())
    }

    /// Guards against a hold alone.
    ///
    /// # Errors
    /// `hold.placed`.
    pub fn guard_hold(&self, pool: Pool) -> Result<(), Refusal> {
        match self.books.hold_on(pool) {
            None => Ok(()),
            Some(hold) => {
                let by = self.books.chain(hold.chain).map(|c| c.id.as_str()).unwrap_or_default();
                Err(Refusal::new("hold.placed", format!("{by}/hold/{}", hold.id)))
            }
        }
    }

    /// Guards that a milestone is attested by as many bodies as it names: no key stands, or ever stood, on the chains of
    /// two `reviewers`, nor on one's and one of the `others`, who may share keys among themselves.
    ///
    /// # Errors
    /// `milestone.not_independent`.
    pub fn guard_independent(
        &self,
        reviewers: impl IntoIterator<Item = ChainNo>,
        others: impl IntoIterator<Item = ChainNo>,
    ) -> Result<(), Refusal> {
        let chain = |no| self.books.chain(no);
        // Gathered once: comparing chain by chain would cost the square of their number.
        let mut taken: BTreeSet<&[u8; 32]> = others.into_iter().filter_map(chain).flat_map(Chain::key_bytes).collect();
        for reviewer in reviewers.into_iter().filter_map(chain) {
            if let Some(shared) = reviewer.key_bytes().find(|key| taken.contains(key)) {
                let with = self.books.chains().find(|other| other.no != reviewer.no && other.has_key(shared));
                let with = with.map_or("a party to the milestone", |other| &other.id);
                return Err(Refusal::new("milestone.not_independent", format!("{} and {with}", reviewer.id)));
            }
            taken.extend(reviewer.key_bytes());
        }
        Ok(())
    }

    /// The event that a reference names, handed in and checked by hash.
    ///
    /// # Errors
    /// `ref.unknown`, `ref.hash`.
    pub fn prior(&self, reference: &EventRef) -> Result<&'a Prior, Refusal> {
        let id = &reference.event;
        let prior = self
            .priors
            .iter()
            .find(|p| p.envelope.chain() == id.chain && p.envelope.seq == id.seq)
            .ok_or_else(|| Refusal::new("ref.unknown", id))?;
        if prior.hash == reference.hash.0 { Ok(prior) } else { Err(Refusal::new("ref.hash", id)) }
    }

    /// The exact negation of what an event posted, with a loan from unrestricted money where it would
    /// overdraw a restricted fund: a correction is always possible.
    ///
    /// # Errors
    /// `amount.too_large`.
    pub fn negation(&self, index: u64, date: Date) -> Result<Entry, Refusal> {
        let entry = self.books.posted(index).map_or_else(|| Entry::on(date), |posted| posted.negated(date));
        self.with_loans(entry)
    }

    /// Adds the inter-fund loans that a correction needs (invariant 9): as much as the entry as a
    /// whole takes from a fund that has not got it, lent to the pools that lose it, bank to bank.
    ///
    /// # Errors
    /// `amount.too_large`.
    pub fn with_loans(&self, mut entry: Entry) -> Result<Entry, Refusal> {
        let mut funds: BTreeMap<(EntityNo, Currency), Money> = BTreeMap::new();
        let mut pools: BTreeMap<Pool, (EntityNo, Money)> = BTreeMap::new();
        for posting in &entry.postings {
            let (Head::Bank(account) | Head::Clearing(account)) = posting.account.head else { continue };
            let pool = posting.account.pool;
            let zero = Money::zero(pool.currency);
            let fund = funds.entry((pool.fund, pool.currency)).or_insert(zero);
            *fund = fund.plus(posting.amount)?;
            let sum = pools.entry(pool).or_insert((account, zero));
            sum.1 = sum.1.plus(posting.amount)?;
        }
        for ((fund, currency), change) in funds {
            let after = self.books.spendable(fund, currency).plus(change)?;
            if !change.is_negative() || !after.is_negative() || self.class_of(fund) == FundClass::Unrestricted {
                continue;
            }
            let Some(lender) = self.unrestricted_fund(self.chain) else { continue };
            let mut short = after.negated().at_most(change.negated());
            for (pool, (account, taken)) in &pools {
                let part = short.at_most(taken.negated());
                if (pool.fund, pool.currency) != (fund, currency) || !part.is_positive() {
                    continue;
                }
                short = short.minus(part)?;
                let (pool, bank) = (*pool, Head::Bank(*account));
                let from = Pool { fund: lender, project: None, ..pool };
                entry = entry
                    .debit(pool.account(bank), part)
                    .credit(pool.account(Head::DueTo), part)
                    .debit(from.account(Head::DueFrom), part)
                    .credit(from.account(bank), part)
                    .flow(Flow::Carry { from, to: pool, amount: part, arrives: part });
            }
        }
        Ok(entry)
    }

    fn unrestricted_fund(&self, chain: ChainNo) -> Option<EntityNo> {
        let chain = self.books.chain(chain)?;
        let funds = chain.entities_of(EntityKind::Fund);
        funds
            .filter_map(|no| self.books.entity(no))
            .find(|f| matches!(f.body, Body::Fund { class: FundClass::Unrestricted, .. }))
            .map(|f| f.no)
    }
}
