//! Whole nodes on a cluster: the real program, killed, taken over from, followed.

use crate::quick;
use acceptance::double::{Double, Fault};
use acceptance::load::{Author, audited, authors, nothing_is_lost};
use acceptance::{Chance, Client, House, Served};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(since.elapsed() < PATIENCE, "{what} did not come");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// Whether a node that may be starting anew answers so.
pub(crate) fn says(served: &Served, path: &str, words: &str) -> bool {
    served.client.try_get(path).is_ok_and(|answer| answer.text().contains(words))
}

/// Authors who append to whichever of the nodes takes their events, until `meanwhile` has happened and then so many more
/// are acknowledged.
fn append_to(
    authors: &mut [Author],
    nodes: &Mutex<Vec<Client>>,
    enough: u64,
    chance: &mut Chance,
    meanwhile: impl FnOnce(),
) {
    /// Lets the authors go, also where the test fails.
    struct End<'a>(&'a AtomicBool);
    impl Drop for End<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let (acknowledged, ended) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let _end = End(&ended);
        for author in authors.iter_mut() {
            let (mut chance, acknowledged, ended) = (chance.split(), &acknowledged, &ended);
            scope.spawn(move || {
                while !ended.load(Ordering::Relaxed) {
                    // What was not acknowledged is sent again as it is, wherever.
                    let node = {
                        let nodes = nodes.lock().unwrap();
                        nodes[usize::try_from(chance.between(0, nodes.len() as u64 - 1)).unwrap()].clone()
                    };
                    let count = chance.between(1, 20);
                    if author.append(&node, count) {
                        acknowledged.fetch_add(count, Ordering::Relaxed);
                    } else {
                        std::thread::park_timeout(Duration::from_millis(5));
                    }
                }
            });
        }
        meanwhile();
        let so_far = acknowledged.load(Ordering::Relaxed);
        until("more acknowledged events", || (acknowledged.load(Ordering::Relaxed) >= so_far + enough).then_some(()));
    });
}

/// Nothing stands twice: each event of a chain has one place, and the stream holds the log and nothing else.
pub(crate) fn nothing_is_twice(double: &Double, house: &House, size: u64) {
    let stream = double.stream(&format!("almoner-{}", house.origin)).unwrap();
    assert!(stream.len() as u64 >= size);
    let mut ids: Vec<_> = stream.iter().map(|event| event.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), stream.len(), "an entry stands twice in the stream");
}

#[test]
fn a_node_restarts_and_a_mirror_is_filled_again() {
    let double = Double::start();
    let house = House::on(&quick(&double.connection()), "restart.example/ledger");
    let served = house.serve();
    let mut authors = authors(&house, &served);
    for author in &mut authors {
        assert!(author.append(&served.client, 30));
    }
    assert!(served.terminate().success());
    let served = house.serve();
    let size = nothing_is_lost(&authors, &served);
    served.kill();
    std::fs::remove_file(house.path("ledger/mirror.sqlite")).unwrap();
    for suffix in ["-wal", "-shm"] {
        let _ = std::fs::remove_file(house.path(&format!("ledger/mirror.sqlite{suffix}")));
    }
    let served = house.serve();
    assert!(nothing_is_lost(&authors, &served) > size, "each start writes its epoch");
    for author in &mut authors {
        assert!(author.append(&served.client, 3));
    }
    nothing_is_lost(&authors, &served);
    assert!(served.terminate().success());
    audited(&house, authors.iter().map(|author| author.acknowledged.len()).sum());
    let tail = house.almoner(["tail", &house.ledger(), "--type", "sequencer.epoch_opened/1", "--json"]).ok();
    assert_eq!(tail.out.lines().count(), 3, "three starts: {}", tail.out);
}

#[test]
fn the_sequencer_is_killed_under_load_and_another_takes_over() {
    let mut chance = Chance::new("the_sequencer_is_killed_under_load_and_another_takes_over");
    let double = Double::cluster(3);
    let house = House::on(&quick(&double.connection()), "failover.example/ledger");
    let houses = [house.another(true), house.another(true)];
    let mut served = house.serve();
    let mut authors = authors(&house, &served);
    for round in 0..4 {
        let nodes = Mutex::new(vec![served.client.clone()]);
        let mut next = None;
        append_to(&mut authors, &nodes, chance.between(10, 200), &mut chance.split(), || {
            std::thread::park_timeout(Duration::from_millis(chance.between(50, 400)));
            if round % 2 == 1 {
                double.elect(round % 3);
            }
            // While batches are under way: stored and not pinned, pinned and not answered.
            served.kill();
            let other = houses[round % 2].serve();
            nodes.lock().unwrap()[0] = other.client.clone();
            next = Some(other);
        });
        served = next.unwrap();
        nothing_is_lost(&authors, &served);
    }
    let size = served.published();
    nothing_is_twice(&double, &house, size);
    assert!(served.terminate().success());
    audited(&houses[1], authors.iter().map(|author| author.acknowledged.len()).sum());
}

