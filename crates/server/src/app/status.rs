//! Whether a node takes events.

/// Whether the node takes events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It does.
    Ready,
    /// It does not: it reads what another node writes.
    Following,
    /// It is shutting down.
    Stopping,
    /// Another node has taken its place.
    Deposed,
    /// What is stored is not what it was, or not where it was: it writes nothing, and serves what verifies.
    Damaged(String),
    /// It met something that it does not understand and has stopped writing; what it was.
    Failed(String),
}

impl Status {
    /// Whether it writes no more, for good.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self, Status::Damaged(_)) || self.is_over()
    }

    /// Whether it met what it does not understand, and must leave every byte where it is. One that has lost its place has
    /// not: it publishes what it pinned.
    pub(super) fn leaves_all(&self) -> bool {
        matches!(self, Status::Damaged(_) | Status::Failed(_))
    }

    /// Whether it is of no use to readers either: what it holds may be what nobody stored. Whoever runs it ends it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Status::Deposed | Status::Failed(_))
    }
}
