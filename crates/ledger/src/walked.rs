//! How much was looked at, in builds for tests: what a page costs is counted there, not timed. A release counts nothing.

#[cfg(debug_assertions)]
use std::sync::atomic::{AtomicUsize, Ordering};

#[cfg(debug_assertions)]
static WALKED: AtomicUsize = AtomicUsize::new(0);

/// So many rows, entities, accounts or events more were looked at.
#[inline]
pub fn more(count: usize) {
    #[cfg(debug_assertions)]
    WALKED.fetch_add(count, Ordering::Relaxed);
    #[cfg(not(debug_assertions))]
    let _ = count;
}

/// All of this process so far.
#[cfg(debug_assertions)]
#[must_use]
pub fn so_far() -> usize {
    WALKED.load(Ordering::Relaxed)
}
