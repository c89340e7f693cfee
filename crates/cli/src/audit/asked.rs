//! Roots and old tiles that were asked for before.

use super::tree::Nodes;
use almoner_proof::Hash;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Older tiles that were read again: 256 of 16 KiB are 4 MiB.
const REREAD: usize = 256;
/// Roots that were asked for: 65,536 of about 56 bytes are 3.5 MiB.
const ROOTS: usize = 65_536;

/// The newest of them.
#[derive(Debug, Default)]
pub(super) struct Asked {
    roots: BTreeMap<u64, Hash>,
    tiles: VecDeque<(u64, Arc<Nodes>)>,
}

impl Asked {
    /// The root at a size.
    pub(super) fn root(&self, size: u64) -> Option<Hash> {
        self.roots.get(&size).copied()
    }

    pub(super) fn keep_root(&mut self, size: u64, root: Hash) {
        if self.roots.len() >= ROOTS {
            // Authors see ever newer checkpoints, so the smallest size is the least likely to be asked again.
            self.roots.pop_first();
        }
        self.roots.insert(size, root);
    }

    /// The nodes of a bundle.
    pub(super) fn nodes(&self, bundle: u64) -> Option<Arc<Nodes>> {
        self.tiles.iter().find(|(number, _)| *number == bundle).map(|(_, nodes)| Arc::clone(nodes))
    }

    pub(super) fn keep_nodes(&mut self, bundle: u64, nodes: Arc<Nodes>) {
        self.tiles.push_back((bundle, nodes));
        if self.tiles.len() > REREAD {
            self.tiles.pop_front();
        }
    }
}
