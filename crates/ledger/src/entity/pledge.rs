//! A pledge: an intention to give.

use super::Name;
use crate::id::{ChainNo, EntityNo};
use crate::money::Money;
use crate::words::words;
use serde::{Deserialize, Serialize};

words! {
    /// Where a promise stands, a pledge or a commitment.
    pub PromiseState {
        /// Open.
        Open = "open",
        /// Paid in full.
        Fulfilled = "fulfilled",
        /// Withdrawn.
        Cancelled = "cancelled",
        /// Carried on by a spun-off chain.
        Moved = "moved",
    }
}

/// What is said of a pledge: on the beneficiary's chain with `fund`, on the sponsor's with `to`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pledge {
    /// How much.
    pub amount: Money,
    /// The fund that it is for.
    pub fund: Option<EntityNo>,
    /// Whom it is made to.
    pub to: Option<ChainNo>,
    /// The programme that it is for.
    pub programme: Option<EntityNo>,
}

/// How a pledge stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PledgeStanding {
    /// Paid so far, in minor units of its currency.
    pub paid: i64,
    /// Where it stands.
    pub state: PromiseState,
}

impl Pledge {
    /// It has no name.
    #[must_use]
    pub fn name(&self) -> Name<'_> {
        Name::Id
    }
}
