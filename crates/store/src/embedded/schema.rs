//! What the file looks like, and how it is recognised.

use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::connect;
use crate::StoreError;

/// "Almn", in the header of the file: tells `file` and other SQLite programs whose it is.
pub(super) const APPLICATION_ID: i64 = 0x416c_6d6e;

/// Version of the tables below.
pub(super) const VERSION: i64 = 1;

/// Tables, and the guards of what is inserted, as SQLite keeps their text; [`objects`] adds the other guards.
///
/// The triggers guard against accidents and tidy-minded tools: nothing is edited, nothing is deleted, and entries are
/// dense. `INSERT OR REPLACE` deletes without firing a DELETE trigger, hence the guards on INSERT where a loss would be
/// for good; leaf hashes and keys can be computed again from the entries, and such a guard costs 0.4 µs a row. Who means
/// harm and can write the file can drop a trigger; that is what the hashes, the anchor and the witnesses are for.
const OBJECTS: &[(&str, &str)] = &[
    ("entry", "CREATE TABLE entry(idx INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT"),
    ("leaf", "CREATE TABLE leaf(idx INTEGER PRIMARY KEY, hash BLOB NOT NULL CHECK(length(hash) = 32)) STRICT"),
    (
        "chain_key",
        "CREATE TABLE chain_key(chain_no INTEGER NOT NULL, seq INTEGER NOT NULL, idx INTEGER NOT NULL, \
         PRIMARY KEY(chain_no, seq)) STRICT, WITHOUT ROWID",
    ),
    (
        "checkpoint",
        "CREATE TABLE checkpoint(size INTEGER PRIMARY KEY, root BLOB NOT NULL CHECK(length(root) = 32), \
         note BLOB NOT NULL) STRICT",
    ),
    (
        "entry_dense",
        "CREATE TRIGGER entry_dense BEFORE INSERT ON entry WHEN NEW.idx IS NOT \
         (SELECT ifnull(max(idx) + 1, 0) FROM entry) \
         BEGIN SELECT RAISE(ABORT, 'append-only: the next entry goes to the next index'); END",
    ),
    (
        "checkpoint_once",
        "CREATE TRIGGER checkpoint_once BEFORE INSERT ON checkpoint WHEN EXISTS \
         (SELECT 1 FROM checkpoint WHERE size = NEW.size) \
         BEGIN SELECT RAISE(ABORT, 'append-only: a checkpoint of this size is already there'); END",
    ),
];

/// Every object of the file: its name and its text.
fn objects() -> Vec<(String, String)> {
    let mut all: Vec<_> = OBJECTS.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    for table in ["entry", "leaf", "chain_key", "checkpoint"] {
        for (action, done) in [("update", "edited"), ("delete", "deleted")] {
            let name = format!("{table}_no_{action}");
            let text = format!(
                "CREATE TRIGGER {name} BEFORE {action} ON {table} \
                 BEGIN SELECT RAISE(ABORT, 'append-only: nothing is {done}'); END"
            );
            all.push((name, text));
        }
    }
    all
}

/// Writes an empty ledger to a new file and closes it, write-ahead log moved in.
pub(super) fn build(path: &Path) -> Result<(), StoreError> {
    let failed = || StoreError::sqlite("create the ledger");
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    let mut sql = String::from("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; BEGIN IMMEDIATE;");
    for (_, object) in objects() {
        sql.push_str(&object);
        sql.push(';');
    }
    sql.push_str(&format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION}; COMMIT;"));
    connection.execute_batch(&sql).map_err(failed())?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false).map_err(failed())?;
    connection.close().map_err(|(_, error)| error).map_err(failed())
}

/// Refuses what is not a ledger of this version with all its guards, by name.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let header = |pragma: &str| {
        connection
            .pragma_query_value(None, pragma, |row| row.get::<_, i64>(0))
            .map_err(|error| not_a_ledger(path, error))
    };
    let application_id = header("application_id")?;
    if application_id != APPLICATION_ID {
        let found = format!("a database with application_id {application_id}");
        return Err(StoreError::NotALedger { path: path.to_owned(), found });
    }
    let found = header("user_version")?;
    if found != VERSION {
        return Err(StoreError::Version { path: path.to_owned(), found, supported: VERSION });
    }
    let failed = || StoreError::sqlite("check the ledger");
    let mut named = connection.prepare("SELECT sql FROM sqlite_schema WHERE name = ?1").map_err(failed())?;
    for (name, text) in objects() {
        let is_as_made = named.query_row([&name], |row| row.get::<_, String>(0)).is_ok_and(|found| found == text);
        if !is_as_made {
            return Err(StoreError::corrupt(None, format!("{name} of {} is missing or changed", path.display())));
        }
    }
    let last: (Option<i64>, Option<i64>) = connection
        .query_row("SELECT (SELECT max(idx) FROM entry), (SELECT max(idx) FROM leaf)", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .map_err(failed())?;
    if last.0 == last.1 {
        Ok(())
    } else {
        Err(StoreError::corrupt(None, format!("entries end at {:?}, leaf hashes at {:?}", last.0, last.1)))
    }
}

/// Refuses a table of published checkpoints whose pages are not as SQLite wrote them. A lost row shows nowhere else:
/// entries, leaf hashes and positions are counted, sizes of checkpoints have gaps.
pub(super) fn check_checkpoints(connection: &Connection) -> Result<(), StoreError> {
    let said: String = connection
        .query_row("PRAGMA quick_check('checkpoint')", [], |row| row.get(0))
        .map_err(StoreError::sqlite("check the published checkpoints"))?;
    if said == "ok" { Ok(()) } else { Err(StoreError::corrupt(None, format!("the published checkpoints: {said}"))) }
}

/// A file that SQLite cannot read as a database, told apart from a ledger that cannot be opened just now.
pub(super) fn not_a_ledger(path: &Path, error: rusqlite::Error) -> StoreError {
    if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) {
        StoreError::NotALedger { path: path.to_owned(), found: "not a SQLite database".to_owned() }
    } else {
        StoreError::sqlite("open the ledger")(error)
    }
}
