//! problem+json, RFC 9457.

use crate::app::ReadError;
use almoner_ledger::Refusal;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
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
    #[must_use]
    pub fn body(&self) -> Value {
        let title = StatusCode::from_u16(self.status).ok().and_then(|s| s.canonical_reason()).unwrap_or("refused");
        let mut body = json!({
            "type": format!("/problems/{}", self.code),
            "title": title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
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

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response =
            (status, [(header::CONTENT_TYPE, "application/problem+json")], self.body().to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
