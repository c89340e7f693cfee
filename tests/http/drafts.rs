//! `almoner event new`: the ledger is asked before anything is written, and long before anything is signed.

use crate::stage::{Stage, spent, well};
use acceptance::{House, Pen, Ran};
use serde_json::{Value, json};
use std::path::Path;

/// Drafts an event of `well` into a file.
fn new(stage: &Stage, kind: &str, data: &Value, more: &[&str]) -> (Ran, bool) {
    let out = stage.house.text("draft.event");
    let _ = std::fs::remove_file(&out);
    let (url, data) = (stage.served.client.url().to_owned(), data.to_string());
    let line = ["event", "new", kind, "--chain", "well", "--to", &url, "--data", &data, "--out", &out];
    let ran = stage.house.almoner(line.iter().chain(more));
    (ran, Path::new(&out).exists())
}

#[test]
fn a_draft_is_written_only_if_it_would_be_admitted() {
    let stage = Stage::set();
    let before = stage.state();
    let (ran, is_written) = new(&stage, "expenditure.recorded", &spent("fund/water", "86.00"), &[]);
    let ran = ran.ended(0);
    assert!(is_written);
    for said in ["well spent CNY\u{a0}86.00", "Pump works", "well/fund/water: not spent CNY 986.00 -> 900.00"] {
        assert!(ran.err.contains(said), "{said}: {ran:?}");
    }
    let far =
        spent("fund/water", "86.00").to_string().replace("\"effective_date\":\"2026", "\"effective_date\":\"2226");
    let far: Value = serde_json::from_str(&far).unwrap();
    let (ran, is_written) = new(&stage, "expenditure.recorded", &far, &[]);
    let ran = ran.ended(0);
    assert!(is_written && ran.err.contains("warning: date.ahead: effective_date: 2226-"), "{ran:?}");

    let over = spent("fund/water", "986.01");
    let (ran, is_written) = new(&stage, "expenditure.recorded", &over, &[]);
    let ran = ran.ended(1);
    assert!(!is_written);
    for said in ["almoner: fund.overdrawn: ", "never pays what it does not have", "fund/water has CNY 986.00"] {
        assert!(ran.err.contains(said), "{said}: {ran:?}");
    }
    // Whoever wants it all the same, and whoever is named as a signer.
    let (ran, is_written) = new(&stage, "expenditure.recorded", &over, &["--no-dry-run"]);
    ran.ended(0);
    assert!(is_written);
    let good = spent("fund/water", "1.00");
    for (signer, code) in [
        ("well/dave", ""),
        ("well/bob", "signers.role"),
        ("well/carol", "key.inactive"),
        ("well/nobody", "key.unknown"),
    ] {
        let (ran, is_written) = new(&stage, "expenditure.recorded", &good, &["--signer", signer]);
        let ran = ran.ended(i32::from(!code.is_empty()));
        assert_eq!(is_written, code.is_empty(), "{signer}");
        assert!(ran.err.contains(code), "{ran:?}");
    }
    let (ran, _) = new(&stage, "expenditure.recorded", &over, &["--signer", "well/bob"]);
    assert!(ran.ended(1).err.contains("and then: fund.overdrawn"));
    // By a key's file, of which the public half is enough.
    let key = stage.house.path("bob");
    std::fs::write(stage.house.path("bob.pub"), format!("{}\n", well("bob").verifier())).unwrap();
    let (ran, _) = new(&stage, "expenditure.recorded", &good, &["--key", key.to_str().unwrap()]);
    assert!(ran.ended(1).err.contains("signers.role"));
    assert_eq!(stage.state(), before);
}

#[test]
fn what_mends_a_refusal_is_a_command_that_runs() {
    let stage = Stage::set();
    let aside = json!({
        "account": "account/bank", "currency": "CNY", "fund": "fund/water", "amount": "5.00", "effective_date": "2026-11-20", "from": "project/wells",
    });
    let (ran, is_written) = new(&stage, "allocation.made", &aside, &[]);
    let ran = ran.ended(1);
    assert!(!is_written && ran.err.contains("fund.overdrawn"), "{ran:?}");
    let command =
        ran.err.lines().find_map(|line| line.trim().strip_prefix("set the money aside first: almoner ")).unwrap();
    let mended = stage.house.almoner(command.split(' ')).ended(0);
    assert!(
        mended.out.contains("\"to\":\"project/wells\"") && mended.out.contains("\"amount\":\"5.00\""),
        "{mended:?}"
    );
    // Signed and sent, it mends it.
    let data: Value =
        serde_json::from_str(mended.out.lines().find_map(|line| line.strip_prefix("data ")).unwrap()).unwrap();
    assert_eq!(stage.client().send(&stage.well("allocation.made/1", data).note()).status, 201);
    let out = stage.house.text("draft.event");
    new(&stage, "allocation.made", &aside, &[]).0.ended(0);
    assert!(std::fs::read_to_string(out).unwrap().contains("\nseq "));
}

