//! What one caller at a time may rely on.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use std::sync::Arc;

use super::{append, batch, holds, pinned, positions, read, sealed};
use crate::{Append, Log, Pinned, Sealed, StoreError};

pub(super) fn empty(log: &dyn Log) {
    holds(log, &[]);
    assert_eq!(log.entry(u64::MAX).unwrap(), None);
    assert_eq!(log.head(0).unwrap(), None);
    assert_eq!(log.lookup(0, 0).unwrap(), None);
    assert_eq!(log.latest_checkpoint().unwrap(), None);
    log.checkpoints(0, &mut |_| panic!("no checkpoint was published")).unwrap();
    append(log, 0, &[]);
    assert_eq!(log.size().unwrap(), 0, "an empty batch adds nothing");
}

pub(super) fn appends_and_conflicts(log: &dyn Log) {
    let items = batch(0, 5, 1);
    assert_eq!(log.append(1, &items), Append::Conflict { size: 0 }, "expected too high in an empty log");
    append(log, 0, &items[..3]);
    for wrong in [0, 2, 4, u64::MAX] {
        let answer = log.append(wrong, &items[3..]);
        assert_eq!(answer, Append::Conflict { size: 3 }, "expected {wrong} where the size is 3");
        assert_eq!(log.append(wrong, &[]), Append::Conflict { size: 3 }, "an empty batch compares, too");
    }
    holds(log, &items[..3]);
    append(log, 3, &items[3..]);
    append(log, 5, &[]);
    holds(log, &items);
    assert_eq!(log.append(3, &items[3..]), Append::Conflict { size: 5 }, "the same batch again is seen, not repeated");
}

pub(super) fn all_or_nothing(log: &dyn Log) {
    let items = batch(0, 3, 1);
    append(log, 0, &items);
    let twice_in_batch = [sealed(3, 2, 0), sealed(4, 2, 1), sealed(5, 2, 0)];
    let already_there = [sealed(3, 2, 0), sealed(4, 1, 1)];
    let beyond_storage = [sealed(3, 2, 0), sealed(4, 2, u64::MAX)];
    for bad in [&twice_in_batch[..], &already_there, &beyond_storage] {
        let answer = log.append(3, bad);
        assert!(matches!(answer, Append::Unknown { .. }), "a batch that cannot be kept: {answer:?}");
        holds(log, &items);
        assert_eq!(log.lookup(2, 0).unwrap(), None, "nothing of a refused batch is left");
        assert_eq!(log.head(2).unwrap(), None, "no chain is begun by a refused batch");
    }
    append(log, 3, &[sealed(3, 2, 0)]);
    assert_eq!(log.lookup(2, 0).unwrap(), Some(3), "a refused batch is no obstacle to a good one");
}

pub(super) fn reads(log: &dyn Log) {
    let items = batch(0, 10, 1);
    append(log, 0, &items);
    holds(log, &items);
    for (from, to, first, count) in [(0, 3, 0, 3), (3, 7, 3, 4), (9, 10, 9, 1), (7, 99, 7, 3), (0, u64::MAX, 0, 10)] {
        let expected: Vec<u64> = (first..).take(count).collect();
        let seen: Vec<u64> = read(log, from, to).into_iter().map(|(index, _)| index).collect();
        assert_eq!(seen, expected, "read {from}..{to}");
        let leaves: Vec<_> = items.iter().skip(from as usize).take(count).map(|item| item.leaf_hash).collect();
        assert_eq!(log.leaves(from, to).unwrap(), leaves, "leaves {from}..{to}");
    }
    for (from, to) in [(3, 3), (7, 3), (10, 12), (u64::MAX, u64::MAX), (11, u64::MAX)] {
        assert_eq!(read(log, from, to), [], "read {from}..{to}");
        assert_eq!(log.leaves(from, to).unwrap(), [[0; 32]; 0], "leaves {from}..{to}");
    }
    let mut seen = Vec::new();
    log.read(2, 9, &mut |index, _| {
        seen.push(index);
        seen.len() < 3
    })
    .unwrap();
    assert_eq!(seen, [2, 3, 4], "false stops the reading after the entry it was said to");
}

pub(super) fn reads_may_call_the_log(log: &dyn Log) {
    append(log, 0, &batch(0, 3, 1));
    log.read(0, 3, &mut |index, bytes| {
        assert_eq!(log.entry(index).unwrap().as_deref(), Some(bytes));
        assert_eq!(read(log, 0, 3).len(), 3);
        append(log, index.saturating_add(3), &batch(index.saturating_add(3), 1, 1));
        true
    })
    .unwrap();
    assert_eq!(log.size().unwrap(), 6, "appends from within a read");
}

