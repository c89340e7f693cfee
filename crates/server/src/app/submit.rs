//! Submitting: bytes in, outcomes out. Parsing, typing and signatures are done here, in parallel,
//! off the sequencer.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use super::job::Job;
pub use super::job::{Accepted, Outcome};
use super::locks::lock;
use super::node::Node;
use super::published::Published;
use super::status::Status;
use almoner_ledger::{Candidate, Code, Refusal, read_envelope, verify_candidate};
use almoner_proof::introduction::introduced;
use rayon::prelude::*;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::TrySendError;
use tokio::sync::oneshot;

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
        let mut submission = Submission::new(notes);
        let mut outcomes = Vec::new();
        while let Some(ready) = submission.verify_next(&self.shared) {
            let answer = self.enqueue(ready, true)?;
            outcomes.extend(answer.blocking_recv().map_err(|_| SubmitError::Stopped(self.why_stopped()))?);
        }
        Ok(outcomes)
    }

    /// The same for whoever may not block: each [`Look`] is done where `aside` does it, and where the queue is full the
    /// answer is [`SubmitError::Busy`].
    ///
    /// # Errors
    /// Those of `aside`, and [`SubmitError`].
    pub async fn submit_async<E, F>(
        self: Arc<Node>,
        notes: Vec<Vec<u8>>,
        mut aside: impl FnMut(Look) -> F,
    ) -> Result<Vec<Outcome>, E>
    where
        E: From<SubmitError>,
        F: Future<Output = Result<Seen, E>>,
    {
        let mut submission = Submission::new(notes);
        let mut outcomes = Vec::new();
        loop {
            let seen = aside(Look { submission, shared: Arc::clone(&self.shared) }).await?;
            let Some(ready) = seen.ready else { return Ok(outcomes) };
            let answer = self.enqueue(ready, false)?.await;
            let stopped = || SubmitError::Stopped("the writer stopped before it could answer".to_owned());
            outcomes.extend(answer.map_err(|_| stopped())?);
            submission = seen.submission;
        }
    }

    /// Queues what is verified; the receiver gives the outcomes. `wait` blocks while the queue is full, or the views are
    /// too far behind.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub fn enqueue(
        &self,
        candidates: Vec<Result<Candidate, Refusal>>,
        wait: bool,
    ) -> Result<oneshot::Receiver<Vec<Outcome>>, SubmitError> {
        // Once in, an event is acknowledged whatever the views do: the door is here.
        if wait {
            self.shared.life.wait_until_behind(self.behind);
        } else if self.shared.life.behind() > self.behind && self.shared.status() == Status::Ready {
            return Err(SubmitError::Busy);
        }
        let (reply, answer) = oneshot::channel();
        self.send(Job { candidates, reply }, wait)?;
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
        self.shared.show_queued();
        let sent = if wait {
            queue.send(job).map_err(|_| SubmitError::Stopped(self.why_stopped()))
        } else {
            queue.try_send(job).map_err(|error| match error {
                TrySendError::Full(_) => SubmitError::Busy,
                TrySendError::Disconnected(_) => SubmitError::Stopped(self.why_stopped()),
            })
        };
        sent.inspect_err(|_| self.shared.show_taken())
    }

    pub(super) fn why_stopped(&self) -> String {
        match self.shared.status() {
            Status::Ready | Status::Following | Status::Stopping => "it is shutting down".to_owned(),
            Status::Deposed => "another node writes the log now".to_owned(),
            // The operator's log says which; strangers need no names of files.
            Status::Damaged(_) => "what it has stored is damaged, and is being looked after".to_owned(),
            Status::Failed(why) => why,
        }
    }
}

/// The notes of one request on their way.
///
/// Verifying needs the keys that earlier events introduce, and only an event that was admitted introduces any. So a note
/// whose key is not known waits until the notes before it that may introduce it are decided, and until what other
/// requests had queued is; what is refused lends nothing to its neighbours, and many notes in one request are told what
/// they would be told one after another.
pub struct Submission {
    notes: VecDeque<Note>,
    /// How many are decided.
    decided: usize,
    /// Whether everything that was queued before is decided.
    has_waited: bool,
}

/// What is to be verified next of a submission, which takes all cores for a moment.
pub struct Look {
    submission: Submission,
    shared: Arc<Published>,
}

/// A [`Look`] that was done.
pub struct Seen {
    submission: Submission,
    ready: Option<Vec<Result<Candidate, Refusal>>>,
}

