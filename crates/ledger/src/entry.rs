//! Entries of the books: balanced postings, and what they mean for the trail of a gift.

use crate::books::ChainNo;
use crate::data::Date;
use crate::entity::{EntityNo, Function, NaturalClass};
use crate::money::{Currency, Money};
use crate::refusal::Refusal;
use std::collections::BTreeMap;

/// What an account is, apart from whose and in which fund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Head {
    /// Money at a bank.
    Bank(EntityNo),
    /// Money on its way from a payment channel.
    Clearing(EntityNo),
    /// Promised and recognised.
    PledgeReceivable,
    /// Paid before it was earned.
    Prepayment,
    /// Lent, to come back.
    Recoverable,
    /// Placed.
    Investment,
    /// Goods in kind.
    Inventory,
    /// Things that last.
    FixedAsset,
    /// Lent to another fund.
    DueFrom,
    /// Cash held while its conditions are open.
    RefundableAdvance,
    /// Promised out and recognised.
    GrantsPayable,
    /// Bills.
    Payable,
    /// To be given back.
    RefundsPayable,
    /// Others' money.
    HeldForOthers,
    /// Borrowed from another fund.
    DueTo,
    /// Gifts.
    Donations,
    /// Matching money.
    Match,
    /// Gifts in kind.
    InKind,
    /// Interest.
    Interest,
    /// Surplus that came back.
    Surplus,
    /// Expense of a function and natural class.
    Expense(Function, NaturalClass),
    /// Grants made.
    GrantsMade,
    /// Promises that were not kept.
    PledgeLoss,
    /// Balances from before the ledger.
    Opening,
    /// Between funds and chains.
    Transfers,
    /// Between currencies.
    Conversions,
}

impl Head {
    /// The first parts of the account's name; `account` gives the id of an account's number.
    #[must_use]
    pub fn name(self, account: &dyn Fn(EntityNo) -> String) -> String {
        match self {
            Head::Bank(no) => format!("assets:bank:{}", account(no)),
            Head::Clearing(no) => format!("assets:clearing:{}", account(no)),
            Head::Expense(function, class) => format!("expenses:{function}:{class}"),
            plain => plain.plain().to_owned(),
        }
    }

    fn plain(self) -> &'static str {
        match self {
            Head::PledgeReceivable => "assets:pledge-receivable",
            Head::Prepayment => "assets:prepayment",
            Head::Recoverable => "assets:recoverable",
            Head::Investment => "assets:investment",
            Head::Inventory => "assets:inventory",
            Head::FixedAsset => "assets:fixed-asset",
            Head::DueFrom => "assets:due-from",
            Head::RefundableAdvance => "liabilities:refundable-advance",
            Head::GrantsPayable => "liabilities:grants-payable",
            Head::Payable => "liabilities:payable",
            Head::RefundsPayable => "liabilities:refunds-payable",
            Head::HeldForOthers => "liabilities:held-for-others",
            Head::DueTo => "liabilities:due-to",
            Head::Donations => "income:donations",
            Head::Match => "income:match",
            Head::InKind => "income:in-kind",
            Head::Interest => "income:interest",
            Head::Surplus => "income:surplus",
            Head::GrantsMade => "expenses:grants-made",
            Head::PledgeLoss => "expenses:pledge-loss",
            Head::Opening => "equity:opening",
            Head::Transfers => "equity:transfers",
            Head::Conversions => "equity:conversions",
            Head::Bank(_) | Head::Clearing(_) | Head::Expense(..) => "",
        }
    }

    /// The heads without parameters, to read an opening balance's line.
    pub const PLAIN: &'static [Head] = &[
        Head::PledgeReceivable,
        Head::Prepayment,
        Head::Recoverable,
        Head::Investment,
        Head::Inventory,
        Head::FixedAsset,
        Head::DueFrom,
        Head::RefundableAdvance,
        Head::GrantsPayable,
        Head::Payable,
        Head::RefundsPayable,
        Head::HeldForOthers,
        Head::DueTo,
    ];

    /// Reads the name of a plain head.
    #[must_use]
    pub fn parse_plain(text: &str) -> Option<Head> {
        Head::PLAIN.iter().copied().find(|head| head.plain() == text)
    }

    /// Whether the balance is money that can be spent.
    #[must_use]
    pub fn is_spendable(self) -> bool {
        matches!(self, Head::Bank(_) | Head::Clearing(_))
    }
}