#[test]
fn of_two_that_run_at_once_one_steps_down() {
    let mut chance = Chance::new("of_two_that_run_at_once_one_steps_down");
    let double = Double::cluster(3);
    let house = House::on(&quick(&double.connection()), "rivals.example/ledger");
    let (first, other) = (house.serve(), house.another(true));
    let mut authors = authors(&house, &first);
    let nodes = Mutex::new(vec![first.client.clone()]);
    let mut second = None;
    append_to(&mut authors, &nodes, 100, &mut chance, || {
        let served = other.serve();
        nodes.lock().unwrap().push(served.client.clone());
        // The first one learns it by its next append, forgets what it decided since, and follows.
        until("the first one's stepping down", || says(&first, "/readyz", "follows").then_some(()));
        second = Some(served);
    });
    let second = second.unwrap();
    assert!(says(&second, "/readyz", "ready\n"));
    let size = nothing_is_lost(&authors, &second);
    nothing_is_twice(&double, &house, size);
    // Both show the same log, checkpoint by checkpoint.
    until("the follower's last checkpoint", || (first.published() == size).then_some(()));
    nothing_is_lost(&authors, &first);
    let newest = |served: &Served| served.client.get("/checkpoint").ok().text();
    assert_eq!(newest(&first), newest(&second));
    assert!(first.terminate().success() && second.terminate().success());
    for house in [&house, &other] {
        audited(house, authors.iter().map(|author| author.acknowledged.len()).sum());
    }
}

#[test]
fn an_idle_node_learns_that_it_was_deposed() {
    let double = Double::start();
    let house = House::on(&quick(&double.connection()), "idle.example/ledger");
    let (first, other) = (house.serve(), house.another(true));
    let second = other.serve();
    until("the first one's stepping down", || says(&first, "/readyz", "follows").then_some(()));
    assert!(says(&second, "/readyz", "ready\n"));
}

#[test]
fn a_node_without_keys_follows() {
    let double = Double::start();
    let house = House::on(&quick(&double.connection()), "follow.example/ledger");
    let served = house.serve();
    let mut authors = authors(&house, &served);
    let reader = house.another(false);
    let follower = reader.serve_with(&["--follow"]);
    for author in &mut authors {
        assert!(author.append(&served.client, 20));
    }
    let size = nothing_is_lost(&authors, &served);
    until("the follower's last checkpoint", || (follower.published() == size).then_some(()));
    nothing_is_lost(&authors, &follower);
    let refused = follower.client.try_send_many(&["anything".to_owned()]).unwrap();
    assert_eq!(refused.status, 503, "{}", refused.text());
    assert!(refused.text().contains("follows"), "{}", refused.text());
    // A node that was given no key cannot write, whatever it is told.
    drop(follower);
    assert!(reader.refuses_to_serve().contains("keys/log"));
    // It goes on where it stopped, and through an election that it need not notice.
    let follower = reader.serve_with(&["--follow"]);
    for author in &mut authors {
        assert!(author.append(&served.client, 5));
    }
    let size = served.published();
    until("the follower's last checkpoint", || (follower.published() == size).then_some(()));
    let reads =
        house.almoner(["audit", follower.client.url(), "--policy", &house.text("ledger/policy"), "--json"]).ok();
    assert_eq!(reads.json()["verdict"], "verified");
}

