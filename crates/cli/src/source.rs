//! Where a log is read from: a directory of tiles, or the same paths under a URL.
//!
//! An answer is one of four, and they are never merged: the bytes; "there is no such tile"
//! (`Ok(None)`); could not be read ([`SourceError::Unreachable`], nothing is proven); read, and
//! wrong whatever it says ([`SourceError::Wrong`]). Nothing read here is trusted: the audit
//! recomputes everything from content.

use almoner_proof::note::NOTE_MAX;
use almoner_proof::tile::{ENTRY_MAX, TILE_BYTES, TILE_WIDTH, Tile};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Largest bundle: 256 entries of 65,535 bytes, each with a length of two bytes.
const BUNDLE_MAX: usize = 256 * (ENTRY_MAX + 2);
/// A tile is 8 KiB and a bundle usually some 100 KiB; half a minute is enough on any line.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Tries of one request: a server that is busy says so, and is asked again.
const TRIES: u32 = 3;

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
        let file = match std::fs::File::open(self.root.join(path)) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            // `tile/0/000.p` may be a file where a directory is expected: then there is no such tile.
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => return Ok(None),
            Err(error) => return Err(unreachable(&error)),
        };
        let expected = file.metadata().map_or(0, |data| data.len()).min(limit as u64);
        let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0).saturating_add(1));
        let read = file.take((limit as u64).saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|error| unreachable(&error))?;
        within(path, bytes, limit).map(Some)
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
    base: String,
    agent: ureq::Agent,
}

impl HttpSource {
    /// The log whose `checkpoint` is at `<base>/checkpoint`.
    #[must_use]
    pub fn new(base: &str) -> HttpSource {
        let config = ureq::Agent::config_builder().timeout_global(Some(REQUEST_TIMEOUT)).http_status_as_error(false);
        HttpSource { base: base.trim_end_matches('/').to_owned(), agent: config.build().into() }
    }

    fn read(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, SourceError> {
        let mut tried = 0u32;
        loop {
            tried = tried.saturating_add(1);
            match self.try_once(path, limit) {
                Err(Answer::Busy(_)) if tried < TRIES => std::thread::sleep(Duration::from_millis(250) * tried),
                Err(Answer::Busy(why)) => return Err(SourceError::Unreachable { what: path.to_owned(), why }),
                Err(Answer::Final(error)) => return Err(error),
                Ok(found) => return Ok(found),
            }
        }
    }

    fn try_once(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, Answer> {
        let mut response = match self.agent.get(format!("{}/{path}", self.base)).call() {
            Ok(response) => response,
            Err(error) => return Err(Answer::Busy(error.to_string())),
        };
        match response.status().as_u16() {
            200 => {}
            404 | 410 => return Ok(None),
            status @ (429 | 500..=599) => return Err(Answer::Busy(format!("the server answered {status}"))),
            status => {
                let why = format!("the server answered {status}");
                return Err(Answer::Final(SourceError::Unreachable { what: path.to_owned(), why }));
            }
        }
        // One byte more, so that a body of exactly the limit is read to its end.
        match response.body_mut().with_config().limit((limit as u64).saturating_add(1)).read_to_vec() {
            Ok(bytes) => within(path, bytes, limit).map(Some).map_err(Answer::Final),
            Err(ureq::Error::BodyExceedsLimit(_)) => Err(Answer::Final(too_large(path, limit))),
            // A body that breaks off is the line's fault before it is the log's.
            Err(error) => Err(Answer::Busy(error.to_string())),
        }
    }
}

/// How a request went that gave no bytes.
enum Answer {
    /// Worth another try.
    Busy(String),
    /// Not worth one.
    Final(SourceError),
}

impl Source for HttpSource {
    fn checkpoint(&self) -> Result<Vec<u8>, SourceError> {
        self.read("checkpoint", NOTE_MAX)?.ok_or_else(no_checkpoint)
    }

    fn tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>, SourceError> {
        or_full(tile, &|path, limit| self.read(path, limit))
    }

    fn name(&self) -> String {
        self.base.clone()
    }
}

type Read<'a> = &'a dyn Fn(&str, usize) -> Result<Option<Vec<u8>>, SourceError>;

/// Reads a tile; for a partial that is not there, the full one cut to the width.
fn or_full(tile: &Tile, read: Read<'_>) -> Result<Option<Vec<u8>>, SourceError> {
    let limit = if tile.level.is_some() { TILE_BYTES } else { BUNDLE_MAX };
    let found = read(&tile.to_string(), limit)?;
    if found.is_some() || u64::from(tile.width) == TILE_WIDTH {
        return Ok(found);
    }
    let full = Tile { width: 256, ..*tile };
    let path = full.to_string();
    let Some(mut bytes) = read(&path, limit)? else { return Ok(None) };
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
