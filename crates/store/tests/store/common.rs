//! What the tests share.

use std::path::PathBuf;
use std::sync::Arc;

use almoner_store::{Append, Log, Pinned, Sealed};
use tempfile::TempDir;

pub(crate) fn sealed(number: u64, chain: u32, seq: u64) -> Sealed {
    let bytes: Vec<u8> = format!("bytes of entry {number}").into_bytes();
    Sealed { bytes: Arc::from(bytes), leaf_hash: [number as u8; 32], chain, seq, event_hash: [!number as u8; 32] }
}

/// `count` items for the indexes from `from` on, one chain.
pub(crate) fn batch(from: u64, count: u64) -> Vec<Sealed> {
    (from..from + count).map(|number| sealed(number, 1, number)).collect()
}

pub(crate) fn pinned(size: u64, root: u8) -> Pinned {
    Pinned { size, root: [root; 32], note: format!("note of {size}").into_bytes() }
}

pub(crate) fn append(log: &dyn Log, from: u64, count: u64) {
    assert_eq!(log.append(from, &batch(from, count)), Append::Appended);
}

/// Every entry, read.
pub(crate) fn entries(log: &dyn Log) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    log.read(0, u64::MAX, &mut |_, bytes| {
        entries.push(bytes.to_vec());
        true
    })
    .unwrap();
    entries
}

/// A directory and the path of a file to come in it.
pub(crate) fn place(name: &str) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(name);
    (directory, path)
}