pub(super) fn heads_and_lookups(log: &dyn Log) {
    let largest = i64::MAX as u64;
    let items = [
        sealed(0, 7, 0),
        sealed(1, u32::MAX, 5),
        sealed(2, 7, 1),
        sealed(3, 0, largest),
        sealed(4, 7, 9),
        // The head is the highest seq, not the last one handed in.
        sealed(5, 7, 4),
    ];
    append(log, 0, &items[..3]);
    assert_eq!(log.head(7).unwrap(), Some((1, 2)));
    append(log, 3, &items[3..]);
    holds(log, &items);
    let heads = [(7, Some((9, 4))), (u32::MAX, Some((5, 1))), (0, Some((largest, 3))), (1, None)];
    for (chain, head) in heads {
        assert_eq!(log.head(chain).unwrap(), head, "head of chain {chain}");
    }
    for (from, count) in
        [((0, 0), 6), ((0, largest), 6), ((1, 0), 5), ((7, 2), 3), ((7, 9), 2), ((7, 10), 1), ((u32::MAX, 6), 0)]
    {
        assert_eq!(positions(log, from).len(), count, "positions from {from:?}");
    }
    let mut seen = 0;
    log.positions((0, 0), &mut |_, _, _| {
        seen += 1;
        seen < 2
    })
    .unwrap();
    assert_eq!(seen, 2, "false stops");
    for (chain, seq) in [(7, 2), (1, 0), (u32::MAX, 0), (0, u64::MAX)] {
        assert_eq!(log.lookup(chain, seq).unwrap(), None, "chain {chain} has no seq {seq}");
    }
}

pub(super) fn checkpoints(log: &dyn Log) {
    let all = |log: &dyn Log| {
        let mut seen = Vec::new();
        log.checkpoints(0, &mut |checkpoint| {
            seen.push(checkpoint.clone());
            true
        })
        .unwrap();
        seen
    };
    let [two, zero, nine] = [pinned(2, 20, "two"), pinned(0, 1, ""), pinned(9, 90, "nine")];
    for checkpoint in [&two, &zero, &nine, &two] {
        log.put_checkpoint(checkpoint).expect("a checkpoint, new or the same again");
    }
    assert_eq!(all(log), [zero.clone(), two.clone(), nine.clone()], "ascending by size, each once");
    log.put_checkpoint(&pinned(2, 20, "two, signed again")).expect("the same size and root");
    let refused = log.put_checkpoint(&pinned(2, 21, "two"));
    assert!(matches!(refused, Err(StoreError::CheckpointConflict { size: 2 })), "another root: {refused:?}");
    let refused = log.put_checkpoint(&pinned(u64::MAX, 21, "beyond"));
    assert!(matches!(refused, Err(StoreError::OutOfRange { .. })), "beyond the storage format: {refused:?}");
    assert_eq!(all(log), [zero, two, nine.clone()], "what was published first stays");
    assert_eq!(log.latest_checkpoint().unwrap(), Some(nine));

    let many: Vec<Pinned> = (10..600).map(|size| pinned(size, size, "many")).collect();
    for checkpoint in &many {
        log.put_checkpoint(checkpoint).unwrap();
    }
    assert_eq!(all(log)[3..], many, "more than any page");
    let mut seen = 0;
    log.checkpoints(0, &mut |_| {
        seen += 1;
        seen < 2
    })
    .unwrap();
    assert_eq!(seen, 2, "false stops");
}

pub(super) fn large(log: &dyn Log) {
    let fat =
        |number: u64, len: usize| Sealed { bytes: Arc::from(vec![number as u8; len]), ..sealed(number, 1, number) };
    // As much as fits in one item, in many, and an item without a byte; then reading in pages of any size.
    let limits = log.limits();
    let mut items = vec![fat(0, limits.bytes.min(1 << 20)), fat(1, 0)];
    append(log, 0, &items);
    let each = (limits.bytes / limits.items).min(512);
    for _ in 0..4 {
        let from = items.len() as u64;
        items.extend((from..).take(limits.items.min(512)).map(|number| fat(number, each)));
        append(log, from, &items[from as usize..]);
    }
    for number in items.len() as u64..items.len() as u64 + 4 {
        items.push(fat(number, limits.bytes.min(700 << 10)));
        append(log, number, &items[number as usize..]);
    }
    holds(log, &items);
}

pub(super) fn reopened(open: &mut dyn FnMut() -> Box<dyn Log>) {
    let mut items = Vec::new();
    for life in 0..4_u64 {
        let log = open();
        holds(&*log, &items);
        let published = life.checked_sub(1).map(|before| pinned(before, before, "life"));
        assert_eq!(log.latest_checkpoint().unwrap(), published, "checkpoints of the lives before");
        let fresh = batch(items.len() as u64, 100, life as u32);
        append(&*log, items.len() as u64, &fresh);
        items.extend(fresh);
        log.put_checkpoint(&pinned(life, life, "life")).unwrap();
        holds(&*log, &items);
    }
    holds(&*open(), &items);
}
