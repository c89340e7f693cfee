//! The default log: one SQLite file, one writer, any number of readers.
//!
//! The write-ahead log is synced at every commit (`synchronous=FULL`). The writer's connection is the only one that
//! moves it into the main file, so that readers never pay for it; and only a writer that has appended or ends in order
//! does, so that a process which met what it does not understand, or was refused, leaves every byte where it found it.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

mod in_place;
mod pool;
mod schema;
mod writer;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
#[cfg(feature = "kurrentdb")]
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use crate::files::{absolute_new, beside, lock_beside, remove_if_there, sync_directory_of};
use crate::{Append, Log, Pinned, Sealed, StoreError};
use pool::Pool;
use writer::Writer;

/// Bytes copied out per read transaction. Bounds memory and, above all, how long a reader keeps the write-ahead log
/// from being reused: a page of 1 MiB is copied in about a millisecond.
const CHUNK_BYTES: usize = 1 << 20;

/// Published checkpoints copied out per read transaction.
const CHUNK_CHECKPOINTS: i64 = 256;

/// Positions copied out per read transaction.
const CHUNK_POSITIONS: usize = 4096;

/// What a commit survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// A power cut: every commit is synced.
    Full,
    /// The end of the process. A power cut may take the last commits, never the middle: for a copy that is filled again.
    Mirror,
}

impl Durability {
    /// What is wrong with a file that is only a copy is mended by filling it again.
    fn of(self, path: &Path, error: StoreError) -> StoreError {
        match self {
            Self::Full => error,
            Self::Mirror => error.in_copy(path),
        }
    }
}

/// A [`Log`] in a SQLite file.
#[derive(Debug)]
pub struct SqliteLog {
    readers: Pool,
    #[cfg(feature = "kurrentdb")]
    moving: Arc<Moving>,
    /// None where opened for reading only.
    writer: Option<Mutex<Writer>>,
    /// Let go last (fields drop in order), when no connection writes any more.
    _lock: Option<File>,
}

/// Moving a mirror's write-ahead log, which is left to others.
#[derive(Debug, Default)]
struct Moving {
    is_due: AtomicBool,
    #[cfg(feature = "kurrentdb")]
    is_under_way: AtomicBool,
}

impl SqliteLog {
    /// Makes an empty ledger in an existing directory, durably, and opens it for writing.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where something is already there; [`StoreError::Locked`].
    pub fn create(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::create_with(path.as_ref(), Durability::Full)
    }

    pub(crate) fn create_with(path: &Path, durability: Durability) -> Result<Self, StoreError> {
        let path = absolute_new(path)?;
        let lock = lock_beside(&path)?;
        if path.exists() {
            return Err(StoreError::Exists { path });
        }
        // Built under another name: a crash leaves no ledger rather than half of one.
        let draft = beside(&path, ".new");
        for leftover in [draft.clone(), beside(&draft, "-wal"), beside(&draft, "-shm")] {
            remove_if_there(&leftover)?;
        }
        schema::build(&draft)?;
        File::open(&draft).and_then(|file| file.sync_all()).map_err(StoreError::io("sync", &draft))?;
        fs::rename(&draft, &path).map_err(StoreError::io("create", &path))?;
        sync_directory_of(&path)?;
        Self::open_writer(path, lock, durability)
    }

