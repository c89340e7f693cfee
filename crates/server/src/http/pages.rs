//! The pages: `almoner_site` draws, this room hands it the views at the size that is asked for.

// Saturating: before the first event there is none.

mod alike;
mod search;

use super::read::answer::{Ask, Incoming, Keep};
use super::read::{names, query};
use super::{AppState, Problem};
use almoner_ledger::EntityKind;
use almoner_proof::Policy;
use almoner_proof::receipt::{Proven, Unchecked, judge};
use almoner_site::{
    ActivityPage, Asked, ChainPage, EntryPage, Frame, FundPage, HomePage, ImportPage, LogPage, ProjectPage,
    ReceiptPage, Scene, Template, html,
};
use axum::Router;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/", get(home))
        .route("/c/{chain}", get(chain))
        .route("/f/{chain}/{fund}", get(fund))
        .route("/p/{chain}/{project}", get(project))
        .route("/a/{chain}/{activity}", get(activity))
        .route("/i/{chain}/{import}", get(import))
        .route("/r/{code}", get(receipt))
        .route("/log", get(log))
        .route("/log/{index}", get(entry))
        .route("/search", get(search::search))
        .route("/style.css", get(style))
}

async fn style() -> Response {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=3600")];
    (headers, almoner_site::STYLE).into_response()
}

/// Answers with a page.
async fn page(
    incoming: Incoming,
    allowed: &'static [&'static str],
    work: impl FnOnce(&Ask<'_>) -> Result<Response, Problem> + Send + 'static,
) -> Response {
    incoming.heavy().answer(allowed, Keep::WithSize, work).await.into_response()
}

/// Draws a page of the views. It is filled as often as notes are missing for it, which are read in between.
fn draw<P: Template>(
    ask: &Ask<'_>,
    title: &str,
    json: &str,
    fill: impl Fn(&Scene<'_>, Frame) -> Option<P>,
) -> Result<Response, Problem> {
    let frame = frame(ask, title, json)?;
    // A page without what could not be read would not be the page.
    let page =
        ask.shared.gather(None, |views, note_at, _| fill(&Scene { views, at: ask.at.size, note_at }, frame.clone()))?;
    let page = page.ok_or_else(|| {
        Problem::not_found(&format!("{title} is not in the first {} events of this log", ask.at.size))
    })?;
    Ok(drawn(&page))
}

fn drawn(page: &impl Template) -> Response {
    let mut page = html(page);
    page.shrink_to_fit();
    Html(page).into_response()
}

fn frame(ask: &Ask<'_>, title: &str, json: &str) -> Result<Frame, Problem> {
    Ok(Frame {
        title: title.to_owned(),
        origin: ask.shared.origin.clone(),
        size: ask.at.size,
        root: ask.at.root(ask.shared)?.to_base64(),
        named: ask.at.named,
        path: ask.path.clone(),
        json: json.to_owned(),
    })
}

async fn home(incoming: Incoming) -> Response {
    page(incoming, &["at"], |ask| {
        draw(ask, "Where the money went", "/v1/totals", |scene, frame| Some(HomePage::of(scene, frame)))
    })
    .await
}

async fn chain(incoming: Incoming, Path(id): Path<String>) -> Response {
    let work = move |ask: &Ask<'_>| {
        let no = names::chain(&ask.shared.views(), &id, ask.at.size)?;
        draw(ask, &id, &format!("/v1/chains/{id}"), |scene, frame| ChainPage::of(scene, no, frame))
    };
    page(incoming, &["at"], work).await
}

async fn fund(incoming: Incoming, Path((chain, id)): Path<(String, String)>) -> Response {
    let work = move |ask: &Ask<'_>| {
        let no = entity(ask, &chain, EntityKind::Fund, &id)?;
        draw(ask, &format!("Fund {id} of {chain}"), &format!("/v1/funds/{chain}/{id}"), |scene, frame| {
            FundPage::of(scene, no, frame)
        })
    };
    page(incoming, &["at"], work).await
}

async fn project(incoming: Incoming, Path((chain, id)): Path<(String, String)>) -> Response {
    let work = move |ask: &Ask<'_>| {
        let no = entity(ask, &chain, EntityKind::Project, &id)?;
        draw(ask, &format!("Project {id} of {chain}"), &format!("/v1/projects/{chain}/{id}"), |scene, frame| {
            ProjectPage::of(scene, no, frame)
        })
    };
    page(incoming, &["at"], work).await
}

