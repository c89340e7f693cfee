//! The anchor's file: torn, cut, flipped, replaced, locked.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use almoner_store::{Anchor, FileAnchor, NOTE_LIMIT_BYTES, Pinned, StoreError, Swap};

use crate::common::{pinned, place};

const SLOT: usize = 16 * 1024;

/// An anchor after these swaps, closed; its bytes.
fn written(path: &Path, sizes: &[u64]) -> Vec<u8> {
    let anchor = FileAnchor::create(path).unwrap();
    let mut last = None;
    for &size in sizes {
        let next = pinned(size, size as u8);
        assert_eq!(anchor.swap(last.as_ref(), &next), Swap::Swapped);
        last = Some(next);
    }
    fs::read(path).unwrap()
}

/// What an anchor of these bytes says.
fn reopened(path: &Path, bytes: &[u8]) -> Result<Option<Pinned>, StoreError> {
    fs::write(path, bytes).unwrap();
    let peeked = FileAnchor::peek(path);
    let opened = FileAnchor::open(path).and_then(|anchor| anchor.read());
    assert_eq!(peeked.ok(), opened.as_ref().ok().cloned(), "peeking and opening agree");
    opened
}

#[test]
fn every_flipped_byte_is_either_harmless_or_falls_back_to_the_older_slot() {
    let (_directory, path) = place("anchor");
    // Generation 4 (size 3) stands in the first slot, generation 3 (size 2) in the second.
    let bytes = written(&path, &[1, 2, 3]);
    // Every byte that carries something, and every 61st of the padding: each opening hashes 32 KiB.
    let is_interesting = |at: &usize| at % SLOT < 96 || at % SLOT >= SLOT - 34 || at.is_multiple_of(61);
    for at in (0..bytes.len()).filter(is_interesting) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1 << (at % 8);
        let expected = if at < SLOT { pinned(2, 2) } else { pinned(3, 3) };
        assert_eq!(reopened(&path, &flipped).unwrap(), Some(expected), "byte {at}");
    }
}

#[test]
fn a_torn_write_leaves_what_was_pinned_before() {
    let (_directory, path) = place("anchor");
    let before = written(&path, &[1, 2]);
    fs::remove_file(&path).unwrap();
    let after = written(&path, &[1, 2, 3]);
    assert_eq!(before[SLOT..], after[SLOT..], "a swap writes one slot only");
    for torn in (0..=SLOT).step_by(512).chain(1..96).chain(SLOT - 96..SLOT) {
        let mut bytes = after[..torn].to_vec();
        bytes.extend(&before[torn..]);
        let found = reopened(&path, &bytes).unwrap();
        let expected = if bytes == after { pinned(3, 3) } else { pinned(2, 2) };
        assert_eq!(found, Some(expected.clone()), "torn after {torn} bytes");
        // And life goes on: the torn slot is the one written next.
        let anchor = FileAnchor::open(&path).unwrap();
        assert_eq!(anchor.swap(Some(&expected), &pinned(9, 9)), Swap::Swapped);
        drop(anchor);
        assert_eq!(FileAnchor::peek(&path).unwrap(), Some(pinned(9, 9)));
    }
}

#[test]
fn every_other_length_is_refused() {
    let (_directory, path) = place("anchor");
    let mut bytes = written(&path, &[1, 2]);
    for len in (0..bytes.len()).filter(|len| len % 512 < 2 || len % SLOT < 96 || *len > 2 * SLOT - 40) {
        let found = reopened(&path, &bytes[..len]);
        assert!(matches!(found, Err(StoreError::Corrupt { .. })), "{len} bytes: {found:?}");
    }
    bytes.push(0);
    assert!(matches!(reopened(&path, &bytes), Err(StoreError::Corrupt { .. })), "one byte too many");
}