impl Look {
    /// Does it.
    #[must_use]
    pub fn run(mut self) -> Seen {
        let ready = self.submission.verify_next(&self.shared);
        Seen { submission: self.submission, ready }
    }
}

#[expect(clippy::large_enum_variant, reason = "all of a request become `Ready`, and most at once")]
enum Note {
    /// To be verified.
    Raw(Vec<u8>),
    /// A key or chain of it is not known: to be verified again when the first `until` notes of the request are decided.
    Waits { note: Vec<u8>, until: usize, introduces: bool },
    /// Whatever is decided before it changes nothing any more. `introduces`: it may still make keys known.
    Ready { candidate: Result<Candidate, Refusal>, introduces: bool },
}

impl Submission {
    /// Nothing is read yet.
    #[must_use]
    pub fn new(notes: Vec<Vec<u8>>) -> Submission {
        Submission { notes: notes.into_iter().map(Note::Raw).collect(), decided: 0, has_waited: false }
    }

    /// Verifies, on all cores, as many of the next notes as can be decided now, for [`Node::enqueue`]; `None` when all
    /// are through. Ask again once these are answered. There may be none among them: then the next note waits for what
    /// is queued, which is decided when that empty run is answered.
    pub fn verify_next(&mut self, shared: &Published) -> Option<Vec<Result<Candidate, Refusal>>> {
        if self.notes.is_empty() {
            return None;
        }
        self.verify_due(shared);
        let mut ready = Vec::new();
        while let Some(note) = self.notes.pop_front() {
            match note {
                Note::Ready { candidate, .. } => ready.push(candidate),
                waiting @ (Note::Raw(_) | Note::Waits { .. }) => {
                    self.notes.push_front(waiting);
                    break;
                }
            }
        }
        self.decided = self.decided.saturating_add(ready.len());
        self.has_waited = true;
        Some(ready)
    }

    fn verify_due(&mut self, shared: &Published) {
        let decided = self.decided;
        let look = |note: &Note| match note {
            Note::Raw(note) => Some(Looked::at(shared, note)),
            Note::Waits { note, until, .. } if *until <= decided => Some(Looked::at(shared, note)),
            Note::Waits { .. } | Note::Ready { .. } => None,
        };
        // One note is verified where it is: handing it to another thread and back would cost as much again.
        let looked: Vec<Option<Looked>> = match self.notes.len() {
            1 => self.notes.iter().map(look).collect(),
            _ => self.notes.par_iter().map(look).collect(),
        };
        // How many notes must be decided before a key that is missed is missed for good.
        let mut until = (!self.has_waited).then_some(decided);
        for (place, (note, looked)) in (decided..).zip(self.notes.iter_mut().zip(looked)) {
            if let Some(looked) = looked {
                looked.settle(note, until);
            }
            if note.introduces() {
                until = Some(place.saturating_add(1));
            }
        }
    }
}

/// A note as it is with the keys that are known now.
struct Looked {
    candidate: Result<Candidate, Refusal>,
    introduces: bool,
}

impl Looked {
    fn at(shared: &Published, note: &[u8]) -> Looked {
        match read_envelope(note, &shared.origin) {
            Ok(envelope) => {
                let introduces = !introduced(&envelope).is_empty();
                Looked { candidate: verify_candidate(envelope, &shared.ring), introduces }
            }
            Err(refusal) => Looked { candidate: Err(refusal), introduces: false },
        }
    }

    fn settle(self, note: &mut Note, until: Option<usize>) {
        let Looked { candidate, introduces } = self;
        // What depends on the keys that are known; chain.gap of an opening, which is chain.exists where there is one.
        let missed =
            |refusal: &Refusal| matches!(refusal.code(), Code::KeyUnknown | Code::ChainUnknown | Code::ChainGap);
        *note = match until.filter(|_| candidate.as_ref().is_err_and(missed)) {
            Some(until) => Note::Waits { note: note.take_bytes(), until, introduces },
            None => Note::Ready { introduces: introduces && candidate.is_ok(), candidate },
        };
    }
}

impl Note {
    fn introduces(&self) -> bool {
        match self {
            Note::Waits { introduces, .. } | Note::Ready { introduces, .. } => *introduces,
            Note::Raw(_) => false,
        }
    }

    fn take_bytes(&mut self) -> Vec<u8> {
        match self {
            Note::Raw(note) | Note::Waits { note, .. } => std::mem::take(note),
            Note::Ready { .. } => Vec::new(),
        }
    }
}
