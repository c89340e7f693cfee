//! Entries as kinds write them: balanced lines over named accounts, and the steps of money that they mean. Admission gives
//! the accounts and pools their numbers (`booked.rs`).

use crate::currency::Currency;
use crate::data::Date;
use crate::id::{ChainNo, EntityNo};
use crate::money::Money;
use crate::words::{Function, NaturalClass};
use serde::{Deserialize, Serialize};

/// What an account is, apart from whose and in which fund.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
            Head::PledgeReceivable
            | Head::Prepayment
            | Head::Recoverable
            | Head::Investment
            | Head::Inventory
            | Head::FixedAsset
            | Head::DueFrom
            | Head::RefundableAdvance
            | Head::GrantsPayable
            | Head::Payable
            | Head::RefundsPayable
            | Head::HeldForOthers
            | Head::DueTo
            | Head::Donations
            | Head::Match
            | Head::InKind
            | Head::Interest
            | Head::Surplus
            | Head::GrantsMade
            | Head::PledgeLoss
            | Head::Opening
            | Head::Transfers
            | Head::Conversions => self.plain().to_owned(),
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
pub struct Line {
    /// Where.
    pub account: AccountKey,
    /// How much.
    pub amount: Money,
}

/// Where money of an inflow comes from, for the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// Gifts.
    Gifts,
    /// Interest, surplus, transfers: own income.
    Own,
    /// Opening balance: before the ledger.
    Before,
}

/// What becomes of an outflow, for the trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Use {
    /// Spent.
    Spent,
    /// Lent; comes back.
    Lent,
    /// Paid to somebody on the log: in transit until confirmed.
    Sent,
}

/// A step of money, as the trail follows it: of pools and money while a kind decides, of their numbers and minor units once
/// it is admitted. Amounts are above zero. `of` names the step of an earlier event by its log index and its number among
/// that event's steps; `pool` is where that step's money was, and now is or goes from again.
#[allow(missing_docs, reason = "pools, amounts and steps, as the comment above says")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Flow<P = Pool, M = Money> {
    /// Money comes in; the fee never reached the pool.
    Inflow { pool: P, net: M, fee: M, source: Source },
    /// Money leaves.
    Outflow { pool: P, amount: M, how: Use },
    /// The payee confirms a `Sent` outflow: it arrives in a pool.
    Confirm { of: (u64, u32), to: P, amount: M },
    /// Money moves to another pool at once.
    Carry { from: P, to: P, amount: M, arrives: M },
    /// One gift of an inflow is given back. The gift's place: net and fee money before it in its event.
    Refund { of: (u64, u32), pool: P, gift: GiftPlace, amount: M },
    /// An outflow comes back, whole or in part.
    GiveBack { of: (u64, u32), pool: P, amount: M },
    /// An inflow is reversed, whole (`None`) or one gift of it; so much had reached the pool.
    ReverseInflow { of: (u64, u32), pool: P, gift: Option<GiftPlace>, net: M },
}

impl<P: Copy, M: Copy> Flow<P, M> {
    /// The same step in other terms.
    pub fn map<Q, N>(self, mut pool: impl FnMut(P) -> Q, money: impl Fn(M) -> N) -> Flow<Q, N> {
        match self {
            Flow::Inflow { pool: p, net, fee, source } => {
                Flow::Inflow { pool: pool(p), net: money(net), fee: money(fee), source }
            }
            Flow::Outflow { pool: p, amount, how } => Flow::Outflow { pool: pool(p), amount: money(amount), how },
            Flow::Confirm { of, to, amount } => Flow::Confirm { of, to: pool(to), amount: money(amount) },
            Flow::Carry { from, to, amount, arrives } => {
                Flow::Carry { from: pool(from), to: pool(to), amount: money(amount), arrives: money(arrives) }
            }
            Flow::Refund { of, pool: p, gift, amount } => {
                Flow::Refund { of, pool: pool(p), gift, amount: money(amount) }
            }
            Flow::GiveBack { of, pool: p, amount } => Flow::GiveBack { of, pool: pool(p), amount: money(amount) },
            Flow::ReverseInflow { of, pool: p, gift, net } => {
                Flow::ReverseInflow { of, pool: pool(p), gift, net: money(net) }
            }
        }
    }

    /// The pool that can spend more after it, and how much.
    pub fn comes(self) -> Option<(P, M)> {
        match self {
            Flow::Inflow { pool, net: amount, .. }
            | Flow::Confirm { to: pool, amount, .. }
            | Flow::GiveBack { pool, amount, .. }
            | Flow::Carry { to: pool, arrives: amount, .. } => Some((pool, amount)),
            Flow::Outflow { .. } | Flow::Refund { .. } | Flow::ReverseInflow { .. } => None,
        }
    }

    /// The pool that can spend less after it, and how much.
    pub fn goes(self) -> Option<(P, M)> {
        match self {
            Flow::Outflow { pool, amount, .. }
            | Flow::Refund { pool, amount, .. }
            | Flow::Carry { from: pool, amount, .. }
            | Flow::ReverseInflow { pool, net: amount, .. } => Some((pool, amount)),
            Flow::Inflow { .. } | Flow::Confirm { .. } | Flow::GiveBack { .. } => None,
        }
    }
}

/// Where a gift lies in its event: what the trail needs instead of a record per gift. Minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
        // The gross of the gift was read as one sum, so it fits.
        self.net.saturating_add(self.fee)
    }
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When the money moved, as the author says.
    pub date: Date,
    /// The lines; they sum to zero per chain, fund and currency.
    pub lines: Vec<Line>,
    /// The steps of money.
    pub flows: Vec<Flow>,
}

impl Entry {
    /// An empty entry.
    #[must_use]
    pub fn on(date: Date) -> Entry {
        Entry { date, lines: Vec::with_capacity(3), flows: Vec::with_capacity(1) }
    }

    /// Adds a debit; nothing for zero.
    #[must_use]
    pub fn debit(mut self, account: AccountKey, amount: Money) -> Entry {
        if !amount.is_zero() {
            self.lines.push(Line { account, amount });
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
}
