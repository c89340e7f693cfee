//! Whether a node runs, what it waits for, and who waits for what.

// Saturating: waits, sizes and limits. The most that can be said is what is meant beyond the edge, and no time or room
// left is none.

use super::locks::lock;
use super::status::Status;
use super::verified::Damage;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Most different damages that are told.
const DAMAGES_TOLD: usize = 1000;

/// See the module. Each lock is held for an instant only.
pub(super) struct Life {
    status: Mutex<Status>,
    /// Whether its owner stops it, whatever its status.
    is_stopping: AtomicBool,
    /// Damage that was told to the operator already.
    told: Mutex<BTreeSet<String>>,
    /// Since when a write has waited for the store.
    waiting: Mutex<Option<Instant>>,
    /// Bytes of notes that are acknowledged and not in the views yet.
    behind: AtomicUsize,
    /// Events that are in the views.
    folded: Mutex<u64>,
    /// The views have moved, or the node has ended.
    moved: Condvar,
    /// The same for those whom only the end concerns.
    ending: Condvar,
}

impl Life {
    pub(super) fn new(status: Status) -> Life {
        Life {
            status: Mutex::new(status),
            is_stopping: AtomicBool::new(false),
            told: Mutex::default(),
            waiting: Mutex::default(),
            behind: AtomicUsize::new(0),
            folded: Mutex::default(),
            moved: Condvar::new(),
            ending: Condvar::new(),
        }
    }

    pub(super) fn status(&self) -> Status {
        lock(&self.status).clone()
    }

    /// Ends writing, for good. What came first stays, but that damage may end in a failure.
    pub(super) fn end(&self, how: Status) {
        let mut status = lock(&self.status);
        if !status.has_ended() || matches!((&*status, &how), (Status::Damaged(_), Status::Failed(_))) {
            match &how {
                Status::Failed(why) => {
                    tracing::error!(why, "the writer stops; restart the node, it will re-read what is stored");
                }
                Status::Deposed => tracing::warn!("another node has taken over: this one steps down"),
                Status::Damaged(why) => tracing::error!(
                    why,
                    "no event is taken any more; what verifies is still served: copy it, keep the files, start on a sound copy"
                ),
                Status::Ready | Status::Following | Status::Stopping => {}
            }
            *status = how;
        }
    }

    /// Its owner stops it.
    pub(super) fn stop(&self) {
        let mut status = lock(&self.status);
        if matches!(*status, Status::Ready | Status::Following) {
            *status = Status::Stopping;
        }
        drop(status);
        self.is_stopping.store(true, Ordering::Release);
    }

    /// Tells of damage. Each is told once, and not without end: who reads what is damaged again and again must not fill
    /// the operator's log.
    pub(super) fn tell(&self, damage: &Damage) {
        let mut told = lock(&self.told);
        if told.len() < DAMAGES_TOLD && told.insert(damage.what.clone()) {
            tracing::error!(index = damage.index, "stored data is damaged: {damage}");
        }
    }

    /// Wakes whoever waits. Through the lock, so that nobody is between looking at the status and waiting.
    pub(super) fn wake_all(&self) {
        drop(lock(&self.folded));
        self.moved.notify_all();
        self.ending.notify_all();
    }

    /// Waits, unless the node ends before; false when it has.
    pub(super) fn pause(&self, length: Duration) -> bool {
        self.pause_while(length, |status| matches!(status, Status::Ready | Status::Following))
    }

    /// Waits as long as the status is one to wait in; false when it is not.
    pub(super) fn pause_while(&self, length: Duration, goes_on: fn(&Status) -> bool) -> bool {
        let since = Instant::now();
        let mut guard = lock(&self.folded);
        loop {
            if self.is_stopping.load(Ordering::Acquire) || !goes_on(&self.status()) {
                return false;
            }
            let left = length.saturating_sub(since.elapsed());
            if left.is_zero() {
                return true;
            }
            guard = self.ending.wait_timeout(guard, left).map_or_else(|e| e.into_inner().0, |(guard, _)| guard);
        }
    }

    /// How long a write has waited for the store; none when none waits.
    pub(super) fn waiting(&self) -> Option<Duration> {
        lock(&self.waiting).map(|since| since.elapsed())
    }

    /// Runs a write, which others may see waiting.
    pub(super) fn while_waiting<T>(&self, write: impl FnOnce() -> T) -> T {
        *lock(&self.waiting) = Some(Instant::now());
        let done = write();
        *lock(&self.waiting) = None;
        done
    }

    /// Events were acknowledged whose notes have so many bytes.
    pub(super) fn falls_behind(&self, bytes: usize) {
        self.behind.fetch_add(bytes, Ordering::AcqRel);
    }

    /// They are in the views, which hold so many events now.
    pub(super) fn has_folded(&self, size: u64, bytes: usize) {
        let mut folded = lock(&self.folded);
        self.behind.fetch_sub(bytes, Ordering::AcqRel);
        *folded = size;
        drop(folded);
        self.moved.notify_all();
    }

    /// Bytes of notes that are acknowledged and not in the views yet.
    pub(super) fn behind(&self) -> usize {
        self.behind.load(Ordering::Acquire)
    }

    /// Waits until the views are no further behind than this; while events are taken.
    pub(super) fn wait_until_behind(&self, most: usize) {
        self.wait(|_| self.behind() <= most || self.status() != Status::Ready);
    }

    /// Waits until the views hold so many events; false where writing ends before.
    pub(super) fn wait_for_views(&self, size: u64) -> bool {
        self.wait(|folded| folded >= size || self.status().has_ended()) >= size
    }

    /// Waits until the views hold more than this; false where no events are taken any more.
    pub(super) fn wait_for_more_than(&self, size: impl Fn() -> u64) -> bool {
        self.wait(|folded| folded > size() || self.status() != Status::Ready);
        self.status() == Status::Ready
    }

    /// Waits until something is so; gives how many events the views hold then.
    fn wait(&self, is_so: impl Fn(u64) -> bool) -> u64 {
        let mut folded = lock(&self.folded);
        while !is_so(*folded) {
            folded = self.moved.wait(folded).unwrap_or_else(PoisonError::into_inner);
        }
        *folded
    }
}
