//! Moving away leaves a seal: there, back and there again, with writing between, and with whatever gets in the way.

use crate::quick;
use acceptance::double::{Double, Fault};
use acceptance::load::{audited, authors, nothing_is_lost};
use acceptance::{Chance, House};
use std::time::Duration;

#[test]
fn there_back_and_there_again() {
    let double = Double::start();
    let store = quick(&double.connection());
    let house = House::new("round.example/ledger");
    let dir = format!("sqlite:{}", house.ledger());
    let served = house.serve();
    let mut authors = authors(&house, &served);
    assert!(authors[0].append(&served.client, 20));
    assert!(served.terminate().success());
    let there = |house: &House| house.almoner(["migrate", "--from", &dir, "--to", &store]).ok();
    let back = |house: &House| house.almoner(["migrate", "--from", &store, "--to", &dir]).ok();
    for round in 0..3 {
        there(&house);
        let served = house.serve();
        assert!(authors[round].append(&served.client, 10));
        nothing_is_lost(&authors, &served);
        assert!(served.terminate().success());
        let forgotten = house.another(true);
        back(&house);
        let kinds: Vec<String> =
            double.stream("almoner-round.example/ledger-anchor").unwrap().iter().map(|e| e.kind.clone()).collect();
        assert_eq!(kinds.last().unwrap(), "almoner.seal");
        // Nobody starts on streams that the ledger has left, and everybody is told where it went.
        let id = std::fs::read_to_string(house.path("ledger/id")).unwrap();
        for arguments in [&["serve"][..], &["serve", "--follow"]] {
            let command: Vec<&str> = arguments.iter().copied().chain(["--listen", "127.0.0.1:0"]).collect();
            let told = forgotten.almoner([&[command[0], &forgotten.ledger()], &command[1..]].concat()).ended(1).err;
            assert!(told.contains("has moved") && told.contains(id.trim()), "{told}");
        }
        let fresh = forgotten.text("fresh");
        forgotten.almoner(["init", &fresh, "--origin", "round.example/ledger", "--store", &store]).ended(1);
        let elsewhere = forgotten.ledger();
        let told =
            forgotten.almoner(["migrate", "--from", &store, "--to", &format!("sqlite:{elsewhere}")]).ended(1).err;
        assert!(told.contains("has moved"), "{told}");
        let served = house.serve();
        assert!(authors[round].append(&served.client, 10));
        nothing_is_lost(&authors, &served);
        assert!(served.terminate().success());
    }
    there(&house);
    let served = house.serve();
    assert!(authors[3].append(&served.client, 10));
    nothing_is_lost(&authors, &served);
    assert!(served.terminate().success());
    assert!(double.stream("almoner-round.example/ledger~2").is_none(), "one generation is enough");
    audited(&house, authors.iter().map(|author| author.acknowledged.len()).sum());
}

#[test]
fn whatever_outcome_of_a_move_is_lost_it_is_found() {
    let double = Double::start();
    let store = quick(&double.connection());
    let house = House::new("lossy.example/ledger");
    let dir = format!("sqlite:{}", house.ledger());
    let served = house.serve();
    let mut authors = authors(&house, &served);
    assert!(authors[0].append(&served.client, 20));
    assert!(served.terminate().success());
    for (round, fault) in
        [Fault::AckLost, Fault::Dropped, Fault::CleanEndAfterCommit, Fault::NotReady].into_iter().enumerate()
    {
        // The claim, and the pin behind it; the entries; the published checkpoints.
        for stream in ["-anchor", "-anchor", "", "-checkpoints"] {
            double.fault_on(&format!("almoner-lossy.example/ledger{stream}"), fault.clone());
        }
        house.almoner(["migrate", "--from", &dir, "--to", &store]).ok();
        let served = house.serve();
        assert!(authors[0].append(&served.client, 5));
        nothing_is_lost(&authors, &served);
        assert!(served.terminate().success());
        // The claim, and the seal.
        for _ in 0..2 {
            double.fault_on("almoner-lossy.example/ledger-anchor", fault.clone());
        }
        house.almoner(["migrate", "--from", &store, "--to", &dir]).ok();
        let served = house.serve();
        assert!(authors[0].append(&served.client, 5), "round {round}");
        nothing_is_lost(&authors, &served);
        assert!(served.terminate().success());
    }
    audited(&house, authors.iter().map(|author| author.acknowledged.len()).sum());
}

#[test]
fn a_node_that_starts_in_the_midst_of_a_move_ends_it_or_is_ended_by_it() {
    let mut chance = Chance::new("a_node_that_starts_in_the_midst_of_a_move_ends_it_or_is_ended_by_it");
    let double = Double::start();
    let store = quick(&double.connection());
    let house = House::on(&store, "midst.example/ledger");
    let other = house.another(true);
    let served = house.serve();
    let mut authors = authors(&house, &served);
    for author in &mut authors {
        assert!(author.append(&served.client, 200));
    }
    nothing_is_lost(&authors, &served);
    assert!(served.terminate().success());
    double.read_delay(Duration::from_millis(20));
    let dir = format!("sqlite:{}", house.ledger());
    let (moved, started) = std::thread::scope(|scope| {
        let moving = scope.spawn(|| house.almoner(["migrate", "--from", &store, "--to", &dir]));
        std::thread::park_timeout(Duration::from_millis(chance.between(50, 1500)));
        let mut command = other.command();
        let mut started = command
            .args(["serve", &other.ledger(), "--listen", "127.0.0.1:0"])
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let moved = moving.join().unwrap();
        // Where the move came first, the node ends by itself.
        let ended = (0..600).find_map(|_| {
            std::thread::park_timeout(Duration::from_millis(20));
            if moved.code == Some(0) { started.try_wait().unwrap() } else { Some(std::process::ExitStatus::default()) }
        });
        let _gone = (started.kill(), started.wait());
        (moved, ended)
    });
    double.read_delay(Duration::ZERO);
    let writer = if moved.code == Some(0) {
        assert!(
            started.is_some_and(|status| !status.success()),
            "the ledger is in the directory, and a node serves it elsewhere"
        );
        house.serve()
    } else {
        assert!(moved.err.contains("another node") || moved.err.contains("run this again"), "{}", moved.err);
        other.serve()
    };
    assert!(authors[0].append(&writer.client, 5));
    nothing_is_lost(&authors, &writer);
}
