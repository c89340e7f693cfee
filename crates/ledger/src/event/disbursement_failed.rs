//! disbursement.failed: the bank sent the payment back.

use super::prelude::*;

/// Data of `disbursement.failed/1`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisbursementFailed {
    disbursement: Ref,
    effective_date: Date,
    reason: String,
}

impl Kind for DisbursementFailed {
    const TYPE: &'static str = "disbursement.failed/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str = "A payment did not arrive and came back, before it was confirmed.";
    const EFFECT: &'static str = "reverses disbursement.paid";
    const MEMBERS: &'static [(&'static str, &'static str)] = &[
        ("disbursement", "own disbursement"),
        ("effective_date", "when it came back"),
        ("reason", "a code or a sentence"),
    ];
    const EXAMPLE: &'static str =
        r#"{"disbursement":"disbursement/d1","effective_date":"2026-11-24","reason":"account closed"}"#;
}

impl Event for DisbursementFailed {
    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        check_text("reason", &self.reason)?;
        let payment = context.mine(EntityKind::Disbursement, &self.disbursement)?;
        let mut body = payment.body.clone();
        let Body::Disbursement { grant, milestone, amount, state, paid_at, from_payable, .. } = &mut body else {
            return Err(wrong_state("not a disbursement"));
        };
        let (PaymentState::Paid, Some(index)) = (*state, *paid_at) else {
            return Err(wrong_state(format!("{} is not paid, or it is confirmed", self.disbursement)));
        };
        *state = PaymentState::Failed;
        let (amount, from_payable) = (*amount, *from_payable);
        let mut effects = Vec::new();
        if let Some(grant) = grant.and_then(|no| context.books.entity(no)) {
            let mut promise = grant.body.clone();
            if let Body::Grant { payable, prepaid, paid, tranches, .. } = &mut promise {
                *payable = payable.plus(from_payable)?;
                *prepaid = prepaid.minus(amount.minus(from_payable)?)?;
                *paid = paid.minus(amount)?;
                if let Some(tranche) = tranches.iter_mut().find(|t| Some(t.milestone) == *milestone) {
                    if tranche.earned && from_payable != amount {
                        return Err(wrong_state("the advance was earned meanwhile"));
                    }
                    tranche.paid = tranche.paid.minus(amount)?;
                }
            }
            effects.push(context.change(grant, promise));
        }
        effects.push(context.change(payment, body));
        effects.push(Effect::Post(
            context.negation(index, self.effective_date)?.flow(Flow::GiveBack { of: (index, 0), amount }),
        ));
        Ok(effects)
    }
}