#[test]
fn two_damaged_slots_and_swapped_slots_are_refused() {
    let (_directory, path) = place("anchor");
    let bytes = written(&path, &[1, 2, 3]);
    let mut both = bytes.clone();
    both[40] ^= 1;
    both[SLOT + 40] ^= 1;
    assert!(matches!(reopened(&path, &both), Err(StoreError::Corrupt { .. })));
    let swapped: Vec<u8> = [&bytes[SLOT..], &bytes[..SLOT]].concat();
    assert!(matches!(reopened(&path, &swapped), Err(StoreError::Corrupt { .. })));
    assert!(matches!(reopened(&path, &vec![0; 2 * SLOT]), Err(StoreError::Corrupt { .. })));
}

#[test]
fn a_fresh_anchor_pins_nothing_is_private_and_is_never_overwritten() {
    let (directory, path) = place("deep/down/anchor");
    assert!(matches!(FileAnchor::open(&path), Err(StoreError::AnchorMissing { .. })));
    assert!(matches!(FileAnchor::peek(&path), Err(StoreError::AnchorMissing { .. })));
    assert!(!directory.path().join("deep").exists(), "opening creates nothing");
    let anchor = FileAnchor::create(&path).unwrap();
    assert_eq!(anchor.read().unwrap(), None);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(anchor.swap(None, &pinned(1, 1)), Swap::Swapped);
    drop(anchor);
    assert!(matches!(FileAnchor::create(&path), Err(StoreError::Exists { .. })));
    assert_eq!(FileAnchor::open(&path).unwrap().read().unwrap(), Some(pinned(1, 1)));
}

#[test]
fn a_draft_left_by_a_crash_is_removed_and_never_written_into() {
    let (_directory, path) = place("anchor");
    written(&path, &[1]);
    let draft = path.with_extension("new");
    fs::rename(&path, path.with_file_name("kept")).unwrap();
    fs::hard_link(path.with_file_name("kept"), &draft).unwrap();
    drop(FileAnchor::create(&path).unwrap());
    assert_eq!(FileAnchor::peek(path.with_file_name("kept")).unwrap(), Some(pinned(1, 1)));
}

#[test]
fn a_second_holder_is_refused_and_peeking_is_not() {
    let (_directory, path) = place("anchor");
    let anchor = FileAnchor::create(&path).unwrap();
    assert!(matches!(FileAnchor::open(&path), Err(StoreError::Locked { .. })));
    assert_eq!(anchor.swap(None, &pinned(1, 1)), Swap::Swapped);
    assert_eq!(FileAnchor::peek(&path).unwrap(), Some(pinned(1, 1)));
    drop(anchor);
    FileAnchor::open(&path).unwrap();
}

#[test]
fn a_note_too_long_is_refused_by_name_and_changes_nothing() {
    let (_directory, path) = place("anchor");
    let anchor = FileAnchor::create(&path).unwrap();
    let long = Pinned { note: vec![7; NOTE_LIMIT_BYTES + 1], ..pinned(1, 1) };
    let Swap::Unknown { why } = anchor.swap(None, &long) else { panic!("a note that does not fit") };
    assert!(why.contains("8193") && why.contains("nothing was written"), "{why}");
    assert_eq!(anchor.read().unwrap(), None);
    assert_eq!(anchor.swap(None, &pinned(1, 1)), Swap::Swapped, "the anchor goes on");
}

#[test]
fn an_anchor_replaced_under_its_holder_is_unknown_and_stops() {
    let (_directory, path) = place("anchor");
    let anchor = FileAnchor::create(&path).unwrap();
    assert_eq!(anchor.swap(None, &pinned(1, 1)), Swap::Swapped);
    let copy = path.with_extension("copy");
    fs::copy(&path, &copy).unwrap();
    fs::rename(&copy, &path).unwrap();
    assert!(matches!(anchor.swap(Some(&pinned(1, 1)), &pinned(2, 2)), Swap::Unknown { .. }));
    assert!(matches!(anchor.read(), Err(StoreError::Stopped { .. })));
    assert!(matches!(anchor.swap(Some(&pinned(1, 1)), &pinned(2, 2)), Swap::Unknown { .. }));
    drop(anchor);
    assert_eq!(FileAnchor::open(&path).unwrap().read().unwrap(), Some(pinned(1, 1)));
}
