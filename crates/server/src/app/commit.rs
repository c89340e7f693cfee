//! The story of a write, told by one function. What a crash would mean stands at each step.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use super::job::Outcome;
use super::published::Published;
use super::rehearse::{Followed, Told};
use super::signed::Signer;
use super::status::Status;
use super::tree::Tree;
use super::viewer::Taken;
use almoner_ledger::Admitted;
use almoner_proof::Hash;
use almoner_proof::merkle::leaf_hash;
use almoner_store::{Append, Pinned, Sealed, Swap};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use tokio::sync::oneshot;

/// Events decided together, stored together.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) admitted: Vec<Admitted>,
    pub(super) bytes: usize,
    /// Blocks of postings that these have made full.
    pub(super) posted: Vec<Arc<[u8]>>,
    pub(super) replies: Vec<(oneshot::Sender<Vec<Outcome>>, Vec<Outcome>)>,
}

/// What it writes it owns, so it waits for the store and for nobody who reads.
pub(super) struct Committer {
    pub(super) shared: Arc<Published>,
    pub(super) signer: Signer,
    pub(super) tree: Tree,
    /// What the anchor holds.
    pub(super) anchored: Option<Pinned>,
    /// Whether other nodes may write to the same store.
    pub(super) is_shared: bool,
    pub(super) viewer: Sender<Taken>,
    pub(super) rehearser: Sender<Told>,
}

impl Committer {
    /// Runs until the sequencer ends or a step is not understood. Replies of what was not committed
    /// are dropped, which tells their callers that nothing can be said.
    pub(super) fn run(mut self, batches: &Receiver<Batch>) {
        while let Ok(batch) = batches.recv() {
            if self.shared.status().has_ended() {
                return;
            }
            if let Err(how) = self.commit(batch) {
                self.shared.end(how);
                return;
            }
        }
    }

    fn commit(&mut self, batch: Batch) -> Result<(), Status> {
        let shared = Arc::clone(&self.shared);
        if !batch.admitted.is_empty() {
            // 1. All of the batch or nothing is durable. A crash before this: nothing happened, and
            //    nobody was told otherwise.
            let from = shared.committed();
            // What could not be pinned is not stored either.
            shared.anchor.is_in_place().map_err(|error| Status::Failed(error.to_string()))?;
            let sealed: Vec<Sealed> = batch.admitted.iter().map(seal).collect();
            match shared.life.while_waiting(|| shared.log.append(from, &sealed)) {
                Append::Appended => {}
                Append::Conflict { size } => {
                    let why = format!("another writer has appended: {size} entries, {from} expected");
                    return Err(shared.overtaken(&why));
                }
                Append::Unknown { why } => {
                    return Err(shared.unanswered(format!("the store did not say whether it stored the batch: {why}")));
                }
            }
            // 2. What is stored is read back and hashed again, so that a flipped bit never gets under
            //    a signature. A crash from here to step 4: the entries are above the anchor; the next
            //    start verifies them again and rolls forward.
            self.read_back(from, &sealed).map_err(|why| shared.unanswered(why))?;
            // 3. The tree grows.
            for item in &sealed {
                self.tree.push(Hash(item.leaf_hash));
            }
            let (size, root) = (self.tree.size(), self.tree.root());
            // 4. The checkpoint is signed, verified by ourselves, and pinned outside of the store.
            let next = self.signer.sign(size, root);
            let next =
                next.ok_or_else(|| Status::Failed("our own checkpoint's signature does not verify".to_owned()))?;
            shared.life.while_waiting(|| self.pin(next))?;
            // The files may have been removed since the append: then it is pinned, and will be missed; but nobody is
            // told that it is safe.
            shared.log.is_in_place().map_err(|error| shared.unanswered(error.to_string()))?;
            shared.show_tree(self.tree.grown());
            shared.show_heads(&batch.admitted);
            shared.show_committed(size);
            // Before anybody is told, so that whoever was told finds the door shut if the views are too far behind.
            shared.life.falls_behind(batch.bytes);
        }
        // 5. Now, and not before, callers are told: refusals and duplicates too, for they were
        //    decided on this batch. A crash after this: they find what they were told.
        for (reply, outcomes) in batch.replies {
            let _ = reply.send(outcomes);
        }
        // 6. Views follow, and the books on which drafts are tried, in threads of their own; they hold nothing that the
        //    log does not. A thread of these that has died has failed the node.
        if !batch.admitted.is_empty() {
            let events = Arc::new(batch.admitted);
            let followed = Followed { events: Arc::clone(&events), posted: batch.posted };
            let _ = self.rehearser.send(Told::Followed(followed));
            let _ = self.viewer.send(Taken { events, bytes: batch.bytes });
        }
        Ok(())
    }

    fn pin(&mut self, next: Pinned) -> Result<(), Status> {
        match self.shared.anchor.swap(self.anchored.as_ref(), &next) {
            Swap::Swapped => {
                self.anchored = Some(next);
                Ok(())
            }
            // Whoever takes over takes the anchor first: this batch is stored, and it is not this node that says so.
            Swap::Conflict { .. } if self.is_shared => Err(Status::Deposed),
            Swap::Conflict { .. } => Err(Status::Failed("the anchor was moved by somebody else".to_owned())),
            Swap::Unknown { why } => {
                Err(Status::Failed(format!("the anchor did not say whether it was written: {why}")))
            }
        }
    }

    fn read_back(&self, from: u64, sealed: &[Sealed]) -> Result<(), String> {
        let to = from.saturating_add(sealed.len() as u64);
        let mut expected = sealed.iter();
        let mut bad = None;
        let read = self.shared.log.read(from, to, &mut |index, bytes| {
            let same = expected.next().is_some_and(|item| leaf_hash(bytes).0 == item.leaf_hash);
            if !same {
                bad = Some(index);
            }
            same
        });
        read.map_err(|error| format!("what was stored cannot be read back: {error}"))?;
        match (bad, expected.next()) {
            (None, None) => Ok(()),
            (Some(index), _) => Err(format!("entry {index} was stored with other bytes than were given")),
            (None, Some(_)) => Err("fewer entries were stored than were given".to_owned()),
        }
    }
}

pub(super) fn seal(admitted: &Admitted) -> Sealed {
    let verified = &admitted.verified;
    Sealed {
        bytes: Arc::from(verified.envelope().bytes()),
        leaf_hash: verified.leaf_hash().0,
        chain: admitted.done.chain.0,
        seq: verified.envelope().seq,
        event_hash: verified.event_hash().0,
    }
}
