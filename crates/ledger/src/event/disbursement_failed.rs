//! disbursement.failed: the bank sent the payment back.

use super::prelude::*;

data! {
    /// Data of `disbursement.failed/1`.
    pub(super) struct DisbursementFailed {
        /// Own disbursement.
        disbursement: Ref,
        /// When it came back.
        effective_date: Date,
        /// A code or a sentence.
        reason: String,
    }
}

impl Kind for DisbursementFailed {
    const TYPE: &'static str = "disbursement.failed/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str = "A payment did not arrive and came back, before it was confirmed.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/disbursement.failed.txt");
    const EXAMPLE: &'static str =
        r#"{"disbursement":"disbursement/d1","effective_date":"2026-11-24","reason":"account closed"}"#;
}

impl Event for DisbursementFailed {
    fn tell(&self) -> Telling<'_> {
        vec![("payment", Slot::Payment(&self.disbursement)), ("reason", Slot::Text(&self.reason))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        check_text("reason", &self.reason)?;
        let payment = context.mine::<Disbursement>(&self.disbursement)?;
        let &Disbursement { fund, project, grant, milestone, amount, .. } = payment.said;
        let (PaymentState::Paid, Some(index)) = (payment.standing.state, payment.standing.paid_index()) else {
            return Err(wrong_state(format!("{} is not paid, or it is confirmed", self.disbursement)));
        };
        let failed = DisbursementStanding { state: PaymentState::Failed, ..payment.standing };
        let from_payable = amount.alike(payment.standing.from_payable);
        let pool = Pool { chain: context.chain, fund, project, currency: amount.currency() };
        let mut effects = Vec::new();
        let mut entry = context.negation(index, self.effective_date)?;
        if let Some(grant) = grant.and_then(|no| context.entity::<Grant>(no)) {
            let mut standing = grant.standing;
            let tranche = milestone.and_then(|milestone| grant.said.tranche(milestone));
            if let Some(tranche) = tranche {
                let tranche = Tranche { paid: tranche.paid.minus(amount)?, ..tranche };
                effects.push(context.say(grant, grant.said.with_tranche(tranche)));
            }
            lower(&mut standing.paid, amount)?;
            if tranche.is_some_and(|t| t.earned) {
                // An advance that was earned meanwhile is no prepayment any more: it is owed again.
                raise(&mut standing.payable, amount)?;
                for line in entry.lines.iter_mut().filter(|line| line.account.head == Head::Prepayment) {
                    line.account.head = Head::GrantsPayable;
                }
            } else {
                raise(&mut standing.payable, from_payable)?;
                lower(&mut standing.prepaid, amount.minus(from_payable)?)?;
            }
            effects.push(context.stand(grant, standing));
        }
        effects.push(context.stand(payment, failed));
        effects.push(Effect::Post(entry.flow(Flow::GiveBack { of: (index, 0), pool, amount })));
        Ok(effects)
    }
}