/// The money of one chain, fund and project in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pool {
    /// Whose.
    pub chain: ChainNo,
    /// Which fund.
    pub fund: EntityNo,
    /// Which project, if the money is set aside for one.
    pub project: Option<EntityNo>,
    /// Which currency.
    pub currency: Currency,
}

impl Pool {
    /// An account of this pool.
    #[must_use]
    pub fn account(self, head: Head) -> AccountKey {
        AccountKey { pool: self, head }
    }
}

/// An account of the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AccountKey {
    /// Whose, and in which fund.
    pub pool: Pool,
    /// What.
    pub head: Head,
}

/// One side of an entry: debit above zero, credit below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// Where.
    pub account: AccountKey,
    /// How much.
    pub amount: Money,
}

/// Where money of an inflow comes from, for the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Gifts.
    Gifts,
    /// Interest, surplus, transfers: own income.
    Own,
    /// Opening balance: before the ledger.
    Before,
}

/// What becomes of an outflow, for the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// Spent.
    Spent,
    /// Lent; comes back.
    Lent,
    /// Paid to somebody on the log: in transit until confirmed.
    Sent,
}

/// A step of money, as the trail follows it. Amounts are above zero. `of` names the step of an
/// earlier event by its log index and its number among that event's steps.
#[allow(missing_docs, reason = "pools, amounts and steps, as the comment above says")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Money comes in; the fee never reached the pool.
    Inflow { pool: Pool, net: Money, fee: Money, source: Source },
    /// Money leaves.
    Outflow { pool: Pool, amount: Money, how: Use },
    /// The payee confirms a `Sent` outflow: it arrives in a pool.
    Confirm { of: (u64, u32), to: Pool },
    /// Money moves to another pool at once.
    Carry { from: Pool, to: Pool, amount: Money, arrives: Money },
    /// One gift of an inflow is given back. The gift's place: net and fee money before it in its event.
    Refund { of: (u64, u32), gift: GiftPlace, amount: Money },
    /// An outflow comes back, whole or in part.
    GiveBack { of: (u64, u32), amount: Money },
    /// An inflow is reversed, whole (`None`) or one gift of it.
    ReverseInflow { of: (u64, u32), gift: Option<GiftPlace> },
}

/// Where a gift lies in its event: what the trail needs instead of a record per gift. Minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GiftPlace {
    /// Net money of the gifts before it.
    pub net_from: i64,
    /// Its net money.
    pub net: i64,
    /// Fees of the gifts before it.
    pub fee_from: i64,
    /// Its fee.
    pub fee: i64,
}

impl GiftPlace {
    /// Its net money and its fee.
    #[must_use]
    pub fn gross(&self) -> i64 {
        self.net.saturating_add(self.fee)
    }
}

/// A balanced entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When the money moved, as the author says.
    pub date: Date,
    /// The postings; they sum to zero per chain, fund and currency.
    pub postings: Vec<Posting>,
    /// The steps of money.
    pub flows: Vec<Flow>,
}

impl Entry {
    /// An empty entry.
    #[must_use]
    pub fn on(date: Date) -> Entry {
        Entry { date, postings: Vec::with_capacity(3), flows: Vec::with_capacity(1) }
    }

    /// Adds a debit; nothing for zero.
    #[must_use]
    pub fn debit(mut self, account: AccountKey, amount: Money) -> Entry {
        if !amount.is_zero() {
            self.postings.push(Posting { account, amount });
        }
        self
    }

    /// Adds a credit; nothing for zero.
    #[must_use]
    pub fn credit(self, account: AccountKey, amount: Money) -> Entry {
        self.debit(account, amount.negated())
    }

    /// Adds a step of money.
    #[must_use]
    pub fn flow(mut self, flow: Flow) -> Entry {
        self.flows.push(flow);
        self
    }

    /// Whether every fund balances on its own, per currency.
    ///
    /// # Errors
    /// `amount.too_large` when a sum overflows.
    pub fn balances(&self) -> Result<bool, Refusal> {
        if let [a, b] = self.postings.as_slice()
            && a.account.pool.fund == b.account.pool.fund
        {
            return Ok(a.amount == b.amount.negated());
        }
        let mut sums: BTreeMap<(EntityNo, Currency), Money> = BTreeMap::new();
        for posting in &self.postings {
            let currency = posting.amount.currency();
            let sum = sums.entry((posting.account.pool.fund, currency)).or_insert_with(|| Money::zero(currency));
            *sum = sum.plus(posting.amount)?;
        }
        Ok(sums.values().all(|sum| sum.is_zero()))
    }
}
