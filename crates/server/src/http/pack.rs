//! Which answers are packed, and what becomes of them then.
//!
//! Packing itself is the library's. It happens where blocking is allowed, and what never changes is kept packed.

use super::Problem;
use axum::body::{Body, HttpBody};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use tower_http::compression::predicate::{Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};

/// A shorter answer is not worth it.
const SHORTEST: u64 = 1 << 10;
/// A longer one would take too long.
const LONGEST: u64 = 2 << 20;

/// Says of an answer whose media type does not tell that it is text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Packs;

pub(super) fn layer() -> CompressionLayer<impl Predicate> {
    // Half the bytes that a better level saves cost twice its time.
    CompressionLayer::new()
        .gzip(true)
        .quality(CompressionLevel::Precise(4))
        .compress_when(SizeAbove::new(SHORTEST).and(IsText))
}

#[derive(Debug, Clone, Copy)]
struct IsText;

impl Predicate for IsText {
    fn should_compress<B: HttpBody>(&self, response: &axum::http::Response<B>) -> bool {
        let media =
            response.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default();
        // Hashes cannot be packed, and a stream shall not wait until something is worth packing.
        let is_text = (media.starts_with("text/") && media != "text/event-stream")
            || media.ends_with("json")
            || response.extensions().get::<Packs>().is_some();
        is_text && response.body().size_hint().upper().is_some_and(|bytes| bytes <= LONGEST)
    }
}

/// Packs what is on its way to be packed: until here nothing was done but to say so. The tag becomes weak, because the
/// bytes are not those that it was made for (RFC 9110, section 8.8.3).
pub(super) async fn whole(answer: Response) -> Response {
    if !answer.headers().contains_key(header::CONTENT_ENCODING) {
        return answer;
    }
    let (mut parts, body) = answer.into_parts();
    let here = tokio::runtime::Handle::current();
    let packed = tokio::task::spawn_blocking(move || here.block_on(axum::body::to_bytes(body, usize::MAX))).await;
    let bytes = match packed {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) => return Problem::internal(&error).into_response(),
        Err(error) => return Problem::internal(&error).into_response(),
    };
    let weak = parts.headers.get(header::ETAG).and_then(|tag| tag.to_str().ok()).filter(|tag| !tag.starts_with("W/"));
    if let Some(weak) = weak.and_then(|tag| HeaderValue::from_str(&format!("W/{tag}")).ok()) {
        parts.headers.insert(header::ETAG, weak);
    }
    Response::from_parts(parts, Body::from(bytes))
}
