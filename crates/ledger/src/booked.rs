//! Entries as the books keep them: numbers instead of names, minor units instead of decimals.

use crate::data::Date;
use crate::entry::{Flow, Head, Pool};
use crate::id::{AccountNo, PoolNo};
use serde::{Deserialize, Serialize};

/// An account's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Whose, and in which fund.
    pub pool: PoolNo,
    /// What.
    pub head: Head,
}

/// One side of an entry: debit above zero, credit below, in minor units of the account's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// Where.
    pub account: AccountNo,
    /// How much.
    pub minor: i64,
}

// A log of ten million events has some thirty million of them.
const _: () = assert!(size_of::<Posting>() == 16);

/// A step of money.
pub type Step = Flow<PoolNo, i64>;

/// A balanced entry: its postings sum to zero per fund and currency, and per pool its steps are what becomes of the money
/// that can be spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    /// When the money moved, as the author says.
    pub date: Date,
    /// The postings.
    pub postings: Vec<Posting>,
    /// The steps of money.
    pub steps: Vec<Step>,
}

/// Pools and accounts that an event is the first to name. Their numbers follow those that are there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Pools.
    pub pools: Vec<Pool>,
    /// Accounts.
    pub accounts: Vec<Account>,
}
