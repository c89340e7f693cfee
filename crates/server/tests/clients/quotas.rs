//! Quotas: each client its own, none for loopback, and behind a proxy whoever the proxy speaks for.

use crate::server::{Answer, Server};
use almoner_server::http::{Limits, Quota, proxy};
use std::time::Duration;

/// Loopback is a proxy here, so that tests can be anybody.
fn limits() -> Limits {
    let window = Duration::from_secs(3600);
    Limits {
        proxies: vec![proxy("127.0.0.0/8").unwrap()],
        reads: Quota { requests: 3, window },
        writes: Quota { requests: 2, window },
        drain: Duration::ZERO,
        ..Limits::default()
    }
}

fn ask(server: &Server, request: &str, headers: &str) -> Answer {
    let mut client = server.connect();
    client.send(format!("{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n").as_bytes());
    client.answer()
}

fn from(client: &str) -> String {
    format!("X-Forwarded-For: {client}\r\n")
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let name = format!("\r\n{name}: ");
    answer.head.split_once(&name).map_or("", |(_, rest)| rest.split("\r\n").next().unwrap())
}

#[test]
fn a_client_has_its_quota_and_others_theirs() {
    let server = Server::start(limits(), 0);
    for left in [2, 1, 0] {
        let answer = ask(&server, "GET /v1/log", &from("192.0.2.1"));
        assert_eq!((answer.status, header(&answer, "ratelimit-policy")), (200, "\"reads\";q=3;w=3600"));
        assert!(header(&answer, "ratelimit").starts_with(&format!("\"reads\";r={left};t=")), "{}", answer.head);
    }
    let refused = ask(&server, "GET /v1/log", &from("192.0.2.1"));
    assert_eq!((refused.status, refused.json()["code"].as_str()), (429, Some("quota.exceeded")));
    assert_eq!(refused.json()["violated-policies"][0], "reads");
    assert!(header(&refused, "retry-after").parse::<u64>().unwrap() >= 1, "{}", refused.head);
    assert!(header(&refused, "ratelimit").starts_with("\"reads\";r=0;"));
    assert_eq!(header(&refused, "content-type"), "application/problem+json");
    // Reading and writing are counted apart, and others are not concerned.
    let post = "Content-Type: text/plain\r\nContent-Length: 4\r\n";
    let note = |client: &str| {
        let mut connection = server.connect();
        connection.send(format!("POST /v1/events HTTP/1.1\r\nHost: x\r\n{}{post}\r\nnote", from(client)).as_bytes());
        connection.answer()
    };
    assert_eq!([(); 3].map(|()| note("192.0.2.1").status), [422, 422, 429]);
    assert_eq!(ask(&server, "GET /v1/log", &from("192.0.2.2")).status, 200);
    // What the client itself wrote before the proxy did counts for nothing.
    assert_eq!(ask(&server, "GET /v1/log", &from("198.51.100.9, 192.0.2.1")).status, 429);
    // An IPv6 /64 is one client.
    for host in 1..=3 {
        assert_eq!(ask(&server, "GET /v1/log", &from(&format!("2001:db8::{host}"))).status, 200);
    }
    assert_eq!(ask(&server, "GET /v1/log", &from("2001:db8::4")).status, 429);
    assert_eq!(ask(&server, "GET /v1/log", &from("2001:db8:0:1::1")).status, 200);
    // Where two headers contradict each other, everybody who does that shares one quota.
    let unclear = |n: u8| format!("{}Forwarded: for=198.51.100.{n}\r\n", from(&format!("192.0.2.1{n}")));
    assert_eq!([1, 2, 3, 4].map(|n| ask(&server, "GET /v1/log", &unclear(n)).status), [200, 200, 200, 429]);
}

#[test]
fn what_is_not_modified_is_free() {
    let server = Server::start(limits(), 0);
    let tag = header(&ask(&server, "GET /v1/totals", &from("192.0.2.1")), "etag").to_owned();
    for _ in 0..20 {
        let again = ask(&server, "GET /v1/totals", &format!("{}If-None-Match: {tag}\r\n", from("192.0.2.1")));
        assert_eq!(again.status, 304, "{}", again.head);
    }
    assert_eq!(ask(&server, "GET /v1/log", &from("192.0.2.1")).status, 200);
}

#[test]
fn loopback_and_whom_nobody_speaks_for_have_no_quota() {
    let of_proxy = Server::start(limits(), 0);
    let of_loopback = Server::start(Limits { proxies: Vec::new(), ..limits() }, 0);
    for (server, headers) in
        [(&of_proxy, String::new()), (&of_loopback, String::new()), (&of_loopback, from("192.0.2.1"))]
    {
        for _ in 0..6 {
            let answer = ask(server, "GET /v1/log", &headers);
            assert_eq!((answer.status, header(&answer, "ratelimit")), (200, ""), "{headers}");
        }
    }
}

#[test]
fn streams_have_their_places() {
    let limits = Limits { streams: 3, streams_per_address: 2, ..limits() };
    let server = Server::start(Limits { reads: Quota { requests: 100, window: Duration::from_secs(60) }, ..limits }, 0);
    let open = |client: &str| {
        let mut connection = server.connect();
        connection.send(format!("GET /v1/stream HTTP/1.1\r\nHost: x\r\n{}\r\n", from(client)).as_bytes());
        let answer = connection.answer();
        (connection, answer.status)
    };
    let first: Vec<_> = (0..2).map(|_| open("192.0.2.1")).collect();
    assert!(first.iter().all(|(_, status)| *status == 200));
    assert_eq!(open("192.0.2.1").1, 429);
    let other = open("192.0.2.2");
    assert_eq!((other.1, open("192.0.2.3").1), (200, 503));
    // Whoever leaves makes room.
    drop(first);
    let since = std::time::Instant::now();
    while open("192.0.2.1").1 != 200 {
        assert!(since.elapsed() < crate::server::PATIENCE, "the places of those that left are not given on");
        std::thread::park_timeout(Duration::from_millis(50));
    }
}
