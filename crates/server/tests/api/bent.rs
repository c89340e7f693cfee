//! A store whose bytes change under whoever reads it, and a ledger of two full tiles and a part on it.

use crate::house::{Author, listen, settle};
use almoner_proof::merkle::leaf_hash;
use almoner_proof::{Hash, SecretKey};
use almoner_server::app::{Node, Options, Rounds};
use almoner_store::{Append, Limits, Log, MemoryAnchor, MemoryLog, Pinned, Sealed, StoreError};
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::oneshot;

pub(crate) const ORIGIN: &str = "giving.example/ledger";

/// What is wrong with the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Harm {
    /// One bit of an entry, in its text or in its signatures.
    Entry(u64),
    Signature(u64),
    /// One bit of a leaf hash.
    Leaf(u64),
    /// An entry and its leaf hash, so that they fit each other.
    Both(u64),
    /// An entry's row, or its leaf hash's.
    Gone(u64),
    LeafGone(u64),
    /// The position of (chain, seq): another index, or none.
    Position(u32, u64, Option<u64>),
    /// A published checkpoint's row: its number, and what is done to it.
    Checkpoint(usize, Row),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Row {
    Size,
    Root,
    Signature,
    Text,
    Gone,
}

/// A log in memory that answers as if its bytes were harmed.
#[derive(Default)]
pub(crate) struct Bent {
    inner: MemoryLog,
    harm: Mutex<Option<Harm>>,
}

impl Bent {
    pub(crate) fn harm(&self, harm: Option<Harm>) {
        *self.harm.lock().unwrap() = harm;
    }

    fn harmed(&self) -> Option<Harm> {
        self.harm.lock().unwrap().clone()
    }

    fn entry_as_bent(&self, index: u64, mut bytes: Vec<u8>) -> Result<Vec<u8>, StoreError> {
        let harm = self.harmed();
        // The data, so that the note reads as before; the last signature's last letters, before `=` and a newline.
        let text = bytes.windows(9).position(|part| part == b"\ntype org").map_or(bytes.len() / 2, |at| at - 3);
        match harm {
            Some(Harm::Entry(at) | Harm::Both(at)) if at == index => bytes[text] ^= 1,
            Some(Harm::Signature(at)) if at == index => {
                let place = bytes.len() - 20;
                bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
            }
            Some(Harm::Gone(at)) if at == index => {
                return Err(StoreError::Corrupt { index: Some(at), what: "the entry is missing".to_owned() });
            }
            _ => {}
        }
        Ok(bytes)
    }
}

impl Log for Bent {
    fn size(&self) -> Result<u64, StoreError> {
        self.inner.size()
    }
    fn append(&self, expected_size: u64, batch: &[Sealed]) -> Append {
        self.inner.append(expected_size, batch)
    }
    fn read(&self, from: u64, to: u64, each: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<(), StoreError> {
        let mut answer = Ok(());
        self.inner.read(from, to, &mut |index, bytes| match self.entry_as_bent(index, bytes.to_vec()) {
            Ok(bytes) => each(index, &bytes),
            Err(error) => {
                answer = Err(error);
                false
            }
        })?;
        answer
    }
    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.entry(index)?.map(|bytes| self.entry_as_bent(index, bytes)).transpose()
    }
    fn leaves(&self, from: u64, to: u64) -> Result<Vec<[u8; 32]>, StoreError> {
        let mut leaves = self.inner.leaves(from, to)?;
        let harm = self.harmed();
        for (index, leaf) in (from..).zip(&mut leaves) {
            match harm {
                Some(Harm::Leaf(at)) if at == index => leaf[31] ^= 1,
                Some(Harm::Both(at)) if at == index => *leaf = leaf_hash(&self.entry(index)?.unwrap()).0,
                Some(Harm::LeafGone(at)) if at == index => {
                    return Err(StoreError::Corrupt { index: Some(at), what: "the leaf hash is missing".to_owned() });
                }
                _ => {}
            }
        }
        Ok(leaves)
    }
    fn head(&self, chain: u32) -> Result<Option<(u64, u64)>, StoreError> {
        self.inner.head(chain)
    }
    fn lookup(&self, chain: u32, seq: u64) -> Result<Option<u64>, StoreError> {
        match self.harmed() {
            Some(Harm::Position(c, s, index)) if (c, s) == (chain, seq) => Ok(index),
            _ => self.inner.lookup(chain, seq),
        }
    }
    fn positions(&self, from: (u32, u64), each: &mut dyn FnMut(u32, u64, u64) -> bool) -> Result<(), StoreError> {
        let harm = self.harmed();
        self.inner.positions(from, &mut |chain, seq, index| match harm {
            Some(Harm::Position(c, s, bent)) if (c, s) == (chain, seq) => {
                bent.is_none_or(|index| each(chain, seq, index))
            }
            _ => each(chain, seq, index),
        })
    }
    fn put_checkpoint(&self, checkpoint: &Pinned) -> Result<(), StoreError> {
        self.inner.put_checkpoint(checkpoint)
    }
    fn latest_checkpoint(&self) -> Result<Option<Pinned>, StoreError> {
        let mut latest = None;
        self.checkpoints(0, &mut |checkpoint| {
            latest = Some(checkpoint.clone());
            true
        })?;
        Ok(latest)
    }
    fn checkpoints(&self, from: u64, each: &mut dyn FnMut(&Pinned) -> bool) -> Result<(), StoreError> {
        let mut all: Vec<Pinned> = Vec::new();
        self.inner.checkpoints(0, &mut |checkpoint| {
            all.push(checkpoint.clone());
            true
        })?;
        if let Some(Harm::Checkpoint(number, row)) = self.harmed() {
            let bent = &mut all[number];
            let last = bent.note.len() - 20;
            match row {
                Row::Size => bent.size += 1 << 20,
                Row::Root => bent.root[7] ^= 4,
                Row::Signature => bent.note[last] = if bent.note[last] == b'A' { b'B' } else { b'A' },
                Row::Text => bent.note[ORIGIN.len() + 1] ^= 1,
                Row::Gone => {
                    all.remove(number);
                }
            }
        }
        all.sort_by_key(|checkpoint| checkpoint.size);
        for checkpoint in all.iter().filter(|checkpoint| checkpoint.size >= from) {
            if !each(checkpoint) {
                break;
            }
        }
        Ok(())
    }
}

