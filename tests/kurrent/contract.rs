//! The one contract of the store, on a cluster.

use crate::{Room, cluster};
use acceptance::double::Double;
use almoner_store::contract::{anchor_contract, anchor_reopen_contract, log_contract, log_reopen_contract};
use almoner_store::{Cluster, FileAnchor, KurrentAnchor, KurrentLog, StoreError};
use std::sync::atomic::{AtomicU64, Ordering};

/// Runs all of the suite on a cluster. Ledgers get names that no earlier run has used.
fn all(cluster: &Cluster, run: &str) {
    let room = Room::new();
    let count = AtomicU64::new(0);
    let fresh = || format!("{run}-{}", count.fetch_add(1, Ordering::Relaxed));
    log_contract(&mut || {
        let name = fresh();
        Box::new(KurrentLog::create(cluster, &name, acceptance::voice(), room.path(&name)).unwrap())
    });
    let again = fresh();
    log_reopen_contract(&mut || {
        let mirror = room.path(&again);
        // Whether there is a ledger is known from the stream: the mirror may be removed at any time.
        Box::new(match KurrentLog::open(cluster, &again, acceptance::voice(), &mirror) {
            Err(StoreError::Stream { .. }) => {
                std::fs::remove_file(&mirror).unwrap();
                KurrentLog::create(cluster, &again, acceptance::voice(), &mirror).unwrap()
            }
            opened => opened.unwrap(),
        })
    });
    let file = |path: std::path::PathBuf| match FileAnchor::open(&path) {
        Err(StoreError::AnchorMissing { .. }) => FileAnchor::create(&path).unwrap(),
        opened => opened.unwrap(),
    };
    anchor_contract(&mut || {
        let name = fresh();
        Box::new(KurrentAnchor::open(cluster, &name, acceptance::voice(), file(room.path(&name))).unwrap())
    });
    let again = fresh();
    anchor_reopen_contract(&mut || {
        Box::new(KurrentAnchor::open(cluster, &again, acceptance::voice(), file(room.path(&again))).unwrap())
    });
}

#[test]
fn on_the_double() {
    let double = Double::start();
    all(&cluster(&double.connection()), "contract");
}

#[test]
fn on_three_doubles() {
    let double = Double::cluster(3);
    all(&cluster(&double.connection()), "contract");
}

#[test]
fn on_a_real_server() {
    let Ok(connection) = std::env::var("ALMONER_TEST_ESDB") else {
        println!("SKIPPED: no real server was asked, because ALMONER_TEST_ESDB holds no connection string");
        return;
    };
    all(&Cluster::new(&connection).unwrap(), &format!("contract-{}", uuid::Uuid::new_v4()));
}
