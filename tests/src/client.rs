//! HTTP as any client speaks it.

use serde_json::{Value, json};
use std::time::Duration;

/// A client of one server.
#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    agent: ureq::Agent,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    headers: ureq::http::HeaderMap,
    /// The body.
    pub bytes: Vec<u8>,
    /// The body as JSON; null if it is none.
    pub json: Value,
}

impl Client {
    /// A client of `http://host:port`.
    pub fn new(base: &str) -> Client {
        let config = ureq::Agent::config_builder();
        let config = config.http_status_as_error(false).timeout_global(Some(Duration::from_secs(60)));
        Client { base: base.to_owned(), agent: config.build().into() }
    }

    /// Where it is, as an argument for `--to` and `--from`.
    pub fn url(&self) -> &str {
        &self.base
    }

    /// GET.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.try_get(path).unwrap_or_else(|e| panic!("GET {path}: {e}"))
    }

    /// GET where the server may be starting anew.
    pub fn try_get(&self, path: &str) -> Result<Answer, ureq::Error> {
        answer(self.agent.get(format!("{}{path}", self.base)).call())
    }

    /// DELETE.
    #[track_caller]
    pub fn delete(&self, path: &str) -> Answer {
        answer(self.agent.delete(format!("{}{path}", self.base)).call())
            .unwrap_or_else(|e| panic!("DELETE {path}: {e}"))
    }

    /// POST of a body.
    #[track_caller]
    pub fn post(&self, path: &str, media: &str, body: &[u8]) -> Answer {
        self.try_post(path, media, body).unwrap_or_else(|e| panic!("POST {path}: {e}"))
    }

    /// One note to `/v1/events`.
    #[track_caller]
    pub fn send(&self, note: &str) -> Answer {
        self.post("/v1/events", "text/plain", note.as_bytes())
    }

    /// Many notes to `/v1/events`: the answer's `results`.
    #[track_caller]
    pub fn send_many(&self, notes: &[String]) -> Vec<Value> {
        let answer = self.try_send_many(notes).unwrap_or_else(|e| panic!("POST /v1/events: {e}")).ok();
        answer.json["results"].as_array().expect("results").clone()
    }

    /// The same where the server may die meanwhile.
    pub fn try_send_many(&self, notes: &[String]) -> Result<Answer, ureq::Error> {
        self.try_post("/v1/events", "application/json", json!({ "events": notes }).to_string().as_bytes())
    }

    fn try_post(&self, path: &str, media: &str, body: &[u8]) -> Result<Answer, ureq::Error> {
        answer(self.agent.post(format!("{}{path}", self.base)).content_type(media).send(body))
    }
}

fn answer(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Answer, ureq::Error> {
    let mut response = response?;
    let bytes = response.body_mut().with_config().limit(64 << 20).read_to_vec()?;
    let json = serde_json::from_slice(&bytes).unwrap_or_default();
    Ok(Answer { status: response.status().as_u16(), headers: response.headers().clone(), bytes, json })
}

impl Answer {
    /// It is a 200 or a 201.
    #[track_caller]
    pub fn ok(self) -> Answer {
        assert!(matches!(self.status, 200 | 201), "{} {}", self.status, self.text());
        self
    }

    /// A header, empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// It is a problem (RFC 9457) with all five members that ours have; gives its code.
    #[track_caller]
    pub fn problem(&self) -> String {
        let text = self.text();
        assert_eq!(self.header("content-type"), "application/problem+json", "{} {text}", self.status);
        let code = self.json["code"].as_str().unwrap_or_else(|| panic!("no code: {text}"));
        assert_eq!(self.json["status"], self.status, "{text}");
        let kind = self.json["type"].as_str().unwrap_or_default();
        assert!(kind.starts_with("http://") && kind.ends_with(&format!("/problems/{code}")), "{text}");
        for member in ["title", "detail", "instance"] {
            assert!(self.json[member].as_str().is_some_and(|words| !words.is_empty()), "no {member}: {text}");
        }
        code.to_owned()
    }
}
