//! Stored bytes that change under a running node: nothing of them is served, and nothing more is taken.

use crate::bent::{Answer, Harm, Listening, ORIGIN, Row, World, gift, quick, slow, well};
use almoner_proof::event::Draft;
use almoner_proof::merkle::empty_root;
use almoner_proof::receipt::{Verdict, judge};
use almoner_proof::tile::Tile;
use almoner_proof::{Hash, Policy, note};
use almoner_server::app::{Node, Status};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

/// One world, one test at a time: each bends the store in its own way.
static WORLD: LazyLock<std::sync::Mutex<World>> = LazyLock::new(|| std::sync::Mutex::new(World::new()));

fn world() -> std::sync::MutexGuard<'static, World> {
    let world = WORLD.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    world.log.harm(None);
    world
}

/// Every way by which stored bytes leave.
fn paths(world: &World) -> Vec<String> {
    let size = world.size;
    let mut paths: Vec<String> = Tile::all(size).map(|tile| format!("/{tile}")).collect();
    for index in [20, 29, 30, 31, 200, 255, 256, 300, size - 5, size - 4, size - 3, size - 1] {
        paths.extend(["/v1/events/", "/v1/receipts/", "/log/"].map(|path| format!("{path}{index}")));
    }
    let others = [
        "/checkpoint",
        "/tile/0/000.p/77",
        "/tile/entries/000.p/40",
        "/v1/events?limit=40",
        "/v1/events?limit=1000",
        "/v1/events?after=256&limit=100",
        "/v1/chains/well/events",
        "/v1/log?at=31",
        "/v1/log?at=300",
        "/v1/totals?at=260",
        "/v1/gifts/well-26.0",
        "/v1/receipts/well-26.0",
        "/r/well-26.0",
        "/log",
        "/log?before=60",
        "/c/well",
        "/f/well/water",
        "/v1/chains/well",
        "/v1/balances",
        "/",
        "/v1/events?type=event.reversed/1",
    ];
    paths.extend(others.map(str::to_owned));
    paths
}

fn ask(node: &Listening, paths: &[String]) -> BTreeMap<String, Answer> {
    paths.iter().map(|path| (path.clone(), node.get(path))).collect()
}

fn code(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.2).unwrap_or_default();
    body["code"].as_str().unwrap_or_default().to_owned()
}

fn is_damaged(path: &str, answer: &Answer) -> bool {
    if answer.0 == 200 {
        return false;
    }
    assert_eq!((answer.0, code(answer).as_str(), answer.1.as_str()), (500, "ledger.damaged", "no-store"), "{path}");
    true
}

/// The next event of the charity.
fn next(node: &Node, kind: &str, data: &Value) -> Vec<u8> {
    let (seq, prev) = node.shared().head("well").unwrap();
    let (data, seen) = (data.to_string(), (0, empty_root()));
    let time = "2026-11-20T09:00:00Z";
    let draft = Draft { log: ORIGIN, chain: "well", seq, prev, seen, time, kind, data: &data };
    note::sign(&draft.text(), &[&well()]).into_bytes()
}

fn takes_nothing(world: &World, node: &Listening) {
    assert!(matches!(node.node.shared().status(), Status::Damaged(_)), "{:?}", node.node.shared().status());
    let ready = node.get("/readyz");
    assert_eq!((ready.0, code(&ready).as_str(), ready.1.as_str()), (503, "ledger.damaged", "no-store"));
    assert_eq!(node.get("/livez").0, 200);
    let event = next(&node.node, "donation.received/1", &gift(77));
    for path in ["/v1/events", "/v1/events?dry_run=true"] {
        let told = node.post(path, &event);
        assert_eq!((told.0, code(&told).as_str()), (503, "ledger.stopped"), "{path}");
    }
    assert_eq!(node.node.shared().committed(), world.size);
}

