//! Whether the files that SQLite has open are still the ones of their names.
//!
//! SQLite writes on into files that were removed or replaced, and nobody would find there what was acknowledged. The
//! files are looked at by name only: a descriptor of our own, once closed, would take SQLite's locks with it.

// Saturating: waits, sizes and limits. The most that can be said is what is meant beyond the edge, and no time or room
// left is none.

use std::fs;
use std::path::{Path, PathBuf};

use crate::StoreError;
use crate::files::{Identity, beside, displaced};

/// Bytes of the write-ahead log before its first frame, and of a frame before its page
/// (<https://www.sqlite.org/walformat.html>, sections 2.1 and 2.2).
const WAL_HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;

/// The main file, its write-ahead log and the log's index in shared memory, as they were when they were opened.
#[derive(Debug)]
pub(super) struct InPlace {
    path: PathBuf,
    main: Identity,
    /// What the main file had when it was last looked at or written to: it never becomes shorter.
    main_bytes: u64,
    page_bytes: u64,
    /// Each where it lies, once it was there: the first read or write after an opening makes them.
    beside: [(PathBuf, Option<Identity>); 2],
}

impl InPlace {
    /// Remembers the files of a ledger that is open.
    pub(super) fn new(path: &Path, page_bytes: u64) -> Result<Self, StoreError> {
        let main = fs::metadata(path).map_err(StoreError::io("look at", path))?;
        let mut files = Self {
            path: path.to_owned(),
            main: Identity::of(&main),
            main_bytes: main.len(),
            page_bytes,
            beside: ["-wal", "-shm"].map(|suffix| (beside(path, suffix), None)),
        };
        files.lengths()?;
        Ok(files)
    }

    /// Looks. `frames` asks how many frames are in the write-ahead log; it is asked after its length was seen, so that
    /// a log that others move meanwhile does not look cut.
    pub(super) fn look(&mut self, frames: impl FnOnce() -> Result<u64, StoreError>) -> Result<(), StoreError> {
        let main = self.main.expect_at(&self.path)?.len();
        if main < self.main_bytes {
            return Err(displaced(&self.path, format!("has {main} bytes and had {}", self.main_bytes)));
        }
        self.main_bytes = main;
        let [wal, _index] = self.lengths()?;
        let needed = match frames()? {
            0 => 0,
            frames => frames.saturating_mul(FRAME_HEADER.saturating_add(self.page_bytes)).saturating_add(WAL_HEADER),
        };
        if wal < needed {
            let [(path, _), _] = &self.beside;
            return Err(displaced(path, format!("has {wal} bytes, and {needed} were written to it")));
        }
        Ok(())
    }

    /// The main file was written to by ourselves.
    pub(super) fn moved(&mut self) {
        if let Ok(main) = self.main.expect_at(&self.path) {
            self.main_bytes = main.len();
        }
    }

    /// How long the files beside the main one are: 0 for one that was never there.
    fn lengths(&mut self) -> Result<[u64; 2], StoreError> {
        let mut lengths = [0; 2];
        for ((path, identity), length) in self.beside.iter_mut().zip(&mut lengths) {
            let found = match identity {
                Some(identity) => Some(identity.expect_at(path)?),
                None => fs::metadata(&path).ok(),
            };
            *identity = found.as_ref().map(Identity::of);
            *length = found.map_or(0, |found| found.len());
        }
        Ok(lengths)
    }
}
