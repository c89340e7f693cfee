//! The real server, killed at random moments under load, and started again: nothing that was
//! acknowledged is ever lost, and nothing starts that must not.
//!
//! Rounds by `ALMONER_DEEP` (6 by default); the seed is printed and repeated by `ALMONER_SEED`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod displaced;
mod refused;

use acceptance::load::{Author, audited, authors, nothing_is_lost};
use acceptance::{Chance, House, Served};
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

fn rounds() -> u64 {
    std::env::var("ALMONER_DEEP").ok().and_then(|text| text.parse().ok()).unwrap_or(6)
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
