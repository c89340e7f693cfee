//! The one writing connection: transactions, and moving the write-ahead log into the main file.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension};

use super::in_place::InPlace;
use super::{Durability, Moving, signed, size, unsigned};
use crate::{Append, Pinned, Sealed, StoreError};

/// Frames (pages of 4 KiB) waiting in the write-ahead log before they are moved: 16,384, that is 64 MiB. Large enough
/// that pages written by many commits are moved once, small enough that one moving takes tens of milliseconds.
const MOVE_AT_FRAMES: i64 = 16_384;

/// Frames at which the writer waits for readers so that the write-ahead log can start over: 131,072, that is 512 MiB.
/// Only readers that overlap without a gap ever let it grow so far.
const WAIT_AT_FRAMES: i64 = 8 * MOVE_AT_FRAMES;

#[derive(Debug)]
pub(super) struct Writer {
    connection: Connection,
    path: PathBuf,
    /// Why an earlier commit ended unknown. After a failed sync neither memory nor page cache tells what is on the
    /// disk, so nothing more is written before a restart.
    stopped: Option<String>,
    /// Where the next attempt to wait for readers is due; doubles when they do not let go.
    wait_at_frames: i64,
    files: InPlace,
    durability: Durability,
    moving: Arc<Moving>,
}

