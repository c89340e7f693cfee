//! Bodies, as they arrive: counted, bounded, and never waited for without end.

// Saturating: waits, sizes and limits. The most that can be said is what is meant beyond the edge, and no time or room
// left is none.

use super::Problem;
use super::fault::Fault;
use super::gates::{SMALL, busy};
use super::places::{Connection, allowed};
use super::share::{Kind, Share};
use axum::body::{Body, Bytes, HttpBody as _};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// First room that a body takes.
const FIRST: usize = 4 << 10;
/// What a body is told that has no room, or no longer.
const TOO_MANY: &str = "too many bodies are under way";
/// What is sent to nobody is read for so long at most, and with such pauses, so that its sender gets as far as our answer.
const DISCARD: Duration = Duration::from_secs(5);
const DISCARD_PAUSE: Duration = Duration::from_millis(500);

/// A whole body, and the share of the budget that it takes.
pub(super) struct Whole {
    pub(super) bytes: Vec<u8>,
    pub(super) share: Share,
}

/// A body on its way.
struct Arriving<'a> {
    connection: &'a Arc<Connection>,
    body: Body,
    began: Instant,
    moved: Instant,
    received: usize,
}

impl Arriving<'_> {
    /// The next piece; `None` at the end. It must come within a while, and all of them at a pace.
    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        loop {
            let limits = &self.connection.gates.limits;
            let last = self.began + allowed(limits, self.received as u64);
            let frame = std::future::poll_fn(|context| Pin::new(&mut self.body).poll_frame(context));
            let frame = tokio::select! {
                biased;
                frame = tokio::time::timeout_at(last.min(self.moved + limits.stall), frame) => frame,
                () = self.connection.gives_way.notified() => return Err(busy(TOO_MANY)),
            };
            let frame = frame.map_err(|_| {
                Problem::new(Fault::RequestSlow, "the body did not come fast enough; send the same again")
            })?;
            let Some(frame) = frame else { return Ok(None) };
            let frame = frame.map_err(|e| Problem::bad_request(&format!("the body ended before its end: {e}")))?;
            // Trailers mean nothing here.
            let Ok(bytes) = frame.into_data() else { continue };
            self.received = self.received.saturating_add(bytes.len());
            self.moved = Instant::now();
            return Ok(Some(bytes));
        }
    }

    /// Reads on for a while and keeps nothing.
    async fn discard(mut self) {
        let limit = self.connection.gates.limits.body.saturating_mul(2);
        let rest = async {
            while self.received < limit
                && matches!(tokio::time::timeout(DISCARD_PAUSE, self.next()).await, Ok(Ok(Some(_))))
            {}
        };
        let _ = tokio::time::timeout(DISCARD, rest).await;
    }
}

/// Reads a body. What comes after its first `most` bytes is not kept; up to the limit of bodies that is no error.
pub(super) async fn take(connection: &Arc<Connection>, body: Body, most: usize) -> Result<Whole, Problem> {
    let limit = connection.gates.limits.body;
    let announced = body.size_hint().exact().map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    if announced.is_some_and(|announced| announced > limit) {
        return Err(too_large());
    }
    let most = most.min(limit);
    let likely = announced.unwrap_or(most).min(most);
    let now = Instant::now();
    let mut arriving = Arriving { connection, body, began: now, moved: now, received: 0 };
    let mut whole = Whole { bytes: Vec::new(), share: Share::new(connection, Kind::Body) };
    loop {
        let piece = match arriving.next().await {
            Ok(Some(piece)) => piece,
            Ok(None) => break,
            Err(problem) => {
                drop(whole);
                arriving.discard().await;
                return Err(problem);
            }
        };
        if arriving.received > limit {
            drop(whole);
            arriving.discard().await;
            return Err(too_large());
        }
        let kept = piece.get(..most.saturating_sub(whole.bytes.len()).min(piece.len())).unwrap_or_default();
        if !whole.has_room(kept.len(), likely).await {
            drop(whole);
            arriving.discard().await;
            return Err(busy(TOO_MANY));
        }
        whole.bytes.extend_from_slice(kept);
    }
    connection.has_request();
    Ok(whole)
}

impl Whole {
    /// Makes room for some more; it is taken before it is used, in steps that double, and not for what is only announced.
    async fn has_room(&mut self, more: usize, likely: usize) -> bool {
        let (length, room) = (self.bytes.len(), self.bytes.capacity());
        let needed = length.saturating_add(more);
        if needed <= room {
            return true;
        }
        // What is small stays small: see `SMALL`.
        let most = if needed <= SMALL { likely.min(SMALL) } else { likely };
        let room_next = room.saturating_mul(2).max(FIRST).min(most).max(needed);
        if !self.share.grow(room_next - room).await {
            return false;
        }
        self.bytes.reserve_exact(room_next - length);
        true
    }
}

/// Reads a body and keeps nothing of it, so that its sender gets as far as our answer.
pub(super) async fn discard(connection: &Arc<Connection>, body: Body) {
    let now = Instant::now();
    Arriving { connection, body, began: now, moved: now, received: 0 }.discard().await;
}

fn too_large() -> Problem {
    Problem::new(Fault::RequestTooLarge, "at most 16 MiB and 1,000 events in one request: send several")
}
