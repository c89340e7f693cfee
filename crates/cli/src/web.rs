//! The one way in which this program asks a server.
//!
//! A server is believed in nothing: not in how long its answer is, how it is packed, when it ends, or where else to
//! look. What bounds an answer is counted as it comes: its bytes, and the time. `docs/FORMATS.md`, "What a client believes".
//! Whether it is asked again is decided here, once for all who ask; in [`api`] are its answers as types.

// Saturating: waits, sizes and limits. The most that can be said is what is meant beyond the edge, and no time or room
// left is none.

pub mod api;

use almoner_proof::text::visible;
use serde::de::DeserializeOwned;
use std::io::Read;
use std::time::{Duration, Instant};
use ureq::http::{HeaderMap, Response};

/// Largest answer of the API, in bytes. A page of a server of ours ends at a sixteenth of that.
pub const ANSWER_MAX: usize = 16 << 20;
/// Most values in such an answer. A value of two bytes, such as `0,`, takes up to 700 in memory: so at most some 120 MiB.
const VALUES_MAX: usize = 1 << 19;
/// What is read of an answer that says no: its problem (RFC 9457).
const PROBLEM_MAX: usize = 64 << 10;
/// Headers of an answer, in bytes.
const HEAD_MAX: usize = 64 << 10;
/// Tries of one request where the line breaks off or the server fails.
const TRIES: u32 = 3;
/// Between them, times the tries so far.
const PAUSE: Duration = Duration::from_millis(250);
/// The longest pause that a server may ask for.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// Characters that are quoted of what a server says.
const QUOTED_MAX: usize = 500;

/// How long a server is waited for.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For its name, and again for the connection with its encryption.
    pub connect: Duration,
    /// From the request to the end of the answer's headers, and for any single byte. A server of ours ends a request
    /// after 60 s.
    pub head: Duration,
    /// For a whole body, either way: the largest bundle, 16 MiB, at 56 KiB a second.
    pub body: Duration,
    /// After so long a body comes at `SLOWEST` at least.
    pub grace: Duration,
    /// For a server that says that it is busy, and when to ask again.
    pub busy: Duration,
}

/// Bytes a second.
const SLOWEST: u64 = 1024;

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            connect: Duration::from_secs(10),
            head: Duration::from_secs(75),
            body: Duration::from_secs(300),
            grace: Duration::from_secs(20),
            busy: Duration::from_secs(30),
        }
    }
}

/// What a server answered, whichever way.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status; never a redirect.
    pub status: u16,
    /// The body, whole. Of an answer that says no it may be empty instead.
    pub body: Vec<u8>,
    /// When it may be asked again, of an answer that says so.
    retry_after: Option<Duration>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebError {
    /// The connection failed or broke off: it may go better another time.
    #[error("{0}")]
    Line(String),
    /// Something came that is not used, or nothing in time.
    #[error("{0}")]
    Unusable(String),
    /// More bytes than there can be.
    #[error("the answer is over {0} bytes")]
    TooLarge(usize),
}

/// A server's address and the client that asks it.
#[derive(Debug, Clone)]
pub struct Web {
    base: String,
    agent: ureq::Agent,
    patience: Patience,
}

impl Web {
    /// The server at `http://host[:port][/prefix]`.
    #[must_use]
    pub fn new(base: &str) -> Web {
        Web::with(base, Patience::default())
    }

    /// The same, waited for as long as you say.
    #[must_use]
    pub fn with(base: &str, patience: Patience) -> Web {
        let Patience { connect, head, body, .. } = patience;
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .accept_encoding("identity")
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_response_header_size(HEAD_MAX)
            .timeout_resolve(Some(connect))
            .timeout_connect(Some(connect))
            .timeout_per_read(Some(head))
            .timeout_send_request(Some(head))
            .timeout_recv_response(Some(head))
            .timeout_send_body(Some(body))
            .timeout_recv_body(Some(body));
        Web { base: base.trim_end_matches('/').to_owned(), agent: config.build().into(), patience }
    }