#[test]
fn who_signs_is_found_for_every_rule_of_signers() {
    let stage = Stage::set();
    let key = Pen::key("well/erin").verifier().to_string();
    let added = json!({"key": {"vkey": key, "holder": "erin", "roles": ["book"]}});
    for (kind, data) in [("key.added", &added), ("key.retired", &json!({"key": "well/dave"}))] {
        let (ran, is_written) = new(&stage, kind, data, &[]);
        ran.ended(0);
        assert!(is_written, "{kind}");
    }
    let (ran, is_written) = new(&stage, "hold.lifted", &json!({"hold": "hold/h1", "reason": "r"}), &[]);
    let ran = ran.ended(1);
    assert!(!is_written && ran.err.contains("no active key of well has the role supervise"), "{ran:?}");
    // In a directory, opened by the command itself; of a chain that is there and of one that is not.
    let house = House::new("drafts.example/log");
    let key = Pen::key("mill/ann").verifier().to_string();
    let keys = json!([{"vkey": key, "holder": "ann", "roles": ["admin", "book"]}]);
    let opening = json!({"name": {"en": "Mill"}, "keys": keys, "admin_quorum": 1, "approvals": [], "recovery": {"keys": [], "quorum": 1}}).to_string();
    let described = json!({"identifiers": ["XX-1"], "names": {"en": "Importer"}}).to_string();
    for (kind, chain, data, code) in [
        ("chain.opened", "mill", opening.as_str(), 0),
        ("organisation.described", "importer", described.as_str(), 0),
        ("organisation.described", "mill", described.as_str(), 1),
    ] {
        let ledger = house.ledger();
        let ran = house.almoner(["event", "new", kind, "--chain", chain, "--data", data, "--to", &ledger]).ended(code);
        assert_eq!(ran.out.is_empty(), code == 1, "{ran:?}");
        assert_eq!(ran.err.contains("chain.unknown"), code == 1, "{ran:?}");
    }
}

#[test]
fn signed_files_are_tried_together() {
    let stage = Stage::set();
    let mut paths = Vec::new();
    let first = stage.well("fund.opened/1", json!({"fund": "fund/new", "class": "restricted", "purpose": "p"}));
    let second = stage.well("project.proposed/1", json!({"project": "project/new", "title": {"en": "New"}}));
    let event = first.reference()["event"].as_str().unwrap().to_owned();
    let seq: u64 = event.split_once('#').unwrap().1.parse().unwrap();
    let second = second.with("seq", (seq + 1).to_string()).with("prev", first.hash().to_base64());
    for (name, note) in [("one", first.note()), ("two", second.note())] {
        let path = stage.house.text(name);
        std::fs::write(&path, note).unwrap();
        paths.push(path);
    }
    let url = stage.served.client.url().to_owned();
    let both = stage.house.almoner(["event", "submit", &paths[0], &paths[1], "--to", &url, "--dry-run"]).ended(0);
    assert_eq!(both.out.matches("would be admitted").count(), 2, "{both:?}");
    assert!(both.out.contains("open fund/new"), "{both:?}");
    let alone = stage.house.almoner(["event", "submit", &paths[1], "--to", &url, "--dry-run", "--json"]).ended(1);
    let told: Value = serde_json::from_str(&alone.out).unwrap();
    assert_eq!(
        (&told["admitted"], &told["code"], &told["file"]),
        (&json!(false), &json!("chain.gap"), &json!(paths[1]))
    );
    assert!(alone.err.contains("the chain's last event is seq "), "{alone:?}");
    // Signatures are verified.
    let bent = std::fs::read_to_string(&paths[0]).unwrap().replacen("\"p\"", "\"q\"", 1);
    std::fs::write(&paths[0], bent).unwrap();
    let ran = stage.house.almoner(["event", "submit", &paths[0], "--to", &url, "--dry-run"]).ended(1);
    assert!(ran.err.contains("signature.invalid"), "{ran:?}");
}
