//! Files that somebody removes, replaces or cuts under the running server.

use acceptance::load::{Author, authors};
use acceptance::{House, Served};
use std::path::Path;

const FILES: [&str; 3] = ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"];

/// A served ledger to which each author has appended, all of it published.
fn serving(origin: &str) -> (House, Served, Vec<Author>) {
    let house = House::new(origin);
    let served = house.serve();
    let mut authors = authors(&house, &served);
    for author in &mut authors {
        assert!(author.append(&served.client, 10));
    }
    served.published();
    (house, served, authors)
}

fn takes_nothing(served: &Served, authors: &mut [Author]) {
    for author in authors {
        assert!(!author.append(&served.client, 1), "acknowledged into the void");
    }
    let ready = served.client.get("/readyz");
    assert_eq!((ready.status, ready.problem().as_str()), (503, "ledger.damaged"), "{}", ready.text());
}

#[test]
fn a_removed_or_replaced_ledger_takes_nothing_and_can_still_be_copied() {
    type Harm = fn(&Path);
    let harms: [Harm; 4] = [
        |ledger| FILES.iter().for_each(|name| std::fs::remove_file(ledger.join(name)).unwrap()),
        |ledger| std::fs::remove_file(ledger.join(FILES[1])).unwrap(),
        |ledger| std::fs::rename(ledger, ledger.with_extension("away")).unwrap(),
        |ledger| {
            let copy = ledger.join("copy");
            std::fs::copy(ledger.join(FILES[0]), &copy).unwrap();
            std::fs::rename(copy, ledger.join(FILES[0])).unwrap();
        },
    ];
    for (number, harm) in harms.into_iter().enumerate() {
        let (house, served, mut authors) = serving("removed.example/ledger");
        let policy = house.path("policy");
        std::fs::copy(house.path("ledger/policy"), &policy).unwrap();
        let acknowledged: usize = authors.iter().map(|author| author.acknowledged.len()).sum();
        harm(&house.path("ledger"));
        takes_nothing(&served, &mut authors);
        // The files may be in this process only by now: it must be possible to get them out of it.
        let (tiles, policy) = (house.text("tiles"), policy.to_str().unwrap());
        house.almoner(["export", "tiles", "--from", served.client.url(), "--out", &tiles]).ok();
        let report = house.almoner(["audit", &tiles, "--policy", policy, "--json"]).ok().json();
        assert_eq!(report["verdict"], "verified", "harm {number}: {report}");
        assert!(report["size"].as_u64().unwrap() >= acknowledged as u64, "harm {number}: {report}");
        assert_eq!(served.terminate().code(), Some(1), "harm {number}: it ends with an alarm");
    }
}

#[test]
fn a_cut_write_ahead_log_takes_nothing_and_the_main_file_stays_as_it_is() {
    let (house, served, mut authors) = serving("cut.example/ledger");
    let main = house.path("ledger/ledger.sqlite");
    let wal = std::fs::OpenOptions::new().write(true).open(house.path("ledger/ledger.sqlite-wal")).unwrap();
    assert!(wal.metadata().unwrap().len() > 0, "something waits in it");
    wal.set_len(0).unwrap();
    let before = std::fs::read(&main).unwrap();
    takes_nothing(&served, &mut authors);
    assert_eq!(served.terminate().code(), Some(1));
    assert!(std::fs::read(&main).unwrap() == before, "a byte was moved by a node that had failed");
    // What was cut is missed, and still nothing is moved.
    assert!(house.refuses_to_serve().contains("were signed and acknowledged"));
    assert!(std::fs::read(&main).unwrap() == before, "a byte was moved by a start that refused");
}

#[test]
fn a_stopped_ledger_is_one_file() {
    let (house, served, authors) = serving("one.example/ledger");
    assert!(served.terminate().success());
    for name in &FILES[1..] {
        assert!(!house.path("ledger").join(name).exists(), "{name} is left");
    }
    let served = house.serve();
    acceptance::load::nothing_is_lost(&authors, &served);
    assert!(served.terminate().success());
}
