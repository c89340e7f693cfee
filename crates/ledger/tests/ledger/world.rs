//! A log in memory, with authors whose keys come from their names.

use almoner_ledger::event::Prior;
use almoner_ledger::{
    Admitted, Books, Code, Drafted, Effect, Flow, KeyRing, Line, Pool, Referenced, Refusal, Refused, Rehearsed, admit,
    decode, read_envelope, replay, verify_candidate,
};
use almoner_proof::event::Draft;
use almoner_proof::merkle::{Frontier, empty_root, leaf_hash};
use almoner_proof::{Envelope, Hash, SecretKey, note};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) const ORIGIN: &str = "log.example/almoner";
pub(crate) const TIME: &str = "2026-11-21T12:00:00Z";

/// A log, its authors, and what was admitted.
pub(crate) struct World {
    pub books: Books,
    pub ring: KeyRing,
    frontier: Frontier,
    /// Root at every size.
    roots: Vec<Hash>,
    notes: Vec<Arc<str>>,
    places: BTreeMap<(String, u64), u64>,
    /// Steps of money and postings of every event, as it was admitted.
    pub flows: Vec<Vec<Flow<Pool, i64>>>,
    pub postings: Vec<Vec<Line>>,
    /// Every event as it was admitted, for those who fold it.
    pub admitted: Vec<Admitted>,
    /// Names for events, for tables.
    pub labels: BTreeMap<String, u64>,
    /// Keys whose seed is another name's: `twin/eve` signs with the bytes of `well/bob`.
    pub seeds: BTreeMap<String, String>,
}

/// What a test may bend in an otherwise proper event.
#[derive(Default, Clone)]
pub(crate) struct Bend {
    pub seq: Option<u64>,
    pub prev: Option<Hash>,
    pub seen: Option<(u64, Hash)>,
    pub log: Option<String>,
    /// Changes the signed note.
    pub note: Option<fn(&mut String)>,
}

impl World {
    /// An empty log.
    pub(crate) fn empty() -> World {
        World {
            books: Books::new(ORIGIN),
            ring: KeyRing::default(),
            frontier: Frontier::default(),
            roots: vec![empty_root()],
            notes: Vec::new(),
            places: BTreeMap::new(),
            flows: Vec::new(),
            postings: Vec::new(),
            admitted: Vec::new(),
            labels: BTreeMap::new(),
            seeds: BTreeMap::new(),
        }
    }

    /// A log that is opened, with operator's key `operator/reg`.
    pub(crate) fn opened() -> World {
        let mut world = World::empty();
        let reg = world.key_entry("operator/reg", "reg", &["registrar", "admin"]);
        let data = opening("Operator", vec![reg], 1, json!([]));
        world.event("operator", "reg", "chain.opened/1", data).unwrap();
        world.event("operator", "reg", "log.opened/1", json!({"rules": 1})).unwrap();
        world
    }

    /// The key of a name, `<chain>/<label>`.
    pub(crate) fn secret(&self, name: &str) -> SecretKey {
        let seed = self.seeds.get(name).map_or(name, String::as_str);
        SecretKey::from_seed(name, &Hash::of(seed.as_bytes()).0)
    }

    pub(crate) fn vkey(&self, name: &str) -> String {
        self.secret(name).verifier().to_string()
    }

    pub(crate) fn key_entry(&self, name: &str, holder: &str, roles: &[&str]) -> Value {
        json!({"vkey": self.vkey(name), "holder": holder, "roles": roles})
    }

    /// Opens a chain with keys `(label, holder, roles)`, without admitting it.
    pub(crate) fn open(
        &mut self,
        chain: &str,
        keys: &[(&str, &str, &[&str])],
        admin_quorum: u32,
        approvals: Value,
    ) -> Result<u64, Refusal> {
        let entries =
            keys.iter().map(|(label, holder, roles)| self.key_entry(&format!("{chain}/{label}"), holder, roles));
        let data = opening(chain, entries.collect(), admin_quorum, approvals);
        let signers: Vec<&str> = keys.iter().map(|(label, ..)| *label).chain(["operator/reg"]).collect();
        self.event(chain, &signers.join("+"), "chain.opened/1", data)
    }

    /// Admits a chain.
    pub(crate) fn admit_chain(&mut self, chain: &str, role: &str, supervisor: Option<&str>) -> Result<u64, Refusal> {
        let hash = self.hash_of(self.place(chain, 0).unwrap());
        let event = format!("{chain}#0");
        let mut data = json!({"chain": chain, "role": role, "event": event, "hash": hash.to_base64()});
        if let Some(supervisor) = supervisor {
            data["supervisor"] = json!(supervisor);
        }
        self.event("operator", "reg", "chain.admitted/1", data)
    }