    /// Opens a ledger for reading and writing, and takes its lock.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Locked`], [`StoreError::NotALedger`], [`StoreError::Version`],
    /// [`StoreError::Corrupt`].
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with(path.as_ref(), Durability::Full)
    }

    pub(crate) fn open_with(path: &Path, durability: Durability) -> Result<Self, StoreError> {
        let path = find(path)?;
        let lock = lock_beside(&path)?;
        Self::open_writer(path, lock, durability)
    }

    /// Opens a ledger for reading, also while another process writes to it; appends are refused.
    ///
    /// The directory must be writable even so, because SQLite coordinates through a small file beside the ledger.
    ///
    /// # Errors
    /// As [`SqliteLog::open`], without `Locked`.
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_reader(path.as_ref(), Durability::Full)
    }

    /// As [`SqliteLog::open_read_only`], for this machine's copy of a ledger that is elsewhere.
    ///
    /// # Errors
    /// As [`SqliteLog::open_read_only`], with [`StoreError::Copy`] for a file that is not what it was.
    pub fn open_copy(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_reader(path.as_ref(), Durability::Mirror)
    }

    fn open_reader(path: &Path, durability: Durability) -> Result<Self, StoreError> {
        let path = find(path)?;
        let readers = Pool::new(path.clone(), durability)?;
        readers.with(|connection| schema::check(connection, &path))?;
        Ok(Self {
            readers,
            #[cfg(feature = "kurrentdb")]
            moving: Arc::default(),
            writer: None,
            _lock: None,
        })
    }

    fn open_writer(path: PathBuf, lock: File, durability: Durability) -> Result<Self, StoreError> {
        let moving: Arc<Moving> = Arc::default();
        let begin = || {
            let connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            schema::check(&connection, &path)?;
            schema::check_checkpoints(&connection)?;
            Writer::new(connection, &path, durability, Arc::clone(&moving))
        };
        let writer = begin().map_err(|error| durability.of(&path, error))?;
        Ok(Self {
            // After the file was opened for writing, which on some file systems makes another one of it (overlays).
            readers: Pool::new(path, durability)?,
            #[cfg(feature = "kurrentdb")]
            moving,
            writer: Some(Mutex::new(writer)),
            _lock: Some(lock),
        })
    }

    /// Appends if somebody else does: `begin` is called when the batch is known to fit, and `confirm` when its rows
    /// stand ready, just before they are committed. What either refuses is handed back and nothing is written.
    #[cfg(feature = "kurrentdb")]
    pub(crate) fn append_with<P, E>(
        &self,
        expected_size: u64,
        batch: &[Sealed],
        begin: impl FnOnce() -> Result<P, E>,
        confirm: impl FnOnce(P) -> Result<(), E>,
    ) -> Result<Append, E> {
        match self.writer.as_ref().map(Mutex::lock) {
            Some(Ok(mut writer)) => writer.append_with(expected_size, batch, begin, confirm),
            Some(Err(_)) => Ok(Append::Unknown { why: panicked().to_string() }),
            None => Ok(Append::Unknown { why: StoreError::ReadOnly.to_string() }),
        }
    }

    /// Whether enough waits in a mirror's write-ahead log, and nobody moves it yet: whoever is told so calls
    /// [`SqliteLog::move_frames`], on any thread.
    #[cfg(feature = "kurrentdb")]
    pub(crate) fn takes_moving(&self) -> bool {
        self.moving.is_due.swap(false, Ordering::AcqRel) && !self.moving.is_under_way.swap(true, Ordering::AcqRel)
    }

    /// Moves the write-ahead log into the main file, beside a writer and readers.
    #[cfg(feature = "kurrentdb")]
    pub(crate) fn move_frames(&self) {
        let moved = connect(self.readers.path(), OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|connection| {
            connection
                .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
                .map_err(StoreError::sqlite("move the write-ahead log"))
        });
        if let Err(error) = moved {
            tracing::warn!(%error, "the mirror's write-ahead log could not be moved; trying again");
        }
        self.leaves_moving();
    }

    /// Nobody moves it any more.
    #[cfg(feature = "kurrentdb")]
    pub(crate) fn leaves_moving(&self) {
        self.moving.is_under_way.store(false, Ordering::Release);
    }

    #[cfg(feature = "kurrentdb")]
    pub(crate) fn path(&self) -> &Path {
        self.readers.path()
    }

    /// Number of published checkpoints.
    #[cfg(feature = "kurrentdb")]
    pub(crate) fn checkpoint_count(&self) -> Result<u64, StoreError> {
        let count: i64 = self.readers.with(|connection| {
            connection
                .query_row("SELECT count(*) FROM checkpoint", [], |row| row.get(0))
                .map_err(StoreError::sqlite("count the checkpoints"))
        })?;
        unsigned("count", count)
    }
}

