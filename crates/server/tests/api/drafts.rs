//! Drafts on trial: each on the books that those before it leave, in whatever state the node is, and nothing stays.

use crate::bent::{ORIGIN, well};
use crate::house::{Answer, Author, begin, send, settle};
use almoner_proof::event::Draft;
use almoner_proof::merkle::empty_root;
use almoner_proof::{Hash, SecretKey, note};
use almoner_server::app::Node;
use almoner_site::Scene;
use almoner_site::tell::{self, Language};
use almoner_wire as wire;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Only a node that hangs takes so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
pub(crate) const DRY_RUN: &str = "/v1/events?dry_run=true";

/// A ledger with an admitted charity `well`, whose treasurer's key is that of the seed 50.
struct Place {
    base: String,
    node: Arc<Node>,
    _directory: tempfile::TempDir,
}

fn place() -> Place {
    let directory = tempfile::tempdir().unwrap();
    let (node, base) = begin(directory.path());
    let mut author = Author::new(&node);
    let all = ["admin", "book", "report", "request", "approve"];
    author.open("well", json!({"en": "The Well"}), "charity", &well(), &all, &registrar());
    settle(&node);
    Place { base, node, _directory: directory }
}

fn registrar() -> SecretKey {
    SecretKey::from_seed("operator/registrar", &[2; 32])
}

/// Texts, drafted one after another.
pub(crate) struct Pen<'a> {
    node: &'a Node,
    heads: BTreeMap<String, (u64, Hash)>,
    pub texts: Vec<(String, Vec<String>)>,
}

