//! Answers that never change, kept as they went out: full tiles, and whatever is asked for at a size by name.
//!
//! What is kept was hashed against the tree when it was made, and stays right whatever becomes of the disk. The reader
//! that goes round the store reads past this, so damage under what is kept is found as before.

use super::asked::Asked;
use super::negotiate::Form;
use axum::body::HttpBody as _;
use axum::body::{Body, Bytes};
use axum::extract::MatchedPath;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// Bytes of all that is kept; what is asked for least goes.
const BYTES: u64 = 64 << 20;
/// A longer answer is not kept: it would drive out many.
const LONGEST: usize = 1 << 20;
/// A longer path is not one that many ask for.
const LONGEST_PATH: usize = 256;
/// What an answer takes beside its body and path, about: its headers and its place.
const BESIDE: u64 = 1 << 10;

/// By path, query, form and packing.
pub(super) struct Kept(Cache<Box<str>, Answer, Weight>);

#[derive(Clone)]
struct Answer {
    headers: HeaderMap,
    route: Option<MatchedPath>,
    bytes: Bytes,
}

#[derive(Clone)]
struct Weight;

impl Weighter<Box<str>, Answer> for Weight {
    fn weight(&self, path: &Box<str>, answer: &Answer) -> u64 {
        BESIDE.saturating_add(path.len() as u64).saturating_add(answer.bytes.len() as u64)
    }
}

impl Kept {
    pub(super) fn new() -> Kept {
        // So many tiles of hashes have room.
        let about = BYTES as usize / (8 << 10);
        Kept(Cache::with_weighter(about, BYTES, Weight))
    }

    /// Under what an answer to this request may be kept.
    pub(super) fn name(asked: &Asked, has_body: bool) -> Option<Box<str>> {
        let path = asked.uri.path_and_query()?.as_str();
        let form = match Form::accepted(&asked.accept) {
            Form::Json => 'j',
            Form::Csv => 'c',
            Form::Lines => 'l',
        };
        let packing = if asked.packed { 'p' } else { 'u' };
        (asked.method == Method::GET && !has_body && path.len() <= LONGEST_PATH)
            .then(|| format!("{form}{packing}{path}").into())
    }

    pub(super) fn get(&self, name: &str) -> Option<Response> {
        let Answer { headers, route, bytes } = self.0.get(name)?;
        let mut answer = Response::new(Body::from(bytes));
        *answer.headers_mut() = headers;
        if let Some(route) = route {
            answer.extensions_mut().insert(route);
        }
        Some(answer)
    }

    /// Keeps an answer that says of itself that it never changes.
    pub(super) async fn keep(&self, name: Box<str>, answer: Response) -> Response {
        let says = answer.headers().get(header::CACHE_CONTROL).map(HeaderValue::as_bytes).unwrap_or_default();
        let length = answer.body().size_hint().exact().and_then(|bytes| usize::try_from(bytes).ok());
        if answer.status() != StatusCode::OK || !says.ends_with(b"immutable") || length.is_none_or(|it| it > LONGEST) {
            return answer;
        }
        let (parts, body) = answer.into_parts();
        // Of a length that is known, so it is whole and nothing is waited for.
        let Ok(bytes) = axum::body::to_bytes(body, LONGEST).await else {
            return super::Problem::internal(&"an answer shorter than it says").into_response();
        };
        let route = parts.extensions.get::<MatchedPath>().cloned();
        self.0.insert(name, Answer { headers: parts.headers.clone(), route, bytes: bytes.clone() });
        Response::from_parts(parts, Body::from(bytes))
    }
}
