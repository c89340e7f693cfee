//! Pauses between attempts, which an ending node cuts short.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Timing;
use crate::StoreError;

/// Shared by everything that waits for one cluster.
#[derive(Debug, Default)]
pub(super) struct Patience {
    ended: Mutex<bool>,
    wake: Condvar,
}

impl Patience {
    /// Nobody waits any more: pauses end at once, and attempts are not repeated.
    pub(super) fn end(&self) {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.wake.notify_all();
    }

    pub(super) fn has_ended(&self) -> bool {
        *self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an opening or a takeover needs: tried again while the cluster does not answer, until their time is over.
    pub(super) fn insist<T>(
        &self,
        timing: &Timing,
        doing: &str,
        mut attempt: impl FnMut() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut pauses = Pauses::new(self, timing);
        loop {
            match attempt() {
                Err(StoreError::Unreachable { why })
                    if pauses.waited() < timing.opening && pauses.pause(doing, &why) => {}
                answer => return answer,
            }
        }
    }

    fn pause(&self, length: Duration) {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        // A spurious wake-up only means that the next attempt comes earlier.
        let _slept = self.wake.wait_timeout_while(ended, length, |ended| !*ended);
    }
}

/// The pauses of one undertaking: each twice as long as the one before.
pub(super) struct Pauses<'a> {
    patience: &'a Patience,
    since: Instant,
    next: Duration,
    limit: Duration,
    said: Duration,
}

impl<'a> Pauses<'a> {
    pub(super) fn new(patience: &'a Patience, timing: &Timing) -> Self {
        Self {
            patience,
            since: Instant::now(),
            next: timing.pause,
            limit: timing.pause_limit,
            said: Duration::from_secs(1),
        }
    }

    pub(super) fn waited(&self) -> Duration {
        self.since.elapsed()
    }

    /// Pauses; says now and then in the operator's log that it is still waiting. False when nobody waits any more.
    pub(super) fn pause(&mut self, doing: &str, why: &str) -> bool {
        let waited = self.waited();
        if waited > self.said {
            tracing::warn!(doing, why, "the cluster has not answered for {:.1} s; trying again", waited.as_secs_f32());
            self.said = waited.saturating_mul(2);
        }
        self.patience.pause(self.next);
        self.next = self.next.saturating_mul(2).min(self.limit);
        !self.patience.has_ended()
    }
}
