//! problem+json, RFC 9457.

use super::accept::PROBLEM;
use super::asked::Place;
use crate::app::ReadError;
use almoner_ledger::Refusal;
use almoner_site::{MissingPage, html};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::{Map, Value, json};

/// An answer that is not a success.
#[derive(Debug, Clone)]
pub struct Problem {
    status: u16,
    code: String,
    detail: String,
    members: Map<String, Value>,
    retry_after: Option<u32>,
}

impl Problem {
    /// A problem with a stable code and a sentence.
    #[must_use]
    pub fn new(status: u16, code: &str, detail: &str) -> Problem {
        Problem { status, code: code.to_owned(), detail: detail.to_owned(), members: Map::new(), retry_after: None }
    }
    /// 404.
    #[must_use]
    pub fn not_found(detail: &str) -> Problem {
        Problem::new(404, "not_found", detail)
    }
    /// 400.
    #[must_use]
    pub fn bad_request(detail: &str) -> Problem {
        Problem::new(400, "request.invalid", detail)
    }
    /// 500, for what is a defect or a broken disk; the detail is for the log, not for strangers.
    #[must_use]
    pub fn internal(error: &dyn std::fmt::Display) -> Problem {
        tracing::error!(%error, "a request failed");
        Problem::new(500, "internal", "the node cannot read what it needs; the operator has been told")
    }
    /// Adds when to try again, in seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Problem {
        self.retry_after = Some(seconds);
        self
    }
    /// Adds a member.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Problem {
        self.members.insert(name.to_owned(), value);
        self
    }

    /// The body.
    pub(super) fn told(&self, place: &Place) -> Value {
        let mut body = json!({
            "type": format!("{}/problems/{}", place.base, self.code),
            "title": self.status().canonical_reason().unwrap_or("refused"),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            "instance": place.instance,
        });
        if let Value::Object(map) = &mut body {
            map.extend(self.members.clone());
        }
        body
    }
}

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Problem {
        let code = refusal.code();
        let status = code.class().status();
        let mut problem = Problem::new(status, code.word(), code.advice()).with("about", json!(refusal.detail()));
        if let Some(member) = refusal.member() {
            problem = problem.with("member", json!(member));
        }
        if let Some((seq, hash)) = refusal.head() {
            problem = problem.with("head", json!({"seq": seq, "hash": hash.to_base64()}));
        }
        problem
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Problem {
        match error {
            // The operator is told what it is; strangers are told which entry, and no names of files.
            ReadError::Damaged(damage) => {
                let problem = Problem::new(500, "ledger.damaged", "what is stored here is not what was signed");
                damage.index.map_or(problem.clone(), |index| problem.with("index", index.into()))
            }
            ReadError::Store(error) => Problem::internal(&error),
        }
    }
}

impl Problem {
    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// As a program is told.
    pub(super) fn json(&self, place: &Place) -> Response {
        self.dress(([(header::CONTENT_TYPE, PROBLEM)], self.told(place).to_string()).into_response())
    }

    /// As a browser is told.
    pub(super) fn page(&self, origin: &str) -> Response {
        let title = match self.status() {
            StatusCode::NOT_FOUND => "Not found",
            StatusCode::BAD_REQUEST => "Not understood",
            other => other.canonical_reason().unwrap_or("Refused"),
        };
        self.dress(Html(html(&MissingPage { title, detail: &self.detail, origin })).into_response())
    }

    /// As a whole answer in bytes, behind which the connection ends.
    pub(super) fn bare(&self, place: &Place) -> Vec<u8> {
        let body = self.told(place).to_string();
        let (status, date) = (self.status(), crate::clock::now_of_http());
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: {PROBLEM}\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n\
             connection: close\r\ncontent-length: {}\r\ndate: {date}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }

    fn dress(&self, mut response: Response) -> Response {
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Handlers do not know under which address they are asked, nor by whom: the problem goes with the answer, as an
/// extension, to where that is known.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.dress(Response::default());
        response.extensions_mut().insert(self);
        response
    }
}
