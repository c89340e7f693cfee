//! What refusals mean: `type` of every problem leads here.

use super::super::fault::Fault;
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

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/problems/{code}", get(one)).route("/v1/refusals", get(list))
}

/// These are the program's, and change with it.
const KEEP: [(HeaderName, &str); 1] = [(header::CACHE_CONTROL, "public, max-age=3600")];

/// What to do about a code; in HTML for a browser.
async fn one(incoming: Incoming, Path(code): Path<String>) -> Result<Response, Problem> {
    Query::parse(&incoming.uri, &[])?;
    let known = of_events().chain(of_the_server()).find(|(known, _)| *known == code);
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
    let problems = of_the_server().map(row).collect();
    let codes = Codes { refusals: of_events().map(row).collect(), problems };
    Ok((KEEP, json_response(&codes)?).into_response())
}

fn row((code, advice): (&str, &str)) -> Advice {
    Advice { code: code.to_owned(), advice: advice.to_owned() }
}

fn of_events() -> impl Iterator<Item = (&'static str, &'static str)> {
    Code::ALL.iter().map(|code| (code.word(), code.advice()))
}

fn of_the_server() -> impl Iterator<Item = (&'static str, &'static str)> {
    Fault::ALL.iter().map(|fault| (fault.word(), fault.advice()))
}
