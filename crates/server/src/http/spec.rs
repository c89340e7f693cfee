//! What the API promises, in one table: the OpenAPI document (3.1), the reference page with a line for `curl` to each
//! operation, and the index at `/v1` are made of it. A test compares it with the routes and with `docs/openapi.json`.

mod document;
mod operations;

pub use document::openapi;

use super::read::answer::json_response;
use super::read::query::Query;
use super::{AppState, Problem};
use almoner_site::{Operation, ReferencePage};
use almoner_wire::{Index, Link};
use axum::Router;
use axum::extract::State;
use axum::http::{Uri, header};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::get;
use operations::{Op, all};
use std::sync::LazyLock;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/v1", get(index))
        .route("/v1/openapi.json", get(document))
        .route("/v1/reference", get(reference))
}

/// Where everything is.
async fn index(State(node): State<AppState>, uri: Uri) -> Result<Response, Problem> {
    Query::parse(&uri, &[])?;
    let link = |op: Op| Link { href: op.template(), method: op.method.to_owned(), title: op.title };
    json_response(&Index {
        origin: node.shared().origin.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        links: all().into_iter().map(link).collect(),
    })
}

/// The same in every answer of this program.
static DOCUMENT: LazyLock<String> = LazyLock::new(openapi);

async fn document(uri: Uri) -> Result<Response, Problem> {
    Query::parse(&uri, &[])?;
    Ok(([(header::CONTENT_TYPE, "application/json")], DOCUMENT.as_str()).into_response())
}

async fn reference(State(node): State<AppState>, uri: Uri) -> Result<Response, Problem> {
    Query::parse(&uri, &[])?;
    let told = |op: Op| Operation {
        curl: op.curl(),
        statuses: op.statuses().iter().map(u16::to_string).collect::<Vec<_>>().join(", "),
        parameters: op.parameters.iter().map(|name| ((*name).to_owned(), document::meaning(name).to_owned())).collect(),
        method: op.method,
        path: op.path,
        title: op.title,
        id: op.id,
    };
    let operations = all().into_iter().map(told).collect();
    let page = ReferencePage { operations, origin: &node.shared().origin };
    Ok(Html(almoner_site::html(&page)).into_response())
}