/// What a transaction's work decided.
enum Step<T> {
    Commit(T),
    Leave(T),
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        path: &Path,
        durability: Durability,
        moving: Arc<Moving>,
    ) -> Result<Self, StoreError> {
        let failed = || StoreError::sqlite("prepare the ledger for writing");
        // How long waiting for readers may hold up the writer.
        connection.busy_timeout(Duration::from_secs(1)).map_err(failed())?;
        let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)).map_err(failed())?;
        // 64 MiB of pages: the ends of many chains are written again and again, and would else be read again each time.
        connection.execute_batch("PRAGMA cache_size = -65536").map_err(failed())?;
        let wanted: i64 = match durability {
            Durability::Full => 2,
            Durability::Mirror => 1,
        };
        connection.pragma_update(None, "synchronous", wanted).map_err(failed())?;
        let sync: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0)).map_err(failed())?;
        if mode != "wal" || sync != wanted {
            let what =
                format!("the ledger is in mode {mode}, synchronous {sync}, and would not change to wal, {wanted}");
            return Err(StoreError::corrupt(None, what));
        }
        let page_bytes = connection.pragma_query_value(None, "page_size", |row| row.get(0)).map_err(failed())?;
        let files = InPlace::new(path, unsigned("page size", page_bytes)?)?;
        let wait_at_frames = WAIT_AT_FRAMES;
        let path = path.to_owned();
        let mut writer = Self { connection, path, stopped: None, wait_at_frames, files, durability, moving };
        writer.is_in_place()?;
        Ok(writer)
    }

    /// See [`Log::is_in_place`](crate::Log).
    pub(super) fn is_in_place(&mut self) -> Result<(), StoreError> {
        let connection = &self.connection;
        self.files.look(|| {
            let Frames { in_log, .. } = move_frames(connection, "PRAGMA wal_checkpoint(NOOP)")
                .map_err(StoreError::sqlite("look at the ledger"))?;
            // Negative where there is no write-ahead log.
            Ok(u64::try_from(in_log).unwrap_or(0))
        })
    }

    /// Moves everything into the main file, and leaves SQLite to remove the empty write-ahead log when this connection
    /// closes as the last one: a ledger that is not open is one file.
    pub(super) fn end_in_order(&mut self) -> Result<(), StoreError> {
        if let Some(why) = &self.stopped {
            return Err(StoreError::Stopped { why: why.clone() });
        }
        self.is_in_place()?;
        let failed = || StoreError::sqlite("move the write-ahead log into the ledger");
        // Others may be reading: then it stays, for the next writer.
        let Frames { is_busy, .. } = self.move_frames("PRAGMA wal_checkpoint(TRUNCATE)").map_err(failed())?;
        if !is_busy {
            self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false).map_err(failed())?;
        }
        Ok(())
    }

    pub(super) fn append(&mut self, expected_size: u64, batch: &[Sealed]) -> Append {
        match self.append_with::<(), Infallible>(expected_size, batch, || Ok(()), Ok) {
            Ok(answer) => answer,
            Err(never) => match never {},
        }
    }

    /// See [`SqliteLog::append_with`](super::SqliteLog): the keys go in before `begin`, because they are what can be
    /// refused; the entries after it, while somebody else is busy with them, too.
    pub(super) fn append_with<P, E>(
        &mut self,
        expected_size: u64,
        batch: &[Sealed],
        begin: impl FnOnce() -> Result<P, E>,
        confirm: impl FnOnce(P) -> Result<(), E>,
    ) -> Result<Append, E> {
        let mut refused = None;
        let answer = self.transaction(|connection| {
            let size = size(connection)?;
            if size != expected_size {
                return Ok(Step::Leave(Append::Conflict { size }));
            }
            if batch.is_empty() {
                return Ok(Step::Leave(Append::Appended));
            }
            insert_keys(connection, size, batch)?;
            let begun = match begin() {
                Ok(begun) => begun,
                Err(why) => {
                    refused = Some(why);
                    return Ok(Step::Leave(Append::Appended));
                }
            };
            // Confirmed also when the rows cannot be kept: whoever began must learn how it ended.
            let inserted = insert(connection, size, batch);
            if let Err(why) = confirm(begun) {
                refused = Some(why);
                return Ok(Step::Leave(Append::Appended));
            }
            inserted?;
            Ok(Step::Commit(Append::Appended))
        });
        match (refused, answer) {
            (Some(why), Ok(_)) => Err(why),
            (None, Ok(answer)) => {
                if answer == Append::Appended {
                    self.move_if_due();
                }
                Ok(answer)
            }
            (_, Err(error)) => Ok(Append::Unknown { why: error.to_string() }),
        }
    }

    pub(super) fn put_checkpoint(&mut self, checkpoint: &Pinned) -> Result<(), StoreError> {
        let failed = || StoreError::sqlite("keep a checkpoint");
        let size = signed("checkpoint size", checkpoint.size)?;
        self.transaction(|connection| {
            let first: Option<Vec<u8>> = connection
                .prepare_cached("SELECT root FROM checkpoint WHERE size = ?1")
                .and_then(|mut statement| statement.query_row([size], |row| row.get(0)).optional())
                .map_err(failed())?;
            match first {
                Some(root) if root == checkpoint.root => Ok(Step::Leave(())),
                Some(_) => Err(StoreError::CheckpointConflict { size: checkpoint.size }),
                None => {
                    connection
                        .prepare_cached("INSERT INTO checkpoint(size, root, note) VALUES(?1, ?2, ?3)")
                        .and_then(|mut insert| insert.execute((size, &checkpoint.root[..], &checkpoint.note)))
                        .map_err(failed())?;
                    Ok(Step::Commit(()))
                }
            }
        })
    }

    /// One transaction, in files that are looked at before it and after its commit. An error before the commit is rolled back and leaves the ledger as it was; an error of the
    /// commit, or of the rolling back, leaves it unknown and stops the writer.
    fn transaction<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> Result<Step<T>, StoreError>,
    ) -> Result<T, StoreError> {
        if let Some(why) = &self.stopped {
            return Err(StoreError::Stopped { why: why.clone() });
        }
        self.look()?;
        run(&self.connection, "BEGIN IMMEDIATE").map_err(StoreError::sqlite("begin"))?;
        let worked = work(&self.connection).map_err(|error| self.durability.of(&self.path, error));
        let (sql, answer) = match worked {
            Ok(Step::Commit(answer)) => ("COMMIT", Ok(answer)),
            Ok(Step::Leave(answer)) => ("ROLLBACK", Ok(answer)),
            Err(error) => ("ROLLBACK", Err(error)),
        };
        // After some errors SQLite has rolled back by itself, and there is nothing left to end.
        let ended =
            if sql == "ROLLBACK" && self.connection.is_autocommit() { Ok(()) } else { run(&self.connection, sql) };
        ended.map_err(|source| {
            let error = StoreError::sqlite(if sql == "COMMIT" { "commit" } else { "roll back" })(source);
            let error = self.durability.of(&self.path, error);
            self.stopped = Some(error.to_string());
            tracing::error!(%error, "the store stops writing until it is restarted");
            // Best effort: what the disk holds is found out at the next opening.
            let _already_unknown = run(&self.connection, "ROLLBACK");
            error
        })?;
        if sql == "COMMIT" {
            self.look()?;
        }
        answer
    }

    /// As [`Writer::is_in_place`], and stops the writer where they are not: whatever is put there later, what was
    /// written meanwhile is not in it.
    fn look(&mut self) -> Result<(), StoreError> {
        self.is_in_place().inspect_err(|error| {
            tracing::error!(%error, "the store stops writing until it is restarted");
            self.stopped = Some(error.to_string());
        })
    }

    /// Moves frames when enough wait. The entries are durable already: a failure here is reported and tried again.
    fn move_if_due(&mut self) {
        if let Err(error) = self.move_frames_if_due() {
            tracing::warn!(%error, "the write-ahead log could not be moved into the ledger; trying again");
        }
    }

    fn move_frames_if_due(&mut self) -> rusqlite::Result<()> {
        let Frames { in_log, moved, .. } = move_frames(&self.connection, "PRAGMA wal_checkpoint(NOOP)")?;
        if in_log >= self.wait_at_frames {
            let Frames { is_busy, .. } = self.move_frames("PRAGMA wal_checkpoint(RESTART)")?;
            self.wait_at_frames = if is_busy { in_log.saturating_mul(2) } else { WAIT_AT_FRAMES };
        } else if in_log.saturating_sub(moved) >= MOVE_AT_FRAMES {
            match self.durability {
                Durability::Full => {
                    self.move_frames("PRAGMA wal_checkpoint(PASSIVE)")?;
                }
                // Moving syncs; nobody who appends to a mirror waits for that.
                Durability::Mirror => self.moving.is_due.store(true, Ordering::Release),
            }
        } else if in_log < MOVE_AT_FRAMES {
            // It has started over, so the readers have let go.
            self.wait_at_frames = WAIT_AT_FRAMES;
        }
        Ok(())
    }

    /// Runs a checkpoint of SQLite's.
    fn move_frames(&mut self, sql: &str) -> rusqlite::Result<Frames> {
        let frames = move_frames(&self.connection, sql);
        self.files.moved();
        frames
    }
}

