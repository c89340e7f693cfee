//! A log and an anchor that live in memory, for tests and dry runs: same rules, nothing durable.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use crate::port::may_swap;
use crate::{Anchor, Append, Log, Pinned, Sealed, StoreError, Swap};

/// A [`Log`] in memory.
#[derive(Debug, Default)]
pub struct MemoryLog {
    kept: RwLock<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    entries: Vec<Arc<[u8]>>,
    leaves: Vec<[u8; 32]>,
    /// (chain, seq) to index, as the embedded store's chain_key.
    keys: BTreeMap<(u32, u64), u64>,
    checkpoints: BTreeMap<u64, Pinned>,
}

/// Entries handed out per lock, so that a slow reader does not stop the writer.
const CHUNK: usize = 1024;

impl MemoryLog {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    // No call can leave `Kept` half changed, so a panic elsewhere (in a test) does not make it wrong.
    fn kept(&self) -> RwLockReadGuard<'_, Kept> {
        self.kept.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// `from..to` clamped to what is there, as positions in the vectors.
    fn clamp(&self, from: u64, to: u64) -> std::ops::Range<usize> {
        let size = self.entries.len();
        let to = usize::try_from(to).unwrap_or(size).min(size);
        usize::try_from(from).unwrap_or(size).min(to)..to
    }

    fn refuse(&self, batch: &[Sealed]) -> Option<String> {
        let mut fresh = BTreeSet::new();
        batch.iter().find_map(|Sealed { chain, seq, .. }| {
            if *seq > i64::MAX as u64 {
                Some(StoreError::OutOfRange { what: "seq", value: *seq }.to_string())
            } else if self.keys.contains_key(&(*chain, *seq)) || !fresh.insert((*chain, *seq)) {
                Some(format!("chain {chain} seq {seq} is already there, nothing was written"))
            } else {
                None
            }
        })
    }
}

impl Log for MemoryLog {
    fn size(&self) -> Result<u64, StoreError> {
        Ok(self.kept().entries.len() as u64)
    }

    fn append(&self, expected_size: u64, batch: &[Sealed]) -> Append {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        let size = kept.entries.len() as u64;
        if size != expected_size {
            return Append::Conflict { size };
        }
        if let Some(why) = kept.refuse(batch) {
            return Append::Unknown { why };
        }
        for (index, sealed) in (size..).zip(batch) {
            kept.entries.push(Arc::clone(&sealed.bytes));
            kept.leaves.push(sealed.leaf_hash);
            kept.keys.insert((sealed.chain, sealed.seq), index);
        }
        Append::Appended
    }

    fn read(&self, from: u64, to: u64, each: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<(), StoreError> {
        let mut range = self.kept().clamp(from, to);
        while !range.is_empty() {
            let end = range.end.min(range.start.saturating_add(CHUNK));
            let chunk = self.kept().entries[range.start..end].to_vec();
            for (index, bytes) in (range.start as u64..).zip(&chunk) {
                if !each(index, bytes) {
                    return Ok(());
                }
            }
            range.start = end;
        }
        Ok(())
    }

    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let kept = self.kept();
        Ok(usize::try_from(index).ok().and_then(|index| kept.entries.get(index)).map(|bytes| bytes.to_vec()))
    }

    fn leaves(&self, from: u64, to: u64) -> Result<Vec<[u8; 32]>, StoreError> {
        let kept = self.kept();
        Ok(kept.leaves[kept.clamp(from, to)].to_vec())
    }

    fn head(&self, chain: u32) -> Result<Option<(u64, u64)>, StoreError> {
        let kept = self.kept();
        let newest = kept.keys.range((chain, 0)..=(chain, u64::MAX)).next_back();
        Ok(newest.map(|(&(_, seq), &index)| (seq, index)))
    }

    fn lookup(&self, chain: u32, seq: u64) -> Result<Option<u64>, StoreError> {
        Ok(self.kept().keys.get(&(chain, seq)).copied())
    }

    fn positions(&self, from: (u32, u64), each: &mut dyn FnMut(u32, u64, u64) -> bool) -> Result<(), StoreError> {
        let all: Vec<_> = self.kept().keys.range(from..).map(|(key, index)| (*key, *index)).collect();
        for ((chain, seq), index) in all {
            if !each(chain, seq, index) {
                break;
            }
        }
        Ok(())
    }

    fn put_checkpoint(&self, checkpoint: &Pinned) -> Result<(), StoreError> {
        if checkpoint.size > i64::MAX as u64 {
            return Err(StoreError::OutOfRange { what: "checkpoint size", value: checkpoint.size });
        }
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        let first = kept.checkpoints.entry(checkpoint.size).or_insert_with(|| checkpoint.clone());
        if first.root == checkpoint.root {
            Ok(())
        } else {
            Err(StoreError::CheckpointConflict { size: checkpoint.size })
        }
    }

    fn latest_checkpoint(&self) -> Result<Option<Pinned>, StoreError> {
        Ok(self.kept().checkpoints.values().next_back().cloned())
    }

    fn checkpoints(&self, from: u64, each: &mut dyn FnMut(&Pinned) -> bool) -> Result<(), StoreError> {
        let all: Vec<Pinned> =
            self.kept().checkpoints.range(from..).map(|(_, checkpoint)| checkpoint.clone()).collect();
        for checkpoint in &all {
            if !each(checkpoint) {
                break;
            }
        }
        Ok(())
    }
}

/// An [`Anchor`] in memory.
#[derive(Debug, Default)]
pub struct MemoryAnchor {
    pinned: RwLock<Option<Pinned>>,
}

impl MemoryAnchor {
    /// An anchor with nothing pinned.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Anchor for MemoryAnchor {
    fn read(&self) -> Result<Option<Pinned>, StoreError> {
        Ok(self.pinned.read().unwrap_or_else(PoisonError::into_inner).clone())
    }

    fn swap(&self, expected: Option<&Pinned>, next: &Pinned) -> Swap {
        let mut pinned = self.pinned.write().unwrap_or_else(PoisonError::into_inner);
        if may_swap(pinned.as_ref(), expected, next) {
            *pinned = Some(next.clone());
            Swap::Swapped
        } else {
            Swap::Conflict { found: pinned.clone() }
        }
    }
}
