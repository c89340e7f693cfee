//! Where money stands, in one form for the log, a chain, a fund, a project and a gift.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Money of one currency: what came in, what became of it, and what is left.
///
/// `opening + received + moved_in − fees − spent − passed_on − refunded − reversed − moved_out = unspent`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Totals {
    /// ISO 4217.
    #[schema(example = "CNY")]
    pub currency: String,
    /// From before the log.
    pub opening: String,
    /// Gifts and other income, gross, and what chains of this log paid and the receiver confirmed.
    pub received: String,
    /// Fees of payment channels.
    pub fees: String,
    /// What reached somebody outside of this log, or is lent to somebody.
    pub spent: String,
    /// What went to another chain of this log. That chain's totals say what became of it. In the totals of the whole log,
    /// which count it there, only what is not confirmed yet. Of a gift, which is followed, only what lies with somebody
    /// else and is neither spent there nor back.
    pub passed_on: String,
    /// Given back to donors.
    pub refunded: String,
    /// Entered by mistake and reversed.
    pub reversed: String,
    /// From other funds or projects of the chain.
    pub moved_in: String,
    /// To other funds or projects of the chain.
    pub moved_out: String,
    /// What is left.
    pub unspent: String,
}

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Amount {
    /// ISO 4217.
    #[schema(example = "CNY")]
    pub currency: String,
    /// Decimal string with every digit of the currency.
    #[schema(example = "100.00")]
    pub amount: String,
}

/// `GET /v1/totals`: the whole log. Money between its chains is counted once, currencies are never added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LogTotals {
    /// The log.
    pub origin: String,
    /// After how many events of it.
    pub size: u64,
    /// The root over them.
    pub root: String,
    /// One for each currency.
    pub totals: Vec<Totals>,
}
