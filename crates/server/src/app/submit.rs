//! Submitting: bytes in, outcomes out. Parsing, typing and signatures are done here, in parallel,
//! off the sequencer.

use super::node::{Node, Shared, Status, lock};
use super::sequence::Job;
use almoner_ledger::{Candidate, Refusal, read_envelope, verify_candidate};
use almoner_proof::introduction::introduced;
use almoner_proof::{Envelope, Hash, PublicKey};
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::mpsc::TrySendError;
use tokio::sync::oneshot;

/// Where an event is in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// Log index.
    pub index: u64,
    /// Event hash.
    pub hash: Hash,
    /// It was there already, with the same text.
    pub duplicate: bool,
}

/// What becomes of one event.
pub type Outcome = Result<Accepted, Refusal>;

/// Why nothing can be said of a submission; what was sent may be sent again as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// Too much is waiting.
    #[error("the ledger is busy; send the same again in a second")]
    Busy,
    /// The node is stopping or has stopped.
    #[error("the ledger takes no events now: {0}; send the same again later, what was stored will be found")]
    Stopped(String),
    /// The node reads what another one writes.
    #[error("this node follows, and takes no events: send them to the node that writes")]
    Follows,
}

impl Node {
    /// Submits notes in order and waits until each is durable and anchored, or refused.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub fn submit(&self, notes: Vec<Vec<u8>>) -> Result<Vec<Outcome>, SubmitError> {
        let mut candidates = verify_all(&self.shared, &notes);
        if missed(&candidates) {
            self.wait(self.enqueue(Vec::new(), true)?)?;
            candidates = verify_all(&self.shared, &notes);
        }
        self.wait(self.enqueue(candidates, true)?)
    }

    fn wait(&self, answer: oneshot::Receiver<Vec<Outcome>>) -> Result<Vec<Outcome>, SubmitError> {
        answer.blocking_recv().map_err(|_| SubmitError::Stopped(self.why_stopped()))
    }

    /// Verifies and queues; the receiver gives the outcomes. `wait` blocks while the queue is full.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub fn enqueue(
        &self,
        candidates: Vec<Result<Candidate, Refusal>>,
        wait: bool,
    ) -> Result<oneshot::Receiver<Vec<Outcome>>, SubmitError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Decide { candidates, reply }, wait)?;
        Ok(answer)
    }

    /// Says what an event would do to the books, or why not, and changes nothing.
    ///
    /// # Errors
    /// See [`SubmitError`]; the inner error is the refusal.
    pub fn try_event(&self, note: &[u8]) -> Result<oneshot::Receiver<Result<Vec<String>, Refusal>>, SubmitError> {
        let (reply, answer) = oneshot::channel();
        let candidate =
            read_envelope(note, &self.shared.origin).and_then(|e| verify_candidate(e, &self.shared.ring, &|_, _| None));
        match candidate {
            Ok(candidate) => self.send(Job::Try { candidate: Box::new(candidate), reply }, true)?,
            Err(refusal) => {
                let _ = reply.send(Err(refusal));
            }
        }
        Ok(answer)
    }

    fn send(&self, job: Job, wait: bool) -> Result<(), SubmitError> {
        if self.shared.status() == Status::Following {
            return Err(SubmitError::Follows);
        }
        let queue = lock(&self.queue).clone().ok_or_else(|| SubmitError::Stopped(self.why_stopped()))?;
        if self.shared.status() != Status::Ready {
            return Err(SubmitError::Stopped(self.why_stopped()));
        }
        if wait {
            queue.send(job).map_err(|_| SubmitError::Stopped(self.why_stopped()))?;
        } else {
            queue.try_send(job).map_err(|error| match error {
                TrySendError::Full(_) => SubmitError::Busy,
                TrySendError::Disconnected(_) => SubmitError::Stopped(self.why_stopped()),
            })?;
        }
        Ok(())
    }

    fn why_stopped(&self) -> String {
        match self.shared.status() {
            Status::Ready | Status::Following | Status::Stopping => "it is shutting down".to_owned(),
            Status::Deposed => "another node writes the log now".to_owned(),
            // The operator's log says which; strangers need no names of files.
            Status::Damaged(_) => "what it has stored is damaged, and is being looked after".to_owned(),
            Status::Failed(why) => why,
        }
    }
}

/// Whether a key or chain was not known. Its introduction may be queued in another request: an empty
/// job is answered when everything queued before it is decided, and then it is worth another look.
#[must_use]
pub fn missed(candidates: &[Result<Candidate, Refusal>]) -> bool {
    let refusals = candidates.iter().filter_map(|candidate| candidate.as_ref().err());
    refusals.into_iter().any(|refusal| matches!(refusal.code(), "key.unknown" | "chain.unknown"))
}

/// Parses, types and verifies notes on all cores. An event may be signed by a key that an earlier
/// one of the same request introduces.
pub fn verify_all(shared: &Shared, notes: &[Vec<u8>]) -> Vec<Result<Candidate, Refusal>> {
    if let [note] = notes {
        return vec![read_envelope(note, &shared.origin).and_then(|e| verify_candidate(e, &shared.ring, &|_, _| None))];
    }
    let envelopes: Vec<Result<Envelope, Refusal>> =
        notes.par_iter().map(|note| read_envelope(note, &shared.origin)).collect();
    let mut new_keys: Vec<(String, u32, Arc<PublicKey>)> = Vec::new();
    for envelope in envelopes.iter().flatten() {
        for entry in introduced(envelope) {
            if let Ok(vkey) = entry.admit(envelope.chain()) {
                new_keys.push((vkey.name, vkey.id, Arc::new(vkey.key)));
            }
        }
    }
    let earlier = |name: &str, id: u32| {
        new_keys.iter().find(|(n, i, _)| n == name && *i == id).map(|(_, _, key)| Arc::clone(key))
    };
    envelopes.into_par_iter().map(|envelope| verify_candidate(envelope?, &shared.ring, &earlier)).collect()
}