impl Log for SqliteLog {
    fn size(&self) -> Result<u64, StoreError> {
        self.readers.with(size)
    }

    fn append(&self, expected_size: u64, batch: &[Sealed]) -> Append {
        match self.writer.as_ref().map(Mutex::lock) {
            Some(Ok(mut writer)) => writer.append(expected_size, batch),
            Some(Err(_)) => Append::Unknown { why: panicked().to_string() },
            None => Append::Unknown { why: StoreError::ReadOnly.to_string() },
        }
    }

    fn read(&self, from: u64, to: u64, each: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<(), StoreError> {
        let to = to.min(self.size()?);
        let mut next = from;
        // One flat buffer and the ends of the entries in it, both kept from chunk to chunk.
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        while next < to {
            self.readers.with(|connection| copy_chunk(connection, next..to, &mut bytes, &mut ends))?;
            let mut start = 0;
            for &end in &ends {
                if !each(next, &bytes[start..end]) {
                    return Ok(());
                }
                start = end;
                next = next.saturating_add(1);
            }
        }
        Ok(())
    }

    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let Ok(key) = i64::try_from(index) else { return Ok(None) };
        self.readers.with(|connection| {
            let found = connection
                .prepare_cached("SELECT bytes FROM entry WHERE idx = ?1")
                .and_then(|mut statement| statement.query_row([key], |row| row.get::<_, Vec<u8>>(0)).optional())
                .map_err(StoreError::sqlite("read an entry"))?;
            if found.is_none() && index < size(connection)? {
                return Err(StoreError::corrupt(index, "the entry is missing"));
            }
            Ok(found)
        })
    }

    fn leaves(&self, from: u64, to: u64) -> Result<Vec<[u8; 32]>, StoreError> {
        let to = to.min(self.size()?);
        if from >= to {
            return Ok(Vec::new());
        }
        self.readers.with(|connection| {
            let failed = || StoreError::sqlite("read leaf hashes");
            let mut leaves = Vec::with_capacity(usize::try_from(to.saturating_sub(from)).unwrap_or(0));
            let mut statement = connection
                .prepare_cached("SELECT idx, hash FROM leaf WHERE idx >= ?1 AND idx < ?2 ORDER BY idx")
                .map_err(failed())?;
            let mut rows = statement.query([signed("index", from)?, signed("index", to)?]).map_err(failed())?;
            for index in from..to {
                let row = rows.next().map_err(failed())?;
                let row = row.ok_or_else(|| StoreError::corrupt(index, "the leaf hash is missing"))?;
                let hash = row.get_ref(1).map_err(failed())?.as_blob().ok().and_then(|hash| hash.try_into().ok());
                match hash {
                    Some(hash) if row.get::<_, i64>(0).ok() == i64::try_from(index).ok() => leaves.push(hash),
                    Some(_) | None => {
                        return Err(StoreError::corrupt(index, "the leaf hash is missing or not 32 bytes"));
                    }
                }
            }
            Ok(leaves)
        })
    }

    fn copy(&self) -> Option<&Path> {
        (self.readers.durability() == Durability::Mirror).then(|| self.readers.path())
    }

