//! A programme: work of several chains under one name.

use super::{Fixed, Name};
use crate::data::Words;
use serde::{Deserialize, Serialize};

/// What is said of a programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Programme {
    /// What it is called.
    pub name: Words,
}

/// It stands as it was opened.
pub type ProgrammeStanding = Fixed;

impl Programme {
    /// What it is called.
    #[must_use]
    pub fn name(&self) -> Name<'_> {
        Name::Words(&self.name)
    }
}
