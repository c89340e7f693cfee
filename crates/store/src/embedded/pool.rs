//! Read-only connections, opened when needed and kept for the next reader.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use rusqlite::{Connection, OpenFlags};

use super::{Durability, connect};
use crate::StoreError;

/// Idle connections kept; each costs about 100 µs to open and up to 2 MiB of page cache to keep.
const IDLE_LIMIT: usize = 8;

#[derive(Debug)]
pub(super) struct Pool {
    path: PathBuf,
    durability: Durability,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(super) fn new(path: PathBuf, durability: Durability) -> Self {
        Self { path, durability, idle: Mutex::default() }
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
        let kept = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match kept {
            Some(connection) => connection,
            None => connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
        };
        // After an error the connection is dropped, so that the next read starts from a clean one.
        let answer = read(&connection)?;
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_LIMIT {
            idle.push(connection);
        }
        Ok(answer)
    }
}
