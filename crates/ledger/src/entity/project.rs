//! A project: work that a fund pays for.

use super::Name;
use crate::data::Words;
use crate::id::{ChainNo, EntityNo};
use crate::money::Money;
use crate::words::words;
use serde::{Deserialize, Serialize};

words! {
    /// A project's life.
    pub ProjectStatus {
        /// Proposed.
        Proposed = "proposed",
        /// Approved.
        Approved = "approved",
        /// Under way.
        Implementing = "implementing",
        /// Paused.
        Suspended = "suspended",
        /// Winding up.
        Finalising = "finalising",
        /// Done; every pool at zero.
        Closed = "closed",
        /// Given up.
        Cancelled = "cancelled",
        /// Gone to a chain of its own.
        SpunOff = "spun-off",
    }
}

impl ProjectStatus {
    /// Whether nothing new is booked on the project.
    #[must_use]
    pub fn is_over(self) -> bool {
        match self {
            ProjectStatus::Closed | ProjectStatus::Cancelled | ProjectStatus::SpunOff => true,
            ProjectStatus::Proposed
            | ProjectStatus::Approved
            | ProjectStatus::Implementing
            | ProjectStatus::Suspended
            | ProjectStatus::Finalising => false,
        }
    }
}

/// What is said of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// What it is called.
    pub title: Words,
    /// What it is; empty if that is not said.
    pub summary: String,
    /// The programme that it belongs to.
    pub programme: Option<EntityNo>,
    /// How much it is to have.
    pub target: Option<Money>,
    /// What it is to cost, by heading.
    pub budget: Vec<(String, Money)>,
}

/// How a project stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectStanding {
    /// Where it is in its life.
    pub status: ProjectStatus,
    /// While it is spun off: where it went.
    pub gone: Option<Gone>,
}

/// Where a project went that left for a chain of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    /// The chain that may adopt it.
    pub to: ChainNo,
    /// The status that it left in, and comes back in if the spin-off is reversed.
    pub from: ProjectStatus,
}

impl Project {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> Name<'_> {
        Name::Words(&self.title)
    }
}
