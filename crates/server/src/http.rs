//! HTTP: translation only. Every answer that is not a success is problem+json (RFC 9457).

mod accept;
mod asked;
mod at_most;
mod body;
mod drafts;
mod events;
mod fault;
mod forwarded;
mod gates;
mod kept;
mod limits;
mod log;
mod meters;
mod metrics;
mod negotiate;
mod pack;
mod pages;
mod places;
pub mod problem;
mod quota;
mod read;
mod serve;
mod share;
mod socket;
mod spec;
mod streams;

pub use fault::Fault;
pub use limits::{Limits, proxy};
pub use meters::Meters;
pub use problem::Problem;
pub use quota::Quota;
pub use serve::{Serving, serve, serve_metrics};
pub use spec::openapi;

use crate::app::Node;
use asked::Asked;
use axum::Router;
use axum::extract::{Extension, MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any, CorsLayer};

/// What every handler gets.
pub type AppState = Arc<Node>;

/// What pages of other origins may read beside the body.
const EXPOSED: [HeaderName; 7] = [
    header::ETAG,
    header::LINK,
    header::LOCATION,
    header::RETRY_AFTER,
    header::CONTENT_DISPOSITION,
    quota::POLICY,
    quota::LEFT,
];

/// All routes. A request carries its [`places::Connection`] and its [`Asked`] as extensions.
fn router(node: AppState) -> Router {
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods([Method::GET, Method::HEAD])
        .expose_headers(EXPOSED)
        // `*` is the answer to everybody.
        .vary([]);
    Router::new()
        .merge(events::routes())
        .merge(log::routes())
        .merge(read::routes())
        .merge(streams::routes())
        .merge(pages::routes())
        .merge(spec::routes())
        .fallback(nothing)
        .method_not_allowed_fallback(|| async {
            Problem::new(Fault::MethodNotAllowed, "this path does not take this method")
        })
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            Problem::new(Fault::Internal, "a defect of ours; nothing was changed by this request").into_response()
        }))
        .layer(middleware::from_fn(finish))
        .layer(cors)
        .layer(pack::layer())
        .with_state(node)
}

/// Nothing is at this path. A browser is led to the same without a slash at its end.
async fn nothing(Extension(asked): Extension<Arc<Asked>>) -> Response {
    let path = asked.uri.path();
    let without = path.trim_end_matches('/');
    // Never to another host: what begins with two slashes, or what a browser takes for one, would be that.
    let is_ours = without.len() > 1 && !path.contains("//") && !path.contains('\\');
    if path.len() == without.len() || !is_ours {
        return Problem::not_found("there is nothing at this path").into_response();
    }
    if asked.accept.wants_html() && asked.is_read() {
        let query = asked.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        let location = asked::escaped(&format!("{without}{query}"));
        return (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, location)]).into_response();
    }
    Problem::not_found(&format!("there is nothing at this path; without the slash at its end it is {without}"))
        .into_response()
}

/// What is not told in another way to another client: files of the log, signs of life, the stylesheet.
fn exempt(path: &str) -> bool {
    path.starts_with("/tile/") || matches!(path, "/checkpoint" | "/livez" | "/readyz" | "/style.css")
}

/// Security headers on everything; whatever is refused is told as its client takes it.
async fn finish(request: Request, next: Next) -> Response {
    let asked = request.extensions().get::<Arc<Asked>>().cloned();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let is_exempt = exempt(request.uri().path());
    let mut response = next.run(request).await;
    if let Some(asked) = asked {
        response = asked.told(response);
    }
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    dress(&mut response, is_exempt);
    response
}

/// Headers that every answer has.
fn dress(response: &mut Response, is_exempt: bool) {
    let headers = response.headers_mut();
    if !is_exempt {
        headers.insert(header::VARY, HeaderValue::from_static("accept, accept-encoding"));
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"),
    );
}
