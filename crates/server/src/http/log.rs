//! The log itself: checkpoint, tiles, bundles (c2sp.org/tlog-tiles), and health.

use super::fault::Fault;
use super::gates::Lane;
use super::pack::Packs;
use super::places::Connection;
use super::{AppState, Problem};
use crate::app::Status;
use almoner_proof::tile::Tile;
use axum::Router;
use axum::extract::{Extension, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use std::sync::Arc;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/checkpoint", get(checkpoint))
        .route("/tile/{*path}", get(tile))
        .route("/livez", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
}

async fn checkpoint(State(node): State<AppState>) -> Result<Response, Problem> {
    let published = node
        .shared()
        .published()
        .ok_or_else(|| Problem::new(Fault::CheckpointPending, "nothing is published yet").retry_after(1))?;
    let headers = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    Ok((headers, published.note).into_response())
}

async fn tile(
    State(node): State<AppState>,
    Extension(connection): Extension<Arc<Connection>>,
    Path(path): Path<String>,
) -> Result<Response, Problem> {
    let tile = Tile::parse(&format!("tile/{path}"))
        .ok_or_else(|| Problem::not_found("a tile is tile/<level>/<number>[.p/<width>], see c2sp.org/tlog-tiles"))?;
    // A bundle of entries may have 16 MiB; a tile of hashes has 8 KiB.
    let lane = if tile.level.is_some() { Lane::Light } else { Lane::Heavy };
    let bytes = connection.gates.aside(lane, move || {
        let shared = node.shared();
        shared.verified().tile(&tile, shared.published_size())
    });
    let (bytes, turn) = bytes.await?;
    let mut bytes = bytes?.ok_or_else(|| Problem::not_found("no published checkpoint has this tile"))?;
    bytes.shrink_to_fit();
    let packs = tile.level.is_none().then_some(Extension(Packs));
    // What a tile holds never changes, so it may be kept for ever; an error never says so.
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, "public, max-age=604800, immutable"),
    ];
    Ok((headers, Extension(turn), packs, bytes).into_response())
}

/// An append that waits for longer is an alarm: a hung leader is not always replaced.
const WAITED_TOO_LONG: std::time::Duration = std::time::Duration::from_secs(10);

async fn ready(State(node): State<AppState>) -> Result<&'static str, Problem> {
    match node.shared().status() {
        Status::Ready => match node.shared().waiting() {
            Some(waited) if waited > WAITED_TOO_LONG => {
                let why = format!("the store has not answered for {} s", waited.as_secs());
                Err(Problem::new(Fault::LedgerWaiting, &why).retry_after(5))
            }
            Some(_) | None => Ok("ready\n"),
        },
        Status::Following => Ok("ready: this node follows\n"),
        Status::Deposed => Err(Problem::new(Fault::LedgerStopped, "another node writes the log now").retry_after(5)),
        Status::Stopping => Err(Problem::new(Fault::LedgerStopping, "shutting down").retry_after(5)),
        Status::Damaged(_) => {
            let why =
                "stored data is damaged: what verifies is still served, and no event is taken; see the node's log";
            Err(Problem::new(Fault::LedgerDamaged, why).at(StatusCode::SERVICE_UNAVAILABLE).retry_after(30))
        }
        Status::Failed(_) => {
            Err(Problem::new(Fault::LedgerStopped, "the writer has stopped; see the node's log").retry_after(30))
        }
    }
}
