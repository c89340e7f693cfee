//! Opening: a new ledger and an old one end in the same state, through the same code.

use super::commit::Committer;
use super::directory::LedgerDirectory;
use super::node::{Node, Options, Shared, Status};
use super::sequence::Sequencer;
use super::tree::Tree;
use almoner_ledger::admit::{KeyRing, Referenced, recall_candidate};
use almoner_ledger::event::Prior;
use almoner_ledger::{Books, admit, decode, read_envelope, verify_candidate};
use almoner_proof::merkle::{empty_root, leaf_hash};
use almoner_proof::{Envelope, Hash, SecretKey};
use almoner_store::{Anchor, FileAnchor, Log, Pinned, SqliteLog, StoreError, Swap};
use almoner_views::Views;
use anyhow::{Context as _, bail};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Condvar, Mutex, RwLock};

impl Node {
    /// Makes the store and the anchor of a new ledger and opens it.
    ///
    /// # Errors
    /// When one of them exists or cannot be made.
    pub fn create(directory: &LedgerDirectory, key: SecretKey, options: Options) -> anyhow::Result<Node> {
        let anchor = Node::anchor_path(&key, &options);
        let log = SqliteLog::create(directory.store())?;
        let anchor = FileAnchor::create(&anchor)?;
        Node::start(Arc::new(log), Box::new(anchor), key, options)
    }

    /// Opens an existing ledger.
    ///
    /// # Errors
    /// With a text that says what to do: locked, no anchor, behind the anchor, bytes that do not
    /// hash to the anchored root, a key that is not the log's.
    pub fn open(directory: &LedgerDirectory, options: Options) -> anyhow::Result<Node> {
        let key = directory.read_key("log")?;
        let path = Node::anchor_path(&key, &options);
        let log = SqliteLog::open(directory.store())?;
        let anchor = match FileAnchor::open(&path) {
            Err(StoreError::AnchorMissing { .. }) if log.size()? == 0 => FileAnchor::create(&path)?,
            opened => opened.with_context(|| {
                format!(
                    "no usable anchor at {}: the newest signed checkpoint is pinned there, outside of the ledger's directory, \
                     so that a restored or cut copy is noticed. If this ledger was moved to this machine on purpose, bring the \
                     anchor file along and name it with --anchor",
                    path.display()
                )
            })?,
        };
        Node::start(Arc::new(log), Box::new(anchor), key, options)
    }

    /// Opens any log with any anchor: the same steps for an empty one and for one of ten million events.
    ///
    /// # Errors
    /// As [`Node::open`].
    pub fn start(log: Arc<dyn Log>, anchor: Box<dyn Anchor>, key: SecretKey, options: Options) -> anyhow::Result<Node> {
        let pinned = anchor.read()?;
        if let Some(pinned) = &pinned {
            let note = almoner_proof::note::Note::parse(&pinned.note).ok();
            let signed = note.is_some_and(|note| note.verify(&key.verifier()).is_ok());
            if !signed {
                bail!(
                    "the anchored checkpoint is not signed by this key: keys/log is another log's key, or the anchor is another ledger's"
                );
            }
        }
        let mut published = BTreeMap::new();
        let mut latest: Option<Pinned> = None;
        log.checkpoints(&mut |checkpoint| {
            published.insert(checkpoint.size, Hash(checkpoint.root));
            latest = Some(checkpoint.clone());
            true
        })?;
        let mut state = Folded::new(key.name(), published);
        state.fold_log(log.as_ref(), pinned.as_ref(), options.progress)?;
        let size = state.tree.size();
        if let Some(wrong) = latest.as_ref().map(|l| l.size).filter(|published| *published > size) {
            bail!(
                "a checkpoint of size {wrong} was published, but only {size} entries are stored: this is an old or cut copy, restore a newer one"
            );
        }
        let heads = state.books.chains().map(|chain| (chain.id.clone(), (chain.next_seq, chain.last_hash))).collect();
        let shared = Arc::new(Shared {
            origin: key.name().to_owned(),
            key,
            log,
            anchor,
            ring: state.ring,
            tree: RwLock::new(state.tree),
            views: RwLock::new(state.views),
            published: RwLock::new(state.published),
            latest: RwLock::new(latest),
            status: Mutex::new(Status::Ready),
            committed: AtomicU64::new(size),
            wake: (Mutex::new(size), Condvar::new()),
            publish_every: options.publish_every,
            publishing: Mutex::new(()),
            heads: RwLock::new(heads),
        });
        let anchored = roll_forward(&shared, pinned)?;
        let (jobs_in, jobs) = sync_channel(options.queue);
        let (batches_in, batches) = sync_channel(1);
        let sequencer = Sequencer { shared: Arc::clone(&shared), books: state.books, pending: BTreeMap::new() };
        let committer = Committer { shared: Arc::clone(&shared), anchored };
        let publisher = Arc::clone(&shared);
        let threads = vec![
            spawn("sequencer", &shared, move || sequencer.run(&jobs, &batches_in))?,
            spawn("committer", &shared, move || committer.run(&batches))?,
            spawn("publisher", &shared, move || publisher.publish_forever())?,
        ];
        Ok(Node { shared, queue: Mutex::new(Some(jobs_in)), threads: Mutex::new(threads) })
    }
}

