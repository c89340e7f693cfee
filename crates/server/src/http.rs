//! HTTP: translation only. Every answer that is not a success is problem+json (RFC 9457).

mod body;
mod drafts;
mod events;
mod gates;
mod kept;
mod limits;
mod log;
mod metrics;
mod pages;
mod places;
pub mod problem;
mod read;
mod serve;
mod share;
mod socket;
mod spec;

pub use limits::{Limits, proxy};
pub use problem::Problem;
pub use serve::{Serving, serve, serve_metrics};
pub use spec::openapi;

use crate::app::Node;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any, CorsLayer};

/// What every handler gets.
pub type AppState = Arc<Node>;

/// All routes. A request carries its [`places::Connection`] as an extension.
fn router(node: AppState) -> Router {
    let cors = CorsLayer::new().allow_origin(Any).allow_methods([Method::GET, Method::HEAD]);
    Router::new()
        .merge(events::routes())
        .merge(log::routes())
        .merge(read::routes())
        .merge(pages::routes())
        .merge(spec::routes())
        .fallback(nothing)
        .method_not_allowed_fallback(|| async {
            Problem::new(405, "method.not_allowed", "this path does not take this method")
        })
        .layer(middleware::from_fn(finish))
        .layer(cors)
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            Problem::new(500, "internal", "a defect of ours; nothing was changed by this request").into_response()
        }))
        .with_state(node)
}

/// Nothing is at this path. A browser is led to the same without a slash at its end, or told by a page.
async fn nothing(State(node): State<AppState>, request: Request) -> Response {
    let problem = Problem::not_found("there is nothing at this path");
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    if !is_read || !pages::wants_html(request.headers()) {
        return problem.into_response();
    }
    let path = request.uri().path();
    let without = path.trim_end_matches('/');
    // Never to another host: what begins with two slashes, or what a browser takes for one, would be that.
    let is_ours = without.len() > 1 && without.len() < path.len() && !path.contains("//") && !path.contains('\\');
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let location = HeaderValue::from_str(&format!("{without}{query}"));
    if let (true, Ok(location)) = (is_ours, location) {
        return (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response();
    }
    pages::missing(&node, &problem)
}

/// Security headers on everything; rejections of the framework become problem+json.
async fn finish(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let status = response.status();
    // Our own answers are problem+json, or a page for a browser; anything else is the framework's.
    let media = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    let ours = media.starts_with(b"application/problem+json") || media.starts_with(b"text/html");
    if (status.is_client_error() || status.is_server_error()) && !ours {
        let why = status.canonical_reason().unwrap_or("refused");
        response = Problem::new(status.as_u16(), "request.invalid", why).into_response();
    }
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"),
    );
    response
}
