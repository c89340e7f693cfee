//! Files that are removed, replaced or cut under a writer, and what a process that ends moves.

use std::fs;
use std::path::{Path, PathBuf};

use almoner_store::{Append, Log, SqliteLog, StoreError};

use crate::common::{append, batch, entries, place};

/// The main file, its write-ahead log and that one's index.
const FILES: [&str; 3] = ["ledger.db", "ledger.db-wal", "ledger.db-shm"];

/// A ledger in a directory of its own, and what was appended to it.
fn written(directory: &Path) -> (PathBuf, SqliteLog) {
    let ledger = directory.join("ledger");
    fs::create_dir(&ledger).unwrap();
    let log = SqliteLog::create(ledger.join("ledger.db")).unwrap();
    append(&log, 0, 9);
    assert_eq!(entries(&log).len(), 9, "a reader is open");
    (ledger, log)
}

/// Cuts a file to a length, as another program would.
fn cut(path: &Path, length: u64) {
    fs::OpenOptions::new().write(true).open(path).unwrap().set_len(length).unwrap();
}

fn whole(directory: &Path) -> Vec<Vec<u8>> {
    FILES.iter().take(2).map(|name| fs::read(directory.join(name)).unwrap_or_default()).collect()
}

#[test]
fn nothing_is_acknowledged_into_a_file_that_is_removed_replaced_or_cut() {
    type Harm = fn(&Path);
    let harms: [(&str, Harm, &str); 11] = [
        ("ledger.db", |ledger| fs::remove_file(ledger.join("ledger.db")).unwrap(), "is not there any more"),
        ("ledger.db-wal", |ledger| fs::remove_file(ledger.join("ledger.db-wal")).unwrap(), "is not there any more"),
        ("ledger.db-shm", |ledger| fs::remove_file(ledger.join("ledger.db-shm")).unwrap(), "is not there any more"),
        ("ledger.db", |ledger| replace(&ledger.join("ledger.db")), "is another file now"),
        ("ledger.db-wal", |ledger| replace(&ledger.join("ledger.db-wal")), "is another file now"),
        ("ledger.db-shm", |ledger| replace(&ledger.join("ledger.db-shm")), "is another file now"),
        ("ledger.db", |ledger| fs::rename(ledger, ledger.with_extension("away")).unwrap(), "is not there any more"),
        ("ledger.db", |ledger| fs::rename(ledger.join("ledger.db"), ledger.join("old")).unwrap(), "not there any more"),
        ("ledger.db-wal", |ledger| cut(&ledger.join("ledger.db-wal"), 0), "has 0 bytes, and"),
        ("ledger.db-wal", |ledger| cut_by_one(&ledger.join("ledger.db-wal")), "were written to it"),
        ("ledger.db", |ledger| cut_by_one(&ledger.join("ledger.db")), "bytes and had"),
    ];
    for (number, (name, harm, says)) in harms.into_iter().enumerate() {
        let directory = tempfile::tempdir().unwrap();
        let (ledger, log) = written(directory.path());
        harm(&ledger);
        let Append::Unknown { why } = log.append(9, &batch(9, 1)) else { panic!("harm {number} to {name}") };
        assert!(why.contains(name) && why.contains(says), "harm {number}: {why}");
        assert!(matches!(log.is_in_place(), Err(StoreError::Displaced { .. })), "harm {number}");
        let Append::Unknown { why } = log.append(9, &batch(9, 1)) else { panic!("harm {number}: it goes on") };
        assert!(why.contains("restart"), "{why}");
        assert!(matches!(log.put_checkpoint(&crate::common::pinned(9, 9)), Err(StoreError::Stopped { .. })));
        assert!(log.end_in_order().is_err(), "harm {number}: nothing is moved");
    }
}

fn replace(path: &Path) {
    let copy = path.with_extension("copy");
    fs::copy(path, &copy).unwrap();
    fs::rename(&copy, path).unwrap();
}

