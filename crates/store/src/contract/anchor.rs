//! What the pinning of the newest checkpoint must hold to.

use std::sync::Barrier;
use std::thread;

use super::pinned;
use crate::{Anchor, Pinned, Swap};

fn holds(anchor: &dyn Anchor, expected: Option<&Pinned>) {
    assert_eq!(anchor.read().expect("an anchor that reads").as_ref(), expected, "what is pinned");
}

fn swap(anchor: &dyn Anchor, expected: Option<&Pinned>, next: &Pinned) {
    assert_eq!(anchor.swap(expected, next), Swap::Swapped, "{expected:?} to {next:?}");
    holds(anchor, Some(next));
}

fn refused(anchor: &dyn Anchor, expected: Option<&Pinned>, next: &Pinned, found: Option<&Pinned>) {
    let conflict = Swap::Conflict { found: found.cloned() };
    assert_eq!(anchor.swap(expected, next), conflict, "{expected:?} to {next:?}");
    holds(anchor, found);
}

/// Everything an [`Anchor`] must do within one life.
pub fn anchor_contract(make: &mut dyn FnMut() -> Box<dyn Anchor>) {
    for check in [compares_and_swaps, one_of_two_swaps_wins] {
        let anchor = make();
        anchor.take_over().unwrap();
        check(&*anchor);
    }
}

/// What a durable [`Anchor`] must still hold when it is opened again.
pub fn anchor_reopen_contract(open: &mut dyn FnMut() -> Box<dyn Anchor>) {
    let mut last: Option<Pinned> = None;
    for size in 0..7 {
        let anchor = open();
        anchor.take_over().unwrap();
        holds(&*anchor, last.as_ref());
        for note in ["a first note, which is long", "again"] {
            let next = pinned(size, size, note);
            swap(&*anchor, last.as_ref(), &next);
            last = Some(next);
        }
    }
    holds(&*open(), last.as_ref());
}

fn compares_and_swaps(anchor: &dyn Anchor) {
    let [zero, five, nine] = [pinned(0, 0, "zero"), pinned(5, 5, "five"), pinned(9, 9, "")];
    holds(anchor, None);
    refused(anchor, Some(&zero), &five, None);
    swap(anchor, None, &zero);
    refused(anchor, None, &five, Some(&zero));
    swap(anchor, Some(&zero), &five);
    for wrong in [&zero, &nine, &pinned(5, 6, "five"), &pinned(6, 5, "five")] {
        refused(anchor, Some(wrong), &nine, Some(&five));
    }
    let back = pinned(4, 4, "back");
    refused(anchor, Some(&five), &back, Some(&five));
    let sideways = pinned(5, 6, "sideways");
    refused(anchor, Some(&five), &sideways, Some(&five));
    let signed_again = pinned(5, 5, "five, signed again");
    swap(anchor, Some(&five), &signed_again);
    // Only size and root are compared, so whoever knows the older note still names what is pinned.
    swap(anchor, Some(&five), &nine);
    let largest = Pinned { size: u64::MAX, root: [0xff; 32], note: vec![0; 8 * 1024] };
    swap(anchor, Some(&nine), &largest);
}

fn one_of_two_swaps_wins(anchor: &dyn Anchor) {
    let mut current: Option<Pinned> = None;
    for round in 0..20 {
        let start = Barrier::new(2);
        let race = |root: u64| {
            let next = pinned(round, root, "race");
            start.wait();
            (anchor.swap(current.as_ref(), &next), next)
        };
        let [(mine, my_next), (other, other_next)] = thread::scope(|scope| {
            let other = scope.spawn(|| race(1));
            [race(0), other.join().expect("a swap that does not panic")]
        });
        let (winner, answer) = if mine == Swap::Swapped { (my_next, other) } else { (other_next, mine) };
        assert_eq!(answer, Swap::Conflict { found: Some(winner.clone()) }, "exactly one of two swaps wins");
        holds(anchor, Some(&winner));
        current = Some(winner);
    }
}
