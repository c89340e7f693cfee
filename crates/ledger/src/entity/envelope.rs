//! An envelope: an announced total, owed to nobody.

use super::{Fixed, Name};
use crate::data::Words;
use crate::id::EntityNo;
use crate::money::Money;
use serde::{Deserialize, Serialize};

/// What is said of an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// What it is called.
    pub name: Words,
    /// The announced total.
    pub amount: Money,
    /// What it is for.
    pub programmes: Vec<EntityNo>,
    /// First year.
    pub from_year: u32,
    /// Last year.
    pub to_year: u32,
}

/// It stands as it was announced.
pub type EnvelopeStanding = Fixed;

impl Envelope {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> Name<'_> {
        Name::Words(&self.name)
    }
}
