//! Reading a ledger's directory beside a running node, or without one: only what is published.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use super::directory::LedgerDirectory;
use super::tree::{Grown, Tree};
use super::verified::{Damage, ReadError, Verified};
use almoner_proof::tile::{Tile, push_entry};
use almoner_proof::{Checkpoint, Hash};
use almoner_store::{Log, Pinned, SqliteLog, StoreError};

/// A ledger opened for reading.
pub struct Reader {
    log: SqliteLog,
    tree: Grown,
    published: Pinned,
    /// Why nothing of it can be believed, if so.
    damage: Option<Damage>,
}

impl Reader {
    /// Opens the store without its lock and reads the leaves of a published checkpoint: of that
    /// size, or the newest.
    ///
    /// # Errors
    /// Those of the store; `None` when no such checkpoint was published.
    pub fn open(directory: &LedgerDirectory, size: Option<u64>) -> Result<Option<Reader>, StoreError> {
        let path = directory.readable();
        let is_copy = path == directory.mirror();
        let log = if is_copy { SqliteLog::open_copy(path)? } else { SqliteLog::open_read_only(path)? };
        let mut published = log.latest_checkpoint()?;
        if size.is_some_and(|size| published.as_ref().is_none_or(|newest| newest.size != size)) {
            published = None;
            log.checkpoints(size.unwrap_or_default(), &mut |checkpoint| {
                published = (Some(checkpoint.size) == size).then(|| checkpoint.clone());
                false
            })?;
        }
        let Some(published) = published else { return Ok(None) };
        let mut tree = Tree::default();
        let mut from = 0;
        while from < published.size {
            let to = from.saturating_add(1 << 16).min(published.size);
            for leaf in log.leaves(from, to)? {
                tree.push(Hash(leaf));
            }
            from = to;
        }
        let told = Checkpoint::of_note(&published.note);
        let damage = if told.is_none_or(|told| (told.size, told.root.0) != (published.size, published.root)) {
            Some(format!("the published checkpoint of size {} is not what its note says", published.size))
        } else if tree.root().0 != published.root {
            Some(format!("the first {} leaf hashes do not have the published root", published.size))
        } else {
            None
        };
        let damage = damage.map(|what| Damage::at(None, format!("{what}: `almoner audit` of it names the entry")));
        Ok(Some(Reader { log, tree: tree.grown(), published, damage }))
    }

    /// The newest published checkpoint's note.
    #[must_use]
    pub fn checkpoint(&self) -> &[u8] {
        &self.published.note
    }

    /// A tile or bundle of the published size; `None` if there is no such tile.
    ///
    /// # Errors
    /// See [`ReadError`]: every byte is hashed up to the published root.
    pub fn tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>, ReadError> {
        match &self.damage {
            Some(damage) => Err(ReadError::Damaged(damage.clone())),
            None => self.verified().tile(tile, self.published.size),
        }
    }

    /// As [`Reader::tile`], but with the bytes that are stored, whatever they are: for an audit, which judges them itself
    /// and names the first that cannot be right.
    ///
    /// # Errors
    /// Those of the store.
    pub fn stored_tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>, StoreError> {
        let from = tile.index.saturating_mul(256);
        let to = from.saturating_add(u64::from(tile.width));
        let mut bytes = Vec::new();
        match tile.level {
            // Computed from the stored leaf hashes, so what they are is what is told.
            Some(1..) => return Ok(self.verified().tile(tile, self.published.size).ok().flatten()),
            Some(0) if to <= self.published.size => {
                bytes.extend(self.log.leaves(from, to)?.iter().flatten());
            }
            None if to <= self.published.size => {
                let mut whole = true;
                self.log.read(from, to, &mut |_, entry| {
                    whole = push_entry(&mut bytes, entry);
                    whole
                })?;
                if !whole {
                    return Ok(None);
                }
            }
            Some(_) | None => return Ok(None),
        }
        Ok(Some(bytes))
    }

    fn verified(&self) -> Verified<'_> {
        Verified::new(&self.log, self.tree.clone(), |_| {})
    }
}
