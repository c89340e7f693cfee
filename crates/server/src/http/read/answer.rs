//! What every read shares: the size it is about, caches, and where the work runs.

use super::super::accept::Accept;
use super::super::fault::Fault;
use super::super::gates::Lane;
use super::super::negotiate::{Form, ListOf};
use super::super::places::Connection;
use super::super::{AppState, Problem};
use super::query::Query;
use crate::app::Published;
use almoner_proof::Hash;
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use std::sync::Arc;

/// What an old size answers never changes: a week is what proxies keep.
const FOR_EVER: &str = "public, max-age=604800, immutable";

/// The size of the log that an answer is about.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct At {
    /// Events in it.
    pub size: u64,
    /// Whether the request named it; if so the answer is the same for ever.
    pub named: bool,
    /// The newest published size and its root.
    pub published: (u64, Hash),
}

impl At {
    /// The `at` of a query; the newest published size if it names none.
    pub(in crate::http) fn of(shared: &Published, query: &Query) -> Result<At, Problem> {
        let newest = shared
            .published()
            .ok_or_else(|| Problem::new(Fault::CheckpointPending, "nothing is published yet").retry_after(1))?;
        let named = query.number("at")?;
        let size = named.unwrap_or(newest.size);
        if size > newest.size {
            let detail = format!("at is {size}, but the newest published size of this log is {}", newest.size);
            return Err(Problem::new(Fault::AtBeyond, &detail).newest(newest.size));
        }
        Ok(At { size, named: named.is_some(), published: (newest.size, Hash(newest.root)) })
    }

    /// As the views take it.
    pub(in crate::http) fn some(&self) -> Option<u64> {
        Some(self.size)
    }

    /// Root of the tree of this size, published or not.
    pub(in crate::http) fn root(&self, shared: &Published) -> Result<Hash, Problem> {
        if self.size == self.published.0 {
            return Ok(self.published.1);
        }
        Ok(shared.verified().root(self.size)?)
    }

    /// A strong tag: the size, the root (another ledger may follow at the same address), the program that renders, and the
    /// form in which it does.
    fn tag(&self, form: Form) -> String {
        let (root, version) = (self.published.1.to_hex(), env!("CARGO_PKG_VERSION"));
        let form = match form {
            Form::Json => "",
            Form::Csv => "-csv",
            Form::Lines => "-ndjson",
        };
        format!("\"{}-{}-{version}{form}\"", self.published.0, root.get(..12).unwrap_or_default())
    }
}

/// A read under way.
pub(in crate::http) struct Ask<'a> {
    /// The node.
    pub node: &'a crate::app::Node,
    /// What readers need of it.
    pub shared: &'a Published,
    /// Parameters.
    pub query: Query,
    /// The size asked about.
    pub at: At,
    /// The request's path.
    pub path: String,
}

/// How long an answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::http) enum Keep {
    /// It is a function of `at`.
    WithSize,
    /// It tells what may change at any moment.
    Never,
}

/// The path of the page before this one.
#[derive(Debug, Clone)]
pub(super) struct Prev(pub(super) String);

/// Says of a page that it lies below the head, and tells only what no later event changes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settled;

/// What came in.
pub(in crate::http) struct Incoming {
    pub node: AppState,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub accept: Accept,
    connection: Arc<Connection>,
    lane: Lane,
    /// Of a list: the member with its rows.
    list: Option<ListOf>,
}

impl axum::extract::FromRequestParts<AppState> for Incoming {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        node: &AppState,
    ) -> Result<Incoming, Self::Rejection> {
        let connection = parts.extensions.get::<Arc<Connection>>().map(Arc::clone);
        let connection = connection.ok_or_else(|| Problem::internal(&"a request without its connection"))?;
        let (uri, headers) = (parts.uri.clone(), std::mem::take(&mut parts.headers));
        let (accept, list) = (Accept::of(&headers), parts.extensions.get::<ListOf>().copied());
        Ok(Incoming { node: AppState::clone(node), uri, headers, accept, connection, lane: Lane::Light, list })
    }
}

