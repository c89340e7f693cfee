//! The Merkle tree of the log in memory: every hash from level 8 up (1/256 of the leaves), the
//! leaves of the last, incomplete tile, and the right edge. Level 0 is read from the store.

use almoner_proof::Hash;
use almoner_proof::merkle::{Frontier, Subtrees, fold_peaks, root_of};
use almoner_proof::tile::{TILE_WIDTH, Tile, hashes_at};
use almoner_store::{Log, StoreError};

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

    /// The hashes of a tile, as served; `None` if the tree of `size` does not have it.
    ///
    /// # Errors
    /// Those of the store.
    pub fn tile(&self, log: &dyn Log, tile: &Tile, size: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(level) = tile.level else { return Ok(None) };
        let from = tile.index.saturating_mul(TILE_WIDTH);
        let to = from.saturating_add(u64::from(tile.width));
        if to > hashes_at(level, size.min(self.size())) {
            return Ok(None);
        }
        let hashes: Vec<Hash> = match level.checked_sub(1) {
            None => self.leaves(log, from, to)?,
            Some(row) => self.row(usize::from(row), from, to).to_vec(),
        };
        Ok(Some(hashes.iter().flat_map(|hash| hash.0).collect()))
    }

    fn row(&self, row: usize, from: u64, to: u64) -> &[Hash] {
        let (from, to) = (usize::try_from(from).unwrap_or(usize::MAX), usize::try_from(to).unwrap_or(usize::MAX));
        self.levels.get(row).and_then(|row| row.get(from..to)).unwrap_or_default()
    }

    fn leaves(&self, log: &dyn Log, from: u64, to: u64) -> Result<Vec<Hash>, StoreError> {
        let tail_from = self.size().saturating_sub(self.tail.len() as u64);
        if from >= tail_from {
            let at = |index: u64| usize::try_from(index.saturating_sub(tail_from)).unwrap_or(usize::MAX);
            return Ok(self.tail.get(at(from)..at(to)).unwrap_or_default().to_vec());
        }
        Ok(log.leaves(from, to)?.into_iter().map(Hash).collect())
    }
}

/// Tree and store together give every subtree's root, so every proof.
pub struct Proofs<'a> {
    /// The tree.
    pub tree: &'a Tree,
    /// Where level 0 is.
    pub log: &'a dyn Log,
}

impl Subtrees for Proofs<'_> {
    type Error = StoreError;

    fn subtree(&mut self, level: u32, index: u64) -> Result<Hash, StoreError> {
        let row = (level / 8).checked_sub(1);
        let width = 1u64 << (level % 8);
        let from = index.saturating_mul(width);
        let hashes = match row {
            None => self.tree.leaves(self.log, from, from.saturating_add(width))?,
            Some(row) => self.tree.row(row as usize, from, from.saturating_add(width)).to_vec(),
        };
        // Every subtree asked for is full, so folding leaf by leaf gives exactly its root.
        Ok(if hashes.len() as u64 == width { root_of(&hashes) } else { fold_peaks(&hashes) })
    }
}
