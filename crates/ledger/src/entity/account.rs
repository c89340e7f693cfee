//! An account: where money lies.

use super::{Fixed, Name};
use crate::currency::Currency;
use crate::data::Words;
use crate::words::words;
use serde::{Deserialize, Serialize};

words! {
    /// Kinds of account.
    pub AccountKind {
        /// A bank account.
        Bank = "bank",
        /// A payment wallet.
        Wallet = "wallet",
        /// A cash box.
        Cash = "cash",
        /// Money at a giving platform.
        Platform = "platform",
    }
}

/// What is said of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What it is.
    pub kind: AccountKind,
    /// Its one currency.
    pub currency: Currency,
    /// What it is called; empty if nothing.
    pub name: Words,
}

/// It stands as it was opened.
pub type AccountStanding = Fixed;

impl Account {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> Name<'_> {
        Name::Words(&self.name)
    }
}
