//! Being written.

use super::AppState;
use axum::Router;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
}

pub(super) async fn events() -> super::Problem {
    super::Problem::not_found("being written")
}
