//! An activity: work that an imported file reports.

use super::{Fixed, Name};
use crate::data::Words;
use crate::id::EntityNo;
use serde::{Deserialize, Serialize};

/// What is said of an activity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// As in the file; empty if it has none.
    pub identifier: String,
    /// What it is called; empty if the file has no title.
    pub title: Words,
    /// Who reports it; empty if nobody is named.
    pub publisher: String,
    /// The file that told it last.
    pub import: EntityNo,
}

/// It stands as it was told.
pub type ActivityStanding = Fixed;

impl Activity {
    /// What the file calls it.
    #[must_use]
    pub fn name(&self) -> Name<'_> {
        if self.title.is_empty() && !self.identifier.is_empty() {
            Name::Text(&self.identifier)
        } else {
            Name::Words(&self.title)
        }
    }
}
