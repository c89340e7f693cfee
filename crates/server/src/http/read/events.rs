//! Events, as `almoner show` tells them.

use super::super::{AppState, Problem};
use super::answer::{Ask, Incoming, Keep, Prev, Settled, page_response};
use super::filter::Filter;
use super::names::{self, named};
use super::query::Page;
use super::rows::Rows;
use crate::app::{Published, Verified};
use almoner_ledger::EntityKind;
use almoner_ledger::nearest::{meant, nearest};
use almoner_proof::Envelope;
use almoner_views::search::Search;
use almoner_views::{Views, told};
use almoner_wire::{EventRow, EventTold, Events};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use std::ops::Range;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/v1/events/{event}", get(one))
}

/// Notes that are read for one page where what is asked for stands in them only.
const NOTES_MAX: usize = 2000;

/// What [`list`] takes.
pub(in crate::http) const PARAMETERS: &[&str] = &[
    "at",
    "chain",
    "type",
    "fund",
    "project",
    "payee",
    "effective_from",
    "effective_to",
    "amount_min",
    "amount_max",
    "currency",
    "order",
    "after",
    "before",
    "limit",
];

/// `GET /v1/events`: the oldest or the newest first, and only those that are asked for. No page costs more than so many
/// looks and so many notes: one that finds little in them leads on all the same.
pub(in crate::http) async fn list(incoming: Incoming) -> Result<Response, Problem> {
    let work = |ask: &Ask<'_>| {
        let page = ask.query.page()?;
        let (search, filter) = (search(ask)?, Filter::of(&ask.query)?);
        let within = page.within(ask.at.size);
        let most = if filter.is_empty() { page.limit } else { NOTES_MAX };
        let found = ask.shared.views().search(&search, within.clone(), page.newest_first, most);
        let (mut rows, verified) = (Rows::new(), ask.shared.verified());
        let (mut done, mut is_cut) = (None, false);
        for index in &found.indices {
            let note = note(&verified, *index)?;
            let views = ask.shared.views();
            let chain = views.event(*index).map(|(_, chain)| chain);
            if filter.is_empty() || chain.is_some_and(|chain| filter.takes(&views, chain, &note)) {
                is_cut = rows.count() >= page.limit || !rows.push(&row(&views, &note, *index))?;
                if is_cut {
                    break;
                }
            }
            done = Some(*index);
        }
        let next = if is_cut { done } else { found.stopped_at };
        let next = next.map(|index| ask.query.beyond(&ask.path, page, index));
        let is_whole = next.is_none();
        let mut response = page_of(ask, rows, next)?;
        if filter.is_empty()
            && let Some(prev) = prev(ask, &search, page, within)
        {
            response.extensions_mut().insert(Prev(prev));
        }
        Ok(settled(response, page.is_settled(ask.at.size, !is_whole)))
    };
    incoming.heavy().answer(PARAMETERS, Keep::WithSize, work).await
}

/// The page before this one, where there is one: the views are asked from its beginning backwards.
fn prev(ask: &Ask<'_>, search: &Search, page: Page, within: Range<u64>) -> Option<String> {
    let before = if page.newest_first { within.end..ask.at.size } else { 0..within.start };
    let found = ask.shared.views().search(search, before, !page.newest_first, page.limit.saturating_add(1));
    found.indices.first()?;
    match found.indices.get(page.limit) {
        Some(index) => Some(ask.query.beyond(&ask.path, page, *index)),
        None => ask.query.first(&ask.path),
    }
}

/// What the views are asked for.
fn search(ask: &Ask<'_>) -> Result<Search, Problem> {
    let kind = ask.query.text("type");
    if let Some(kind) = kind.filter(|kind| almoner_ledger::event::kind_of(kind).is_none()) {
        let near = nearest(kind, almoner_ledger::event::KINDS.iter().map(|info| info.kind));
        let what = format!("type {kind:?} is none of this log's, such as donation.received/1");
        return Err(Problem::bad_request(&meant(&what, near)));
    }
    let views = ask.shared.views();
    let named = ask.query.text("chain");
    let chain = named.map(|id| names::chain(&views, id, ask.at.size)).transpose()?;
    let mut touching = Vec::new();
    for kind in [EntityKind::Fund, EntityKind::Project] {
        touching.extend(names::asked(ask, &views, kind, named)?);
    }
    Ok(Search { chain, kind: kind.map(str::to_owned), touching })
}

async fn one(incoming: Incoming, Path(text): Path<String>) -> Result<Response, Problem> {
    let work = move |ask: &Ask<'_>| {
        let name = named(&text)?;
        if name.gift.is_some() {
            return Err(Problem::bad_request(&format!(
                "a gift is not an event of its own: /v1/gifts/{text} tells its trail"
            )));
        }
        let index = ask.shared.views().event_called(&name, ask.at.size)?;
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

/// Marks a page whose rows stay as they are.
pub(super) fn settled(mut page: Response, is_settled: bool) -> Response {
    if is_settled {
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
fn row(views: &Views, note: &Envelope, index: u64) -> EventRow {
    let reverses = views.reverses(index).and_then(|index| views.event_at(index));
    EventRow { told: told::event(index, note), reverses }
}
