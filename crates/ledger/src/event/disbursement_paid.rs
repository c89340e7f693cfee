//! disbursement.paid: the money left the bank.

use super::prelude::*;

data! {
    /// Data of `disbursement.paid/1`.
    pub(super) struct DisbursementPaid {
        /// Own disbursement.
        disbursement: Ref,
        /// Own account that paid.
        account: Ref,
        /// Date on the statement.
        effective_date: Date,
        /// Natural class of the expense, without a grant; other if absent.
        class: Option<NaturalClass>,
    }
}

impl Kind for DisbursementPaid {
    const TYPE: &'static str = "disbursement.paid/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str = "A requested and approved payment left the bank (IATI 3).";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/disbursement.paid.txt");
    const EXAMPLE: &'static str = r#"{"disbursement":"disbursement/d1","account":"account/bank","effective_date":"2026-11-21","class":"construction"}"#;
}

impl Event for DisbursementPaid {
    fn tell(&self) -> Telling<'_> {
        vec![("payment", Slot::Payment(&self.disbursement))]
    }

    fn moved(&self) -> Option<Moved<'_>> {
        Some(Moved { date: self.effective_date, how: Moving::Asked(&self.disbursement) })
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let payment = context.mine::<Disbursement>(&self.disbursement)?;
        let &Disbursement { fund, project, grant, milestone, amount, .. } = payment.said;
        let mut paid = payment.standing.paid_by(context.index);
        let pool = Pool { chain: context.chain, fund, project, currency: amount.currency() };
        let account = context.account(&self.account, amount.currency())?;
        context.guard_hold(pool)?;
        may_be_paid(payment, &self.disbursement)?;
        let mut effects = Vec::new();
        let mut entry = Entry::on(self.effective_date);
        if let Some(grant) = grant.and_then(|no| context.entity::<Grant>(no)) {
            let (owed, advance, changes) = pay_grant(context, grant, milestone, amount)?;
            paid.from_payable = owed.minor();
            entry = entry.debit(pool.account(Head::GrantsPayable), owed).debit(pool.account(Head::Prepayment), advance);
            effects.extend(changes);
        } else {
            let class = self.class.unwrap_or(NaturalClass::Other);
            let head = context.spending_head(pool.fund, Head::Expense(Function::Charitable, class));
            entry = entry.debit(pool.account(head), amount);
        }
        context.guard_spending(pool, amount)?;
        let how = if payment.said.payee.chain.is_some() { Use::Sent } else { Use::Spent };
        effects.push(context.stand(payment, paid));
        let entry = entry.credit(pool.account(Head::Bank(account)), amount).flow(Flow::Outflow { pool, amount, how });
        effects.push(Effect::Post(entry));
        Ok(effects)
    }
}

/// Whether a requested payment may leave the bank. Shared with expenditure.recorded.
pub(super) fn may_be_paid(asked: Found<'_, Disbursement>, payment: &Ref) -> Result<(), Refusal> {
    let needed = asked.said.needed;
    match asked.standing.state {
        PaymentState::Approved => Ok(()),
        PaymentState::Requested if needed == 0 => Ok(()),
        PaymentState::Requested => {
            Err(Refusal::new(Code::ApprovalMissing, format!("{payment}: {needed} approvers are needed")))
        }
        PaymentState::Paid | PaymentState::Confirmed | PaymentState::Failed => {
            Err(wrong_state(format!("{payment} is paid or failed already")))
        }
    }
}

/// Pays on a grant: how much of it was owed, how much is paid before it is earned, and what becomes of the grant.
fn pay_grant(
    context: &Context<'_>,
    grant: Found<'_, Grant>,
    milestone: Option<EntityNo>,
    amount: Money,
) -> Result<(Money, Money, Vec<Effect>), Refusal> {
    let (total, mut standing) = (grant.said.amount, grant.standing);
    let mut effects = Vec::with_capacity(2);
    let paid = total.alike(standing.paid);
    let after = paid.plus(amount)?;
    if total.minus(after)?.is_negative() {
        return Err(Refusal::new(Code::GrantExceeded, format!("{paid} of {total} is paid, the payment is {amount}")));
    }
    let mut advance = Money::zero(amount.currency());
    if let Some(milestone) = milestone {
        let tranche = grant.said.tranche(milestone).ok_or_else(|| wrong_state("the grant has no such tranche"))?;
        if !tranche.earned && !tranche.advance {
            return Err(Refusal::new(
                Code::MilestoneUnattested,
                "the tranche is not earned: its milestone is not attested yet",
            ));
        }
        let tranche_after = tranche.paid.plus(amount)?;
        if tranche.amount.minus(tranche_after)?.is_negative() {
            return Err(Refusal::new(
                Code::GrantExceeded,
                format!("{} of the tranche of {} is paid", tranche.paid, tranche.amount),
            ));
        }
        effects.push(context.say(grant, grant.said.with_tranche(Tranche { paid: tranche_after, ..tranche })));
        if !tranche.earned {
            advance = amount;
        }
    }
    let owed = amount.minus(advance)?;
    let before = total.alike(standing.payable);
    lower(&mut standing.payable, owed)?;
    if standing.payable < 0 {
        return Err(Refusal::new(Code::GrantExceeded, format!("{before} is owed, the payment is {amount}")));
    }
    raise(&mut standing.prepaid, advance)?;
    standing.paid = after.minor();
    effects.push(context.stand(grant, standing));
    Ok((owed, advance, effects))
}
