//! expenditure.recorded: the charity bought something itself.

use super::prelude::*;

data! {
    /// Data of `expenditure.recorded/1`.
    pub(super) struct ExpenditureRecorded {
        /// Own account that paid.
        account: Ref,
        /// Own fund.
        fund: Ref,
        /// Own project.
        project: Option<Ref>,
        /// The account's.
        currency: Currency,
        /// How much.
        amount: Figure,
        /// An organisation or a person; a chain of the log is paid by disbursement.
        payee: Payee,
        /// Function of the expense.
        function: Function,
        /// Natural class of the expense.
        class: NaturalClass,
        /// Whether the payee is close to those who decide.
        related_party: bool,
        /// When.
        effective_date: Date,
        /// The approved request; its payee, fund, project and amount are these.
        disbursement: Option<Ref>,
        /// What for.
        purpose: Option<String>,
    }
}

impl Kind for ExpenditureRecorded {
    const TYPE: &'static str = "expenditure.recorded/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str =
        "The charity spends (IATI 4). From the policy's threshold on it needs an approved request.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/expenditure.recorded.txt");
    const EXAMPLE: &'static str = r#"{"account":"account/bank","fund":"fund/water","currency":"CNY","amount":"1200.00","payee":{"organisation":"CN-USCI-91330100MA0000000X","name":"Pump works"},"function":"charitable","class":"equipment","related_party":false,"effective_date":"2026-11-21"}"#;
}

impl Event for ExpenditureRecorded {
    fn tell(&self) -> Telling<'_> {
        let mut slots = vec![
            ("amount", Slot::Amount(self.amount, self.currency)),
            ("payee", Slot::Payee(&self.payee)),
            ("class", Slot::Word(NaturalClass::LIST, self.class.word())),
        ];
        match &self.purpose {
            Some(purpose) => slots.extend([("what", Slot::Form("purpose")), ("purpose", Slot::Text(purpose))]),
            None => slots.push(("what", Slot::Form("class"))),
        }
        slots
    }

    fn moved(&self) -> Option<Moved<'_>> {
        Some(Moved {
            date: self.effective_date,
            how: match &self.disbursement {
                Some(disbursement) => Moving::Asked(disbursement),
                None => Moving::Paid {
                    fund: &self.fund,
                    project: self.project.as_ref(),
                    payee: &self.payee,
                    amount: (self.amount, self.currency),
                    class: self.class,
                    purpose: self.purpose.as_deref(),
                    irregular: false,
                },
            },
        })
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        self.payee.check()?;
        if let Some(purpose) = &self.purpose {
            check_text("purpose", purpose)?;
        }
        if self.payee.chain.is_some() {
            return Err(Refusal::new(
                Code::PayeeSelf,
                "a chain of the log is paid by disbursement.paid, which it confirms",
            ));
        }
        let pool = context.open_pool(&self.fund, self.project.as_ref(), self.currency)?;
        let account = context.account(&self.account, self.currency)?;
        let amount = self.amount.positive(self.currency).at("amount")?;
        context.guard_hold(pool)?;
        let mut effects = Vec::new();
        match &self.disbursement {
            Some(reference) => {
                let payment = context.mine::<Disbursement>(reference)?;
                let Disbursement { fund, project, grant, amount: asked, payee, .. } = payment.said;
                super::disbursement_paid::may_be_paid(payment, reference)?;
                if (*fund, *project, *asked) != (pool.fund, pool.project, amount)
                    || *payee != self.payee
                    || grant.is_some()
                {
                    return Err(Refusal::new(Code::ApprovalChanged, reference));
                }
                effects.push(context.stand(payment, payment.standing.paid_by(context.index)));
            }
            None => {
                let needed = context.own()?.approvers_for(amount);
                if needed > 0 {
                    return Err(Refusal::new(
                        Code::ApprovalMissing,
                        format!("{amount} needs a request with {needed} approvers"),
                    ));
                }
            }
        }
        context.guard_spending(pool, amount)?;
        let entry = Entry::on(self.effective_date)
            .debit(pool.account(context.spending_head(pool.fund, Head::Expense(self.function, self.class))), amount)
            .credit(pool.account(Head::Bank(account)), amount)
            .flow(Flow::Outflow { pool, amount, how: Use::Spent });
        effects.push(Effect::Post(entry));
        Ok(effects)
    }

    fn reverse(&self, context: &Context<'_>, reversal: &Reversal<'_>) -> Result<Vec<Effect>, Refusal> {
        if self.disbursement.is_some() {
            return Err(Refusal::new(
                Code::ReversalNotReversible,
                "a requested payment comes back by disbursement.failed",
            ));
        }
        reverse_outflow(context, reversal, context.pool(&self.fund, self.project.as_ref(), self.currency)?, self.amount)
    }
}

/// The exact negation of an outflow; the trail gives the money back to the last segments first.
pub(super) fn reverse_outflow(
    context: &Context<'_>,
    reversal: &Reversal<'_>,
    pool: Pool,
    amount: Figure,
) -> Result<Vec<Effect>, Refusal> {
    let (index, amount) = (reversal.prior.index, amount.positive(pool.currency).at("amount")?);
    let entry = context.negation(index, reversal.date)?.flow(Flow::GiveBack { of: (index, 0), pool, amount });
    Ok(vec![Effect::Post(entry)])
}
