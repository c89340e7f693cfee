//! A commitment: a binding promise to the beneficiary.

use super::{Name, PromiseState};
use crate::id::EntityNo;
use crate::money::Money;
use serde::{Deserialize, Serialize};

/// What is said of a commitment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment {
    /// How much.
    pub amount: Money,
    /// The fund that it is for.
    pub fund: EntityNo,
    /// The project.
    pub project: Option<EntityNo>,
    /// Whether it depends on a condition.
    pub conditional: bool,
}

/// How a commitment stands; amounts are minor units of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitmentStanding {
    /// Recognised and unpaid.
    pub receivable: i64,
    /// Cash held while it is conditional.
    pub advance: i64,
    /// Paid so far.
    pub paid: i64,
    /// Where it stands.
    pub state: PromiseState,
}

impl Commitment {
    /// It has no name.
    #[must_use]
    pub fn name(&self) -> Name<'_> {
        Name::Id
    }
}
