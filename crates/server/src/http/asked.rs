//! What a request says of itself, beside what its handler reads: who asks, under which address of ours, and what is taken.

use super::accept::Accept;
use super::places::{Connection, Source};
use super::{Fault, Problem, forwarded};
use axum::http::{HeaderValue, Method, Uri, header};
use axum::response::Response;
use std::sync::Arc;

/// A longer path is not repeated in a problem.
const LONGEST: usize = 1 << 10;

/// Says of an answer that it tells a problem in our words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Told;

/// See the module. It goes with the request, as an extension.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) accept: Accept,
    /// Whose quota counts; none where there is none.
    pub(super) client: Option<Source>,
    /// Whether a packed answer is of use.
    pub(super) packed: bool,
    host: Option<HeaderValue>,
    is_https: bool,
    /// Our own address, for whoever names none.
    fallback: Arc<str>,
    /// The log, whose name stands on pages.
    origin: Arc<str>,
}

impl Asked {
    pub(super) fn of<B>(connection: &Connection, request: &hyper::Request<B>) -> Asked {
        let headers = request.headers();
        let limits = &connection.gates.limits;
        let by_proxy = limits.is_proxy(connection.peer);
        let told = by_proxy.then(|| forwarded::read(headers, |address| limits.is_proxy(address)));
        let client = match &told {
            None => (!limits.is_free(connection.peer)).then(|| Source::of(connection.peer)),
            // A proxy that says of nobody whom it speaks for would share one quota among all.
            Some(told) => match told.client {
                forwarded::Client::Known(address) => (!limits.is_free(address)).then(|| Source::of(address)),
                forwarded::Client::Unclear => Some(Source::of(connection.peer)),
                forwarded::Client::Unsaid => None,
            },
        };
        let encodings = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let told_host = told.as_ref().and_then(|told| told.host.clone());
        Asked {
            method: request.method().clone(),
            uri: request.uri().clone(),
            accept: Accept::of(headers),
            client,
            packed: encodings.flat_map(|value| value.split(',')).any(|one| one.trim_start().starts_with("gzip")),
            host: told_host.or_else(|| headers.get(header::HOST).cloned()),
            is_https: told.is_some_and(|told| told.is_https),
            fallback: Arc::clone(&connection.gates.base),
            origin: Arc::clone(&connection.gates.origin),
        }
    }

    /// Whether it changes nothing.
    pub(super) fn is_read(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD | Method::OPTIONS)
    }

    /// `http://…` of this server, as the client names it. Nothing that is kept holds it.
    fn base(&self) -> String {
        let is_plain = |host: &&str| {
            !host.is_empty()
                && host
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']' | b'_'))
        };
        match self.host.as_ref().and_then(|host| host.to_str().ok()).filter(is_plain) {
            Some(host) => format!("{}://{host}", if self.is_https { "https" } else { "http" }),
            None => self.fallback.to_string(),
        }
    }

    /// The request's own address, with nothing in it that a URI may not have.
    fn instance(&self) -> String {
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        let path = if path.len() > LONGEST { self.uri.path() } else { path };
        escaped(path.get(..LONGEST).unwrap_or(path))
    }

    /// Where the words for a code are, and where this was asked.
    pub(super) fn place(&self) -> Place {
        let base = self.base();
        Place { instance: format!("{base}{}", self.instance()), base }
    }

    /// Tells an answer's problem, and whatever is refused without one of ours.
    pub(super) fn told(&self, mut answer: Response) -> Response {
        let status = answer.status();
        let problem = answer.extensions_mut().remove::<Problem>();
        let is_told = answer.extensions().get::<Told>().is_some();
        let is_bare = !is_told && (status.is_client_error() || status.is_server_error());
        let why = || Problem::new(Fault::RequestInvalid, status.canonical_reason().unwrap_or("refused")).at(status);
        let Some(problem) = problem.or_else(|| is_bare.then(why)) else { return answer };
        let mut told = self.tell(&problem);
        for kept in [header::ALLOW, header::VARY] {
            if let Some(value) = answer.headers_mut().remove(&kept) {
                told.headers_mut().insert(kept, value);
            }
        }
        told
    }

    /// Tells a problem: as a page to a browser, else as problem+json.
    pub(super) fn tell(&self, problem: &Problem) -> Response {
        let mut told = if self.accept.wants_html() { problem.page(&self.origin) } else { problem.json(&self.place()) };
        told.extensions_mut().insert(Told);
        told
    }
}

/// A path and query with nothing in it that a URI may not have (RFC 3986, section 2).
pub(super) fn escaped(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}') {
            plain.push(char::from(byte));
        } else {
            plain.push_str(&format!("%{byte:02X}"));
        }
    }
    plain
}

/// Addresses that a problem names.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) base: String,
    pub(super) instance: String,
}

impl Place {
    /// The same for one of many results: a JSON pointer (RFC 6901) into the answer.
    pub(super) fn of_row(&self, row: usize) -> Place {
        Place { base: self.base.clone(), instance: format!("{}#/results/{row}", self.instance) }
    }
}
