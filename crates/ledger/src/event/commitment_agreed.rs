//! commitment.agreed: a binding promise to the beneficiary.

use super::prelude::*;

data! {
    /// Data of `commitment.agreed/1`.
    pub(super) struct CommitmentAgreed {
        /// New `commitment/<id>`.
        commitment: Ref,
        /// The pledge that it makes binding, own or the sponsor's.
        pledge: Option<Ref>,
        /// Id of the sponsor's chain.
        sponsor: Option<String>,
        /// Own fund.
        fund: Ref,
        /// Own project.
        project: Option<Ref>,
        /// ISO 4217.
        currency: Currency,
        /// How much.
        amount: Figure,
        /// When it was agreed.
        date: Date,
        /// What must be met first; the tranches sum to at most amount. Empty: it is owed at once.
        conditions: Vec<Condition>,
    }
}

data! {
    struct Condition {
        /// What must happen.
        barrier: String,
        /// Whether the sponsor has its money back if it does not.
        right_of_return: bool,
        /// How much hangs on it.
        tranche: Figure,
        /// By when.
        deadline: Option<Date>,
    }
}

impl Kind for CommitmentAgreed {
    const TYPE: &'static str = "commitment.agreed/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str = "A binding promise, on the beneficiary's chain (IATI 11). With conditions it is not recognised until they are met.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/commitment.agreed.txt");
    const EXAMPLE: &'static str = r#"{"commitment":"commitment/c1","pledge":"tide/pledge/lab","sponsor":"tide","fund":"fund/lab","currency":"CNY","amount":"1000000.00","date":"2026-01-10","conditions":[]}"#;
}

impl Event for CommitmentAgreed {
    fn tell(&self) -> Telling<'_> {
        let mut slots = vec![
            ("amount", Slot::Amount(self.amount, self.currency)),
            ("place", Slot::Place(&self.fund, self.project.as_ref())),
        ];
        slots.push(("conditions", Slot::count(&self.conditions)));
        match &self.sponsor {
            Some(sponsor) => slots.extend([("by", Slot::Form("sponsor")), ("sponsor", Slot::Chain(sponsor))]),
            None => slots.push(("by", Slot::Form("nobody"))),
        }
        slots
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let pool = context.open_pool(&self.fund, self.project.as_ref(), self.currency)?;
        let amount = self.amount.positive(self.currency).at("amount")?;
        if let Some(pledge) = &self.pledge {
            let pledge = context.any::<Pledge>(pledge)?;
            if pledge.standing.state != PromiseState::Open {
                return Err(wrong_state(format!("pledge/{} is not open", pledge.id)));
            }
        }
        if let Some(sponsor) = &self.sponsor {
            context.chain_named(sponsor)?;
        }
        let mut tranches = Money::zero(self.currency);
        for (nth, condition) in self.conditions.iter().enumerate() {
            check_text("barrier", &condition.barrier).at(nth).at("conditions")?;
            let tranche = condition.tranche.positive(self.currency).item("conditions", nth, "tranche")?;
            tranches = tranches.plus(tranche)?;
        }
        if amount.minus(tranches)?.is_negative() {
            return Err(Refusal::new(
                Code::PromiseExceeded,
                format!("the tranches sum to {tranches}, the commitment is {amount}"),
            ));
        }
        let conditional = !self.conditions.is_empty();
        let said = Commitment { amount, fund: pool.fund, project: pool.project, conditional };
        let receivable = if conditional { 0 } else { amount.minor() };
        let standing = CommitmentStanding { receivable, advance: 0, paid: 0, state: PromiseState::Open };
        let mut effects = vec![context.open(0, &self.commitment, said, standing)?];
        if !conditional {
            let entry = Entry::on(self.date)
                .debit(pool.account(Head::PledgeReceivable), amount)
                .credit(pool.account(context.income_head(pool.fund)), amount);
            effects.push(Effect::Post(entry));
        }
        Ok(effects)
    }

    fn reverse(&self, context: &Context<'_>, reversal: &Reversal<'_>) -> Result<Vec<Effect>, Refusal> {
        let commitment = context.mine::<Commitment>(&self.commitment)?;
        let CommitmentStanding { advance, paid, state, .. } = commitment.standing;
        if state == PromiseState::Cancelled {
            return Err(Refusal::new(Code::ReversalDependents, "reverse its pledge.cancelled first"));
        }
        if paid != 0 {
            return Err(Refusal::new(Code::ReversalDependents, "what is paid on it: reverse or refund that first"));
        }
        let standing = CommitmentStanding { receivable: 0, advance, paid: 0, state: PromiseState::Cancelled };
        let entry = context.negation(reversal.prior.index, reversal.date)?;
        Ok(vec![context.stand(commitment, standing), Effect::Post(entry)])
    }
}