#[test]
fn what_is_damaged_is_not_served_and_what_verifies_is() {
    let world = world();
    let all = paths(&world);
    let sound = {
        let node = Listening::new(world.start(slow()).unwrap());
        let sound = ask(&node, &all);
        assert_eq!(node.get("/readyz").0, 200);
        sound
    };
    for (path, answer) in &sound {
        assert_eq!(answer.0, 200, "{path}: {}", String::from_utf8_lossy(&answer.2));
    }
    let policy = {
        let node = world.start(slow()).unwrap();
        Policy::parse(&format!("log {}\nquorum none\n", node.vkey())).unwrap()
    };
    let tail = world.size - 4;
    let harms = [
        (
            Harm::Entry(30),
            vec!["/v1/events/30", "/v1/receipts/30", "/log/30", "/tile/entries/000", "/v1/events?limit=40"],
        ),
        (Harm::Signature(30), vec!["/v1/events/30", "/v1/receipts/30", "/log/30", "/tile/entries/000"]),
        (Harm::Leaf(30), vec!["/tile/0/000", "/tile/0/000.p/77"]),
        (Harm::Both(30), vec!["/v1/events/30", "/v1/receipts/30", "/tile/entries/000", "/tile/0/000", "/v1/log?at=31"]),
        (Harm::Gone(30), vec!["/v1/events/30", "/v1/receipts/30", "/log/30", "/tile/entries/000"]),
        (Harm::LeafGone(30), vec!["/tile/0/000"]),
        (Harm::Entry(tail), vec![]),
        (Harm::Both(tail), vec![]),
        (Harm::Gone(tail), vec![]),
    ];
    for (harm, bad) in harms {
        let node = Listening::new(world.start(slow()).unwrap());
        world.log.harm(Some(harm.clone()));
        let found = ask(&node, &all);
        let mut damaged = Vec::new();
        for (path, answer) in &found {
            if is_damaged(path, answer) {
                damaged.push(path.as_str());
            } else {
                // `committed` and the like are told in one place only.
                assert!(answer.2 == sound[path].2, "{harm:?}: {path} is served changed");
            }
        }
        for path in bad {
            assert!(damaged.contains(&path), "{harm:?}: {path} is served; damaged are {damaged:?}");
        }
        // What does not rest on it is there. Behind a consistent pair nothing of its tile can be told apart, and there
        // the charity's key was introduced.
        let near = match harm {
            Harm::Both(30) => ["/v1/events/300", "/log/300", "/tile/entries/001"],
            _ => ["/v1/events/31", "/v1/receipts/31", "/tile/entries/001"],
        };
        for path in near.into_iter().chain(["/checkpoint", "/tile/1/000.p/2"]) {
            assert!(!damaged.contains(&path), "{harm:?}: {path} is not served");
        }
        if let Harm::Entry(at) | Harm::Both(at) | Harm::Gone(at) = harm
            && at == tail
        {
            assert!(damaged.contains(&format!("/v1/events/{tail}").as_str()), "{damaged:?}");
            assert!(!damaged.contains(&format!("/v1/events/{}", tail + 1).as_str()), "{damaged:?}");
        }
        for (path, (_, _, body)) in
            found.iter().filter(|(path, told)| path.starts_with("/v1/receipts/") && told.0 == 200)
        {
            assert_eq!(judge(body, Some(&policy)).verdict, Verdict::Genuine, "{harm:?}: {path}");
        }
        takes_nothing(&world, &node);
        world.log.harm(None);
    }
}

#[test]
fn the_sequencer_decides_nothing_on_damage() {
    let world = world();
    let chain = 1;
    let (again, earlier) = (world.index_of(100), world.index_of(40));
    for bent in [Some(world.index_of(101)), None, Some(world.size + 5)] {
        // The same event again is no fork because its position cannot be read.
        let node = Listening::new(world.start(slow()).unwrap());
        world.log.harm(Some(Harm::Position(chain, 100, bent)));
        let told = node.post("/v1/events", &world.notes[again as usize]);
        assert_eq!((told.0, code(&told).as_str()), (503, "ledger.stopped"), "position {bent:?}");
        takes_nothing(&world, &node);
        world.log.harm(None);
    }
    for harm in [Harm::Position(chain, 40, Some(earlier + 1)), Harm::Position(chain, 40, None), Harm::Entry(earlier)] {
        for path in ["/v1/events", "/v1/events?dry_run=true"] {
            let node = Listening::new(world.start(slow()).unwrap());
            let reversed = json!({
                "event": "well#40", "hash": world.hash(earlier).to_base64(), "effective_date": "2026-11-19", "reason": "twice",
            });
            let reversal = next(&node.node, "event.reversed/1", &reversed);
            world.log.harm(Some(harm.clone()));
            let told = node.post(path, &reversal);
            assert_eq!((told.0, code(&told).as_str()), (503, "ledger.stopped"), "{path} {harm:?}");
            takes_nothing(&world, &node);
            world.log.harm(None);
        }
    }
    // Whereas a mistake of the author's is one.
    let node = Listening::new(world.start(slow()).unwrap());
    let reversed = json!({
        "event": "well#40", "hash": Hash::of(b"another").to_base64(), "effective_date": "2026-11-19", "reason": "twice",
    });
    let told = node.post("/v1/events", &next(&node.node, "event.reversed/1", &reversed));
    assert_eq!((told.0, code(&told).as_str()), (422, "ref.hash"));
    assert_eq!(node.post("/v1/events", &world.notes[again as usize]).0, 200, "a duplicate");
    assert_eq!(node.node.shared().status(), Status::Ready);
}

