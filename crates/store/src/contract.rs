//! The one suite that every adapter must pass; other rooms run it against theirs.
//!
//! Each function panics with what was expected. `make` gives a fresh, empty store at every call; `open` gives the same
//! store again, after the one before was dropped.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a suite of assertions: a panic is how it reports")]

mod anchor;
mod concurrent;
mod log;

use std::sync::Arc;

pub use anchor::{anchor_contract, anchor_reopen_contract};

use crate::{Append, Log, Pinned, Sealed};

/// Everything a [`Log`] must do within one life.
pub fn log_contract(make: &mut dyn FnMut() -> Box<dyn Log>) {
    log::empty(&*make());
    log::appends_and_conflicts(&*make());
    log::all_or_nothing(&*make());
    log::reads(&*make());
    log::reads_may_call_the_log(&*make());
    log::heads_and_lookups(&*make());
    log::checkpoints(&*make());
    log::large(&*make());
    concurrent::one_of_two_writers_wins(&*make());
    concurrent::readers_see_whole_batches(&*make());
}

/// What a durable [`Log`] must still hold when it is opened again.
pub fn log_reopen_contract(open: &mut dyn FnMut() -> Box<dyn Log>) {
    log::reopened(open);
}

/// An item whose content tells its number.
fn sealed(number: u64, chain: u32, seq: u64) -> Sealed {
    let bytes: Vec<u8> = format!("entry {number} of chain {chain} at {seq}").into_bytes();
    Sealed { bytes: Arc::from(bytes), leaf_hash: hash(number), chain, seq, event_hash: hash(!number) }
}

/// `count` items of one chain, for the indexes from `from` on.
fn batch(from: u64, count: u64, chain: u32) -> Vec<Sealed> {
    (from..from.checked_add(count).expect("small numbers")).map(|number| sealed(number, chain, number)).collect()
}

fn hash(number: u64) -> [u8; 32] {
    let mut hash = [0xa5; 32];
    hash[..8].copy_from_slice(&number.to_be_bytes());
    hash
}

fn pinned(size: u64, root: u64, note: &str) -> Pinned {
    Pinned { size, root: hash(root), note: note.as_bytes().to_vec() }
}

fn append(log: &dyn Log, expected_size: u64, batch: &[Sealed]) {
    assert_eq!(log.append(expected_size, batch), Append::Appended, "{} items at {expected_size}", batch.len());
}

/// Everything there is in a range, as one reader sees it.
fn read(log: &dyn Log, from: u64, to: u64) -> Vec<(u64, Vec<u8>)> {
    let mut seen = Vec::new();
    log.read(from, to, &mut |index, bytes| {
        seen.push((index, bytes.to_vec()));
        true
    })
    .expect("a log that reads");
    seen
}

/// Every position from one on.
fn positions(log: &dyn Log, from: (u32, u64)) -> Vec<(u32, u64, u64)> {
    let mut seen = Vec::new();
    log.positions(from, &mut |chain, seq, index| {
        seen.push((chain, seq, index));
        true
    })
    .expect("positions that read");
    seen
}

/// The whole log holds exactly these items, by every way of reading it.
fn holds(log: &dyn Log, items: &[Sealed]) {
    let size = items.len() as u64;
    assert_eq!(log.size().unwrap(), size, "size");
    let expected: Vec<_> = (0..).zip(items).map(|(index, item)| (index, item.bytes.to_vec())).collect();
    assert_eq!(read(log, 0, u64::MAX), expected, "every entry, in order");
    let leaves: Vec<_> = items.iter().map(|item| item.leaf_hash).collect();
    assert_eq!(log.leaves(0, u64::MAX).unwrap(), leaves, "every leaf hash, in order");
    for (index, item) in (0..).zip(items) {
        assert_eq!(log.entry(index).unwrap().as_deref(), Some(&item.bytes[..]), "entry {index}");
        assert_eq!(log.lookup(item.chain, item.seq).unwrap(), Some(index), "lookup of entry {index}");
    }
    assert_eq!(log.entry(size).unwrap(), None, "no entry at the size");
    let mut expected: Vec<_> = (0..).zip(items).map(|(index, item)| (item.chain, item.seq, index)).collect();
    expected.sort_unstable();
    assert_eq!(positions(log, (0, 0)), expected, "every position, by chain and seq");
    log.is_in_place().expect("a store that nobody touched");
    log.forget().expect("a store that nobody touched");
}
