//! Looking things up.

use super::{Context, Prior};
use crate::books::Chain;
use crate::currency::Currency;
use crate::data::{EventRef, Ref};
use crate::effect::Effect;
use crate::entity::{Account, Entity, EntityType, Found, Fund, FundClass, Project};
use crate::entry::{AccountKey, Entry, Head, Pool};
use crate::id::{ChainNo, EntityNo};
use crate::money::Money;
use crate::refusal::{Code, Refusal};
use almoner_proof::Hash;
use std::sync::Arc;

impl<'a> Context<'a> {
    /// The author's chain.
    ///
    /// # Errors
    /// `chain.unknown`; never for an event that passed the signers' check.
    pub fn own(&self) -> Result<&'a Chain, Refusal> {
        self.books.chain(self.chain).ok_or_else(|| Refusal::new(Code::ChainUnknown, self.chain_id))
    }

    /// A chain by its id.
    ///
    /// # Errors
    /// `ref.unknown`.
    pub fn chain_named(&self, id: &str) -> Result<&'a Chain, Refusal> {
        self.books.chain_no(id).and_then(|no| self.books.chain(no)).ok_or_else(|| self.books.unknown_chain(id))
    }

    /// An entity of this kind, on whichever chain the reference names.
    ///
    /// # Errors
    /// `ref.unknown`, also when the reference is of another kind.
    pub fn any<K: EntityType>(&self, reference: &Ref) -> Result<Found<'a, K>, Refusal> {
        self.as_meant_by(self.chain, reference)
    }

    /// An entity as the author of an earlier event on another chain meant it.
    ///
    /// # Errors
    /// As [`Context::any`].
    pub fn as_meant_by<K: EntityType>(&self, chain: ChainNo, reference: &Ref) -> Result<Found<'a, K>, Refusal> {
        let not_one = || Refusal::new(Code::RefUnknown, format!("{reference} is not a {}", K::KIND)).about(reference);
        if reference.kind != K::KIND {
            return Err(not_one());
        }
        self.books.resolve(chain, reference)?.of().ok_or_else(not_one)
    }

    /// An entity of this kind on the author's own chain.
    ///
    /// # Errors
    /// `ref.not_canonical` for one's own written as another's, `ref.unknown`.
    pub fn mine<K: EntityType>(&self, reference: &Ref) -> Result<Found<'a, K>, Refusal> {
        if reference.chain.is_some() {
            let kind = K::KIND;
            return Err(Refusal::new(
                Code::RefNotCanonical,
                format!("{reference}: one's own {kind} is written {kind}/{}", reference.id),
            )
            .about(reference));
        }
        self.any(reference)
    }

    /// An entity of this kind on another chain.
    ///
    /// # Errors
    /// `ref.not_canonical`, `ref.unknown`.
    pub fn theirs<K: EntityType>(&self, reference: &Ref) -> Result<Found<'a, K>, Refusal> {
        if reference.chain.as_deref().is_none_or(|chain| chain == self.chain_id) {
            return Err(Refusal::new(
                Code::RefNotCanonical,
                format!("{reference}: another chain's {0} is written <chain>/{0}/{1}", K::KIND, reference.id),
            )
            .about(reference));
        }
        self.any(reference)
    }

    /// A chain by its number.
    #[must_use]
    pub fn chain_no(&self, no: ChainNo) -> Option<&'a Chain> {
        self.books.chain(no)
    }

    /// Whether a chain of this id stands already.
    #[must_use]
    pub fn has_chain(&self, id: &str) -> bool {
        self.books.chain_no(id).is_some()
    }

    /// An entity by its number, if it is of this kind.
    #[must_use]
    pub fn entity<K: EntityType>(&self, no: EntityNo) -> Option<Found<'a, K>> {
        self.books.entity(no)?.of()
    }

    /// The number of the first entity that this event opens.
    #[must_use]
    pub fn next_entity(&self) -> EntityNo {
        self.books.next_entity()
    }

    /// Version of the rules in force.
    #[must_use]
    pub fn rules(&self) -> u32 {
        self.books.rules()
    }

    /// The newest epoch of a sequencer.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.books.epoch()
    }

    /// Whether this importer has told a transaction or an activity already.
    #[must_use]
    pub fn is_observed(&self, key: Hash) -> bool {
        self.books.is_observed(self.chain, key)
    }

    /// Each transaction and each version of an activity is told once by an importer.
    ///
    /// # Errors
    /// `observed.duplicate`.
    pub fn not_observed_yet(&self, key: Hash) -> Result<(), Refusal> {
        if self.is_observed(key) { Err(Refusal::new(Code::ObservedDuplicate, key)) } else { Ok(()) }
    }

    /// An account's balance.
    #[must_use]
    pub fn balance(&self, account: AccountKey) -> Money {
        self.books.balance(account)
    }

    /// What a pool can spend.
    ///
    /// # Errors
    /// `amount.too_large`.
    pub fn pool_spendable(&self, pool: Pool) -> Result<Money, Refusal> {
        self.books.pool_spendable(pool)
    }

    /// Accounts of a project's pools, with their balances.
    pub fn project_accounts(&self, project: EntityNo) -> impl Iterator<Item = (AccountKey, Money)> {
        self.books.project_accounts(project)
    }

    /// Opens an entity; `nth` counts those that this event opens before it.
    ///
    /// # Errors
    /// `ref.exists`, `ref.not_canonical`.
    pub fn open<K: EntityType>(
        &self,
        nth: u32,
        reference: &Ref,
        said: K,
        standing: K::Standing,
    ) -> Result<Effect<Entry>, Refusal> {
        let kind = K::KIND;
        if reference.chain.is_some() || reference.kind != kind {
            return Err(Refusal::new(
                Code::RefNotCanonical,
                format!("{reference}: a new {kind} is written {kind}/{}", reference.id),
            )
            .about(reference));
        }
        if self.books.find(self.chain, kind, &reference.id).is_some() {
            return Err(Refusal::new(Code::RefExists, reference).about(reference));
        }
        // Each entity has an event, so numbers do not run out (see `EntityNo::after`).
        let no = EntityNo(self.books.next_entity().0.saturating_add(nth));
        Ok(Effect::Open(Box::new(Entity {
            no,
            chain: self.chain,
            id: reference.id.clone(),
            opened: self.index,
            said: Arc::new(said.said()),
            standing: K::stands(standing),
        })))
    }

    /// Changes how an entity stands.
    #[must_use]
    pub fn stand<K: EntityType>(&self, entity: Found<'_, K>, standing: K::Standing) -> Effect<Entry> {
        Effect::Stand(entity.no, K::stands(standing))
    }

    /// Changes what is said of an entity.
    #[must_use]
    pub fn say<K: EntityType>(&self, entity: Found<'_, K>, said: K) -> Effect<Entry> {
        Effect::Say(entity.no, Arc::new(said.said()))
    }

    /// One's own account in this currency.
    ///
    /// # Errors
    /// `ref.*`, `currency.mismatch`.
    pub fn account(&self, reference: &Ref, currency: Currency) -> Result<EntityNo, Refusal> {
        let account = self.mine::<Account>(reference)?;
        let own = account.said.currency;
        if own != currency {
            return Err(
                Refusal::new(Code::CurrencyMismatch, format!("{reference} is in {own}, not {currency}")).at("currency")
            );
        }
        Ok(account.no)
    }

    /// One's own pool: fund, project and currency.
    ///
    /// # Errors
    /// `ref.*`.
    pub fn pool(&self, fund: &Ref, project: Option<&Ref>, currency: Currency) -> Result<Pool, Refusal> {
        let fund = self.mine::<Fund>(fund)?.no;
        let project = project.map(|p| self.mine::<Project>(p)).transpose()?.map(|p| p.no);
        Ok(Pool { chain: self.chain, fund, project, currency })
    }

    /// One's own pool for something new: money, a promise, an appeal.
    ///
    /// # Errors
    /// `ref.*`; `state.wrong` if the project is closed, cancelled or gone: its pools stay at zero.
    pub fn open_pool(&self, fund: &Ref, project: Option<&Ref>, currency: Currency) -> Result<Pool, Refusal> {
        let pool = self.pool(fund, project, currency)?;
        let status = pool.project.and_then(|no| self.entity::<Project>(no)).map(|project| project.standing.status);
        match status.filter(|status| status.is_over()) {
            Some(status) => {
                Err(Refusal::new(Code::StateWrong, format!("the project is {status}: nothing new is booked on it")))
            }
            None => Ok(pool),
        }
    }

    /// The class of a fund.
    #[must_use]
    pub fn class_of(&self, fund: EntityNo) -> FundClass {
        self.entity::<Fund>(fund).map_or(FundClass::Unrestricted, |fund| fund.said.class)
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
            .ok_or_else(|| Refusal::new(Code::RefUnknown, id).about(id))?;
        let hash = prior.hash;
        if hash == reference.hash.0 {
            Ok(prior)
        } else {
            Err(Refusal::new(Code::RefHash, format!("the hash of {id} is {hash}")).about(id))
        }
    }
}
