//! Every wait for a client has an end, and an honest slow one is waited for.

use crate::server::{Client, PATIENCE, Server};
use almoner_server::http::Limits;
use std::io::Read as _;
use std::time::{Duration, Instant};

const HEAD: Duration = Duration::from_millis(400);
const STALL: Duration = Duration::from_millis(600);

fn quick() -> Limits {
    Limits { head: HEAD, stall: STALL, pace: 4 << 10, drain: Duration::from_secs(1), ..Limits::default() }
}

#[test]
fn http_2_is_not_spoken() {
    let server = Server::start(quick(), 0);
    // The preface with an empty SETTINGS frame behind it: RFC 9113, section 3.4.
    let mut client = server.connect();
    client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    let (answer, after) = client.rest();
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 400 "), "{answer:?}");
    assert!(after < PATIENCE / 2, "{after:?}");
    // Nor after an upgrade: RFC 7540, section 3.2.
    let mut client = server.connect();
    client.send(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");
    let answer = client.answer();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"alive\n"[..]));
}

#[test]
fn what_never_becomes_a_request_is_ended() {
    let server = Server::start(quick(), 0);
    let begun: [(&str, &[u8]); 6] = [
        ("nothing", b""),
        ("one byte", b"P"),
        ("part of the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM"),
        ("part of a head", b"GET / HTTP/1.1\r\nHost:"),
        ("lines before a request", b"\r\n\r\n\r\n"),
        ("an answer, and then nothing", b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"),
    ];
    let mut clients = begun.map(|(what, sent)| {
        let mut client = server.connect();
        client.send(sent);
        (what, client)
    });
    // One that sends a byte now and then.
    let mut trickling = server.connect();
    let since = Instant::now();
    trickling.send(b"GET / HTTP/1.1\r\nx: ");
    while trickling.is_open() {
        assert!(since.elapsed() < PATIENCE, "a head that trickles is waited for without end");
        trickling.send(b"x");
        std::thread::park_timeout(Duration::from_millis(20));
    }
    assert!(since.elapsed() >= HEAD, "{:?}", since.elapsed());
    for (what, client) in &mut clients {
        let (_, after) = client.rest();
        assert!(after < PATIENCE / 2, "{what}: {after:?}");
    }
}

#[test]
fn a_body_must_move_and_at_a_pace() {
    let server = Server::start(quick(), 0);
    let mut stalled = server.connect();
    stalled.begin_body();
    stalled.piece(10);
    let mut announced = server.connect();
    announced
        .send(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\nhalf");
    let mut trickling = server.connect();
    trickling.begin_body();
    let since = Instant::now();
    while trickling.is_open() {
        assert!(since.elapsed() < PATIENCE, "a body that trickles is waited for without end");
        trickling.piece(1);
        std::thread::park_timeout(Duration::from_millis(20));
    }
    for client in [&mut stalled, &mut announced, &mut trickling] {
        let answer = client.answer();
        assert_eq!((answer.status, answer.json()["code"].as_str()), (408, Some("request.slow")));
        client.rest();
    }
    // Slow, but faster than the pace: it is read to its end.
    let mut honest = server.connect();
    honest.begin_body();
    let since = Instant::now();
    while since.elapsed() < STALL * 2 {
        assert!(honest.piece(1000));
        std::thread::park_timeout(Duration::from_millis(20));
    }
    honest.send(b"0\r\n\r\n");
    assert_eq!(honest.answer().json()["code"], "request.invalid");
}

/// Asks for so many pages of about a mebibyte at once: more than the kernel keeps for a client that does not read.
fn ask_for_pages(client: &mut Client, pages: usize) {
    client.send("GET /v1/events?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n".repeat(pages).as_bytes());
}

#[test]
fn an_answer_must_be_taken_and_at_a_pace() {
    let server = Server::start(quick(), 20);
    let mut never = server.connect();
    ask_for_pages(&mut never, 40);
    let ended = never.until_ended();
    assert!(ended >= STALL / 2, "{ended:?}");
    // One that takes a little now and then: always something within the time for a stall, never the pace.
    let mut dripping = server.connect();
    ask_for_pages(&mut dripping, 40);
    let since = Instant::now();
    let mut bytes = [0; 16];
    dripping.0.set_nonblocking(true).unwrap();
    let mut written = Ok(());
    while written.is_ok() {
        assert!(since.elapsed() < PATIENCE, "a reader that takes a little is waited for without end");
        let _ = dripping.0.read(&mut bytes);
        std::thread::park_timeout(Duration::from_millis(20));
        written = match std::io::Write::write(&mut dripping.0, b"\r\n") {
            Err(e) if e.kind() != std::io::ErrorKind::WouldBlock => Err(e),
            _ => Ok(()),
        };
    }
    assert!(since.elapsed() >= STALL, "{:?}", since.elapsed());
}

#[test]
fn an_honest_slow_reader_gets_its_page() {
    // Much longer than the time for a stall, and than the time for a head.
    let server = Server::start(Limits { pace: 64 << 10, ..quick() }, 20);
    let mut client = server.connect();
    let pages = 16;
    ask_for_pages(&mut client, pages);
    let since = Instant::now();
    let mut bytes = vec![0; 256 << 10];
    let mut answers = Vec::new();
    while answers.len() < pages << 19 {
        let read = client.0.read(&mut bytes).unwrap();
        assert!(read > 0, "it was ended after {} bytes and {:?}", answers.len(), since.elapsed());
        answers.extend_from_slice(&bytes[..read]);
        std::thread::park_timeout(Duration::from_millis(60));
    }
    assert!(since.elapsed() > STALL * 2, "{:?}", since.elapsed());
}

#[test]
fn a_shutdown_waits_for_nobody_without_a_request() {
    let mut server = Server::start(Limits { drain: Duration::from_secs(15), ..Limits::default() }, 0);
    let mut silent: Vec<Client> = (0..50).map(|_| server.connect()).collect();
    silent[0].send(b"GET / HT");
    silent[1].send(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
    silent[1].answer();
    assert_eq!(server.ask("/livez").status, 200);
    let took = server.stop();
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_shutdown_under_all_of_that_ends_in_time() {
    let mut server = Server::start(Limits { drain: Duration::from_secs(1), ..Limits::default() }, 20);
    let mut clients = Vec::new();
    for _ in 0..10 {
        let mut body = server.connect();
        body.begin_body();
        body.piece(1000);
        let mut reader = server.connect();
        ask_for_pages(&mut reader, 40);
        clients.extend([body, reader, server.connect()]);
    }
    assert_eq!(server.ask("/livez").status, 200);
    let took = server.stop();
    assert!(took < Duration::from_secs(5), "{took:?}");
    // And nobody is kept.
    for client in &mut clients {
        client.rest();
    }
}
