//! Who must sign, beyond the rows of the table.

use crate::world::{Bend, World, opening};
use serde_json::json;

#[test]
fn the_log_begins_with_operator_and_its_rules() {
    let mut world = World::empty();
    let data = opening("Well", vec![world.key_entry("well/ann", "ann", &["admin"])], 1, json!([]));
    let told = world.event("well", "ann", "chain.opened/1", data.clone());
    assert_eq!(told.unwrap_err().code(), "signers.wrong", "nobody could register it");
    let reg = world.key_entry("operator/reg", "reg", &["registrar", "admin"]);
    world.event("operator", "reg", "chain.opened/1", opening("Operator", vec![reg], 1, json!([]))).unwrap();
    let told = world.event("well", "ann+operator/reg", "chain.opened/1", data);
    assert_eq!(told.unwrap_err().code(), "log.order", "index 1 is log.opened");
    let rules = |rules: u32| json!({"rules": rules});
    assert_eq!(world.event("operator", "reg", "log.rules_set/1", rules(1)).unwrap_err().code(), "log.order");
    assert_eq!(world.event("operator", "reg", "log.opened/1", rules(2)).unwrap_err().code(), "rules.unknown");
    assert_eq!(world.event("operator", "reg", "log.opened/1", rules(1)), Ok(1));
}

#[test]
fn a_quorum_of_two_is_exactly_two_holders() {
    let mut world = World::opened();
    let keys: &[(&str, &str, &[&str])] = &[
        ("ann", "ann", &["admin"]),
        ("ann2", "ann", &["admin"]),
        ("bob", "bob", &["admin", "book"]),
        ("cat", "cat", &["admin"]),
    ];
    world.open("well", keys, 2, json!([])).unwrap();
    world.admit_chain("well", "charity", None).unwrap();
    let eli = json!({"key": world.key_entry("well/eli", "eli", &["book"])});
    for (signers, code) in [
        ("eli", "signers.wrong"),
        ("ann+eli", "signers.wrong"),
        ("ann+ann2+eli", "signers.wrong"),
        ("ann+bob", "signers.wrong"),
        ("ann+bob+cat+eli", "signers.wrong"),
    ] {
        assert_eq!(world.event("well", signers, "key.added/1", eli.clone()).unwrap_err().code(), code, "{signers}");
    }
    world.event("well", "ann+bob+eli", "key.added/1", eli).unwrap();
    world
        .event("well", "eli", "fund.opened/1", json!({"fund": "fund/f", "class": "restricted", "purpose": "p"}))
        .unwrap();

    // A retired label binds its key for ever, and no key comes back under another label.
    world.event("well", "ann+bob", "key.retired/1", json!({"key": "well/eli"})).unwrap();
    world.seeds.insert("well/fay".to_owned(), "well/eli".to_owned());
    let fay = json!({"key": world.key_entry("well/fay", "fay", &["book"])});
    assert_eq!(world.event("well", "ann+bob+fay", "key.added/1", fay).unwrap_err().code(), "key.exists");
    world.seeds.insert("well/eli".to_owned(), "another".to_owned());
    let eli = json!({"key": world.key_entry("well/eli", "eli", &["book"])});
    assert_eq!(world.event("well", "ann+bob+eli", "key.added/1", eli).unwrap_err().code(), "key.exists");

    // Retiring one's own key is possible while the quorum stands: three holders, two needed.
    world.event("well", "ann+cat", "key.retired/1", json!({"key": "well/cat"})).unwrap();
    let told = world.event("well", "ann+bob", "key.retired/1", json!({"key": "well/bob"}));
    assert_eq!(told.unwrap_err().code(), "key.quorum");
    world.event("well", "ann+bob", "key.retired/1", json!({"key": "well/ann2"})).unwrap();
}

#[test]
fn a_key_of_another_id_under_a_known_name_is_unknown() {
    let mut world = World::opened();
    world.charity("well", None);
    let fund = json!({"fund": "fund/f", "class": "restricted", "purpose": "p"});
    world.seeds.insert("well/bob".to_owned(), "thief".to_owned());
    assert_eq!(world.event("well", "bob", "fund.opened/1", fund.clone()).unwrap_err().code(), "key.unknown");
    // Even when a refused event taught the ring that key.
    let key = world.secret("well/bob").verifier();
    world.ring.add(&key.name, key.id, key.key);
    assert_eq!(world.event("well", "bob", "fund.opened/1", fund).unwrap_err().code(), "key.unknown");
}

#[test]
fn an_event_of_another_chain_or_place_does_not_fit() {
    let mut world = World::opened();
    world.charity("well", None);
    world.charity("clinic", None);
    let fund = r#"{"fund":"fund/f","class":"restricted","purpose":"p"}"#;
    let note = world.note("well", "bob", "fund.opened/1", fund, &Bend::default());
    // The text is signed as a whole: nothing of it can be moved to another chain.
    let moved = note.replace("\nchain well\n", "\nchain clinic\n");
    assert_eq!(world.decide(moved.as_bytes()).unwrap_err().code(), "signature.invalid");
    world.submit(note.as_bytes()).unwrap();
    let again = world.decide(note.as_bytes()).unwrap_err();
    assert_eq!(again.code(), "chain.fork", "the caller tells that it is a duplicate");
    let head = again.head().expect("a conflict tells the head");
    assert_eq!(head.1, world.hash_of(world.books.size() - 1));
}
