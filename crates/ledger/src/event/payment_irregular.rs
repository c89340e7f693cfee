//! payment.irregular: the bank has done it anyway. A ledger that refuses the truth lies by omission.

use super::prelude::*;

data! {
    /// Data of `payment.irregular/1`.
    pub(super) struct PaymentIrregular {
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
        /// Who was paid.
        payee: Payee,
        /// Function of the expense.
        function: Function,
        /// Natural class of the expense.
        class: NaturalClass,
        /// When.
        effective_date: Date,
        /// Codes of the rules that it broke, at least one.
        breaches: Vec<String>,
        /// Commitment to the evidence.
        evidence: Digest,
        /// Until when it must be ratified.
        ratify_by: Date,
    }
}

impl Kind for PaymentIrregular {
    const TYPE: &'static str = "payment.irregular/1";
    const SIGNERS: Signers = Signers::TwoHolders;
    const SUMMARY: &'static str = "A payment that broke a rule and happened all the same: an emergency, a payment before its attestation. Always admitted, always a finding, to be ratified.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/payment.irregular.txt");
    const EXAMPLE: &'static str = r#"{"account":"account/bank","fund":"fund/relief","currency":"CNY","amount":"300000.00","payee":{"organisation":"CN-USCI-91330100MA0000000X","name":"Boat hire"},"function":"charitable","class":"services","effective_date":"2026-07-21","breaches":["approval.missing"],"evidence":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","ratify_by":"2026-08-04"}"#;
}

impl Event for PaymentIrregular {
    fn tell(&self) -> Telling<'_> {
        vec![
            ("amount", Slot::Amount(self.amount, self.currency)),
            ("payee", Slot::Payee(&self.payee)),
            ("class", Slot::Word(NaturalClass::LIST, self.class.word())),
        ]
    }

    fn moved(&self) -> Option<Moved<'_>> {
        Some(Moved {
            date: self.effective_date,
            how: Moving::Paid {
                fund: &self.fund,
                project: self.project.as_ref(),
                payee: &self.payee,
                amount: (self.amount, self.currency),
                class: self.class,
                purpose: None,
                irregular: true,
            },
        })
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        self.payee.check()?;
        if self.breaches.is_empty() {
            return Err(Refusal::new(Code::DataCount, "at least one").at("breaches"));
        }
        for breach in &self.breaches {
            check_text("breaches", breach)?;
        }
        let pool = context.pool(&self.fund, self.project.as_ref(), self.currency)?;
        let account = context.account(&self.account, self.currency)?;
        let amount = self.amount.positive(self.currency).at("amount")?;
        let entry = Entry::on(self.effective_date)
            .debit(pool.account(context.spending_head(pool.fund, Head::Expense(self.function, self.class))), amount)
            .credit(pool.account(Head::Bank(account)), amount)
            .flow(Flow::Outflow { pool, amount, how: Use::Spent });
        let note = Note::Irregular { breaches: self.breaches.clone(), ratify_by: self.ratify_by.to_string() };
        Ok(vec![Effect::Post(entry), Effect::Note(note)])
    }

    fn reverse(&self, context: &Context<'_>, reversal: &Reversal<'_>) -> Result<Vec<Effect>, Refusal> {
        super::expenditure_recorded::reverse_outflow(
            context,
            reversal,
            context.pool(&self.fund, self.project.as_ref(), self.currency)?,
            self.amount,
        )
    }
}