    fn head(&self, chain: u32) -> Result<Option<(u64, u64)>, StoreError> {
        let sql = "SELECT seq, idx FROM chain_key WHERE chain_no = ?1 ORDER BY seq DESC LIMIT 1";
        let found = self.readers.with(|connection| {
            connection
                .prepare_cached(sql)
                .and_then(|mut statement| {
                    statement.query_row([chain], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))).optional()
                })
                .map_err(StoreError::sqlite("read the head of a chain"))
        })?;
        found.map(|(seq, index)| Ok((unsigned("seq", seq)?, unsigned("index", index)?))).transpose()
    }

    fn lookup(&self, chain: u32, seq: u64) -> Result<Option<u64>, StoreError> {
        let Ok(seq) = i64::try_from(seq) else { return Ok(None) };
        let found = self.readers.with(|connection| {
            connection
                .prepare_cached("SELECT idx FROM chain_key WHERE chain_no = ?1 AND seq = ?2")
                .and_then(|mut statement| statement.query_row((chain, seq), |row| row.get::<_, i64>(0)).optional())
                .map_err(StoreError::sqlite("look up an entry of a chain"))
        })?;
        found.map(|index| unsigned("index", index)).transpose()
    }

    fn positions(&self, from: (u32, u64), each: &mut dyn FnMut(u32, u64, u64) -> bool) -> Result<(), StoreError> {
        let (chain, seq) = from;
        let Ok(seq) = i64::try_from(seq) else {
            return chain.checked_add(1).map_or(Ok(()), |chain| self.positions((chain, 0), each));
        };
        let mut next = (i64::from(chain), seq);
        loop {
            let rows = self.readers.with(|connection| copy_positions(connection, next))?;
            for (chain_no, seq, index) in &rows {
                let chain = u32::try_from(*chain_no)
                    .map_err(|_| StoreError::corrupt(None, format!("a position is of chain {chain_no}")))?;
                if !each(chain, unsigned("seq", *seq)?, unsigned("index", *index)?) {
                    return Ok(());
                }
            }
            match rows.last() {
                Some((chain_no, seq, _)) if rows.len() == CHUNK_POSITIONS => {
                    // Beyond the last seq that there is comes the next chain.
                    next = seq.checked_add(1).map_or((chain_no.saturating_add(1), 0), |seq| (*chain_no, seq));
                }
                Some(_) | None => return Ok(()),
            }
        }
    }

    fn is_in_place(&self) -> Result<(), StoreError> {
        match &self.writer {
            Some(writer) => writer.lock().map_err(|_| panicked())?.is_in_place(),
            None => self.readers.is_in_place(),
        }
    }

    fn forget(&self) -> Result<(), StoreError> {
        self.readers.forget()
    }

    fn end_in_order(&self) -> Result<(), StoreError> {
        let Some(writer) = &self.writer else { return Ok(()) };
        let _round = self.readers.close();
        writer.lock().map_err(|_| panicked())?.end_in_order()
    }

    fn put_checkpoint(&self, checkpoint: &Pinned) -> Result<(), StoreError> {
        let writer = self.writer.as_ref().ok_or(StoreError::ReadOnly)?;
        writer.lock().map_err(|_| panicked())?.put_checkpoint(checkpoint)
    }

    fn latest_checkpoint(&self) -> Result<Option<Pinned>, StoreError> {
        let sql = "SELECT size, root, note FROM checkpoint ORDER BY size DESC LIMIT ?1";
        Ok(self.readers.with(|connection| pinned(connection, sql, 1, None))?.pop())
    }

    fn checkpoints(&self, from: u64, each: &mut dyn FnMut(&Pinned) -> bool) -> Result<(), StoreError> {
        let sql = "SELECT size, root, note FROM checkpoint WHERE size > ?2 ORDER BY size LIMIT ?1";
        let Ok(from) = i64::try_from(from) else { return Ok(()) };
        let mut after = from.saturating_sub(1);
        loop {
            let chunk = self.readers.with(|connection| pinned(connection, sql, CHUNK_CHECKPOINTS, Some(after)))?;
            let Some(last) = chunk.last() else { return Ok(()) };
            after = signed("checkpoint size", last.size)?;
            if !chunk.iter().all(&mut *each) {
                return Ok(());
            }
        }
    }
}

