//! Two rivals on one ledger, and what must be left of what they were told.

use crate::kept::{Batches, is_kept};
use crate::{Report, Stage};
use acceptance::Chance;
use acceptance::bare::items;
use almoner_store::{Append, Cluster, KurrentLog, Log, StoreError};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What the rivals tell while they run.
#[derive(Default)]
struct Told {
    ended: AtomicBool,
    acknowledged: AtomicU64,
    conflicts: AtomicU64,
    longest: Mutex<Duration>,
    waiting: [Mutex<Option<Instant>>; 2],
}

impl Told {
    /// Times one call, so that it is seen from outside while it lasts.
    fn wait<T>(&self, rival: usize, call: impl FnOnce() -> T) -> T {
        let since = Instant::now();
        *held(&self.waiting[rival]) = Some(since);
        let answer = call();
        *held(&self.waiting[rival]) = None;
        let mut longest = held(&self.longest);
        *longest = since.elapsed().max(*longest);
        answer
    }

    fn longest(&self) -> Duration {
        let now = self.waiting.iter().filter_map(|since| held(since).map(|since| since.elapsed())).max();
        now.unwrap_or_default().max(*held(&self.longest))
    }

    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Relaxed)
    }
}

fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn run(stage: &Stage, report: &mut Report) {
    let ledger = stage.fresh("load");
    let told = Told::default();
    let mut chance = Chance::new("sizes and pauses of the load");
    let first = stage.path(&format!("{ledger}-0"));
    let opened = insist(|| match KurrentLog::create(&stage.cluster, &ledger, acceptance::voice(), &first) {
        // An attempt that broke off left its mirror.
        Err(StoreError::Exists { path }) => std::fs::remove_file(&path)
            .map_err(|source| StoreError::Io { doing: "remove", path, source })
            .and_then(|()| KurrentLog::create(&stage.cluster, &ledger, acceptance::voice(), &first)),
        created => created,
    });
    let log = match opened {
        Ok(log) => log,
        Err(error) => return report.line(false, "load", "to begin", &error.to_string()),
    };
    let batches = std::thread::scope(|scope| {
        let chances = [chance.split(), chance.split()];
        let (told, ledger, cluster) = (&told, &ledger, &stage.cluster);
        let [one, other] = chances;
        let second = stage.path(&format!("{ledger}-1"));
        let one = scope.spawn(move || rival(told, 0, one, log));
        let other = scope.spawn(move || {
            let log = open_second(told, cluster, ledger, &second)?;
            Ok(rival(told, 1, other, log))
        });
        let since = Instant::now();
        let mut second = 0;
        while !(told.has_ended() && one.is_finished() && other.is_finished()) {
            std::thread::sleep(Duration::from_millis(20));
            if since.elapsed().as_secs() >= stage.seconds || (one.is_finished() && other.is_finished()) {
                told.ended.store(true, Ordering::Relaxed);
            }
            if since.elapsed().as_secs() > second {
                second = since.elapsed().as_secs();
                println!(
                    "{second:>5} s: {} acknowledged, {} conflicts, longest wait {:.1} s{}",
                    told.acknowledged.load(Ordering::Relaxed),
                    told.conflicts.load(Ordering::Relaxed),
                    told.longest().as_secs_f64(),
                    if told.has_ended() { "; the time is over, waiting for the last answers" } else { "" }
                );
            }
        }
        let panicked = || StoreError::Stopped { why: "a rival panicked".to_owned() };
        let one = one.join().map_err(|_| panicked());
        let other = other.join().map_err(|_| panicked()).and_then(|opened| opened);
        [one, other]
    });
    let mut wrong = Vec::new();
    let mut all = Vec::new();
    for (rival, batches) in batches.into_iter().enumerate() {
        match batches {
            Ok(batches) => all.push(batches),
            Err(error) => wrong.push(format!("rival {rival}: {error}")),
        }
    }
    println!("reading the stream, as soon as the server answers");
    report.count(is_kept(stage, &ledger, &all, wrong), "load");
}

/// Until the cluster answers, however long that takes.
fn insist<T>(mut attempt: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
    loop {
        match attempt() {
            Err(StoreError::Unreachable { .. }) => std::thread::sleep(Duration::from_millis(100)),
            answer => return answer,
        }
    }
}

/// Opens the ledger when the first rival's first entries are there.
fn open_second(
    told: &Told,
    cluster: &Cluster,
    ledger: &str,
    mirror: &std::path::Path,
) -> Result<KurrentLog, StoreError> {
    while told.acknowledged.load(Ordering::Relaxed) == 0 && !told.has_ended() {
        std::thread::sleep(Duration::from_millis(5));
    }
    told.wait(1, || insist(|| KurrentLog::open(cluster, ledger, acceptance::voice(), mirror)))
}

/// Appends at the size that is known, until the time is over or nothing can be known any more.
fn rival(told: &Told, number: usize, mut chance: Chance, log: KurrentLog) -> Batches {
    let mut batches = Batches::default();
    let mut seq = 0;
    while !told.has_ended() {
        let size = match log.size() {
            Ok(size) => size,
            Err(error) => return batches.end(Vec::new(), error.to_string()),
        };
        let count = chance.between(1, 20);
        let batch = items(number as u32 + 1, seq, count, chance.between(60, 1200) as usize);
        // Not used again, also if the batch is refused: what is refused must not be found.
        seq += count;
        match told.wait(number, || log.append(size, &batch)) {
            Append::Appended => {
                told.acknowledged.fetch_add(count, Ordering::Relaxed);
                batches.stored.push((size, batch));
            }
            Append::Conflict { .. } => {
                told.conflicts.fetch_add(1, Ordering::Relaxed);
                batches.refused.push(batch);
                if let Err(error) = told.wait(number, || insist(|| log.refresh())) {
                    return batches.end(Vec::new(), error.to_string());
                }
                continue;
            }
            Append::Unknown { why } => return batches.end(batch, why),
        }
        // Else the one that lost a race would lose the next one, too.
        std::thread::sleep(Duration::from_millis(chance.between(0, 10)));
    }
    batches
}
