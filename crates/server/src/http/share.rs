//! What one connection holds of the budgets that all share.

// Saturating: waits, sizes and limits. The most that can be said is what is meant beyond the edge, and no time or room
// left is none.

use super::Problem;
use super::gates::{Budget, SMALL, Turn, busy};
use super::places::{Connection, Phase};
use axum::body::{Body, Bytes, HttpBody as _};
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Answers up to here are not counted: they are part of what a connection may cost in any case.
const ANSWER_FREE: u64 = 8 << 10;
/// While somebody gives way to make room, the room is asked for again so often, after so long.
const TRIES: u32 = 25;
const TRY_AGAIN: Duration = Duration::from_millis(2);

/// Bytes of a budget that a connection holds; dropping it gives them back.
pub(super) struct Share {
    connection: Arc<Connection>,
    kind: Kind,
    bytes: usize,
}

/// Which budget, and whose waits it is that fill it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Body,
    Answer,
}

impl Share {
    /// A share of nothing yet.
    pub(super) fn new(connection: &Arc<Connection>, kind: Kind) -> Share {
        Share { connection: Arc::clone(connection), kind, bytes: 0 }
    }

    fn budget(&self) -> &Budget {
        match self.kind {
            Kind::Body => &self.connection.gates.bodies,
            Kind::Answer => &self.connection.gates.answers,
        }
    }

    /// Takes more. Where there is no room, whoever holds most for a client that is waited for gives way; false if there is
    /// nobody.
    pub(super) async fn grow(&mut self, more: usize) -> bool {
        let is_small = self.bytes.saturating_add(more) <= SMALL;
        let phase = if self.kind == Kind::Body { Phase::Body } else { Phase::Slow };
        for _ in 0..TRIES {
            if self.budget().take(more, is_small) {
                self.bytes = self.bytes.saturating_add(more);
                self.connection.held.fetch_add(more as u64, Ordering::Relaxed);
                return true;
            }
            if !self.connection.places.give_room(phase, &self.connection) {
                return false;
            }
            tokio::time::sleep(TRY_AGAIN).await;
        }
        false
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget().give_back(self.bytes);
        self.connection.held.fetch_sub(self.bytes as u64, Ordering::Relaxed);
    }
}

/// The bytes of an answer with their share, for as long as any of them has to be written.
struct Held {
    bytes: Bytes,
    _share: Share,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Says of an answer that it has no end, and counts by itself what it holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Endless;

/// Counts an answer until its last byte is written.
pub(super) async fn hold(connection: &Arc<Connection>, mut answer: Response) -> Response {
    if answer.extensions().get::<Endless>().is_some() {
        return answer;
    }
    let turn = answer.extensions_mut().remove::<Turn>();
    if answer.body().size_hint().upper().is_some_and(|bytes| bytes <= ANSWER_FREE) {
        return answer;
    }
    let (parts, body) = answer.into_parts();
    // All our answers are whole: this waits for nothing.
    let bytes = match axum::body::to_bytes(body, usize::MAX).await {
        Ok(bytes) => bytes,
        Err(error) => return Problem::internal(&error).into_response(),
    };
    let mut share = Share::new(connection, Kind::Answer);
    if !share.grow(bytes.len()).await {
        return busy("too many answers are waiting to be taken").into_response();
    }
    drop(turn);
    Response::from_parts(parts, Body::from(Bytes::from_owner(Held { bytes, _share: share })))
}
