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
    const EFFECT: &'static str = "reverses disbursement.paid; an advance that was earned meanwhile is owed again, so C liabilities:grants-payable";
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
        let Body::Disbursement { fund, project, grant, milestone, amount, state, paid_at, from_payable, .. } =
            &mut body
        else {
            return Err(wrong_state("not a disbursement"));
        };
        let (PaymentState::Paid, Some(index)) = (*state, *paid_at) else {
            return Err(wrong_state(format!("{} is not paid, or it is confirmed", self.disbursement)));
        };
        *state = PaymentState::Failed;
        let (amount, from_payable) = (*amount, *from_payable);
        let pool = Pool { chain: context.chain, fund: *fund, project: *project, currency: amount.currency() };
        let mut effects = Vec::new();
        let mut entry = context.negation(index, self.effective_date)?;
        if let Some(grant) = grant.and_then(|no| context.entity(no)) {
            let mut promise = grant.body.clone();
            if let Body::Grant { payable, prepaid, paid, tranches, .. } = &mut promise {
                let advance = amount.minus(from_payable)?;
                let tranche = tranches.iter_mut().find(|t| Some(t.milestone) == *milestone);
                let earned = tranche.as_ref().is_some_and(|t| t.earned);
                if let Some(tranche) = tranche {
                    tranche.paid = tranche.paid.minus(amount)?;
                }
                *paid = paid.minus(amount)?;
                if earned {
                    // An advance that was earned meanwhile is no prepayment any more: it is owed again.
                    *payable = payable.plus(amount)?;
                    for line in entry.lines.iter_mut().filter(|line| line.account.head == Head::Prepayment) {
                        line.account.head = Head::GrantsPayable;
                    }
                } else {
                    *payable = payable.plus(from_payable)?;
                    *prepaid = prepaid.minus(advance)?;
                }
            }
            effects.push(context.change(grant, promise));
        }
        effects.push(context.change(payment, body));
        effects.push(Effect::Post(entry.flow(Flow::GiveBack { of: (index, 0), pool, amount })));
        Ok(effects)
    }
}
