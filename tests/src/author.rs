//! Events as an author would write them, and as one should not.

use crate::{Client, House, TIME};
use almoner_proof::merkle::empty_root;
use almoner_proof::{Hash, SecretKey, note};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An event's lines, each as text so that a test may write anything, and who signs.
#[derive(Debug, Clone)]
pub struct Event {
    /// `(word, value)` in their order, without the first line.
    lines: Vec<(&'static str, String)>,
    keys: Vec<SecretKey>,
}

impl Event {
    /// With another value in a line.
    pub fn with(mut self, word: &str, value: impl Into<String>) -> Event {
        self.lines.iter_mut().find(|(name, _)| *name == word).expect("a line").1 = value.into();
        self
    }

    /// Without a line.
    pub fn without(mut self, word: &str) -> Event {
        self.lines.retain(|(name, _)| *name != word);
        self
    }

    /// With two lines in each other's place.
    pub fn swapped(mut self, one: &str, other: &str) -> Event {
        let at = |word: &str| self.lines.iter().position(|(name, _)| *name == word).expect("a line");
        let (one, other) = (at(one), at(other));
        self.lines.swap(one, other);
        self
    }

    /// With one text in the data in place of another.
    pub fn but(self, old: &str, new: &str) -> Event {
        let data = self.line("data").replacen(old, new, 1);
        assert_ne!(data, self.line("data"), "{old} stands in the data");
        self.with("data", data)
    }

    /// Signed by these keys and no others.
    pub fn by(mut self, keys: &[&SecretKey]) -> Event {
        self.keys = keys.iter().copied().cloned().collect();
        self
    }

    /// The text that is signed.
    pub fn text(&self) -> String {
        let lines: Vec<String> = self.lines.iter().map(|(word, value)| format!("{word} {value}\n")).collect();
        format!("almoner/event@v1\n{}", lines.concat())
    }

    /// Its event hash.
    pub fn hash(&self) -> Hash {
        Hash::of(self.text().as_bytes())
    }

    /// The signed note.
    pub fn note(&self) -> String {
        note::sign(&self.text(), &self.keys.iter().collect::<Vec<_>>())
    }

    /// `<chain>#<seq>`
    pub fn id(&self) -> String {
        format!("{}#{}", self.line("chain"), self.line("seq"))
    }

    /// `{"event":…,"hash":…}`, as other events refer to it.
    pub fn reference(&self) -> Value {
        json!({"event": self.id(), "hash": self.hash().to_base64()})
    }

    fn line(&self, word: &str) -> &str {
        &self.lines.iter().find(|(name, _)| *name == word).expect("a line").1
    }
}

impl From<Event> for String {
    fn from(event: Event) -> String {
        event.note()
    }
}

/// An author of any number of chains: knows their heads and keys.
#[derive(Debug, Clone)]
pub struct Pen {
    origin: String,
    /// Next seq and last hash.
    heads: BTreeMap<String, (u64, Hash)>,
    /// The key that signs for a chain unless told otherwise.
    signers: BTreeMap<String, SecretKey>,
    /// What `operator`'s events say that their author has seen: a sequencer's epoch there has seen as much.
    seen: String,
}

impl Pen {
    /// For a ledger that `init` has made: knows the registrar and the importer.
    pub fn new(house: &House, client: &Client) -> Pen {
        let published = client.get("/v1/log").ok().json;
        let seen = format!("{} {}", published["size"], published["root"].as_str().unwrap());
        let mut pen = Pen { origin: house.origin.clone(), heads: BTreeMap::new(), signers: BTreeMap::new(), seen };
        for (chain, key) in [("operator", "registrar"), ("importer", "importer")] {
            let head = client.get(&format!("/v1/chains/{chain}")).ok().json;
            let hash = Hash::from_base64(head["head"]["hash"].as_str().unwrap()).unwrap();
            pen.heads.insert(chain.to_owned(), (head["next_seq"].as_u64().unwrap(), hash));
            pen.signers.insert(chain.to_owned(), house.key(key));
        }
        pen
    }

    /// A key that is the same in every run.
    pub fn key(name: &str) -> SecretKey {
        SecretKey::from_seed(name, &Hash::of(name.as_bytes()).0)
    }

    /// A draft on a chain's head. Nothing moves.
    pub fn draft(&self, chain: &str, kind: &str, data: impl ToString) -> Event {
        let (seq, prev) = self.heads.get(chain).copied().unwrap_or_default();
        let lines = vec![
            ("log", self.origin.clone()),
            ("chain", chain.to_owned()),
            ("seq", seq.to_string()),
            ("prev", prev.to_base64()),
            ("seen", if chain == "operator" { self.seen.clone() } else { format!("0 {}", empty_root()) }),
            ("time", TIME.to_owned()),
            ("type", kind.to_owned()),
            ("data", data.to_string()),
        ];
        Event { lines, keys: self.signers.get(chain).into_iter().cloned().collect() }
    }

    /// Moves a chain's head behind an event.
    pub fn follow(&mut self, event: &Event) {
        let seq: u64 = event.line("seq").parse().unwrap();
        self.heads.insert(event.line("chain").to_owned(), (seq + 1, event.hash()));
    }

    /// A draft that the chain's head moves behind: it will be sent.
    pub fn write(&mut self, chain: &str, kind: &str, data: impl ToString) -> Event {
        let event = self.draft(chain, kind, data);
        self.follow(&event);
        event
    }

    /// The two events that open a chain and admit it. `keys` are `(key, holder, roles)`; the first
    /// signs for the chain from here on. `more` are further members of `chain.admitted`.
    pub fn open(
        &mut self,
        chain: &str,
        keys: &[(&SecretKey, &str, &[&str])],
        approvals: Value,
        more: Value,
    ) -> Vec<Event> {
        let opened = self.opening(chain, keys, approvals);
        self.follow(&opened);
        self.signers.insert(chain.to_owned(), keys[0].0.clone());
        let mut data =
            json!({"chain": chain, "role": "charity", "event": opened.id(), "hash": opened.hash().to_base64()});
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let admitted = self.write("operator", "chain.admitted/1", data);
        vec![opened, admitted]
    }

    /// `chain.opened`, signed by all its keys and the registrar.
    pub fn opening(&self, chain: &str, keys: &[(&SecretKey, &str, &[&str])], approvals: Value) -> Event {
        let entries: Vec<Value> = keys
            .iter()
            .map(|(key, holder, roles)| json!({"vkey": key.verifier().to_string(), "holder": holder, "roles": roles}))
            .collect();
        let data = json!({
            "name": {"en": chain}, "keys": entries, "admin_quorum": 1, "approvals": approvals,
            "recovery": {"keys": [], "quorum": 1},
        });
        let mut signers: Vec<&SecretKey> = keys.iter().map(|(key, _, _)| *key).collect();
        signers.push(&self.signers["operator"]);
        self.draft(chain, "chain.opened/1", data).by(&signers)
    }

    /// The key that signs for a chain.
    pub fn signer(&self, chain: &str) -> &SecretKey {
        &self.signers[chain]
    }
}
