//! Bodies and answers have budgets; what is refused for want of room says so; cheap reads go on.

use crate::server::{Client, PATIENCE, Server};
use almoner_server::http::Limits;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const KIB: usize = 1 << 10;

#[test]
fn bodies_have_a_budget() {
    let limits = Limits { bodies: 1024 * KIB, drain: Duration::ZERO, ..Limits::default() };
    let server = Server::start(limits, 0);
    // Without a length: only what has arrived can count.
    let mut held: Vec<Client> = (0..4).map(|_| server.connect()).collect();
    for client in &mut held {
        client.begin_body();
        client.piece(200 * KIB);
    }
    let begun = Instant::now();
    let large = |pieces: usize| {
        let mut client = server.connect();
        client.begin_body();
        for _ in 0..pieces {
            client.piece(50 * KIB);
        }
        client.send(b"0\r\n\r\n");
        client.answer()
    };
    // Nobody has been waited for yet, so nobody gives way; but what is small finds the room that is kept for it.
    let answer = large(10);
    if begun.elapsed() < Duration::from_millis(900) {
        assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("server.busy")), "{}", answer.head);
        assert!(answer.head.contains("retry-after: 1"), "{}", answer.head);
    }
    assert_eq!(large(1).json()["code"], "request.invalid", "it was read, and is no JSON");
    // A second later whoever has held most for longest gives way to whoever sends.
    let since = Instant::now();
    loop {
        let answer = large(10);
        if answer.status != 503 {
            assert_eq!(answer.json()["code"], "request.invalid");
            break;
        }
        assert!(since.elapsed() < PATIENCE, "nobody gives way");
        std::thread::park_timeout(Duration::from_millis(50));
    }
    while held.iter_mut().all(Client::is_open) {
        assert!(since.elapsed() < PATIENCE, "nobody is told to have given way");
        std::thread::park_timeout(Duration::from_millis(20));
    }
    for client in &mut held {
        if !client.is_open() {
            assert_eq!(client.answer().json()["code"], "server.busy");
        }
    }
}

#[test]
fn answers_have_a_budget() {
    let long = Duration::from_secs(600);
    let limits = Limits { answers: 4096 * KIB, stall: long, head: long, drain: Duration::ZERO, ..Limits::default() };
    let server = Server::start(limits, 20);
    let mut readers: Vec<Client> = (0..12).map(|_| server.connect()).collect();
    for client in &mut readers {
        client.send("GET /v1/events?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n".repeat(40).as_bytes());
    }
    // Whoever reads gets its page within a moment, because whoever does not read gives way.
    let since = Instant::now();
    for _ in 0..5 {
        loop {
            let answer = server.ask("/v1/events?limit=1000");
            if answer.status == 200 {
                break;
            }
            assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("server.busy")));
            assert!(since.elapsed() < PATIENCE, "nobody gives way");
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }
    assert_eq!(server.ask("/livez").status, 200, "what is small is never refused");
}

#[test]
fn millions_of_empty_texts_hold_up_nobody() {
    let server = Server::start(Limits::default(), 0);
    let mut body = b"{\"events\":[\"\"".to_vec();
    while body.len() < (16 << 20) - 16 {
        body.extend(b",\"\"");
    }
    body.extend(b"]}");
    let head = format!(
        "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let over = AtomicBool::new(false);
    let waits = std::thread::scope(|scope| {
        let senders: Vec<_> = (0..40)
            .map(|_| {
                scope.spawn(|| {
                    let mut client = server.connect();
                    client.send(head.as_bytes());
                    client.send(&body);
                    let answer = client.answer();
                    (answer.status, answer.json()["code"].clone())
                })
            })
            .collect();
        let asker = scope.spawn(|| {
            let mut waits = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let since = Instant::now();
                assert_eq!(server.ask("/livez").status, 200);
                waits.push(since.elapsed());
                std::thread::park_timeout(Duration::from_millis(5));
            }
            waits
        });
        let told: Vec<_> = senders.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
        over.store(true, Ordering::Relaxed);
        for told in told {
            let (status, code) = told.unwrap();
            assert!(
                (status == 413 && code == "request.too_many") || (status == 503 && code == "server.busy"),
                "{status} {code}"
            );
        }
        let mut waits = asker.join().unwrap();
        waits.sort();
        waits
    });
    // Client and server share the cores with whatever else runs: the bounds are far from what is usual (1 ms).
    let (median, longest) = (waits[waits.len() / 2], waits[waits.len() - 1]);
    println!("/livez {} times: median {median:?}, longest {longest:?}", waits.len());
    assert!(median < Duration::from_millis(100) && longest < Duration::from_secs(2), "{median:?} {longest:?}");
}
