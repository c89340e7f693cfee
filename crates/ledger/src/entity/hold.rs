//! A hold: a supervisor's stop.

use super::Name;
use crate::data::Date;
use crate::id::{ChainNo, EntityNo};
use crate::words::words;
use serde::{Deserialize, Serialize};

words! {
    /// Whether a hold stands.
    pub HoldState {
        /// It does.
        Placed = "placed",
        /// No more.
        Lifted = "lifted",
    }
}

/// What is said of a hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// What it stops.
    pub on: HoldTarget,
    /// On which ground.
    pub basis: String,
    /// When it is meant to end.
    pub expires: Option<Date>,
}

/// How a hold stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldStanding {
    /// Whether it does.
    pub state: HoldState,
}

/// What a hold names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum HoldTarget {
    /// Everything of a chain.
    Chain(ChainNo),
    /// One fund or project.
    Entity(EntityNo),
}

impl Hold {
    /// It has no name.
    #[must_use]
    pub fn name(&self) -> Name<'_> {
        Name::Id
    }
}
