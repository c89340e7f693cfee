//! Where a log is read from: a directory of tiles, or the same paths under a URL.
//!
//! An answer is one of four, and they are never merged: the bytes; "there is no such tile"
//! (`Ok(None)`); could not be read ([`SourceError::Unreachable`], nothing is proven); read, and
//! wrong whatever it says ([`SourceError::Wrong`]). Nothing read here is trusted: the audit
//! recomputes everything from content.

// Saturating: waits, sizes and limits. The most that can be said is what is meant beyond the edge, and no time or room
// left is none.

use crate::failure::Failure;
use crate::web::{Answer, Web, WebError};
use almoner_proof::note::NOTE_MAX;
use almoner_proof::tile::{ENTRY_MAX, TILE_BYTES, TILE_WIDTH, Tile};
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Why a source gave no bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Not there, not readable, not reachable: could not check.
    #[error("{what} could not be read: {why}")]
    Unreachable {
        /// Path of what was wanted.
        what: String,
        /// What the system or the server said.
        why: String,
    },
    /// There, and it cannot be right: refuted.
    #[error("{what} is wrong: {why}")]
    Wrong {
        /// Path of what was wanted.
        what: String,
        /// What is wrong with it.
        why: String,
    },
}

impl From<SourceError> for Failure {
    fn from(error: SourceError) -> Failure {
        match &error {
            SourceError::Unreachable { .. } => Failure::could_not_check(error),
            SourceError::Wrong { .. } => Failure::refuted(error),
        }
    }
}

/// Reads a file, and of one that is over `limit` only one byte more, by which that shows.
///
/// # Errors
/// Those of the system.
pub fn read_file(path: &Path, limit: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take((limit as u64).saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A log that can be read tile by tile (c2sp.org/tlog-tiles).
pub trait Source: Send + Sync {
    /// The newest checkpoint's note.
    ///
    /// # Errors
    /// See [`SourceError`]; a checkpoint that is not there is `Unreachable`.
    fn checkpoint(&self) -> Result<Vec<u8>, SourceError>;

    /// A tile or bundle of exactly the width asked for; `None` if it is not there.
    ///
    /// # Errors
    /// See [`SourceError`].
    fn tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>, SourceError>;

    /// What to call it in messages.
    fn name(&self) -> String;
}

/// A directory with `checkpoint` and `tile/…`.
#[derive(Debug, Clone)]
pub struct DirSource {
    root: PathBuf,
}

impl DirSource {
    /// The tiles in this directory.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> DirSource {
        DirSource { root: root.into() }
    }

    /// Where they are.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn read(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, SourceError> {
        let unreachable =
            |error: &std::io::Error| SourceError::Unreachable { what: path.to_owned(), why: error.to_string() };
        let file = self.root.join(path);
        let read = std::fs::metadata(&file).and_then(|data| {
            // Opening a pipe would wait for whoever writes into it.
            if data.is_file() { read_file(&file, limit) } else { Err(std::io::Error::other("it is not a file")) }
        });
        match read {
            Ok(bytes) => within(path, bytes, limit).map(Some),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            // `tile/0/000.p` may be a file where a directory is expected: then there is no such tile.
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => Ok(None),
            Err(error) => Err(unreachable(&error)),
        }
    }
}

impl Source for DirSource {
    fn checkpoint(&self) -> Result<Vec<u8>, SourceError> {
        self.read("checkpoint", NOTE_MAX)?.ok_or_else(no_checkpoint)
    }

    fn tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>, SourceError> {
        or_full(tile, &|path, limit| self.read(path, limit))
    }

    fn name(&self) -> String {
        self.root.display().to_string()
    }
}

/// The same paths under a URL.
#[derive(Debug, Clone)]
pub struct HttpSource {
    web: Web,
}

impl HttpSource {
    /// The log whose `checkpoint` is at `<base>/checkpoint`.
    #[must_use]
    pub fn new(base: &str) -> HttpSource {
        HttpSource { web: Web::new(base) }
    }

    fn read(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, SourceError> {
        let unreachable = |why: String| SourceError::Unreachable { what: path.to_owned(), why };
        match self.web.get(&format!("/{path}"), limit) {
            Ok(Answer { status: 200, body, .. }) => Ok(Some(body)),
            Ok(Answer { status: 404 | 410, .. }) => Ok(None),
            Ok(Answer { status, .. }) => Err(unreachable(format!("the server answered {status}"))),
            // What breaks off is the line's fault before it is the log's.
            Err(WebError::Line(why) | WebError::Unusable(why)) => Err(unreachable(why)),
            Err(WebError::TooLarge(_)) => Err(too_large(path, limit)),
        }
    }
}

impl Source for HttpSource {
    fn checkpoint(&self) -> Result<Vec<u8>, SourceError> {
        self.read("checkpoint", NOTE_MAX)?.ok_or_else(no_checkpoint)
    }

