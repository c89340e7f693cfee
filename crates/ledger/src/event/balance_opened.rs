//! balance.opened: what a chain brings along from before the ledger.

use super::prelude::*;

data! {
    /// Data of `balance.opened/1`.
    pub(super) struct BalanceOpened {
        /// What the figures rest on.
        basis: Basis,
        /// The day.
        effective_date: Date,
        /// The balances, 1 to 256.
        lines: Vec<Line>,
    }
}

crate::words::words! {
    /// What the figures rest on.
    pub(super) Basis {
        /// Audited accounts.
        Audited = "audited",
        /// Another system.
        Imported = "imported",
        /// Nothing that is said.
        Unexplained = "unexplained",
    }
}

data! {
    struct Line {
        /// `assets:bank` (with account), or another asset or liability.
        head: String,
        /// Own account; stands with `assets:bank`, and only there.
        account: Option<Ref>,
        /// Own fund.
        fund: Ref,
        /// Own project.
        project: Option<Ref>,
        /// ISO 4217.
        currency: Currency,
        /// Assets above zero, liabilities below.
        amount: Figure,
    }
}

impl Kind for BalanceOpened {
    const TYPE: &'static str = "balance.opened/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str = "Balances from before the ledger; the trail calls that money *before the ledger*.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/balance.opened.txt");
    const EXAMPLE: &'static str = r#"{"basis":"audited","effective_date":"2026-01-01","lines":[{"head":"assets:bank","account":"account/bank","fund":"fund/general","currency":"CNY","amount":"1000.00"}]}"#;
}

impl Event for BalanceOpened {
    fn tell(&self) -> Telling<'_> {
        vec![("date", Slot::Date(self.effective_date)), ("basis", Slot::Word(Basis::LIST, self.basis.word()))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        if !(1..=LINES_MAX).contains(&self.lines.len()) {
            return Err(Refusal::new(Code::DataCount, "1 to 256 stand here").at("lines"));
        }
        let mut entry = Entry::on(self.effective_date);
        for (nth, line) in self.lines.iter().enumerate() {
            let wrong = |code, member, what: &str| Err(Refusal::new(code, what)).item("lines", nth, member);
            let pool = context.open_pool(&line.fund, line.project.as_ref(), line.currency)?;
            let head = match (&line.account, line.head.as_str()) {
                (Some(account), "assets:bank") => Head::Bank(context.account(account, line.currency)?),
                (None, name) => Head::parse_plain(name)
                    .ok_or_else(|| Refusal::new(Code::DataWord, name))
                    .item("lines", nth, "head")?,
                _ => return wrong(Code::DataTogether, "account", "it stands with assets:bank, and only there"),
            };
            let amount = line.amount.signed(line.currency).item("lines", nth, "amount")?;
            if amount.is_zero() {
                return wrong(Code::AmountNotPositive, "amount", "a line of zero says nothing");
            }
            if line.head.starts_with("assets:") == amount.is_negative() {
                return wrong(Code::DataSign, "amount", "assets are above zero, liabilities below");
            }
            if head.is_spendable() {
                entry = entry.flow(Flow::Inflow {
                    pool,
                    net: amount,
                    fee: Money::zero(line.currency),
                    source: Source::Before,
                });
            }
            entry = entry.debit(pool.account(head), amount).credit(pool.account(Head::Opening), amount);
        }
        Ok(vec![Effect::Post(entry)])
    }

    fn reverse(&self, context: &Context<'_>, reversal: &Reversal<'_>) -> Result<Vec<Effect>, Refusal> {
        let index = reversal.prior.index;
        let mut entry = context.negation(index, reversal.date)?;
        let lines = self.lines.iter().filter(|line| line.account.is_some());
        let mut flows = Vec::with_capacity(self.lines.len());
        for (nth, line) in (0u32..).zip(lines) {
            let pool = context.pool(&line.fund, line.project.as_ref(), line.currency)?;
            let net = line.amount.signed(line.currency)?;
            flows.push(Flow::ReverseInflow { of: (index, nth), pool, gift: None, net });
        }
        entry.flows.splice(0..0, flows);
        Ok(vec![Effect::Post(entry)])
    }
}
