//! What all threads of an audit read: the source, the keys known so far, the tree, and where each
//! event of a chain stands. Written only by the thread that goes through the log in order.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use super::asked::Asked;
use super::bundle::Bundles;
use super::positions::Positions;
use super::report::Finding;
use super::tree::Tree;
use crate::source::{Source, SourceError};
use almoner_ledger::KeyRing;
use almoner_proof::tile::{TILE_WIDTH, Tile};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Shared by reference for the time of one audit.
pub(super) struct Shared<'a> {
    pub(super) source: &'a dyn Source,
    pub(super) origin: &'a str,
    /// Entries of the checkpoint.
    pub(super) size: u64,
    /// Events below this index were verified by an earlier audit, whose root is compared.
    pub(super) recalled: u64,
    /// Keys that events up to the newest one read introduce; admission judges authority.
    pub(super) ring: KeyRing,
    tree: RwLock<Tree>,
    positions: RwLock<Positions>,
    asked: Mutex<Asked>,
    bundles: Mutex<Bundles>,
}

impl<'a> Shared<'a> {
    pub(super) fn new(source: &'a dyn Source, origin: &'a str, size: u64, recalled: u64) -> Shared<'a> {
        Shared {
            source,
            origin,
            size,
            recalled,
            ring: KeyRing::default(),
            tree: RwLock::default(),
            positions: RwLock::default(),
            asked: Mutex::default(),
            bundles: Mutex::default(),
        }
    }

    // A poisoned lock means that a thread panicked; the audit then ends without a verdict, so what
    // is read here meanwhile decides nothing.
    pub(super) fn tree(&self) -> RwLockReadGuard<'_, Tree> {
        self.tree.read().unwrap_or_else(PoisonError::into_inner)
    }
    pub(super) fn tree_mut(&self) -> RwLockWriteGuard<'_, Tree> {
        self.tree.write().unwrap_or_else(PoisonError::into_inner)
    }
    pub(super) fn positions(&self) -> RwLockReadGuard<'_, Positions> {
        self.positions.read().unwrap_or_else(PoisonError::into_inner)
    }
    pub(super) fn positions_mut(&self) -> RwLockWriteGuard<'_, Positions> {
        self.positions.write().unwrap_or_else(PoisonError::into_inner)
    }
    pub(super) fn asked(&self) -> MutexGuard<'_, Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(super) fn bundles(&self) -> MutexGuard<'_, Bundles> {
        self.bundles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tile or bundle of this number that the checkpoint's size has, partial if it is the last.
    pub(super) fn tile_of(&self, level: Option<u8>, index: u64) -> Tile {
        let count = match level {
            Some(level) => almoner_proof::tile::hashes_at(level, self.size),
            None => self.size,
        };
        let left = count.saturating_sub(index.saturating_mul(TILE_WIDTH)).min(TILE_WIDTH);
        Tile { level, index, width: u16::try_from(left).unwrap_or(256) }
    }
}

/// A source's error as a finding about what begins at `index`.
pub(super) fn unread(error: &SourceError, index: Option<u64>) -> Finding {
    match error {
        SourceError::Unreachable { .. } => Finding::unchecked("source.unreachable", index, error),
        SourceError::Wrong { .. } => Finding::refutes("tile.malformed", index, error),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Tiles by path, which a test can change while an audit reads them.
    #[derive(Default)]
    pub(in crate::audit) struct Tiles(pub(in crate::audit) Mutex<BTreeMap<String, Vec<u8>>>);

    impl Source for Tiles {
        fn checkpoint(&self) -> Result<Vec<u8>, SourceError> {
            Ok(Vec::new())
        }
        fn tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>, SourceError> {
            Ok(self.0.lock().unwrap().get(&tile.to_string()).cloned())
        }
        fn name(&self) -> String {
            "memory".to_owned()
        }
    }
}
