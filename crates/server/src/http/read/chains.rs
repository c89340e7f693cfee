//! The log as a whole, its chains, and balances.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use super::super::{AppState, Problem, negotiate};
use super::answer::{Ask, Incoming, Keep, page_response};
use super::query::LIMIT_MAX;
use super::rows::{PAGE_BYTES, Rows, fitting};
use super::{entity_told, events, names};
use almoner_ledger::rules::{CURRENCIES_AS_OF, RULES_KNOWN};
use almoner_proof::merkle::empty_root;
use almoner_views::chains::KeyView;
use almoner_views::query::ChainAt;
use almoner_views::{Indices, Views};
use almoner_wire::{Balances, Chain, ChainRow, Chains, Head, Key, KeyState, Log, LogTotals, Parts, Rules, Tree};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;

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
        let root = ask.at.root(ask.shared)?.to_base64();
        let views = ask.shared.views();
        let (observed, observed_current) = views.observed().counts(ask.at.some());
        Ok(Log {
            origin: ask.shared.origin.clone(),
            size: ask.at.size,
            root,
            vkey: ask.node.vkey().to_string(),
            rules: Rules { version: RULES_KNOWN, currencies: CURRENCIES_AS_OF.to_owned() },
            committed: ask.shared.committed(),
            chains: views.chains_at(ask.at.some()).count() as u64,
            gifts: views.gift_count(ask.at.some()),
            observed,
            observed_current,
        })
    };
    incoming.json(&["at"], Keep::Never, work).await
}

async fn totals(incoming: Incoming) -> Result<Response, Problem> {
    let work = |ask: &Ask<'_>| {
        let root = ask.at.root(ask.shared)?.to_base64();
        let totals = ask.shared.views().totals(ask.at.some());
        let totals = totals.iter().map(entity_told::totals).collect();
        Ok(LogTotals { origin: ask.shared.origin.clone(), size: ask.at.size, root, totals })
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
    let from = page.after.map_or(0, |after| usize::try_from(after.saturating_add(1)).unwrap_or(usize::MAX));
    let (chain, fund) = views.balances_called(chain, ask.query.text("fund"), ask.at.size)?;
    let mut found = views.balance_rows(chain, fund, ask.at.some()).skip(from).peekable();
    let mut rows = Rows::new();
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
    let Parts { rows: balances, next, origin, size } = rows.end(ask, next);
    let page = Balances { balances, next, origin, size, root: root.to_base64() };
    page_response(&page, page.next.as_deref())
}

async fn chains(incoming: Incoming) -> Result<Response, Problem> {
    let work = |ask: &Ask<'_>| {
        let page = ask.query.page()?;
        let views = ask.shared.views();
        let is_after = |chain: &ChainAt<'_>| {
            page.after.is_none_or(|after| chain.events.first().is_some_and(|opened| opened > after))
        };
        let mut found = views.chains_at(ask.at.some()).filter(is_after).peekable();
        let mut rows = Rows::new();
        let mut last = None;
        while rows.count() < page.limit
            && let Some(chain) = found.peek()
            && rows.push(&summary(&views, chain))?
        {
            last = chain.events.first();
            found.next();
        }
        let next = last.filter(|_| found.peek().is_some()).map(|last| ask.query.next(&ask.path, last));
        let page = Chains::from(rows.end(ask, next));
        page_response(&page, page.next.as_deref())
    };
    incoming.heavy().answer(&["at", "after", "limit"], Keep::WithSize, work).await
}

fn summary(views: &Views, chain: &ChainAt<'_>) -> ChainRow {
    ChainRow {
        chain: chain.id.to_owned(),
        name: chain.names.clone(),
        identifiers: chain.identifiers.to_vec(),
        role: chain.role.map(str::to_owned),
        supervisor: chain.supervisor.map(str::to_owned),
        opened: chain.events.first().and_then(|index| views.event_at(index)),
        events: chain.events.len() as u64,
    }
}

/// A chain, with its head as the next author must draft on it: of the committed log, whatever `at` is.
async fn chain(incoming: Incoming, Path(id): Path<String>) -> Result<Response, Problem> {
    let work = move |ask: &Ask<'_>| {
        let missing = || Problem::not_found(&format!("there is no chain {id:?} in the first {} events", ask.at.size));
        // Moved before the author is told, so whoever was told finds the chain and its head here.
        let (next_seq, hash) = ask.shared.head(&id).ok_or_else(missing)?;
        let views = ask.shared.views();
        let told = views.chain_no(&id).and_then(|no| views.chain_at(no, ask.at.some()));
        let (row, (keys, keys_left_out)) = match &told {
            Some(chain) => {
                let keys = chain.keys.iter().filter_map(|key| told_key(&views, key));
                (summary(&views, chain), fitting(keys, PAGE_BYTES / 2)?)
            }
            // Open, but in no published checkpoint yet: its author may go on all the same.
            None if !ask.at.named => (ChainRow { chain: id.clone(), ..ChainRow::default() }, (Vec::new(), 0)),
            None => return Err(missing()),
        };
        let (size, root) = ask.at.published;
        let root = if size == 0 { empty_root() } else { root };
        Ok(Chain {
            row,
            keys,
            keys_left_out,
            origin: ask.shared.origin.clone(),
            size: ask.at.size,
            next_seq,
            head: Head { seq: next_seq.saturating_sub(1), hash: hash.to_base64() },
            seen: Tree { size, root: root.to_base64() },
        })
    };
    incoming.json(&["at"], Keep::Never, work).await
}

fn told_key(views: &Views, key: &KeyView) -> Option<Key> {
    Some(Key {
        key: key.name.clone(),
        vkey: key.vkey.clone(),
        holder: key.holder.clone(),
        roles: key.roles.iter().map(|role| (*role).to_owned()).collect(),
        state: if key.retired.is_none() { KeyState::Active } else { KeyState::Retired },
        introduced: views.event_at(key.introduced)?,
        retired: key.retired.and_then(|index| views.event_at(index)),
    })
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
        let next = rows.goes_on(&found, more).map(|_| ask.query.beyond(&ask.path, page, last));
        // Of a chain a seq never moves: what is before one is all there ever is.
        let is_settled = page.is_settled(within.end, next.is_some());
        Ok(events::settled(events::page_of(ask, rows, next)?, is_settled))
    };
    incoming.heavy().answer(&["at", "order", "after", "before", "limit"], Keep::WithSize, work).await
}