impl<'a> Pen<'a> {
    pub(crate) fn new(node: &'a Node) -> Pen<'a> {
        Pen { node, heads: BTreeMap::new(), texts: Vec::new() }
    }

    /// Drafts an event on the one before it.
    fn draft(&mut self, chain: &str, signers: &[&str], kind: &str, data: Value) -> Hash {
        let known = self.heads.get(chain).copied().or_else(|| self.node.shared().head(chain));
        let (seq, prev) = known.unwrap_or_default();
        let (data, time) = (data.to_string(), "2026-11-20T09:00:00Z");
        let draft = Draft { log: ORIGIN, chain, seq, prev, seen: (0, empty_root()), time, kind, data: &data };
        let text = draft.text();
        let hash = Hash::of(text.as_bytes());
        self.heads.insert(chain.to_owned(), (seq + 1, hash));
        self.texts.push((text, signers.iter().map(|name| (*name).to_owned()).collect()));
        hash
    }

    pub(crate) fn well(&mut self, kind: &str, data: Value) -> Hash {
        self.draft("well", &["well/treasurer"], kind, data)
    }

    fn body(&self) -> Value {
        let drafts: Vec<Value> =
            self.texts.iter().map(|(text, signers)| json!({"text": text, "signers": signers})).collect();
        json!({ "drafts": drafts })
    }
}

pub(crate) fn post(base: &str, media: &str, body: &[u8]) -> Answer {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut response = agent.post(format!("{base}{DRY_RUN}")).header("content-type", media).send(body).unwrap();
    let headers = response.headers().iter();
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    Answer { status: response.status().as_u16(), headers, body: response.body_mut().read_to_string().unwrap() }
}

/// The answer to drafts, which always is one.
pub(crate) fn tried(base: &str, pen: &Pen<'_>) -> Value {
    let answer = post(base, "application/json", pen.body().to_string().as_bytes());
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{}", answer.body);
    // What is answered is what the wire says.
    let told: wire::DryRun = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(serde_json::to_value(told).unwrap(), answer.json());
    answer.json()
}

fn payment(amount: &str, project: Option<&str>) -> Value {
    let mut data = json!({
        "account": "account/bank", "fund": "fund/water", "currency": "CNY", "amount": amount, "payee": {"organisation": "XX-1", "name": "Pump works"},
        "function": "charitable", "class": "equipment", "related_party": false, "effective_date": "2026-11-20",
    });
    if let Some(project) = project {
        data["project"] = json!(format!("project/{project}"));
    }
    data
}

fn allocation(amount: &str, sides: &[(&str, &str)]) -> Value {
    let mut data = json!({"account": "account/bank", "currency": "CNY", "fund": "fund/water", "amount": amount, "effective_date": "2026-11-20"});
    for (side, project) in sides {
        data[side] = json!(format!("project/{project}"));
    }
    data
}

/// Account, fund, two projects, a gift of 100.00 of which 0.60 are the fee, settled: nine events.
fn begun(pen: &mut Pen<'_>) {
    pen.well("account.opened/1", json!({"account": "account/bank", "kind": "bank", "currency": "CNY"}));
    let name = json!({"en": "Water for all", "ja": "水"});
    pen.well("fund.opened/1", json!({"fund": "fund/water", "class": "restricted", "purpose": "Water", "name": name}));
    for project in ["wells", "school"] {
        pen.well(
            "project.proposed/1",
            json!({"project": format!("project/{project}"), "title": {"en": format!("The {project}")}}),
        );
        pen.well("project.approved/1", json!({"project": format!("project/{project}")}));
    }
    pen.well("donation.received/1", json!({"account": "account/bank", "currency": "CNY", "fund": "fund/water", "effective_date": "2026-11-18", "gifts": [{"gross": "100.00", "fee": "0.60"}]}));
    pen.well("settlement.received/1", json!({"account": "account/bank", "currency": "CNY", "effective_date": "2026-11-19", "lines": [{"fund": "fund/water", "amount": "99.40"}]}));
}

#[test]
fn drafts_are_tried_in_order_and_nothing_of_them_stays() {
    let place = place();
    let mut pen = Pen::new(&place.node);
    begun(&mut pen);
    pen.well("allocation.made/1", allocation("60.00", &[("to", "wells")]));
    pen.well("expenditure.recorded/1", payment("50.00", Some("wells")));
    let (size, head) = (place.node.shared().committed(), place.node.shared().head("well").unwrap());
    let state = || {
        let paths = ["/v1/log", "/v1/balances", "/v1/chains/well", "/v1/events", "/checkpoint"];
        paths.map(|path| send(&place.base, "GET", path, &[]).body)
    };
    let before = state();
    let told = tried(&place.base, &pen);
    assert_eq!(told, tried(&place.base, &pen), "asked again it says the same");
    assert_eq!(told["size"], size);
    assert_eq!(told["head"], json!({"seq": head.0 - 1, "hash": head.1.to_base64()}));
    let results = told["results"].as_array().unwrap();
    assert_eq!(results.len(), 10);
    for (nth, (result, (text, _))) in results.iter().zip(&pen.texts).enumerate() {
        assert_eq!(result["admitted"], true, "{nth}: {result}");
        assert_eq!(result["event"], format!("well#{}", nth + 1));
        assert_eq!(result["hash"], Hash::of(text.as_bytes()).to_base64());
        assert_eq!(result["findings"], json!([]), "{nth}");
    }
    let pool = |before: &str, after: &str| json!({"fund": "well/fund/water", "project": null, "currency": "CNY", "before": before, "after": after});
    let of = |project: &str, before: &str, after: &str| {
        let mut pool = pool(before, after);
        pool["project"] = json!(format!("well/project/{project}"));
        pool
    };
    assert_eq!(results[1]["pools"], json!([]));
    assert_eq!(results[6]["pools"], json!([pool("0.00", "99.40")]));
    assert_eq!(results[7]["pools"], json!([pool("99.40", "99.40")]), "clearing counts as well as the bank");
    assert_eq!(results[8]["pools"], json!([of("wells", "0.00", "60.00"), pool("99.40", "39.40")]));
    assert_eq!(results[9]["pools"], json!([of("wells", "60.00", "10.00")]));
    assert_eq!(results[1]["would"], json!(["open fund/water"]));
    assert_eq!(
        results[9]["would"],
        json!([
            "debit expenses:charitable:equipment:well:water:wells CNY 50.00",
            "credit assets:bank:bank:well:water:wells CNY 50.00"
        ])
    );

    // Nothing is stored, published or shown; the log does not move.
    assert_eq!(state(), before);
    assert_eq!(place.node.shared().committed(), size);

    // And the next submission is what it would have been: the very drafts, signed.
    let notes = pen.texts.iter().map(|(text, _)| note::sign(text, &[&well()]).into_bytes());
    let outcomes = place.node.submit(notes.collect()).unwrap();
    for (nth, outcome) in outcomes.iter().enumerate() {
        let accepted = outcome.as_ref().unwrap();
        assert_eq!((accepted.index, accepted.duplicate), (size + nth as u64, false));
        assert_eq!(accepted.hash.to_base64(), results[nth]["hash"].as_str().unwrap());
    }
    settle(&place.node);
    // The sentence is the one that the public reads now, also where it names what a draft before it opened.
    let shared = place.node.shared();
    let views = shared.views();
    for (nth, result) in results.iter().enumerate() {
        let index = size + nth as u64;
        let envelope = shared.note(index).unwrap().unwrap();
        let scene = Scene { views: &views, at: index + 1, note_at: &|index| shared.note(index).unwrap() };
        for language in Language::ALL {
            assert_eq!(result["sentence"][language.tag()], tell::note(language, &scene, &envelope), "{nth}");
        }
        assert_eq!(result["sentence"].as_object().unwrap().len(), 3);
    }
    assert!(results[6]["sentence"]["en"].as_str().unwrap().contains("Water for all"), "{}", results[6]);

    // They are there now: the same texts once more are no fork.
    let again = tried(&place.base, &pen);
    assert_eq!(again["size"], size + 10);
    for (nth, result) in again["results"].as_array().unwrap().iter().enumerate() {
        let event = format!("well#{}", nth + 1);
        assert_eq!((&result["admitted"], &result["event"]), (&json!(true), &json!(event)));
        assert_eq!((&result["findings"][0]["code"], &result["findings"][0]["event"]), (&json!("DUP"), &json!(event)));
        assert!(result["would"][0].as_str().unwrap().starts_with("nothing: the log has this event already"));
    }
}

#[test]
fn a_refusal_tells_what_else_is_wrong_and_what_mends_it() {
    let place = place();
    let refused = |make: &dyn Fn(&mut Pen<'_>)| {
        let mut pen = Pen::new(&place.node);
        begun(&mut pen);
        make(&mut pen);
        let told = tried(&place.base, &pen);
        told["results"].as_array().unwrap().last().unwrap().clone()
    };
    // 40.00 are free, the project has nothing: what it lacks can be set aside for it.
    let fix = |project: &str, amount: &str| json!({"do": "allocate", "fund": "well/fund/water", "project": format!("well/project/{project}"), "account": "well/account/bank", "currency": "CNY", "amount": amount});
    let told = refused(&|pen| {
        pen.well("allocation.made/1", allocation("10.00", &[("from", "wells"), ("to", "school")]));
    });
    assert_eq!(
        (&told["admitted"], &told["code"], &told["also"]),
        (&json!(false), &json!("fund.overdrawn"), &json!([]))
    );
    assert_eq!(told["fix"], json!([fix("wells", "10.00")]));
    assert!(told["detail"].as_str().unwrap().contains("never pays what it does not have"), "{told}");
    assert!(told["about"].as_str().unwrap().contains("the allocation is CNY 10.00"), "{told}");
    // The fix, and the refused one behind it.
    let told = refused(&|pen| {
        pen.well("allocation.made/1", allocation("10.00", &[("to", "wells")]));
        pen.well("allocation.made/1", allocation("10.00", &[("from", "wells"), ("to", "school")]));
    });
    assert_eq!(told["admitted"], true, "{told}");
    // Where the fund has not got it either nothing is offered.
    for (make, code) in [
        (allocation("100.00", &[("from", "wells"), ("to", "school")]), "fund.overdrawn"),
        (allocation("100.00", &[("to", "wells")]), "fund.overdrawn"),
    ] {
        let told = refused(&|pen| {
            pen.well("allocation.made/1", make.clone());
        });
        assert_eq!((&told["code"], &told["fix"]), (&json!(code), &json!([])));
    }
    let told = refused(&|pen| {
        pen.well("expenditure.recorded/1", payment("100.00", Some("wells")));
    });
    assert_eq!((&told["code"], &told["fix"]), (&json!("fund.overdrawn"), &json!([])));
    // A project that spends what is set aside for none is admitted, and hardly meant.
    let told = refused(&|pen| {
        pen.well("expenditure.recorded/1", payment("30.00", Some("wells")));
    });
    assert_eq!((&told["admitted"], &told["findings"][0]["code"]), (&json!(true), &json!("pool.overdrawn")), "{told}");
    assert_eq!(told["fix"], json!([fix("wells", "30.00")]));
    assert_eq!(told["pools"][0]["after"], "-30.00");
    let told = refused(&|pen| {
        pen.well("allocation.made/1", allocation("30.00", &[("to", "wells")]));
        pen.well("expenditure.recorded/1", payment("30.00", Some("wells")));
    });
    assert_eq!((&told["findings"], told.get("fix")), (&json!([]), None), "{told}");

    // The member at fault, and what else is certain.
    let told = refused(&|pen| {
        let mut data = payment("3,00", None);
        data["colour"] = json!("red");
        pen.well("expenditure.recorded/1", data);
    });
    assert_eq!(told["admitted"], false);
    let mut codes = vec![told["code"].clone(), told["also"][0].clone()];
    codes.sort_by_key(Value::to_string);
    assert_eq!(codes, ["amount.malformed", "data.unknown_field"], "{told}");
    assert!(["amount", "colour"].contains(&told["member"].as_str().unwrap()), "{told}");
    let told = refused(&|pen| {
        pen.draft("well", &["well/nobody"], "expenditure.recorded/1", payment("1000.00", None));
    });
    assert_eq!((&told["code"], &told["also"]), (&json!("key.unknown"), &json!(["fund.overdrawn"])), "{told}");
    assert!(told.get("member").is_none() && told.get("head").is_none());

    // A conflict tells the head to draft on: that of the drafts before it.
    let told = refused(&|pen| {
        let (seq, hash) = pen.heads["well"];
        pen.heads.insert("well".to_owned(), (seq + 3, hash));
        pen.well("expenditure.recorded/1", payment("1.00", None));
    });
    assert_eq!((&told["code"], &told["head"]["seq"], &told["also"]), (&json!("chain.gap"), &json!(8), &json!([])));
    let told = refused(&|pen| {
        let (seq, hash) = pen.heads["well"];
        pen.heads.insert("well".to_owned(), (seq - 1, hash));
        pen.well("expenditure.recorded/1", payment("1000.00", None));
    });
    assert_eq!((&told["code"], &told["also"]), (&json!("chain.fork"), &json!(["fund.overdrawn"])));
    assert_eq!(told["head"]["seq"], 8);

    // What is refused leaves the chain where it was: those behind it find a gap.
    let mut pen = Pen::new(&place.node);
    pen.well("expenditure.recorded/1", payment("1.00", None));
    begun(&mut pen);
    let told = tried(&place.base, &pen);
    let codes: Vec<&Value> = told["results"].as_array().unwrap().iter().map(|result| &result["code"]).collect();
    assert_eq!(codes[0], "ref.unknown");
    assert!(codes[1..].iter().all(|code| *code == "chain.gap"), "{codes:?}");
    // A chain that is not there has no head.
    let mut pen = Pen::new(&place.node);
    pen.draft(
        "nobody",
        &["nobody/x"],
        "fund.opened/1",
        json!({"fund": "fund/a", "class": "restricted", "purpose": "p"}),
    );
    let told = tried(&place.base, &pen);
    assert_eq!((told.get("head"), &told["results"][0]["code"]), (None, &json!("chain.unknown")));
}

#[test]
fn a_chain_that_a_draft_opens_has_keys_and_thresholds_for_those_behind_it() {
    let place = place();
    let keys = ["ann", "ben", "cat"]
        .map(|label| SecretKey::from_seed(&format!("spring/{label}"), &Hash::of(label.as_bytes()).0));
    let entries: Vec<Value> = ["admin", "approve", "approve"]
        .iter()
        .zip(&keys)
        .map(|(role, key)| {
            let roles = if *role == "admin" { json!(["admin", "book", "request"]) } else { json!([role]) };
            json!({"vkey": key.verifier().to_string(), "holder": key.name().split_once('/').unwrap().1, "roles": roles})
        })
        .collect();
    let approvals = json!([{"currency": "CNY", "from": "50.00", "approvers": 2}]);
    let opened = json!({"name": {"en": "The Spring"}, "keys": entries, "admin_quorum": 1, "approvals": approvals, "recovery": {"keys": [], "quorum": 1}});
    let mut pen = Pen::new(&place.node);
    let hash = pen.draft(
        "spring",
        &["operator/registrar", "spring/cat", "spring/ann", "spring/ben"],
        "chain.opened/1",
        opened,
    );
    pen.draft(
        "operator",
        &["operator/registrar"],
        "chain.admitted/1",
        json!({"chain": "spring", "role": "charity", "event": "spring#0", "hash": hash.to_base64()}),
    );
    pen.draft(
        "spring",
        &["spring/ann"],
        "fund.opened/1",
        json!({"fund": "fund/f", "class": "restricted", "purpose": "p"}),
    );
    let request = json!({"disbursement": "disbursement/d1", "fund": "fund/f", "currency": "CNY", "amount": "60.00", "payee": {"chain": "well"}, "purpose": "Pipes"});
    let asked = pen.draft("spring", &["spring/ann"], "disbursement.requested/1", request);
    let approved = json!({"disbursement": "disbursement/d1", "request": asked.to_base64()});
    pen.draft("spring", &["spring/ben"], "disbursement.approved/1", approved.clone());
    pen.draft("spring", &["spring/cat"], "disbursement.approved/1", approved.clone());
    let told = tried(&place.base, &pen);
    assert_eq!(told.get("head"), None, "the first draft's chain is not there yet");
    let results = told["results"].as_array().unwrap();
    assert!(results.iter().all(|result| result["admitted"] == true), "{told}");
    let approvals: Vec<Option<&Value>> = results.iter().map(|result| result.get("approvals")).collect();
    let of = |have: u32| json!({"needed": 2, "have": have});
    assert_eq!(approvals, [None, None, None, Some(&of(0)), Some(&of(1)), Some(&of(2))]);
    // Two holders who say the same are no double entry; and a payment's sentence knows what was asked.
    assert_eq!(results[5]["findings"], json!([]));
    assert!(results[5]["sentence"]["en"].as_str().unwrap().contains("The Well"), "{}", results[5]);
    assert!(place.node.shared().head("spring").is_none());
    // The same holder twice, and one who may not.
    for (signer, code) in
        [("spring/ben", "approval.self"), ("spring/ann", "signers.role"), ("well/treasurer", "signers.wrong")]
    {
        pen.texts.truncate(5);
        pen.heads.insert("spring".to_owned(), (4, Hash::of(pen.texts[4].0.as_bytes())));
        pen.draft("spring", &[signer], "disbursement.approved/1", approved.clone());
        assert_eq!(tried(&place.base, &pen)["results"][5]["code"], code);
    }
}

#[test]
fn what_is_hardly_meant_is_asked_about() {
    let place = place();
    let mut pen = Pen::new(&place.node);
    begun(&mut pen);
    let mut far = payment("1.00", None);
    far["effective_date"] = json!("2226-11-20");
    for data in [payment("2.00", None), payment("3.00", None), payment("2.00", None), far.clone(), far] {
        pen.well("expenditure.recorded/1", data);
    }
    let told = tried(&place.base, &pen);
    type Found<'a> = (&'a str, Option<&'a str>, Option<&'a str>);
    let findings: Vec<Vec<Found<'_>>> = told["results"].as_array().unwrap()[8..]
        .iter()
        .map(|result| {
            let findings = result["findings"].as_array().unwrap().iter();
            findings
                .map(|found| {
                    (
                        found["code"].as_str().unwrap(),
                        found.get("event").and_then(Value::as_str),
                        found.get("member").and_then(Value::as_str),
                    )
                })
                .collect()
        })
        .collect();
    let ahead = ("date.ahead", None, Some("effective_date"));
    assert_eq!(
        findings,
        [vec![], vec![], vec![("DUP", Some("well#9"), None)], vec![ahead], vec![("DUP", Some("well#12"), None), ahead]]
    );
    // Also of what is stored.
    let notes = pen.texts[..9].iter().map(|(text, _)| note::sign(text, &[&well()]).into_bytes());
    assert!(place.node.submit(notes.collect()).unwrap().iter().all(Result::is_ok));
    let mut pen = Pen::new(&place.node);
    pen.well("expenditure.recorded/1", payment("2.00", None));
    assert_eq!(tried(&place.base, &pen)["results"][0]["findings"][0]["event"], "well#9");
}

