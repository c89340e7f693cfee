//! Lists of entities, and one of them: `/v1/funds`, `/v1/funds/{chain}/{id}` and their like, one pair for each line of the
//! ledger's registry. Accounts and holds are found on their chain's and fund's pages.

use super::super::{AppState, Problem};
use super::answer::{Ask, Incoming, Keep, json_response, page_response};
use super::entity_told::{Row, Scene, Told};
use super::names;
use super::rows::Rows;
use almoner_wire::{self as wire, Plain};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use serde_json::value::RawValue;

macro_rules! of_every_kind {
    ($($(#[$about:meta])+ $kind:ident $line:tt)+) => {
        Router::new()$(.merge(of::<almoner_ledger::entity::$kind>()))+
    };
}

pub(super) fn routes() -> Router<AppState> {
    almoner_ledger::entity_kinds!(of_every_kind)
}

fn of<K: Told>() -> Router<AppState> {
    let word = K::KIND.list();
    Router::new()
        .route(&format!("/v1/{word}"), get(list::<K>))
        .route(&format!("/v1/{word}/{{chain}}/{{id}}"), get(one::<K>))
}

async fn list<K: Told>(incoming: Incoming) -> Result<Response, Problem> {
    let work = |ask: &Ask<'_>| {
        let page = ask.query.page()?;
        let views = ask.shared.views();
        let chain = ask.query.text("chain").map(|id| names::chain(&views, id, ask.at.size)).transpose()?;
        let (found, more) = views.opened_after::<K>(chain, page.after, ask.at.some(), page.limit);
        let scene = Scene { views: &views, at: ask.at.some() };
        let mut rows: Rows<Row<K>> = Rows::new();
        // Those that one event opened stay together: the cursor is that event's index.
        for group in found.chunk_by(|one, next| one.opened == next.opened) {
            if !rows.push_all(group.iter().filter_map(|found| scene.row(*found)))? {
                break;
            }
        }
        let next = rows.goes_on(&found, more).map(|last| ask.query.next(&ask.path, last.opened));
        let page = <K::Page as Plain>::Of::<Box<RawValue>>::from(rows.end(ask, next.clone()));
        page_response(&page, next.as_deref())
    };
    incoming.heavy().answer(&["at", "chain", "after", "limit"], Keep::WithSize, work).await
}

async fn one<K: Told>(incoming: Incoming, Path((chain, id)): Path<(String, String)>) -> Result<Response, Problem> {
    let work = move |ask: &Ask<'_>| {
        let views = ask.shared.views();
        let chain_no = names::chain(&views, &chain, ask.at.size)?;
        let scene = Scene { views: &views, at: ask.at.some() };
        let found = views.named::<K>(chain_no, &id, scene.at);
        let (found, row) = found.and_then(|found| Some((found, scene.row(found)?))).ok_or_else(|| {
            Problem::not_found(&format!("{chain} has no {} {id:?} in the first {} events", K::KIND, ask.at.size))
        })?;
        let events = views.latest_touching(&[found.no], ask.at.size, 100);
        json_response(&wire::Told {
            entity: K::alone(row, found.no, &scene)?,
            latest_events: events.into_iter().filter_map(|index| views.event_at(index)).collect(),
            origin: ask.shared.origin.clone(),
            size: ask.at.size,
        })
    };
    incoming.heavy().answer(&["at"], Keep::WithSize, work).await
}
