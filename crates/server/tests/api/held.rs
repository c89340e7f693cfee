//! Readers who stay: whatever they are in the middle of, events are acknowledged, and where they only wait for the store
//! they are published, too.

use crate::bent::{Guard, Guarded, Listening, ORIGIN, World, gift, slow, well};
use crate::house::settle;
use almoner_proof::event::Draft;
use almoner_proof::merkle::empty_root;
use almoner_proof::tile::Tile;
use almoner_proof::{SecretKey, note};
use almoner_server::app::submit::{Submission, SubmitError};
use almoner_server::app::{Node, Options};
use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

/// Only a node that hangs takes so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Keeps back a log's answers to those who read for HTTP.
struct Held {
    door: Mutex<Door>,
    moved: Condvar,
}

#[derive(Default)]
struct Door {
    /// How many answers are still given; none is kept back where it says nothing.
    shut_after: Option<usize>,
    /// Whether somebody waits for an answer.
    is_held: bool,
    /// Whether the whole was read without.
    is_done: bool,
}

/// Shuts the door, and opens it again also where a test fails.
struct Shut<'a>(&'a Held);

impl Drop for Shut<'_> {
    fn drop(&mut self) {
        self.0.door.lock().unwrap().shut_after = None;
        self.0.moved.notify_all();
    }
}

impl Held {
    fn shut_after(&self, answers: usize) -> Shut<'_> {
        *self.door.lock().unwrap() = Door { shut_after: Some(answers), ..Door::default() };
        Shut(self)
    }

    /// Waits until an answer is kept back; false where all was read before.
    fn holds_somebody(&self) -> bool {
        let door = self.door.lock().unwrap();
        let (door, _) = self.moved.wait_timeout_while(door, PATIENCE, |door| !door.is_held && !door.is_done).unwrap();
        assert!(door.is_held || door.is_done, "the reader hangs, and not in the store");
        door.is_held
    }

    fn is_done(&self) {
        self.door.lock().unwrap().is_done = true;
        self.moved.notify_all();
    }

    fn pass(&self) {
        // The threads of the node itself have names of their own.
        if !thread::current().name().is_some_and(|name| name.starts_with("tokio")) {
            return;
        }
        let mut door = self.door.lock().unwrap();
        match &mut door.shut_after {
            None => {}
            Some(0) => {
                door.is_held = true;
                self.moved.notify_all();
                drop(self.moved.wait_while(door, |door| door.shut_after.is_some()).unwrap());
            }
            Some(answers) => *answers -= 1,
        }
    }
}

impl Guard for Held {
    fn read(&self) {
        self.pass();
    }
}

/// A node on a full ledger, all of it published, and its store.
fn start(options: Options) -> (Arc<Listening>, Arc<Held>) {
    let World { log, anchor, .. } = World::new();
    let held = Arc::new(Held { door: Mutex::default(), moved: Condvar::new() });
    let log = Arc::new(Guarded { inner: log, guard: Arc::clone(&held) });
    let key = SecretKey::from_seed(ORIGIN, &[1; 32]);
    let node = Node::start(log, Box::new(anchor), key, options).unwrap();
    settle(&node);
    (Arc::new(Listening::new(node)), held)
}

/// The charity's next gift.
fn next(node: &Node) -> Vec<u8> {
    let (seq, prev) = node.shared().head("well").unwrap();
    let (data, seen) = (gift(500 + seq).to_string(), (0, empty_root()));
    let (time, kind) = ("2026-11-20T09:00:00Z", "donation.received/1");
    let draft = Draft { log: ORIGIN, chain: "well", seq, prev, seen, time, kind, data: &data };
    note::sign(&draft.text(), &[&well()]).into_bytes()
}

/// Does something that must not wait for a reader.
fn at_once<T: Send + 'static>(node: &Arc<Listening>, work: impl FnOnce(&Listening) -> T + Send + 'static) -> T {
    let node = Arc::clone(node);
    let (tell, told) = channel();
    // Not joined: where it hangs the test fails, and says so.
    thread::spawn(move || tell.send(work(&node)));
    told.recv_timeout(PATIENCE).expect("it waits for a reader")
}

fn submit(node: &Arc<Listening>) {
    at_once(node, |Listening { node, .. }| assert!(node.submit(vec![next(node)]).unwrap()[0].is_ok()));
}

