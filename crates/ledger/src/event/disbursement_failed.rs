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
        let payment = context.mine(EntityKind::Disbursement, &self.disbursement)?;
        let (
            &Said::Disbursement { fund, project, grant, milestone, amount, .. },
            Standing::Disbursement { state, paid_at, from_payable },
        ) = payment.parts()
        else {
            return Err(wrong_state("not a disbursement"));
        };
        let (PaymentState::Paid, Some(index)) = (state, paid_at) else {
            return Err(wrong_state(format!("{} is not paid, or it is confirmed", self.disbursement)));
        };
        let failed = Standing::Disbursement { state: PaymentState::Failed, paid_at, from_payable };
        let from_payable = amount.alike(from_payable);
        let pool = Pool { chain: context.chain, fund, project, currency: amount.currency() };
        let mut effects = Vec::new();
        let mut entry = context.negation(index, self.effective_date)?;
        if let Some(grant) = grant.and_then(|no| context.entity(no)) {
            let (Said::Grant { tranches, .. }, Standing::Grant { mut payable, mut prepaid, mut paid }) = grant.parts()
            else {
                return Err(wrong_state("not a grant"));
            };
            let tranche = tranches.iter().find(|t| Some(t.milestone) == milestone).copied();
            if let Some(tranche) = tranche {
                let tranche = Tranche { paid: tranche.paid.minus(amount)?, ..tranche };
                effects.push(context.say(grant, grant.with_tranche(tranche)));
            }
            lower(&mut paid, amount)?;
            if tranche.is_some_and(|t| t.earned) {
                // An advance that was earned meanwhile is no prepayment any more: it is owed again.
                raise(&mut payable, amount)?;
                for line in entry.lines.iter_mut().filter(|line| line.account.head == Head::Prepayment) {
                    line.account.head = Head::GrantsPayable;
                }
            } else {
                raise(&mut payable, from_payable)?;
                lower(&mut prepaid, amount.minus(from_payable)?)?;
            }
            effects.push(context.stand(grant, Standing::Grant { payable, prepaid, paid }));
        }
        effects.push(context.stand(payment, failed));
        effects.push(Effect::Post(entry.flow(Flow::GiveBack { of: (index, 0), pool, amount })));
        Ok(effects)
    }
}