/// Spawns a thread whose panic fails the node: a writer that died must not look alive.
fn spawn(
    name: &str,
    shared: &Arc<Shared>,
    run: impl FnOnce() + Send + 'static,
) -> anyhow::Result<std::thread::JoinHandle<()>> {
    struct Watch(Arc<Shared>, String);
    impl Drop for Watch {
        fn drop(&mut self) {
            if std::thread::panicking() {
                self.0.fail(&format!("the {} died", self.1));
            }
        }
    }
    let watch = Watch(Arc::clone(shared), name.to_owned());
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _watch = watch;
        run();
    });
    thread.with_context(|| format!("cannot start the {name}"))
}

/// Entries above the anchor were verified again while folding; now they get their checkpoint.
fn roll_forward(shared: &Shared, pinned: Option<Pinned>) -> anyhow::Result<Option<Pinned>> {
    let (size, root) = {
        let tree = shared.tree();
        (tree.size(), tree.root())
    };
    if size == 0 || pinned.as_ref().is_some_and(|p| p.size == size) {
        return Ok(pinned);
    }
    let next = shared.sign(size, root).context("our own checkpoint's signature does not verify")?;
    match shared.anchor.swap(pinned.as_ref(), &next) {
        Swap::Swapped => Ok(Some(next)),
        Swap::Conflict { .. } => bail!("the anchor was moved while the ledger was opened: is another node running?"),
        Swap::Unknown { why } => bail!("the anchor could not be written: {why}"),
    }
}

/// State folded from stored entries.
struct Folded {
    books: Books,
    views: Views,
    tree: Tree,
    ring: KeyRing,
    /// What `seen` may name.
    published: BTreeMap<u64, Hash>,
}

/// Entries that are parsed together.
const CHUNK: u64 = 4096;

impl Folded {
    fn new(origin: &str, published: BTreeMap<u64, Hash>) -> Folded {
        Folded {
            books: Books::new(origin),
            views: Views::default(),
            tree: Tree::default(),
            ring: KeyRing::default(),
            published,
        }
    }

    fn fold_log(&mut self, log: &dyn Log, pinned: Option<&Pinned>, progress: fn(u64, u64)) -> anyhow::Result<()> {
        let size = log.size()?;
        let anchored = pinned.map_or(0, |p| p.size);
        if size < anchored {
            bail!(
                "the ledger holds {size} entries, but {anchored} were signed and acknowledged: this is an old or cut copy. \
                 Do not start from it; restore a newer copy"
            );
        }
        let mut from = 0;
        while from < size {
            // A chunk ends at the anchor, so that the root there can be compared.
            let stop = if from < anchored { anchored } else { size };
            let to = from.saturating_add(CHUNK).min(stop);
            let mut notes: Vec<Vec<u8>> = Vec::new();
            log.read(from, to, &mut |_, bytes| {
                notes.push(bytes.to_vec());
                true
            })?;
            self.fold_chunk(log, from, from < anchored, &notes)?;
            if let Some(pinned) = pinned.filter(|p| p.size == to) {
                self.compare(log, pinned)?;
            }
            from = to;
            progress(from, size);
        }
        Ok(())
    }