async fn activity(incoming: Incoming, Path((chain, id)): Path<(String, String)>) -> Response {
    let work = move |ask: &Ask<'_>| {
        let no = entity(ask, &chain, EntityKind::Activity, &id)?;
        draw(ask, &format!("Activity {id}"), &format!("/v1/activities/{chain}/{id}"), |scene, frame| {
            ActivityPage::of(scene, no, frame)
        })
    };
    page(incoming, &["at"], work).await
}

async fn import(incoming: Incoming, Path((chain, id)): Path<(String, String)>) -> Response {
    let work = move |ask: &Ask<'_>| {
        let no = entity(ask, &chain, EntityKind::Import, &id)?;
        draw(ask, &format!("File {id}"), &format!("/v1/imports/{chain}/{id}"), |scene, frame| {
            ImportPage::of(scene, no, frame)
        })
    };
    page(incoming, &["at"], work).await
}

fn entity(ask: &Ask<'_>, chain: &str, kind: EntityKind, id: &str) -> Result<almoner_ledger::EntityNo, Problem> {
    names::of_chain(&ask.shared.views(), chain, kind, id, ask.at.size)
}

async fn log(incoming: Incoming) -> Response {
    let work = |ask: &Ask<'_>| {
        let before = ask.query.number("before")?;
        let json = before.map_or_else(
            || "/v1/events".to_owned(),
            |before| format!("/v1/events?after={}", before.saturating_sub(51)),
        );
        draw(ask, "All events", &json, |scene, mut frame| {
            if let Some(before) = before {
                frame.path = format!("/log?before={before}");
            }
            Some(LogPage::of(scene, before, frame))
        })
    };
    page(incoming, &["at", "before"], work).await
}

async fn entry(incoming: Incoming, Path(text): Path<String>) -> Response {
    let work = move |ask: &Ask<'_>| {
        let name = names::named(&text)?;
        let index = name.index(&ask.shared.views(), ask.at.size);
        let index = index.ok_or_else(|| {
            Problem::not_found(&format!("there is no event {text} in the first {} events", ask.at.size))
        })?;
        draw(ask, &format!("Entry {index}"), &format!("/v1/events/{index}"), |scene, frame| {
            EntryPage::of(scene, index, frame)
        })
    };
    page(incoming, &["at"], work).await
}

async fn receipt(incoming: Incoming, Path(text): Path<String>) -> Response {
    let work = move |ask: &Ask<'_>| {
        let name = names::named(&text)?;
        let missing = || Problem::not_found(&format!("there is no receipt {text} in the first {} events", ask.at.size));
        let (index, (chain, seq)) = {
            let views = ask.shared.views();
            let index = name.index(&views, ask.at.size).ok_or_else(missing)?;
            (index, names::chain_and_seq(&views, index).ok_or_else(missing)?)
        };
        let receipt = ask.shared.receipt(&chain, seq, name.gift.map(u64::from))?.map_err(|_| missing())?;
        // The same judgement that the donor's own machine makes, over the very file that is handed out.
        let policy = Policy::parse(&format!("log {}\nquorum none\n", ask.node.vkey())).ok();
        let judged = judge(receipt.to_text().as_bytes(), policy.as_ref());
        let asked = Asked {
            index,
            gift: name.gift,
            verdict: judged.verdict.word(),
            why: judged.why.clone(),
            mended: judged.mended.iter().map(|mended| mended.said()).collect(),
            not_checked: judged.not_checked_said(),
            witnesses: judged.proven.as_ref().map_or(0, |proven| proven.accepted.witnesses.len()),
            key: judged
                .proven
                .as_ref()
                .filter(|_| judged.not_checked.contains(&Unchecked::SecondOpening))
                .and_then(Proven::key_to_compare),
        };
        let code = match name.gift {
            Some(k) => format!("/v1/gifts/{chain}-{seq}.{k}"),
            None => format!("/v1/events/{chain}-{seq}"),
        };
        draw(ask, &format!("Receipt {chain}-{seq}"), &code, |scene, frame| ReceiptPage::of(scene, asked.clone(), frame))
    };
    page(incoming, &["at"], work).await
}

/// A redirect to a path of ours.
fn see(ask: &Ask<'_>, path: &str) -> Response {
    let path = if ask.at.named { format!("{path}?at={}", ask.at.size) } else { path.to_owned() };
    (StatusCode::SEE_OTHER, [(header::LOCATION, query::encode(&path).replace("%3F", "?").replace("%3D", "="))])
        .into_response()
}
