//! Work that money is for: programmes, projects, appeals, milestones, and what stops it.

use crate::page::page;
use crate::{Amount, Names, Opened, Totals};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

page! {
    /// A page of programmes.
    Programmes, programmes: Programme
}

/// Work of several chains under one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Programme {
    /// What every entity says.
    #[serde(flatten)]
    pub opened: Opened,
    /// What it is called.
    pub name: Names,
}

page! {
    /// A page of projects.
    Projects, projects: Project
}

/// Work that funds pay for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Project {
    /// What every entity says.
    #[serde(flatten)]
    pub opened: Opened,
    /// What it is called.
    pub name: Names,
    /// What it is.
    pub summary: String,
    /// The programme that it belongs to.
    pub programme: Option<String>,
    /// How much it shall have.
    pub target: Option<Amount>,
    /// What for.
    pub budget: Vec<BudgetLine>,
    /// proposed, approved, implementing, suspended, finalising, closed, cancelled or spun-off.
    #[schema(example = "implementing")]
    pub state: String,
    /// The chain that it left for, while it is spun off.
    pub gone_to: Option<String>,
}

/// A project with its money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProjectFigures {
    /// The project.
    #[serde(flatten)]
    pub project: Project,
    /// One for each currency, over all funds.
    pub totals: Vec<Totals>,
}

/// A line of a budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BudgetLine {
    /// What for.
    pub heading: String,
    /// How much.
    #[serde(flatten)]
    pub amount: Amount,
}

page! {
    /// A page of campaigns.
    Campaigns, campaigns: Campaign
}

/// An appeal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Campaign {
    /// What every entity says.
    #[serde(flatten)]
    pub opened: Opened,
    /// What it is called.
    pub name: Names,
    /// The fund that its gifts go to.
    pub fund: String,
    /// The project.
    pub project: Option<String>,
    /// ISO 4217.
    pub currency: String,
    /// How much is asked for.
    pub target: String,
    /// How much has come.
    pub received: String,
    /// Whether it takes gifts.
    pub state: CampaignState,
}

/// Whether an appeal takes gifts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CampaignState {
    /// It does.
    Open,
    /// No more.
    Closed,
}

page! {
    /// A page of milestones.
    Milestones, milestones: Milestone
}

/// What is to be achieved, and who attests it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Milestone {
    /// What every entity says.
    #[serde(flatten)]
    pub opened: Opened,
    /// The project that it is of.
    pub project: String,
    /// What it is called.
    pub name: Names,
    /// What is measured.
    pub indicator: String,
    /// What it shall be.
    pub target: String,
    /// In what.
    pub unit: String,
    /// By which day.
    pub due: String,
    /// The chains that may attest it.
    pub reviewers: Vec<String>,
    /// How many of them have to.
    pub quorum: u32,
    /// The event hash of the newest evidence: `hash` of an attestation.
    pub evidence: Option<String>,
    /// The chains that have attested it.
    pub attested_by: Vec<String>,
    /// planned, evidenced or attested.
    #[schema(example = "evidenced")]
    pub state: String,
}

page! {
    /// A page of holds.
    Holds, holds: Hold
}

/// A supervisor's stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hold {
    /// What every entity says.
    #[serde(flatten)]
    pub opened: Opened,
    /// What it stops: a chain, or an entity as `<chain>/<kind>/<id>`.
    pub on: String,
    /// On which ground.
    pub basis: String,
    /// The last day of it, if it has one.
    pub expires: Option<String>,
    /// Whether it stands.
    pub state: HoldState,
}

/// Whether a hold stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HoldState {
    /// It does.
    Placed,
    /// No more.
    Lifted,
}
