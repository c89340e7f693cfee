//! Lists of entities, and one of them: `/v1/funds`, `/v1/funds/{chain}/{id}` and their like.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use super::super::{AppState, Problem, negotiate};
use super::answer::{Ask, Incoming, Keep};
use super::rows::{PAGE_BYTES, Rows, fitting};
use super::{entity_json, names};
use almoner_ledger::EntityKind;
use almoner_views::figures::Selection;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};

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
];

/// Pools that are told of one fund; its balances tell all.
const POOLS_MAX: usize = 1000;

pub(super) fn routes() -> Router<AppState> {
    LISTS.iter().fold(Router::new(), |router, (word, kind)| {
        let list = move |incoming: Incoming| list(incoming, word, *kind);
        let one = move |incoming: Incoming, path: Path<(String, String)>| one(incoming, *kind, path);
        negotiate::list(router, &format!("/v1/{word}"), word, &get(list))
            .route(&format!("/v1/{word}/{{chain}}/{{id}}"), get(one))
    })
}

async fn list(incoming: Incoming, word: &'static str, kind: EntityKind) -> Result<Response, Problem> {
    let work = move |ask: &Ask<'_>| {
        let page = ask.query.page()?;
        let views = ask.shared.views();
        let chain = ask.query.text("chain").map(|id| names::chain(&views, id, ask.at.size)).transpose()?;
        let order = (page.newest_first, page.limit);
        let (found, more) = views.opened_within(kind, chain, page.within(ask.at.size), ask.at.some(), order);
        let mut rows = Rows::new(word);
        // Those that one event opened stay together: the cursor is that event's index.
        for group in found.chunk_by(|one, next| one.opened == next.opened) {
            if !rows.push_all(group.iter().map(|entity| entity_json::entity(&views, entity)))? {
                break;
            }
        }
        let is_last = rows.count() == found.len() && !more;
        let last = rows.count().checked_sub(1).and_then(|last| found.get(last)).filter(|_| !is_last);
        let next = last.map(|last| ask.query.beyond(&ask.path, page, last.opened));
        Ok(rows.end(ask, next.as_deref(), &[]))
    };
    incoming.heavy().answer(&["at", "chain", "order", "after", "before", "limit"], Keep::WithSize, work).await
}

async fn one(
    incoming: Incoming,
    kind: EntityKind,
    Path((chain, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let work = move |ask: &Ask<'_>| {
        let views = ask.shared.views();
        let chain_no = names::chain(&views, &chain, ask.at.size)?;
        let found = views.find(chain_no, kind, &id).and_then(|no| views.entity(no, ask.at.some()));
        let found = found.ok_or_else(|| {
            Problem::not_found(&format!("{chain} has no {kind} {id:?} in the first {} events", ask.at.size))
        })?;
        let mut value = entity_json::entity(&views, &found);
        let strips =
            |selection| -> Value { views.strips(selection, ask.at.some()).iter().map(entity_json::strip).collect() };
        let more = match kind {
            EntityKind::Fund => {
                let pools = views.pools_of(found.no, ask.at.some());
                let told = pools.iter().take(POOLS_MAX).map(|project| {
                    let strips = strips(Selection::Pool(found.no, *project));
                    json!({"project": project.and_then(|no| views.reference(no)), "strips": strips})
                });
                let (told, _) = fitting(told, PAGE_BYTES / 2);
                let left_out = pools.len().saturating_sub(told.len());
                let mut more = json!({"strips": strips(Selection::Fund(found.no)), "pools": told});
                if left_out > 0
                    && let Value::Object(more) = &mut more
                {
                    more.insert("pools_left_out".to_owned(), left_out.into());
                }
                more
            }
            EntityKind::Project => json!({"strips": strips(Selection::Project(found.no))}),
            _ => json!({}),
        };
        let events: Vec<u64> = views.latest_touching(&[found.no], ask.at.size, 100);
        if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
            value.extend(more);
            value.insert("latest_events".to_owned(), events.into());
            value.insert("origin".to_owned(), ask.shared.origin.clone().into());
            value.insert("size".to_owned(), ask.at.size.into());
        }
        Ok(value)
    };
    incoming.heavy().json(&["at"], Keep::WithSize, work).await
}