    /// The address, without a slash at its end.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// GET of a path that begins with `/`; a body of at most `limit` bytes.
    ///
    /// # Errors
    /// See [`WebError`]. Every status but a redirect is an answer.
    pub fn get(&self, path: &str, limit: usize) -> Result<Answer, WebError> {
        self.patiently(|| self.answer(self.agent.get(format!("{}{path}", self.base)).call(), limit))
    }

    /// POST of a body, likewise. It may be sent several times: events that are there already are found.
    ///
    /// # Errors
    /// Those of [`Web::get`].
    pub fn post(&self, path: &str, media: &str, body: &[u8], limit: usize) -> Result<Answer, WebError> {
        let post = || self.agent.post(format!("{}{path}", self.base)).content_type(media);
        self.patiently(|| self.answer(post().send(body), limit))
    }

    /// Asks again where that may help: a server that is busy and says until when, and a line or a server that failed.
    fn patiently(&self, ask: impl Fn() -> Result<Answer, WebError>) -> Result<Answer, WebError> {
        let since = Instant::now();
        let mut tried = 0u32;
        loop {
            tried = tried.saturating_add(1);
            let answer = ask();
            let pause = match &answer {
                Ok(Answer { status: 429 | 503, retry_after: Some(pause), .. }) => {
                    Some((*pause).min(PAUSE_MAX)).filter(|pause| since.elapsed() + *pause < self.patience.busy)
                }
                Ok(Answer { status: 429 | 500..=599, .. }) | Err(WebError::Line(_)) => {
                    Some(PAUSE.saturating_mul(tried)).filter(|_| tried < TRIES)
                }
                Ok(_) | Err(WebError::Unusable(_) | WebError::TooLarge(_)) => None,
            };
            match pause {
                Some(pause) => std::thread::sleep(pause),
                None => return answer,
            }
        }
    }

    fn answer(&self, called: Result<Response<ureq::Body>, ureq::Error>, limit: usize) -> Result<Answer, WebError> {
        let response = called.map_err(failed)?;
        let status = response.status().as_u16();
        if response.status().is_redirection() {
            return Err(WebError::Unusable(match response.headers().get("location") {
                Some(target) => format!(
                    "the server sends elsewhere ({status}), to {}; that is not followed: give that address if you trust it",
                    brief(&String::from_utf8_lossy(target.as_bytes()))
                ),
                None => format!("the server answered {status}"),
            }));
        }
        let is_good = matches!(status, 200 | 201);
        let retry_after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let retry_after = retry_after.and_then(|seconds| seconds.parse().ok()).map(Duration::from_secs);
        let read = match packing(response.headers()) {
            Some(packed) => Err(WebError::Unusable(format!(
                "the answer is packed (`{}`), and nothing here asks for that",
                brief(&packed)
            ))),
            None => self.read(response.into_body().into_reader(), if is_good { limit } else { PROBLEM_MAX }),
        };
        match read {
            Ok(body) => Ok(Answer { status, body, retry_after }),
            // What stands in a refusal is a courtesy: the status says enough.
            Err(_) if !is_good => Ok(Answer { status, body: Vec::new(), retry_after }),
            Err(error) => Err(error),
        }
    }

    /// Reads a body to its end: memory grows with what has come, and with nothing that was told.
    fn read(&self, mut body: impl Read, limit: usize) -> Result<Vec<u8>, WebError> {
        let since = Instant::now();
        let mut bytes = Vec::new();
        let mut chunk = [0u8; 16 << 10];
        loop {
            let count = match body.read(&mut chunk) {
                Ok(0) => return Ok(bytes),
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(failed(error.into())),
            };
            bytes.extend_from_slice(chunk.get(..count).unwrap_or_default());
            if bytes.len() > limit {
                return Err(WebError::TooLarge(limit));
            }
            let waited = since.elapsed();
            if waited > self.patience.grace && (bytes.len() as u64) < waited.as_secs().saturating_mul(SLOWEST) {
                let text = format!("the answer comes too slowly: {} bytes in {} s", bytes.len(), waited.as_secs());
                return Err(WebError::Unusable(text));
            }
        }
    }
}

