//! Drafts beside the log: the writer held up, too many who ask, authors who go on at once, and a node that follows.

use crate::bent::{Guard, Guarded, Listening, ORIGIN, World, gift, slow, well};
use crate::drafts::{DRY_RUN, PATIENCE, Pen, post, tried};
use crate::house::settle;
use almoner_ledger::Drafted;
use almoner_proof::{Envelope, SecretKey, note};
use almoner_server::app::submit::{Submission, SubmitError};
use almoner_server::app::{Node, Options};
use almoner_store::{Limits, Log, MemoryAnchor};
use serde_json::{Value, json};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// A door of a store at which some wait: those who append, or those who look something up for drafts.
struct Stuck {
    shut: Mutex<(bool, bool)>,
    moved: Condvar,
}

impl Stuck {
    fn shut(&self, appends: bool, drafts: bool) {
        *self.shut.lock().unwrap() = (appends, drafts);
        self.moved.notify_all();
    }

    fn wait(&self, is_shut: impl Fn((bool, bool)) -> bool) {
        let shut = self.shut.lock().unwrap();
        drop(self.moved.wait_timeout_while(shut, PATIENCE, |shut| is_shut(*shut)).unwrap());
    }
}

impl Guard for Stuck {
    /// So few that a batch is soon full.
    fn limits(&self, limits: Limits) -> Limits {
        Limits { items: 2, ..limits }
    }
    fn append(&self) {
        self.wait(|(appends, _)| appends);
    }
    fn lookup(&self) {
        if thread::current().name() == Some("rehearser") {
            self.wait(|(_, drafts)| drafts);
        }
    }
}

fn start(options: Options) -> (Listening, Arc<Stuck>) {
    let World { log, anchor, .. } = World::new();
    let stuck = Arc::new(Stuck { shut: Mutex::new((false, false)), moved: Condvar::new() });
    let log = Arc::new(Guarded { inner: log, guard: Arc::clone(&stuck) });
    let node = Node::start(log, Box::new(anchor), SecretKey::from_seed(ORIGIN, &[1; 32]), options).unwrap();
    settle(&node);
    (Listening::new(node), stuck)
}

/// The charity's next gift, signed.
fn next(node: &Node, cents: u64) -> Vec<u8> {
    let mut pen = Pen::new(node);
    pen.well("donation.received/1", gift(cents));
    note::sign(&pen.texts[0].0, &[&well()]).into_bytes()
}

fn first(answer: &crate::bent::Answer) -> Value {
    let told: Value = serde_json::from_slice(&answer.2).unwrap();
    told["results"][0].clone()
}

