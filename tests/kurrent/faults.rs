//! What a cluster does to an append, and what becomes of it: stored once, or refused because somebody else was there.

use crate::{LEDGER, Room, append, batch, cluster, create, holds, open, pinned};
use acceptance::double::{Double, Fault};
use almoner_store::{Anchor, Append, FileAnchor, KurrentAnchor, KurrentLog, Log, StoreError, Swap};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Waits for what another thread or the double does.
fn until(what: &str, mut done: impl FnMut() -> bool) {
    let since = Instant::now();
    while !done() {
        assert!(since.elapsed() < Duration::from_secs(20), "{what} did not come");
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

#[test]
fn one_fault_and_the_batch_is_stored_once() {
    let faults = [
        Fault::AckLost,
        Fault::AckLostSilently,
        Fault::Dropped,
        Fault::DroppedSilently,
        Fault::NotLeader { endpoint: Some(0) },
        Fault::NotLeader { endpoint: None },
        Fault::CleanEnd,
        Fault::CleanEndAfterCommit,
        // It names entries that are not there, and is not believed.
        Fault::WrongExpectedVersion { current: 77 },
        Fault::WrongExpectedVersion { current: 2 },
        Fault::CommitTimeout { written: true },
        Fault::CommitTimeout { written: false },
        Fault::NotReady,
        Fault::Refuse { for_: Duration::from_millis(300) },
    ];
    let (double, room) = (Double::start(), Room::new());
    let log = create(&double, &room, "mirror");
    let mut items = batch(1, 0, 3);
    append(&log, 0, &items);
    for fault in faults {
        let (from, name) = (items.len() as u64, format!("{fault:?}"));
        let next = batch(1, from, 2);
        double.fault(fault);
        assert_eq!(log.append(from, &next), Append::Appended, "{name}");
        items.extend(next);
        holds(&double, &log, &items);
    }
    // And as the very first append of a stream.
    for fault in [Fault::AckLost, Fault::Dropped, Fault::AckLostSilently] {
        let (double, room) = (Double::start(), Room::new());
        let log = create(&double, &room, "mirror");
        double.fault(fault);
        append(&log, 0, &batch(1, 0, 3));
        holds(&double, &log, &batch(1, 0, 3));
    }
}

#[test]
fn two_faults_in_a_row() {
    let pair = |first: Fault, second: Fault| {
        let (double, room) = (Double::start(), Room::new());
        let log = create(&double, &room, "mirror");
        append(&log, 0, &batch(1, 0, 1));
        double.fault(first);
        double.fault(second);
        append(&log, 1, &batch(1, 1, 4));
        holds(&double, &log, &[batch(1, 0, 1), batch(1, 1, 4)].concat());
    };
    pair(Fault::AckLost, Fault::Dropped);
    pair(Fault::Dropped, Fault::AckLost);
    pair(Fault::AckLost, Fault::AckLost);
    pair(Fault::DroppedSilently, Fault::WrongExpectedVersion { current: 9 });
    pair(Fault::WrongExpectedVersion { current: 9 }, Fault::CleanEndAfterCommit);
    pair(Fault::CommitTimeout { written: true }, Fault::Refuse { for_: Duration::from_millis(200) });
}

#[test]
fn entries_that_no_majority_has_yet() {
    for survives in [true, false] {
        let (double, room) = (Double::cluster(3), Room::new());
        let log = Arc::new(create(&double, &room, "mirror"));
        append(&log, 0, &batch(1, 0, 2));
        double.fault(Fault::Uncommitted { survives });
        let before = double.appends();
        let writer = {
            let log = Arc::clone(&log);
            std::thread::spawn(move || log.append(2, &batch(1, 2, 3)))
        };
        // It goes on asking with the same batch, and gets no answer until somebody is elected.
        until("a second attempt", || double.appends() >= before + 2);
        assert!(!writer.is_finished(), "nobody said that it was stored");
        double.elect(1);
        assert_eq!(writer.join().unwrap(), Append::Appended, "survives: {survives}");
        holds(&double, &log, &batch(1, 0, 5));
    }
}

#[test]
fn a_rival_whose_entries_vanish_is_no_rival() {
    let (double, room) = (Double::cluster(3), Room::new());
    let ours = Arc::new(create(&double, &room, "ours"));
    append(&ours, 0, &batch(1, 0, 2));
    let theirs = Arc::new(open(&double, &room, "theirs"));
    double.fault(Fault::Uncommitted { survives: false });
    let before = double.appends();
    let rival = {
        let theirs = Arc::clone(&theirs);
        std::thread::spawn(move || theirs.append(2, &batch(2, 2, 2)))
    };
    until("the rival's append", || double.appends() > before);
    // Ours is told WrongExpectedVersion at once, naming what will vanish.
    let writer = {
        let ours = Arc::clone(&ours);
        std::thread::spawn(move || ours.append(2, &batch(1, 2, 1)))
    };
    until("our attempts", || double.appends() > before + 3);
    theirs.stop_waiting();
    double.elect(2);
    assert!(matches!(rival.join().unwrap(), Append::Unknown { .. } | Append::Conflict { .. }));
    assert_eq!(writer.join().unwrap(), Append::Appended);
    holds(&double, &ours, &batch(1, 0, 3));
}

#[test]
fn a_deposed_leader_that_shows_its_own_past_is_not_believed() {
    let (double, room) = (Double::cluster(3), Room::new());
    let log = Arc::new(create(&double, &room, "mirror"));
    append(&log, 0, &batch(1, 0, 2));
    double.fault(Fault::Uncommitted { survives: false });
    let before = double.appends();
    let writer = {
        let log = Arc::clone(&log);
        std::thread::spawn(move || log.append(2, &batch(1, 2, 2)))
    };
    until("the append", || double.appends() > before);
    // For a while node 0 shows the batch as if it were stored; node 1 leads without it.
    double.depose(0, 1, Duration::from_millis(900));
    assert_eq!(writer.join().unwrap(), Append::Appended);
    until("the end of the deposed leader", || !double.listens(0));
    holds(&double, &log, &batch(1, 0, 4));
    double.revive(0);
    append(&log, 4, &batch(1, 4, 1));
    holds(&double, &log, &batch(1, 0, 5));
}

#[test]
fn a_frozen_node_and_a_killed_one() {
    let (double, room) = (Double::start(), Room::new());
    let log = Arc::new(create(&double, &room, "mirror"));
    append(&log, 0, &batch(1, 0, 1));
    double.freeze(0);
    let writer = {
        let log = Arc::clone(&log);
        std::thread::spawn(move || log.append(1, &batch(1, 1, 2)))
    };
    // Longer than a call is waited for: what was sent first is done at the thaw, beside what was sent since.
    std::thread::park_timeout(Duration::from_millis(900));
    double.thaw(0);
    assert_eq!(writer.join().unwrap(), Append::Appended);
    holds(&double, &log, &batch(1, 0, 3));

    double.kill(0);
    let writer = {
        let log = Arc::clone(&log);
        std::thread::spawn(move || log.append(3, &batch(1, 3, 2)))
    };
    std::thread::park_timeout(Duration::from_millis(100));
    assert!(!writer.is_finished());
    double.revive(0);
    assert_eq!(writer.join().unwrap(), Append::Appended);
    holds(&double, &log, &batch(1, 0, 5));
}

#[test]
fn the_leader_changes_between_appends() {
    let (double, room) = (Double::cluster(3), Room::new());
    let log = create(&double, &room, "mirror");
    let mut items = Vec::new();
    for round in 0..6 {
        let next = batch(1, items.len() as u64, 2);
        append(&log, items.len() as u64, &next);
        items.extend(next);
        double.elect((round + 1) % 3);
    }
    holds(&double, &log, &items);
}

#[test]
fn an_ending_node_gives_up() {
    let (double, room) = (Double::start(), Room::new());
    let log = Arc::new(create(&double, &room, "mirror"));
    double.kill(0);
    let writer = {
        let log = Arc::clone(&log);
        std::thread::spawn(move || log.append(0, &batch(1, 0, 1)))
    };
    std::thread::park_timeout(Duration::from_millis(50));
    log.stop_waiting();
    assert!(matches!(writer.join().unwrap(), Append::Unknown { .. }));
}

#[test]
fn somebody_elses_entries_are_a_conflict_and_come_into_sight() {
    let (double, room) = (Double::start(), Room::new());
    let ours = create(&double, &room, "ours");
    append(&ours, 0, &batch(1, 0, 2));
    let theirs = open(&double, &room, "theirs");
    append(&theirs, 2, &batch(2, 2, 3));
    assert_eq!(ours.append(2, &batch(1, 2, 1)), Append::Conflict { size: 5 });
    holds(&double, &ours, &[batch(1, 0, 2), batch(2, 2, 3)].concat());
    append(&ours, 5, &batch(1, 5, 1));
    theirs.refresh().unwrap();
    assert_eq!(theirs.size().unwrap(), 6);
    // The same entries by another hand are still another hand's: but what is there is what was asked for.
    assert_eq!(theirs.append(5, &batch(1, 5, 1)), Append::Conflict { size: 6 });
}

#[test]
fn too_much_at_once_is_not_sent() {
    let (double, room) = (Double::start(), Room::new());
    let log = create(&double, &room, "mirror");
    assert!(matches!(log.append(0, &batch(1, 0, 501)), Append::Unknown { .. }));
    assert_eq!(double.appends(), 3, "only the guards of the streams were written");
}

#[test]
fn a_follower_sees_what_is_published_and_no_more() {
    let (double, room) = (Double::start(), Room::new());
    let log = create(&double, &room, "ours");
    append(&log, 0, &batch(1, 0, 3));
    let follower =
        KurrentLog::follow(&cluster(&double.connection()), LEDGER, acceptance::voice(), room.path("theirs")).unwrap();
    assert_eq!(follower.size().unwrap(), 0, "nothing is published");
    log.put_checkpoint(&pinned(2)).unwrap();
    follower.refresh().unwrap();
    assert_eq!((follower.size().unwrap(), follower.latest_checkpoint().unwrap()), (2, Some(pinned(2))));
    append(&log, 3, &batch(1, 3, 2));
    for size in [3, 5] {
        log.put_checkpoint(&pinned(size)).unwrap();
    }
    follower.refresh().unwrap();
    assert_eq!((follower.size().unwrap(), follower.latest_checkpoint().unwrap()), (5, Some(pinned(5))));
    assert!(matches!(follower.append(5, &batch(1, 5, 1)), Append::Unknown { .. }));
    assert!(matches!(follower.put_checkpoint(&pinned(6)), Err(StoreError::ReadOnly)));
}

#[test]
fn a_follower_that_could_not_read_the_entries_forgets_no_checkpoint() {
    let (double, room) = (Double::start(), Room::new());
    let log = create(&double, &room, "ours");
    append(&log, 0, &batch(1, 0, 1));
    let follower =
        KurrentLog::follow(&cluster(&double.connection()), LEDGER, acceptance::voice(), room.path("theirs")).unwrap();
    append(&log, 1, &batch(1, 1, 8));
    for size in [2, 4, 9] {
        log.put_checkpoint(&pinned(size)).unwrap();
    }
    let name = format!("almoner-{LEDGER}");
    let whole = double.stream(&name).unwrap();
    double.tamper(&name, |events| events.truncate(3));
    let told = follower.refresh();
    assert!(matches!(told, Err(StoreError::Unreachable { .. })), "{told:?}");
    double.tamper(&name, |events| *events = whole);
    follower.refresh().unwrap();
    let mut sizes = Vec::new();
    follower
        .checkpoints(0, &mut |checkpoint| {
            sizes.push(checkpoint.size);
            true
        })
        .unwrap();
    assert_eq!((sizes, follower.size().unwrap()), (vec![2, 4, 9], 9));
}

#[test]
fn checkpoints_survive_lost_answers_and_rivals() {
    let (double, room) = (Double::start(), Room::new());
    let log = create(&double, &room, "ours");
    append(&log, 0, &batch(1, 0, 9));
    let rival = open(&double, &room, "theirs");
    let stream = format!("almoner-{LEDGER}-checkpoints");
    for fault in [Fault::AckLost, Fault::Dropped, Fault::AckLostSilently, Fault::WrongExpectedVersion { current: 8 }] {
        let size = double.stream(&stream).unwrap_or_default().len() as u64 + 1;
        double.fault_on(&stream, fault);
        log.put_checkpoint(&pinned(size)).unwrap();
        assert_eq!(double.stream(&stream).unwrap().len() as u64, size, "once");
    }
    rival.put_checkpoint(&pinned(7)).unwrap();
    rival.put_checkpoint(&pinned(2)).unwrap();
    log.put_checkpoint(&pinned(7)).unwrap();
    log.put_checkpoint(&pinned(8)).unwrap();
    assert_eq!(double.stream(&stream).unwrap().len(), 6, "each size once");
    let mut other = pinned(8);
    other.root = [99; 32];
    let refused = rival.put_checkpoint(&other);
    assert!(matches!(refused, Err(StoreError::CheckpointConflict { size: 8 })), "{refused:?}");
}

#[test]
fn an_anchor_survives_lost_answers_and_rivals() {
    let (double, room) = (Double::start(), Room::new());
    let open = |name: &str| {
        let path = room.path(name);
        let file = if path.exists() { FileAnchor::open(&path) } else { FileAnchor::create(&path) };
        KurrentAnchor::open(&cluster(&double.connection()), LEDGER, acceptance::voice(), file.unwrap()).unwrap()
    };
    let anchor = open("ours");
    anchor.take_over().unwrap();
    let mut before = None;
    let faults =
        [Fault::AckLost, Fault::Dropped, Fault::DroppedSilently, Fault::AckLostSilently, Fault::CleanEndAfterCommit];
    for (size, fault) in (1..).zip(faults) {
        double.fault(fault);
        assert_eq!(anchor.swap(before.as_ref(), &pinned(size)), Swap::Swapped);
        before = Some(pinned(size));
    }
    let rival = open("theirs");
    assert_eq!(rival.read().unwrap(), before);
    assert_eq!(rival.own().unwrap(), None, "this machine has pinned nothing");
    // Who has not taken the anchor over does not pin, although nothing else has changed; who has lost it neither.
    assert_eq!(rival.swap(before.as_ref(), &pinned(9)), Swap::Conflict { found: before.clone() });
    double.fault(Fault::AckLost);
    rival.take_over().unwrap();
    assert_eq!(anchor.swap(before.as_ref(), &pinned(8)), Swap::Conflict { found: before.clone() });
    assert_eq!(rival.swap(before.as_ref(), &pinned(9)), Swap::Swapped);
    assert!(matches!(anchor.swap(before.as_ref(), &pinned(8)), Swap::Conflict { .. }), "lost for good");
    drop(anchor);
    assert_eq!(open("ours").own().unwrap(), before, "the file holds what was pinned here");
}

/// Opens again, and expects a refusal that says this.
fn refused(double: &Double, room: &Room, mirror: &str, words: &[&str]) {
    let opened = KurrentLog::open(&cluster(&double.connection()), LEDGER, acceptance::voice(), room.path(mirror));
    let text = opened.err().expect("a refusal").to_string();
    for word in words {
        assert!(text.contains(word), "{word:?} is not said: {text}");
    }
}

#[test]
fn a_stream_that_is_not_what_it_was_is_refused() {
    let entries = format!("almoner-{LEDGER}");
    let damaged = |change: &dyn Fn(&Double, &str), words: &[&str]| {
        let (double, room) = (Double::start(), Room::new());
        let log = create(&double, &room, "mirror");
        append(&log, 0, &batch(1, 0, 6));
        drop(log);
        change(&double, &entries);
        refused(&double, &room, "mirror", words);
        (double, room)
    };
    damaged(
        &|double, name| double.tamper(name, |stream| stream.truncate(4)),
        &["ends after 4", "holds 6", "old backup"],
    );
    damaged(
        &|double, name| double.tamper(name, |stream| drop(stream.remove(0))),
        &["entry 0", "truncated or scavenged"],
    );
    damaged(
        &|double, name| double.tamper(name, |stream| stream[5].data = vec![0; stream[5].data.len()].into()),
        &["entry 5", "redacted"],
    );
    // A redaction in the middle is found by a machine that reads everything anew.
    let (double, room) = (Double::start(), Room::new());
    let log = create(&double, &room, "mirror");
    append(&log, 0, &batch(1, 0, 6));
    double.tamper(&entries, |stream| stream[3].data = vec![0; 9].into());
    refused(&double, &room, "fresh", &["entry 3", "redacted"]);
    drop(log);
    // Restored, and continued by somebody else.
    let (double, room) = (Double::start(), Room::new());
    let log = create(&double, &room, "mirror");
    append(&log, 0, &batch(1, 0, 6));
    drop(log);
    double.tamper(&entries, |stream| stream.truncate(2));
    append(&open(&double, &room, "other"), 2, &batch(2, 2, 9));
    refused(&double, &room, "mirror", &["entry 5 is another"]);
}

#[test]
fn metadata_that_shortens_a_stream_is_refused() {
    for (what, json) in [("$maxCount", r#"{"$maxCount":3}"#), ("$tb", r#"{"$tb":2}"#), ("$maxAge", r#"{"$maxAge":60}"#)]
    {
        for stream in ["", "-anchor", "-checkpoints"] {
            let (double, room) = (Double::start(), Room::new());
            let log = create(&double, &room, "mirror");
            append(&log, 0, &batch(1, 0, 2));
            drop(log);
            let name = format!("$$almoner-{LEDGER}{stream}");
            double.tamper(&name, |events| {
                let last = events.last_mut().expect("a guard");
                last.data = json.as_bytes().to_vec().into();
            });
            refused(&double, &room, "mirror", &[what, "drops entries", &name[2..]]);
        }
    }
}

#[test]
fn streams_are_guarded_against_deletion() {
    let (double, room) = (Double::start(), Room::new());
    let _log = create(&double, &room, "mirror");
    for stream in ["", "-anchor", "-checkpoints"] {
        let guard = double.stream(&format!("$$almoner-{LEDGER}{stream}")).unwrap();
        let text = String::from_utf8(guard.last().unwrap().data.to_vec()).unwrap();
        assert!(text.contains(r#""$d":"$admins""#) && text.contains(r#""$mw":"$admins""#), "{text}");
    }
}

#[test]
fn an_anchor_behind_this_machine_is_refused() {
    let (double, room) = (Double::start(), Room::new());
    let open = || {
        let path = room.path("anchor");
        let file = if path.exists() { FileAnchor::open(&path) } else { FileAnchor::create(&path) };
        KurrentAnchor::open(&cluster(&double.connection()), LEDGER, acceptance::voice(), file.unwrap())
    };
    let anchor = open().unwrap();
    anchor.take_over().unwrap();
    assert_eq!(anchor.swap(None, &pinned(3)), Swap::Swapped);
    assert_eq!(anchor.swap(Some(&pinned(3)), &pinned(5)), Swap::Swapped);
    drop(anchor);
    double.tamper(&format!("almoner-{LEDGER}-anchor"), |stream| stream.truncate(2));
    let text = open().err().expect("a refusal").to_string();
    assert!(text.contains("pins 3 entries, and this machine pinned 5"), "{text}");
}

#[test]
fn a_cluster_that_does_not_answer_is_said_so() {
    let (double, room) = (Double::start(), Room::new());
    double.kill(0);
    let timing = almoner_store::Timing { opening: Duration::from_millis(300), ..crate::TIMING };
    let cluster = cluster(&double.connection()).with_timing(timing);
    let opened = KurrentLog::open(&cluster, LEDGER, acceptance::voice(), room.path("mirror"));
    let text = opened.err().expect("a refusal").to_string();
    assert!(text.contains("does not answer"), "{text}");
    // And a ledger that is not there.
    double.revive(0);
    refused(&double, &room, "mirror", &["not there", "init"]);
}
