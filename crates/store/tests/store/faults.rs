//! Injected faults: each write × (failed, failed but persisted) × (retry, reload), with a full check after each.

use std::sync::Arc;

use almoner_store::{
    Anchor, Append, Count, Fault, Faulty, FileAnchor, Log, MemoryAnchor, MemoryLog, SqliteLog, StoreError, Swap,
};

use crate::common::{append, batch, entries, pinned, place};

const FAULTS: [Fault; 2] = [Fault::Failed, Fault::FailedButPersisted];

#[test]
fn an_unknown_append_is_settled_by_reading_back() {
    for fault in FAULTS {
        for failing in 1..=4 {
            for is_reload in [false, true] {
                let (_directory, path) = place("ledger.db");
                let mut log = Faulty::new(SqliteLog::create(&path).unwrap(), Count::Writes).fail(failing, fault);
                let mut unknown = 0;
                for turn in 0..4 {
                    let items = batch(turn * 3, 3);
                    if log.append(turn * 3, &items) != Append::Appended {
                        unknown += 1;
                        if is_reload {
                            drop(log);
                            log = Faulty::new(SqliteLog::open(&path).unwrap(), Count::Writes);
                        }
                        // The rule of the house: present is success, absent is sent again, the identical batch.
                        let is_there = log.entry(turn * 3).unwrap().is_some();
                        assert_eq!(is_there, fault == Fault::FailedButPersisted);
                        let answer = log.append(turn * 3, &items);
                        let size = turn * 3 + 3;
                        assert_eq!(answer, if is_there { Append::Conflict { size } } else { Append::Appended });
                    }
                }
                assert_eq!(unknown, 1);
                let expected: Vec<_> = batch(0, 12).iter().map(|item| item.bytes.to_vec()).collect();
                assert_eq!(entries(&log), expected, "{fault:?} at {failing}, reload {is_reload}");
            }
        }
    }
}

#[test]
fn an_unknown_swap_is_settled_by_reading_back() {
    for fault in FAULTS {
        let (_directory, path) = place("anchor");
        let anchor = Faulty::new(FileAnchor::create(&path).unwrap(), Count::Writes).fail(2, fault);
        assert_eq!(anchor.swap(None, &pinned(1, 1)), Swap::Swapped);
        assert!(matches!(anchor.swap(Some(&pinned(1, 1)), &pinned(2, 2)), Swap::Unknown { .. }));
        drop(anchor);
        let expected = if fault == Fault::Failed { pinned(1, 1) } else { pinned(2, 2) };
        let anchor = FileAnchor::open(&path).unwrap();
        assert_eq!(anchor.read().unwrap(), Some(expected.clone()));
        assert_eq!(anchor.swap(Some(&expected), &pinned(3, 3)), Swap::Swapped);
    }
}

#[test]
fn calls_are_counted_and_several_faults_may_meet() {
    let inner = Arc::new(MemoryLog::new());
    let log =
        Faulty::new(Arc::clone(&inner), Count::EveryCall).fail(2, Fault::FailedButPersisted).fail(3, Fault::Failed);
    append(&log, 0, 1);
    assert!(matches!(log.append(1, &batch(1, 1)), Append::Unknown { .. }), "the write fails");
    assert!(matches!(log.size(), Err(StoreError::Injected { call: 3 })), "and so does the look at what it did");
    assert_eq!(log.size().unwrap(), 2);
    assert_eq!((log.calls(), inner.size().unwrap()), (4, 2));
    assert_eq!(log.into_inner().size().unwrap(), 2);

    let log = Faulty::new(MemoryLog::new(), Count::Writes).fail(1, Fault::FailedButPersisted).fail(2, Fault::Failed);
    assert_eq!(log.size().unwrap(), 0, "reads do not count");
    assert!(log.put_checkpoint(&pinned(1, 1)).is_err());
    assert!(log.put_checkpoint(&pinned(2, 2)).is_err());
    assert_eq!(log.latest_checkpoint().unwrap(), Some(pinned(1, 1)));

    let anchor = Faulty::new(MemoryAnchor::new(), Count::EveryCall).fail(1, Fault::Failed).fail(2, Fault::Failed);
    assert!(anchor.read().is_err());
    assert!(matches!(anchor.swap(None, &pinned(1, 1)), Swap::Unknown { .. }));
    assert_eq!(anchor.inner().read().unwrap(), None);
}

#[test]
fn a_foreign_transaction_makes_an_append_unknown_and_harms_nothing() {
    let (_directory, path) = place("ledger.db");
    let log = SqliteLog::create(&path).unwrap();
    append(&log, 0, 2);
    let stranger = rusqlite::Connection::open(&path).unwrap();
    stranger.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(log.append(2, &batch(2, 1)), Append::Unknown { .. }));
    assert_eq!(log.size().unwrap(), 2, "readers are not held up");
    stranger.execute_batch("ROLLBACK").unwrap();
    append(&log, 2, 1);
}