    fn tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>, SourceError> {
        or_full(tile, &|path, limit| self.read(path, limit))
    }

    fn name(&self) -> String {
        self.web.base().to_owned()
    }
}

type Read<'a> = &'a dyn Fn(&str, usize) -> Result<Option<Vec<u8>>, SourceError>;

/// The most bytes that a tile can have: as many hashes, or entries of the largest size with their lengths.
fn limit(tile: &Tile) -> usize {
    let each = if tile.level.is_some() { TILE_BYTES / 256 } else { ENTRY_MAX + 2 };
    usize::from(tile.width) * each
}

/// Reads a tile; for a partial that is not there, the full one cut to the width.
fn or_full(tile: &Tile, read: Read<'_>) -> Result<Option<Vec<u8>>, SourceError> {
    let found = read(&tile.to_string(), limit(tile))?;
    if found.is_some() || u64::from(tile.width) == TILE_WIDTH {
        return Ok(found);
    }
    let full = Tile { width: 256, ..*tile };
    let path = full.to_string();
    let Some(mut bytes) = read(&path, limit(&full))? else { return Ok(None) };
    let end = if tile.level.is_some() {
        (bytes.len() == TILE_BYTES).then(|| usize::from(tile.width) * 32)
    } else {
        full_bundle_prefix(&bytes, usize::from(tile.width))
    };
    let Some(end) = end else {
        return Err(SourceError::Wrong { what: path, why: "it is not a full tile of 256".to_owned() });
    };
    bytes.truncate(end);
    Ok(Some(bytes))
}

/// Where the first `count` entries of a full bundle end; `None` if it is not exactly 256 entries.
fn full_bundle_prefix(bundle: &[u8], count: usize) -> Option<usize> {
    let (mut at, mut prefix) = (0usize, None);
    for number in 0..256usize {
        if number == count {
            prefix = Some(at);
        }
        let length: [u8; 2] = bundle.get(at..at.checked_add(2)?)?.try_into().ok()?;
        at = at.checked_add(2)?.checked_add(usize::from(u16::from_be_bytes(length)))?;
    }
    prefix.filter(|_| at == bundle.len())
}

fn within(path: &str, bytes: Vec<u8>, limit: usize) -> Result<Vec<u8>, SourceError> {
    if bytes.len() > limit { Err(too_large(path, limit)) } else { Ok(bytes) }
}

fn too_large(path: &str, limit: usize) -> SourceError {
    SourceError::Wrong { what: path.to_owned(), why: format!("it is over {limit} bytes") }
}

fn no_checkpoint() -> SourceError {
    SourceError::Unreachable { what: "checkpoint".to_owned(), why: "there is none".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use almoner_proof::tile::push_entry;

    fn bundle(count: usize) -> Vec<u8> {
        let mut bundle = Vec::new();
        for n in 0..count {
            assert!(push_entry(&mut bundle, &vec![7; n % 5]));
        }
        bundle
    }

    #[test]
    fn a_missing_partial_is_cut_from_the_full_tile() {
        let full = bundle(256);
        let read = |path: &str, _: usize| Ok((path == "tile/entries/000").then(|| full.clone()));
        let tile = Tile { level: None, index: 0, width: 3 };
        assert_eq!(or_full(&tile, &read), Ok(Some(bundle(3))));
        let hashes = |path: &str, _: usize| Ok((path == "tile/1/000").then(|| vec![9; TILE_BYTES]));
        let tile = Tile { level: Some(1), index: 0, width: 3 };
        assert_eq!(or_full(&tile, &hashes), Ok(Some(vec![9; 96])));
        assert_eq!(or_full(&tile, &|_, _| Ok(None)), Ok(None));
    }

    #[test]
    fn a_full_tile_that_is_not_full_is_wrong() {
        for bad in [bundle(255), bundle(257), [bundle(256), vec![0]].concat()] {
            let read = |path: &str, _: usize| Ok((path == "tile/entries/000").then(|| bad.clone()));
            let got = or_full(&Tile { level: None, index: 0, width: 3 }, &read);
            assert!(matches!(got, Err(SourceError::Wrong { .. })), "{got:?}");
        }
    }
}