#[test]
fn a_follower_passes_over_what_the_log_has_not_signed() {
    let double = Double::start();
    let house = House::on(&quick(&double.connection()), "forged.example/ledger");
    let other = House::on(&quick(&double.connection()), "other.example/ledger");
    let served = house.serve();
    let size = served.published();
    assert!(served.terminate().success());
    // Another log's checkpoint, a copy of an old one, and something else, behind this log's.
    let foreign = double.stream("almoner-other.example/ledger-checkpoints").unwrap();
    double.tamper("almoner-forged.example/ledger-checkpoints", |stream| {
        let mut more = vec![foreign[0].clone(), stream[0].clone(), foreign[0].clone()];
        more[2].data = b"something".to_vec().into();
        for forged in more {
            let revision = stream.last().unwrap().revision + 1;
            stream.push(acceptance::double::Recorded { revision, ..forged });
        }
    });
    let reader = house.another(false);
    let follower = reader.serve_with(&["--follow"]);
    assert_eq!(follower.published(), size);
    // And who writes goes on behind it.
    let served = house.serve();
    let mut authors = authors(&house, &served);
    assert!(authors[0].append(&served.client, 5));
    let size = served.published();
    until("the follower's last checkpoint", || (follower.published() == size).then_some(()));
    drop(other);
}

#[test]
fn the_demo_and_an_import_live_on_a_cluster() {
    let double = Double::start();
    let room = crate::Room::new();
    let state = room.path("state");
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(acceptance::program());
        command.env("XDG_STATE_HOME", &state).env("XDG_CONFIG_HOME", room.path("config"));
        acceptance::run(command.args(arguments))
    };
    let (store, dir) = (quick(&double.connection()), room.path("demo").to_str().unwrap().to_owned());
    let said = run(&["demo", &dir, "--no-serve", "--store", &store]).ok().out;
    assert!(said.contains("audited: verified"), "{said}");
    let fixtures = acceptance::vectors("vectors/iati/version-2.03.xml");
    let imported = run(&["import", "iati", fixtures.to_str().unwrap(), "--to", &dir, "--json"]).ok().json();
    assert!(imported["appended"].as_u64().unwrap() > 0, "{imported}");
    let again = run(&["import", "iati", fixtures.to_str().unwrap(), "--to", &dir, "--json"]).ok().json();
    assert_eq!(again["appended"], 0, "{again}");
    let report = run(&["audit", &dir, "--json"]).ok().json();
    assert_eq!(report["verdict"], "verified");
    let stream = double.stream("almoner-demo.almoner.example/giving").unwrap();
    assert_eq!(report["size"], stream.len() as u64, "entry n stands at revision n, and all of them are published");
}

#[test]
fn a_ledger_moves_to_a_cluster_and_back() {
    let double = Double::start();
    let store = quick(&double.connection());
    let house = House::new("moves.example/ledger");
    let served = house.serve();
    let mut authors = authors(&house, &served);
    for _ in 0..3 {
        for author in &mut authors {
            assert!(author.append(&served.client, 200));
        }
        served.published();
    }
    let before = served.client.get("/checkpoint").ok().text();
    assert!(served.terminate().success());
    let dir = format!("sqlite:{}", house.ledger());
    // A cluster that loses answers on the way.
    for fault in [Fault::AckLost, Fault::NotReady, Fault::CleanEndAfterCommit] {
        double.fault_on("almoner-moves.example/ledger", fault);
    }
    let moved = house.almoner(["migrate", "--from", &dir, "--to", &store]).ok().out;
    assert!(moved.contains("moved"), "{moved}");
    // Again: it is there already.
    assert_eq!(house.almoner(["migrate", "--from", &dir, "--to", &store]).ok().out, moved);
    let tail =
        |house: &House| house.almoner(["export", "tiles", "--from", &house.ledger(), "--out", &house.text("tiles")]);
    tail(&house).ok();
    assert_eq!(std::fs::read_to_string(house.path("tiles/checkpoint")).unwrap(), before, "the same checkpoint");

    let served = house.serve();
    for author in &mut authors {
        assert!(author.append(&served.client, 10));
    }
    nothing_is_lost(&authors, &served);
    let newest = served.client.get("/checkpoint").ok().text();
    assert!(served.terminate().success());
    // And back: the file that stayed behind gets what came since.
    let back = house.almoner(["migrate", "--from", &store, "--to", &dir]).ok().out;
    assert!(back.contains("moved"), "{back}");
    assert!(!house.path("ledger/store").exists() && !house.path("ledger/mirror.sqlite").exists());
    let served = house.serve();
    assert_eq!(served.client.get("/checkpoint").ok().text(), newest);
    nothing_is_lost(&authors, &served);
    assert!(served.terminate().success());
    audited(&house, authors.iter().map(|author| author.acknowledged.len()).sum());
}

