//! The same again, many at once, and heads that conflicts tell.

use crate::stage::{Stage, gift, spent};
use acceptance::Event;
use almoner_proof::Policy;
use almoner_proof::receipt::{Verdict, judge};
use serde_json::{Value, json};
use std::sync::Barrier;
use std::time::Duration;

#[test]
fn the_same_event_again_is_the_same_event() {
    let stage = Stage::set();
    let before = stage.state();
    // The stage begins at index 4, after what `init` wrote.
    for (index, event) in (4u64..).zip(&stage.events) {
        let answer = stage.client().send(&event.note());
        assert_eq!((answer.status, &answer.json["index"]), (200, &json!(index)), "{}", answer.text());
        assert_eq!(answer.json["hash"], event.hash().to_base64());
        assert_eq!(answer.json["duplicate"], true);
    }
    assert_eq!(stage.state(), before);
}

#[test]
fn sent_by_many_at_once_it_is_admitted_once() {
    let stage = Stage::set();
    let senders = 16;
    let mut pen = stage.pen.clone();
    let mut size = stage.state().0.as_u64().unwrap();
    for round in 0..8 {
        let note = pen.write("well", "donation.received/1", gift()).note();
        let start = Barrier::new(senders);
        let answers: Vec<(u16, Value)> = std::thread::scope(|scope| {
            let send = || {
                start.wait();
                let answer = stage.client().send(&note);
                (answer.status, answer.json["index"].clone())
            };
            let threads: Vec<_> = (0..senders).map(|_| scope.spawn(send)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let created = answers.iter().filter(|(status, _)| *status == 201).count();
        assert_eq!(created, 1, "round {round}: {answers:?}");
        assert!(answers.iter().all(|(status, _)| matches!(status, 200 | 201)), "round {round}: {answers:?}");
        assert!(answers.iter().all(|(_, index)| *index == json!(size)), "round {round}: {answers:?}");
        size += 1;
        assert_eq!(stage.state().0, json!(size), "round {round}");
    }
}

#[test]
fn of_many_texts_for_one_seq_one_is_admitted() {
    let stage = Stage::set();
    let size = stage.state().0.as_u64().unwrap();
    let senders = 16;
    let start = Barrier::new(senders);
    let send = |cents: usize| {
        let event = stage.well("donation.received/1", gift()).but("10.00", &format!("10.{cents:02}"));
        start.wait();
        let answer = stage.client().send(&event.note());
        if answer.status == 201 { "admitted".to_owned() } else { answer.problem() }
    };
    let send = &send;
    let codes: Vec<String> = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..=senders).map(|cents| scope.spawn(move || send(cents))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(codes.iter().filter(|code| *code == "admitted").count(), 1, "{codes:?}");
    assert!(codes.iter().all(|code| code == "admitted" || code == "chain.fork"), "{codes:?}");
    assert_eq!(stage.state().0, json!(size + 1));
}

#[test]
fn twice_in_one_request_it_is_admitted_once() {
    let stage = Stage::set();
    let size = stage.state().0;
    let note = stage.well("donation.received/1", gift()).note();
    let results = stage.client().send_many(&[note.clone(), note.clone(), note]);
    let told: Vec<_> = results.iter().map(|result| (result["status"].as_u64().unwrap(), &result["index"])).collect();
    assert_eq!(told, [(201, &size), (200, &size), (200, &size)]);
}

#[test]
fn a_conflict_tells_the_head_that_the_next_draft_needs() {
    let stage = Stage::set();
    let last = stage.events.iter().rfind(|event| event.id().starts_with("well#")).unwrap();
    let seq: u64 = last.id().trim_start_matches("well#").parse().unwrap();
    let head = json!({"seq": seq, "hash": last.hash().to_base64()});
    let next = || stage.well("donation.received/1", gift());
    for (what, event) in [
        ("chain.fork", next().with("seq", seq.to_string())),
        ("chain.fork", next().with("seq", "1")),
        ("chain.gap", next().with("seq", (seq + 2).to_string())),
        ("chain.prev", next().with("prev", stage.fund.hash().to_base64())),
    ] {
        let answer = stage.client().send(&event.note());
        assert_eq!((answer.status, answer.problem().as_str()), (409, what));
        assert_eq!(answer.json["head"], head, "{what}");
    }
    // Drafted again on that head it goes in.
    assert_eq!(stage.client().send(&next().note()).status, 201);
}

#[test]
fn a_refusal_within_a_request_stops_its_own_chain_only() {
    let stage = Stage::set();
    let before = stage.state();
    let mut pen = stage.pen.clone();
    let mut write = |chain: &str, kind: &str, data: Value| pen.write(chain, kind, data);
    let programme = |id: &str| json!({"programme": format!("programme/{id}"), "name": {"en": "P"}});
    let events: Vec<(Event, u64, &str)> = vec![
        (write("well", "donation.received/1", gift()), 201, "admitted"),
        (write("well", "expenditure.recorded/1", spent("fund/water", "40000.00")), 422, "fund.overdrawn"),
        (write("well", "donation.received/1", gift()), 409, "chain.gap"),
        (write("geo", "programme.opened/1", programme("a")), 201, "admitted"),
        (
            write("well", "fund.opened/1", json!({"fund": "fund/x", "class": "restricted", "purpose": "p"})),
            409,
            "chain.gap",
        ),
        (stage.fund.clone(), 200, "admitted"),
        (write("geo", "programme.opened/1", programme("b")), 201, "admitted"),
        (write("mole", "programme.opened/1", programme("a")), 201, "admitted"),
    ];
    let notes: Vec<String> = events.iter().map(|(event, _, _)| event.note()).collect();
    let results = stage.client().send_many(&notes);
    assert_eq!(results.len(), events.len());
    for ((event, status, code), result) in events.iter().zip(&results) {
        assert_eq!(result["status"], *status, "{}: {result}", event.id());
        assert_eq!(result["code"].as_str().unwrap_or("admitted"), *code, "{}: {result}", event.id());
    }
    assert_eq!(stage.state().0, json!(before.0.as_u64().unwrap() + 4), "four were admitted");
    // The first of them stays in, and its chain goes on behind it.
    let mut pen = stage.pen.clone();
    assert_eq!(stage.client().send(&pen.write("well", "donation.received/1", gift()).note()).status, 200);
    assert_eq!(stage.client().send(&pen.write("well", "donation.received/1", gift()).note()).status, 201);
}

#[test]
fn what_is_acknowledged_is_published_soon_and_its_receipt_holds() {
    let stage = Stage::set();
    let note = stage.well("donation.received/1", gift()).note();
    let told = stage.client().send(&note);
    assert_eq!(told.status, 201);
    let url = told.json["receipt"].as_str().unwrap();
    // Until a published checkpoint covers it the receipt is pending, and says when to ask again.
    let receipt = loop {
        let answer = stage.client().get(url);
        if answer.status == 200 {
            break answer;
        }
        assert_eq!((answer.status, answer.problem().as_str()), (503, "receipt.pending"));
        assert_ne!(answer.header("retry-after"), "");
        std::thread::park_timeout(Duration::from_millis(20));
    };
    let policy = stage.client().get("/v1/policy").ok().text();
    let judged = judge(&receipt.bytes, Policy::parse(&policy).ok().as_ref());
    assert_eq!(judged.verdict, Verdict::Genuine, "{}", judged.why);
    let proven = judged.proven.unwrap();
    assert_eq!((proven.index, proven.event.bytes()), (told.json["index"].as_u64().unwrap(), note.as_bytes()));
}

#[test]
fn a_dry_run_says_what_would_be_and_changes_nothing() {
    let stage = Stage::set();
    let before = stage.state();
    let note = stage.well("donation.received/1", gift()).note();
    let answer = stage.client().post("/v1/events?dry_run=true", "text/plain", note.as_bytes()).ok();
    assert!(!answer.json["results"][0]["would"].as_array().unwrap().is_empty(), "{}", answer.text());
    let bad = stage.well("expenditure.recorded/1", spent("fund/water", "986.01")).note();
    let refused = stage.client().post("/v1/events?dry_run=true", "text/plain", bad.as_bytes()).ok();
    assert_eq!(refused.json["results"][0]["code"], "fund.overdrawn", "{}", refused.text());
    assert_eq!(stage.state(), before);
    // The very same note is admitted afterwards, and one gift more is in the books.
    assert_eq!(stage.client().send(&note).status, 201);
    stage.served.published();
    assert_ne!(stage.state().1, before.1);
}