    /// A charity: `ann` and `abe` are admins, `bob` books, requests and reports, `cat` and `dan`
    /// approve, `bob2` is another key of bob's. From CNY 50,000.00 on two approvers are needed.
    pub(crate) fn charity(&mut self, chain: &str, supervisor: Option<&str>) {
        let keys: &[(&str, &str, &[&str])] = &[
            ("abe", "abe", &["admin"]),
            ("ann", "ann", &["admin"]),
            ("bob", "bob", &["book", "request", "report"]),
            ("bob2", "bob", &["approve"]),
            ("cat", "cat", &["approve"]),
            ("dan", "dan", &["approve"]),
        ];
        self.open(chain, keys, 1, json!([{"currency": "CNY", "from": "50000.00", "approvers": 2}])).unwrap();
        self.admit_chain(chain, "charity", supervisor).unwrap();
    }

    /// A chain of one person with some roles.
    pub(crate) fn person(&mut self, chain: &str, label: &str, roles: &[&str], role: &str) {
        let mut all = vec!["admin"];
        all.extend(roles);
        self.open(chain, &[(label, label, &all)], 1, json!([])).unwrap();
        self.admit_chain(chain, role, None).unwrap();
    }

    /// An event as its author would send it. Signers are labels of the chain or full names, joined by `+`.
    pub(crate) fn event(&mut self, chain: &str, signers: &str, kind: &str, data: Value) -> Result<u64, Refusal> {
        self.bent(chain, signers, kind, &data.to_string(), &Bend::default())
    }

    /// An event by `bob` that must be admitted.
    pub(crate) fn ok(&mut self, chain: &str, kind: &str, data: Value) -> u64 {
        self.event(chain, "bob", kind, data).unwrap_or_else(|why| panic!("{kind}: {why}"))
    }

    /// An event with something bent.
    pub(crate) fn bent(
        &mut self,
        chain: &str,
        signers: &str,
        kind: &str,
        data: &str,
        bend: &Bend,
    ) -> Result<u64, Refusal> {
        let note = self.note(chain, signers, kind, data, bend);
        self.submit(note.as_bytes())
    }

    /// The signed note.
    pub(crate) fn note(&self, chain: &str, signers: &str, kind: &str, data: &str, bend: &Bend) -> String {
        let known = self.books.chain_no(chain).and_then(|no| self.books.chain(no));
        let (seq, prev) = known.map_or((0, Hash::default()), |chain| (chain.next_seq, chain.last_hash));
        let text = Draft {
            log: bend.log.as_deref().unwrap_or(ORIGIN),
            chain,
            seq: bend.seq.unwrap_or(seq),
            prev: bend.prev.unwrap_or(prev),
            seen: bend.seen.unwrap_or_else(|| self.seen()),
            time: TIME,
            kind,
            data,
        }
        .text();
        let full = |label: &str| if label.contains('/') { label.to_owned() } else { format!("{chain}/{label}") };
        let keys: Vec<SecretKey> = signers.split('+').map(|label| self.secret(&full(label))).collect();
        let mut note = note::sign(&text, &keys.iter().collect::<Vec<_>>());
        if let Some(change) = bend.note {
            change(&mut note);
        }
        note
    }

    /// What a server does with received bytes.
    pub(crate) fn submit(&mut self, bytes: &[u8]) -> Result<u64, Refusal> {
        let told = self.decide(bytes);
        self.agrees(bytes, &told);
        let admitted = told?;
        let index = admitted.done.index;
        is_read_back(&admitted);
        self.books.apply(&admitted).expect("what was admitted can be folded");
        let steps = admitted.done.effects.iter().flat_map(|effect| match effect {
            Effect::Post(booked) => booked.steps.clone(),
            _ => Vec::new(),
        });
        let pool = |no| *self.books.pool(no).expect("a pool that is open");
        self.flows.push(steps.map(|step| step.map(pool, |minor| minor)).collect());
        self.postings.push(self.books.posted(index).unwrap_or_default());
        let envelope = admitted.verified.envelope();
        self.ring.add_introduced(envelope);
        self.places.insert((envelope.chain().to_owned(), envelope.seq), index);
        self.notes.push(envelope.shared());
        self.frontier.push(leaf_hash(bytes));
        self.roots.push(self.frontier.root());
        self.admitted.push(admitted);
        Ok(index)
    }

    /// The decision alone; nothing changes.
    pub(crate) fn decide(&self, bytes: &[u8]) -> Result<Admitted, Refusal> {
        let envelope = read_envelope(bytes, ORIGIN)?;
        let seen = envelope.seen.0;
        let candidate = verify_candidate(envelope, &self.ring)?;
        let places = candidate.references().into_iter();
        let priors = places.filter_map(|r| self.prior(self.place(&r.event.chain, r.event.seq)?)).collect();
        admit(&self.books, &Referenced { seen_root: self.root(seen), priors }, candidate)
    }

