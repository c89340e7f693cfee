//! The log as a whole, its chains, and balances.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use super::super::{AppState, Problem, negotiate};
use super::answer::{Ask, Incoming, Keep};
use super::query::LIMIT_MAX;
use super::rows::{PAGE_BYTES, Rows, fitting};
use super::{entity_json, events, names};
use almoner_proof::merkle::empty_root;
use almoner_views::Indices;
use almoner_views::query::ChainAt;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<AppState> {
    let single = Router::new()
        .route("/v1/log", get(log))
        .route("/v1/totals", get(totals))
        .route("/v1/chains/{chain}", get(chain));
    [
        ("/v1/balances", "balances", get(balances)),
        ("/v1/chains", "chains", get(chains)),
        ("/v1/chains/{chain}/events", "events", get(chain_events)),
        ("/v1/chains/{chain}/balances", "balances", get(chain_balances)),
    ]
    .iter()
    .fold(single, |router, (path, word, handler)| negotiate::list(router, path, word, handler))
}

async fn log(incoming: Incoming) -> Result<Response, Problem> {
    // `committed` moves with every event, so nothing here is kept.
    let work = |ask: &Ask<'_>| {
        let (size, root) = ask.at.published;
        let own = ask.at.root(ask.shared)?.to_base64();
        let views = ask.shared.views();
        Ok(json!({
            "origin": ask.shared.origin,
            "size": ask.at.size,
            "root": own,
            "vkey": ask.node.vkey(),
            "published": {"size": size, "root": root.to_base64()},
            "committed": ask.shared.committed(),
            "chains": views.chains_at(ask.at.some()).count(),
            "gifts": views.gift_count(ask.at.some()),
            "observed": views.observed_count(ask.at.some()),
        }))
    };
    incoming.json(&["at"], Keep::Never, work).await
}

async fn totals(incoming: Incoming) -> Result<Response, Problem> {
    let work = |ask: &Ask<'_>| {
        let root = ask.at.root(ask.shared)?.to_base64();
        let totals = ask.shared.views().totals(ask.at.some());
        let net: Vec<Value> = totals.iter().map(entity_json::strip).collect();
        Ok(json!({"origin": ask.shared.origin, "size": ask.at.size, "root": root, "totals": net}))
    };
    incoming.heavy().json(&["at"], Keep::WithSize, work).await
}

async fn balances(incoming: Incoming) -> Result<Response, Problem> {
    let work = |ask: &Ask<'_>| told_balances(ask, ask.query.text("chain"));
    incoming.heavy().answer(&["at", "chain", "fund", "after", "limit"], Keep::WithSize, work).await
}

async fn chain_balances(incoming: Incoming, Path(chain): Path<String>) -> Result<Response, Problem> {
    let work = move |ask: &Ask<'_>| told_balances(ask, Some(&chain));
    incoming.heavy().answer(&["at", "fund", "after", "limit"], Keep::WithSize, work).await
}

/// Here the cursor is a row's number, counted from 0; pages fit together at one size only, so `next` names it.
fn told_balances(ask: &Ask<'_>, chain: Option<&str>) -> Result<Response, Problem> {
    let page = ask.query.page_of(LIMIT_MAX)?;
    let root = ask.at.root(ask.shared)?;
    let views = ask.shared.views();
    if let Some(chain) = chain {
        names::chain(&views, chain, ask.at.size)?;
    }
    let from = page.after.map_or(0, |after| usize::try_from(after.saturating_add(1)).unwrap_or(usize::MAX));
    let mut found = views.balance_rows(chain, ask.query.text("fund"), ask.at.some()).skip(from).peekable();
    let mut rows = Rows::new("balances");
    while rows.count() < page.limit
        && let Some(row) = found.peek()
        && rows.push(row)?
    {
        found.next();
    }
    let next = rows.count().checked_sub(1).filter(|_| found.peek().is_some()).map(|last| {
        let last = (from as u64).saturating_add(last as u64);
        ask.query.next_at(&ask.path, last, ask.at.size)
    });
    Ok(rows.end(ask, next.as_deref(), &[("root", root.to_base64().into())]))
}

async fn chains(incoming: Incoming) -> Result<Response, Problem> {
    let work = |ask: &Ask<'_>| {
        let page = ask.query.page()?;
        let views = ask.shared.views();
        let is_after = |chain: &ChainAt<'_>| {
            page.after.is_none_or(|after| chain.events.first().is_some_and(|opened| opened > after))
        };
        let mut found = views.chains_at(ask.at.some()).filter(is_after).peekable();
        let mut rows = Rows::new("chains");
        let mut last = None;
        while rows.count() < page.limit
            && let Some(chain) = found.peek()
            && rows.push(&summary(chain))?
        {
            last = chain.events.first();
            found.next();
        }
        let next = last.filter(|_| found.peek().is_some()).map(|last| ask.query.next(&ask.path, last));
        Ok(rows.end(ask, next.as_deref(), &[]))
    };
    incoming.heavy().answer(&["at", "after", "limit"], Keep::WithSize, work).await
}

