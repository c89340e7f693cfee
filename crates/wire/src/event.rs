//! Events, in the form that `almoner show --json` has too.

use crate::page::page;
use crate::{EventAt, Observed};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

page! {
    /// A page of events, in the order of the log. `after` is the index of the last one, or its seq in the list of a chain.
    Events, events: EventRow
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Event {
    /// Its index in the log, from 0.
    pub index: u64,
    /// `<chain>#<seq>`
    #[schema(example = "well#7")]
    pub event: String,
    /// Whose it is.
    pub chain: String,
    /// Its number within the chain, from 0.
    pub seq: u64,
    /// Its event hash.
    pub hash: String,
    /// What happened, with the version of its data.
    #[serde(rename = "type")]
    #[schema(example = "donation.received/1")]
    pub kind: String,
    /// When it was drafted, as its author says.
    pub time: String,
    /// Its data, by its type: `docs/EVENTS.md`.
    #[schema(value_type = Object)]
    pub data: Value,
    /// The signed note, as it is stored.
    pub note: String,
}

/// An event in a list: who reverses it is told of the event alone, so that nothing here ever changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventRow {
    /// The event.
    #[serde(flatten)]
    pub told: Event,
    /// The event that it reverses.
    pub reverses: Option<EventAt>,
}

/// An event asked for by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventTold {
    /// The event.
    #[serde(flatten)]
    pub row: EventRow,
    /// The events that reversed it, or some gifts of it, the newest first.
    pub reversed_by: Vec<EventAt>,
    /// Of what somebody else reported: whether the newest file of its publisher still holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed: Option<Observed>,
}
