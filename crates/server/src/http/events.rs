//! `POST /v1/events`: one note, or many.

use super::{AppState, Problem};
use crate::app::submit::{Outcome, Submission, SubmitError};
use almoner_ledger::{Candidate, Refusal};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Most events of one request.
pub const EVENTS_MAX: usize = 1000;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/v1/events", post(submit).get(super::read::events))
}

/// Many events: each is independent, but a refusal makes its successors `chain.gap`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Many {
    events: Vec<String>,
}

/// The answer to many events: one result for each, in their order.
#[derive(Serialize)]
struct Results {
    results: Vec<Told>,
}

async fn submit(
    State(node): State<AppState>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let dry_run = match query.as_deref() {
        None | Some("" | "dry_run=false") => false,
        Some("dry_run=true") => true,
        Some(_) => return Err(Problem::bad_request("the only query parameter here is dry_run=true")),
    };
    let media = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    match media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "text/plain" if dry_run => {
            let tried = tokio::task::spawn_blocking(move || node.try_event(&body).map(|answer| answer.blocking_recv()));
            let answer = tried.await.map_err(|e| Problem::internal(&e))?.map_err(unavailable)?;
            let answer = answer.map_err(|_| unavailable(SubmitError::Stopped("the writer stopped".to_owned())))?;
            let would = answer.map_err(|refusal| Problem::from(&refusal))?;
            Ok(axum::Json(json!({ "would": would })).into_response())
        }
        _ if dry_run => Err(Problem::new(415, "request.media_type", "dry_run takes one note as text/plain")),
        "text/plain" => {
            let outcomes = decide(node, vec![body.to_vec()]).await?;
            let outcome = outcomes.first().ok_or_else(|| Problem::internal(&"no outcome"))?;
            let status = match outcome {
                Ok(accepted) if accepted.duplicate => StatusCode::OK,
                Ok(_) => StatusCode::CREATED,
                Err(refusal) => return Err(Problem::from(refusal)),
            };
            Ok((status, axum::Json(told(outcome))).into_response())
        }
        "application/json" => {
            let many: Many = serde_json::from_slice(&body)
                .map_err(|e| Problem::bad_request(&format!("expected {{\"events\":[\"<note>\",…]}}: {e}")))?;
            if many.events.is_empty() {
                return Err(Problem::bad_request("events: at least one note"));
            }
            if many.events.len() > EVENTS_MAX {
                return Err(Problem::new(413, "request.too_many", "1 to 1,000 events in one request"));
            }
            let outcomes = decide(node, many.events.into_iter().map(String::into_bytes).collect()).await?;
            Ok(axum::Json(Results { results: outcomes.iter().map(told).collect() }).into_response())
        }
        _ => Err(Problem::new(
            415,
            "request.media_type",
            "send one note as text/plain, or {\"events\":[…]} as application/json",
        )),
    }
}

/// A single small note is verified where it is: 50 µs hold up nobody, and handing it to another
/// thread and back costs as much again.
const INLINE_BYTES: usize = 4096;

async fn decide(node: AppState, notes: Vec<Vec<u8>>) -> Result<Vec<Outcome>, Problem> {
    let inline = matches!(notes.as_slice(), [note] if note.len() <= INLINE_BYTES);
    let mut submission = Submission::new(notes);
    let mut outcomes = Vec::new();
    loop {
        let ready;
        (submission, ready) = verify_next(&node, submission, inline).await?;
        let Some(ready) = ready else { return Ok(outcomes) };
        outcomes.extend(answered(node.enqueue(ready, false)).await?);
    }
}

type Ready = Option<Vec<Result<Candidate, Refusal>>>;

async fn verify_next(
    node: &AppState,
    mut submission: Submission,
    inline: bool,
) -> Result<(Submission, Ready), Problem> {
    if inline {
        let ready = submission.verify_next(node.shared());
        return Ok((submission, ready));
    }
    let node = Arc::clone(node);
    let verified = tokio::task::spawn_blocking(move || {
        let ready = submission.verify_next(node.shared());
        (submission, ready)
    });
    verified.await.map_err(|e| Problem::internal(&e))
}

type Queued = Result<oneshot::Receiver<Vec<Outcome>>, SubmitError>;

async fn answered(queued: Queued) -> Result<Vec<Outcome>, Problem> {
    let stopped = || unavailable(SubmitError::Stopped("the writer stopped before it could answer".to_owned()));
    queued.map_err(unavailable)?.await.map_err(|_| stopped())
}

fn unavailable(error: SubmitError) -> Problem {
    let code = match error {
        SubmitError::Busy => "ledger.busy",
        SubmitError::Stopped(_) => "ledger.stopped",
        SubmitError::Follows => "ledger.follows",
    };
    Problem::new(503, code, &error.to_string()).retry_after(1)
}

/// One event's result; settled members in this order.
#[derive(Serialize)]
#[serde(untagged)]
enum Told {
    Taken { status: u16, index: u64, hash: String, duplicate: bool, receipt: String },
    Refused(Value),
}

fn told(outcome: &Outcome) -> Told {
    match outcome {
        Ok(accepted) => Told::Taken {
            status: if accepted.duplicate { 200 } else { 201 },
            index: accepted.index,
            hash: accepted.hash.to_base64(),
            duplicate: accepted.duplicate,
            receipt: format!("/v1/receipts/{}", accepted.index),
        },
        Err(refusal) => Told::Refused(Problem::from(refusal).body()),
    }
}
