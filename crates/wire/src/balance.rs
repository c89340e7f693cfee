//! Balances, in the form that `almoner balances --json` has too.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::page::Paged;

/// The balance of an account; debits are above zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BalanceRow {
    /// Chain id.
    pub chain: String,
    /// Fund id.
    pub fund: String,
    /// Project id.
    pub project: Option<String>,
    /// The account's name in the hledger export: head, chain, fund, project.
    #[schema(example = "assets:bank:main:well:water")]
    pub account: String,
    /// ISO 4217.
    pub currency: String,
    /// Decimal string.
    pub amount: String,
}

/// A page of balances. `after` of the next page is a row's number from 0, and `next` names the size: pages fit together
/// at one size only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Balances<R = BalanceRow> {
    /// The rows of this page, in order of their names.
    pub balances: Vec<R>,
    /// Path and query of the next page; null on the last.
    pub next: Option<String>,
    /// The log.
    pub origin: String,
    /// After how many events of it this holds.
    pub size: u64,
    /// The root over them.
    pub root: String,
}

impl<R> Paged for Balances<R> {
    type Row = R;

    fn rows(&mut self) -> &mut Vec<R> {
        &mut self.balances
    }

    fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }
}
