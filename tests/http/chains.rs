//! Chains, keys, signers, and what an author has seen.

use crate::stage::{Stage, gift, well};
use crate::{Row, row};
use acceptance::{Event, Pen};
use almoner_proof::key::key_id;
use almoner_proof::tile::split_bundle;
use almoner_proof::{Hash, b64, merkle};
use serde_json::{Value, json};

pub(crate) fn rows(stage: &Stage) -> Vec<Row> {
    let gift = || stage.well("donation.received/1", gift());
    let added = |label: &str| {
        let key = json!({"vkey": well(label).verifier().to_string(), "holder": "frank", "roles": ["book"]});
        stage.well("key.added/1", json!({"key": key}))
    };
    let opening = |chain: &str| {
        let key = Pen::key(&format!("{chain}/zoe"));
        stage.pen.opening(chain, &[(&key, "zoe", &["admin", "book"])], json!([]))
    };
    let (alice, dave, frank, registrar) = (well("alice"), well("dave"), well("frank"), stage.pen.signer("operator"));
    let zoe = Pen::key("new/zoe");
    let last = stage.events.iter().rfind(|event| event.id().starts_with("well#")).unwrap();
    let hold = |on: &str| stage.pen.draft("watch", "hold.placed/1", json!({"hold": "hold/h2", "on": on, "basis": "b"}));
    let log = stage.client().get("/v1/log").json;

    vec![
        row(
            "a chain that nobody opened",
            gift().with("chain", "nobody").by(&[&Pen::key("nobody/n")]),
            422,
            "chain.unknown",
        ),
        row(
            "a chain that is open already",
            stage.pen.opening("well", &[(&alice, "alice", &["admin"])], json!([])).with("seq", "99"),
            409,
            "chain.exists",
        ),
        row(
            "a key of another chain in a chain's opening",
            opening("new").but("new/zoe", "old/zoe"),
            422,
            "key.malformed",
        ),
        row(
            "a key of small order",
            weak(stage, "0100000000000000000000000000000000000000000000000000000000000000"),
            422,
            "key.weak",
        ),
        row(
            "another key of small order",
            weak(stage, "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
            422,
            "key.weak",
        ),
        row(
            "a key that is written another way",
            weak(stage, "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
            422,
            "key.weak",
        ),
        row("a key that nobody introduced", gift().by(&[&well("mallory")]), 422, "key.unknown"),
        row(
            "a known label with another key",
            gift().by(&[&almoner_proof::SecretKey::from_seed("well/alice", &[1; 32])]),
            422,
            "key.unknown",
        ),
        row(
            "a text that was changed after signing",
            gift().note().replacen("10.00", "90.00", 1),
            422,
            "signature.invalid",
        ),
        row("a signature of another event", lines_of(&gift(), &last.note()), 422, "signature.invalid"),
        row(
            "another text at a seq that is taken",
            last.clone().with("time", "2026-11-21T11:00:00Z"),
            409,
            "chain.fork",
        ),
        row("a seq that leaves a gap", gift().with("seq", "999"), 409, "chain.gap"),
        row("a chain that opens at seq 1", opening("new").with("seq", "1").by(&[registrar]), 409, "chain.gap"),
        row(
            "another prev than the hash of the last event",
            gift().with("prev", Hash::of(b"x").to_base64()),
            409,
            "chain.prev",
        ),
        row("an opening with a prev", opening("new").with("prev", Hash::of(b"x").to_base64()), 409, "chain.prev"),
        row("a chain that the operator has not admitted", of_dry(stage), 422, "chain.not_admitted"),
        row("a retired key", gift().by(&[&well("carol")]), 422, "key.inactive"),
        row(
            "a key that is retired already",
            stage.well("key.retired/1", json!({"key": "well/carol"})),
            422,
            "key.inactive",
        ),
        row("a label that was used before", added("carol").by(&[&alice, &well("carol")]), 422, "key.exists"),
        row(
            "the last administrator's key retired",
            stage.well("key.retired/1", json!({"key": "well/alice"})),
            422,
            "key.quorum",
        ),
        row("two signatures where one is asked for", gift().by(&[&alice, &dave]), 422, "signers.wrong"),
        row("a new key that has not signed itself", added("frank").by(&[&alice]), 422, "signers.wrong"),
        row("a new key without the administrator", added("frank").by(&[&frank]), 422, "signers.wrong"),
        row("a chain without a registrar's signature", opening("new").by(&[&zoe]), 422, "signers.wrong"),
        row("a chain without its own key's signature", opening("new").by(&[registrar]), 422, "signers.wrong"),
        row(
            "an event of one chain signed by another's key",
            gift().by(&[&Pen::key("clinic/chen")]),
            422,
            "signers.wrong",
        ),
        row("a key that may only approve", gift().by(&[&well("bob")]), 422, "signers.role"),
        row("a bookkeeper who adds a key", added("frank").by(&[&dave, &frank]), 422, "signers.role"),
        row(
            "a size that is not there yet",
            gift().with("seen", format!("999999 {}", Hash::of(b"x"))),
            422,
            "seen.unknown",
        ),
        row(
            "a published size with another root",
            gift().with("seen", format!("{} {}", log["size"], Hash::of(b"x"))),
            422,
            "seen.unknown",
        ),
        row(
            "a size with its true root that was never published",
            gift().with("seen", unpublished(stage)),
            422,
            "seen.unknown",
        ),
        row(
            "less seen than before",
            stage.pen.draft("clinic", "programme.opened/1", json!({"programme": "programme/p", "name": {"en": "P"}})),
            422,
            "seen.decreasing",
        ),
        row(
            "rules of a version that nobody knows",
            stage.pen.draft("operator", "log.rules_set/1", json!({"rules": 99})),
            422,
            "rules.unknown",
        ),
        row(
            "an epoch that is not the next",
            stage.pen.draft("operator", "sequencer.epoch_opened/1", json!({"epoch": 7})).by(&[&stage.sequencer()]),
            422,
            "epoch.not_next",
        ),
        row("the log opened again", stage.pen.draft("operator", "log.opened/1", json!({"rules": 1})), 422, "log.order"),
        row("a hold on a charity that somebody else supervises", hold("clinic"), 422, "chain.role"),
        row(
            "a charity that admits another",
            stage.well("chain.admitted/1", admitted(stage)).by(&[&alice]),
            422,
            "signers.role",
        ),
    ]
}

/// `dry` tries to go on after its opening.
fn of_dry(stage: &Stage) -> Event {
    stage
        .pen
        .draft("dry", "programme.opened/1", json!({"programme": "programme/p", "name": {"en": "P"}}))
        .by(&[&Pen::key("dry/dora")])
}

fn admitted(stage: &Stage) -> Value {
    let dry = stage.events.iter().find(|event| event.id() == "dry#0").unwrap();
    json!({"chain": "dry", "role": "charity", "event": "dry#0", "hash": dry.hash().to_base64()})
}

/// A chain's opening with a key that must not be admitted.
fn weak(stage: &Stage, hex: &str) -> Event {
    let bytes: Vec<u8> = (0..32).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
    let material = [&[1], bytes.as_slice()].concat();
    let vkey = format!("new/weak+{:08x}+{}", key_id("new/weak", 1, &bytes), b64::encode(material));
    let key = Pen::key("new/zoe");
    let old = key.verifier().to_string();
    stage
        .pen
        .opening("new", &[(&key, "zoe", &["admin"])], json!([]))
        .but(&old, &vkey)
        .by(&[stage.pen.signer("operator")])
}

/// A text with the signature lines of another note.
fn lines_of(event: &Event, other: &str) -> String {
    format!("{}\n{}", event.text(), other.split_once("\n\n").unwrap().1)
}

/// The stage went into the log in one piece, so no size within it was ever published.
fn unpublished(stage: &Stage) -> String {
    let size = stage.client().get("/v1/log").json["size"].as_u64().unwrap();
    let bundle = stage.client().get(&format!("/tile/entries/000.p/{size}")).ok();
    let entries = split_bundle(&bundle.bytes, size as usize).expect("a whole bundle");
    let leaves: Vec<Hash> = entries.iter().take(20).map(|entry| merkle::leaf_hash(entry)).collect();
    format!("20 {}", merkle::root_of(&leaves))
}
