//! Events, as `almoner show` tells them.

use super::super::{AppState, Problem};
use super::answer::{Ask, Incoming, Keep, Settled};
use super::names::{self, named};
use super::rows::Rows;
use crate::app::{Published, Verified};
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
        let (found, more) = {
            let views = ask.shared.views();
            let chain = ask.query.text("chain").map(|id| names::chain(&views, id, ask.at.size)).transpose()?;
            views.events_after(chain, kind, page.after, ask.at.size, page.limit)
        };
        let rows = told_all(ask, &found)?;
        let is_last = rows.count() == found.len() && !more;
        let last = rows.count().checked_sub(1).and_then(|last| found.get(last)).filter(|_| !is_last);
        let next = last.map(|last| ask.query.next(&ask.path, *last));
        Ok(settled(rows.end(ask, next.as_deref(), &[]), next.is_some()))
    };
    incoming.heavy().answer(&["at", "chain", "type", "after", "limit"], Keep::WithSize, work).await
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

/// As many of some events as fit on a page; no note is read while the views are locked.
pub(super) fn told_all(ask: &Ask<'_>, indices: &[u64]) -> Result<Rows, Problem> {
    let mut rows = Rows::new("events");
    let verified = ask.shared.verified();
    for index in indices {
        let note = note(&verified, *index)?;
        let row = row(&ask.shared.views(), &note, *index);
        if !rows.push(&row)? {
            break;
        }
    }
    Ok(rows)
}

/// Marks a page behind which there are others: what it tells stays as it is.
pub(super) fn settled(mut page: Response, has_next: bool) -> Response {
    if has_next {
        page.extensions_mut().insert(Settled);
    }
    page
}

/// The kind of an entry, and how it is told in a stream: as in a list.
pub(in crate::http) fn streamed(shared: &Published, index: u64) -> Result<(String, String), Problem> {
    let note = note(&shared.verified(), index)?;
    let row = row(&shared.views(), &note, index);
    Ok((note.kind().to_owned(), serde_json::to_string(&row).map_err(|e| Problem::internal(&e))?))
}

/// An event in a list. Who reversed it is told of the event alone: here nothing may change later.
fn row(views: &Views, note: &Envelope, index: u64) -> Value {
    let mut row = told(views, note, index, index);
    if let Value::Object(row) = &mut row {
        row.remove("reversed_by");
    }
    row
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
