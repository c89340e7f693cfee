//! Pauses between attempts, which an ending node cuts short, and the word to the operator meanwhile.

// Saturating: waits, sizes and limits. The most that can be said is what is meant beyond the edge, and no time or room
// left is none.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Cluster, Timing};
use crate::StoreError;

/// How long nothing is said of a cluster that does not answer. Doubles with each time that it is said.
const SILENT_FOR: Duration = Duration::from_secs(2);

/// Shared by everything that waits for one cluster.
#[derive(Debug)]
pub(super) struct Patience {
    ended: Mutex<bool>,
    wake: Condvar,
    /// The nodes that are waited for, as the operator named them.
    place: String,
}

impl Patience {
    pub(super) fn with(cluster: &Cluster) -> Self {
        Self { ended: Mutex::default(), wake: Condvar::default(), place: cluster.place() }
    }

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
        let mut pauses = Pauses::until(self, timing);
        // From the first attempt on: where nothing ever answers, one takes long by itself.
        pauses.tell(doing);
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
    /// When the undertaking is given up, if ever.
    until: Option<Instant>,
    teller: Option<Teller>,
}

impl<'a> Pauses<'a> {
    /// Of an undertaking that takes as long as it takes.
    pub(super) fn new(patience: &'a Patience, timing: &Timing) -> Self {
        let since = Instant::now();
        Self { patience, since, next: timing.pause, limit: timing.pause_limit, until: None, teller: None }
    }

    /// Of one that is given up when an opening's time is over.
    pub(super) fn until(patience: &'a Patience, timing: &Timing) -> Self {
        let pauses = Self::new(patience, timing);
        Self { until: pauses.since.checked_add(timing.opening), ..pauses }
    }

    pub(super) fn waited(&self) -> Duration {
        self.since.elapsed()
    }

    /// Pauses; from then on the operator is told now and then what is waited for. False when nobody waits any more.
    pub(super) fn pause(&mut self, doing: &str, why: &str) -> bool {
        self.tell(doing).because(why);
        self.patience.pause(self.next);
        self.next = self.next.saturating_mul(2).min(self.limit);
        !self.patience.has_ended()
    }

    fn tell(&mut self, doing: &str) -> &Teller {
        let (since, until) = (self.since, self.until);
        self.teller.get_or_insert_with(|| {
            Teller::start(Waiting { place: self.patience.place.clone(), doing: doing.to_owned(), since, until })
        })
    }
}

/// What is waited for.
struct Waiting {
    place: String,
    /// As a verb.
    doing: String,
    since: Instant,
    until: Option<Instant>,
}

/// Says what is waited for, on a thread of its own, so also while one attempt takes long. Ends when dropped.
struct Teller(Arc<Telling>);

#[derive(Default)]
struct Telling {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    /// How the last attempt ended.
    why: Option<String>,
    is_over: bool,
}

impl Teller {
    fn start(waiting: Waiting) -> Self {
        let telling: Arc<Telling> = Arc::default();
        let mine = Arc::clone(&telling);
        let spawned = std::thread::Builder::new().name("waiting".to_owned()).spawn(move || mine.run(&waiting));
        if let Err(error) = spawned {
            tracing::warn!(%error, "no thread to say what is waited for");
        }
        Self(telling)
    }

    fn because(&self, why: &str) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).why = Some(why.to_owned());
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner).is_over = true;
        self.0.wake.notify_all();
    }
}

impl Telling {
    fn run(&self, waiting: &Waiting) {
        let mut silent = SILENT_FOR;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.is_over {
            let waited = waiting.since.elapsed();
            if waited < silent {
                let slept = self.wake.wait_timeout(state, silent.saturating_sub(waited));
                state = slept.map_or_else(|error| error.into_inner().0, |(state, _)| state);
                continue;
            }
            waiting.tell(waited, state.why.as_deref());
            silent = waited.saturating_mul(2);
        }
    }
}

impl Waiting {
    fn tell(&self, waited: Duration, why: Option<&str>) {
        let Self { place, doing, .. } = self;
        let left = self.until.map(|until| until.saturating_duration_since(Instant::now()));
        let until = left.map_or_else(|| "until it does".to_owned(), |left| format!("for {} s more", left.as_secs()));
        let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
        tracing::warn!(
            "the cluster has not answered for {} s; trying to {doing} at {place} {until}{why}",
            waited.as_secs()
        );
    }
}
