//! The two ports: a log that only grows, and an anchor that only moves forward.

use std::path::Path;
use std::sync::Arc;

use crate::StoreError;

/// One item handed over to be stored; opaque.
///
/// `event_hash` names the item where an engine wants a name of its own for idempotent retries; the embedded store
/// has no use for it and does not keep it.
#[derive(Clone, Debug)]
pub struct Sealed {
    /// The exact bytes to survive.
    pub bytes: Arc<[u8]>,
    /// Merkle leaf hash of `bytes`, computed by the caller.
    pub leaf_hash: [u8; 32],
    /// Number of the chain, given by the caller.
    pub chain: u32,
    /// Position in the chain; (chain, seq) is unique in the log. At most 2^63 - 1.
    pub seq: u64,
    /// Hash that names the event.
    pub event_hash: [u8; 32],
}

/// Answer to [`Log::append`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Append {
    /// The whole batch is durable.
    Appended,
    /// Nothing was written: the log was read, and it has another size than expected.
    Conflict {
        /// The size that was found.
        size: u64,
    },
    /// The batch may or may not be durable, whole. Discard what was built on it, and read the tail back.
    Unknown {
        /// For the operator's log: what happened.
        why: String,
    },
}

/// The newest signed checkpoint as opaque bytes, with what is needed to compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// Number of entries it covers.
    pub size: u64,
    /// Merkle root over them.
    pub root: [u8; 32],
    /// The signed note, as it was signed.
    pub note: Vec<u8>,
}

/// Answer to [`Anchor::swap`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Swap {
    /// The next checkpoint is durable.
    Swapped,
    /// Nothing was written: another checkpoint was found, or the next one would not move forward from it.
    Conflict {
        /// What is pinned.
        found: Option<Pinned>,
    },
    /// The next checkpoint may or may not be durable. Restart and read.
    Unknown {
        /// For the operator's log: what happened.
        why: String,
    },
}

/// The largest batch that an engine takes at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Items.
    pub items: usize,
    /// Bytes of all items together.
    pub bytes: usize,
}

/// One order of opaque items that only grows.
///
/// Indexes count from 0; ranges are half open. Every read is served from what is durable or being made durable by the
/// one writer, and any number of threads may read while it writes.
pub trait Log: Send + Sync {
    /// Number of entries.
    fn size(&self) -> Result<u64, StoreError>;

    /// Appends all of the batch or nothing, durable before it returns [`Append::Appended`].
    ///
    /// A (chain, seq) that is already there, or twice in the batch, is the caller's mistake: nothing is written and
    /// the answer is [`Append::Unknown`] with the reason.
    fn append(&self, expected_size: u64, batch: &[Sealed]) -> Append;

    /// The largest batch; a larger one is the caller's mistake, and answered [`Append::Unknown`].
    fn limits(&self) -> Limits {
        Limits { items: 4096, bytes: 16 << 20 }
    }

