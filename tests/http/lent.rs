//! Whom a key is lent to: nobody but those who come after an admitted event that introduces it.
//!
//! Random requests of many notes, with decoys that list another key under the same name, neighbours that are refused, and
//! lines signed by a key that is not the listed one. Told must be what the same notes are told one after another; and
//! what the running server took, every start and every audit must take: a log that took anything else is dead.

use acceptance::Chance;
use almoner_cli::audit::{Options as Audit, Verdict, audit};
use almoner_cli::place::Place;
use almoner_proof::event::Draft;
use almoner_proof::merkle::empty_root;
use almoner_proof::policy::search::{Found, Source};
use almoner_proof::{Hash, Policy, SecretKey, note};
use almoner_server::app::submit::Outcome;
use almoner_server::app::{LedgerDirectory, Node, Options};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

const ORIGIN: &str = "lent.example/log";
const CHAINS: [&str; 3] = ["well", "mill", "operator"];
const LABELS: [&str; 3] = ["ann", "bob", "eve"];
const TIME: &str = "2026-11-21T00:00:00Z";

fn options(folder: &Path) -> Options {
    Options { anchor: Some(folder.join("anchor")), begins: Some(TIME.to_owned()), ..Options::default() }
}

fn begin(folder: &Path) -> (LedgerDirectory, Node) {
    let directory = LedgerDirectory::new(folder.join("ledger"));
    let mut count = 0u8;
    let mut seeds = || {
        count += 1;
        [count; 32]
    };
    let node = directory.init(ORIGIN, &mut seeds, options(folder)).unwrap();
    (directory, node)
}

/// Writes notes, most of them proper.
struct Author {
    chance: Chance,
    registrar: SecretKey,
    /// Next seq and last hash, as they are if everything proper is taken.
    heads: BTreeMap<&'static str, (u64, Hash)>,
    opened: BTreeMap<&'static str, Hash>,
}

impl Author {
    fn one_in(&mut self, n: u64) -> bool {
        self.chance.between(1, n) == 1
    }

