//! The sequencer: one thread that decides, in one order, on the books as they will be.
//!
//! It runs ahead of the disk by at most three batches: one is written, one is queued, one is decided. That is safe because nobody is answered before
//! every batch that the answer was decided on is anchored, and because a failed commit ends the node.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use super::commit::Batch;
use super::job::{Accepted, Job, Outcome};
use super::published::Published;
use super::verified::ReadError;
use almoner_ledger::data::EventRef;
use almoner_ledger::event::Prior;
use almoner_ledger::{Admitted, Candidate, Referenced};
use almoner_ledger::{Books, Code, Refusal, admit, decode};
use almoner_proof::{Envelope, Hash};
use almoner_store::Limits;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, TrySendError};
use std::time::Duration;

/// How often, and after which pause, the store is asked again that could not be read.
const READ_TRIES: u32 = 50;
const READ_PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Sequencer {
    pub(super) shared: Arc<Published>,
    pub(super) books: Books,
    /// Full blocks of postings that others have.
    pub(super) posted: usize,
    /// What the store takes at once.
    pub(super) limits: Limits,
    /// Notes that are decided but perhaps not stored yet, by chain and seq.
    pub(super) pending: BTreeMap<(u32, u64), (u64, Envelope)>,
}

impl Sequencer {
    /// Runs until the queue is closed or the node fails.
    pub(super) fn run(mut self, jobs: &Receiver<Job>, commits: &SyncSender<Batch>) {
        while let Ok(job) = jobs.recv() {
            if self.shared.status().has_ended() {
                return;
            }
            let mut batch = Batch::default();
            self.decide(job, &mut batch, commits);
            // Whatever queues while the last batch is on its way to the disk joins this one.
            loop {
                if self.has_room(&batch) {
                    match jobs.try_recv() {
                        Ok(job) => {
                            self.decide(job, &mut batch, commits);
                            continue;
                        }
                        Err(TryRecvError::Empty | TryRecvError::Disconnected) => {}
                    }
                }
                match commits.try_send(batch) {
                    Ok(()) => break,
                    Err(TrySendError::Full(full)) => {
                        batch = full;
                        let room = self.has_room(&batch);
                        // Wait for whichever comes first, another job or room at the disk.
                        match jobs.recv_timeout(Duration::from_micros(200)) {
                            Ok(job) if room => self.decide(job, &mut batch, commits),
                            Ok(job) => {
                                if commits.send(std::mem::take(&mut batch)).is_err() {
                                    return;
                                }
                                self.decide(job, &mut batch, commits);
                            }
                            Err(_) => {}
                        }
                    }
                    Err(TrySendError::Disconnected(_)) => return,
                }
            }
            let committed = self.shared.committed();
            self.pending.retain(|_, (index, _)| *index >= committed);
        }
    }

    /// Whether a batch may grow: beyond what the store takes at once it may not.
    fn has_room(&self, batch: &Batch) -> bool {
        batch.admitted.len() < self.limits.items && batch.bytes < self.limits.bytes
    }

    /// Decides a job. Where it does not fit into what the store takes at once, full batches go ahead; the answer goes
    /// with the last one, so that it still waits for all.
    fn decide(&mut self, job: Job, batch: &mut Batch, commits: &SyncSender<Batch>) {
        self.shared.show_taken();
        let Job { candidates, reply } = job;
        let mut outcomes = Vec::with_capacity(candidates.len());
        for candidate in candidates {
            let next = candidate.as_ref().map_or(0, |candidate| candidate.verified.envelope().bytes().len());
            let full = batch.admitted.len() >= self.limits.items || batch.bytes + next > self.limits.bytes;
            // A failed send means that the node has ended, and then nobody is answered.
            if full && !batch.admitted.is_empty() && commits.send(std::mem::take(batch)).is_err() {
                return;
            }
            outcomes.push(candidate.and_then(|candidate| self.decide_one(candidate, batch)));
        }
        batch.replies.push((reply, outcomes));
    }

    fn referenced(&self, candidate: &Candidate) -> Referenced {
        let seen = candidate.verified.envelope().seen.0;
        Referenced { seen_root: self.seen_root(seen), priors: self.priors(&candidate.references()) }
    }

