//! Being written.

use super::AppState;
use axum::Router;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
}