fn cut_by_one(path: &Path) {
    cut(path, fs::metadata(path).unwrap().len() - 1);
}

#[test]
fn a_removed_ledger_is_still_read_by_who_has_it_open() {
    let directory = tempfile::tempdir().unwrap();
    let (ledger, log) = written(directory.path());
    for name in FILES {
        fs::remove_file(ledger.join(name)).unwrap();
    }
    assert!(matches!(log.forget(), Err(StoreError::Displaced { .. })), "what is open is all there is");
    assert_eq!(entries(&log).len(), 9);
    // And never mixed with another file of that name.
    drop(SqliteLog::create(directory.path().join("other.db")).unwrap());
    fs::rename(directory.path().join("other.db"), ledger.join("ledger.db")).unwrap();
    let reads: Vec<_> = std::thread::scope(|scope| {
        let both = [scope.spawn(|| log.size()), scope.spawn(|| log.size())];
        both.into_iter().map(|read| read.join().unwrap()).collect()
    });
    assert!(reads.iter().all(|read| matches!(read, Ok(9) | Err(StoreError::Displaced { .. }))), "{reads:?}");
}

#[test]
fn another_program_may_move_the_write_ahead_log() {
    let directory = tempfile::tempdir().unwrap();
    let (ledger, log) = written(directory.path());
    let stranger = rusqlite::Connection::open(ledger.join("ledger.db")).unwrap();
    stranger.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    assert_eq!(fs::metadata(ledger.join("ledger.db-wal")).unwrap().len(), 0);
    log.is_in_place().unwrap();
    append(&log, 9, 3);
    log.forget().unwrap();
    assert_eq!(entries(&log).len(), 12);
}

#[test]
fn only_a_writer_that_ends_in_order_moves_a_byte() {
    let directory = tempfile::tempdir().unwrap();
    let (ledger, log) = written(directory.path());
    let path = ledger.join("ledger.db");
    let before = whole(&ledger);
    assert!(!before[1].is_empty(), "something waits in the write-ahead log");
    drop(log);
    assert!(whole(&ledger) == before, "a writer that did not end in order");
    drop(SqliteLog::open(&path).unwrap());
    assert!(whole(&ledger) == before, "one that was opened and found something wrong");
    let reader = SqliteLog::open_read_only(&path).unwrap();
    assert_eq!(entries(&reader).len(), 9);
    reader.end_in_order().unwrap();
    drop(reader);
    assert!(whole(&ledger) == before, "a reader, the last to leave");

    let log = SqliteLog::open(&path).unwrap();
    let reader = SqliteLog::open_read_only(&path).unwrap();
    assert_eq!(entries(&reader).len(), 9);
    log.end_in_order().unwrap();
    drop(log);
    assert_eq!(entries(&reader).len(), 9, "the reader goes on");
    drop(reader);
    let log = SqliteLog::open(&path).unwrap();
    log.end_in_order().unwrap();
    drop(log);
    let left: Vec<_> = fs::read_dir(&ledger).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("-wal")), "one file holds all: {left:?}");
    let (_copy, copied) = place("copy.db");
    fs::copy(&path, &copied).unwrap();
    assert_eq!(entries(&SqliteLog::open(&copied).unwrap()).len(), 9);
}

#[test]
fn a_writer_whose_log_was_cut_leaves_the_main_file_as_it_is() {
    for length in [0, 32, 5000] {
        let directory = tempfile::tempdir().unwrap();
        let (ledger, log) = written(directory.path());
        let path = ledger.join("ledger.db");
        cut(&ledger.join("ledger.db-wal"), length);
        let before = fs::read(&path).unwrap();
        assert!(matches!(log.append(9, &batch(9, 1)), Append::Unknown { .. }));
        assert!(log.end_in_order().is_err());
        drop(log);
        assert!(fs::read(&path).unwrap() == before, "cut to {length}");
    }
}
