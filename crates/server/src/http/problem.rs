//! problem+json, RFC 9457.

use super::accept::PROBLEM;
use super::asked::Place;
use super::fault::Fault;
use crate::app::ReadError;
use almoner_ledger::Refusal;
use almoner_site::{MissingPage, html};
use almoner_wire::{self as wire, Head};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

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
    pub fn new(fault: Fault, detail: &str) -> Problem {
        Problem::of(fault.status(), fault.word(), detail)
    }

    fn of(status: u16, code: &str, detail: &str) -> Problem {
        let told =
            wire::Problem { status, code: code.to_owned(), detail: detail.to_owned(), ..wire::Problem::default() };
        Problem { told: Box::new(told), retry_after: None }
    }
    /// The same where the protocol has a status of its own for it.
    #[must_use]
    pub(super) fn at(mut self, status: StatusCode) -> Problem {
        self.told.status = status.as_u16();
        self
    }
    /// 404.
    #[must_use]
    pub fn not_found(detail: &str) -> Problem {
        Problem::new(Fault::NotFound, detail)
    }
    /// 400.
    #[must_use]
    pub fn bad_request(detail: &str) -> Problem {
        Problem::new(Fault::RequestInvalid, detail)
    }
    /// 500, for what is a defect or a broken disk; the detail is for the log, not for strangers.
    #[must_use]
    pub fn internal(error: &dyn std::fmt::Display) -> Problem {
        tracing::error!(%error, "a request failed");
        Problem::new(Fault::Internal, "the node cannot read what it needs; the operator has been told")
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

    /// Adds the quota that was too much for.
    #[must_use]
    pub(super) fn violates(mut self, policy: &str) -> Problem {
        self.told.violated_policies = vec![policy.to_owned()];
        self
    }

    /// The body.
    pub(super) fn told(&self, place: &Place) -> wire::Problem {
        wire::Problem {
            kind: format!("{}/problems/{}", place.base, self.told.code),
            title: self.status().canonical_reason().unwrap_or("refused").to_owned(),
            instance: Some(place.instance.clone()),
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
        let mut problem = Problem::of(status, code.word(), code.advice());
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
                let mut problem = Problem::new(Fault::LedgerDamaged, "what is stored here is not what was signed");
                problem.told.index = damage.index;
                problem
            }
            ReadError::Store(error) => Problem::internal(&error),
        }
    }
}

impl Problem {
    /// As a program is told.
    pub(super) fn json(&self, place: &Place) -> Response {
        self.dress(([(header::CONTENT_TYPE, PROBLEM)], self.text(place)).into_response())
    }

    /// As a browser is told.
    pub(super) fn page(&self, origin: &str) -> Response {
        let title = match self.status() {
            StatusCode::NOT_FOUND => "Not found",
            StatusCode::BAD_REQUEST => "Not understood",
            other => other.canonical_reason().unwrap_or("Refused"),
        };
        self.dress(Html(html(&MissingPage { title, detail: &self.told.detail, origin })).into_response())
    }

    /// As a whole answer in bytes, behind which the connection ends.
    pub(super) fn bare(&self, place: &Place) -> Vec<u8> {
        let body = self.text(place);
        let (status, date) = (self.status(), crate::clock::now_of_http());
        format!(
            "HTTP/1.1 {status}\r\ncontent-type: {PROBLEM}\r\ncache-control: no-store\r\nx-content-type-options: nosniff\r\n\
             connection: close\r\ncontent-length: {}\r\ndate: {date}\r\n\r\n{body}",
            body.len()
        )
        .into_bytes()
    }

    /// Of text and numbers: it can be written.
    fn text(&self, place: &Place) -> String {
        serde_json::to_string(&self.told(place)).unwrap_or_default()
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