#[test]
fn a_request_of_another_shape_is_told_what_to_send() {
    let place = place();
    let mut pen = Pen::new(&place.node);
    pen.well("fund.opened/1", json!({"fund": "fund/a", "class": "restricted", "purpose": "p"}));
    let one = pen.body()["drafts"][0].clone();
    let (text, signers) = (one["text"].as_str().unwrap().to_owned(), one["signers"].clone());
    let many = |count: usize| json!({"drafts": vec![one.clone(); count]}).to_string();
    let json = "application/json";
    for (what, media, body, status, code, words) in [
        ("65 drafts", json, many(65), 413, "request.too_many", "1 to 64 drafts"),
        ("none", json, many(0), 400, "request.invalid", "1 to 64 drafts"),
        ("no list", json, "{}".to_owned(), 400, "request.invalid", "missing field `drafts`"),
        ("events", json, json!({"events": [text]}).to_string(), 400, "request.invalid", "unknown field `events`"),
        (
            "a member more",
            json,
            json!({"drafts": [one], "sync": true}).to_string(),
            400,
            "request.invalid",
            "unknown field `sync`",
        ),
        (
            "a member more in a draft",
            json,
            json!({"drafts": [{"text": text, "signers": signers, "key": "x"}]}).to_string(),
            400,
            "request.invalid",
            "unknown field `key`",
        ),
        (
            "no signers",
            json,
            json!({"drafts": [{"text": text}]}).to_string(),
            400,
            "request.invalid",
            "missing field `signers`",
        ),
        (
            "a number",
            json,
            json!({"drafts": [{"text": 1, "signers": signers}]}).to_string(),
            400,
            "request.invalid",
            "invalid type",
        ),
        (
            "17 signers",
            json,
            json!({"drafts": [{"text": text, "signers": vec!["a/b"; 17]}]}).to_string(),
            400,
            "request.invalid",
            "more than 16",
        ),
        ("half of it", json, many(1)[..40].to_owned(), 400, "request.invalid", "expected {\"drafts\""),
        ("another media type", "application/xml", many(1), 415, "request.media_type", "{\"drafts\""),
        ("no media type", "", many(1), 415, "request.media_type", "{\"drafts\""),
    ] {
        let answer = post(&place.base, media, body.as_bytes());
        let told = answer.json();
        assert_eq!((answer.status, told["code"].as_str().unwrap()), (status, code), "{what}: {}", answer.body);
        assert!(told["detail"].as_str().unwrap().contains(words), "{what}: {}", answer.body);
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    // 64 are tried, the first of them admitted and the others the same again.
    let told = post(&place.base, json, many(64).as_bytes()).json();
    assert_eq!(told["results"].as_array().unwrap().len(), 64);
    assert_eq!(told["results"][63]["findings"][0]["code"], "DUP");
    // What is no event is refused, and no other shape.
    for (text, code) in [("", "grammar.note"), ("almoner/event@v1\n", "grammar.line"), ("\u{0}\n", "grammar.note")] {
        let body = json!({"drafts": [{"text": text, "signers": signers}]}).to_string();
        let answer = post(&place.base, json, body.as_bytes());
        assert_eq!((answer.status, &answer.json()["results"][0]["code"]), (200, &json!(code)), "{text:?}");
    }
    // A note that is signed: as itself, or as a draft without signers. Its signatures are verified.
    let (good, bad) = (note::sign(&text, &[&well()]), note::sign(&format!("{text} "), &[&well()]));
    let bad = bad.replacen(&format!("{text} "), &text, 1);
    let as_draft = |note: &str| json!({"drafts": [{"text": note, "signers": []}]}).to_string();
    for (note, admitted) in [(good, true), (bad, false)] {
        let as_note = post(&place.base, "text/plain", note.as_bytes());
        assert_eq!(
            (as_note.status, &as_note.json()["results"][0]["admitted"]),
            (200, &json!(admitted)),
            "{}",
            as_note.body
        );
        assert_eq!(admitted, as_note.json()["results"][0].get("code").is_none_or(|code| code != "signature.invalid"));
        assert_eq!(as_note.json(), post(&place.base, json, as_draft(&note).as_bytes()).json());
    }
    assert_eq!(place.node.shared().committed(), 6);
}
