//! The real server, killed at random moments under load, and started again: nothing that was
//! acknowledged is ever lost, and nothing starts that must not.
//!
//! Rounds by `ALMONER_DEEP` (6 by default); the seed is printed and repeated by `ALMONER_SEED`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod load;
mod refused;

use acceptance::{Chance, Event, House, Pen, Served};
use load::Author;
use serde_json::{Value, json};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Clients that append at the same time, each on a chain of its own.
const AUTHORS: usize = 4;

fn rounds() -> u64 {
    std::env::var("ALMONER_DEEP").ok().and_then(|text| text.parse().ok()).unwrap_or(6)
}

/// Opens a charity for each author and gives the authors.
fn authors(house: &House, served: &Served) -> Vec<Author> {
    let mut pen = Pen::new(house, &served.client);
    let chains: Vec<String> = (0..AUTHORS).map(|n| format!("charity-{n}")).collect();
    let mut events: Vec<Event> = Vec::new();
    for chain in &chains {
        let key = Pen::key(&format!("{chain}/alice"));
        events.extend(pen.open(chain, &[(&key, "alice", &["admin", "book"])], json!([]), json!({})));
        let account = json!({"account": "account/bank", "kind": "bank", "currency": "CNY"});
        events.push(pen.write(chain, "account.opened/1", account));
        let fund = json!({"fund": "fund/water", "class": "restricted", "purpose": "Water"});
        events.push(pen.write(chain, "fund.opened/1", fund));
    }
    let notes: Vec<String> = events.iter().map(Event::note).collect();
    assert!(served.client.send_many(&notes).iter().all(|result| result["status"] == 201));
    chains.iter().map(|chain| Author::new(chain, pen.clone())).collect()
}

/// Lets all authors append until `enough` more events are acknowledged, then ends the server by `end`.
fn under_load(authors: &mut [Author], served: Served, enough: u64, chance: &mut Chance, end: impl FnOnce(Served)) {
    let acknowledged = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for author in authors.iter_mut() {
            let (client, chance, acknowledged) = (served.client.clone(), chance.split(), &acknowledged);
            scope.spawn(move || author.append_until_it_ends(&client, chance, acknowledged));
        }
        let since = Instant::now();
        while acknowledged.load(Ordering::Relaxed) < enough {
            assert!(since.elapsed() < Duration::from_secs(60), "the server takes no events");
            std::thread::park_timeout(Duration::from_micros(500));
        }
        end(served);
    });
}

/// Every acknowledged event is in the log, at its index and with its hash.
fn nothing_is_lost(authors: &[Author], served: &Served) -> u64 {
    let size = served.published();
    for author in authors {
        let mut held = author.acknowledged.iter();
        let mut path = Some(format!("/v1/chains/{}/events?limit=1000", author.chain));
        let mut expected = held.next();
        while let Some(page) = path {
            let page = served.client.get(&page).ok().json;
            for event in page["events"].as_array().unwrap() {
                let Some((seq, (index, hash))) = expected else { break };
                if event["seq"] == *seq {
                    assert_eq!(
                        (&event["index"], &event["hash"]),
                        (&json!(index), &json!(hash)),
                        "{}#{seq}",
                        author.chain
                    );
                    expected = held.next();
                }
            }
            path = page["next"].as_str().map(str::to_owned);
        }
        assert_eq!(expected, None, "{}: acknowledged, and not in a log of {size} events", author.chain);
        if let Some((seq, (index, hash))) = author.acknowledged.last_key_value() {
            let event = served.client.get(&format!("/v1/events/{}-{seq}", author.chain)).ok().json;
            assert_eq!((&event["index"], &event["hash"]), (&json!(index), &json!(hash)), "{}#{seq}", author.chain);
        }
    }
    size
}

/// The full audit of the directory: verified, over at least so many events.
fn audited(house: &House, at_least: usize) {
    let report: Value = house.almoner(["audit", &house.ledger(), "--json"]).ok().json();
    assert_eq!(report["verdict"], "verified", "{report}");
    let size = report["size"].as_u64().unwrap();
    assert!(size >= at_least as u64, "{size} events, {at_least} acknowledged");
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    let mut chance = Chance::new("what_was_acknowledged_survives_kill_9");
    let house = House::new("crash.example/ledger");
    let mut served = house.serve();
    let mut authors = authors(&house, &served);
    for round in 1..=rounds() {
        let enough = chance.between(0, 1500);
        under_load(&mut authors, served, enough, &mut chance, Served::kill);
        // Sometimes it dies again while it starts.
        if chance.between(0, 2) == 0 {
            let mut command = house.command();
            command.args(["serve", &house.ledger(), "--listen", "127.0.0.1:0"]);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::park_timeout(Duration::from_millis(chance.between(1, 60)));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        served = house.serve();
        let size = nothing_is_lost(&authors, &served);
        let acknowledged: usize = authors.iter().map(|author| author.acknowledged.len()).sum();
        println!("round {round}: killed after {enough} more, {acknowledged} acknowledged, {size} in the log");
    }
    // The log continues where it stopped, also for batches of which nobody knew whether they were stored.
    let before = served.published();
    for author in &mut authors {
        assert!(author.append(&served.client, 3), "the log continues");
    }
    assert!(nothing_is_lost(&authors, &served) > before);
    assert!(served.terminate().success());
    audited(&house, authors.iter().map(|author| author.acknowledged.len()).sum());
}

#[test]
fn sigterm_drains_and_ends_with_0() {
    let mut chance = Chance::new("sigterm_drains_and_ends_with_0");
    let house = House::new("term.example/ledger");
    let mut served = house.serve();
    let mut authors = authors(&house, &served);
    for _ in 0..2 {
        let enough = chance.between(1, 800);
        under_load(&mut authors, served, enough, &mut chance, |served| {
            let status = served.terminate();
            assert_eq!(status.code(), Some(0), "{status}");
        });
        served = house.serve();
        nothing_is_lost(&authors, &served);
    }
    assert!(served.terminate().success());
    audited(&house, authors.iter().map(|author| author.acknowledged.len()).sum());
}
