//! Reading a ledger's directory beside a running node, or without one: only what is published.

use super::directory::LedgerDirectory;
use super::tree::Tree;
use almoner_proof::Hash;
use almoner_proof::tile::{Tile, push_entry};
use almoner_store::{Log, Pinned, SqliteLog, StoreError};

/// A ledger opened for reading.
pub struct Reader {
    log: SqliteLog,
    tree: Tree,
    published: Pinned,
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
        Ok(Some(Reader { log, tree, published }))
    }

    /// The newest published checkpoint's note.
    #[must_use]
    pub fn checkpoint(&self) -> &[u8] {
        &self.published.note
    }

    /// A tile or bundle of the published size.
    ///
    /// # Errors
    /// Those of the store; `None` if there is no such tile.
    pub fn tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>, StoreError> {
        match tile.level {
            Some(_) => self.tree.tile(&self.log, tile, self.published.size),
            None => bundle(&self.log, tile, self.published.size),
        }
    }
}

/// An entry bundle of a log of `size`, as served.
///
/// # Errors
/// Those of the store; `None` if there is no such bundle.
pub fn bundle(log: &dyn Log, tile: &Tile, size: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let from = tile.index.saturating_mul(256);
    let to = from.saturating_add(u64::from(tile.width));
    if to > size {
        return Ok(None);
    }
    let mut bundle = Vec::new();
    let mut whole = true;
    log.read(from, to, &mut |_, bytes| {
        whole = push_entry(&mut bundle, bytes);
        whole
    })?;
    Ok(whole.then_some(bundle))
}
