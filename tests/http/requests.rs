//! Requests that are wrong before any event is looked at.

use crate::stage::{Stage, gift};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

#[test]
fn requests_that_no_path_takes() {
    let stage = Stage::set();
    let before = stage.state();
    let note = stage.well("donation.received/1", gift()).note();
    let many = |count: usize| json!({"events": vec!["x"; count]}).to_string();
    let post = |path: &str, media: &str, body: &[u8]| stage.client().post(path, media, body);
    let (text, json_type) = ("text/plain", "application/json");
    let rows = [
        ("a note as HTML", post("/v1/events", "text/html", note.as_bytes()), 415, "request.media_type"),
        ("a note as bytes", post("/v1/events", "application/octet-stream", note.as_bytes()), 415, "request.media_type"),
        ("a note as JSON", post("/v1/events", json_type, note.as_bytes()), 400, "request.invalid"),
        ("half of a JSON text", post("/v1/events", json_type, br#"{"events":["#), 400, "request.invalid"),
        ("JSON without events", post("/v1/events", json_type, b"{}"), 400, "request.invalid"),
        (
            "JSON with something else too",
            post("/v1/events", json_type, br#"{"events":["x"],"sync":true}"#),
            400,
            "request.invalid",
        ),
        ("events that are no texts", post("/v1/events", json_type, br#"{"events":[1]}"#), 400, "request.invalid"),
        ("1,001 events", post("/v1/events", json_type, many(1001).as_bytes()), 413, "request.too_many"),
        ("bytes that are no text", post("/v1/events", text, b"\xff\xfe"), 422, "grammar.note"),
        (
            "a question that nobody asks here",
            post("/v1/events?force=true", text, note.as_bytes()),
            400,
            "request.invalid",
        ),
        (
            "a dry run of what is no draft",
            post("/v1/events?dry_run=true", json_type, many(1).as_bytes()),
            400,
            "request.invalid",
        ),
        ("a post to a path that reads", post("/v1/log", text, b""), 405, "method.not_allowed"),
        ("a deletion of events", stage.client().delete("/v1/events"), 405, "method.not_allowed"),
        ("a deletion of one event", stage.client().delete("/v1/events/well-1"), 405, "method.not_allowed"),
        ("a path where nothing is", stage.client().get("/v1/nothing"), 404, "not_found"),
        ("an event that is not there", stage.client().get("/v1/events/well-9999"), 404, "not_found"),
        ("a chain that is not there", stage.client().get("/v1/chains/nobody"), 404, "not_found"),
        ("a gift that is not there", stage.client().get("/v1/gifts/well-7.99"), 404, "not_found"),
        ("a tile that is not there", stage.client().get("/tile/0/999"), 404, "not_found"),
        ("a tile that is none", stage.client().get("/tile/0/00"), 404, "not_found"),
        ("a size that is not there yet", stage.client().get("/v1/balances?at=999999"), 404, "at.beyond"),
        ("a size that is no number", stage.client().get("/v1/balances?at=-1"), 400, "request.invalid"),
        ("a page of no rows", stage.client().get("/v1/events?limit=0"), 400, "request.invalid"),
        ("a question asked twice", stage.client().get("/v1/events?limit=1&limit=2"), 400, "request.invalid"),
        ("a problem that there is not", stage.client().get("/problems/none.such"), 404, "not_found"),
    ];
    for (what, answer, status, code) in rows {
        assert_eq!((answer.status, answer.problem().as_str()), (status, code), "{what}: {}", answer.text());
    }
    assert!(stage.client().delete("/v1/events").header("allow").contains("POST"), "a 405 says what is allowed");
    // A thousand are not too many; each is refused for itself.
    let results = stage.client().send_many(&vec!["x".to_owned(); 1000]);
    assert!(results.len() == 1000 && results.iter().all(|result| result["code"] == "grammar.note"));
    assert_eq!(stage.state(), before);
}

#[test]
fn odd_paths_are_answered_with_a_problem_and_never_500() {
    let stage = Stage::set();
    let long = "x".repeat(4000);
    let names = [
        "",
        "/",
        "//",
        "%00",
        "%ff",
        "%2e%2e",
        "..",
        "well",
        "well-",
        "-1",
        "well-01",
        "well--1",
        "well-1.",
        "well-7.00",
    ];
    let more = [
        "well-18446744073709551616",
        "well-7.4294967296",
        "99999999999999999999",
        "%E5%96%84",
        "<script>",
        "a'b",
        "a%20b",
        &long,
    ];
    for path in [
        "/v1/events/",
        "/v1/chains/",
        "/v1/gifts/",
        "/v1/receipts/",
        "/v1/funds/",
        "/v1/projects/",
        "/problems/",
        "/tile/",
        "/tile/0/",
        "/e/",
        "/",
    ] {
        for name in names.iter().chain(&more) {
            let answer = stage.client().get(&format!("{path}{}", name.replace(['<', '>'], "%3C")));
            assert!(answer.status < 500, "{path}{name}: {} {}", answer.status, answer.text());
            if answer.status >= 400 {
                answer.problem();
            }
        }
    }
    let queries = [
        "at=",
        "at=x",
        "at=1&at=1",
        "limit=99999",
        "after=-1",
        "type=x",
        "chain=nobody",
        "chain=%ff",
        "%",
        "=",
        "&&",
        "fund=none",
    ];
    for path in ["/v1/events", "/v1/balances", "/v1/chains", "/v1/chains/well", "/v1/log", "/v1/totals"] {
        for query in queries {
            let answer = stage.client().get(&format!("{path}?{query}"));
            assert!(answer.status < 500, "{path}?{query}: {} {}", answer.status, answer.text());
            if answer.status >= 400 {
                answer.problem();
            }
        }
    }
}

#[test]
fn a_body_beyond_16_mib_is_refused_and_the_client_is_told() {
    let stage = Stage::set();
    let before = stage.state();
    // Announced at its true length: nothing of it needs to be read.
    let mut announced = stage.connect();
    write!(
        announced,
        "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n",
        17 << 20
    )
    .unwrap();
    let sent = send_all(&mut announced, 17 << 20);
    let answer = head(&mut announced);
    assert!(answer.starts_with("HTTP/1.1 413 "), "after {sent} bytes: {answer}");
    assert!(answer.contains("application/problem+json"), "{answer}");
    // In pieces, without a length.
    let mut pieces = stage.connect();
    write!(
        pieces,
        "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    .unwrap();
    for _ in 0..17 {
        if write!(pieces, "{:x}\r\n", 1 << 20)
            .and_then(|()| pieces.write_all(&vec![b'x'; 1 << 20]))
            .and_then(|()| pieces.write_all(b"\r\n"))
            .is_err()
        {
            break;
        }
    }
    let _ = pieces.write_all(b"0\r\n\r\n");
    let answer = head(&mut pieces);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.contains("application/problem+json"), "{answer}");
    // Just below it is read, and refused as a note.
    let answer = stage.client().post("/v1/events", "text/plain", &vec![b'x'; (16 << 20) - 1]);
    assert_eq!((answer.status, answer.problem().as_str()), (413, "size.too_large"));
    assert_eq!(stage.state(), before);
}

impl Stage {
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.client().url().trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
        stream
    }
}

/// Sends so many bytes, or as many as are taken.
fn send_all(stream: &mut TcpStream, bytes: usize) -> usize {
    let piece = vec![b'x'; 64 << 10];
    let mut sent = 0;
    while sent < bytes && stream.write_all(&piece).is_ok() {
        sent += piece.len();
    }
    sent
}

/// What comes back, up to the first pause or the end.
fn head(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    while !answer.windows(4).any(|w| w == b"\r\n\r\n") {
        match stream.read(&mut piece) {
            Ok(0) | Err(_) => break,
            Ok(read) => answer.extend_from_slice(&piece[..read]),
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}