/// Who stands before a log, and may keep back whoever asks it.
pub(crate) trait Guard: Send + Sync {
    /// Before something is appended.
    fn append(&self) {}
    /// Before entries or their leaves are read.
    fn read(&self) {}
    /// Before a place is looked up.
    fn lookup(&self) {}
    /// What is appended at once.
    fn limits(&self, limits: Limits) -> Limits {
        limits
    }
}

/// A log that is asked past a guard.
pub(crate) struct Guarded<G> {
    pub(crate) inner: Arc<Bent>,
    pub(crate) guard: Arc<G>,
}

impl<G: Guard> Log for Guarded<G> {
    fn limits(&self) -> Limits {
        self.guard.limits(self.inner.limits())
    }
    fn size(&self) -> Result<u64, StoreError> {
        self.inner.size()
    }
    fn append(&self, expected_size: u64, batch: &[Sealed]) -> Append {
        self.guard.append();
        self.inner.append(expected_size, batch)
    }
    fn read(&self, from: u64, to: u64, each: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<(), StoreError> {
        self.guard.read();
        self.inner.read(from, to, each)
    }
    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.guard.read();
        self.inner.entry(index)
    }
    fn leaves(&self, from: u64, to: u64) -> Result<Vec<[u8; 32]>, StoreError> {
        self.guard.read();
        self.inner.leaves(from, to)
    }
    fn head(&self, chain: u32) -> Result<Option<(u64, u64)>, StoreError> {
        self.inner.head(chain)
    }
    fn lookup(&self, chain: u32, seq: u64) -> Result<Option<u64>, StoreError> {
        self.guard.lookup();
        self.inner.lookup(chain, seq)
    }
    fn positions(&self, from: (u32, u64), each: &mut dyn FnMut(u32, u64, u64) -> bool) -> Result<(), StoreError> {
        self.inner.positions(from, each)
    }
    fn put_checkpoint(&self, checkpoint: &Pinned) -> Result<(), StoreError> {
        self.inner.put_checkpoint(checkpoint)
    }
    fn latest_checkpoint(&self) -> Result<Option<Pinned>, StoreError> {
        self.inner.latest_checkpoint()
    }
    fn checkpoints(&self, from: u64, each: &mut dyn FnMut(&Pinned) -> bool) -> Result<(), StoreError> {
        self.inner.checkpoints(from, each)
    }
}

/// A charity's ledger of more than two tiles, with a reversal and a trail, on a store that can be bent.
pub(crate) struct World {
    pub log: Arc<Bent>,
    pub anchor: Arc<MemoryAnchor>,
    pub size: u64,
    /// Every note, by index.
    pub notes: Vec<Vec<u8>>,
}

/// A pace at which the whole is read at once, and the pause until it is read again.
pub(crate) fn quick(pause: Duration) -> Options {
    let rounds = Rounds { bytes_per_second: u64::MAX, pause };
    Options { publish_every: Duration::from_millis(1), rounds, ..Options::default() }
}

/// A pace at which nothing is read in the background while a test runs.
pub(crate) fn slow() -> Options {
    let rounds = Rounds { bytes_per_second: 1, pause: Duration::from_secs(3600) };
    Options { publish_every: Duration::from_millis(1), rounds, ..Options::default() }
}