impl Incoming {
    /// The same for an answer that may be long, or costly to make: few of them are worked on at once.
    pub(in crate::http) fn heavy(self) -> Incoming {
        Incoming { lane: Lane::Heavy, ..self }
    }

    /// Reads the query and works where blocking is allowed. Whether the client has the answer already is asked when there
    /// is one: what is not found is never *not modified*.
    pub(in crate::http) async fn answer(
        self,
        allowed: &'static [&'static str],
        keep: Keep,
        work: impl FnOnce(&Ask<'_>) -> Result<Response, Problem> + Send + 'static,
    ) -> Result<Response, Problem> {
        let Incoming { node, uri, headers, accept, connection, lane, list } = self;
        let query = Query::parse(&uri, allowed)?;
        let at = At::of(node.shared(), &query)?;
        let form = list.map(|list| Form::asked(uri.path(), &accept).map(|form| (form, list))).transpose()?;
        let tag = at.tag(form.map_or(Form::Json, |(form, _)| form));
        let path = uri.path().to_owned();
        // A published size is folded already: publishing waits for that.
        let first = query.first(&path);
        let work = move || {
            let mut told = work(&Ask { shared: node.shared(), node: &node, query, at, path })?;
            let prev = told.extensions_mut().remove::<Prev>().map(|Prev(path)| path);
            lead(&mut told, &[("prev", prev), ("first", first)]);
            match form {
                Some((form, ListOf(word))) => form.tell(told, word),
                None => Ok(told),
            }
        };
        let (response, turn) = connection.gates.aside(lane, work).await?;
        let mut response: Response = response?;
        let is_settled = at.named || response.extensions_mut().remove::<Settled>().is_some();
        let is_kept = keep == Keep::WithSize && !is_settled && response.status() == StatusCode::OK;
        if is_kept && names(&headers, &tag) {
            response = StatusCode::NOT_MODIFIED.into_response();
        }
        response.extensions_mut().insert(turn);
        let headers = response.headers_mut();
        let cache = match (keep, is_settled) {
            (Keep::Never, _) => "no-store",
            (Keep::WithSize, true) => FOR_EVER,
            (Keep::WithSize, false) => "no-cache",
        };
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(cache));
        if is_kept && let Ok(tag) = HeaderValue::from_str(&tag) {
            headers.insert(header::ETAG, tag);
        }
        Ok(response)
    }

    /// [`Incoming::answer`] in JSON.
    pub(in crate::http) async fn json<T: Serialize>(
        self,
        allowed: &'static [&'static str],
        keep: Keep,
        work: impl FnOnce(&Ask<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<Response, Problem> {
        self.answer(allowed, keep, move |ask| json_response(&work(ask)?)).await
    }
}

/// Adds links (RFC 8288) to those of an answer, in one header.
fn lead(answer: &mut Response, links: &[(&str, Option<String>)]) {
    let told = answer.headers().get(header::LINK).and_then(|link| link.to_str().ok()).map(str::to_owned);
    let more = links.iter().filter_map(|(rel, path)| Some(format!("<{}>; rel=\"{rel}\"", path.as_ref()?)));
    let all: Vec<String> = told.into_iter().chain(more).collect();
    if let Some(all) = HeaderValue::from_str(&all.join(", ")).ok().filter(|_| !all.is_empty()) {
        answer.headers_mut().insert(header::LINK, all);
    }
}

/// Whether a request's `If-None-Match` has this tag: compared weakly, as RFC 9110, section 13.1.2 says.
fn names(headers: &HeaderMap, tag: &str) -> bool {
    let sent = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = sent.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

/// A JSON body with its headers.
pub(in crate::http) fn json_response(value: &impl Serialize) -> Result<Response, Problem> {
    page_response(value, None)
}

/// The same for a page: the path of the next one becomes a `Link` header too.
pub(super) fn page_response(value: &impl Serialize, next: Option<&str>) -> Result<Response, Problem> {
    let mut text = serde_json::to_string(value).map_err(|e| Problem::internal(&e))?;
    text.shrink_to_fit();
    let mut response = Response::new(Body::from(text));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(link) = next.and_then(|next| HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).ok()) {
        headers.insert(header::LINK, link);
    }
    Ok(response)
}
