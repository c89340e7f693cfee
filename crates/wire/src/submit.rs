//! Events on their way in: what is sent, and what is said to it.

use crate::{DryRun, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Many signed notes in one request. Each is decided by itself, but a refused one makes the later ones of its chain
/// `chain.gap`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Submission<N = String> {
    /// 1 to 1,000 notes.
    #[schema(min_items = 1, max_items = 1000, value_type = Vec<String>)]
    pub events: Vec<N>,
}

/// An event that is in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Accepted {
    /// 201 where it is new, 200 where the same text was there already.
    pub status: u16,
    /// Its index in the log.
    pub index: u64,
    /// Its event hash.
    pub hash: String,
    /// Whether it was there already.
    pub duplicate: bool,
    /// Where its receipt is, once a published checkpoint covers it.
    pub receipt: String,
}

/// The answer to a submission: of one note, of many, or of a dry run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Submitted {
    /// One note, which was there already.
    Accepted(Accepted),
    /// Many.
    Results(Results),
    /// A dry run.
    DryRun(DryRun),
}

/// What became of one event of many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Outcome {
    /// It is in the log.
    Accepted(Accepted),
    /// It is not.
    Refused(Box<Problem>),
}

/// The answer to many events: one for each, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Results {
    /// As many as were sent.
    pub results: Vec<Outcome>,
}
