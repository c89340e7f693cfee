//! What somebody else writes into a ledger's streams: passed over where it can be, and a way out where it cannot.

use crate::nodes::until;
use crate::quick;
use acceptance::double::{Double, Recorded};
use acceptance::load::{audited, authors, nothing_is_lost};
use acceptance::{House, Served};
use almoner_store::{Append, KurrentLog, Log as _};

/// Something that anybody could append.
fn junk(data: &[u8]) -> Recorded {
    Recorded {
        revision: 0,
        id: uuid::Uuid::new_v4(),
        kind: "anything".to_owned(),
        data: data.to_vec().into(),
        metadata: Vec::new().into(),
        json: false,
        position: 0,
    }
}

/// An address that nobody listens at.
fn free_address() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[test]
fn what_is_foreign_beside_the_entries_is_passed_over() {
    let double = Double::start();
    let house = House::on(&quick(&double.connection()), "noisy.example/ledger");
    let mut served = house.serve();
    let mut authors = authors(&house, &served);
    assert!(authors[0].append(&served.client, 3));
    served.published();
    let anchor = "almoner-noisy.example/ledger-anchor";
    let (own, other) = (double.stream(anchor).unwrap(), "almoner-noisy.example/ledger-checkpoints");
    let of = |kind: &str| own.iter().rfind(|event| event.kind == kind).unwrap().clone();
    // Nonsense, a text that another signed, a copy of the newest pin, of an older one, of the claim that counts.
    let forged = Recorded {
        data: b"almoner/claim@v1\nstream x\n\n\xe2\x80\x94 x AAAA\n".to_vec().into(),
        ..of("almoner.claim")
    };
    for event in [junk(b"{}"), forged, of("almoner.pin"), own[1].clone(), of("almoner.claim"), junk(&[0xff; 70_000])] {
        double.intrude(anchor, event.clone());
        double.intrude(other, event);
        // Who writes goes on behind it.
        assert!(authors[0].append(&served.client, 1));
    }
    nothing_is_lost(&authors, &served);
    // A start, a takeover and a follower do, too, and the operator is told.
    let told = served.stop();
    assert!(told.contains("passed over") && told.contains(anchor), "{told}");
    served = house.serve();
    let next = house.another(true);
    let monitored = free_address();
    let taken: Served = next.serve_with(&["--metrics", &monitored]);
    assert!(authors[0].append(&taken.client, 2));
    // What a takeover meets is counted from the newest pin on; the checkpoints' stream is read whole by a new mirror.
    double.intrude(anchor, junk(b"{}"));
    let monitor = acceptance::Client::new(&format!("http://{monitored}"));
    let figure = |name: &str| {
        let text = monitor.get("/metrics").ok().text();
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("almoner_{name} ")).map(str::to_owned));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse::<u64>().unwrap()
    };
    until("the count in the metrics", || (figure("foreign_anchor_events_total") > 0).then_some(()));
    assert!(figure("foreign_checkpoint_events_total") >= 6);
    assert_eq!((figure("ready"), figure("epoch")), (1, 3));
    until("the old one's stepping down", || crate::nodes::says(&served, "/readyz", "follows").then_some(()));
    let size = nothing_is_lost(&authors, &taken);
    until("the follower's last checkpoint", || (served.published() == size).then_some(()));
    nothing_is_lost(&authors, &served);
}

#[test]
fn a_foreign_entry_stops_the_node_and_there_is_a_way_out() {
    let double = Double::start();
    let store = quick(&double.connection());
    let house = House::on(&store, "barred.example/ledger");
    let mut served = house.serve();
    let mut authors = authors(&house, &served);
    assert!(authors[0].append(&served.client, 5));
    served.published();
    let entries = "almoner-barred.example/ledger";
    double.intrude(entries, junk(b"mine"));
    double.intrude(entries, junk(b"mine, too"));
    assert!(!authors[0].append(&served.client, 2), "nothing is acknowledged behind it");
    assert!(!served.wait().success());
    let told = house.refuses_to_serve();
    assert!(told.contains("not this ledger's") && told.contains("almoner migrate"), "{told}");
    // Out, without a backup; and what was acknowledged is there.
    let dir = format!("sqlite:{}", house.ledger());
    let moved = house.almoner(["migrate", "--from", &store, "--to", &dir]).ok();
    assert!(moved.err.contains("2 events of the stream"), "{}", moved.err);
    let served = house.serve();
    nothing_is_lost(&authors, &served);
    assert!(authors[0].append(&served.client, 2), "what was not acknowledged is sent again");
    nothing_is_lost(&authors, &served);
    assert!(served.terminate().success());
    // And in again, into streams of a new generation, which the old ones' last seal names.
    house.almoner(["migrate", "--from", &dir, "--to", &store]).ok();
    assert!(double.stream("almoner-barred.example/ledger~2").is_some());
    let served = house.serve();
    assert!(authors[0].append(&served.client, 2));
    let size = nothing_is_lost(&authors, &served);
    // Another machine, which knows the origin and the connection alone, finds it there.
    let other = house.another(true);
    let taken = other.serve();
    assert!(authors[0].append(&taken.client, 2));
    assert!(nothing_is_lost(&authors, &taken) > size);
    assert_eq!(
        double.stream(entries).unwrap().last().unwrap().data[..],
        b"mine, too"[..],
        "the old ones are as they were"
    );
    audited(&other, authors.iter().map(|author| author.acknowledged.len()).sum());
}

