//! The one way by which stored bytes leave: whatever is read is hashed against the tree in memory first.
//!
//! An entry must have its leaf's hash, and the 256 leaf hashes of a tile must have the node above them; the leaves of
//! the last tile are in memory themselves. So a changed entry shows, a changed leaf hash, and both changed so that they
//! fit each other. Where leaf hashes are damaged the entries may still be sound: then they prove the hashes, and are served.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use super::tree::{Grown, Over};
use almoner_proof::merkle::{Subtrees, inclusion_path, leaf_hash, range_root, root_of};
use almoner_proof::tile::{TILE_WIDTH, Tile, hashes_at, push_entry};
use almoner_proof::{Envelope, Hash};
use almoner_store::{Log, StoreError};
use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// Stored bytes that are not what they were.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The first entry that it concerns, where that is known.
    pub index: Option<u64>,
    /// What is wrong, and with which entry.
    pub what: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Damage {
    pub(super) fn at(index: impl Into<Option<u64>>, what: impl Into<String>) -> Damage {
        Damage { index: index.into(), what: what.into() }
    }
}

/// Why nothing was read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// What is stored is not what it was; the node has taken note of it.
    #[error("stored data is damaged: {0}; keep this copy as it is, and restore a verified one")]
    Damaged(Damage),
    /// The store could not be read, which says nothing about what it holds.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> ReadError {
        match error {
            StoreError::Corrupt { index: Some(index), what } => {
                ReadError::Damaged(Damage::at(index, format!("entry {index}: {what}")))
            }
            StoreError::Corrupt { index: None, what } => ReadError::Damaged(Damage::at(None, what)),
            // The files were sound when they were opened.
            StoreError::NotALedger { .. } | StoreError::Displaced { .. } => {
                ReadError::Damaged(Damage::at(None, error.to_string()))
            }
            error => ReadError::Store(error),
        }
    }
}

/// Leaf hashes of a tile that are known to be right.
#[derive(Clone)]
struct Proven {
    number: u64,
    leaves: Arc<[Hash]>,
    /// What is wrong with the stored ones, where the entries had to prove them.
    damage: Option<Damage>,
}

impl Proven {
    fn leaf(&self, index: u64) -> Option<Hash> {
        let at = usize::try_from(index.checked_sub(self.number.saturating_mul(TILE_WIDTH))?).ok()?;
        self.leaves.get(at).copied()
    }
}

/// Verified reads for one answer.
pub struct Verified<'a> {
    log: &'a dyn Log,
    /// As it was when this began; it never changes.
    tree: Grown,
    /// Told of all damage, also of such as does not keep the answer from being right.
    alarm: Box<dyn Fn(&Damage) + 'a>,
    /// The tile that was looked at last: what one answer is made of mostly stands together.
    last: RefCell<Option<Proven>>,
    /// What kept [`Verified::note_at`] or [`Verified::path_at`] from answering.
    failed: RefCell<Option<ReadError>>,
}