/// Copies entries from the start of `range` on, at least one and then until the chunk is full.
fn copy_chunk(
    connection: &Connection,
    range: std::ops::Range<u64>,
    bytes: &mut Vec<u8>,
    ends: &mut Vec<usize>,
) -> Result<(), StoreError> {
    let failed = || StoreError::sqlite("read entries");
    bytes.clear();
    ends.clear();
    let mut statement = connection
        .prepare_cached("SELECT idx, bytes FROM entry WHERE idx >= ?1 AND idx < ?2 ORDER BY idx")
        .map_err(failed())?;
    let mut rows = statement.query([signed("index", range.start)?, signed("index", range.end)?]).map_err(failed())?;
    for index in range {
        let row = rows.next().map_err(failed())?;
        let row = row.ok_or_else(|| StoreError::corrupt(index, "the entry is missing"))?;
        if row.get::<_, i64>(0).ok() != i64::try_from(index).ok() {
            return Err(StoreError::corrupt(index, "the entry is missing"));
        }
        let entry = row.get_ref(1).map_err(failed())?;
        bytes.extend_from_slice(entry.as_blob().map_err(|_| StoreError::corrupt(index, "the entry is no blob"))?);
        ends.push(bytes.len());
        if bytes.len() >= CHUNK_BYTES {
            break;
        }
    }
    Ok(())
}

/// Positions from one on, as many as fit a chunk: chain, seq, index.
fn copy_positions(connection: &Connection, (chain, seq): (i64, i64)) -> Result<Vec<(i64, i64, i64)>, StoreError> {
    let sql =
        "SELECT chain_no, seq, idx FROM chain_key WHERE (chain_no, seq) >= (?1, ?2) ORDER BY chain_no, seq LIMIT ?3";
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| {
            let limit = i64::try_from(CHUNK_POSITIONS).unwrap_or(i64::MAX);
            let rows = statement.query_map((chain, seq, limit), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            rows.collect()
        })
        .map_err(StoreError::sqlite("read positions"))
}

/// Checkpoints of a query with the columns size, root, note.
fn pinned(connection: &Connection, sql: &str, limit: i64, after: Option<i64>) -> Result<Vec<Pinned>, StoreError> {
    let failed = || StoreError::sqlite("read checkpoints");
    let mut statement = connection.prepare_cached(sql).map_err(failed())?;
    let parameters = std::iter::once(limit).chain(after);
    let mut rows = statement.query(rusqlite::params_from_iter(parameters)).map_err(failed())?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(failed())? {
        let root = row.get_ref(1).map_err(failed())?.as_blob().ok().and_then(|root| root.try_into().ok());
        found.push(Pinned {
            size: unsigned("checkpoint size", row.get(0).map_err(failed())?)?,
            root: root.ok_or_else(|| StoreError::corrupt(None, "the root of a checkpoint is not 32 bytes"))?,
            note: row.get(2).map_err(failed())?,
        });
    }
    Ok(found)
}

/// Number of entries. Indexes are dense (guarded by the schema, checked by every read), so the last one tells.
fn size(connection: &Connection) -> Result<u64, StoreError> {
    let last: Option<i64> = connection
        .prepare_cached("SELECT max(idx) FROM entry")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(StoreError::sqlite("read the size"))?;
    last.map_or(Ok(0), |last| Ok(unsigned("index", last)?.saturating_add(1)))
}

/// Opens a connection with what all of them share.
fn connect(path: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    let failed = || StoreError::sqlite("open the ledger");
    // NO_MUTEX: each connection is used by one thread at a time, which the pool and the writer's Mutex see to.
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(failed())?;
    connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(failed())?;
    // SQLite would move the write-ahead log when the last connection closes, whatever it has just been told by a file
    // that it does not understand. See `end_in_order` of the writer.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(failed())?;
    connection
        .execute_batch("PRAGMA wal_autocheckpoint = 0; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")
        .map_err(|error| schema::not_a_ledger(path, error))?;
    Ok(connection)
}

fn find(path: &Path) -> Result<PathBuf, StoreError> {
    fs::canonicalize(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => StoreError::Missing { path: path.to_owned() },
        _ => StoreError::Io { doing: "find the ledger", path: path.to_owned(), source },
    })
}

fn panicked() -> StoreError {
    StoreError::Stopped { why: "a thread panicked while it was writing".to_owned() }
}

/// SQLite's integers are signed.
fn signed(what: &'static str, value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::OutOfRange { what, value })
}

fn unsigned(what: &str, value: i64) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|_| StoreError::corrupt(None, format!("{what} is negative: {value}")))
}
