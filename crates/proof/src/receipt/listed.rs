//! A key as a receipt knows it: from the note that introduces it.

use crate::introduction::Role;
use crate::key::VerifierKey;

/// A key as the note that introduces it lists it.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    pub(super) key: VerifierKey,
    /// Its roles; they never change. `None` for what stands among the recovery keys only.
    pub(super) roles: Option<Vec<Role>>,
    /// Whether it stands among the recovery keys.
    pub(super) recovery: bool,
}

impl Listed {
    pub(super) fn chain(&self) -> &str {
        self.key.name.split('/').next().unwrap_or_default()
    }

    pub(super) fn has(&self, role: Role) -> bool {
        !self.recovery && self.roles.as_ref().is_some_and(|roles| roles.contains(&role))
    }
}
