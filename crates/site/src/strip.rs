//! The reconciliation strip: how money that came in became money that is left, line by line.

use crate::money::sum;
use almoner_views::figures::{Strip, Sum};

/// A strip in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripTable {
    /// ISO 4217.
    pub currency: String,
    /// The lines, in order; those that are zero and say nothing are left out.
    pub rows: Vec<StripRow>,
    /// What is left.
    pub unspent: String,
    /// Whether less than nothing is left.
    pub below_zero: bool,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripRow {
    /// `+`, `−` or nothing for the first.
    pub sign: &'static str,
    /// What it is.
    pub label: &'static str,
    /// How much.
    pub amount: String,
}

impl StripTable {
    /// Makes the lines. Fees always have one of their own.
    #[must_use]
    pub fn of(strip: &Strip) -> StripTable {
        let lines: [(&'static str, &'static str, Sum, bool); 9] = [
            ("", "Opening balance, from before the ledger", strip.opening, false),
            ("+", "Received", strip.received, true),
            ("\u{2212}", "Fees of payment channels", strip.fees, true),
            ("\u{2212}", "Spent and paid out", strip.spent, true),
            ("\u{2212}", "Passed on to other organisations of this log", strip.passed_on, false),
            ("\u{2212}", "Given back to donors", strip.refunded, false),
            ("\u{2212}", "Entered by mistake and reversed", strip.reversed, false),
            ("+", "Moved in from other funds or projects", strip.moved_in, false),
            ("\u{2212}", "Moved out to other funds or projects", strip.moved_out, false),
        ];
        let rows = lines.into_iter().filter(|(.., amount, always)| *always || !amount.is_zero());
        StripTable {
            currency: strip.currency.to_string(),
            rows: rows.map(|(sign, label, amount, _)| StripRow { sign, label, amount: sum(amount) }).collect(),
            unspent: sum(strip.unspent),
            below_zero: strip.unspent.is_negative(),
        }
    }
}
