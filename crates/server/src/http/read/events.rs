//! Events, as `almoner show` tells them.

use super::super::{AppState, Problem};
use super::answer::{Ask, Incoming, Keep, page_response};
use super::names::{self, named};
use super::rows::Rows;
use crate::app::Verified;
use almoner_proof::Envelope;
use almoner_views::{Views, told};
use almoner_wire::{EventRow, EventTold, Events};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;

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
        let next = rows.goes_on(&found, more).map(|last| ask.query.next(&ask.path, *last));
        page_of(ask, rows, next)
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
pub(super) fn note(verified: &Verified<'_>, index: u64) -> Result<Envelope, Problem> {
    let note = verified.note(index)?;
    note.ok_or_else(|| Problem::internal(&format!("entry {index} cannot be read")))
}

/// One event, and who reversed it.
fn show(ask: &Ask<'_>, index: u64) -> Result<EventTold, Problem> {
    let note = note(&ask.shared.verified(), index)?;
    let views = ask.shared.views();
    let reversed_by =
        views.reversed_by_at(index, ask.at.size).into_iter().filter_map(|by| views.event_at(by)).collect();
    let observed = views.observed_told_at(index, ask.at.some());
    Ok(EventTold { row: row(&views, &note, index), reversed_by, observed })
}

/// As many of some events as fit on a page; no note is read while the views are locked.
pub(super) fn told_all(ask: &Ask<'_>, indices: &[u64]) -> Result<Rows<EventRow>, Problem> {
    let mut rows = Rows::new();
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

/// A page of events.
pub(super) fn page_of(ask: &Ask<'_>, rows: Rows<EventRow>, next: Option<String>) -> Result<Response, Problem> {
    page_response(&Events::from(rows.end(ask, next.clone())), next.as_deref())
}

fn row(views: &Views, note: &Envelope, index: u64) -> EventRow {
    let reverses = views.reverses(index).and_then(|index| views.event_at(index));
    EventRow { told: told::event(index, note), reverses }
}