    /// The bytes must hash to what was signed; if not, the first entry is named whose own leaf hash differs.
    fn compare(&self, log: &dyn Log, pinned: &Pinned) -> anyhow::Result<()> {
        if self.tree.root().0 == pinned.root {
            return Ok(());
        }
        let stored = log.leaves(0, pinned.size)?;
        let mut bad = None;
        log.read(0, pinned.size, &mut |index, bytes| {
            let same =
                usize::try_from(index).ok().and_then(|i| stored.get(i)).is_some_and(|leaf| leaf_hash(bytes).0 == *leaf);
            bad = (!same).then_some(index);
            same
        })?;
        match bad {
            Some(index) => {
                bail!("entry {index} is not what was signed: stop here, restore a good copy, compare with a witness")
            }
            None => bail!(
                "the {} entries do not hash to the anchored root: this is another ledger's store, or a rewritten one",
                pinned.size
            ),
        }
    }

    fn fold_chunk(&mut self, log: &dyn Log, from: u64, trusted: bool, notes: &[Vec<u8>]) -> anyhow::Result<()> {
        use rayon::prelude::*;
        let origin = self.books.origin().to_owned();
        let parsed: Vec<_> = notes.par_iter().map(|note| (leaf_hash(note), read_envelope(note, &origin))).collect();
        // Before anything is made of the bytes: are they what was stored with their hash?
        let stored = log.leaves(from, from.saturating_add(notes.len() as u64))?;
        for (index, ((leaf, _), stored)) in (from..).zip(parsed.iter().zip(&stored)) {
            if leaf.0 != *stored {
                bail!("entry {index} is not what was stored: stop here, restore a good copy, compare with a witness");
            }
        }
        // Keys before signatures: an event may be signed by a key that an earlier one of the chunk
        // introduces. Whether it was active is decided by admission, in order.
        for (_, envelope) in &parsed {
            if let Ok(envelope) = envelope {
                self.ring.add_introduced(envelope);
            }
        }
        // Below the anchor the root says that these are the bytes we verified; above it nobody ever
        // said so, and they are verified again.
        let ring = &self.ring;
        let made = |envelope: Envelope| {
            if trusted { recall_candidate(envelope, ring) } else { verify_candidate(envelope, ring, &|_, _| None) }
        };
        let candidates: Vec<_> = parsed.into_par_iter().map(|(leaf, envelope)| (leaf, envelope.map(made))).collect();
        for (index, (leaf, candidate)) in (from..).zip(candidates) {
            let candidate = candidate.with_context(|| format!("entry {index} is damaged: restore a good copy"))?;
            let candidate = candidate.with_context(|| format!("entry {index} does not verify"))?;
            let seen = candidate.verified.envelope().seen.0;
            let referenced = Referenced {
                seen_root: if seen == 0 { Some(empty_root()) } else { self.published.get(&seen).copied() },
                priors: candidate
                    .references()
                    .iter()
                    .filter_map(|r| self.prior(log, &r.event.chain, r.event.seq))
                    .collect(),
            };
            let admitted = admit(&self.books, &referenced, candidate)
                .with_context(|| format!("entry {index} is not admissible"))?;
            self.books.apply(&admitted)?;
            self.views.fold(&admitted);
            self.tree.push(leaf);
        }
        Ok(())
    }

    fn prior(&self, log: &dyn Log, chain: &str, seq: u64) -> Option<Prior> {
        let index = self.views.index_of(chain, seq)?;
        let envelope = Envelope::parse(&log.entry(index).ok()??).ok()?;
        let (_, event) = decode(&envelope).ok()?;
        Some(Prior { index, hash: envelope.hash(), envelope, event })
    }
}
