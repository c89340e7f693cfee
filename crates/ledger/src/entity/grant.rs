//! A grant: a promise to a recipient.

use super::Name;
use crate::data::Payee;
use crate::id::EntityNo;
use crate::money::Money;
use serde::{Deserialize, Serialize};

/// What is said of a grant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// To whom.
    pub recipient: Payee,
    /// The fund that pays.
    pub fund: EntityNo,
    /// The project.
    pub project: Option<EntityNo>,
    /// How much; zero once it is reversed.
    pub amount: Money,
    /// Whether the recipient has accepted it.
    pub accepted: bool,
    /// In which parts; none if it is not conditional.
    pub tranches: Vec<Tranche>,
}

/// How a grant stands; amounts are minor units of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantStanding {
    /// Recognised and unpaid.
    pub payable: i64,
    /// Paid before it was earned.
    pub prepaid: i64,
    /// Paid so far.
    pub paid: i64,
}

/// A grant's tranche, gated by a milestone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tranche {
    /// The milestone.
    pub milestone: EntityNo,
    /// How much.
    pub amount: Money,
    /// Whether it may be paid before the milestone is attested.
    pub advance: bool,
    /// Whether it has been earned.
    pub earned: bool,
    /// Paid so far.
    pub paid: Money,
}

impl Grant {
    /// It has no name.
    #[must_use]
    pub fn name(&self) -> Name<'_> {
        Name::Id
    }

    /// The tranche that a milestone gates.
    #[must_use]
    pub fn tranche(&self, milestone: EntityNo) -> Option<Tranche> {
        self.tranches.iter().find(|tranche| tranche.milestone == milestone).copied()
    }

    /// The same grant when one of its tranches is this.
    #[must_use]
    pub fn with_tranche(&self, tranche: Tranche) -> Grant {
        let mut grant = self.clone();
        if let Some(place) = grant.tranches.iter_mut().find(|place| place.milestone == tranche.milestone) {
            *place = tranche;
        }
        grant
    }
}
