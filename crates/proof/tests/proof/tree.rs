//! A log as its operator may write it: every note stands in the tree, whatever it says and whoever signed it.
//!
//! Keys are derived from their names (`well/alice`), and a name with a `!` before it signs under that name
//! with other bytes. Roles are written as in `alice:admin,book`.

use almoner_proof::merkle::{Subtrees, inclusion_path, leaf_hash, root_of};
use almoner_proof::receipt::{Extra, KeyIntroduction, Receipt};
use almoner_proof::{Checkpoint, Hash, Policy, SecretKey, b64, event::Draft, note};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) const ORIGIN: &str = "operator.example/own";

/// The key of a name; `!name` is another key of that name, `name-twin` the same key under another name.
pub(crate) fn key(name: &str) -> SecretKey {
    let bytes = Hash::of(name.trim_end_matches("-twin").as_bytes());
    SecretKey::from_seed(name.trim_start_matches('!'), &bytes.0)
}

pub(crate) fn vkey(name: &str) -> String {
    key(name).verifier().to_string()
}

/// A KEY object of `chain`; `label:role,role`.
fn entry(chain: &str, text: &str) -> Value {
    let (label, roles) = text.split_once(':').unwrap();
    let roles: Vec<&str> = roles.split(',').filter(|role| !role.is_empty()).collect();
    json!({ "vkey": vkey(&format!("{chain}/{label}")), "holder": label, "roles": roles })
}

fn entries(chain: &str, text: &str) -> Vec<Value> {
    text.split_whitespace().map(|text| entry(chain, text)).collect()
}

#[derive(Clone, Default)]
pub(crate) struct Tree {
    notes: Vec<String>,
    chains: BTreeMap<String, (u64, Hash)>,
}

struct Leaves(Vec<Hash>);

impl Subtrees for Leaves {
    type Error = ();
    fn subtree(&mut self, level: u32, index: u64) -> Result<Hash, ()> {
        let count = 1usize << level;
        let from = usize::try_from(index).unwrap() * count;
        Ok(root_of(&self.0[from..from + count]))
    }
}

impl Tree {
    /// Operator (0), its log.opened (1), the charities `well` (2) and `mill` (3), each admitted (4, 5).
    pub(crate) fn new() -> Tree {
        let mut tree = Tree::default();
        let own = "operator/registrar operator/sequencer";
        tree.opens("operator", "registrar:admin,registrar sequencer:sequencer", "", 1, own);
        tree.writes("operator", "log.opened/1", json!({ "rules": 1 }), "operator/registrar");
        let signers = "well/alice well/bob well/dora operator/registrar";
        tree.opens("well", "alice:admin,book bob:admin dora:attest,report", "spare1 spare2 spare3", 2, signers);
        tree.opens("mill", "mia:admin,book", "milo", 1, "mill/mia operator/registrar");
        for chain in ["well", "mill"] {
            tree.writes("operator", "chain.admitted/1", json!({ "chain": chain }), "operator/registrar");
        }
        tree
    }

    pub(crate) fn opens(&mut self, chain: &str, keys: &str, recovery: &str, quorum: u32, signers: &str) -> u64 {
        let recovery: Vec<String> =
            recovery.split_whitespace().map(|label| vkey(&format!("{chain}/{label}"))).collect();
        let data = json!({
            "name": { "en": chain }, "keys": entries(chain, keys), "admin_quorum": 1, "approvals": [],
            "recovery": { "keys": recovery, "quorum": quorum },
        });
        self.chains.remove(chain);
        self.writes(chain, "chain.opened/1", data, signers)
    }

    pub(crate) fn adds(&mut self, chain: &str, key: &str, signers: &str) -> u64 {
        self.writes(chain, "key.added/1", json!({ "key": entry(chain, key) }), signers)
    }

    pub(crate) fn recovers(&mut self, chain: &str, keys: &str, signers: &str) -> u64 {
        let data = json!({ "keys": entries(chain, keys), "admin_quorum": 1 });
        self.writes(chain, "chain.recovered/1", data, signers)
    }

    /// An event of some kind: a verifier reads nothing of its data.
    pub(crate) fn says(&mut self, chain: &str, kind: &str, signers: &str) -> u64 {
        self.writes(chain, kind, json!({ "amount": "10.00" }), signers)
    }

    pub(crate) fn writes(&mut self, chain: &str, kind: &str, data: Value, signers: &str) -> u64 {
        let (seq, prev) = self.chains.get(chain).copied().unwrap_or_default();
        let draft = Draft {
            log: ORIGIN,
            chain,
            seq,
            prev,
            seen: (0, Hash::of(b"")),
            time: "2026-11-27T10:00:00Z",
            kind,
            data: &data.to_string(),
        };
        let text = draft.text();
        self.chains.insert(chain.to_owned(), (seq + 1, Hash::of(text.as_bytes())));
        let keys: Vec<SecretKey> = signers.split_whitespace().map(key).collect();
        self.notes.push(note::sign(&text, &keys.iter().collect::<Vec<_>>()));
        self.notes.len() as u64 - 1
    }

    pub(crate) fn note(&self, index: u64) -> &str {
        &self.notes[usize::try_from(index).unwrap()]
    }

    fn leaves(&self) -> Leaves {
        Leaves(self.notes.iter().map(|note| leaf_hash(note.as_bytes())).collect())
    }

    fn path(&self, index: u64) -> Vec<Hash> {
        inclusion_path(&mut self.leaves(), index, self.notes.len() as u64).unwrap()
    }

    /// An entry of `keys`, as `name@index`.
    pub(crate) fn introduces(&self, text: &str) -> KeyIntroduction {
        let (name, index) = text.split_once('@').unwrap();
        let index = index.parse().unwrap();
        let proof = self.path(index).iter().map(|hash| hash.to_base64()).collect();
        KeyIntroduction { vkey: vkey(name), event: b64::encode(self.note(index)), index, proof }
    }

    pub(crate) fn extra(&self, index: u64, keys: &str) -> Extra {
        let keys = keys.split_whitespace().map(|text| self.introduces(text)).collect();
        Extra { v: 1, event: b64::encode(self.note(index)), gift: None, keys, openings: Vec::new() }
    }

    /// A receipt of the event at `index`, with this JSON as its extra.
    pub(crate) fn receipt_with(&self, index: u64, extra: &str) -> String {
        let checkpoint =
            Checkpoint { origin: ORIGIN.to_owned(), size: self.notes.len() as u64, root: root_of(&self.leaves().0) };
        let checkpoint = checkpoint.sign(&key(ORIGIN));
        Receipt { extra: Some(extra.as_bytes().to_vec()), index, path: self.path(index), checkpoint }.to_text()
    }

    pub(crate) fn receipt(&self, index: u64, keys: &str) -> String {
        self.receipt_with(index, &self.extra(index, keys).to_json())
    }
}

pub(crate) fn policy_text() -> String {
    format!("log {}\nquorum none\n", vkey(ORIGIN))
}

pub(crate) fn policy() -> Policy {
    Policy::parse(&policy_text()).unwrap()
}
