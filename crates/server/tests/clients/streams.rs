//! Readers of streams that do not read: others are not held up, memory stays bounded, and they are ended.

use crate::server::{Client, PATIENCE, Server};
use almoner_server::http::Limits;
use std::io::Read as _;
use std::time::{Duration, Instant};

#[test]
fn readers_that_never_read_are_ended_and_shut_nobody_out() {
    // 60 events of about 120 KiB each as they are told: more than the kernel keeps for anybody.
    let limits = Limits { stall: Duration::from_millis(800), drain: Duration::from_secs(1), ..Limits::default() };
    let server = Server::start(limits, 60);
    let mut silent: Vec<Client> = (0..40).map(|_| server.connect()).collect();
    for client in &mut silent {
        client.send(b"GET /v1/stream?from=0 HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    let mut honest = server.connect();
    honest.send(b"GET /v1/stream?from=0 HTTP/1.1\r\nHost: x\r\n\r\n");
    let (mut told, mut piece) = (Vec::new(), vec![0; 256 << 10]);
    let last = format!("id: {}\n", server.node.shared().published_size() - 1);
    let since = Instant::now();
    while !told.windows(last.len()).any(|some| some == last.as_bytes()) {
        assert!(since.elapsed() < PATIENCE, "a reader that reads is held up by those that do not");
        let read = honest.0.read(&mut piece).unwrap();
        assert!(read > 0, "it was ended after {} bytes", told.len());
        told.extend_from_slice(&piece[..read]);
        let keep = told.len().saturating_sub(200 << 10);
        told.drain(..keep);
        assert_eq!(server.ask("/livez").status, 200);
    }
    for client in &mut silent {
        client.until_ended();
    }
}

#[test]
fn a_quiet_stream_lives_on_and_gives_signs_of_life() {
    let short = Duration::from_millis(200);
    let server = Server::start(Limits { head: short, stall: short, alive: short * 2, ..Limits::default() }, 0);
    let mut client = server.connect();
    client.send(b"GET /v1/stream HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(client.answer().status, 200);
    let mut bytes = [0; 64];
    for _ in 0..5 {
        let read = client.0.read(&mut bytes).unwrap();
        assert!(bytes[..read].windows(2).any(|two| two == b":\n"), "{:?}", String::from_utf8_lossy(&bytes[..read]));
    }
}