    /// Brings into sight what other handles wrote. Engines whose handles see each other have nothing to do.
    fn refresh(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Things that stand where only this ledger's may, and were passed over: somebody else can write there.
    fn foreign(&self) -> u64 {
        0
    }

    /// Whether what was appended lies where the next opening will look for it: the files of these names are the ones
    /// that are open, and none is shorter than what is in it. Engines without files of their own have nothing to look at.
    ///
    /// # Errors
    /// [`StoreError::Displaced`].
    fn is_in_place(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Forgets what earlier reads left in memory, so that the next ones see what the disk holds now.
    ///
    /// # Errors
    /// [`StoreError::Displaced`] where there is nothing to see any more; then nothing is forgotten.
    fn forget(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// The caller ends in order: all is well, and what still waits beside its place is moved there. Without this call
    /// nothing is moved at the end, because whoever has met what it does not understand moves nothing.
    ///
    /// # Errors
    /// What was not moved stays where it is, and is as durable there.
    fn end_in_order(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// The caller is ending: an append that waits for its engine is given up after the attempt under way and answers
    /// [`Append::Unknown`].
    fn stop_waiting(&self) {}

    /// Calls `each(index, bytes)` for `from..to` (clamped to the size) in order, until it returns false.
    ///
    /// No lock and no snapshot is held while `each` runs, so it may be slow and may call the log.
    fn read(&self, from: u64, to: u64, each: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<(), StoreError>;

    /// The bytes at an index; none at and above the size.
    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// The leaf hashes of `from..to`, clamped to the size.
    fn leaves(&self, from: u64, to: u64) -> Result<Vec<[u8; 32]>, StoreError>;

    /// The file that is read, where it is only a copy of what is kept elsewhere and can be filled again.
    fn copy(&self) -> Option<&Path> {
        None
    }

    /// (seq, index) of the newest entry of a chain: the one with the highest seq.
    fn head(&self, chain: u32) -> Result<Option<(u64, u64)>, StoreError>;

    /// The index at which a chain's entry stands.
    fn lookup(&self, chain: u32, seq: u64) -> Result<Option<u64>, StoreError>;

    /// Calls `each(chain, seq, index)` for the stored positions from (chain, seq) on, ascending, until it returns
    /// false. As with [`Log::read`], nothing is held while `each` runs.
    fn positions(&self, from: (u32, u64), each: &mut dyn FnMut(u32, u64, u64) -> bool) -> Result<(), StoreError>;

    /// Keeps a published checkpoint, durably.
    ///
    /// Idempotent: a second one of the same size and root changes nothing, and the note that came first stays (it was
    /// published). The same size with another root is [`StoreError::CheckpointConflict`].
    fn put_checkpoint(&self, checkpoint: &Pinned) -> Result<(), StoreError>;

    /// The published checkpoint with the greatest size.
    fn latest_checkpoint(&self) -> Result<Option<Pinned>, StoreError>;

    /// The published checkpoints of at least a size, ascending, until `each` returns false.
    fn checkpoints(&self, from: u64, each: &mut dyn FnMut(&Pinned) -> bool) -> Result<(), StoreError>;
}

/// Where the newest signed checkpoint is pinned, outside the log.
pub trait Anchor: Send + Sync {
    /// What is pinned; none if nothing ever was.
    fn read(&self) -> Result<Option<Pinned>, StoreError>;

    /// Compare-and-swap on (size, root), durable before [`Swap::Swapped`].
    ///
    /// Answers [`Swap::Conflict`] where something else than `expected` is pinned, and also where `next` would go back
    /// (a smaller size) or sideways (the same size with another root). The same size and root with another note is
    /// a checkpoint signed again, and is swapped.
    fn swap(&self, expected: Option<&Pinned>, next: &Pinned) -> Swap;

    /// What this machine itself has pinned: everything below was verified here. The same as what is pinned, except where
    /// others pin, too.
    fn own(&self) -> Result<Option<Pinned>, StoreError> {
        self.read()
    }

    /// As [`Log::is_in_place`].
    ///
    /// # Errors
    /// [`StoreError::Displaced`].
    fn is_in_place(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// From here on this handle pins: a swap by any other is a conflict, although it names what is pinned. Where there
    /// is one handle, which a lock sees to, there is nothing to do.
    fn take_over(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Whether another handle has taken over since; looked at anew, and not longer than a moment.
    fn is_taken(&self) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// Things that stand where only pins may, and were passed over: somebody else can write there.
    fn foreign(&self) -> u64 {
        0
    }

    /// As [`Log::stop_waiting`].
    fn stop_waiting(&self) {}
}

impl Pinned {
    /// Whether both claim the same log: the same size and root, whatever the notes.
    pub(crate) fn same_claim(&self, other: &Self) -> bool {
        self.size == other.size && self.root == other.root
    }
}

/// The rule of [`Anchor::swap`], in one place for all adapters.
pub(crate) fn may_swap(current: Option<&Pinned>, expected: Option<&Pinned>, next: &Pinned) -> bool {
    match (current, expected) {
        (None, None) => true,
        (Some(current), Some(expected)) => {
            current.same_claim(expected) && (next.size > current.size || next.same_claim(current))
        }
        (None, Some(_)) | (Some(_), None) => false,
    }
}
