//! Lists of entities, and one of them: `/v1/funds`, `/v1/funds/{chain}/{id}` and their like.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use super::super::{AppState, Problem, negotiate};
use super::answer::{Ask, Incoming, Keep, json_response, page_response};
use super::entity_told::{self, Entity};
use super::rows::{PAGE_BYTES, Rows, fitting};
use super::{names, observed};
use almoner_ledger::{EntityKind, EntityNo};
use almoner_views::Views;
use almoner_views::figures::Selection;
use almoner_wire::{self as wire, EventAt, FundFigures, PoolTotals, ProjectFigures, Told, Totals};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use serde::Serialize;
use serde_json::value::RawValue;

/// The word in the path, and the kind. Accounts and holds are found on their chain's and fund's pages.
const LISTS: &[(&str, EntityKind)] = &[
    ("accounts", EntityKind::Account),
    ("funds", EntityKind::Fund),
    ("programmes", EntityKind::Programme),
    ("envelopes", EntityKind::Envelope),
    ("projects", EntityKind::Project),
    ("campaigns", EntityKind::Campaign),
    ("pledges", EntityKind::Pledge),
    ("commitments", EntityKind::Commitment),
    ("grants", EntityKind::Grant),
    ("disbursements", EntityKind::Disbursement),
    ("milestones", EntityKind::Milestone),
    ("holds", EntityKind::Hold),
    ("imports", EntityKind::Import),
    ("activities", EntityKind::Activity),
];

/// Pools that are told of one fund; its balances tell all.
const POOLS_MAX: usize = 1000;

pub(super) fn routes() -> Router<AppState> {
    LISTS.iter().fold(Router::new(), |router, (word, kind)| {
        let list = move |incoming: Incoming| list(incoming, *kind);
        let one = move |incoming: Incoming, path: Path<(String, String)>| one(incoming, *kind, path);
        negotiate::list(router, &format!("/v1/{word}"), word, &get(list))
            .route(&format!("/v1/{word}/{{chain}}/{{id}}"), get(one))
    })
}

async fn list(incoming: Incoming, kind: EntityKind) -> Result<Response, Problem> {
    let work = move |ask: &Ask<'_>| {
        let page = ask.query.page()?;
        let views = ask.shared.views();
        let chain = ask.query.text("chain").map(|id| names::chain(&views, id, ask.at.size)).transpose()?;
        let order = (page.newest_first, page.limit);
        let (found, more) = views.opened_within(kind, chain, page.within(ask.at.size), ask.at.some(), order);
        let mut rows: Rows<Entity> = Rows::new();
        // Those that one event opened stay together: the cursor is that event's index.
        for group in found.chunk_by(|one, next| one.opened == next.opened) {
            if !rows.push_all(group.iter().filter_map(|entity| entity_told::entity(&views, entity)))? {
                break;
            }
        }
        let next = rows.goes_on(&found, more).map(|last| ask.query.beyond(&ask.path, page, last.opened));
        page_of(kind, rows.end(ask, next.clone()), next.as_deref())
    };
    incoming.heavy().answer(&["at", "chain", "order", "after", "before", "limit"], Keep::WithSize, work).await
}

/// The page of a list: the same members for every kind, but the one that holds the rows.
fn page_of(kind: EntityKind, page: wire::Parts<Box<RawValue>>, next: Option<&str>) -> Result<Response, Problem> {
    match kind {
        EntityKind::Account => page_response(&wire::Accounts::from(page), next),
        EntityKind::Fund => page_response(&wire::Funds::from(page), next),
        EntityKind::Programme => page_response(&wire::Programmes::from(page), next),
        EntityKind::Envelope => page_response(&wire::Envelopes::from(page), next),
        EntityKind::Project => page_response(&wire::Projects::from(page), next),
        EntityKind::Campaign => page_response(&wire::Campaigns::from(page), next),
        EntityKind::Pledge => page_response(&wire::Pledges::from(page), next),
        EntityKind::Commitment => page_response(&wire::Commitments::from(page), next),
        EntityKind::Grant => page_response(&wire::Grants::from(page), next),
        EntityKind::Disbursement => page_response(&wire::Disbursements::from(page), next),
        EntityKind::Milestone => page_response(&wire::Milestones::from(page), next),
        EntityKind::Hold => page_response(&wire::Holds::from(page), next),
        EntityKind::Import => page_response(&wire::Imports::from(page), next),
        EntityKind::Activity => page_response(&wire::Activities::from(page), next),
    }
}

async fn one(
    incoming: Incoming,
    kind: EntityKind,
    Path((chain, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let work = move |ask: &Ask<'_>| {
        let views = ask.shared.views();
        let no = names::of_chain(&views, &chain, kind, &id, ask.at.size)?;
        let found = views.entity(no, ask.at.some());
        let found = found.ok_or_else(|| Problem::internal(&format!("{chain}/{kind}/{id} is not there any more")))?;
        let entity = entity_told::entity(&views, &found);
        let entity = entity.ok_or_else(|| Problem::internal(&format!("{chain}/{kind}/{id} is not of its kind")))?;
        let events = views.latest_touching(&[found.no], ask.at.size, 100);
        let latest_events = events.into_iter().filter_map(|index| views.event_at(index)).collect();
        match entity {
            Entity::Fund(fund) => told(ask, fund_figures(ask, &views, fund, found.no)?, latest_events),
            Entity::Project(project) => {
                let totals = totals(&views, Selection::Project(found.no), ask);
                told(ask, ProjectFigures { project, totals }, latest_events)
            }
            Entity::Import(import) => {
                told(ask, observed::import_figures(&views, import, found.no, ask.at.some()), latest_events)
            }
            Entity::Activity(activity) => {
                told(ask, observed::activity_figures(&views, activity, found.no, ask.at.some()), latest_events)
            }
            entity => told(ask, entity, latest_events),
        }
    };
    incoming.heavy().answer(&["at"], Keep::WithSize, work).await
}

fn told(ask: &Ask<'_>, entity: impl Serialize, latest_events: Vec<EventAt>) -> Result<Response, Problem> {
    json_response(&Told { entity, latest_events, origin: ask.shared.origin.clone(), size: ask.at.size })
}

fn totals(views: &Views, selection: Selection, ask: &Ask<'_>) -> Vec<Totals> {
    views.strips(selection, ask.at.some()).iter().map(entity_told::totals).collect()
}

/// A fund with its money, by pools as far as they have room.
fn fund_figures(ask: &Ask<'_>, views: &Views, fund: wire::Fund, no: EntityNo) -> Result<FundFigures, Problem> {
    let pools = views.pools_of(no, ask.at.some());
    let told = pools.iter().take(POOLS_MAX).map(|project| PoolTotals {
        project: project.and_then(|no| views.reference(no)),
        totals: totals(views, Selection::Pool(no, *project), ask),
    });
    let (told, _) = fitting(told, PAGE_BYTES / 2)?;
    let pools_left_out = pools.len().saturating_sub(told.len()) as u64;
    Ok(FundFigures { fund, totals: totals(views, Selection::Fund(no), ask), pools: told, pools_left_out })
}
