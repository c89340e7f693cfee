//! What must be so before money leaves, or somebody is believed.

use super::Context;
use crate::books::Chain;
use crate::entity::FundClass;
use crate::entry::Pool;
use crate::id::ChainNo;
use crate::money::Money;
use crate::refusal::{Code, Refusal};
use std::collections::BTreeSet;

impl Context<'_> {
    /// Guards ordinary spending: as [`Context::guard_outflow`], and permanent capital is not spent.
    ///
    /// # Errors
    /// `hold.placed`, `fund.overdrawn`.
    pub fn guard_spending(&self, pool: Pool, amount: Money) -> Result<(), Refusal> {
        self.guard_outflow(pool, amount)?;
        if self.class_of(pool.fund) == FundClass::EndowmentPermanent {
            let fund = self.books.entity_id(pool.fund);
            return Err(Refusal::new(
                Code::FundOverdrawn,
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
                Code::FundOverdrawn,
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
        match self.books.hold_on(pool).filter(|_| !self.is_without_holds) {
            None => Ok(()),
            Some(hold) => {
                let by = self.books.chain(hold.chain).map(|c| c.id.as_str()).unwrap_or_default();
                Err(Refusal::new(Code::HoldPlaced, format!("{by}/hold/{}", hold.id)))
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
                return Err(Refusal::new(Code::MilestoneNotIndependent, format!("{} and {with}", reviewer.id)));
            }
            taken.extend(reviewer.key_bytes());
        }
        Ok(())
    }
}
