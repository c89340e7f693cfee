//! `POST /v1/events?dry_run=true`: drafts, or one signed note, on trial.

use super::body::{self, Whole};
use super::events::kept;
use super::fault::Fault;
use super::gates::Lane;
use super::places::Connection;
use super::{AppState, Problem};
use crate::app::SubmitError;
use almoner_ledger::{Drafted, Refusal};
use almoner_proof::event::SIGNERS_MAX;
use almoner_proof::note::NOTE_MAX;
use axum::body::Body;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// Most drafts of one request.
const DRAFTS_MAX: usize = 64;
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

/// A list that ends the reading at the first item too many: nothing is made of those behind it.
struct AtMost<T, const N: usize>(Vec<T>);

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for AtMost<T, N> {
    fn deserialize<D: Deserializer<'de>>(list: D) -> Result<AtMost<T, N>, D::Error> {
        struct Items<T, const N: usize>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for Items<T, N> {
            type Value = AtMost<T, N>;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<AtMost<T, N>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    if items.len() == N {
                        return Err(serde::de::Error::custom(format_args!("more than {N}")));
                    }
                    items.push(item);
                }
                Ok(AtMost(items))
            }
        }
        list.deserialize_seq(Items(PhantomData))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Media {
    Note,
    Drafts,
}

/// Nothing of it is stored or logged.
pub(super) async fn dry_run(
    node: AppState,
    connection: &Arc<Connection>,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let media = match media(headers) {
        Ok(media) => media,
        Err(problem) => {
            body::discard(connection, body).await;
            return Err(problem);
        }
    };
    // Of what is too long for a note nothing is kept but what shows it.
    let most = if media == Media::Note { NOTE_MAX.saturating_add(1) } else { usize::MAX };
    let Whole { bytes, share } = body::take(connection, body, most).await?;
    let gates = &connection.gates;
    let room = gates.room_to_work(bytes.len()).await?;
    drop(share);
    let shared = Arc::clone(node.shared());
    let read = move || match media {
        Media::Note => Ok(vec![Drafted::of_note(&bytes, &shared.origin)]),
        Media::Drafts => read(&bytes, &shared.origin),
    };
    let drafts = gates.aside(Lane::Verify, read).await?.0?;
    let answer = gates.in_time(kept(room, node.rehearse(drafts)?)).await??;
    let answer = answer.map_err(|_| SubmitError::Stopped("it stopped before it could answer".to_owned()))?;
    Ok(axum::Json(answer?).into_response())
}

fn media(headers: &HeaderMap) -> Result<Media, Problem> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    match media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "text/plain" => Ok(Media::Note),
        "application/json" => Ok(Media::Drafts),
        _ => {
            let how = format!("a dry run takes {SHAPE} as application/json, or one signed note as text/plain");
            Err(Problem::new(Fault::RequestMediaType, &how))
        }
    }
}

fn read(body: &[u8], origin: &str) -> Result<Vec<Result<Drafted, Refusal>>, Problem> {
    let many: Many = serde_json::from_slice(body).map_err(|error| {
        let why = error.to_string();
        if why.starts_with(&format!("more than {DRAFTS_MAX}")) {
            return Problem::new(Fault::RequestTooMany, HOW_MANY);
        }
        Problem::bad_request(&format!("expected {SHAPE}: {why}"))
    })?;
    let AtMost(drafts) = many.drafts;
    if drafts.is_empty() {
        return Err(Problem::bad_request(&format!("drafts: {HOW_MANY}")));
    }
    Ok(drafts.iter().map(|One { text, signers: AtMost(signers) }| Drafted::read(text, signers, origin)).collect())
}