fn failed(error: ureq::Error) -> WebError {
    let text = brief(&error.to_string());
    match error {
        ureq::Error::Timeout(_) => WebError::Unusable(format!("no answer in time ({text})")),
        ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::TimedOut => {
            WebError::Unusable(format!("no answer in time ({text})"))
        }
        ureq::Error::LargeResponseHeader(..)
        | ureq::Error::BadUri(_)
        | ureq::Error::Protocol(_)
        | ureq::Error::Http(_) => WebError::Unusable(text),
        _ => WebError::Line(text),
    }
}

/// How a body is packed, if it is: nothing here unpacks, so no limit is one of packed bytes.
fn packing(headers: &HeaderMap) -> Option<String> {
    let named = |header: &str, plain: &'static str| {
        headers.get_all(header).iter().find_map(|value| {
            let value = String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
            let is_plain = value.is_empty() || ["identity", plain].iter().any(|word| value.eq_ignore_ascii_case(word));
            (!is_plain).then_some(value)
        })
    };
    named("content-encoding", "identity").or_else(|| named("transfer-encoding", "chunked"))
}

/// The beginning of a text of somebody else, on one line, as it may be quoted in a sentence of ours.
#[must_use]
pub fn brief(text: &str) -> String {
    let end = text.char_indices().nth(QUOTED_MAX).map_or(text.len(), |(at, _)| at);
    let (quoted, rest) = text.split_at(end);
    let dots = if rest.is_empty() { "" } else { " …" };
    format!("{}{dots}", visible(quoted.trim_end()))
}

/// An answer in JSON.
///
/// # Errors
/// When it is none, is something else than was asked for, or has more values than memory should be spent on.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    if values(body) > VALUES_MAX {
        return Err(format!("the answer holds over {VALUES_MAX} values"));
    }
    // What it quotes is the server's.
    serde_json::from_slice(body)
        .map_err(|error| format!("the answer is not as it should be: {}", brief(&error.to_string())))
}