fn summary(chain: &ChainAt<'_>) -> Value {
    json!({
        "chain": chain.id, "names": chain.names, "identifiers": chain.identifiers, "role": chain.role,
        "supervisor": chain.supervisor, "opened": chain.events.first(), "events": chain.events.len(),
    })
}

/// A chain, with its head as the next author must draft on it: of the committed log, whatever `at` is.
async fn chain(incoming: Incoming, Path(id): Path<String>) -> Result<Response, Problem> {
    let work = move |ask: &Ask<'_>| {
        // Moved before the author is told, so whoever was told finds the chain and its head here.
        let head = ask.shared.head(&id);
        let mut value = {
            let views = ask.shared.views();
            let told = views.chain_no(&id).and_then(|no| views.chain_at(no, ask.at.some()));
            match told {
                Some(chain) => told_chain(&chain),
                // Open, but in no published checkpoint yet: its author may go on all the same.
                None if head.is_some() && !ask.at.named => {
                    json!({"chain": id, "names": {}, "identifiers": [], "role": null, "supervisor": null, "opened": null, "events": 0, "keys": []})
                }
                None => {
                    return Err(Problem::not_found(&format!(
                        "there is no chain {id:?} in the first {} events",
                        ask.at.size
                    )));
                }
            }
        };
        let (next_seq, head) = head.unwrap_or_default();
        let (size, root) = ask.at.published;
        let root = if size == 0 { empty_root() } else { root };
        if let Value::Object(value) = &mut value {
            value.insert("origin".to_owned(), ask.shared.origin.clone().into());
            value.insert("size".to_owned(), ask.at.size.into());
            value.insert("next_seq".to_owned(), next_seq.into());
            value.insert("head".to_owned(), head.to_base64().into());
            value.insert("seen".to_owned(), json!({"size": size, "root": root.to_base64()}));
        }
        Ok(value)
    };
    incoming.json(&["at"], Keep::Never, work).await
}

fn told_chain(chain: &ChainAt<'_>) -> Value {
    let mut value = summary(chain);
    let keys = chain.keys.iter().map(|key| {
        json!({
            "vkey": key.vkey, "name": key.name, "holder": key.holder, "roles": key.roles,
            "introduced": key.introduced, "retired": key.retired, "active": key.retired.is_none(),
        })
    });
    if let Value::Object(value) = &mut value {
        let (keys, left_out) = fitting(keys, PAGE_BYTES / 2);
        value.insert("keys".to_owned(), keys.into());
        if left_out > 0 {
            value.insert("keys_left_out".to_owned(), left_out.into());
        }
    }
    value
}

/// A chain's events; here the cursor is the seq.
async fn chain_events(incoming: Incoming, Path(id): Path<String>) -> Result<Response, Problem> {
    let work = move |ask: &Ask<'_>| {
        let page = ask.query.page()?;
        let (within, found, more) = {
            let views = ask.shared.views();
            let no = names::chain(&views, &id, ask.at.size)?;
            let events = views.chain_at(no, ask.at.some()).map_or(Indices::none(), |chain| chain.events);
            let within = page.within(events.len() as u64);
            let place = |seq: u64| usize::try_from(seq).unwrap_or(usize::MAX);
            let all = events.stretch(place(within.start), place(within.end));
            let found: Vec<u64> = match page.newest_first {
                true => all.rev().take(page.limit).collect(),
                false => all.take(page.limit).collect(),
            };
            let more = (found.len() as u64) < within.end.saturating_sub(within.start);
            (within, found, more)
        };
        let rows = events::told_all(ask, &found)?;
        let told = rows.count() as u64;
        let last = match page.newest_first {
            true => within.end.saturating_sub(told),
            false => within.start.saturating_add(told).saturating_sub(1),
        };
        let is_last = rows.count() == found.len() && !more;
        let next = (!is_last).then(|| ask.query.beyond(&ask.path, page, last));
        // Of a chain a seq never moves: what is before one is all there ever is.
        let is_settled = page.is_settled(within.end, next.is_some());
        Ok(events::settled(rows.end(ask, next.as_deref(), &[]), is_settled))
    };
    incoming.heavy().answer(&["at", "order", "after", "before", "limit"], Keep::WithSize, work).await
}
