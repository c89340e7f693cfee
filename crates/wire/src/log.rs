//! The log as a whole, and where everything is.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `GET /v1/log`: the log as it is published, or as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Log {
    /// Its name, which every event and checkpoint has in it.
    #[schema(example = "giving.example/ledger")]
    pub origin: String,
    /// How many events: those of the newest published checkpoint, or as many as were asked for.
    pub size: u64,
    /// The Merkle root over them.
    pub root: String,
    /// The key that its checkpoints are signed with (c2sp.org/signed-note).
    pub vkey: String,
    /// The rules that hold.
    pub rules: Rules,
    /// Events that are acknowledged by now, of which the newest may not be published yet.
    pub committed: u64,
    /// Chains at this size.
    pub chains: u64,
    /// Gifts.
    pub gifts: i64,
    /// Transactions that were imported as observed.
    pub observed: i64,
    /// Those of them that the newest file of their publisher holds.
    pub observed_current: i64,
}

/// The rules that a log is kept by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rules {
    /// Their version.
    pub version: u32,
    /// The date of the table of currencies, `YYYY-MM-DD`.
    pub currencies: String,
}

/// `GET /v1`: where everything is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Index {
    /// The log.
    pub origin: String,
    /// This program's version.
    pub version: String,
    /// What can be asked.
    pub links: Vec<Link>,
}

/// Something that can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Link {
    /// A URI Template (RFC 6570); without parameters a path.
    pub href: String,
    /// `GET` or `POST`.
    pub method: String,
    /// What it is.
    pub title: String,
}
