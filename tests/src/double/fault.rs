//! What can go wrong with an append, and which append it will hit.

use std::collections::VecDeque;
use std::time::Duration;

/// One thing that goes wrong with one append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Committed; then the session ends with `Unavailable` instead of an answer.
    AckLost,
    /// Committed, never answered; the session stays open.
    AckLostSilently,
    /// Not written; the session ends with `Unavailable`.
    Dropped,
    /// Not written, never answered; the session stays open.
    DroppedSilently,
    /// Refused as if this node did not lead; names that node as leader, or none.
    NotLeader {
        /// Which node is named.
        endpoint: Option<usize>,
    },
    /// Not written; the session's answers end as if all was well.
    CleanEnd,
    /// The same, but it was written.
    CleanEndAfterCommit,
    /// A lie: refused, naming a revision that may not be there.
    WrongExpectedVersion {
        /// The revision named.
        current: u64,
    },
    /// No quorum in time, the server says.
    CommitTimeout {
        /// Whether it was written nevertheless.
        written: bool,
    },
    /// The node is starting or electing.
    NotReady,
    /// Not written; every connection is cut, and new ones are refused for so long.
    Refuse {
        /// How long.
        for_: Duration,
    },
    /// Written by the leader alone: neither committed nor refused until the next election decides.
    Uncommitted {
        /// What that election decides.
        survives: bool,
    },
}

/// Faults waiting for their append.
#[derive(Debug, Default)]
pub(super) struct Faults(VecDeque<(Option<String>, Fault)>);

impl Faults {
    pub(super) fn push(&mut self, stream: Option<&str>, fault: Fault) {
        self.0.push_back((stream.map(str::to_owned), fault));
    }

    /// Takes the first that is for this stream or for any.
    pub(super) fn take(&mut self, stream: &str) -> Option<Fault> {
        let at = self.0.iter().position(|(only, _)| only.as_deref().is_none_or(|only| only == stream))?;
        self.0.remove(at).map(|(_, fault)| fault)
    }
}
