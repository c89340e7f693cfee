//! Entities: what every one of them says, and those that hold money.

use crate::page::page;
use crate::{EventAt, Names, Totals};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What is said of every entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Opened {
    /// `<chain>/<kind>/<id>`
    #[serde(rename = "ref")]
    #[schema(example = "well/fund/water")]
    pub reference: String,
    /// Whose it is.
    pub chain: String,
    /// What it is.
    #[schema(example = "fund")]
    pub kind: String,
    /// What its author calls it; unique for its kind within the chain.
    pub id: String,
    /// The event that opened it.
    pub opened: EventAt,
}

/// An entity asked for by itself: with the newest events that name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Told<E> {
    /// The entity.
    #[serde(flatten)]
    pub entity: E,
    /// The newest events about it, the newest first; at most 100.
    pub latest_events: Vec<EventAt>,
    /// The log.
    pub origin: String,
    /// After how many events of it this holds.
    pub size: u64,
}

/// Who is paid: as the event says it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Payee {
    /// A chain of this log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<String>,
    /// An organisation, as org-id.guide writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// A person: a commitment to who it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// The name of an organisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

page! {
    /// A page of accounts.
    Accounts, accounts: Account
}

/// Where money lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// What every entity says.
    #[serde(flatten)]
    pub opened: Opened,
    /// bank, wallet, cash or platform.
    #[serde(rename = "type")]
    #[schema(example = "bank")]
    pub account_type: String,
    /// ISO 4217.
    pub currency: String,
    /// What it is called.
    pub name: Names,
}

page! {
    /// A page of funds.
    Funds, funds: Fund
}

/// Money with a purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fund {
    /// What every entity says.
    #[serde(flatten)]
    pub opened: Opened,
    /// unrestricted, designated, restricted, endowment-expendable, endowment-permanent or agency.
    #[schema(example = "restricted")]
    pub class: String,
    /// What it is for.
    pub purpose: String,
    /// What it is called.
    pub name: Names,
    /// The last day for its money, if there is one.
    pub until: Option<String>,
    /// Whether those who are helped may not be shown.
    pub sensitive: bool,
    /// The programme that it belongs to.
    pub programme: Option<String>,
}

/// A fund with its money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FundFigures {
    /// The fund.
    #[serde(flatten)]
    pub fund: Fund,
    /// One for each currency.
    pub totals: Vec<Totals>,
    /// The same for each project, and for what is set aside for none.
    pub pools: Vec<PoolTotals>,
    /// How many of these are not told, where they are too many for an answer.
    #[serde(default, skip_serializing_if = "crate::chain::is_zero")]
    pub pools_left_out: u64,
}

/// What a fund holds for one project, or for none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PoolTotals {
    /// `<chain>/project/<id>`
    pub project: Option<String>,
    /// One for each currency.
    pub totals: Vec<Totals>,
}
