//! What an append, a bulk of them and a read cost: by the client alone, and by the store.

use crate::Stage;
use acceptance::bare::{Bare, Said, behind, events, items, percentile};
use almoner_store::{Append, KurrentLog, Log};
use std::time::{Duration, Instant};

/// Entries of a bulk append, and bytes of each.
const BULK: u64 = 500;
const BYTES: usize = 512;

pub(crate) fn measure_all(stage: &Stage) -> Result<(), String> {
    let few = if stage.is_short() { 10 } else { 1 };
    let bare = stage.bare()?;
    singles(stage, &bare, 100 / few, 1000 / few)?;
    let slice = Duration::from_millis(1000 / few);
    bulks(stage, &bare, slice, if stage.is_short() { 2 } else { 5 })
}

fn print(what: &str, times: &mut [Duration]) {
    let p50 = percentile(times, 50);
    println!("{what}: p50 {p50:.2?}, p99 {:.2?} ({})", percentile(times, 99), times.len());
}

fn wanted(said: Said, size: u64) -> Result<(), String> {
    if said == Said::Done(size.checked_sub(1)) { Ok(()) } else { Err(format!("an append to {size}: {said}")) }
}

fn timed(log: &KurrentLog, size: u64, count: u64) -> Result<Duration, String> {
    let batch = items(1, size, count, BYTES);
    let start = Instant::now();
    let answer = log.append(size, &batch);
    let time = start.elapsed();
    if answer == Append::Appended { Ok(time) } else { Err(format!("an append behind {size}: {answer:?}")) }
}

fn create(stage: &Stage, ledger: &str) -> Result<KurrentLog, String> {
    KurrentLog::create(&stage.cluster, ledger, acceptance::voice(), stage.path(ledger))
        .map_err(|error| error.to_string())
}

/// One entry at a time, one in flight.
fn singles(stage: &Stage, bare: &Bare, unary: u64, session: u64) -> Result<(), String> {
    let name = stage.fresh("unary");
    let mut times = Vec::new();
    for size in 0..unary {
        let batch = events(&items(1, size, 1, BYTES));
        let start = Instant::now();
        wanted(bare.unary(&name, behind(size), batch), size + 1)?;
        times.push(start.elapsed());
    }
    print("append of one, client alone, unary", &mut times);
    let (name, in_session) = (stage.fresh("session"), bare.session()?);
    times.clear();
    for size in 0..session {
        let batch = events(&items(1, size, 1, BYTES));
        let start = Instant::now();
        wanted(in_session.append(&name, behind(size), batch), size + 1)?;
        times.push(start.elapsed());
    }
    print("append of one, client alone, in a session", &mut times);
    let log = create(stage, &stage.fresh("one"))?;
    times.clear();
    for size in 0..session {
        times.push(timed(&log, size, 1)?);
    }
    print("append of one, the store", &mut times);
    Ok(())
}

/// Bulk appends by either in turn, then all of it read back by either. Only the calls are timed.
fn bulks(stage: &Stage, bare: &Bare, slice: Duration, turns: u32) -> Result<(), String> {
    let (name, in_session) = (stage.fresh("bulk"), bare.session()?);
    let ledger = stage.fresh("bulk");
    let log = create(stage, &ledger)?;
    timed(&log, 0, BULK)?;
    wanted(in_session.append(&name, behind(0), events(&items(1, 0, BULK, BYTES))), BULK)?;
    let mirrors: Vec<_> = (0..if stage.is_short() { 1 } else { 3 })
        .map(|number| {
            let path = stage.path(&format!("{ledger}-mirror-{number}"));
            KurrentLog::open(&stage.cluster, &ledger, acceptance::voice(), path).map_err(|error| error.to_string())
        })
        .collect::<Result<_, _>>()?;
    let (mut alone, mut store) = ((BULK, Duration::ZERO), (BULK, Duration::ZERO));
    for _ in 0..turns {
        let until = alone.1 + slice;
        while alone.1 < until {
            let batch = events(&items(1, alone.0, BULK, BYTES));
            let start = Instant::now();
            let said = in_session.append(&name, behind(alone.0), batch);
            alone.1 += start.elapsed();
            alone.0 += BULK;
            wanted(said, alone.0)?;
        }
        let until = store.1 + slice;
        while store.1 < until {
            store.1 += timed(&log, store.0, BULK)?;
            store.0 += BULK;
        }
    }
    compare("appends of 500 entries of 512 bytes", (alone.0 - BULK, alone.1), (store.0 - BULK, store.1));
    let (mut alone, mut store) = ((0, Duration::ZERO), (0, Duration::ZERO));
    for mirror in mirrors {
        let before = mirror.size().map_err(|error| error.to_string())?;
        let (count, time) = bare.read_past(&format!("almoner-{ledger}"))?;
        alone = (alone.0 + count, alone.1 + time);
        let start = Instant::now();
        mirror.refresh().map_err(|error| error.to_string())?;
        store = (store.0 + count - before, store.1 + start.elapsed());
    }
    compare("read back, into a fresh mirror", alone, store);
    Ok(())
}

fn compare(what: &str, alone: (u64, Duration), store: (u64, Duration)) {
    let rate = |(count, time): (u64, Duration)| count as f64 / time.as_secs_f64();
    println!(
        "{what}: client alone {:.0} entries/s, the store {:.0} entries/s, ratio {:.2}",
        rate(alone),
        rate(store),
        rate(store) / rate(alone)
    );
}
