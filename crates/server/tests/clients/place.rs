//! Places: whoever waits longest for its client gives its place to a new one.

use crate::server::{Client, Server};
use almoner_server::http::Limits;
use std::time::{Duration, Instant};

const PLACES: usize = 20;

/// Nothing but places ends a connection within such a test.
fn patient() -> Limits {
    let long = Duration::from_secs(600);
    Limits { places: PLACES, head: long, stall: long, drain: Duration::ZERO, ..Limits::default() }
}

fn good_clients_are_served(server: &Server) {
    for _ in 0..5 {
        let since = Instant::now();
        assert_eq!(server.ask("/livez").status, 200);
        assert!(since.elapsed() < Duration::from_secs(3), "{:?}", since.elapsed());
    }
}

#[test]
fn silent_sockets_shut_nobody_out() {
    let server = Server::start(patient(), 0);
    let mut silent: Vec<Client> = (0..PLACES * 3).map(|_| server.connect()).collect();
    good_clients_are_served(&server);
    // The first that came are the first that went.
    assert!(silent.iter_mut().take(PLACES).all(|client| !client.is_open()));
    // And so on, while more of them come.
    for _ in 0..PLACES {
        silent.push(server.connect());
        good_clients_are_served(&server);
    }
}

#[test]
fn half_requests_and_unread_answers_shut_nobody_out() {
    let server = Server::start(patient(), 20);
    let mut hostile: Vec<Client> = (0..PLACES).map(|_| server.connect()).collect();
    for client in &mut hostile {
        client.begin_body();
        client.piece(10);
    }
    good_clients_are_served(&server);
    let mut readers: Vec<Client> = (0..PLACES).map(|_| server.connect()).collect();
    for client in &mut readers {
        client.send("GET /v1/events?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n".repeat(40).as_bytes());
    }
    good_clients_are_served(&server);
}

#[test]
fn a_request_that_is_worked_on_is_not_ended_for_anybody() {
    let server = Server::start(patient(), 20);
    // A kept client that asks again and again stays, whoever comes.
    let mut kept = server.connect();
    let mut others = Vec::new();
    for _ in 0..PLACES * 2 {
        kept.send(b"GET /v1/events?limit=5 HTTP/1.1\r\nHost: x\r\n\r\n");
        others.push(server.connect());
        assert_eq!(kept.answer().status, 200);
    }
}
