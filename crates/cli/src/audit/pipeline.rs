//! How the work is spread: workers read and verify bundles; one thread goes through them in order.
//!
//! A bundle passes through four hands: read (any worker) → introduce (in order) → verify (any
//! worker) → admit (in order, while workers verify what follows). So the first failing index is the
//! first in log order, whichever was found first in time. A window bounds how far reading runs
//! ahead, in bundles and in bytes, so memory does not grow with the log.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use super::fold::Fold;
use super::report::Finding;
use super::shared::Shared;
use super::work::{self, Outcome, Read};
use almoner_proof::Envelope;
use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Condvar, Mutex, PoisonError};

/// Bundles between reading and admission, for each thread: enough that none waits.
const WINDOW_PER_THREAD: u64 = 8;
/// Bytes of bundles between reading and admission. Taken apart and typed they take some four times as much.
const WINDOW_BYTES: usize = 16 << 20;

/// What a worker is asked.
enum Task {
    Read(u64),
    Verify(u64, Vec<Result<Envelope, Finding>>),
}

/// What it answers.
enum Done {
    Read(Read),
    Verified(u64, Vec<Outcome>),
    /// It panicked; the panic itself comes with the join.
    Died,
}

#[derive(Default)]
struct Tasks {
    verify: VecDeque<(u64, Vec<Result<Envelope, Finding>>)>,
    read: VecDeque<u64>,
    closed: bool,
}

struct Queue {
    tasks: Mutex<Tasks>,
    woken: Condvar,
    /// Verifications that should lie ready before workers read ahead.
    ready: usize,
}

impl Queue {
    fn change(&self, change: impl FnOnce(&mut Tasks)) {
        change(&mut self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        self.woken.notify_all();
    }

    /// The next task, or `None` when the audit is over.
    fn take(&self) -> Option<Task> {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if tasks.closed {
                return None;
            }
            if tasks.verify.len() < self.ready
                && let Some(number) = tasks.read.pop_front()
            {
                return Some(Task::Read(number));
            }
            if let Some((number, events)) = tasks.verify.pop_front() {
                return Some(Task::Verify(number, events));
            }
            if let Some(number) = tasks.read.pop_front() {
                return Some(Task::Read(number));
            }
            tasks = self.woken.wait(tasks).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Tells the ordering thread when a worker panics, so that it does not wait for ever.
struct Alive<'a>(&'a Sender<Done>);

impl Drop for Alive<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = self.0.send(Done::Died);
        }
    }
}

fn worker(shared: &Shared<'_>, queue: &Queue, done: &Sender<Done>) {
    let _alive = Alive(done);
    while let Some(task) = queue.take() {
        let answer = match task {
            Task::Read(number) => Done::Read(work::read(shared, number)),
            Task::Verify(number, events) => Done::Verified(number, work::verify(shared, number, events)),
        };
        if done.send(answer).is_err() {
            return;
        }
    }
}

/// Goes through the whole log; `true` if every event was admitted.
pub(super) fn run(shared: &Shared<'_>, fold: &mut Fold<'_>, threads: usize, progress: &dyn Fn(u64, u64)) -> bool {
    let threads = threads.max(1);
    let queue = Queue { tasks: Mutex::default(), woken: Condvar::new(), ready: threads };
    std::thread::scope(|scope| {
        let (sender, receiver) = channel();
        for _ in 0..threads {
            let (sender, queue) = (sender.clone(), &queue);
            scope.spawn(move || worker(shared, queue, &sender));
        }
        drop(sender);
        let whole = drive(shared, fold, threads, &queue, &receiver, progress);
        queue.change(|tasks| tasks.closed = true);
        whole
    })
}

/// How far each step has come, in bundles.
#[derive(Default)]
struct Steps {
    asked: u64,
    read: u64,
    introduced: u64,
    admitted: u64,
    /// Bytes of bundles that are read and not admitted.
    bytes: BTreeMap<u64, usize>,
}

fn drive(
    shared: &Shared<'_>,
    fold: &mut Fold<'_>,
    threads: usize,
    queue: &Queue,
    done: &Receiver<Done>,
    progress: &dyn Fn(u64, u64),
) -> bool {
    let threads = threads as u64;
    let mut end = shared.size.div_ceil(256);
    let mut whole = true;
    let mut steps = Steps::default();
    let mut reads: BTreeMap<u64, Read> = BTreeMap::new();
    let mut verified: BTreeMap<u64, Vec<Outcome>> = BTreeMap::new();
    while steps.admitted < end {
        let held = steps.bytes.values().sum::<usize>();
        while steps.asked < end
            && steps.asked.saturating_sub(steps.admitted) < WINDOW_PER_THREAD.saturating_mul(threads)
            && steps.asked.saturating_sub(steps.read) < threads.saturating_mul(2)
            && (held < WINDOW_BYTES || steps.asked == steps.admitted)
        {
            queue.change(|tasks| tasks.read.push_back(steps.asked));
            steps.asked = steps.asked.saturating_add(1);
        }
        match done.recv() {
            Ok(Done::Read(read)) => {
                steps.read = steps.read.saturating_add(1);
                steps.bytes.insert(read.number, read.bytes);
                reads.insert(read.number, read);
                while let Some(read) = reads.remove(&steps.introduced).filter(|_| steps.introduced < end) {
                    let number = read.number;
                    let (events, follow) = fold.introduce(read);
                    queue.change(|tasks| tasks.verify.push_back((number, events)));
                    steps.introduced = steps.introduced.saturating_add(1);
                    if !follow {
                        // What stands before is still to be admitted: the first failing index may lie there.
                        end = steps.introduced;
                        whole = false;
                    }
                }
            }
            Ok(Done::Verified(number, outcomes)) => {
                verified.insert(number, outcomes);
                while let Some(outcomes) = verified.remove(&steps.admitted) {
                    if !fold.admit(steps.admitted, outcomes) {
                        progress(fold.books.size(), shared.size);
                        return false;
                    }
                    steps.bytes.remove(&steps.admitted);
                    steps.admitted = steps.admitted.saturating_add(1);
                    progress(fold.books.size(), shared.size);
                }
            }
            Ok(Done::Died) | Err(_) => return false,
        }
    }
    whole && fold.books.size() == shared.size
}
