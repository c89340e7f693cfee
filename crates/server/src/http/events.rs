//! `POST /v1/events`: one note, or many.

// Saturating: waits, sizes and limits. The most that can be said is what is meant beyond the edge, and no time or room
// left is none.

use super::asked::Place;
use super::at_most::{self, AtMost};
use super::body::{self, Whole};
use super::fault::Fault;
use super::gates::Lane;
use super::places::Connection;
use super::{AppState, Asked, Problem, negotiate};
use crate::app::submit::{Look, Outcome, SubmitError};
use almoner_proof::note::NOTE_MAX;
use almoner_wire::{self as wire, Results};
use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde::Deserialize;
use std::sync::Arc;
use tokio::sync::OwnedSemaphorePermit;

/// Most events of one request.
pub(super) const EVENTS_MAX: usize = 1000;

pub(super) fn routes() -> Router<AppState> {
    negotiate::list(Router::new(), "/v1/events", "events", &post(submit).get(super::read::events))
}

/// Many events: each is independent, but a refusal makes its successors `chain.gap`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Many {
    events: AtMost<String, EVENTS_MAX>,
}

/// What a list that is too long is told by.
const TOO_MANY: &str = "1 to 1,000 events in one request";

fn many(body: &[u8]) -> Result<Vec<Vec<u8>>, Problem> {
    let Many { events: AtMost(events) } = at_most::read(body, EVENTS_MAX, TOO_MANY, "{\"events\":[\"<note>\",…]}")?;
    if events.is_empty() {
        return Err(Problem::bad_request("events: at least one note"));
    }
    Ok(events.into_iter().map(String::into_bytes).collect())
}

/// How a body is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// One note, as text.
    Note,
    /// Many, or drafts, as JSON.
    Json,
}

impl Media {
    /// As the request says; `how` is what may be sent.
    pub(super) fn of(headers: &HeaderMap, how: &str) -> Result<Media, Problem> {
        let media = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        match media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
            "text/plain" => Ok(Media::Note),
            "application/json" => Ok(Media::Json),
            _ => Err(Problem::new(Fault::RequestMediaType, how)),
        }
    }

    /// Bytes of a body that are kept. Of what is too long for a note nothing is kept but what shows it.
    pub(super) fn most(self) -> usize {
        if self == Media::Note { NOTE_MAX.saturating_add(1) } else { usize::MAX }
    }
}

async fn submit(
    State(node): State<AppState>,
    Extension(connection): Extension<Arc<Connection>>,
    Extension(request): Extension<Arc<Asked>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    if query.as_deref() == Some("dry_run=true") {
        return super::drafts::dry_run(node, &connection, &headers, body).await;
    }
    let media = match asked(query.as_deref(), &headers) {
        Ok(asked) => asked,
        Err(problem) => {
            body::discard(&connection, body).await;
            return Err(problem);
        }
    };
    let whole = body::take(&connection, body, media.most()).await?;
    let outcomes = decide(node, &connection, media, whole).await?;
    outcomes.iter().for_each(|outcome| connection.gates.meters.decided(outcome));
    let place = request.place();
    if media == Media::Json {
        let results = outcomes.iter().enumerate().map(|(row, outcome)| told(outcome, &place.of_row(row))).collect();
        return Ok(axum::Json(Results { results }).into_response());
    }
    let outcome = outcomes.first().ok_or_else(|| Problem::internal(&"no outcome"))?;
    let accepted = outcome.as_ref().map_err(Problem::from)?;
    let body = axum::Json(told(outcome, &place));
    if accepted.duplicate {
        return Ok(body.into_response());
    }
    let location = format!("/v1/events/{}-{}", accepted.chain, accepted.seq);
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], body).into_response())
}

/// What a request asks for, before its body is looked at.
fn asked(query: Option<&str>, headers: &HeaderMap) -> Result<Media, Problem> {
    if !matches!(query, None | Some("" | "dry_run=false")) {
        return Err(Problem::bad_request("the only query parameter here is dry_run=true"));
    }
    Media::of(headers, "send one note as text/plain, or {\"events\":[…]} as application/json")
}

/// A single small note is verified where it is: 50 µs hold up nobody, and handing it to another
/// thread and back costs as much again. What is queued of it is bounded by the queue.
const INLINE_BYTES: usize = 4096;

async fn decide(
    node: AppState,
    connection: &Arc<Connection>,
    media: Media,
    whole: Whole,
) -> Result<Vec<Outcome>, Problem> {
    let gates = Arc::clone(&connection.gates);
    let Whole { bytes, share } = whole;
    if media == Media::Note && bytes.len() <= INLINE_BYTES {
        let here = |look: Look| std::future::ready(Ok(look.run()));
        return gates.in_time(node.submit_async(vec![bytes], here)).await?;
    }
    let room = gates.room_to_work(bytes.len()).await?;
    drop(share);
    let work = {
        let gates = Arc::clone(&gates);
        async move {
            let notes = match media {
                Media::Note => vec![bytes],
                Media::Json => gates.aside(Lane::Verify, move || many(&bytes)).await?.0?,
            };
            let aside = |look: Look| {
                let gates = Arc::clone(&gates);
                async move { Ok(gates.aside(Lane::Verify, move || look.run()).await?.0) }
            };
            node.submit_async(notes, aside).await
        }
    };
    gates.in_time(kept(room, work)).await??
}

/// Goes on when the client has left: what is queued takes its room until it is answered.
pub(super) async fn kept<T: Send + 'static>(
    room: OwnedSemaphorePermit,
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, Problem> {
    let work = tokio::spawn(async move {
        let done = work.await;
        drop(room);
        done
    });
    work.await.map_err(|e| Problem::internal(&e))
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Problem {
        let fault = match error {
            SubmitError::Busy => Fault::LedgerBusy,
            SubmitError::Stopped(_) => Fault::LedgerStopped,
            SubmitError::Follows => Fault::LedgerFollows,
        };
        Problem::new(fault, &error.to_string()).retry_after(1)
    }
}

fn told(outcome: &Outcome, place: &Place) -> wire::Outcome {
    match outcome {
        Ok(accepted) => wire::Outcome::Accepted(wire::Accepted {
            status: if accepted.duplicate { 200 } else { 201 },
            index: accepted.index,
            hash: accepted.hash.to_base64(),
            duplicate: accepted.duplicate,
            receipt: format!("/v1/receipts/{}-{}", accepted.chain, accepted.seq),
        }),
        Err(refusal) => wire::Outcome::Refused(Box::new(Problem::from(refusal).told(place))),
    }
}