#[test]
fn whoever_waits_for_the_store_keeps_nobody_waiting() {
    let (node, held) = start(slow());
    let kinds = [
        "/",
        "/c/well",
        "/f/well/water",
        "/log",
        "/log/300",
        "/log/well-26",
        "/r/well-26.0",
        "/v1/receipts/well-26.0",
        "/v1/receipts/300",
        "/v1/gifts/well-26.0",
        "/v1/events/300",
        "/v1/events?limit=1000",
        "/v1/chains/well/events",
        "/v1/log?at=300",
        "/v1/totals?at=260",
        "/v1/balances?at=260",
        "/search?q=e&at=260",
        "/tile/0/000",
        "/tile/entries/000",
    ];
    // Held in the middle of the first thing that is read for it, of the second, and so on.
    for (kind, answers) in kinds.into_iter().flat_map(|kind| (0..6).map(move |answers| (kind, answers))) {
        let answer = thread::scope(|scope| {
            let shut = held.shut_after(answers);
            let reader = scope.spawn(|| {
                let answer = node.get(kind);
                held.is_done();
                answer
            });
            if held.holds_somebody() {
                for _ in 0..3 {
                    submit(&node);
                }
                at_once(&node, |node| node.node.publish().unwrap());
                let shared = node.node.shared();
                assert_eq!(shared.published_size(), shared.committed(), "{kind}");
                // What needs no store is read beside it.
                for other in ["/v1/chains/well", "/v1/balances", "/checkpoint", "/v1/chains"] {
                    assert_eq!(at_once(&node, move |node| node.get(other)).0, 200, "{other} beside {kind}");
                }
            } else {
                assert!(answers > 0, "{kind} reads nothing");
            }
            drop(shut);
            reader.join().unwrap()
        });
        assert_eq!(answer.0, 200, "{kind}: {}", String::from_utf8_lossy(&answer.2));
    }
}

#[test]
fn whoever_holds_what_he_reads_keeps_no_author_waiting() {
    let (node, _) = start(slow());
    let shared = Arc::clone(node.node.shared());
    let (size, chains) = (shared.published_size(), "/v1/chains/well");
    {
        let (views, verified) = (shared.views(), shared.verified());
        let sound = verified.root(size).unwrap();
        for number in 1..=20 {
            submit(&node);
            assert_eq!((shared.committed(), views.size(), shared.published_size()), (size + number, size, size));
            // Others read beside him, also the author who goes on from here.
            let told: serde_json::Value =
                serde_json::from_slice(&at_once(&node, move |node| node.get(chains)).2).unwrap();
            assert_eq!(told["next_seq"].as_u64(), shared.head("well").map(|(seq, _)| seq));
            assert!(shared.note(size + number - 1).unwrap().is_some(), "what is acknowledged is read");
        }
        // What he holds stays what it was, and whoever comes later reads what is there now.
        assert_eq!(verified.root(size).unwrap(), sound);
        assert!(verified.entry(size).unwrap().is_none() && shared.verified().entry(size).unwrap().is_some());
        let tile = Tile::all(size).last().unwrap();
        assert_eq!(verified.tile(&tile, size).unwrap(), shared.verified().tile(&tile, size).unwrap());
    }
    at_once(&node, |node| node.node.publish().unwrap());
    assert_eq!((shared.views().size(), shared.published_size()), (size + 20, size + 20));
}

#[test]
fn no_event_is_taken_while_the_views_are_too_far_behind() {
    let (node, _) = start(Options { behind: 0, ..slow() });
    let shared = Arc::clone(node.node.shared());
    let views = shared.views();
    submit(&node);
    // It is acknowledged, and nothing more is taken until it is in the views.
    let event = next(&node.node);
    let ready = Submission::new(vec![event.clone()]).verify_next(&shared).unwrap();
    assert_eq!(node.node.enqueue(ready, false).err(), Some(SubmitError::Busy));
    let answer = node.post("/v1/events", &event);
    assert_eq!(answer.0, 503, "{}", String::from_utf8_lossy(&answer.2));
    assert!(String::from_utf8_lossy(&answer.2).contains("ledger.busy"));
    // Whoever may wait waits for the views, and they for the one who reads.
    let (tell, told) = channel();
    let waits = Arc::clone(&node.node);
    let waiting = thread::spawn(move || tell.send(waits.submit(vec![event]).unwrap()[0].is_ok()));
    assert!(told.try_recv().is_err());
    drop(views);
    assert!(told.recv_timeout(PATIENCE).unwrap());
    waiting.join().unwrap().unwrap();
}
