//! What an event costs in a small ledger and in a large one, and how long a large one takes to be ready.

use crate::child;
use crate::stored::{SUBMITTED, Stored, audited};
use std::time::{Duration, Instant};

/// Gifts in the small ledger.
const SMALL: usize = 10_000;

/// Gifts in the small and in the large ledger: 10 million in the large one if that is asked for, or as many as
/// `ALMONER_EVENTS` says.
pub(crate) fn sizes(deep: bool) -> (usize, usize) {
    let asked = std::env::var("ALMONER_EVENTS").ok().and_then(|text| text.parse().ok());
    (SMALL, asked.unwrap_or(if deep { 10_000_000 } else { 100_000 }).max(SMALL * 3))
}

/// Of one size.
struct At {
    size: u64,
    audit: Duration,
    rebuild: Duration,
    /// Started again after an orderly end, with whatever that leaves behind.
    ready: Duration,
    read: Duration,
    memory: u64,
}

pub(crate) fn growth((small, large): (usize, usize), ready: bool, flat: bool, memory: bool) {
    let mut stored = Stored::new();
    stored.grow(small);
    let before = (flat || memory).then(|| at(&mut stored, 5, flat, memory));
    let times = stored.grow(large - small).times;
    let after = at(&mut stored, if large > 1_000_000 { 1 } else { 3 }, flat, memory);
    if ready {
        let budget = 2.0 * after.size as f64 / 1e7;
        println!(
            "8 start to ready at {} events: {:.2} of 2 s at 10 million, by size ({:.2?} of {:.2} s; {:.0} times reading the files once, {:.2?})",
            after.size,
            after.ready.as_secs_f64() / budget,
            after.ready,
            budget,
            after.ready.as_secs_f64() / after.read.as_secs_f64(),
            after.read
        );
    }
    let Some(before) = before else { return };
    if flat {
        // The first tenth of what came on top of the small ledger, and the last.
        let part = (times.len() / 10).max(5);
        let append = |times: &[Duration]| median(times.to_vec()).as_secs_f64() / SUBMITTED as f64;
        print("append", &before, &after, append(&times[..part]), append(&times[times.len() - part..]));
        let each = |at: &At, time: fn(&At) -> Duration| time(at).as_secs_f64() / at.size as f64;
        for (what, time) in [("full audit", (|at| at.audit) as fn(&At) -> Duration), ("rebuild", |at| at.rebuild)] {
            print(what, &before, &after, each(&before, time), each(&after, time));
        }
    }
    if memory {
        let kib = after.memory.saturating_sub(before.memory);
        let bytes = (kib * 1024) as f64 / (after.size - before.size) as f64;
        println!(
            "13 memory of a node from {} to {} events: {:.2} of 96 bytes an event ({bytes:.0}; {} to {} MiB)",
            before.size,
            after.size,
            bytes / 96.0,
            before.memory >> 10,
            after.memory >> 10
        );
    }
}

fn print(what: &str, before: &At, after: &At, small: f64, large: f64) {
    println!(
        "13 {what}, cost of an event from {} to {} events: {:.2} (budget 1.3; {:.1} to {:.1} µs)",
        before.size,
        after.size,
        large / small,
        small * 1e6,
        large * 1e6
    );
}

/// Closes the ledger and looks at it, the median of so many times.
fn at(stored: &mut Stored, times: usize, flat: bool, memory: bool) -> At {
    let size = stored.close();
    let several = |one: &mut dyn FnMut() -> Duration| median((0..times).map(|_| one()).collect());
    let read = several(&mut || stored.read_all());
    let audit = if flat { several(&mut || audited(stored, false)) } else { Duration::ZERO };
    let memory = if memory { child::memory(stored.path()) } else { 0 };
    let mut open = |keeps_replay: bool| {
        if !keeps_replay {
            stored.forget_replay();
        }
        let start = Instant::now();
        stored.open();
        let time = start.elapsed();
        stored.close();
        time
    };
    let rebuild = if flat { several(&mut || open(false)) } else { Duration::ZERO };
    // One start and end, so that what it leaves behind is there.
    if !flat {
        open(true);
    }
    At { size, audit, rebuild, ready: several(&mut || open(true)), read, memory }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
