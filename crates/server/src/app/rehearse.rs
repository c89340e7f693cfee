//! Drafts on trial: what they would do, on books of their own that follow the log, in a thread of their own.
//!
//! Nobody who writes waits for it, and it waits for nobody who writes. What is tried is taken back before the next event
//! is folded in.

// Saturating: counts of what is in memory.

mod tried;

use super::locks::lock;
use super::node::Node;
use super::published::Published;
use super::status::Status;
use super::submit::SubmitError;
use super::verified::ReadError;
use almoner_ledger::{Admitted, Books, Drafted, Refusal};
use almoner_wire::DryRun;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::Duration;
use tokio::sync::oneshot;
use tried::Trial;

/// Requests that may wait; one more is answered 503.
const QUEUE: usize = 256;
/// What is heard at the most, batches of events and requests, before a request is answered that could be.
const HEARD: usize = 512;
/// How often it looks whether the node has ended, while it waits for events that were acknowledged.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// A text, or why it is none; and whether signed or not.
type Draft = Result<Drafted, Refusal>;
/// What is said of a request's drafts.
type Answer = Result<DryRun, ReadError>;

/// What the thread is told. What is followed has no bound of its own: between two requests all of it is taken in, and it
/// is the same events that the views wait for, which have one.
pub(super) enum Told {
    Followed(Followed),
    Asked(Ask),
}

/// Events that are acknowledged, or published where the node follows.
pub(super) struct Followed {
    pub(super) events: Arc<Vec<Admitted>>,
    /// Blocks of postings that they have made full in the books of whoever writes.
    pub(super) posted: Vec<Arc<[u8]>>,
}

/// Drafts of one request.
pub(super) struct Ask {
    drafts: Vec<Draft>,
    /// Events that were acknowledged when it was asked: whoever was told drafts on them.
    from: u64,
    reply: oneshot::Sender<Answer>,
}

/// The door: it counts who waits.
pub(super) struct Rehearsals {
    queue: Sender<Told>,
    waiting: Arc<AtomicUsize>,
}

impl Rehearsals {
    /// For whoever tells of events.
    pub(super) fn sender(&self) -> Sender<Told> {
        self.queue.clone()
    }
}

impl Node {
    /// Says what drafts would do, each on the books that the admitted ones before it leave, and changes nothing. It never
    /// waits for room.
    ///
    /// # Errors
    /// See [`SubmitError`]; the inner error is that of the store.
    pub fn rehearse(&self, drafts: Vec<Draft>) -> Result<oneshot::Receiver<Answer>, SubmitError> {
        let stopped = || SubmitError::Stopped(self.why_stopped());
        if !matches!(self.shared.status(), Status::Ready | Status::Following) {
            return Err(stopped());
        }
        let door = lock(&self.rehearsals);
        let Rehearsals { queue, waiting } = door.as_ref().ok_or_else(stopped)?;
        let one_more = |count: usize| count.checked_add(1).filter(|count| *count <= QUEUE);
        if waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).is_err() {
            return Err(SubmitError::Busy);
        }
        let (reply, answer) = oneshot::channel();
        queue.send(Told::Asked(Ask { drafts, from: self.shared.committed(), reply })).map_err(|_| stopped())?;
        Ok(answer)
    }
}

/// See the module.
pub(super) struct Rehearser {
    shared: Arc<Published>,
    books: Books,
    /// Full blocks of postings, which are those of whoever writes.
    blocks: usize,
    /// Who waits, the first first, and how many in all.
    asked: VecDeque<Ask>,
    waiting: Arc<AtomicUsize>,
}

impl Rehearser {
    /// With a copy of the books, the door to it, and what it is told through.
    pub(super) fn new(shared: &Arc<Published>, books: &Books) -> (Rehearser, Rehearsals, Receiver<Told>) {
        let (queue, told) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let rehearser = Rehearser {
            shared: Arc::clone(shared),
            books: books.clone(),
            blocks: books.posted_from(0).len(),
            asked: VecDeque::new(),
            waiting: Arc::clone(&waiting),
        };
        (rehearser, Rehearsals { queue, waiting }, told)
    }

    /// Until nobody tells it anything any more. Events come first, but not without end.
    pub(super) fn run(mut self, told: &Receiver<Told>) {
        let mut heard = 0usize;
        loop {
            heard = heard.saturating_add(1);
            let next = match self.asked.front().map(|ask| ask.from) {
                None => told.recv().map_err(|_| TryRecvError::Disconnected),
                Some(from) if from <= self.books.size() && heard > HEARD => Err(TryRecvError::Empty),
                Some(from) if from <= self.books.size() => told.try_recv(),
                // What was acknowledged is on its way, unless the node has ended.
                Some(_) => told.recv_timeout(LOOK_EVERY).map_err(|why| match why {
                    RecvTimeoutError::Timeout => TryRecvError::Empty,
                    RecvTimeoutError::Disconnected => TryRecvError::Disconnected,
                }),
            };
            match next {
                Ok(Told::Followed(followed)) => {
                    if let Err(why) = self.follow(&followed) {
                        return self.shared.fail(&format!("the books for drafts could not take an event: {why}"));
                    }
                }
                Ok(Told::Asked(ask)) => self.asked.push_back(ask),
                Err(TryRecvError::Empty) => {
                    self.answer_next();
                    heard = 0;
                }
                Err(TryRecvError::Disconnected) => return,
            }
        }
    }

    fn follow(&mut self, followed: &Followed) -> Result<(), Refusal> {
        followed.events.iter().try_for_each(|admitted| self.books.apply(admitted))?;
        self.books.share_posted(self.blocks, &followed.posted);
        self.blocks = self.blocks.saturating_add(followed.posted.len());
        Ok(())
    }

    fn answer_next(&mut self) {
        let has_ended = self.shared.status().has_ended();
        let is_due = |ask: &&Ask| has_ended || ask.from <= self.books.size();
        if self.asked.front().filter(is_due).is_none() {
            return;
        }
        let Some(Ask { drafts, reply, .. }) = self.asked.pop_front() else { return };
        // Whoever has left is not answered.
        if !has_ended && !reply.is_closed() {
            let answer = Trial::new(&self.shared, &mut self.books).of_all(&drafts);
            // Nothing is said that rests on damage.
            if !self.shared.status().has_ended() {
                let _ = reply.send(answer);
            }
        }
        self.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}
