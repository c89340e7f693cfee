//! A campaign: an appeal to the public.

use super::Name;
use crate::data::Words;
use crate::id::EntityNo;
use crate::money::Money;
use crate::words::words;
use serde::{Deserialize, Serialize};

words! {
    /// Whether an appeal takes gifts.
    pub CampaignState {
        /// It does.
        Open = "open",
        /// No more.
        Closed = "closed",
    }
}

/// What is said of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// What it is called.
    pub title: Words,
    /// The fund that its gifts go to.
    pub fund: EntityNo,
    /// The project.
    pub project: Option<EntityNo>,
    /// How much is asked for.
    pub target: Money,
}

/// How a campaign stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CampaignStanding {
    /// How much has come, in minor units of the target's currency.
    pub received: i64,
    /// Whether it takes gifts.
    pub state: CampaignState,
}

impl Campaign {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> Name<'_> {
        Name::Words(&self.title)
    }
}
