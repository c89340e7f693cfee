//! Kinds of event, and the shape of their data: nothing here depends on what is in the log.

use super::super::{AppState, Problem};
use super::answer::{Incoming, json_response};
use super::query::Query;
use almoner_ledger::event::{kind_meant, kind_named};
use almoner_ledger::nearest::meant;
use almoner_ledger::{KINDS, KindInfo};
use almoner_wire::{Kind, KindRow, Kinds};
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/v1/kinds", get(list)).route("/v1/kinds/{kind}", get(one))
}

async fn list(incoming: Incoming) -> Result<Response, Problem> {
    Query::parse(&incoming.uri, &[])?;
    json_response(&Kinds { kinds: KINDS.iter().map(row).collect() })
}

/// A kind by its name; without a version the first.
async fn one(incoming: Incoming, Path(name): Path<String>) -> Result<Response, Problem> {
    Query::parse(&incoming.uri, &[])?;
    let known = kind_named(&name).ok_or_else(|| {
        let near = kind_meant(&name).map(|info| info.kind);
        Problem::not_found(&meant(&format!("there is no kind {name:?}, see /v1/kinds"), near))
    })?;
    let info = known.info();
    // It decodes, as a test of the registry sees to.
    let example = serde_json::from_str(info.example).unwrap_or_default();
    json_response(&Kind { row: row(info), schema: info.schema(), example })
}

fn row(info: &KindInfo) -> KindRow {
    KindRow { kind: info.kind.to_owned(), summary: info.summary.to_owned(), signed_by: info.signers.to_string() }
}