fn move_frames(connection: &Connection, sql: &str) -> rusqlite::Result<Frames> {
    connection.prepare_cached(sql)?.query_row([], |row| {
        Ok(Frames { is_busy: row.get::<_, i64>(0)? != 0, in_log: row.get(1)?, moved: row.get(2)? })
    })
}

/// State of the write-ahead log, in frames.
struct Frames {
    /// Somebody held on longer than the busy time-out.
    is_busy: bool,
    in_log: i64,
    /// How many of them are in the main file, too.
    moved: i64,
}

fn run(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

fn insert_keys(connection: &Connection, size: u64, batch: &[Sealed]) -> Result<(), StoreError> {
    let failed = || StoreError::sqlite("insert, nothing was written");
    let mut key =
        connection.prepare_cached("INSERT INTO chain_key(chain_no, seq, idx) VALUES(?1, ?2, ?3)").map_err(failed())?;
    let mut keys = Vec::with_capacity(batch.len());
    for (index, sealed) in (size..).zip(batch) {
        keys.push((sealed.chain, signed("seq", sealed.seq)?, signed("index", index)?));
    }
    // In the order of the table, so that each of its pages is visited once.
    keys.sort_unstable();
    for each in keys {
        key.execute(each).map_err(failed())?;
    }
    Ok(())
}

fn insert(connection: &Connection, size: u64, batch: &[Sealed]) -> Result<(), StoreError> {
    let failed = || StoreError::sqlite("insert, nothing was written");
    let prepare = |sql| connection.prepare_cached(sql).map_err(failed());
    let mut entry = prepare("INSERT INTO entry(idx, bytes) VALUES(?1, ?2)")?;
    let mut leaf = prepare("INSERT INTO leaf(idx, hash) VALUES(?1, ?2)")?;
    for (index, sealed) in (size..).zip(batch) {
        let index = signed("index", index)?;
        entry.execute((index, &sealed.bytes[..])).map_err(failed())?;
        leaf.execute((index, &sealed.leaf_hash[..])).map_err(failed())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::SqliteLog;

    #[test]
    fn a_ledger_removed_while_it_commits_is_not_acknowledged() {
        for lost in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
            let directory = tempfile::tempdir().unwrap();
            let log = SqliteLog::create(directory.path().join("ledger.db")).unwrap();
            let mut writer = log.writer.as_ref().unwrap().lock().unwrap();
            let bytes = Arc::from(*b"an entry");
            let item = Sealed { bytes, leaf_hash: [1; 32], chain: 1, seq: 0, event_hash: [0; 32] };
            let remove = || std::fs::remove_file(directory.path().join(lost));
            let answer = writer.append_with(0, &[item], remove, Ok).unwrap();
            let Append::Unknown { why } = answer else { panic!("{lost}: {answer:?}") };
            assert!(why.contains(lost) && why.contains("is not there any more"), "{why}");
        }
    }

    #[test]
    fn a_reader_that_never_lets_go_holds_up_the_writer_rarely_and_harms_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ledger.db");
        let log = SqliteLog::create(&path).unwrap();
        let mut writer = log.writer.as_ref().unwrap().lock().unwrap();
        let mut next = 0;
        let mut append = |writer: &mut Writer| {
            let item = Sealed {
                bytes: Arc::from(vec![7; 100_000]),
                leaf_hash: [1; 32],
                chain: 1,
                seq: next,
                event_hash: [0; 32],
            };
            assert_eq!(writer.append(next, &[item]), Append::Appended);
            next += 1;
        };
        append(&mut writer);
        let reader = Connection::open(&path).unwrap();
        reader.execute_batch("BEGIN; SELECT * FROM leaf").unwrap();
        writer.connection.busy_timeout(Duration::from_millis(1)).unwrap();

        writer.wait_at_frames = 40;
        append(&mut writer);
        let doubled = writer.wait_at_frames;
        assert!((80..WAIT_AT_FRAMES).contains(&doubled), "not let go: the next attempt is put off to {doubled}");

        reader.execute_batch("COMMIT").unwrap();
        writer.wait_at_frames = 40;
        append(&mut writer);
        assert_eq!(writer.wait_at_frames, WAIT_AT_FRAMES, "let go");
        append(&mut writer);
        let Frames { in_log, .. } = writer.move_frames("PRAGMA wal_checkpoint(NOOP)").unwrap();
        assert!(in_log < 40, "the write-ahead log started over, it has {in_log} frames");
    }
}
