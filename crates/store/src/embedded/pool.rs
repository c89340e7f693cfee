//! Read-only connections, opened when needed and kept for the next reader.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags};

use super::{Durability, connect};
use crate::StoreError;
use crate::files::Identity;

/// Idle connections kept; each costs about 100 µs to open and up to 2 MiB of page cache to keep.
const IDLE_LIMIT: usize = 8;

#[derive(Debug)]
pub(super) struct Pool {
    path: PathBuf,
    durability: Durability,
    /// The file that all connections read.
    file: Identity,
    /// Each with the round in which it was opened.
    idle: Mutex<Vec<(u64, Connection)>>,
    /// Counts how often everything read was forgotten: what earlier connections keep in memory is of no use any more.
    round: AtomicU64,
}

impl Pool {
    pub(super) fn new(path: PathBuf, durability: Durability) -> Result<Self, StoreError> {
        let file = std::fs::metadata(&path).map_err(StoreError::io("look at", &path))?;
        Ok(Self { file: Identity::of(&file), path, durability, idle: Mutex::default(), round: AtomicU64::new(0) })
    }

    pub(super) fn durability(&self) -> Durability {
        self.durability
    }

    pub(super) fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Runs one read on a connection of its own; nobody waits for another reader.
    pub(super) fn with<R>(&self, read: impl FnOnce(&Connection) -> Result<R, StoreError>) -> Result<R, StoreError> {
        self.read(read).map_err(|error| self.durability.of(&self.path, error))
    }

    fn read<R>(&self, read: impl FnOnce(&Connection) -> Result<R, StoreError>) -> Result<R, StoreError> {
        let kept = self.idle().pop();
        let (round, connection) = match kept {
            Some(kept) => kept,
            None => {
                let round = self.round.load(Ordering::Acquire);
                // Never one file and then another of its name.
                self.is_in_place()?;
                (round, connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?)
            }
        };
        // After an error the connection is dropped, so that the next read starts from a clean one.
        let answer = read(&connection)?;
        let mut idle = self.idle();
        if idle.len() < IDLE_LIMIT && round == self.round.load(Ordering::Acquire) {
            idle.push((round, connection));
        }
        Ok(answer)
    }

    /// Whether the file's name still leads to it.
    pub(super) fn is_in_place(&self) -> Result<(), StoreError> {
        self.file.expect_at(&self.path).map(|_| ())
    }

    /// Closes all connections, those in use when they come back, with what they keep in memory. The next one is opened
    /// first: where the file is gone, those that are open are all that is left of it.
    pub(super) fn forget(&self) -> Result<(), StoreError> {
        self.is_in_place()?;
        let next = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        // A first read opens the write-ahead log, too.
        next.pragma_query_value(None, "schema_version", |row| row.get::<_, i64>(0))
            .map_err(StoreError::sqlite("read"))?;
        let round = self.close();
        self.idle().push((round, next));
        Ok(())
    }

    /// Closes all connections, those in use when they come back; gives the round of the next ones.
    pub(super) fn close(&self) -> u64 {
        let mut idle = self.idle();
        idle.clear();
        self.round.fetch_add(1, Ordering::AcqRel).saturating_add(1)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(u64, Connection)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
