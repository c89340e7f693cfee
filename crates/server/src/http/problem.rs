//! problem+json, RFC 9457.

use crate::app::ReadError;
use almoner_ledger::Refusal;
use almoner_wire::{self as wire, Head};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// An answer that is not a success.
#[derive(Debug, Clone)]
pub struct Problem {
    /// In a box, because it is the error of every handler.
    told: Box<wire::Problem>,
    retry_after: Option<u32>,
}

impl Problem {
    /// A problem with a stable code and a sentence.
    #[must_use]
    pub fn new(status: u16, code: &str, detail: &str) -> Problem {
        let told =
            wire::Problem { status, code: code.to_owned(), detail: detail.to_owned(), ..wire::Problem::default() };
        Problem { told: Box::new(told), retry_after: None }
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
    /// Adds the newest published size.
    #[must_use]
    pub fn newest(mut self, size: u64) -> Problem {
        self.told.size = Some(size);
        self
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> wire::Problem {
        wire::Problem {
            kind: format!("/problems/{}", self.told.code),
            title: self.status().canonical_reason().unwrap_or("refused").to_owned(),
            ..wire::Problem::clone(&self.told)
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.told.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<&Refusal> for Problem {
    fn from(refusal: &Refusal) -> Problem {
        let code = refusal.code();
        let status = code.class().status();
        let mut problem = Problem::new(status, code.word(), code.advice());
        problem.told.about = Some(refusal.detail().to_string());
        problem.told.member = refusal.member();
        problem.told.head = refusal.head().map(|(seq, hash)| Head { seq, hash: hash.to_base64() });
        problem
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Problem {
        match error {
            // The operator is told what it is; strangers are told which entry, and no names of files.
            ReadError::Damaged(damage) => {
                let mut problem = Problem::new(500, "ledger.damaged", "what is stored here is not what was signed");
                problem.told.index = damage.index;
                problem
            }
            ReadError::Store(error) => Problem::internal(&error),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let media = [(header::CONTENT_TYPE, "application/problem+json")];
        // Of text and numbers: it can be written.
        let body = serde_json::to_vec(&self.body()).unwrap_or_default();
        let mut response = (self.status(), media, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
