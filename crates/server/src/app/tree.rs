//! The Merkle tree of the log in memory: every hash from level 8 up (1/256 of the leaves), the
//! leaves of the last, incomplete tile, and the right edge. Level 0 is in the store, and held against this when it is
//! read ([`Verified`](super::verified::Verified)).

use almoner_proof::Hash;
use almoner_proof::merkle::{Frontier, root_of};
use almoner_proof::tile::TILE_WIDTH;

/// What the node keeps of the tree.
#[derive(Debug, Default)]
pub struct Tree {
    frontier: Frontier,
    /// `[k]` holds the roots of full subtrees of 256^(k+1) leaves.
    levels: Vec<Vec<Hash>>,
    /// Leaves of the incomplete tile.
    tail: Vec<Hash>,
}

impl Tree {
    /// Appends a leaf hash.
    pub fn push(&mut self, leaf: Hash) {
        self.frontier.push(leaf);
        self.tail.push(leaf);
        if self.tail.len() as u64 == TILE_WIDTH {
            let mut node = root_of(&self.tail);
            self.tail.clear();
            for level in 0.. {
                if self.levels.len() == level {
                    self.levels.push(Vec::new());
                }
                let Some(row) = self.levels.get_mut(level) else { break };
                row.push(node);
                if !(row.len() as u64).is_multiple_of(TILE_WIDTH) {
                    break;
                }
                node = root_of(row.get(row.len().saturating_sub(256)..).unwrap_or_default());
            }
        }
    }

    /// Leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Root over all leaves.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// What is known in memory of the leaves of a tile of level 0, by its number.
    pub(super) fn over(&self, number: u64) -> Over {
        match usize::try_from(number).ok().and_then(|number| self.levels.first()?.get(number)) {
            Some(node) => Over::Node(*node),
            None if number == self.size() / TILE_WIDTH => Over::Leaves(self.tail.clone()),
            None => Over::Nothing,
        }
    }

    /// Hashes of a level above 0; fewer than asked for where the tree ends.
    pub(super) fn row(&self, level: u32, from: u64, to: u64) -> Vec<Hash> {
        let row = level.checked_sub(1).and_then(|row| self.levels.get(row as usize)).map_or(&[][..], Vec::as_slice);
        let end = row.len();
        let (from, to) = (usize::try_from(from).unwrap_or(end).min(end), usize::try_from(to).unwrap_or(end).min(end));
        row.get(from..to).unwrap_or_default().to_vec()
    }
}

/// What holds the leaves of a tile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Over {
    /// The tile is full: the root over it.
    Node(Hash),
    /// The tile is the last one: its leaves themselves.
    Leaves(Vec<Hash>),
    /// The tree does not reach there.
    Nothing,
}
