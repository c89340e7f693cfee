//! What a running server holds for clients who send without end and who never read: bounded, and measured.

use acceptance::{Client, House, Pen, Served, say_skipped};
use serde_json::{Map, Value, json};
use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// What docs/OPERATING.md, "Memory", promises beside the ledger itself, with what an allocator keeps.
const BODIES: u64 = 128 + 128 + 128;
const ANSWERS: u64 = 256 + 256 + 128;

/// A ledger with so many events of about 57 KiB.
fn ledger(events: usize) -> (House, Served) {
    let house = House::new("held.example/ledger");
    let served = house.serve();
    let mut pen = Pen::new(&house, &served.client);
    let tags: Vec<String> = (b'a'..=b'z').map(|letter| format!("a{}", char::from(letter))).collect();
    let mut notes = Vec::new();
    for round in 0..events {
        let names: Map<String, Value> =
            tags.iter().map(|tag| (tag.clone(), format!("{round:04}").repeat(500).into())).collect();
        let data = json!({"identifiers": ["XX-1"], "names": names});
        notes.push(pen.write("importer", "organisation.described/1", data).note());
    }
    for part in notes.chunks(200) {
        assert!(served.client.send_many(part).iter().all(|result| result["status"] == 201));
    }
    served.published();
    (house, served)
}

fn connect(served: &Served) -> TcpStream {
    let stream = TcpStream::connect(served.client.url().trim_start_matches("http://")).unwrap();
    stream.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    stream
}

/// While everything hostile is under way a good client is answered.
fn good_client(served: &Served) {
    for _ in 0..10 {
        let since = Instant::now();
        assert_eq!(served.client.get("/livez").status, 200);
        assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    }
}

#[test]
fn readers_that_never_read_cost_no_more_than_is_said() {
    let (_house, served) = ledger(400);
    let Some(before) = served.peak_mib() else {
        return say_skipped("this system does not tell how much memory is used");
    };
    // Each asks for some 20 MiB in pages, and for all bundles; before there was a bound this took gigabytes.
    let asked = [
        "GET /v1/events?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n".repeat(20),
        "GET /tile/entries/000 HTTP/1.1\r\nHost: x\r\n\r\n".repeat(10),
    ];
    let mut readers: Vec<TcpStream> = (0..80).map(|_| connect(&served)).collect();
    for (reader, asked) in readers.iter_mut().zip(asked.iter().cycle()) {
        let _ = reader.write_all(asked.as_bytes());
    }
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(4) {
        good_client(&served);
    }
    let after = served.peak_mib().unwrap();
    println!("readers: {before} MiB before, {after} MiB at the peak");
    assert!(after < before + ANSWERS, "{before} MiB became {after} MiB");
}

#[test]
fn bodies_cost_no_more_than_is_said() {
    let (house, served) = ledger(0);
    let Some(before) = served.peak_mib() else {
        return say_skipped("this system does not tell how much memory is used");
    };
    // Unfinished ones, most of 16 MiB each.
    let chunk = [format!("{:x}\r\n", 1 << 20).into_bytes(), vec![b' '; 1 << 20], b"\r\n".to_vec()].concat();
    let head =
        "POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut senders: Vec<TcpStream> = (0..60).map(|_| connect(&served)).collect();
    for sender in &mut senders {
        let _ = sender.write_all(head.as_bytes());
        for _ in 0..15 {
            if sender.write_all(&chunk).is_err() {
                break;
            }
        }
    }
    good_client(&served);
    let middle = served.peak_mib().unwrap();
    drop(senders);
    // Whole ones, of events that are taken: whatever is made of a body is made of these.
    let mut pen = Pen::new(&house, &served.client);
    let key = Pen::key("well/alice");
    let mut notes: Vec<String> = Vec::new();
    notes.extend(
        pen.open("well", &[(&key, "alice", &["admin", "book"])], json!([]), json!({})).iter().map(|e| e.note()),
    );
    let mut write = |kind: &str, data: Value| notes.push(pen.write("well", kind, data).note());
    write("account.opened/1", json!({"account": "account/bank", "kind": "bank", "currency": "CNY"}));
    write("fund.opened/1", json!({"fund": "fund/water", "class": "restricted", "purpose": "Water"}));
    for _ in 0..600 {
        let gifts: Vec<Value> = (0..256)
            .map(|_| json!({"gross": "600.00", "fee": "0.00", "donor": almoner_proof::Hash::of(b"x").to_base64()}))
            .collect();
        write(
            "donation.received/1",
            json!({"account": "account/bank", "currency": "CNY", "fund": "fund/water", "effective_date": acceptance::DAY, "gifts": gifts}),
        );
    }
    let body = json!({"events": notes}).to_string();
    println!("a body of {} KiB", body.len() >> 10);
    assert!(body.len() < 16 << 20);
    std::thread::scope(|scope| {
        let sent: Vec<_> = (0..12)
            .map(|_| scope.spawn(|| served.client.post("/v1/events", "application/json", body.as_bytes())))
            .collect();
        good_client(&served);
        for answer in sent {
            let answer = answer.join().unwrap();
            if answer.status == 503 {
                assert!(["server.busy", "ledger.busy"].contains(&answer.problem().as_str()), "{}", answer.text());
            } else {
                assert_eq!(answer.status, 200);
                println!("{}", answer.json["results"][5]);
            }
        }
    });
    let after = served.peak_mib().unwrap();
    println!("bodies: {before} MiB before, {middle} MiB with unfinished ones, {after} MiB at the peak");
    assert!(middle < before + 128 + 64, "{before} MiB became {middle} MiB");
    assert!(after < before + BODIES, "{before} MiB became {after} MiB");
}

#[test]
fn few_open_files_are_few_places_and_few_warnings() {
    // With 300 there are fewer places than files; with 30 the places cannot all be given.
    for files in [300, 30] {
        let house = House::new("held.example/files");
        let served = house.serve_with_files(files);
        let mut silent: Vec<TcpStream> = Vec::new();
        for round in 0..10 {
            silent.extend((0..50).map(|_| connect(&served)));
            let since = Instant::now();
            // A new client each time: a kept connection that idles is one of those that give way.
            let answer = Client::new(served.client.url()).get("/livez");
            assert_eq!(answer.status, 200, "{files} files, round {round}");
            assert!(since.elapsed() < Duration::from_secs(10), "{files} files, round {round}: {:?}", since.elapsed());
        }
        drop(silent);
        // With the sockets gone it is as before.
        assert_eq!(Client::new(served.client.url()).get("/v1/log").status, 200, "{files} files");
        let said = served.stop();
        let warnings = said.lines().filter(|line| line.contains("WARN") && line.contains("::http::")).count();
        assert!(said.contains("fewer places") && warnings <= 3, "{files} files: {said}");
    }
}
