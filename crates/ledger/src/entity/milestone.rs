//! A milestone: what is to be achieved, and who attests it.

use super::Name;
use crate::data::{Date, Words};
use crate::id::{ChainNo, EntityNo};
use crate::words::words;
use almoner_proof::Hash;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

words! {
    /// Where a milestone stands.
    pub MilestoneState {
        /// Planned.
        Planned = "planned",
        /// Evidence is in.
        Evidenced = "evidenced",
        /// k of n reviewers attested.
        Attested = "attested",
    }
}

/// What is said of a milestone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Milestone {
    /// The project that it is of.
    pub project: EntityNo,
    /// What it is called.
    pub title: Words,
    /// What is measured.
    pub indicator: String,
    /// What it is to be.
    pub target: String,
    /// In what.
    pub unit: String,
    /// By which day.
    pub due: Date,
    /// Who may attest it.
    pub reviewers: Vec<ChainNo>,
    /// Chains whose grants name it, with how many do.
    pub payers: BTreeMap<ChainNo, u32>,
    /// How many reviewers have to.
    pub quorum: u32,
    /// Event hash of the newest evidence.
    pub evidence: Option<Hash>,
    /// Who attested that evidence.
    pub attested: Vec<ChainNo>,
}

/// How a milestone stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MilestoneStanding {
    /// Where it stands.
    pub state: MilestoneState,
}

impl Milestone {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> Name<'_> {
        Name::Words(&self.title)
    }
}
