//! Events, as `almoner show` tells them.

use super::super::{AppState, Problem};
use super::answer::{Ask, Incoming, Keep};
use super::names::{self, named};
use crate::app::Verified;
use almoner_proof::Envelope;
use almoner_views::Views;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/v1/events/{event}", get(one))
}

/// `GET /v1/events`: in log order, of one chain or type if asked.
pub(in crate::http) async fn list(incoming: Incoming) -> Result<Response, Problem> {
    let work = |ask: &Ask<'_>| {
        let page = ask.query.page()?;
        let kind = ask.query.text("type");
        if let Some(kind) = kind.filter(|kind| almoner_ledger::event::kind_of(kind).is_none()) {
            return Err(Problem::bad_request(&format!(
                "type {kind:?} is none of this log's, such as donation.received/1"
            )));
        }
        let (found, next) = {
            let views = ask.shared.views();
            let chain = ask.query.text("chain").map(|id| names::chain(&views, id, ask.at.size)).transpose()?;
            let (found, more) = views.events_after(chain, kind, page.after, ask.at.size, page.limit);
            let next = found.last().filter(|_| more).map(|last| ask.query.next(&ask.path, *last));
            (found, next)
        };
        Ok(json!({"origin": ask.shared.origin, "size": ask.at.size, "events": show_all(ask, &found)?, "next": next}))
    };
    incoming.json(&["at", "chain", "type", "after", "limit"], Keep::WithSize, work).await
}

async fn one(incoming: Incoming, Path(text): Path<String>) -> Result<Response, Problem> {
    let work = move |ask: &Ask<'_>| {
        let name = named(&text)?;
        if name.gift.is_some() {
            return Err(Problem::bad_request(&format!(
                "a gift is not an event of its own: /v1/gifts/{text} tells its trail"
            )));
        }
        let index = name.index(&ask.shared.views(), ask.at.size).ok_or_else(|| no_event(&text, ask))?;
        show(ask, index)
    };
    incoming.json(&["at"], Keep::WithSize, work).await
}

/// 404 for an event, with where we looked.
pub(super) fn no_event(text: &str, ask: &Ask<'_>) -> Problem {
    Problem::not_found(&format!(
        "there is no event {text} in the first {} events of {}",
        ask.at.size, ask.shared.origin
    ))
}

/// The note at an index that is known to be in the log.
fn note(verified: &Verified<'_>, index: u64) -> Result<Envelope, Problem> {
    let note = verified.note(index)?;
    note.ok_or_else(|| Problem::internal(&format!("entry {index} cannot be read")))
}

/// One event.
pub(super) fn show(ask: &Ask<'_>, index: u64) -> Result<Value, Problem> {
    let note = note(&ask.shared.verified(), index)?;
    Ok(told(&ask.shared.views(), &note, index, ask.at.size))
}

/// Some events; their notes are read before the views are locked.
pub(super) fn show_all(ask: &Ask<'_>, indices: &[u64]) -> Result<Vec<Value>, Problem> {
    let verified = ask.shared.verified();
    let notes =
        indices.iter().map(|index| Ok((*index, note(&verified, *index)?))).collect::<Result<Vec<_>, Problem>>()?;
    let views = ask.shared.views();
    Ok(notes.iter().map(|(index, note)| told(&views, note, *index, ask.at.size)).collect())
}

/// The settled object of `show`, and who reversed it.
fn told(views: &Views, note: &Envelope, index: u64, at: u64) -> Value {
    let cite = |index: u64| json!({"index": index, "event": views.citation(index)});
    json!({
        "index": index,
        "event": format!("{}#{}", note.chain(), note.seq),
        "chain": note.chain(),
        "seq": note.seq,
        "hash": note.hash().to_base64(),
        "type": note.kind(),
        "time": note.time(),
        "data": serde_json::from_str::<Value>(note.data()).unwrap_or_default(),
        "note": String::from_utf8_lossy(note.bytes()),
        "reversed_by": views.reversed_by_at(index, at).into_iter().map(cite).collect::<Vec<_>>(),
        "reverses": views.reverses(index).map(cite),
    })
}