#[test]
fn another_ledger_in_the_way_is_not_overwritten() {
    let double = Double::start();
    let store = quick(&double.connection());
    let (house, other) = (House::new("same.example/ledger"), House::new("same.example/ledger"));
    house.almoner(["migrate", "--from", &format!("sqlite:{}", house.ledger()), "--to", &store]).ok();
    let size = double.stream("almoner-same.example/ledger").unwrap().len();
    let told = other.almoner(["migrate", "--from", &format!("sqlite:{}", other.ledger()), "--to", &store]).ended(1).err;
    assert!(told.contains("another"), "{told}");
    assert_eq!(double.stream("almoner-same.example/ledger").unwrap().len(), size);
    // What was refused left nothing behind that is read in the ledger's place.
    other.almoner(["audit", &other.ledger()]).ok();
    assert!(other.serve().terminate().success());
    let room = crate::Room::new();
    let fresh = room.path("fresh").to_str().unwrap().to_owned();
    let told = house.almoner(["init", &fresh, "--origin", "same.example/ledger", "--store", &store]).ended(1).err;
    assert!(told.contains("holds a ledger of the origin"), "{told}");
}

#[test]
fn a_cluster_restored_from_an_old_backup_is_refused() {
    let double = Double::start();
    let house = House::on(&quick(&double.connection()), "old.example/ledger");
    let served = house.serve();
    let mut authors = authors(&house, &served);
    let streams = ["", "-anchor", "-checkpoints"].map(|suffix| format!("almoner-old.example/ledger{suffix}"));
    served.published();
    let lengths: Vec<usize> = streams.iter().map(|name| double.stream(name).unwrap().len()).collect();
    for author in &mut authors {
        assert!(author.append(&served.client, 5));
    }
    served.published();
    assert!(served.terminate().success());
    for (name, length) in streams.iter().zip(lengths) {
        double.tamper(name, |stream| stream.truncate(length));
    }
    let told = house.refuses_to_serve();
    assert!(told.contains("old backup"), "{told}");
    // A machine that was never there cannot know; one with the mirror alone can.
    std::fs::remove_file(house.anchor()).unwrap();
    let told = house.refuses_to_serve();
    assert!(told.contains("this machine holds"), "{told}");
}

#[test]
fn moving_back_ends_a_node_that_was_forgotten() {
    let double = Double::start();
    let store = quick(&double.connection());
    let house = House::on(&store, "forgotten.example/ledger");
    let mut served = house.serve();
    let mut authors = authors(&house, &served);
    assert!(authors[0].append(&served.client, 5));
    served.published();
    let other = house.another(true);
    other.almoner(["migrate", "--from", &store, "--to", &format!("sqlite:{}", other.ledger())]).ok();
    assert!(!authors[0].append(&served.client, 1), "the forgotten node must acknowledge nothing");
    assert!(!served.wait().success(), "there is nothing to follow: it says where the ledger went");
    let told = house.refuses_to_serve();
    assert!(told.contains("has moved") && told.contains("directory"), "{told}");
    let moved = other.serve();
    nothing_is_lost(&authors, &moved);
    assert!(authors[0].append(&moved.client, 1), "what was not acknowledged is sent again");
    assert!(moved.terminate().success());
    audited(&other, 6);
}

#[test]
fn a_mirror_that_is_ahead_of_the_anchor_is_filled_anew() {
    use almoner_store::{Append, KurrentLog, Log as _};
    let double = Double::start();
    let house = House::on(&quick(&double.connection()), "ahead.example/ledger");
    let served = house.serve();
    served.published();
    assert!(served.terminate().success());
    // Entries that a leader has shown, and that vanish with it.
    let stream = "almoner-ahead.example/ledger";
    let cluster = crate::cluster(&double.connection());
    let log =
        KurrentLog::open(&cluster, &house.origin, acceptance::voice(), house.path("ledger/mirror.sqlite")).unwrap();
    let size = log.size().unwrap();
    assert_eq!(log.append(size, &crate::batch(900, 0, 3)), Append::Appended);
    drop(log);
    double.tamper(stream, |events| events.truncate(usize::try_from(size).unwrap()));
    let served = house.serve();
    assert_eq!(served.published(), size + 1, "the epoch stands where they stood");
    assert!(served.terminate().success());
    audited(&house, 0);
}
