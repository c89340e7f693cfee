//! pledge.made: an intention to give, on either side.

use super::prelude::*;

data! {
    /// Data of `pledge.made/1`.
    pub(super) struct PledgeMade {
        /// New `pledge/<id>`.
        pledge: Ref,
        /// ISO 4217.
        currency: Currency,
        /// How much.
        amount: Figure,
        /// When it was made.
        date: Date,
        /// Own fund that it is for; either fund or to stands.
        fund: Option<Ref>,
        /// Commitment to the donor.
        donor: Option<Digest>,
        /// Id of the chain that it is made to.
        to: Option<String>,
        /// Programme that it is for.
        programme: Option<Ref>,
        /// When it is to be paid; the instalments sum to amount.
        schedule: Option<Vec<Instalment>>,
    }
}

data! {
    struct Instalment {
        /// By when.
        due: Date,
        /// How much.
        amount: Figure,
    }
}

impl Kind for PledgeMade {
    const TYPE: &'static str = "pledge.made/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str = "An indicative pledge: on the beneficiary's chain with fund (IATI 13), on the sponsor's own chain with to (IATI 12).";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/pledge.made.txt");
    const EXAMPLE: &'static str = r#"{"pledge":"pledge/p1","currency":"CNY","amount":"1000000.00","date":"2026-01-05","fund":"fund/lab","schedule":[{"due":"2026-12-31","amount":"1000000.00"}]}"#;
}

impl Event for PledgeMade {
    fn tell(&self) -> Telling<'_> {
        let mut slots = vec![("amount", Slot::Amount(self.amount, self.currency))];
        match (&self.fund, &self.to) {
            (Some(fund), _) => slots.extend([("side", Slot::Form("received")), ("place", Slot::Place(fund, None))]),
            (None, Some(to)) => slots.extend([("side", Slot::Form("given")), ("place", Slot::Chain(to))]),
            (None, None) => {}
        }
        slots
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        if self.fund.is_some() == self.to.is_some() {
            return Err(Refusal::new(Code::DataTogether, "exactly one of fund and to stands").at("fund"));
        }
        if self.donor.is_some() && self.to.is_some() {
            return Err(Refusal::new(Code::DataTogether, "a donor stands only on the beneficiary's chain").at("donor"));
        }
        let amount = self.amount.positive(self.currency).at("amount")?;
        if let Some(schedule) = &self.schedule {
            let sum = schedule.iter().enumerate().try_fold(Money::zero(self.currency), |sum, (nth, part)| {
                sum.plus(part.amount.positive(self.currency).item("schedule", nth, "amount")?)
            })?;
            if sum != amount {
                return Err(
                    Refusal::new(Code::DataSum, format!("the schedule sums to {sum}, not {amount}")).at("schedule")
                );
            }
        }
        let fund = self.fund.as_ref().map(|f| context.mine::<Fund>(f)).transpose()?.map(|f| f.no);
        let to = self.to.as_deref().map(|id| context.chain_named(id)).transpose()?.map(|c| c.no);
        let programme = self.programme.as_ref().map(|p| context.any::<Programme>(p)).transpose()?.map(|p| p.no);
        let said = Pledge { amount, fund, to, programme };
        let standing = PledgeStanding { paid: 0, state: PromiseState::Open };
        Ok(vec![context.open(0, &self.pledge, said, standing)?])
    }
}
