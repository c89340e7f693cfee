//! Hashes that are only ever appended, by one, and read meanwhile by others, without a lock and without a copy.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use almoner_proof::Hash;
use std::sync::OnceLock;

/// Hashes of the first block; each further one has twice as many, so that no hash is ever moved.
const FIRST: u64 = 256;
/// Blocks for as many hashes as a level above the leaves can have.
const BLOCKS: usize = 49;

/// A row of hashes.
#[derive(Debug)]
pub(super) struct Row([OnceLock<Block>; BLOCKS]);

type Block = Box<[OnceLock<Hash>]>;

impl Default for Row {
    fn default() -> Row {
        Row([const { OnceLock::new() }; BLOCKS])
    }
}

/// The block of a place, how many hashes it has, and where the place is in it.
fn place(at: u64) -> (usize, usize, usize) {
    let number = (at / FIRST).saturating_add(1).ilog2();
    let size = FIRST << number;
    (number as usize, size as usize, at.saturating_sub(size.saturating_sub(FIRST)) as usize)
}

impl Row {
    /// Appends a hash at its place, which is the next one.
    pub(super) fn set(&self, at: u64, hash: Hash) {
        let (number, size, at) = place(at);
        let Some(block) = self.0.get(number) else { return };
        let block = block.get_or_init(|| (0..size).map(|_| OnceLock::new()).collect());
        // A place is set once: only the tree's owner appends, and it never goes back.
        if let Some(place) = block.get(at) {
            place.get_or_init(|| hash);
        }
    }

    /// The hashes of a stretch, up to the first that is not there.
    pub(super) fn stretch(&self, from: u64, to: u64) -> Vec<Hash> {
        (from..to).map_while(|at| self.get(at)).collect()
    }

    fn get(&self, at: u64) -> Option<Hash> {
        let (number, _, at) = place(at);
        self.0.get(number)?.get()?.get(at)?.get().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_its_own() {
        let row = Row::default();
        let hash = |at: u64| Hash::of(&at.to_be_bytes());
        for at in 0..10_000 {
            assert_eq!(row.get(at), None);
            row.set(at, hash(at));
        }
        assert_eq!(row.stretch(0, 20_000), (0..10_000).map(hash).collect::<Vec<_>>());
        assert_eq!((place(0), place(255), place(256)), ((0, 256, 0), (0, 256, 255), (1, 512, 0)));
        assert_eq!((place(767), place(768)), ((1, 512, 511), (2, 1024, 0)));
        // Levels of a tree of 2^64 leaves have at most 2^56 hashes.
        assert!(place((1 << 56) - 1).0 < BLOCKS);
    }
}
