//! What events say of somebody else's reports: of a file, an activity, a transaction. Whoever shows them reads it here,
//! typed, and asks no kind.

use super::prelude::*;

pub use super::activity_observed::{ActivityObserved, Budget, Coded, Dated, Organisation, Outcome, Text};
pub use super::import_declared::{Finding, ImportDeclared};
pub use super::transaction_observed::{Party, TransactionObserved};

/// What an event says of a report.
#[derive(Debug, Clone, Copy)]
pub enum Reported<'a> {
    /// Of the file.
    File(&'a ImportDeclared),
    /// Of an activity in it.
    Activity(&'a ActivityObserved),
    /// Of a transaction in it.
    Transaction(&'a TransactionObserved),
}

data! {
    /// A code that came with a transaction or an activity.
    pub struct Detail {
        /// Which code.
        pub name: String,
        /// Its value.
        pub value: String,
    }

    /// What of the file, or of a part of it, no event carries.
    pub struct LeftOut {
        /// Path of the element, or of the element and its attribute.
        pub path: String,
        /// How many of them.
        pub count: u64,
    }
}
