//! An event signed by a key that another, unanswered request introduces.

use almoner_proof::event::Draft;
use almoner_proof::merkle::empty_root;
use almoner_proof::{Hash, SecretKey, note};
use almoner_server::app::submit::Submission;
use almoner_server::app::{LedgerDirectory, Options};
use serde_json::{Value, json};

/// Signs an event of the importer's chain, which every new ledger has.
fn event(seq: u64, prev: Hash, kind: &str, data: &Value, keys: &[&SecretKey]) -> (Vec<u8>, Hash) {
    let data = data.to_string();
    let draft = Draft {
        log: "behind.example/log",
        chain: "importer",
        seq,
        prev,
        seen: (0, empty_root()),
        time: "2026-11-21T00:00:00Z",
        kind,
        data: &data,
    };
    let text = draft.text();
    (note::sign(&text, keys).into_bytes(), Hash::of(text.as_bytes()))
}

#[test]
fn a_key_miss_waits_behind_what_is_queued() {
    let folder = tempfile::tempdir().unwrap();
    let directory = LedgerDirectory::new(folder.path().join("ledger"));
    let options = Options { anchor: Some(folder.path().join("anchor")), ..Options::default() };
    let mut seeds = crate::house::seeds();
    let node = directory.init("behind.example/log", &mut seeds, options).unwrap();
    let first = directory.read_key("importer").unwrap();
    let second = SecretKey::from_seed("importer/second", &[99; 32]);
    let (seq, prev) = node.shared().head("importer").unwrap();
    let entry = json!({"key": {"vkey": second.verifier().to_string(), "holder": "second", "roles": ["book"]}});
    let (added, hash) = event(seq, prev, "key.added/1", &entry, &[&first, &second]);
    let names = json!({"identifiers": ["XX-1"], "names": {"en": "Importer"}});
    let (described, _) = event(seq + 1, hash, "organisation.described/1", &names, &[&second]);

    // Verified while nobody knows the key: it waits.
    let first_look = Submission::new(vec![described.clone()]).verify_next(node.shared()).unwrap();
    assert!(first_look.is_empty());
    // The introduction is queued, its answer not awaited; the event behind it is taken all the same.
    let ready = Submission::new(vec![added]).verify_next(node.shared()).unwrap();
    let queued = node.enqueue(ready, true).unwrap();
    assert!(node.submit(vec![described]).unwrap()[0].is_ok());
    assert!(queued.blocking_recv().unwrap()[0].is_ok());
}
