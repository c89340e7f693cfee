//! The read API. Every path takes `?at=<tree size>`, unless it says why not; lists take
//! `?after=<index>&limit=` and name the `next` page, and end by bytes too ([`rows::PAGE_BYTES`]); amounts are decimal
//! strings.

pub(super) mod answer;
mod chains;
mod entities;
pub(super) mod entity_told;
pub(super) mod events;
pub(super) mod filter;
mod gifts;
mod kinds;
pub(super) mod names;
mod observed;
mod problems;
pub(super) mod query;
pub(super) mod rows;

use super::{AppState, Problem};
use answer::Incoming;
use axum::Router;
use axum::response::Response;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .merge(chains::routes())
        .merge(entities::routes())
        .merge(events::routes())
        .merge(gifts::routes())
        .merge(kinds::routes())
        .merge(observed::routes())
        .merge(problems::routes())
}

/// `GET /v1/events`; the route stands beside its POST.
pub(super) async fn events(incoming: Incoming) -> Result<Response, Problem> {
    events::list(incoming).await
}
