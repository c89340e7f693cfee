//! What callers on several threads may rely on.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use std::sync::Barrier;
use std::thread;

use super::{append, batch, read, sealed};
use crate::{Append, Log};

pub(super) fn one_of_two_writers_wins(log: &dyn Log) {
    for round in 0..20_u64 {
        let start = Barrier::new(2);
        let race = |chain: u32| {
            let mine = [sealed(round, chain, round)];
            start.wait();
            log.append(round, &mine)
        };
        let answers = thread::scope(|scope| {
            let other = scope.spawn(|| race(1));
            [race(0), other.join().expect("a writer that does not panic")]
        });
        let next = round.saturating_add(1);
        let winner = answers.iter().position(|answer| *answer == Append::Appended).expect("one writer that wins");
        assert_eq!(answers[1 - winner], Append::Conflict { size: next }, "the other one learns the size it lost to");
        assert_eq!(log.size().unwrap(), next);
        assert_eq!(log.lookup(winner as u32, round).unwrap(), Some(round), "the winner's item is there");
        assert_eq!(log.lookup(1 - winner as u32, round).unwrap(), None, "the loser's is not");
    }
}

pub(super) fn readers_see_whole_batches(log: &dyn Log) {
    const BATCHES: u64 = 60;
    const EACH: u64 = 20;
    let watch = || {
        let mut before = 0;
        while before < BATCHES * EACH {
            let size = log.size().unwrap();
            assert!(size >= before && size.is_multiple_of(EACH), "a reader saw {size} after {before}: half a batch");
            assert_eq!(log.leaves(0, size).unwrap().len() as u64, size, "leaf hashes come with their entries");
            let from = size.saturating_sub(3 * EACH);
            for ((index, bytes), expected) in read(log, from, size).into_iter().zip(from..) {
                assert_eq!(index, expected, "a reader skipped");
                assert_eq!(bytes, &*sealed(index, 1, index).bytes, "a reader saw other bytes at {index}");
            }
            if let Some(last) = size.checked_sub(1) {
                assert_eq!(log.lookup(1, last).unwrap(), Some(last), "keys come with their entries");
            }
            before = size;
        }
    };
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(watch);
        }
        for number in 0..BATCHES {
            append(log, number * EACH, &batch(number * EACH, EACH, 1));
        }
    });
}
