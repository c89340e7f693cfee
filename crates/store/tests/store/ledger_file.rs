//! The SQLite file: who may open it, and what it refuses from anybody.

use std::fs;
use std::path::Path;

use almoner_store::{Append, Log, SqliteLog, StoreError};
use rusqlite::Connection;

use crate::common::{append, batch, entries, pinned, place};

fn change(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn nothing_is_edited_or_deleted_even_by_another_program() {
    let (_directory, path) = place("ledger.db");
    let log = SqliteLog::create(&path).unwrap();
    append(&log, 0, 5);
    log.put_checkpoint(&pinned(5, 5)).unwrap();
    let stranger = Connection::open(&path).unwrap();
    let hash = "zeroblob(32)";
    let attempts = [
        "UPDATE entry SET bytes = x'00' WHERE idx = 2".to_owned(),
        "DELETE FROM entry WHERE idx = 4".to_owned(),
        "DELETE FROM entry".to_owned(),
        "INSERT OR REPLACE INTO entry VALUES(2, x'00')".to_owned(),
        "INSERT INTO entry VALUES(6, x'00')".to_owned(),
        format!("UPDATE leaf SET hash = {hash}"),
        "DELETE FROM leaf".to_owned(),
        "INSERT INTO leaf VALUES(5, x'00')".to_owned(),
        "UPDATE chain_key SET idx = 0 WHERE seq = 2".to_owned(),
        "DELETE FROM chain_key WHERE seq = 2".to_owned(),
        "INSERT INTO chain_key VALUES(1, 2, 0)".to_owned(),
        "UPDATE checkpoint SET note = x'00'".to_owned(),
        "DELETE FROM checkpoint".to_owned(),
        format!("REPLACE INTO checkpoint VALUES(5, {hash}, x'00')"),
        "INSERT INTO entry VALUES(5, 'text is no blob')".to_owned(),
    ];
    for sql in &attempts {
        assert!(stranger.execute_batch(sql).is_err(), "{sql}");
    }
    let expected: Vec<_> = batch(0, 5).iter().map(|item| item.bytes.to_vec()).collect();
    assert_eq!(entries(&log), expected);
    assert_eq!(log.lookup(1, 2).unwrap(), Some(2));
    assert_eq!(log.latest_checkpoint().unwrap(), Some(pinned(5, 5)));
}

#[test]
fn a_second_writer_is_refused_until_the_first_is_gone() {
    let (_directory, path) = place("ledger.db");
    let first = SqliteLog::create(&path).unwrap();
    append(&first, 0, 3);
    assert!(matches!(SqliteLog::open(&path), Err(StoreError::Locked { .. })));
    let (_other, link) = place("link.db");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    assert!(matches!(SqliteLog::open(&link), Err(StoreError::Locked { .. })), "another name of the same ledger");
    drop(first);
    let second = SqliteLog::open(&link).unwrap();
    append(&second, 3, 1);
}

#[test]
fn readers_need_no_lock_and_cannot_write() {
    let (_directory, path) = place("ledger.db");
    let writer = SqliteLog::create(&path).unwrap();
    let reader = SqliteLog::open_read_only(&path).unwrap();
    append(&writer, 0, 3);
    assert_eq!(entries(&reader), entries(&writer));
    assert!(matches!(reader.append(3, &batch(3, 1)), Append::Unknown { .. }));
    assert!(matches!(reader.put_checkpoint(&pinned(3, 3)), Err(StoreError::ReadOnly)));
    drop(writer);
    assert_eq!(entries(&reader).len(), 3, "the writer's leaving takes nothing away");
    assert_eq!(entries(&SqliteLog::open_read_only(&path).unwrap()).len(), 3);
}

#[test]
fn what_is_not_a_ledger_is_refused_by_name_and_left_alone() {
    let (directory, path) = place("ledger.db");
    assert!(matches!(SqliteLog::open(&path), Err(StoreError::Missing { .. })));
    assert!(matches!(SqliteLog::open_read_only(&path), Err(StoreError::Missing { .. })));
    assert!(!path.exists(), "opening creates nothing");
    assert!(matches!(SqliteLog::open(directory.path()), Err(StoreError::Sqlite { .. })), "a directory");

    let text = "This is a letter, and it is rather longer than the header of a database would be. ".repeat(50);
    for content in ["", "short", text.as_str()] {
        fs::write(&path, content).unwrap();
        assert!(matches!(SqliteLog::open(&path), Err(StoreError::NotALedger { .. })), "{} bytes", content.len());
        assert!(matches!(SqliteLog::open_read_only(&path), Err(StoreError::NotALedger { .. })));
        assert!(matches!(SqliteLog::create(&path), Err(StoreError::Exists { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }

    let (_directory, path) = place("browser-history.db");
    change(&path, "CREATE TABLE visits(url TEXT); PRAGMA application_id = 7;");
    assert!(matches!(SqliteLog::open(&path), Err(StoreError::NotALedger { .. })));
}

#[test]
fn another_version_is_refused_by_name() {
    for version in [0, 2, 99] {
        let (_directory, path) = place("ledger.db");
        drop(SqliteLog::create(&path).unwrap());
        change(&path, &format!("PRAGMA user_version = {version}"));
        let found = SqliteLog::open(&path);
        assert!(matches!(found, Err(StoreError::Version { found, supported: 1, .. }) if found == version), "{found:?}");
    }
}

#[test]
fn a_dropped_guard_and_a_lost_row_are_found() {
    let (_directory, path) = place("ledger.db");
    let log = SqliteLog::create(&path).unwrap();
    append(&log, 0, 9);
    // What no program of ours does: the guard is dropped, rows vanish, the guard comes back.
    change(
        &path,
        "CREATE TEMP TABLE kept AS SELECT sql FROM sqlite_schema WHERE name = 'entry_no_delete';
         DROP TRIGGER entry_no_delete; DELETE FROM entry WHERE idx = 4;",
    );
    let mut seen = 0;
    let answer = log.read(0, 9, &mut |_, _| {
        seen += 1;
        true
    });
    assert!(matches!(answer, Err(StoreError::Corrupt { index: Some(4), .. })), "{answer:?} after {seen}");
    assert!(matches!(log.entry(4), Err(StoreError::Corrupt { index: Some(4), .. })));
    assert_eq!(log.entry(5).unwrap().as_deref(), Some(&batch(5, 1)[0].bytes[..]));
    drop(log);
    let error = SqliteLog::open(&path).unwrap_err();
    assert!(error.to_string().contains("entry_no_delete"), "{error}");
}

#[test]
fn a_tail_cut_from_one_table_is_found_at_opening() {
    let (_directory, path) = place("ledger.db");
    let log = SqliteLog::create(&path).unwrap();
    append(&log, 0, 9);
    drop(log);
    let stranger = Connection::open(&path).unwrap();
    let guard: String = stranger
        .query_row("SELECT sql FROM sqlite_schema WHERE name = 'leaf_no_delete'", [], |row| row.get(0))
        .unwrap();
    stranger.execute_batch(&format!("DROP TRIGGER leaf_no_delete; DELETE FROM leaf WHERE idx = 8; {guard}")).unwrap();
    drop(stranger);
    assert!(matches!(SqliteLog::open(&path), Err(StoreError::Corrupt { .. })));
}

#[test]
fn creating_never_overwrites_and_survives_its_own_leftovers() {
    let (directory, path) = place("ledger.db");
    fs::write(directory.path().join("ledger.db.new"), "half a ledger").unwrap();
    fs::write(directory.path().join("ledger.db.new-wal"), "half a log").unwrap();
    let log = SqliteLog::create(&path).unwrap();
    append(&log, 0, 1);
    assert!(matches!(SqliteLog::create(&path), Err(StoreError::Locked { .. })));
    drop(log);
    assert!(matches!(SqliteLog::create(&path), Err(StoreError::Exists { .. })));
    assert_eq!(SqliteLog::open(&path).unwrap().size().unwrap(), 1);
    assert!(!directory.path().join("ledger.db.new").exists());
}

#[test]
fn the_write_ahead_log_is_moved_and_reused() {
    let (_directory, path) = place("ledger.db");
    let log = SqliteLog::create(&path).unwrap();
    let fat = |number: u64| almoner_store::Sealed {
        bytes: vec![number as u8; 1 << 20].into(),
        ..crate::common::sealed(number, 1, number)
    };
    for number in 0..140 {
        assert_eq!(log.append(number, &[fat(number)]), Append::Appended);
    }
    let waiting = fs::metadata(path.with_extension("db-wal")).unwrap().len();
    assert!(waiting < 80 << 20, "140 MiB were written, {waiting} bytes wait in the write-ahead log");
    drop(log);
    assert_eq!(entries(&SqliteLog::open(&path).unwrap()).len(), 140);
}
