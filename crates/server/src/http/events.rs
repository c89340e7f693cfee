//! `POST /v1/events`: one note, or many.

// Saturating: waits, sizes and limits. The most that can be said is what is meant beyond the edge, and no time or room
// left is none.

use super::asked::Place;
use super::body::{self, Whole};
use super::fault::Fault;
use super::gates::Lane;
use super::places::Connection;
use super::{AppState, Asked, Problem, negotiate};
use crate::app::submit::{Look, Outcome, SubmitError};
use almoner_proof::note::NOTE_MAX;
use almoner_wire::{self as wire, Dry, Results};
use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
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
    #[serde(deserialize_with = "at_most_a_thousand")]
    events: Vec<String>,
}

/// What a list that is too long is told by.
const TOO_MANY: &str = "1 to 1,000 events in one request";

/// Stops at the first text too many: nothing is made of those behind it.
fn at_most_a_thousand<'de, D: Deserializer<'de>>(list: D) -> Result<Vec<String>, D::Error> {
    struct Texts;
    impl<'de> Visitor<'de> for Texts {
        type Value = Vec<String>;

        fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            out.write_str("a list of notes")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<String>, A::Error> {
            let mut texts = Vec::new();
            while let Some(text) = list.next_element()? {
                if texts.len() == EVENTS_MAX {
                    return Err(serde::de::Error::custom(TOO_MANY));
                }
                texts.push(text);
            }
            Ok(texts)
        }
    }
    list.deserialize_seq(Texts)
}

fn many(body: &[u8]) -> Result<Vec<Vec<u8>>, Problem> {
    let many: Many = serde_json::from_slice(body).map_err(|error| {
        let why = error.to_string();
        if why.starts_with(TOO_MANY) {
            return Problem::new(Fault::RequestTooMany, TOO_MANY);
        }
        Problem::bad_request(&format!("expected {{\"events\":[\"<note>\",…]}}: {why}"))
    })?;
    if many.events.is_empty() {
        return Err(Problem::bad_request("events: at least one note"));
    }
    Ok(many.events.into_iter().map(String::into_bytes).collect())
}

/// How a body is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Media {
    Note,
    Many,
}

async fn submit(
    State(node): State<AppState>,
    Extension(connection): Extension<Arc<Connection>>,
    Extension(request): Extension<Arc<Asked>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let (media, is_dry) = match asked(query.as_deref(), &headers) {
        Ok(asked) => asked,
        Err(problem) => {
            body::discard(&connection, body).await;
            return Err(problem);
        }
    };
    // Of what is too long for a note nothing is kept but what shows it.
    let most = if media == Media::Note { NOTE_MAX.saturating_add(1) } else { usize::MAX };
    let whole = body::take(&connection, body, most).await?;
    if is_dry {
        return dry_run(node, &connection, whole).await;
    }
    let outcomes = decide(node, &connection, media, whole).await?;
    outcomes.iter().for_each(|outcome| connection.gates.meters.decided(outcome));
    let place = request.place();
    if media == Media::Many {
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
fn asked(query: Option<&str>, headers: &HeaderMap) -> Result<(Media, bool), Problem> {
    let is_dry = match query {
        None | Some("" | "dry_run=false") => false,
        Some("dry_run=true") => true,
        Some(_) => return Err(Problem::bad_request("the only query parameter here is dry_run=true")),
    };
    let media = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    match media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "text/plain" => Ok((Media::Note, is_dry)),
        _ if is_dry => Err(Problem::new(Fault::RequestMediaType, "dry_run takes one note as text/plain")),
        "application/json" => Ok((Media::Many, false)),
        _ => Err(Problem::new(
            Fault::RequestMediaType,
            "send one note as text/plain, or {\"events\":[…]} as application/json",
        )),
    }
}

/// A single small note is verified where it is: 50 µs hold up nobody, and handing it to another
/// thread and back costs as much again. What is queued of it is bounded by the queue.
const INLINE_BYTES: usize = 4096;

async fn dry_run(node: AppState, connection: &Arc<Connection>, whole: Whole) -> Result<Response, Problem> {
    let Whole { bytes, share } = whole;
    let gates = &connection.gates;
    let room = gates.room_to_work(bytes.len()).await?;
    drop(share);
    let tried = gates.aside(Lane::Verify, move || node.try_event(&bytes)).await?.0?;
    let answer = gates.in_time(kept(room, tried)).await??;
    let answer = answer.map_err(|_| SubmitError::Stopped("the writer stopped".to_owned()))?;
    let would = answer.map_err(|refusal| Problem::from(&refusal))?;
    Ok(axum::Json(Dry { would }).into_response())
}

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
                Media::Many => gates.aside(Lane::Verify, move || many(&bytes)).await?.0?,
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
async fn kept<T: Send + 'static>(
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