#[test]
fn a_start_refuses_what_no_later_read_would_notice() {
    let world = world();
    let newest = {
        let node = world.start(slow()).unwrap();
        assert_eq!(node.shared().published_size(), world.size);
        let mut count = 0usize;
        almoner_store::Log::checkpoints(&*world.log, 0, &mut |_| {
            count += 1;
            true
        })
        .unwrap();
        count - 1
    };
    let harms = [
        (Harm::Position(1, 100, Some(world.index_of(101))), "the position of well#100 names entry"),
        (Harm::Position(1, 100, Some(world.size + 1)), "the position of well#100 names entry"),
        (Harm::Position(1, 100, None), "a position before that of well#101 is missing"),
        (Harm::Position(1, 523, None), "is missing"),
        (Harm::Position(0, 0, None), "is missing"),
        (Harm::Checkpoint(newest, Row::Signature), "its signature does not verify"),
        (Harm::Checkpoint(newest, Row::Root), "its note tells the size"),
        (Harm::Checkpoint(newest, Row::Size), "its note tells the size"),
        (Harm::Checkpoint(newest, Row::Text), "is not what was signed"),
        (Harm::Checkpoint(0, Row::Signature), "its signature does not verify"),
        (Harm::Checkpoint(1, Row::Root), "its note tells the size"),
        (Harm::Checkpoint(1, Row::Size), "its note tells the size"),
        (Harm::Entry(30), "entry 30 is not what was stored"),
        (Harm::Leaf(30), "entry 30 is not what was stored"),
        (Harm::Both(30), "entry 3"),
        (Harm::Gone(30), "at index 30"),
    ];
    for (harm, says) in harms {
        world.log.harm(Some(harm.clone()));
        let error = world.start(slow()).err().unwrap_or_else(|| panic!("{harm:?}: it starts"));
        let text = format!("{error:#}");
        assert!(text.contains(says), "{harm:?}: {text}");
        assert!(
            ["copy", "restore", "does not verify"].iter().any(|word| text.contains(word)),
            "{harm:?} without what to do: {text}"
        );
    }
    world.log.harm(None);
    assert_eq!(world.start(slow()).unwrap().shared().status(), Status::Ready);
}

#[test]
fn what_nobody_asks_for_is_found_by_the_reader_that_goes_round() {
    let world = world();
    let tail = world.size - 2;
    let harms = [
        (Harm::Entry(300), "entry 300 is not what was signed"),
        (Harm::Leaf(300), "the leaf hash of entry 300"),
        (Harm::Both(300), "one of the entries 256 to 511"),
        (Harm::Leaf(tail), "the leaf hash of entry"),
        (Harm::LeafGone(tail), "is missing"),
        (Harm::Entry(tail), "is not what was signed"),
        (Harm::Position(1, 200, Some(3)), "the position of well#200 names entry 3"),
        (Harm::Position(1, 200, None), "a position before that of well#201 is missing"),
        (Harm::Checkpoint(1, Row::Signature), "its signature does not verify"),
        (Harm::Checkpoint(1, Row::Gone), "is missing"),
    ];
    for (harm, says) in harms {
        let node = Listening::new(world.start(quick(Duration::from_millis(1))).unwrap());
        std::thread::park_timeout(Duration::from_millis(20));
        assert_eq!(node.node.shared().status(), Status::Ready, "a sound store");
        world.log.harm(Some(harm.clone()));
        let since = Instant::now();
        while node.node.shared().status() == Status::Ready {
            assert!(since.elapsed() < Duration::from_secs(20), "{harm:?} is not found");
            std::thread::park_timeout(Duration::from_millis(1));
        }
        let Status::Damaged(why) = node.node.shared().status() else { panic!("{:?}", node.node.shared().status()) };
        assert!(why.contains(says), "{harm:?}: {why}");
        takes_nothing(&world, &node);
        world.log.harm(None);
    }
}

/// What never changes is kept as it went out: it is right whatever has become of the disk, and hides nothing.
#[test]
fn what_was_served_before_is_right_and_its_damage_is_found_all_the_same() {
    let world = world();
    let ask = ["/tile/0/000", "/tile/entries/000", "/v1/events/30?at=300"];
    for harm in [Harm::Entry(30), Harm::Leaf(30), Harm::Both(30)] {
        let node = Listening::new(world.start(quick(Duration::from_millis(1))).unwrap());
        let sound = ask.map(|path| node.get(path));
        assert!(sound.iter().all(|answer| answer.0 == 200 && answer.1.ends_with("immutable")), "{sound:?}");
        world.log.harm(Some(harm.clone()));
        assert!(ask.map(|path| node.get(path)) == sound, "{harm:?}");
        let since = Instant::now();
        while node.node.shared().status() == Status::Ready {
            assert!(since.elapsed() < Duration::from_secs(20), "{harm:?} is not found");
            std::thread::park_timeout(Duration::from_millis(1));
        }
        takes_nothing(&world, &node);
        assert!(ask.map(|path| node.get(path)) == sound, "{harm:?}");
        // Nobody has asked for these before.
        let fresh = if matches!(harm, Harm::Leaf(_)) { "/tile/0/000.p/77" } else { "/v1/events/30" };
        assert_eq!(node.get(fresh).0, 500, "{harm:?}");
        world.log.harm(None);
    }
}

#[test]
fn the_reader_that_goes_round_ends_with_the_node() {
    let world = world();
    for options in [slow(), quick(Duration::from_secs(3600))] {
        let node = world.start(options).unwrap();
        let since = Instant::now();
        node.stop();
        assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    }
}