    /// Decides over a draft on books on trial; `own` are the drafts that were tried before.
    pub(crate) fn rehearse(
        &self,
        books: &Books,
        own: &BTreeMap<(String, u64), (u64, Envelope)>,
        draft: &Drafted,
    ) -> Result<Rehearsed, Refused> {
        let prior = |chain: &str, seq: u64| {
            let Some((index, envelope)) = own.get(&(chain.to_owned(), seq)).cloned() else {
                return self.prior(self.place(chain, seq)?);
            };
            let (_, event) = decode(&envelope).ok()?;
            Some(Prior { index, hash: envelope.hash(), envelope, event })
        };
        let priors = draft.references().iter().filter_map(|r| prior(&r.event.chain, r.event.seq)).collect();
        draft.decide(books, &Referenced { seen_root: self.root(draft.envelope().seen.0), priors })
    }

    /// What a note is told by admission it is told before it is sent, and before it is signed, also by the same effects.
    fn agrees(&self, note: &[u8], told: &Result<Admitted, Refusal>) {
        let Ok(envelope) = Envelope::parse(note) else { return };
        // Which key signed, and what, nobody knows of a text that is not signed.
        let is_of_keys = |told: &Refusal| matches!(told.code(), Code::SignatureInvalid | Code::KeyUnknown);
        for (draft, is_signed) in [(Drafted::of_note(note, ORIGIN).unwrap(), true), (drafted(&envelope), false)] {
            match (self.rehearse(&self.books, &BTreeMap::new(), &draft), told) {
                (Ok(rehearsed), Ok(admitted)) => {
                    assert_eq!(format!("{:?}", rehearsed.done), format!("{:?}", admitted.done));
                }
                (_, Err(told)) if is_of_keys(told) && !is_signed => {}
                (Err(refused), Err(told)) => {
                    let part = |refusal: &Refusal| (refusal.code(), refusal.member(), refusal.head());
                    assert_eq!(part(&refused.first), part(told));
                }
                (Ok(_), Err(told)) => panic!("a dry run admits what is refused: {told}"),
                (Err(refused), Ok(_)) => panic!("a dry run refuses what is admitted: {}", refused.first),
            }
        }
    }

    /// The root at a size.
    pub(crate) fn root(&self, size: u64) -> Option<Hash> {
        usize::try_from(size).ok().and_then(|size| self.roots.get(size)).copied()
    }

    fn prior(&self, index: u64) -> Option<Prior> {
        let envelope = self.envelope(index);
        let (_, event) = decode(&envelope).ok()?;
        Some(Prior { index, hash: envelope.hash(), envelope, event })
    }

    pub(crate) fn envelope(&self, index: u64) -> Envelope {
        Envelope::parse(self.notes[usize::try_from(index).unwrap()].as_bytes()).unwrap()
    }

    pub(crate) fn hash_of(&self, index: u64) -> Hash {
        self.envelope(index).hash()
    }

    /// `<chain>#<seq>` of an event.
    pub(crate) fn name_of(&self, index: u64) -> String {
        let envelope = self.envelope(index);
        format!("{}#{}", envelope.chain(), envelope.seq)
    }

    pub(crate) fn place(&self, chain: &str, seq: u64) -> Option<u64> {
        self.places.get(&(chain.to_owned(), seq)).copied()
    }

    /// Size and root of the log, as an author sees it who is up to date.
    pub(crate) fn seen(&self) -> (u64, Hash) {
        (self.frontier.size(), self.frontier.root())
    }

    /// Reverses an event of `well`.
    pub(crate) fn reverse(&mut self, index: u64, items: Option<&[u32]>) -> Result<u64, Refusal> {
        let chain = self.envelope(index).chain().to_owned();
        let mut data = json!({"event": self.name_of(index), "hash": self.hash_of(index).to_base64(),
            "effective_date": "2026-11-21", "reason": "mistake"});
        if let Some(items) = items {
            data["items"] = json!(items);
        }
        self.event(&chain, "bob", "event.reversed/1", data)
    }

    /// Books, told apart by everything that admission could have changed.
    pub(crate) fn picture(&self) -> String {
        format!("{:?}", self.books)
    }
}

/// A note as its author drafts it, before it is signed.
pub(crate) fn drafted(note: &Envelope) -> Drafted {
    let signers: Vec<String> = note.signatures().map(|(name, _)| name.to_owned()).collect();
    Drafted::read(note.text(), &signers, ORIGIN).unwrap()
}

/// Data of chain.opened.
pub(crate) fn opening(name: &str, keys: Vec<Value>, admin_quorum: u32, approvals: Value) -> Value {
    json!({"name": {"en": name}, "keys": keys, "admin_quorum": admin_quorum, "approvals": approvals,
        "recovery": {"keys": [], "quorum": 1}})
}

/// What an event does is the same when it was written down and read, whatever the event.
fn is_read_back(admitted: &Admitted) {
    let written = |admitted: &Admitted| {
        let mut writer = replay::Writer::default();
        writer.push(admitted).unwrap();
        writer.finish().unwrap()
    };
    let bytes = written(admitted);
    let stretch = replay::read(&bytes).expect("what was written");
    assert_eq!(stretch.heads(), [admitted.head()]);
    let events: Vec<_> = stretch.map(|done| done.expect("what was written")).collect();
    assert_eq!(format!("{events:?}"), format!("{:?}", [&admitted.done]));
}
