//! `POST /v1/events?dry_run=true`: drafts, or one signed note, on trial.

use super::at_most::{self, AtMost};
use super::body::{self, Whole};
use super::events::{Media, kept};
use super::gates::Lane;
use super::places::Connection;
use super::{AppState, Problem};
use crate::app::SubmitError;
use almoner_ledger::{Drafted, Refusal};
use almoner_proof::event::SIGNERS_MAX;
use almoner_wire::DRAFTS_MAX;
use axum::body::Body;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use std::sync::Arc;

/// What a request is told that has none or too many.
const HOW_MANY: &str = "1 to 64 drafts in one request";
/// What is sent.
const SHAPE: &str = r#"{"drafts":[{"text":"<the text to be signed>","signers":["<chain>/<label>"]}]}"#;

/// What is read of a request: as the wire has it, and no more of any list than may stand there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Many {
    drafts: AtMost<One, DRAFTS_MAX>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    text: String,
    signers: AtMost<String, SIGNERS_MAX>,
}

/// Nothing of it is stored or logged.
pub(super) async fn dry_run(
    node: AppState,
    connection: &Arc<Connection>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let how = format!("a dry run takes {SHAPE} as application/json, or one signed note as text/plain");
    let media = match Media::of(headers, &how) {
        Ok(media) => media,
        Err(problem) => {
            body::discard(connection, body).await;
            return Err(problem);
        }
    };
    let Whole { bytes, share } = body::take(connection, body, media.most()).await?;
    let gates = &connection.gates;
    let room = gates.room_to_work(bytes.len()).await?;
    drop(share);
    let shared = Arc::clone(node.shared());
    let read = move || match media {
        Media::Note => Ok(vec![Drafted::of_note(&bytes, &shared.origin)]),
        Media::Json => read(&bytes, &shared.origin),
    };
    let drafts = gates.aside(Lane::Verify, read).await?.0?;
    let answer = gates.in_time(kept(room, node.rehearse(drafts)?)).await??;
    let answer = answer.map_err(|_| SubmitError::Stopped("it stopped before it could answer".to_owned()))?;
    Ok(axum::Json(answer?).into_response())
}

fn read(body: &[u8], origin: &str) -> Result<Vec<Result<Drafted, Refusal>>, Problem> {
    let Many { drafts: AtMost(drafts) } = at_most::read(body, DRAFTS_MAX, HOW_MANY, SHAPE)?;
    if drafts.is_empty() {
        return Err(Problem::bad_request(&format!("drafts: {HOW_MANY}")));
    }
    Ok(drafts.iter().map(|One { text, signers: AtMost(signers) }| Drafted::read(text, signers, origin)).collect())
}