#[test]
fn a_dry_run_answers_while_the_sequencer_is_held_up() {
    let (node, stuck) = start(Options { queue: 1, ..slow() });
    let draft = next(&node.node, 77);
    stuck.shut(true, false);
    // Until nothing more is taken in: a batch is stuck in the store, one waits for it, one waits with the sequencer.
    let (mut pen, mut waiting) = (Pen::new(&node.node), Vec::new());
    let (since, mut refused) = (Instant::now(), 0);
    while refused < 100 {
        assert!(since.elapsed() < PATIENCE, "the sequencer is never held up");
        if pen.texts.len() == waiting.len() {
            pen.well("donation.received/1", gift(1000 + pen.texts.len() as u64));
        }
        let event = note::sign(&pen.texts[waiting.len()].0, &[&well()]).into_bytes();
        let ready = Submission::new(vec![event]).verify_next(node.node.shared()).unwrap();
        match node.node.enqueue(ready, false) {
            Ok(answer) => {
                waiting.push(answer);
                refused = 0;
            }
            Err(why) => {
                assert_eq!(why, SubmitError::Busy);
                refused += 1;
                thread::park_timeout(Duration::from_millis(2));
            }
        }
    }
    for _ in 0..3 {
        let answer = node.post(DRY_RUN, &draft);
        assert_eq!(
            (answer.0, &first(&answer)["admitted"]),
            (200, &json!(true)),
            "{}",
            String::from_utf8_lossy(&answer.2)
        );
    }
    stuck.shut(false, false);
    let outcomes: Vec<_> = waiting.into_iter().flat_map(|answer| answer.blocking_recv().unwrap()).collect();
    assert!(outcomes.len() > 4 && outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    // The draft is on the head of before.
    assert_eq!(first(&node.post(DRY_RUN, &draft))["code"], "chain.fork");
}

#[test]
fn where_too_many_wait_one_more_is_told_to_come_again_and_authors_are_not_held_up() {
    let (node, stuck) = start(slow());
    let draft = next(&node.node, 77);
    let drafted = || vec![Drafted::of_note(&draft, ORIGIN)];
    stuck.shut(false, true);
    let mut answers: Vec<_> = (0..256).map(|_| node.node.rehearse(drafted()).unwrap()).collect();
    assert_eq!(node.node.rehearse(drafted()).err(), Some(SubmitError::Busy));
    let told = node.post(DRY_RUN, &draft);
    let problem: Value = serde_json::from_slice(&told.2).unwrap();
    assert_eq!((told.0, problem["code"].as_str().unwrap()), (503, "ledger.busy"));
    let retry = post(&node.base(), "text/plain", &draft);
    assert_eq!((retry.status, retry.header("retry-after")), (503, "1"));
    // Whoever writes neither waits nor is told of it.
    assert_eq!(node.post("/v1/events", &next(&node.node, 501)).0, 201);
    settle(&node.node);
    stuck.shut(false, false);
    // Those who had asked are told of the log as it was when they had, or as it is.
    let last = answers.pop().unwrap().blocking_recv().unwrap().unwrap();
    assert_eq!(last.size, node.node.shared().committed());
    assert!(answers.into_iter().all(|answer| answer.blocking_recv().unwrap().is_ok()));
    assert!(node.node.rehearse(drafted()).is_ok());
}

#[test]
fn whoever_was_told_is_tried_on_what_he_was_told() {
    let (node, _) = start(slow());
    for cents in 600..900 {
        let event = next(&node.node, cents);
        assert_eq!(node.post("/v1/events", &event).0, 201);
        // Not a moment later: the next one on it, unsigned.
        let mut pen = Pen::new(&node.node);
        pen.well("donation.received/1", gift(cents));
        let told = tried(&node.base(), &pen);
        assert_eq!(told["results"][0]["admitted"], true, "{told}");
        let previous = Envelope::parse(&event).unwrap();
        assert_eq!(told["head"]["hash"], previous.hash().to_base64());
        assert_eq!(told["results"][0]["findings"][0]["event"], format!("well#{}", previous.seq));
    }
}

#[test]
fn a_node_that_follows_tries_drafts_too() {
    let world = World::new();
    let writer = world.start(slow()).unwrap();
    let log = Arc::clone(&world.log) as Arc<dyn Log>;
    let verifier = SecretKey::from_seed(ORIGIN, &[1; 32]).verifier();
    let follower = Node::start_following(log, Box::new(MemoryAnchor::new()), verifier, slow()).unwrap();
    let follower = Listening::new(follower);
    for cents in 700..705 {
        let event = next(&writer, cents);
        let told = follower.post(DRY_RUN, &event);
        assert_eq!((told.0, &first(&told)["admitted"]), (200, &json!(true)), "{}", String::from_utf8_lossy(&told.2));
        assert_eq!(follower.post("/v1/events", &event).0, 503, "it takes no event all the same");
        assert!(writer.submit(vec![event.clone()]).unwrap()[0].is_ok());
        settle(&writer);
        let since = Instant::now();
        while follower.node.shared().committed() < writer.shared().committed() {
            assert!(since.elapsed() < PATIENCE, "the follower does not follow");
            thread::park_timeout(Duration::from_millis(5));
        }
        let told = first(&follower.post(DRY_RUN, &event));
        assert!(told["would"][0].as_str().unwrap().starts_with("nothing: the log has this event already"), "{told}");
    }
    writer.stop();
}
