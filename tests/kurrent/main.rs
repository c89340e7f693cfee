//! A ledger on a cluster: the contract of the store, its faults, and whole nodes that take over from each other.
//!
//! Everything runs against the double of the protocol; with a connection string in `ALMONER_TEST_ESDB` the contract runs
//! against a real server, too.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod contract;
mod faults;
mod foreign;
mod moves;
mod nodes;
mod standalone;
mod table;
mod takeovers;
mod words;

use acceptance::double::Double;
use almoner_store::{Append, Cluster, KurrentLog, Log, Pinned, Sealed, Timing};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// Waiting times of a test: what a real cluster needs seconds for, the double does at once.
pub(crate) const TIMING: Timing = Timing {
    call: Duration::from_millis(500),
    pause: Duration::from_millis(2),
    pause_limit: Duration::from_millis(50),
    opening: Duration::from_secs(10),
};

/// A cluster as the store sees it. The client waits before each connection; not so long here.
pub(crate) fn cluster(connection: &str) -> Cluster {
    Cluster::new(&quick(connection)).unwrap().with_timing(TIMING)
}

pub(crate) fn quick(connection: &str) -> String {
    let joint = if connection.contains('?') { '&' } else { '?' };
    format!("{connection}{joint}discoveryInterval=5")
}

/// A place for mirrors and anchors.
pub(crate) struct Room(TempDir);

impl Room {
    pub(crate) fn new() -> Room {
        Room(tempfile::tempdir().unwrap())
    }
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

pub(crate) const LEDGER: &str = "kurrent.example/ledger";

/// A new ledger's log on a double.
pub(crate) fn create(double: &Double, room: &Room, mirror: &str) -> KurrentLog {
    KurrentLog::create(&cluster(&double.connection()), LEDGER, acceptance::voice(), room.path(mirror)).unwrap()
}

pub(crate) fn open(double: &Double, room: &Room, mirror: &str) -> KurrentLog {
    KurrentLog::open(&cluster(&double.connection()), LEDGER, acceptance::voice(), room.path(mirror)).unwrap()
}

/// `count` items for the indexes from `from` on; `author` makes them differ.
pub(crate) fn batch(author: u32, from: u64, count: u64) -> Vec<Sealed> {
    let item = |number: u64| {
        let bytes: Vec<u8> = format!("entry {number} by {author}").into_bytes();
        let mut hash = [author as u8; 32];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        Sealed { bytes: Arc::from(bytes), leaf_hash: hash, chain: author, seq: number, event_hash: hash }
    };
    (from..from + count).map(item).collect()
}

pub(crate) fn append(log: &dyn Log, from: u64, items: &[Sealed]) {
    assert_eq!(log.append(from, items), Append::Appended);
}

pub(crate) fn pinned(size: u64) -> Pinned {
    Pinned { size, root: [size as u8; 32], note: format!("note of {size}").into_bytes() }
}

/// The stream and the mirror hold exactly these.
pub(crate) fn holds(double: &Double, log: &dyn Log, items: &[Sealed]) {
    let stream = double.stream(&format!("almoner-{LEDGER}")).unwrap_or_default();
    let there: Vec<_> = stream.iter().map(|event| event.data.to_vec()).collect();
    let expected: Vec<_> = items.iter().map(|item| item.bytes.to_vec()).collect();
    assert_eq!(there, expected, "the stream");
    let mut mirror = Vec::new();
    log.read(0, u64::MAX, &mut |_, bytes| {
        mirror.push(bytes.to_vec());
        true
    })
    .unwrap();
    assert_eq!(mirror, expected, "the mirror");
}
