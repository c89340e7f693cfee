//! What the sequencer is asked, and what it answers.

use almoner_ledger::Candidate;
use almoner_ledger::Refusal;
use almoner_proof::Hash;
use tokio::sync::oneshot;

/// Where an event is in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// Log index.
    pub index: u64,
    /// Its chain.
    pub chain: String,
    /// Its place there.
    pub seq: u64,
    /// Event hash.
    pub hash: Hash,
    /// It was there already, with the same text.
    pub duplicate: bool,
}

/// What becomes of one event.
pub type Outcome = Result<Accepted, Refusal>;

/// Events that wait to be decided, and stored where they are admitted.
pub(super) struct Job {
    /// Verified, or refused already.
    pub(super) candidates: Vec<Result<Candidate, Refusal>>,
    /// Where the outcomes go.
    pub(super) reply: oneshot::Sender<Vec<Outcome>>,
}
