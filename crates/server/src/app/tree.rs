//! The Merkle tree of the log in memory: every hash from level 8 up (1/256 of the leaves), the
//! leaves of the last, incomplete tile, and the right edge. Level 0 is in the store, and held against this when it is
//! read (`verified.rs`).
//!
//! One thread owns the tree and grows it. What it shows to readers is a [`Grown`]: the tree at one size, which never
//! changes, and which costs the owner no more than the last tile's leaves, because hashes that stand stay where they are.

// Saturating: sizes of the log and positions in it, which do not come near the edge.

use super::row::Row;
use almoner_proof::Hash;
use almoner_proof::merkle::{Frontier, root_of};
use almoner_proof::tile::TILE_WIDTH;
use std::sync::Arc;

/// Levels above the leaves that a tree of 2^64 leaves has.
const LEVELS: usize = 8;

/// `[k]` holds the roots of full subtrees of 256^(k+1) leaves.
type Rows = [Row; LEVELS];

/// The tree, for the one who grows it.
#[derive(Debug, Default)]
pub(super) struct Tree {
    frontier: Frontier,
    rows: Arc<Rows>,
    /// Leaves of the incomplete tile.
    tail: Vec<Hash>,
}

/// The tree as it was at one size, for readers.
#[derive(Debug, Clone, Default)]
pub(super) struct Grown {
    size: u64,
    /// What is above the size here was appended since, and is not looked at.
    rows: Arc<Rows>,
    tail: Arc<[Hash]>,
}

impl Tree {
    /// Appends a leaf hash.
    pub(super) fn push(&mut self, leaf: Hash) {
        self.frontier.push(leaf);
        self.tail.push(leaf);
        if self.tail.len() as u64 == TILE_WIDTH {
            let node = root_of(&self.tail);
            self.tail.clear();
            self.raise(node);
        }
    }

    /// Appends a full tile by the node above it; there is no leaf behind the last full one.
    pub(super) fn push_tile(&mut self, node: Hash) {
        self.frontier.push_subtree(8, node);
        self.raise(node);
    }

    /// Puts the node above the last full tile into its row, and what is full above it.
    fn raise(&mut self, mut node: Hash) {
        let mut count = self.size() / TILE_WIDTH;
        for row in self.rows.iter() {
            row.set(count.saturating_sub(1), node);
            if !count.is_multiple_of(TILE_WIDTH) {
                break;
            }
            node = root_of(&row.stretch(count.saturating_sub(TILE_WIDTH), count));
            count /= TILE_WIDTH;
        }
    }

    /// Its right edge.
    pub(super) fn frontier(&self) -> &Frontier {
        &self.frontier
    }

    /// Leaves.
    pub(super) fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Root over all leaves.
    pub(super) fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// The tree as it is now, to be shown.
    pub(super) fn grown(&self) -> Grown {
        Grown { size: self.size(), rows: Arc::clone(&self.rows), tail: self.tail.as_slice().into() }
    }
}

impl Grown {
    /// Leaves.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// What is known in memory of the leaves of a tile of level 0, by its number.
    pub(super) fn over(&self, number: u64) -> Over {
        if number == self.size / TILE_WIDTH {
            return Over::Leaves(Arc::clone(&self.tail));
        }
        self.row(1, number, number.saturating_add(1)).first().map_or(Over::Nothing, |node| Over::Node(*node))
    }

    /// Hashes of a level above 0; fewer than asked for where the tree ends.
    pub(super) fn row(&self, level: u32, from: u64, to: u64) -> Vec<Hash> {
        let end = self.size.checked_shr(level.saturating_mul(8)).unwrap_or(0);
        let row = level.checked_sub(1).and_then(|row| self.rows.get(row as usize));
        row.map_or_else(Vec::new, |row| row.stretch(from.min(end), to.min(end)))
    }
}

/// What holds the leaves of a tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Over {
    /// The tile is full: the root over it.
    Node(Hash),
    /// The tile is the last one: its leaves themselves.
    Leaves(Arc<[Hash]>),
    /// The tree does not reach there.
    Nothing,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(index: u64) -> Hash {
        Hash::of(&index.to_be_bytes())
    }

    /// What a tree of so many leaves is, from the leaves.
    fn is_whole(grown: &Grown, leaves: &[Hash]) {
        let tiles: Vec<Hash> = leaves.chunks_exact(256).map(root_of).collect();
        let above: Vec<Hash> = tiles.chunks_exact(256).map(root_of).collect();
        assert_eq!(grown.size(), leaves.len() as u64);
        assert_eq!(grown.row(1, 0, u64::MAX), tiles);
        assert_eq!(grown.row(2, 0, u64::MAX), above);
        assert_eq!(grown.row(0, 0, 10), []);
        for level in 3..10 {
            assert_eq!(grown.row(level, 0, 10), []);
        }
        for (number, tile) in (0..).zip(&tiles) {
            assert_eq!(grown.over(number), Over::Node(*tile));
        }
        let tail = &leaves[tiles.len() * 256..];
        assert_eq!(grown.over(tiles.len() as u64), Over::Leaves(tail.into()));
        assert_eq!(grown.over(tiles.len() as u64 + 1), Over::Nothing);
    }

    #[test]
    fn what_was_shown_stays_while_the_tree_grows() {
        let leaves: Vec<Hash> = (0..70_000).map(leaf).collect();
        let mut tree = Tree::default();
        let mut shown = vec![(0, tree.grown())];
        for (size, leaf) in (1..).zip(&leaves) {
            tree.push(*leaf);
            if [1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 70_000].contains(&size) {
                assert_eq!(tree.root(), root_of(&leaves[..size]));
                shown.push((size, tree.grown()));
            }
        }
        for (size, grown) in shown {
            is_whole(&grown, &leaves[..size]);
        }
        let mut by_tiles = Tree::default();
        leaves.chunks_exact(256).for_each(|tile| by_tiles.push_tile(root_of(tile)));
        is_whole(&by_tiles.grown(), &leaves[..leaves.len() / 256 * 256]);
        leaves[leaves.len() / 256 * 256..].iter().for_each(|leaf| by_tiles.push(*leaf));
        is_whole(&by_tiles.grown(), &leaves);
        assert_eq!(by_tiles.root(), root_of(&leaves));
    }
}