pub(crate) fn well() -> SecretKey {
    SecretKey::from_seed("well/treasurer", &[50; 32])
}

pub(crate) fn gift(cents: u64) -> serde_json::Value {
    json!({
        "account": "account/bank", "currency": "CNY", "fund": "fund/water", "effective_date": "2026-11-18",
        "gifts": [{"gross": format!("{}.{:02}", cents / 100, cents % 100), "fee": "0.00"}],
    })
}

impl World {
    pub(crate) fn new() -> World {
        let (log, anchor) = (Arc::new(Bent::default()), Arc::new(MemoryAnchor::new()));
        let mut world = World { log, anchor, size: 0, notes: Vec::new() };
        let node = world.start(slow()).unwrap();
        world.write(&node);
        settle(&node);
        world.size = node.shared().committed();
        world.notes = (0..world.size).map(|index| world.log.entry(index).unwrap().unwrap()).collect();
        node.stop();
        world
    }

    /// Opens the ledger as it is stored.
    pub(crate) fn start(&self, options: Options) -> anyhow::Result<Node> {
        let log = Arc::clone(&self.log) as Arc<dyn Log>;
        let key = SecretKey::from_seed(ORIGIN, &[1; 32]);
        Node::start(log, Box::new(Arc::clone(&self.anchor)), key, options)
    }

    fn write(&self, node: &Node) {
        let registrar = SecretKey::from_seed("operator/registrar", &[2; 32]);
        let mut author = Author { node, log: ORIGIN, heads: Default::default() };
        let keys = json!([{"vkey": registrar.verifier().to_string(), "holder": "r", "roles": ["admin", "registrar"]}]);
        let opened = json!({"name": {"en": "Operator"}, "keys": keys, "admin_quorum": 1, "approvals": [], "recovery": {"keys": [], "quorum": 1}});
        author.sign("operator", "chain.opened/1", opened, &[&registrar]);
        author.sign("operator", "log.opened/1", json!({"rules": 1}), &[&registrar]);
        let well = well();
        let name = json!({"en": "The Well"});
        author.open("well", name, "charity", &well, &["admin", "book", "report"], &registrar);
        let account = json!({"account": "account/bank", "kind": "bank", "currency": "CNY"});
        author.sign("well", "account.opened/1", account, &[&well]);
        let fund = json!({"fund": "fund/water", "class": "restricted", "purpose": "Water"});
        author.sign("well", "fund.opened/1", fund, &[&well]);
        for number in 0..520 {
            author.sign("well", "donation.received/1", gift(1000 + number), &[&well]);
            if number % 130 == 0 {
                settle(node);
            }
        }
        let (seq, hash) = author.heads["well"];
        let reversed = json!({"event": format!("well#{}", seq - 1), "hash": hash.to_base64(), "effective_date": "2026-11-19", "reason": "entered twice"});
        author.sign("well", "event.reversed/1", reversed, &[&well]);
    }

    /// The index of a note of the charity's chain.
    pub(crate) fn index_of(&self, seq: u64) -> u64 {
        let line = format!("\nchain well\nseq {seq}\n");
        let found = self.notes.iter().position(|note| String::from_utf8_lossy(note).contains(&line));
        found.unwrap() as u64
    }

    /// The hash of the event at an index.
    pub(crate) fn hash(&self, index: u64) -> Hash {
        almoner_proof::Envelope::parse(&self.notes[index as usize]).unwrap().hash()
    }
}

/// A node that listens until it goes out of scope.
pub(crate) struct Listening {
    pub node: Arc<Node>,
    base: String,
    agent: ureq::Agent,
    stop: Option<oneshot::Sender<()>>,
}

pub(crate) type Answer = (u16, String, Vec<u8>);

impl Listening {
    pub(crate) fn new(node: Node) -> Listening {
        let node = Arc::new(node);
        let (stop, stopped) = oneshot::channel();
        let base = listen(Arc::clone(&node), async {
            let _ = stopped.await;
        });
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        Listening { node, base, agent, stop: Some(stop) }
    }

    pub(crate) fn base(&self) -> String {
        self.base.clone()
    }

    /// Status, `Cache-Control` and body.
    pub(crate) fn get(&self, path: &str) -> Answer {
        told(self.agent.get(format!("{}{path}", self.base)).call())
    }

    pub(crate) fn post(&self, path: &str, note: &[u8]) -> Answer {
        told(self.agent.post(format!("{}{path}", self.base)).content_type("text/plain").send(note))
    }
}

fn told(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Answer {
    let mut response = response.unwrap();
    let cache = response.headers().get("cache-control").map_or("", |value| value.to_str().unwrap()).to_owned();
    (response.status().as_u16(), cache, response.body_mut().with_config().limit(64 << 20).read_to_vec().unwrap())
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.stop.take().map(|stop| stop.send(()));
        self.node.stop();
    }
}
