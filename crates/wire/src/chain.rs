//! Chains: who writes in the log.

use crate::page::page;
use crate::{EventAt, Head, Names, Tree};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

page! {
    /// A page of chains, in order of their opening. `after` is the index of the event that opened the last one.
    Chains, chains: ChainRow
}

/// A chain, in short.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChainRow {
    /// Its id.
    pub chain: String,
    /// What it is called.
    pub name: Names,
    /// Registration numbers, as org-id.guide writes them.
    pub identifiers: Vec<String>,
    /// What it was admitted as, if it was.
    #[schema(example = "charity")]
    pub role: Option<String>,
    /// The chain that may place holds on it.
    pub supervisor: Option<String>,
    /// The event that opened it; null while no published checkpoint covers it.
    pub opened: Option<EventAt>,
    /// How many events it has.
    pub events: u64,
}

/// `GET /v1/chains/{chain}`: a chain with its keys, and what the next event is drafted on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Chain {
    /// The chain, in short.
    #[serde(flatten)]
    pub row: ChainRow,
    /// Its keys, in the order of their introduction.
    pub keys: Vec<Key>,
    /// How many keys are not told, where they are too many for an answer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub keys_left_out: u64,
    /// The log.
    pub origin: String,
    /// After how many events of it the above holds.
    pub size: u64,
    /// `seq` of the next event, as of this moment and not of `size`.
    pub next_seq: u64,
    /// The last event, likewise.
    pub head: Head,
    /// The newest published checkpoint: `seen` of the next event.
    pub seen: Tree,
}

/// A key of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Key {
    /// `<chain>/<label>`
    #[schema(example = "well/zhang")]
    pub key: String,
    /// `<chain>/<label>+<id>+<base64>` (c2sp.org/signed-note).
    pub vkey: String,
    /// Whose it is, within the chain.
    pub holder: String,
    /// What it may sign.
    pub roles: Vec<String>,
    /// Whether it may sign at this size.
    pub state: KeyState,
    /// The event that introduced it.
    pub introduced: EventAt,
    /// The event that retired it.
    pub retired: Option<EventAt>,
}

/// Whether a key may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyState {
    /// It may.
    Active,
    /// No more.
    Retired,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
pub(crate) fn is_zero(count: &u64) -> bool {
    *count == 0
}
