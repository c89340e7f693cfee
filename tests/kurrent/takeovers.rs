//! Takeovers while clients write without a pause, on nodes as slow as real ones: each comes, and nothing is lost.

use crate::nodes::{nothing_is_twice, says, until};
use crate::quick;
use acceptance::double::Double;
use acceptance::load::{Author, audited, nothing_is_lost, so_many_authors};
use acceptance::{Chance, Client, House, Served};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What a real node takes for each read and each first append of a session, with this client.
const LATE: Duration = Duration::from_millis(45);

/// Longest that a client waits for an acknowledgement while nodes take over from each other.
const WAIT: Duration = Duration::from_secs(5);

/// Authors who write without a pause through a list of nodes, while `meanwhile` lives; the longest that one waited.
fn hammer(
    authors: &mut [Author],
    nodes: &Mutex<Vec<Client>>,
    chance: &mut Chance,
    meanwhile: impl FnOnce(),
) -> Duration {
    /// Lets the authors go, also where the test fails.
    struct End<'a>(&'a AtomicBool);
    impl Drop for End<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let (ended, longest) = (AtomicBool::new(false), Mutex::new(Duration::ZERO));
    std::thread::scope(|scope| {
        let _end = End(&ended);
        for author in authors.iter_mut() {
            let (mut chance, ended, longest) = (chance.split(), &ended, &longest);
            scope.spawn(move || {
                while !ended.load(Ordering::Relaxed) {
                    let since = Instant::now();
                    let is_acknowledged = loop {
                        let node = {
                            let nodes = nodes.lock().unwrap();
                            nodes[usize::try_from(chance.between(0, nodes.len() as u64 - 1)).unwrap()].clone()
                        };
                        if author.append(&node, chance.between(1, 4)) {
                            break true;
                        }
                        if ended.load(Ordering::Relaxed) {
                            break false;
                        }
                        std::thread::park_timeout(Duration::from_millis(5));
                    };
                    let mut longest = longest.lock().unwrap();
                    *longest = if is_acknowledged { longest.max(since.elapsed()) } else { *longest };
                }
            });
        }
        meanwhile();
    });
    longest.into_inner().unwrap()
}

#[test]
fn twenty_takeovers_in_a_row_under_load() {
    let mut chance = Chance::new("twenty_takeovers_in_a_row_under_load");
    let double = Double::cluster(3);
    let first = House::on(&quick(&double.connection()), "again.example/ledger");
    let houses = [first.another(true), first];
    let mut served = houses[1].serve();
    let mut authors = so_many_authors(8, &houses[1], &served);
    double.late(LATE);
    let nodes = Mutex::new(vec![served.client.clone()]);
    let mut times: Vec<Duration> = Vec::new();
    let mut newest = None;
    let waited = hammer(&mut authors, &nodes, &mut chance.split(), || {
        for round in 0..20 {
            let since = Instant::now();
            let next = houses[round % 2].serve();
            times.push(since.elapsed());
            nodes.lock().unwrap().push(next.client.clone());
            // Whoever is deposed knows it soon, and follows.
            until("the old one's stepping down", || says(&served, "/readyz", "follows").then_some(()));
            *nodes.lock().unwrap() = vec![next.client.clone()];
            let old = std::mem::replace(&mut served, next);
            assert!(old.terminate().success());
        }
        newest = Some(());
    });
    let size = nothing_is_lost(&authors, &served);
    nothing_is_twice(&double, &houses[0], size);
    times.sort();
    println!("takeovers: median {:?}, longest {:?}; a client waited {waited:?} at the most", times[10], times[19]);
    assert!(waited < WAIT, "a client waited {waited:?}");
    assert!(served.terminate().success());
    audited(&houses[1], authors.iter().map(|author| author.acknowledged.len()).sum());
}

#[test]
fn a_frozen_sequencer_knows_soon_after_its_thaw() {
    let double = Double::cluster(3);
    double.late(LATE);
    let house = House::on(&quick(&double.connection()), "frozen.example/ledger");
    let other = house.another(true);
    let first = house.serve();
    let mut authors = so_many_authors(2, &house, &first);
    assert!(authors.iter_mut().all(|author| author.append(&first.client, 5)));
    // Longer than any call of its waits for an answer, with one under way.
    let notes = std::thread::scope(|scope| {
        let (author, client) = (&mut authors[0], first.client.clone());
        let pending = scope.spawn(move || author.append(&client, 5));
        first.signal("STOP");
        let second = other.serve();
        std::thread::park_timeout(Duration::from_secs(11));
        first.signal("CONT");
        let since = Instant::now();
        until("its stepping down", || says(&first, "/readyz", "follows").then_some(()));
        let knew = since.elapsed();
        assert!(knew < WAIT, "it knew after {knew:?}");
        let _acknowledged_before = pending.join().unwrap();
        second
    });
    for author in &mut authors {
        assert!(author.append(&notes.client, 5));
    }
    nothing_is_lost(&authors, &notes);
    assert!(notes.terminate().success() && first.terminate().success());
}

#[test]
fn a_node_that_cannot_listen_takes_nothing_over() {
    let double = Double::start();
    let house = House::on(&quick(&double.connection()), "broken.example/ledger");
    let (first, other) = (house.serve(), house.another(true));
    let address = first.client.url().trim_start_matches("http://").to_owned();
    let told = other.almoner(["serve", &other.ledger(), "--listen", &address]).ended(1).err;
    assert!(told.contains("listening at"), "{told}");
    // Nor one whose key is not the log's.
    std::fs::copy(house.path("ledger/keys/importer"), other.path("ledger/keys/sequencer")).unwrap();
    let mut authors = so_many_authors(1, &house, &first);
    assert!(authors[0].append(&first.client, 3), "it still writes");
    let still: Vec<Served> = vec![first];
    nothing_is_lost(&authors, &still[0]);
}
