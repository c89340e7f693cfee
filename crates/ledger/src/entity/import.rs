//! An import: a file of other people's reports.

use super::Name;
use crate::id::EntityNo;
use serde::{Deserialize, Serialize};

/// What is said of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// Of the file, 64 hex digits.
    pub sha256: String,
    /// Identifier of the reporting organisation; empty if the file names none.
    pub publisher: String,
    /// File name.
    pub name: String,
}

/// How an import stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportStanding {
    /// The newer file that took its place.
    pub replaced_by: Option<EntityNo>,
}

impl Import {
    /// It is called as its file is.
    #[must_use]
    pub fn name(&self) -> Name<'_> {
        Name::Text(&self.name)
    }
}
