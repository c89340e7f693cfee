//! A store that fails on purpose at chosen calls: the fault tables of this room and of the rooms above it.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::{Anchor, Append, Limits, Log, Pinned, Sealed, StoreError, Swap};

/// How a chosen call fails. A read fails in both cases; what differs is only whether the inner store was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The inner store is not called: nothing persists.
    Failed,
    /// The inner store is called and its answer thrown away: what it wrote persists, the caller is not told.
    FailedButPersisted,
}

/// Which calls count towards the chosen numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// `append`, `put_checkpoint`, `swap`.
    Writes,
    /// Every call of the port, reads included.
    EveryCall,
}

/// Wraps a [`Log`] or an [`Anchor`] and fails at the chosen calls, counted from 1.
///
/// Failed writes answer `Unknown` (`put_checkpoint`: an error), failed reads answer [`StoreError::Injected`].
#[derive(Debug)]
pub struct Faulty<T> {
    inner: T,
    count: Count,
    plan: Mutex<Plan>,
}

#[derive(Debug, Default)]
struct Plan {
    calls: u64,
    faults: BTreeMap<u64, Fault>,
}

impl<T> Faulty<T> {
    /// Wraps a store; it works until faults are chosen with [`Faulty::fail`].
    #[must_use]
    pub fn new(inner: T, count: Count) -> Self {
        Self { inner, count, plan: Mutex::default() }
    }

    /// Chooses the `call`-th counted call (from 1, since the wrapping) to fail. Several may be chosen.
    #[must_use]
    pub fn fail(self, call: u64, fault: Fault) -> Self {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).faults.insert(call, fault);
        self
    }

    /// How many calls were counted so far: a run without faults tells how many there are to fail at.
    pub fn calls(&self) -> u64 {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).calls
    }

    /// The wrapped store.
    pub fn inner(&self) -> &T {
        &self.inner
    }

    /// Unwraps, as a restart would: what persisted is in there.
    pub fn into_inner(self) -> T {
        self.inner
    }

    /// Counts a call; says whether and how it is to fail.
    fn turn(&self, is_write: bool) -> Option<(u64, Fault)> {
        if self.count == Count::Writes && !is_write {
            return None;
        }
        let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        plan.calls = plan.calls.saturating_add(1);
        plan.faults.get(&plan.calls).map(|fault| (plan.calls, *fault))
    }

    /// One call that answers with a `Result`.
    fn attempt<R>(&self, is_write: bool, call: impl FnOnce(&T) -> Result<R, StoreError>) -> Result<R, StoreError> {
        match self.turn(is_write) {
            None => call(&self.inner),
            Some((number, fault)) => {
                if fault == Fault::FailedButPersisted {
                    let _thrown_away = call(&self.inner);
                }
                Err(StoreError::Injected { call: number })
            }
        }
    }

    /// One call that answers with an `Unknown` of its own.
    fn attempt_write<R>(&self, call: impl FnOnce(&T) -> R, unknown: impl FnOnce(String) -> R) -> R {
        match self.turn(true) {
            None => call(&self.inner),
            Some((number, fault)) => {
                if fault == Fault::FailedButPersisted {
                    let _thrown_away = call(&self.inner);
                }
                unknown(StoreError::Injected { call: number }.to_string())
            }
        }
    }
}

impl<T: Log> Log for Faulty<T> {
    fn size(&self) -> Result<u64, StoreError> {
        self.attempt(false, Log::size)
    }
    fn append(&self, expected_size: u64, batch: &[Sealed]) -> Append {
        self.attempt_write(|log| log.append(expected_size, batch), |why| Append::Unknown { why })
    }
    fn limits(&self) -> Limits {
        self.inner.limits()
    }
    fn refresh(&self) -> Result<(), StoreError> {
        self.attempt(false, Log::refresh)
    }
    fn stop_waiting(&self) {
        self.inner.stop_waiting();
    }
    fn read(&self, from: u64, to: u64, each: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<(), StoreError> {
        self.attempt(false, |log| log.read(from, to, each))
    }
    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.attempt(false, |log| log.entry(index))
    }
    fn leaves(&self, from: u64, to: u64) -> Result<Vec<[u8; 32]>, StoreError> {
        self.attempt(false, |log| log.leaves(from, to))
    }
    fn head(&self, chain: u32) -> Result<Option<(u64, u64)>, StoreError> {
        self.attempt(false, |log| log.head(chain))
    }
    fn lookup(&self, chain: u32, seq: u64) -> Result<Option<u64>, StoreError> {
        self.attempt(false, |log| log.lookup(chain, seq))
    }
    fn positions(&self, from: (u32, u64), each: &mut dyn FnMut(u32, u64, u64) -> bool) -> Result<(), StoreError> {
        self.attempt(false, |log| log.positions(from, each))
    }
    fn is_in_place(&self) -> Result<(), StoreError> {
        self.inner.is_in_place()
    }
    fn forget(&self) -> Result<(), StoreError> {
        self.inner.forget()
    }
    fn end_in_order(&self) -> Result<(), StoreError> {
        self.inner.end_in_order()
    }
    fn put_checkpoint(&self, checkpoint: &Pinned) -> Result<(), StoreError> {
        self.attempt(true, |log| log.put_checkpoint(checkpoint))
    }
    fn latest_checkpoint(&self) -> Result<Option<Pinned>, StoreError> {
        self.attempt(false, Log::latest_checkpoint)
    }
    fn checkpoints(&self, from: u64, each: &mut dyn FnMut(&Pinned) -> bool) -> Result<(), StoreError> {
        self.attempt(false, |log| log.checkpoints(from, each))
    }
}

impl<T: Anchor> Anchor for Faulty<T> {
    fn read(&self) -> Result<Option<Pinned>, StoreError> {
        self.attempt(false, Anchor::read)
    }
    fn swap(&self, expected: Option<&Pinned>, next: &Pinned) -> Swap {
        self.attempt_write(|anchor| anchor.swap(expected, next), |why| Swap::Unknown { why })
    }
    fn stop_waiting(&self) {
        self.inner.stop_waiting();
    }
    fn take_over(&self) -> Result<(), StoreError> {
        self.attempt(true, Anchor::take_over)
    }
    fn own(&self) -> Result<Option<Pinned>, StoreError> {
        self.attempt(false, Anchor::own)
    }
    fn is_in_place(&self) -> Result<(), StoreError> {
        self.inner.is_in_place()
    }
}
