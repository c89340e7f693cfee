//! Lists of entities, and one of them: `/v1/funds`, `/v1/funds/{chain}/{id}` and their like, one pair for each line of the
//! ledger's registry. Accounts and holds are found on their chain's and fund's pages.

use super::super::{AppState, Problem, negotiate};
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
    negotiate::list(Router::new(), &format!("/v1/{word}"), word, &get(list::<K>))
        .route(&format!("/v1/{word}/{{chain}}/{{id}}"), get(one::<K>))
}

async fn list<K: Told>(incoming: Incoming) -> Result<Response, Problem> {
    let work = |ask: &Ask<'_>| {
        let page = ask.query.page()?;
        let views = ask.shared.views();
        let chain = ask.query.text("chain").map(|id| names::chain(&views, id, ask.at.size)).transpose()?;
        let order = (page.newest_first, page.limit);
        let (found, more) = views.opened_within::<K>(chain, page.within(ask.at.size), ask.at.some(), order);
        let scene = Scene { views: &views, at: ask.at.some() };
        let mut rows: Rows<Row<K>> = Rows::new();
        // Those that one event opened stay together: the cursor is that event's index.
        for group in found.chunk_by(|one, next| one.opened == next.opened) {
            if !rows.push_all(group.iter().filter_map(|found| scene.row(*found)))? {
                break;
            }
        }
        let next = rows.goes_on(&found, more).map(|last| ask.query.beyond(&ask.path, page, last.opened));
        let page = <K::Page as Plain>::Of::<Box<RawValue>>::from(rows.end(ask, next.clone()));
        page_response(&page, next.as_deref())
    };
    incoming.heavy().answer(&["at", "chain", "order", "after", "before", "limit"], Keep::WithSize, work).await
}

async fn one<K: Told>(incoming: Incoming, Path((chain, id)): Path<(String, String)>) -> Result<Response, Problem> {
    let work = move |ask: &Ask<'_>| {
        let views = ask.shared.views();
        let no = names::of_chain(&views, &chain, K::KIND, &id, ask.at.size)?;
        let scene = Scene { views: &views, at: ask.at.some() };
        let row = views.typed::<K>(no, scene.at).and_then(|found| scene.row(found));
        let row = row.ok_or_else(|| Problem::internal(&format!("{chain}/{}/{id} cannot be told", K::KIND)))?;
        let events = views.latest_touching(&[no], ask.at.size, 100);
        json_response(&wire::Told {
            entity: K::alone(row, no, &scene)?,
            latest_events: events.into_iter().filter_map(|index| views.event_at(index)).collect(),
            origin: ask.shared.origin.clone(),
            size: ask.at.size,
        })
    };
    incoming.heavy().answer(&["at"], Keep::WithSize, work).await
}
