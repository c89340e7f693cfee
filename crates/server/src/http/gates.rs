//! What all connections share: budgets of bytes, and how much is done at once.

// Saturating: waits, sizes and limits. The most that can be said is what is meant beyond the edge, and no time or room
// left is none.

use super::fault::Fault;
use super::meters::Meters;
use super::quota::Quotas;
use super::streams::Streams;
use super::{Limits, Problem};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Up to here a body or an answer is small: the last eighth of a budget is kept for these, so that what is large shuts out
/// nobody who asks for little.
pub(super) const SMALL: usize = 64 << 10;
/// What is made of a body (its notes, their envelopes, their typed data) takes at most so many times its bytes.
const MADE_OF_A_BODY: usize = 4;
/// Permits count so many bytes.
const KIB: usize = 1 << 10;

/// Which reads are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// One thing of bounded size.
    Light,
    /// Pages, lists, trails, bundles.
    Heavy,
    /// Notes to be parsed and verified.
    Verify,
}

/// A place in a lane, until it is dropped. It goes with the answer that was made, as an extension, so that what was made
/// counts here until it counts as an answer.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    _permit: Arc<OwnedSemaphorePermit>,
}

/// See the module.
pub(super) struct Gates {
    pub(super) limits: Limits,
    /// `http://…` of the listener.
    pub(super) base: Arc<str>,
    /// The log's name.
    pub(super) origin: Arc<str>,
    pub(super) meters: Meters,
    pub(super) quotas: Quotas,
    pub(super) streams: Arc<Streams>,
    pub(super) bodies: Budget,
    pub(super) answers: Budget,
    working: Arc<Semaphore>,
    light: Arc<Semaphore>,
    heavy: Arc<Semaphore>,
    verify: Arc<Semaphore>,
}

/// Bytes that may be held at once.
pub(super) struct Budget {
    bytes: usize,
    used: AtomicUsize,
}

impl Budget {
    fn new(bytes: usize) -> Budget {
        Budget { bytes, used: AtomicUsize::new(0) }
    }

    pub(super) fn take(&self, bytes: usize, is_small: bool) -> bool {
        let limit = if is_small { self.bytes } else { self.bytes - self.bytes / 8 };
        let update = |used: usize| used.checked_add(bytes).filter(|used| *used <= limit);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, update).is_ok()
    }

    pub(super) fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Gates {
    pub(super) fn new(limits: Limits, meters: Meters, base: &str, origin: &str) -> Gates {
        Gates {
            base: base.into(),
            origin: origin.into(),
            quotas: Quotas::new(limits.reads, limits.writes),
            streams: Arc::new(Streams::new(&limits, meters.streams.clone())),
            meters,
            bodies: Budget::new(limits.bodies),
            answers: Budget::new(limits.answers),
            working: Arc::new(Semaphore::new(limits.working / KIB)),
            light: Arc::new(Semaphore::new(limits.light)),
            heavy: Arc::new(Semaphore::new(limits.heavy)),
            verify: Arc::new(Semaphore::new(limits.verifying)),
            limits,
        }
    }

    /// Waits until what is made of a body of this size has room; it has it until the permit is dropped.
    pub(super) async fn room_to_work(&self, body: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let all = self.limits.working / KIB;
        let wanted = (body.saturating_mul(MADE_OF_A_BODY) / KIB).clamp(1, all.max(1));
        let room = Arc::clone(&self.working).acquire_many_owned(u32::try_from(wanted).unwrap_or(u32::MAX));
        self.in_time(room).await?.map_err(|e| Problem::internal(&e))
    }

    /// Works where blocking is allowed, after those of the same lane that came before.
    pub(super) async fn aside<T: Send + 'static>(
        &self,
        lane: Lane,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<(T, Turn), Problem> {
        let lane = match lane {
            Lane::Light => &self.light,
            Lane::Heavy => &self.heavy,
            Lane::Verify => &self.verify,
        };
        let done = async {
            let permit = Arc::clone(lane).acquire_owned().await.map_err(|e| Problem::internal(&e))?;
            let turn = Turn { _permit: Arc::new(permit) };
            // Work that has begun goes on when its client has left, and is counted until it ends.
            let done = tokio::task::spawn_blocking(move || (work(), turn));
            done.await.map_err(|e| Problem::internal(&e))
        };
        self.in_time(done).await?
    }

    /// The time that a request has.
    pub(super) async fn in_time<T>(&self, work: impl Future<Output = T>) -> Result<T, Problem> {
        let done = tokio::time::timeout(self.limits.work, work).await;
        done.map_err(|_| {
            Problem::new(Fault::RequestTimeout, "the request took too long; send the same again").retry_after(1)
        })
    }
}

/// 503 for what has no room now.
pub(super) fn busy(why: &str) -> Problem {
    Problem::new(Fault::ServerBusy, &format!("{why}; send the same again in a second")).retry_after(1)
}
