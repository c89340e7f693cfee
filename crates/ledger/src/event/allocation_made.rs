//! allocation.made: money of one fund is set aside for a project, or taken back.

use super::prelude::*;
use crate::touched::Short;

data! {
    /// Data of `allocation.made/1`.
    pub(super) struct AllocationMade {
        /// Own account.
        account: Ref,
        /// The account's.
        currency: Currency,
        /// Own fund.
        fund: Ref,
        /// Own project that gives; absent: the fund's free money.
        from: Option<Ref>,
        /// Own project that gets; absent: the fund's free money.
        to: Option<Ref>,
        /// How much.
        amount: Figure,
        /// When.
        effective_date: Date,
    }
}

impl Kind for AllocationMade {
    const TYPE: &'static str = "allocation.made/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str = "Money moves between project pools of the same fund.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/allocation.made.txt");
    const EXAMPLE: &'static str = r#"{"account":"account/bank","currency":"CNY","fund":"fund/water","to":"project/wells","amount":"5000.00","effective_date":"2026-11-21"}"#;
}

impl Event for AllocationMade {
    fn tell(&self) -> Telling<'_> {
        let mut slots = vec![("amount", Slot::Amount(self.amount, self.currency)), ("fund", Slot::Entity(&self.fund))];
        let free = ("fund-free", "project", "both");
        slots.push((
            "way",
            Slot::Form(match (&self.from, &self.to) {
                (None, _) => free.1,
                (Some(_), None) => free.0,
                (Some(_), Some(_)) => free.2,
            }),
        ));
        slots.extend(self.from.iter().map(|from| ("from", Slot::Entity(from))));
        slots.extend(self.to.iter().map(|to| ("to", Slot::Entity(to))));
        slots
    }

    fn moved(&self) -> Option<Moved<'_>> {
        Some(Moved { date: self.effective_date, how: Moving::SetAside { fund: &self.fund, project: self.to.as_ref() } })
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let bank = context.account(&self.account, self.currency)?;
        let account = Head::Bank(bank);
        let from = context.pool(&self.fund, self.from.as_ref(), self.currency)?;
        let to = context.open_pool(&self.fund, self.to.as_ref(), self.currency)?;
        if from == to {
            return Err(Refusal::new(Code::DataSame, "from and to are the same pool").at("to"));
        }
        let amount = self.amount.positive(self.currency).at("amount")?;
        // A hold on the getting project alone stops nothing: only what leaves is stopped.
        context.guard_hold(from)?;
        let has = context.balance(from.account(account)).at_most(context.pool_spendable(from)?);
        if has.minus(amount)?.is_negative() {
            let why = format!("the giving pool has {has} at this account, the allocation is {amount}");
            let short = Short { pool: from, account: bank, missing: amount.minus(has)? };
            return Err(Refusal::new(Code::FundOverdrawn, why).lacking(short));
        }
        let entry = Entry::on(self.effective_date)
            .debit(to.account(account), amount)
            .credit(from.account(account), amount)
            .flow(Flow::Carry { from, to, amount, arrives: amount });
        Ok(vec![Effect::Post(entry)])
    }

    fn reverse(&self, context: &Context<'_>, reversal: &Reversal<'_>) -> Result<Vec<Effect>, Refusal> {
        // Money that went on from the receiving pool stays where it is: the way back is a move of its own.
        let from = context.pool(&self.fund, self.from.as_ref(), self.currency)?;
        let to = context.pool(&self.fund, self.to.as_ref(), self.currency)?;
        let amount = self.amount.positive(self.currency).at("amount")?;
        let mut entry = context.negation(reversal.prior.index, reversal.date)?;
        entry.flows.insert(0, Flow::Carry { from: to, to: from, amount, arrives: amount });
        Ok(vec![Effect::Post(entry)])
    }
}
