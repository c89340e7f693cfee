//! Logs in memory, and on disk as tiles. The writer signs whatever it is told and judges nothing:
//! it plays the authors and the operator, honest or not.

use almoner_cli::audit::{Options, Report, audit};
use almoner_cli::source::DirSource;
use almoner_proof::event::Draft;
use almoner_proof::merkle::{empty_root, leaf_hash, root_of};
use almoner_proof::policy::search::{Found, Source};
use almoner_proof::tile::{Tile, push_entry};
use almoner_proof::{Checkpoint, Envelope, Hash, Policy, SecretKey, note};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// The log of all tests.
pub(crate) const ORIGIN: &str = "ledger.example/audit";

/// A key that is the same in every run.
pub(crate) fn key(name: &str) -> SecretKey {
    SecretKey::from_seed(name, &Hash::of(name.as_bytes()).0)
}

/// The policy that names the log's key and no witness.
pub(crate) fn policy() -> Policy {
    Policy::parse(&format!("log {}\nquorum none\n", key(ORIGIN).verifier())).unwrap()
}

/// A policy as if it was named.
pub(crate) fn found(policy: Policy) -> Found {
    Found { policy, source: Source::Named, file: "the test".into() }
}

/// Where an event stands, and its hash.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub index: usize,
    pub hash: Hash,
}

/// Writes events, one after the other.
pub(crate) struct Writer {
    pub origin: &'static str,
    pub entries: Vec<Vec<u8>>,
    leaves: Vec<Hash>,
    chains: BTreeMap<String, (u64, Hash)>,
    /// What authors have seen: the size and root last published.
    pub seen: (u64, Hash),
}

impl Writer {
    pub(crate) fn new(origin: &'static str) -> Writer {
        let seen = (0, empty_root());
        Writer { origin, entries: Vec::new(), leaves: Vec::new(), chains: BTreeMap::new(), seen }
    }

    /// Appends an event of the first signer's chain; signers are `<chain>/<label>`.
    pub(crate) fn event(&mut self, signers: &[&str], kind: &str, data: &str) -> Place {
        let chain = signers[0].split_once('/').unwrap().0.to_owned();
        let (seq, prev) = self.chains.get(&chain).copied().unwrap_or_default();
        let time = "2026-11-21T10:00:00Z";
        let draft = Draft { log: self.origin, chain: &chain, seq, prev, seen: self.seen, time, kind, data };
        let text = draft.text();
        let keys: Vec<SecretKey> = signers.iter().map(|name| key(name)).collect();
        let bytes = note::sign(&text, &keys.iter().collect::<Vec<_>>()).into_bytes();
        let place = Place { index: self.entries.len(), hash: Hash::of(text.as_bytes()) };
        self.chains.insert(chain, (seq + 1, place.hash));
        self.leaves.push(leaf_hash(&bytes));
        self.entries.push(bytes);
        place
    }

    /// `<chain>#<seq>` of the chain's last event.
    pub(crate) fn last_of(&self, chain: &str) -> String {
        format!("{chain}#{}", self.chains[chain].0 - 1)
    }

    /// A checkpoint is published: authors see this size from here on.
    pub(crate) fn publish(&mut self) -> (u64, Hash) {
        self.seen = (self.leaves.len() as u64, root_of(&self.leaves));
        self.seen
    }
}

/// A directory that goes away with its owner.
pub(crate) struct Dir(pub PathBuf);

impl Dir {
    pub(crate) fn new() -> Dir {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("almoner-audit-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Dir(path)
    }

    pub(crate) fn put(&self, path: &str, bytes: &[u8]) {
        let path = self.0.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    pub(crate) fn get(&self, path: &str) -> Vec<u8> {
        std::fs::read(self.0.join(path)).unwrap()
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A checkpoint as the log's key signs it.
pub(crate) fn checkpoint(size: usize, root: Hash) -> Vec<u8> {
    Checkpoint { origin: ORIGIN.to_owned(), size: size as u64, root }.sign(&key(ORIGIN)).into_bytes()
}

/// The root over entries.
pub(crate) fn root(entries: &[Vec<u8>]) -> Hash {
    root_of(&entries.iter().map(|entry| leaf_hash(entry)).collect::<Vec<_>>())
}

/// Publishes entries: tiles, root and checkpoint, all computed anew from them and signed.
pub(crate) fn publish(entries: &[Vec<u8>]) -> Dir {
    let dir = Dir::new();
    publish_to(&dir, entries);
    dir
}

pub(crate) fn publish_to(dir: &Dir, entries: &[Vec<u8>]) {
    let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    for tile in Tile::all(entries.len() as u64) {
        let mut bytes = Vec::new();
        let places = tile.index * 256..tile.index * 256 + u64::from(tile.width);
        for place in places {
            match tile.level {
                None => assert!(push_entry(&mut bytes, &entries[place as usize])),
                Some(level) => {
                    let width = 1usize << (8 * usize::from(level));
                    let from = place as usize * width;
                    bytes.extend_from_slice(&root_of(&leaves[from..from + width]).0);
                }
            }
        }
        dir.put(&tile.to_string(), &bytes);
    }
    dir.put("checkpoint", &checkpoint(entries.len(), root_of(&leaves)));
}

/// Audits a directory under the right policy.
pub(crate) fn run(dir: &Path) -> Report {
    run_with(dir, Options { threads: 2, ..Options::default() })
}

/// Audits with other options, under the right policy.
pub(crate) fn run_with(dir: &Path, options: Options<'_>) -> Report {
    let options = Options { policy: Some(found(policy())), ..options };
    audit(&DirSource::new(dir), &options)
}

/// The parts of an entry.
pub(crate) fn read(entry: &[u8]) -> Envelope {
    Envelope::parse(entry).unwrap()
}