/// At least as many as there are values and members in a JSON text, without building one.
fn values(body: &[u8]) -> usize {
    let (mut count, mut in_string, mut escaped) = (0usize, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b',' | b':' | b'[' | b'{' if !in_string => count = count.saturating_add(1),
            _ => {}
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::io::Write as _;
    use std::net::{TcpListener, TcpStream};

    /// Answers every connection with what `answer` writes.
    fn server(answer: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + 'static) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut head = [0u8; 4096];
                let _ = stream.read(&mut head);
                // The client hangs up in the middle.
                let _ = answer(&mut stream);
            }
        });
        base
    }

    fn hurried(base: &str) -> Web {
        let second = Duration::from_millis(400);
        Web::with(base, Patience { connect: second, head: second, body: second * 10, grace: second, busy: second })
    }

    #[test]
    fn a_body_that_never_ends_ends_at_its_limit() {
        let base = server(|stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            loop {
                stream.write_all(b"4\r\nabcd\r\n")?;
            }
        });
        assert_eq!(Web::new(&base).get("/", 10_000).unwrap_err(), WebError::TooLarge(10_000));
        let base = server(|stream| stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd"));
        assert_eq!(Web::new(&base).get("/", 4).unwrap().body, b"abcd", "a limit is what may come");
        assert_eq!(Web::new(&base).get("/", 3).unwrap_err(), WebError::TooLarge(3));
    }

    #[test]
    fn a_server_that_trickles_or_is_silent_is_left() {
        let slowly = |before: &'static [u8]| {
            move |stream: &mut TcpStream| {
                stream.write_all(before)?;
                loop {
                    stream.write_all(b"x")?;
                    std::thread::park_timeout(Duration::from_millis(20));
                }
            }
        };
        let silent = |before: &'static [u8]| {
            move |stream: &mut TcpStream| {
                stream.write_all(before)?;
                std::thread::park_timeout(Duration::from_secs(60));
                Ok(())
            }
        };
        let body = b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\n";
        let bases = [
            server(slowly(body)),
            server(slowly(b"HTTP/1.1 200 OK\r\nX-Slow: ")),
            server(silent(b"")),
            server(silent(b"HTTP/1.1 200 OK\r\n")),
            server(silent(body)),
        ];
        for (number, base) in bases.iter().enumerate() {
            let since = Instant::now();
            let got = hurried(base).get("/", 1 << 20);
            assert!(matches!(got, Err(WebError::Unusable(_))), "{number}: {got:?}");
            assert!(since.elapsed() < Duration::from_secs(5), "{number}: {:?}", since.elapsed());
        }
    }

    #[test]
    fn heads_without_an_end_are_left() {
        let base = server(|stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
            loop {
                stream.write_all(b"X-More: and more and more and more\r\n")?;
            }
        });
        let got = hurried(&base).get("/", 10);
        assert!(matches!(got, Err(WebError::Unusable(_) | WebError::Line(_))), "{got:?}");
        let base = server(|stream| {
            loop {
                stream.write_all(b"HTTP/1.1 103 Early Hints\r\n\r\n")?;
            }
        });
        let since = Instant::now();
        assert!(hurried(&base).get("/", 10).is_err());
        assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    }

    #[test]
    fn what_a_refusal_says_is_a_courtesy() {
        let base = server(|stream| {
            stream.write_all(b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            loop {
                stream.write_all(b"4\r\nabcd\r\n")?;
            }
        });
        let answer = Web::new(&base).get("/", 1 << 30).unwrap();
        assert_eq!((answer.status, answer.body.len()), (500, 0));
    }

    #[test]
    fn packed_and_moved_answers_are_named() {
        for (head, word) in [
            ("200 OK\r\nContent-Encoding: gzip", "packed (`gzip`)"),
            ("200 OK\r\nContent-Encoding: identity\r\nContent-Encoding: br", "packed (`br`)"),
            ("200 OK\r\nTransfer-Encoding: gzip, chunked", "packed (`gzip, chunked`)"),
            ("302 Found\r\nLocation: http://evil.example/\u{9b}31m", r"to http://evil.example/\u{9b}31m;"),
            ("308 Gone\r\nLocation: /other", "to /other;"),
            ("304 Not Modified", "answered 304"),
        ] {
            let base = server(move |stream| write!(stream, "HTTP/1.1 {head}\r\nConnection: close\r\n\r\n"));
            let why = Web::new(&base).get("/", 10).unwrap_err().to_string();
            assert!(why.contains(word), "{head}: {why}");
        }
    }

    #[test]
    fn values_are_counted_outside_of_strings() {
        assert_eq!(values(br#"{"a,b:[{\"":[1,2],"c":"\\"}"#), 6);
        assert_eq!(read::<Value>(br#"{"a":"\""}"#).unwrap()["a"], "\"");
        let many = format!("[{}0]", "{\"\":0},".repeat(VALUES_MAX / 2));
        assert!(read::<Value>(many.as_bytes()).unwrap_err().contains("values"));
    }

    #[test]
    fn quoting_is_short_and_on_one_line() {
        assert_eq!(brief("a\n\u{1b}]0;b\u{7}\r\n"), r"a\u{a}\u{1b}]0;b\u{7}");
        let long = brief(&"水".repeat(100_000));
        assert_eq!((long.chars().count(), long.ends_with(" …")), (QUOTED_MAX + 2, true));
    }
}
