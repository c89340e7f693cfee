//! The Merkle tree as the audit recomputes it from content, in memory for roots of every size.
//!
//! Kept: every full subtree of 256 leaves or more (64 bytes per 256 events: 2.5 MiB at 10 million),
//! and all nodes of the newest bundles. What lies inside an older bundle is read again from its
//! tile, which must hash to the subtree that is kept; so nothing that is read twice is trusted.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use almoner_proof::Hash;
use almoner_proof::merkle::{fold_peaks, node_hash};
use std::collections::VecDeque;
use std::sync::Arc;

/// Bundles whose nodes stay in memory: 512 of 16 KiB are 8 MiB, and the last 131,072 events.
pub(super) const RECENT: usize = 512;

/// The nodes inside one bundle: at `levels[k]` the roots of its full subtrees of 2^k leaves.
#[derive(Debug)]
pub(super) struct Nodes {
    levels: Vec<Vec<Hash>>,
}

impl Nodes {
    /// Over 1 to 256 leaf hashes.
    pub(super) fn of(leaves: Vec<Hash>) -> Nodes {
        let mut levels = vec![leaves];
        while let Some(last) = levels.last().filter(|last| last.len() > 1) {
            let next = last.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
            levels.push(next);
        }
        Nodes { levels }
    }

    /// A leaf's hash.
    pub(super) fn leaf(&self, at: usize) -> Option<Hash> {
        self.node(0, at)
    }

    /// All leaf hashes.
    pub(super) fn leaves(&self) -> &[Hash] {
        self.levels.first().map_or(&[], Vec::as_slice)
    }

    fn node(&self, level: usize, at: usize) -> Option<Hash> {
        self.levels.get(level)?.get(at).copied()
    }

    /// The root of all 256, if there are 256.
    pub(super) fn full(&self) -> Option<Hash> {
        self.node(8, 0)
    }
}

/// A hash of an upper tile that content now determines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Upper {
    /// Level of tiles, 1 and up.
    pub(super) level: u8,
    /// Its place at that level.
    pub(super) at: u64,
    /// The hash.
    pub(super) hash: Hash,
}

/// The tree so far.
#[derive(Debug, Default)]
pub(super) struct Tree {
    size: u64,
    /// At `upper[k]` the roots of full subtrees of 2^(8+k) leaves.
    upper: Vec<Vec<Hash>>,
    recent: VecDeque<Arc<Nodes>>,
    /// Number of the first bundle in `recent`.
    recent_from: u64,
}

impl Tree {
    /// Leaves so far.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Appends a bundle; all but the last are full. Gives the hashes of upper tiles that it completes.
    pub(super) fn push(&mut self, nodes: Arc<Nodes>) -> Vec<Upper> {
        self.size = self.size.saturating_add(nodes.leaves().len() as u64);
        let full = nodes.full();
        self.recent.push_back(nodes);
        if self.recent.len() > RECENT {
            self.recent.pop_front();
            self.recent_from = self.recent_from.saturating_add(1);
        }
        let mut completed = Vec::new();
        let (mut carry, mut level) = (full, 0usize);
        while let Some(hash) = carry.take() {
            if self.upper.len() == level {
                self.upper.push(Vec::new());
            }
            let Some(row) = self.upper.get_mut(level) else { break };
            row.push(hash);
            if level.is_multiple_of(8) {
                let tile_level = u8::try_from(level / 8).unwrap_or(u8::MAX).saturating_add(1);
                completed.push(Upper { level: tile_level, at: (row.len() as u64).saturating_sub(1), hash });
            }
            if let [.., left, right] = row.as_slice()
                && row.len().is_multiple_of(2)
            {
                carry = Some(node_hash(left, right));
            }
            level = level.saturating_add(1);
        }
        completed
    }

    /// The nodes of a bundle, if it is one of the newest.
    pub(super) fn recent(&self, bundle: u64) -> Option<Arc<Nodes>> {
        let at = usize::try_from(bundle.checked_sub(self.recent_from)?).ok()?;
        self.recent.get(at).map(Arc::clone)
    }

    /// The root of a full bundle.
    pub(super) fn full(&self, bundle: u64) -> Option<Hash> {
        self.upper.first()?.get(usize::try_from(bundle).ok()?).copied()
    }

    /// The root at a size up to [`Tree::size`]; `cut` are the nodes of the bundle that the size cuts.
    pub(super) fn root_at(&self, size: u64, cut: Option<&Nodes>) -> Option<Hash> {
        let mut peaks = Vec::with_capacity(24);
        for level in (0..u64::BITS).rev().filter(|level| (size >> level) & 1 == 1) {
            // The bit is set, so the last full subtree of this level ends where the higher bits do.
            let at = (size >> level).saturating_sub(1);
            let peak = match level.checked_sub(8) {
                Some(upper) => self.upper.get(upper as usize)?.get(usize::try_from(at).ok()?).copied()?,
                None => {
                    let before = (size >> 8) << 8u32.saturating_sub(level);
                    cut?.node(level as usize, usize::try_from(at.saturating_sub(before)).ok()?)?
                }
            };
            peaks.push(peak);
        }
        Some(fold_peaks(&peaks))
    }
}

/// The hashes of a tile.
pub(super) fn hashes(bytes: &[u8]) -> Vec<Hash> {
    bytes.as_chunks::<32>().0.iter().map(|hash| Hash(*hash)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use almoner_proof::merkle::{leaf_hash, root_of};

    #[test]
    fn the_root_at_every_size_is_that_of_its_leaves() {
        let leaves: Vec<Hash> = (0u32..1100).map(|n| leaf_hash(&n.to_be_bytes())).collect();
        let mut tree = Tree::default();
        let mut completed = Vec::new();
        for chunk in leaves.chunks(256) {
            completed.extend(tree.push(Arc::new(Nodes::of(chunk.to_vec()))));
        }
        assert_eq!(tree.size(), 1100);
        assert_eq!(completed.iter().map(|u| (u.level, u.at)).collect::<Vec<_>>(), [(1, 0), (1, 1), (1, 2), (1, 3)]);
        assert_eq!(completed[2].hash, root_of(&leaves[512..768]));
        for size in 1..=leaves.len() {
            let cut = tree.recent(size as u64 >> 8);
            assert_eq!(tree.root_at(size as u64, cut.as_deref()), Some(root_of(&leaves[..size])), "{size}");
        }
    }

    #[test]
    fn a_level_two_hash_completes_with_its_last_bundle() {
        let nodes = Arc::new(Nodes::of(vec![leaf_hash(b"x"); 256]));
        let mut tree = Tree::default();
        let completed: Vec<Upper> = (0..256).flat_map(|_| tree.push(Arc::clone(&nodes))).collect();
        let last = completed.last().unwrap();
        assert_eq!((completed.len(), last.level, last.at), (257, 2, 0));
        assert_eq!(Some(last.hash), tree.root_at(65_536, None));
    }
}
