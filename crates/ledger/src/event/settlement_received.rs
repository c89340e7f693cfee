//! settlement.received: a payment channel pays out to the bank.

use super::prelude::*;

data! {
    /// Data of `settlement.received/1`.
    pub(super) struct SettlementReceived {
        /// Own account.
        account: Ref,
        /// The account's.
        currency: Currency,
        /// Date on the statement.
        effective_date: Date,
        /// What arrived, 1 to 256.
        lines: Vec<Line>,
        /// Commitment to the statement line.
        statement: Option<Digest>,
    }
}

data! {
    struct Line {
        /// Own fund.
        fund: Ref,
        /// Own project.
        project: Option<Ref>,
        /// How much.
        amount: Figure,
    }
}

impl Kind for SettlementReceived {
    const TYPE: &'static str = "settlement.received/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str = "Money that was clearing arrives at the bank, per fund.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/settlement.received.txt");
    const EXAMPLE: &'static str = r#"{"account":"account/bank","currency":"CNY","effective_date":"2026-11-21","lines":[{"fund":"fund/water","amount":"99.40"}]}"#;
}

impl Event for SettlementReceived {
    fn tell(&self) -> Telling<'_> {
        vec![
            ("total", Slot::sum(self.lines.iter().map(|line| line.amount), self.currency)),
            ("account", Slot::Entity(&self.account)),
        ]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let account = context.account(&self.account, self.currency)?;
        if !(1..=LINES_MAX).contains(&self.lines.len()) {
            return Err(Refusal::new(Code::DataCount, "1 to 256 stand here").at("lines"));
        }
        let mut entry = Entry::on(self.effective_date);
        for (nth, line) in self.lines.iter().enumerate() {
            let pool = context.pool(&line.fund, line.project.as_ref(), self.currency)?;
            let amount = line.amount.positive(self.currency).item("lines", nth, "amount")?;
            entry = entry
                .debit(pool.account(Head::Bank(account)), amount)
                .credit(pool.account(Head::Clearing(account)), amount);
        }
        Ok(vec![Effect::Post(entry)])
    }

    fn reverse(&self, context: &Context<'_>, reversal: &Reversal<'_>) -> Result<Vec<Effect>, Refusal> {
        Ok(vec![Effect::Post(context.negation(reversal.prior.index, reversal.date)?)])
    }
}
