//! A fund: money with a purpose and a restriction.

use super::{Fixed, Name};
use crate::data::{Date, Words};
use crate::id::EntityNo;
use crate::words::words;
use serde::{Deserialize, Serialize};

words! {
    /// Fund classes (Charities SORP; ASC 958; agency money is never income).
    pub FundClass {
        /// Free.
        Unrestricted = "unrestricted",
        /// Free, set aside by the trustees.
        Designated = "designated",
        /// For the donor's purpose.
        Restricted = "restricted",
        /// Capital that may be spent.
        EndowmentExpendable = "endowment-expendable",
        /// Capital that may not.
        EndowmentPermanent = "endowment-permanent",
        /// Others' money, held for them.
        Agency = "agency",
    }
}

/// What is said of a fund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fund {
    /// How free its money is.
    pub class: FundClass,
    /// What it is for.
    pub purpose: String,
    /// What it is called; empty if nothing.
    pub name: Words,
    /// The last day for its money.
    pub until: Option<Date>,
    /// Whether those who are helped may not be shown.
    pub sensitive: bool,
    /// The programme that it belongs to.
    pub programme: Option<EntityNo>,
}

/// It stands as it was opened; what it holds is in the books.
pub type FundStanding = Fixed;

impl Fund {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> Name<'_> {
        Name::Words(&self.name)
    }
}
