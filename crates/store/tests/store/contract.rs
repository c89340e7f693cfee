//! Every adapter against the one contract.

use std::sync::Arc;

use almoner_store::contract::{anchor_contract, anchor_reopen_contract, log_contract, log_reopen_contract};
use almoner_store::{Count, Faulty, FileAnchor, MemoryAnchor, MemoryLog, SqliteLog};

use crate::common::place;

#[test]
fn memory_log() {
    log_contract(&mut || Box::new(MemoryLog::new()));
}

#[test]
fn sqlite_log() {
    let (directory, _) = place("");
    let mut number = 0;
    log_contract(&mut || {
        number += 1;
        Box::new(SqliteLog::create(directory.path().join(format!("{number}.db"))).unwrap())
    });
}

#[test]
fn sqlite_log_reopened() {
    let (_directory, path) = place("ledger.db");
    log_reopen_contract(&mut || {
        Box::new(if path.exists() { SqliteLog::open(&path).unwrap() } else { SqliteLog::create(&path).unwrap() })
    });
}

#[test]
fn a_wrapper_without_faults_changes_nothing() {
    log_contract(&mut || Box::new(Faulty::new(Arc::new(MemoryLog::new()), Count::EveryCall)));
    anchor_contract(&mut || Box::new(Faulty::new(Arc::new(MemoryAnchor::new()), Count::EveryCall)));
}

#[test]
fn memory_anchor() {
    anchor_contract(&mut || Box::new(MemoryAnchor::new()));
}

#[test]
fn file_anchor() {
    let (directory, _) = place("");
    let mut number = 0;
    anchor_contract(&mut || {
        number += 1;
        Box::new(FileAnchor::create(directory.path().join(format!("{number}/state/anchor"))).unwrap())
    });
}

#[test]
fn file_anchor_reopened() {
    let (_directory, path) = place("anchor");
    anchor_reopen_contract(&mut || {
        Box::new(if path.exists() { FileAnchor::open(&path).unwrap() } else { FileAnchor::create(&path).unwrap() })
    });
}
