//! disbursement.paid: the money left the bank.

use super::prelude::*;

/// Data of `disbursement.paid/1`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DisbursementPaid {
    disbursement: Ref,
    account: Ref,
    effective_date: Date,
    class: Option<NaturalClass>,
}

impl Kind for DisbursementPaid {
    const TYPE: &'static str = "disbursement.paid/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str = "A requested and approved payment left the bank (IATI 3).";
    const EFFECT: &'static str = "on a grant: D liabilities:grants-payable, or assets:prepayment for an advance, C bank; without a grant: D expenses:charitable C bank; to a chain of the log the money is in transit until confirmed";
    const MEMBERS: &'static [(&'static str, &'static str)] = &[
        ("disbursement", "own disbursement"),
        ("account", "own account that paid"),
        ("effective_date", "date on the statement"),
        ("class?", "natural class of the expense, without a grant; other if absent"),
    ];
    const EXAMPLE: &'static str = r#"{"disbursement":"disbursement/d1","account":"account/bank","effective_date":"2026-11-21","class":"construction"}"#;
}

impl Event for DisbursementPaid {
    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let payment = context.mine(EntityKind::Disbursement, &self.disbursement)?;
        let mut body = payment.body.clone();
        let Body::Disbursement {
            fund,
            project,
            grant,
            milestone,
            amount,
            payee,
            needed,
            state,
            paid_at,
            from_payable,
            ..
        } = &mut body
        else {
            return Err(wrong_state("not a disbursement"));
        };
        let amount = *amount;
        let pool = Pool { chain: context.chain, fund: *fund, project: *project, currency: amount.currency() };
        let account = context.account(&self.account, amount.currency())?;
        context.guard_hold(pool)?;
        may_be_paid(*state, *needed, &self.disbursement)?;
        let mut effects = Vec::new();
        let mut entry = Entry::on(self.effective_date);
        if let Some(grant) = grant.and_then(|no| context.entity(no)) {
            let mut promise = grant.body.clone();
            let parts = pay_grant(&mut promise, *milestone, amount)?;
            *from_payable = parts.0;
            entry =
                entry.debit(pool.account(Head::GrantsPayable), parts.0).debit(pool.account(Head::Prepayment), parts.1);
            effects.push(context.change(grant, promise));
        } else {
            let class = self.class.unwrap_or(NaturalClass::Other);
            let head = context.spending_head(pool.fund, Head::Expense(Function::Charitable, class));
            entry = entry.debit(pool.account(head), amount);
        }
        context.guard_spending(pool, amount)?;
        let on_log = payee.chain.is_some();
        let how = if on_log { Use::Sent } else { Use::Spent };
        *state = PaymentState::Paid;
        *paid_at = Some(context.index);
        effects.push(context.change(payment, body));
        let entry = entry.credit(pool.account(Head::Bank(account)), amount).flow(Flow::Outflow { pool, amount, how });
        effects.push(Effect::Post(entry));
        Ok(effects)
    }
}

/// Whether a requested payment may leave the bank. Shared with expenditure.recorded.
pub(super) fn may_be_paid(state: PaymentState, needed: u32, payment: &Ref) -> Result<(), Refusal> {
    match state {
        PaymentState::Approved => Ok(()),
        PaymentState::Requested if needed == 0 => Ok(()),
        PaymentState::Requested => {
            Err(Refusal::new("approval.missing", format!("{payment}: {needed} approvers are needed")))
        }
        PaymentState::Paid | PaymentState::Confirmed | PaymentState::Failed => {
            Err(wrong_state(format!("{payment} is paid or failed already")))
        }
    }
}

/// Pays on a grant: how much of it was owed, and how much is paid before it is earned.
fn pay_grant(grant: &mut Body, milestone: Option<EntityNo>, amount: Money) -> Result<(Money, Money), Refusal> {
    let Body::Grant { amount: total, payable, prepaid, paid, tranches, .. } = grant else {
        return Err(wrong_state("not a grant"));
    };
    let after = paid.plus(amount)?;
    if total.minus(after)?.is_negative() {
        return Err(Refusal::new("grant.exceeded", format!("{paid} of {total} is paid, the payment is {amount}")));
    }
    let mut advance = Money::zero(amount.currency());
    if let Some(milestone) = milestone {
        let tranche = tranches
            .iter_mut()
            .find(|t| t.milestone == milestone)
            .ok_or_else(|| wrong_state("the grant has no such tranche"))?;
        if !tranche.earned && !tranche.advance {
            return Err(Refusal::new(
                "milestone.unattested",
                "the tranche is not earned: its milestone is not attested yet",
            ));
        }
        let tranche_after = tranche.paid.plus(amount)?;
        if tranche.amount.minus(tranche_after)?.is_negative() {
            return Err(Refusal::new(
                "grant.exceeded",
                format!("{} of the tranche of {} is paid", tranche.paid, tranche.amount),
            ));
        }
        tranche.paid = tranche_after;
        if !tranche.earned {
            advance = amount;
        }
    }
    let owed = amount.minus(advance)?;
    if payable.minus(owed)?.is_negative() {
        return Err(Refusal::new("grant.exceeded", format!("{payable} is owed, the payment is {amount}")));
    }
    *payable = payable.minus(owed)?;
    *prepaid = prepaid.plus(advance)?;
    *paid = after;
    Ok((owed, advance))
}
