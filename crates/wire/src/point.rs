//! Pointers into the log: to an event, to the head of a chain, to the whole of its first events.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An event that something is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EventAt {
    /// `<chain>#<seq>`
    #[schema(example = "well#7")]
    pub event: String,
    /// Its index in the log, from 0.
    pub index: u64,
}

/// The last event of a chain: the next one is drafted on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Head {
    /// Its number within the chain, from 0; the next event's is one more.
    pub seq: u64,
    /// Its event hash: `prev` of the next one.
    pub hash: String,
}

/// The tree over the first events of a log, as an event says in `seen`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tree {
    /// How many events.
    pub size: u64,
    /// The Merkle root over them (RFC 6962, section 2.1).
    pub root: String,
}