    fn decide_one(&mut self, candidate: Candidate, batch: &mut Batch) -> Outcome {
        let envelope = candidate.verified.envelope().clone();
        let hash = candidate.verified.event_hash();
        let referenced = self.referenced(&candidate);
        let admitted = match admit(&self.books, &referenced, candidate) {
            Ok(admitted) => admitted,
            // An occupied seq with the same text is not a fork but the same event again.
            Err(refusal) if refusal.code() == Code::ChainFork => return self.again(&envelope, hash, refusal),
            Err(refusal) => return Err(refusal),
        };
        let index = admitted.done.index;
        if let Err(refusal) = self.books.apply(&admitted) {
            // Admission foresees every sum; if it did not, the books here are half changed.
            self.shared.fail(&format!("the books could not take event {index}: {refusal}"));
            return Err(refusal);
        }
        batch.posted.extend_from_slice(self.books.posted_from(self.posted));
        self.posted = self.posted.saturating_add(self.books.posted_from(self.posted).len());
        self.shared.ring.add_introduced(&envelope);
        let (chain, seq) = (envelope.chain().to_owned(), envelope.seq);
        self.pending.insert((admitted.done.chain.0, seq), (index, envelope));
        batch.push(admitted);
        Ok(Accepted { index, chain, seq, hash, duplicate: false })
    }

    fn seen_root(&self, size: u64) -> Option<Hash> {
        if size == 0 {
            return Some(almoner_proof::merkle::empty_root());
        }
        self.shared.published_root(size)
    }

    fn again(&self, envelope: &Envelope, hash: Hash, fork: Refusal) -> Outcome {
        match self.stored(envelope.chain(), envelope.seq, hash) {
            Some((index, stored)) if stored.hash() == hash => {
                let (chain, seq) = (envelope.chain().to_owned(), envelope.seq);
                Ok(Accepted { index, chain, seq, hash, duplicate: true })
            }
            _ => Err(fork),
        }
    }

    /// The event of a chain at a seq, decided but unstored, or stored; none if there is none. `hash` is the one that is
    /// expected there.
    ///
    /// Where damage keeps it from being found the node takes note, and whoever waits for what was decided on this is
    /// told nothing.
    fn stored(&self, chain: &str, seq: u64, hash: Hash) -> Option<(u64, Envelope)> {
        let no = self.books.chain_no(chain)?;
        if let Some((index, envelope)) = self.pending.get(&(no.0, seq)) {
            return Some((*index, envelope.clone()));
        }
        if self.books.chain(no).is_none_or(|chain| seq >= chain.next_seq) {
            return None;
        }
        self.insist(|| self.shared.stored(no, chain, seq, hash))
    }

    /// Reads until the store answers; none where that ends the node. A refusal must not rest on what could just not be
    /// read.
    fn insist<T>(&self, read: impl Fn() -> Result<T, ReadError>) -> Option<T> {
        for _ in 0..READ_TRIES {
            match read() {
                Ok(read) => return Some(read),
                Err(ReadError::Damaged(damage)) => {
                    self.shared.damaged(&damage);
                    return None;
                }
                Err(ReadError::Store(error)) => tracing::warn!(%error, "the store cannot be read; trying again"),
            }
            if !self.shared.life.pause(READ_PAUSE) {
                break;
            }
        }
        self.shared.fail("the store cannot be read");
        None
    }

    fn priors(&self, references: &[EventRef]) -> Vec<Prior> {
        references
            .iter()
            .filter_map(|reference| {
                let (index, envelope) = self.stored(&reference.event.chain, reference.event.seq, reference.hash.0)?;
                let (_, event) = decode(&envelope).ok()?;
                Some(Prior { index, hash: envelope.hash(), envelope, event })
            })
            .collect()
    }
}

impl Batch {
    fn push(&mut self, admitted: Admitted) {
        self.bytes = self.bytes.saturating_add(admitted.verified.envelope().bytes().len());
        self.admitted.push(admitted);
    }
}
