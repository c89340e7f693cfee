//! What refusals mean: `type` of every problem leads here.

use super::super::{AppState, Problem};
use super::answer::{Incoming, json_response};
use super::query::Query;
use almoner_ledger::Code;
use almoner_wire::{Advice, Codes};
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderName, header};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;

/// Problems that are the server's and not the ledger's.
const OF_THE_SERVER: &[(&str, &str)] = &[
    ("not_found", "nothing is at this path, or not yet at this size of the log"),
    ("at.beyond", "at is larger than the newest published size: leave it out, or wait for the next checkpoint"),
    ("request.invalid", "the request is not as this path takes it; the detail says what is wrong"),
    ("request.not_acceptable", "this path has no such form: ask for one that it names, or for */*"),
    ("request.head_too_large", "the head of a request has at most 16 KiB and 100 fields: leave out what is not needed"),
    ("quota.exceeded", "this address asks too often: wait as Retry-After says, and send many events in one request"),
    ("stream.full", "all streams are taken: read /v1/events, or try again later"),
    ("stream.too_many", "this address has all the streams that it may have: end one"),
    ("request.too_many", "too many events in one request: send at most 1,000"),
    ("request.too_large", "at most 16 MiB and 1,000 events in one request: send several"),
    ("request.media_type", "send one note as text/plain, or {\"events\":[…]} as application/json"),
    ("request.slow", "the body came too slowly: send the same again, or less at once"),
    ("server.busy", "too many bodies or answers are under way: send the same again in a second"),
    ("request.timeout", "the request took too long: send the same again"),
    ("method.not_allowed", "this path does not take this method"),
    ("checkpoint.pending", "no checkpoint is published yet: try again in a second"),
    ("receipt.pending", "the event is acknowledged, but no published checkpoint covers it yet: try again in a second"),
    ("ledger.busy", "too much is waiting: send the same again in a second"),
    ("ledger.stopping", "the node is shutting down: send the same again later"),
    ("ledger.follows", "this node shows what another one writes: send events to the node that writes"),
    ("ledger.waiting", "the store has not answered for a while: send the same again later"),
    ("ledger.stopped", "the node takes no events now: send the same again later, what was stored will be found"),
    (
        "ledger.damaged",
        "what is stored is not what was signed; the operator has been told, and what verifies is still served",
    ),
    ("internal", "a defect or a broken disk on our side; the operator has been told"),
];

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/problems/{code}", get(one)).route("/v1/refusals", get(list))
}

/// These are the program's, and change with it.
const KEEP: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "public, max-age=3600")];

/// What to do about a code; in HTML for a browser.
async fn one(incoming: Incoming, Path(code): Path<String>) -> Result<Response, Problem> {
    Query::parse(&incoming.uri, &[])?;
    let known = of_events().chain(OF_THE_SERVER.iter().copied()).find(|(known, _)| *known == code);
    let (code, advice) =
        known.ok_or_else(|| Problem::not_found(&format!("there is no problem code {code:?}; see /v1/refusals")))?;
    if incoming.accept.wants_html() {
        let page = almoner_site::ProblemPage { code, advice, origin: &incoming.node.shared().origin };
        return Ok((KEEP, Html(almoner_site::html(&page))).into_response());
    }
    Ok((KEEP, json_response(&row((code, advice)))?).into_response())
}

/// Every refusal of an event, in the order of the checks.
async fn list(incoming: Incoming) -> Result<Response, Problem> {
    Query::parse(&incoming.uri, &[])?;
    let problems = OF_THE_SERVER.iter().copied().map(row).collect();
    let codes = Codes { refusals: of_events().map(row).collect(), problems };
    Ok((KEEP, json_response(&codes)?).into_response())
}

fn row((code, advice): (&str, &str)) -> Advice {
    Advice { code: code.to_owned(), advice: advice.to_owned() }
}

fn of_events() -> impl Iterator<Item = (&'static str, &'static str)> {
    Code::ALL.iter().map(|code| (code.word(), code.advice()))
}
