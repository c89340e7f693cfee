//! What ends before there is a request is told in words too: a head that is too large, that is none, or that is late.

use crate::server::{PATIENCE, Server};
use almoner_server::http::Limits;
use std::time::{Duration, Instant};

#[test]
fn a_head_that_is_no_head_is_told_why() {
    let server = Server::start(Limits { drain: Duration::ZERO, ..Limits::default() }, 0);
    let large = format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(100 << 10));
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-Many: 1\r\n".repeat(500));
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(40 << 10));
    for (what, sent, status, code) in [
        ("too large", large.as_str(), 431, "request.head_too_large"),
        ("too many fields", many.as_str(), 431, "request.head_too_large"),
        ("too long a path", long.as_str(), 431, "request.head_too_large"),
        ("no HTTP", "hello\r\n\r\n", 400, "request.invalid"),
        ("no such version", "GET / HTTP/9.9\r\nHost: x\r\n\r\n", 400, "request.invalid"),
    ] {
        let mut client = server.connect();
        // On a connection that has had an answer before, as well.
        client.send(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
        assert_eq!(client.answer().status, 200, "{what}");
        client.send(sent.as_bytes());
        let answer = client.answer();
        assert_eq!((answer.status, answer.json()["code"].as_str()), (status, Some(code)), "{what}: {}", answer.head);
        for line in ["content-type: application/problem+json", "connection: close", "cache-control: no-store", "date: "]
        {
            assert!(answer.head.contains(line), "{what}: {}", answer.head);
        }
        let kind = answer.json()["type"].as_str().unwrap().to_owned();
        let path = kind.strip_prefix(&format!("http://{}", server.address)).unwrap_or_else(|| panic!("{kind}"));
        assert_eq!(server.ask(path).status, 200, "{kind} is explained");
        assert!(answer.json()["instance"].is_string());
        let (rest, after) = client.rest();
        assert!(rest.is_empty() && after < PATIENCE / 2, "{what}: {after:?}");
    }
}

#[test]
fn a_head_that_is_late_is_told_so_and_silence_is_not() {
    let head = Duration::from_millis(400);
    let server = Server::start(Limits { head, drain: Duration::ZERO, ..Limits::default() }, 0);
    let since = Instant::now();
    let mut late = server.connect();
    late.send(b"GET /livez HTTP/1.1\r\nHo");
    let mut silent = server.connect();
    let mut kept = server.connect();
    kept.send(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(kept.answer().status, 200);
    let answer = late.answer();
    assert!(since.elapsed() >= head, "{:?}", since.elapsed());
    assert_eq!((answer.status, answer.json()["code"].as_str()), (408, Some("request.slow")));
    assert!(answer.head.contains("application/problem+json") && answer.head.contains("connection: close"));
    for client in [&mut late, &mut silent, &mut kept] {
        let (rest, after) = client.rest();
        assert!(rest.is_empty() && after < PATIENCE / 2, "{after:?} {rest:?}");
    }
}
