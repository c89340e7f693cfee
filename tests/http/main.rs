//! Refusals over HTTP: tables that anybody can read, one row for each way to be refused.
//!
//! Every row is sent to one running `almoner serve`. Unless the row says 201, the size of the log and
//! every balance must be afterwards what they were before, and the answer a problem (RFC 9457) with
//! the row's status and code; nothing is ever answered 500.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod again;
mod books;
mod chains;
mod drafts;
mod held;
mod lent;
mod notes;
mod promises;
mod requests;
mod stage;
mod values;

use acceptance::DAY;
use almoner_ledger::Code;
use almoner_ledger::refusal::Class;
use almoner_proof::Envelope;
use serde_json::json;
use stage::Stage;
use std::collections::BTreeSet;

/// One row: what is wrong, what is sent, and what must come back.
pub(crate) struct Row {
    what: &'static str,
    note: String,
    status: u16,
    code: &'static str,
}

pub(crate) fn row(what: &'static str, note: impl Into<String>, status: u16, code: &'static str) -> Row {
    Row { what, note: note.into(), status, code }
}

#[test]
fn every_refusal_has_its_row_and_changes_nothing() {
    let stage = Stage::set();
    let tables =
        [notes::rows(&stage), values::rows(&stage), chains::rows(&stage), books::rows(&stage), promises::rows(&stage)];
    let before = stage.state();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for row in tables.iter().flatten() {
        seen.insert(row.code);
        // A dry run says the same first: of the signed note, and of its text before it is signed.
        for (how, told) in dry_runs(&stage, &row.note) {
            // Which key signed, and what, nobody knows of a text that is not signed.
            let is_of_keys = row.code == "signature.invalid" || row.what == "a known label with another key";
            let is_told = told == row.code || how == "unsigned" && is_of_keys;
            if !is_told {
                wrong.push(format!("{}: a dry run, {how}: expected {}, got {told}", row.what, row.code));
            }
        }
        let answer = stage.client().send(&row.note);
        let code = if answer.status < 300 { "admitted".to_owned() } else { answer.problem() };
        if (answer.status, code.as_str()) != (row.status, row.code) {
            wrong.push(format!("{}: expected {} {}, got {}", row.what, row.status, row.code, answer.text()));
        }
        assert_eq!(stage.state(), before, "{}: something changed", row.what);
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
    let missing: Vec<_> = Code::ALL
        .iter()
        .filter(|c| c.class() != Class::Defect)
        .map(|c| c.word())
        .filter(|c| !seen.contains(c))
        .collect();
    assert!(missing.is_empty(), "codes without a row: {missing:?}");
}

/// What dry runs of a note say: the codes of its refusal.
fn dry_runs(stage: &Stage, note: &str) -> Vec<(&'static str, String)> {
    let code = |media: &str, body: &[u8]| {
        let told = stage.client().post("/v1/events?dry_run=true", media, body).ok();
        told.json["results"][0]["code"].as_str().unwrap_or("admitted").to_owned()
    };
    let mut told = vec![("signed", code("text/plain", note.as_bytes()))];
    if let Ok(envelope) = Envelope::parse(note.as_bytes()) {
        let signers: Vec<&str> = envelope.signatures().map(|(name, _)| name).collect();
        let drafts = json!({"drafts": [{"text": envelope.text(), "signers": signers}]}).to_string();
        told.push(("unsigned", code("application/json", drafts.as_bytes())));
    }
    told
}

#[test]
fn every_code_leads_to_a_page_that_says_what_to_do() {
    let stage = Stage::set();
    for code in Code::ALL {
        let page = stage.client().get(&format!("/problems/{code}")).ok();
        assert_eq!(page.json["advice"], code.advice(), "{code}");
    }
}

#[test]
fn a_receipt_is_judged_and_what_went_back_later_is_told() {
    let stage = Stage::set();
    stage.served.published();
    let event = stage.gifts.reference()["event"].as_str().unwrap().to_owned();
    let url = stage.served.client.url().to_owned();
    let out = stage.house.text("gift.tlog-proof");
    let receipt = |gift: &str, from: &str| {
        let code = format!("{}.{gift}", event.to_uppercase());
        stage.house.almoner(["receipt", &code, "--from", from, "--out", &out]).ok()
    };
    let later = "later: gift 1 CNY 10.00 given back to the donor on ";
    let told = receipt("1", &url);
    assert!(told.err.contains(later) && told.err.contains(&format!("{DAY}, by well#")), "{told:?}");
    let told = receipt("0", &url);
    assert!(!told.err.contains("later: "), "{told:?}");
    // From a copy, with its policy beside it.
    let tiles = stage.house.text("copy");
    stage.house.almoner(["export", "tiles", "--from", &url, "--out", &tiles]).ok();
    std::fs::copy(stage.house.path("ledger/policy"), stage.house.path("copy/policy")).unwrap();
    let told = receipt("1", &tiles);
    assert!(told.err.contains(later), "{told:?}");
    let verified = stage.house.almoner(["verify", &out, "--policy", &stage.house.text("ledger/policy")]).ok();
    assert!(verified.out.lines().count() > 5);
    for line in verified.out.lines().skip(1) {
        assert!(told.err.contains(line), "{line:?} is missing in {told:?}");
    }
    assert!(told.err.lines().any(|line| line.starts_with("genuine")), "{told:?}");
}
