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
    let (mut alone, mut store) = (Side::default(), Side::default());
    for _ in 0..turns {
        let until = alone.time + slice;
        while alone.time < until {
            let size = BULK + alone.entries;
            let batch = events(&items(1, size, BULK, BYTES));
            let said = alone.works(BULK, || in_session.append(&name, behind(size), batch));
            wanted(said, size + BULK)?;
        }
        let until = store.time + slice;
        while store.time < until {
            let size = BULK + store.entries;
            let batch = items(1, size, BULK, BYTES);
            let answer = store.works(BULK, || log.append(size, &batch));
            if answer != Append::Appended {
                return Err(format!("an append behind {size}: {answer:?}"));
            }
        }
    }
    compare("appends of 500 entries of 512 bytes", &alone, &store);
    let (mut alone, mut store) = (Side::default(), Side::default());
    for mirror in mirrors {
        let before = mirror.size().map_err(|error| error.to_string())?;
        let mut length = 0;
        alone.works(0, || bare.read_past(&format!("almoner-{ledger}")).map(|(count, _)| length = count))?;
        alone.entries += length;
        store.works(length - before, || mirror.refresh()).map_err(|error| error.to_string())?;
    }
    compare("read back, into a fresh mirror", &alone, &store);
    Ok(())
}

/// What one side did: entries, time, and the time of processors that this program took for it.
#[derive(Default)]
struct Side {
    entries: u64,
    time: Duration,
    busy: Duration,
}

impl Side {
    /// Only the call counts.
    fn works<T>(&mut self, entries: u64, call: impl FnOnce() -> T) -> T {
        let (busy, start) = (processors(), Instant::now());
        let answer = call();
        self.time += start.elapsed();
        self.busy += processors().saturating_sub(busy);
        self.entries += entries;
        answer
    }

    fn rate(&self) -> f64 {
        self.entries as f64 / self.time.as_secs_f64()
    }

    fn cost(&self) -> f64 {
        self.busy.as_secs_f64() * 1e6 / self.entries as f64
    }
}

/// The time that processors have worked for this process, in steps of 10 ms: utime and stime of proc_pid_stat(5). Zero
/// where there is no such file.
fn processors() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is the program's name, in parentheses, and may hold spaces.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

fn compare(what: &str, alone: &Side, store: &Side) {
    println!(
        "{what}: client alone {:.0} entries/s, the store {:.0} entries/s, ratio {:.2}; of processors' time an entry \
         takes {:.1} and {:.1} µs here",
        alone.rate(),
        store.rate(),
        store.rate() / alone.rate(),
        alone.cost(),
        store.cost()
    );
}