    fn pick(&mut self, list: &[&'static str]) -> &'static str {
        list[usize::try_from(self.chance.between(0, list.len() as u64 - 1)).unwrap()]
    }

    /// One of the keys that go by a name: nearly always the first.
    fn key(&mut self, name: &str) -> SecretKey {
        let variant = if self.one_in(4) { self.chance.between(1, 2) } else { 0 };
        SecretKey::from_seed(name, &Hash::of(format!("{name} {variant}").as_bytes()).0)
    }

    fn entry(key: &SecretKey, label: &str) -> serde_json::Value {
        json!({"vkey": key.verifier().to_string(), "holder": label, "roles": ["admin", "book", "registrar"]})
    }

    /// As [`Author::entry`], for other chains than the operator's.
    fn plain(key: &SecretKey, label: &str) -> serde_json::Value {
        json!({"vkey": key.verifier().to_string(), "holder": label, "roles": ["admin", "book"]})
    }

    /// Who signs where `listed` should: nearly always itself.
    fn signer(&mut self, listed: &SecretKey) -> SecretKey {
        if self.one_in(4) { self.key(listed.verifier().name.as_str()) } else { listed.clone() }
    }

    fn note(&mut self) -> Vec<u8> {
        let chain = self.pick(&CHAINS);
        let label = self.pick(&LABELS);
        let other = self.pick(&LABELS);
        let listed = self.key(&format!("{chain}/{label}"));
        let known = self.key(&format!("{chain}/{other}"));
        let signer = self.signer(&listed);
        let registrar = self.registrar.clone();
        let entry = if chain == "operator" { Author::entry(&listed, label) } else { Author::plain(&listed, label) };
        let is_open = self.heads.contains_key(chain);
        match self.chance.between(0, 9) {
            0..=3 if !is_open => {
                let data = json!({"name": {"en": chain}, "keys": [entry], "admin_quorum": 1, "approvals": [],
                    "recovery": {"keys": [], "quorum": 1}});
                let note = self.sign(chain, "chain.opened/1", &data.to_string(), &[&signer, &registrar]);
                self.opened.extend(self.heads.get(chain).map(|head| (chain, head.1)));
                note
            }
            0..=1 => {
                let opened = self.opened.get(chain).copied().unwrap_or_default();
                let data = json!({"chain": chain, "role": "charity", "event": format!("{chain}#0"), "hash": opened.to_base64()});
                self.sign("operator", "chain.admitted/1", &data.to_string(), &[&registrar])
            }
            2..=5 => {
                let by = if chain == "operator" && !self.one_in(4) { &registrar } else { &known };
                self.sign(chain, "key.added/1", &json!({"key": entry}).to_string(), &[by, &signer])
            }
            6 => self.sign(chain, "key.added/1", &json!({"key": entry}).to_string(), &[&signer]),
            _ => {
                let data = json!({"identifiers": ["XX-1"], "names": {"en": chain}});
                self.sign(chain, "organisation.described/1", &data.to_string(), &[&known])
            }
        }
    }

    fn sign(&mut self, chain: &'static str, kind: &str, data: &str, keys: &[&SecretKey]) -> Vec<u8> {
        let (seq, prev) = self.heads.get(chain).copied().unwrap_or_default();
        let seq = if self.one_in(12) { seq + 1 } else { seq };
        let draft = Draft { log: ORIGIN, chain, seq, prev, seen: (0, empty_root()), time: TIME, kind, data };
        let text = draft.text();
        // Believed to be taken or not: what comes next in the request is drafted on it, or stands beside it.
        if !self.one_in(3) {
            self.heads.insert(chain, (seq + 1, Hash::of(text.as_bytes())));
        }
        let mut keys = keys.to_vec();
        keys.dedup_by_key(|key| key.verifier().name);
        note::sign(&text, &keys).into_bytes()
    }

    /// What the log says is where the next request begins.
    fn look(&mut self, node: &Node) {
        for chain in CHAINS {
            match node.shared().head(chain) {
                Some(head) => self.heads.insert(chain, head),
                None => self.heads.remove(chain),
            };
        }
    }
}

fn told(outcomes: &[Outcome]) -> Vec<String> {
    let one = |outcome: &Outcome| match outcome {
        Ok(accepted) => format!("{} {}", accepted.index, accepted.hash),
        Err(refusal) => refusal.code().to_string(),
    };
    outcomes.iter().map(one).collect()
}

#[test]
fn a_start_and_an_audit_take_whatever_the_running_server_took() {
    let mut chance = Chance::new("lent");
    let mut taken = 0;
    for _ in 0..if std::env::var_os("ALMONER_DEEP").is_some() { 400 } else { 12 } {
        let (together, apart) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (directory, node) = begin(together.path());
        let (_, alone) = begin(apart.path());
        let registrar = SecretKey::from_seed("operator/registrar", &[2; 32]);
        let mut author = Author { chance: chance.split(), registrar, heads: BTreeMap::new(), opened: BTreeMap::new() };
        for _ in 0..25 {
            author.look(&node);
            let notes: Vec<Vec<u8>> = (0..author.chance.between(1, 12)).map(|_| author.note()).collect();
            let outcomes = node.submit(notes.clone()).unwrap();
            let one_by_one: Vec<Outcome> =
                notes.iter().map(|note| alone.submit(vec![note.clone()]).unwrap().remove(0)).collect();
            let texts = notes.iter().map(|note| String::from_utf8_lossy(note)).collect::<Vec<_>>().join("\n");
            assert_eq!(told(&outcomes), told(&one_by_one), "{texts}");
            taken += outcomes.iter().flatten().filter(|accepted| !accepted.duplicate).count();
        }
        node.publish().unwrap();
        let size = node.shared().committed();
        let heads = |node: &Node| CHAINS.map(|chain| node.shared().head(chain));
        let before = (size, node.shared().published_root(size), heads(&node));
        let vkey = node.vkey();
        drop(node);
        // Every signature again, as one does who never saw this log.
        let follower = Options { anchor: Some(together.path().join("follower")), ..Options::default() };
        let follower = Node::follow(&directory, follower).unwrap();
        assert_eq!((follower.shared().committed(), follower.shared().published_root(size), heads(&follower)), before);
        drop(follower);
        let policy = Found {
            policy: Policy::parse(&format!("log {vkey}\nquorum none\n")).unwrap(),
            source: Source::Named,
            file: "test".into(),
        };
        let place = Place::open(directory.path().to_str().unwrap()).unwrap();
        let report = audit(place.source.as_ref(), &Audit { policy: Some(policy), ..Audit::default() });
        assert_eq!((report.verdict, report.size), (Verdict::Verified, Some(size)), "{:?}", report.findings);
        // And as the machine that wrote it.
        let again = Node::open(&directory, options(together.path())).unwrap();
        assert_eq!((again.shared().committed(), again.shared().published_root(size), heads(&again)), before);
    }
    assert!(taken > 100, "only {taken} events were taken: the runs show nothing");
}