impl<'a> Verified<'a> {
    pub(super) fn new(log: &'a dyn Log, tree: Grown, alarm: impl Fn(&Damage) + 'a) -> Verified<'a> {
        Verified { log, tree, alarm: Box::new(alarm), last: RefCell::default(), failed: RefCell::default() }
    }

    /// The bytes of an entry; `None` if there is none, or none that is in the tree yet.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let Some(leaf) = self.proven(index / TILE_WIDTH)?.and_then(|proven| proven.leaf(index)) else {
            return Ok(None);
        };
        let bytes = self.told(self.log.entry(index))?.unwrap_or_default();
        self.expect(index, &bytes, leaf)?;
        Ok(Some(bytes))
    }

    /// The note at a log index; `None` if there is none.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn note(&self, index: u64) -> Result<Option<Envelope>, ReadError> {
        Ok(self.entry(index)?.and_then(|bytes| Envelope::parse(&bytes).ok()))
    }

    /// [`Verified::note`] for whoever takes no errors; [`Verified::finish`] says whether there was one.
    pub fn note_at(&self, index: u64) -> Option<Envelope> {
        self.remember(self.note(index))?
    }

    /// The inclusion path of a log index in the tree of `size`.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn path(&self, index: u64, size: u64) -> Result<Vec<Hash>, ReadError> {
        inclusion_path(&mut &*self, index, size)
    }

    /// [`Verified::path`], as [`Verified::note_at`].
    pub fn path_at(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        self.remember(self.path(index, size))
    }

    /// What was made from reads that took no errors, if there were none.
    ///
    /// # Errors
    /// The first of them.
    pub fn finish<T>(self, made: T) -> Result<T, ReadError> {
        self.failed.into_inner().map_or(Ok(made), Err)
    }

    /// The root over the first `size` entries.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn root(&self, size: u64) -> Result<Hash, ReadError> {
        range_root(&mut &*self, 0, size)
    }

    /// A tile or bundle of a log of `size`, as served; `None` if there is no such tile.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub fn tile(&self, tile: &Tile, size: u64) -> Result<Option<Vec<u8>>, ReadError> {
        let level = tile.level.unwrap_or(0);
        let from = tile.index.saturating_mul(TILE_WIDTH);
        let to = from.saturating_add(u64::from(tile.width));
        let size = size.min(self.tree.size());
        if to > hashes_at(level, size) {
            return Ok(None);
        }
        if tile.level.is_none() {
            return self.bundle(tile.index, from..to).map(Some);
        }
        let hashes = match level {
            0 => {
                let proven = self.proven(tile.index)?;
                // What is asked for are the very bytes that are damaged.
                if let Some(damage) = proven.as_ref().and_then(|proven| proven.damage.clone()) {
                    return Err(ReadError::Damaged(damage));
                }
                let leaves = proven.map(|proven| proven.leaves);
                leaves.as_deref().and_then(|leaves| leaves.get(..usize::from(tile.width))).map(<[Hash]>::to_vec)
            }
            level => Some(self.tree.row(u32::from(level), from, to)),
        };
        Ok(hashes.map(|hashes| hashes.iter().flat_map(|hash| hash.0).collect()))
    }

    fn bundle(&self, number: u64, range: Range<u64>) -> Result<Vec<u8>, ReadError> {
        let proven = self.proven(number)?;
        let leaf = |index| proven.as_ref().and_then(|proven| proven.leaf(index)).unwrap_or_default();
        let (mut bundle, mut checked, mut next) = (Vec::new(), Ok(()), range.start);
        let read = self.log.read(range.start, range.end, &mut |index, bytes| {
            checked = self.expect(index, bytes, leaf(index));
            next = index.saturating_add(1);
            checked.is_ok() && push_entry(&mut bundle, bytes)
        });
        self.told(read)?;
        checked?;
        if next < range.end {
            return Err(self.damaged(Damage::at(next, format!("entry {next} is not there any more"))));
        }
        Ok(bundle)
    }

    /// Reads a tile with everything that is stored of it, also what need not be read to be served. Gives the bytes that
    /// were read.
    pub(super) fn look_at(&self, number: u64) -> Result<u64, ReadError> {
        let from = number.saturating_mul(TILE_WIDTH);
        let over = self.tree.over(number);
        let known = match over {
            Over::Leaves(leaves) => Some(leaves),
            Over::Node(_) => None,
            Over::Nothing => return Ok(0),
        };
        let proven = self.proven(number)?;
        let leaves = proven.map(|proven| proven.leaves).unwrap_or_default();
        let to = from.saturating_add(leaves.len() as u64);
        // The leaves of the last tile are in memory, so nothing has looked at the stored ones.
        if let Some(known) = known {
            let stored = self.told(self.log.leaves(from, to))?;
            for (index, (known, stored)) in (from..).zip(known.iter().zip(&stored)) {
                if known.0 != *stored {
                    return Err(self.damaged(leaf_differs(index)));
                }
            }
        }
        let entries = self.bundle(number, from..to)?;
        Ok((leaves.len() as u64).saturating_mul(32).saturating_add(entries.len() as u64))
    }

    /// Leaf hashes of a tile that are right; `None` where the tree does not reach.
    fn proven(&self, number: u64) -> Result<Option<Proven>, ReadError> {
        if let Some(last) = self.last.borrow().as_ref().filter(|last| last.number == number) {
            return Ok(Some(last.clone()));
        }
        let over = self.tree.over(number);
        let proven = match over {
            Over::Nothing => return Ok(None),
            Over::Leaves(leaves) => Proven { number, leaves, damage: None },
            Over::Node(node) => self.prove(number, node)?,
        };
        *self.last.borrow_mut() = Some(proven.clone());
        Ok(Some(proven))
    }

    fn prove(&self, number: u64, node: Hash) -> Result<Proven, ReadError> {
        let from = number.saturating_mul(TILE_WIDTH);
        let to = from.saturating_add(TILE_WIDTH);
        // A row that is not there differs like one that was changed.
        let stored = match self.log.leaves(from, to) {
            Ok(stored) => stored.into_iter().map(Hash).collect(),
            Err(StoreError::Corrupt { .. }) => Vec::new(),
            Err(error) => return Err(self.fail(error.into())),
        };
        if is_tile(&stored, node) {
            return Ok(Proven { number, leaves: stored.into(), damage: None });
        }
        let mut hashed = Vec::new();
        let read = self.log.read(from, to, &mut |_, bytes| {
            hashed.push(leaf_hash(bytes));
            true
        });
        let differs = (from..to).zip(stored.iter().zip(&hashed)).find(|(_, (stored, hashed))| stored != hashed);
        let first = differs.map(|(index, _)| index);
        if read.is_ok() && is_tile(&hashed, node) {
            let damage = leaf_differs(first.unwrap_or(from));
            (self.alarm)(&damage);
            return Ok(Proven { number, leaves: hashed.into(), damage: Some(damage) });
        }
        self.told(read)?;
        Err(self.damaged(match first {
            Some(index) => Damage::at(index, format!("entry {index} and its leaf hash are not what was signed")),
            None => Damage::at(
                from,
                format!("one of the entries {from} to {} was changed, and its leaf hash with it", to.saturating_sub(1)),
            ),
        }))
    }

    fn expect(&self, index: u64, bytes: &[u8], leaf: Hash) -> Result<(), ReadError> {
        if leaf_hash(bytes) == leaf {
            return Ok(());
        }
        Err(self.damaged(Damage::at(index, format!("entry {index} is not what was signed"))))
    }

    fn told<T>(&self, read: Result<T, StoreError>) -> Result<T, ReadError> {
        read.map_err(|error| self.fail(error.into()))
    }

    fn damaged(&self, damage: Damage) -> ReadError {
        self.fail(ReadError::Damaged(damage))
    }

    fn fail(&self, error: ReadError) -> ReadError {
        if let ReadError::Damaged(damage) = &error {
            (self.alarm)(damage);
        }
        error
    }

    fn remember<T>(&self, read: Result<T, ReadError>) -> Option<T> {
        match read {
            Ok(read) => Some(read),
            Err(error) => {
                self.failed.borrow_mut().get_or_insert(error);
                None
            }
        }
    }
}

fn is_tile(leaves: &[Hash], node: Hash) -> bool {
    leaves.len() as u64 == TILE_WIDTH && root_of(leaves) == node
}

fn leaf_differs(index: u64) -> Damage {
    Damage::at(index, format!("the leaf hash of entry {index} is not what it was"))
}

/// Tree and store together give every subtree's root, so every proof.
impl Subtrees for &Verified<'_> {
    type Error = ReadError;

    fn subtree(&mut self, level: u32, index: u64) -> Result<Hash, ReadError> {
        let width = 1u64 << (level % 8);
        let from = index.saturating_mul(width);
        let to = from.saturating_add(width);
        let hashes = if level < 8 {
            let proven = self.proven(from / TILE_WIDTH)?;
            (from..to).map_while(|index| proven.as_ref()?.leaf(index)).collect()
        } else {
            self.tree.row(level / 8, from, to)
        };
        // Every subtree asked for is full, so folding leaf by leaf gives exactly its root.
        Ok(root_of(&hashes))
    }
}