#[test]
fn a_move_into_new_streams_that_was_broken_off_goes_on_in_the_same() {
    let double = Double::start();
    double.user("giving", "open", false);
    let store = quick(&double.connection_as("giving", "open"));
    let house = House::on(&store, "resumed.example/ledger");
    let dir = format!("sqlite:{}", house.ledger());
    let served = house.serve();
    let mut authors = authors(&house, &served);
    assert!(authors[0].append(&served.client, 5));
    assert!(served.terminate().success());
    double.intrude("almoner-resumed.example/ledger", junk(b"mine"));
    house.almoner(["migrate", "--from", &store, "--to", &dir]).ok();
    // All is brought, and then the old streams cannot be sealed.
    let writers = |list: &'static [u8]| {
        double.tamper("$$almoner-resumed.example/ledger-anchor", move |stream| {
            stream.last_mut().unwrap().data = list.to_vec().into();
        });
    };
    writers(br#"{"$acl":{"$w":"nobody"}}"#);
    house.almoner(["migrate", "--from", &dir, "--to", &store]).ended(1);
    assert!(double.stream("almoner-resumed.example/ledger~2").is_some());
    let served = house.serve();
    assert!(authors[0].append(&served.client, 2), "until then the directory serves");
    assert!(served.terminate().success());
    writers(br#"{"$acl":{"$w":"giving"}}"#);
    house.almoner(["migrate", "--from", &dir, "--to", &store]).ok();
    assert!(double.stream("almoner-resumed.example/ledger~3").is_none());
    assert!(!std::path::Path::new(&house.ledger()).join("moving.anchor").exists());
    let other = house.another(true);
    let served = other.serve();
    assert!(authors[0].append(&served.client, 2));
    nothing_is_lost(&authors, &served);
}

#[test]
fn an_entry_that_the_ledger_does_not_admit_is_left_behind() {
    let double = Double::start();
    let store = quick(&double.connection());
    let house = House::on(&store, "strange.example/ledger");
    let served = house.serve();
    let mut authors = authors(&house, &served);
    assert!(authors[0].append(&served.client, 5));
    served.published();
    assert!(served.terminate().success());
    // As an entry is written, and no event.
    let (cluster, room) = (crate::cluster(&double.connection()), crate::Room::new());
    let log = KurrentLog::open(&cluster, &house.origin, acceptance::voice(), room.path("theirs")).unwrap();
    let size = log.size().unwrap();
    assert_eq!(log.append(size, &crate::batch(900, 0, 3)), Append::Appended);
    drop(log);
    let told = house.refuses_to_serve();
    assert!(told.contains(&format!("entry {size}")) && told.contains("almoner migrate"), "{told}");
    let dir = format!("sqlite:{}", house.ledger());
    let moved = house.almoner(["migrate", "--from", &store, "--to", &dir]).ok();
    assert!(moved.err.contains("3 events of the stream"), "{}", moved.err);
    let served = house.serve();
    nothing_is_lost(&authors, &served);
    assert!(served.terminate().success());
    audited(&house, authors.iter().map(|author| author.acknowledged.len()).sum());
}

#[test]
fn where_the_connection_names_a_user_nobody_else_writes() {
    let double = Double::start();
    double.user("root", "sesame", true);
    double.user("giving", "open", false);
    double.user("someone", "else", false);
    let house = House::on(&quick(&double.connection_as("giving", "open")), "mine.example/ledger");
    let served = house.serve();
    let mut authors = authors(&house, &served);
    assert!(authors[0].append(&served.client, 3));
    nothing_is_lost(&authors, &served);
    for stream in ["", "-anchor", "-checkpoints"] {
        let list = double.stream(&format!("$$almoner-mine.example/ledger{stream}")).unwrap();
        let list: serde_json::Value = serde_json::from_slice(&list.last().unwrap().data).unwrap();
        let roles = |right: &str| list["$acl"][right].clone();
        assert_eq!((roles("$w"), roles("$r"), roles("$mr")), ("giving".into(), "$all".into(), "$all".into()), "{list}");
        assert_eq!((roles("$d"), roles("$mw")), ("$admins".into(), "$admins".into()), "{list}");
    }
    let told = served.stop();
    assert!(!told.contains("can write this stream"), "{told}");
    // Whoever else reaches the port reads, and writes nothing.
    for connection in [double.connection(), double.connection_as("someone", "else")] {
        let (cluster, room) = (crate::cluster(&connection), crate::Room::new());
        let log = KurrentLog::open(&cluster, &house.origin, acceptance::voice(), room.path("theirs")).unwrap();
        let size = log.size().unwrap();
        log.stop_waiting();
        assert!(matches!(log.append(size, &crate::batch(900, 0, 1)), Append::Unknown { .. }));
        assert_eq!(double.stream("almoner-mine.example/ledger").unwrap().len() as u64, size);
    }
    // A list that lets others write is said at each start, with what to set.
    double.tamper("$$almoner-mine.example/ledger-anchor", |stream| {
        stream.last_mut().unwrap().data = br#"{"$acl":{"$w":["giving","someone"]}}"#.to_vec().into();
    });
    let told = house.serve().stop();
    assert!(told.contains("can write this stream") && told.contains(r#""$w":"giving""#), "{told}");
}
