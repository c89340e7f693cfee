//! What others reported, and which of it the newest file of its publisher still holds.

use crate::page::page;
use crate::{EventAt, Names, Opened};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

page! {
    /// A page of what others reported, in the order of the log. `after` is the index of the last one.
    ObservedList, observed: ObservedRow
}

/// A transaction, or a version of an activity, that somebody else reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Observed {
    /// Log index of the event that tells it.
    pub index: u64,
    /// That event, `<chain>#<seq>`.
    pub event: String,
    /// The activity that it is, or stands in.
    pub activity: Option<String>,
    /// Whether the newest file of its publisher holds it.
    pub current: bool,
    /// That file.
    pub held_by: Option<String>,
    /// Where none does: who says so.
    pub gone: Option<Gone>,
}

/// That something is no longer in the newest file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Gone {
    /// The event that says so.
    #[serde(flatten)]
    pub by: EventAt,
    /// The newer file.
    pub newest: Option<String>,
    /// In words.
    #[schema(example = "no longer in the newest file of this publisher")]
    pub says: String,
}

/// What somebody else reported, with what the event says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ObservedRow {
    /// Where it stands.
    #[serde(flatten)]
    pub observed: Observed,
    /// transaction.observed/1 or activity.observed/1.
    #[serde(rename = "type")]
    pub kind: String,
    /// The event's data, by its type: `docs/EVENTS.md`.
    #[schema(value_type = Object)]
    pub data: Value,
}

/// Transactions of one type and currency that a newest file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReportedTotals {
    /// Type code as in the file, `None` if it has none.
    #[serde(rename = "type")]
    #[schema(example = "3")]
    pub type_code: String,
    /// Currency as in the file, `(none)` if it has none.
    pub currency: String,
    /// How many.
    pub count: u64,
    /// Those of them whose value is no number; they add nothing.
    pub without_number: u64,
    /// Sum of the values; null if it is beyond what a decimal holds.
    pub sum: Option<String>,
}

page! {
    /// A page of imported files.
    Imports, imports: Import
}

/// A file of somebody else that was taken in as observed transactions and activities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Import {
    /// What every entity says.
    #[serde(flatten)]
    pub opened: Opened,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// Who published it.
    pub publisher: String,
    /// The file's name.
    pub file: String,
    /// The newer file that took its place.
    pub replaced_by: Option<String>,
}

/// A file with what it holds, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ImportFigures {
    /// The file.
    #[serde(flatten)]
    pub import: Import,
    /// The file that stands in its place by now; itself if none took it.
    pub newest: Option<String>,
    /// Transactions of it, or of a file before it, that a newest file holds.
    pub transactions: u64,
    /// Those that none holds any more.
    pub gone: u64,
    /// What it holds.
    pub totals: Vec<ReportedTotals>,
    /// Path and query of the list of all of it.
    #[schema(example = "/v1/observed?import=watch/import/0f")]
    pub observed: String,
}

page! {
    /// A page of activities that others reported.
    Activities, activities: Activity
}

/// An activity that somebody else reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Activity {
    /// What every entity says.
    #[serde(flatten)]
    pub opened: Opened,
    /// Its identifier as in the file, empty if it has none.
    pub identifier: String,
    /// What it is called; language `und` where the file names none.
    pub title: Names,
    /// Who reports it.
    pub publisher: String,
    /// The file that told it last.
    pub import: String,
}

/// An activity with what was reported of it, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActivityFigures {
    /// The activity.
    #[serde(flatten)]
    pub activity: Activity,
    /// What was told of it, the oldest first; at most 1,000.
    pub versions: Vec<Observed>,
    /// Its transactions that a newest file holds.
    pub transactions: u64,
    /// Those that none holds any more.
    pub gone: u64,
    /// What the newest file holds of it.
    pub totals: Vec<ReportedTotals>,
    /// Path and query of the list of all of it.
    #[schema(example = "/v1/observed?activity=watch/activity/3c")]
    pub observed: String,
}
