//! Opening: a new ledger and an old one end in the same state, through the same code.

// Saturating: sizes of the log and positions in it, which do not come near the edge.

use super::commit::Committer;
use super::directory::LedgerDirectory;
use super::engine::{self, Opened};
use super::fold::{Folder, not_genuine};
use super::node::Node;
use super::options::Options;
use super::publish::Publisher;
use super::published::{Checkpoints, Published};
use super::recheck::Recheck;
use super::rehearse::Rehearser;
use super::replay::{Recalled, Recording, ReplayFile, recall, tell_refused};
use super::sequence::Sequencer;
use super::signed::{Signer, genuine};
use super::status::Status;
use super::tree::Tree;
use super::turns::Turns;
use super::viewer::Viewer;
use almoner_ledger::Books;
use almoner_proof::{Hash, SecretKey, VerifierKey};
use almoner_store::{Anchor, Log, Pinned, StoreError, Swap};
use almoner_views::Views;
use anyhow::{Context as _, bail};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::mpsc::{channel, sync_channel};
use std::sync::{Arc, Mutex};

impl Node {
    /// Makes the store and the anchor of a new ledger and opens it.
    ///
    /// # Errors
    /// When one of them exists or cannot be made.
    pub fn create(directory: &LedgerDirectory, key: SecretKey, options: Options) -> anyhow::Result<Node> {
        let Opened { log, anchor, is_shared } = engine::create(directory, &key, &options)?;
        Node::start_writing(log, anchor, key, None, is_shared, options.replaying(directory))
    }

    /// Opens an existing ledger. On a shared store this node takes over from whoever wrote before.
    ///
    /// # Errors
    /// With a text that says what to do: locked, no anchor, behind the anchor, bytes that do not
    /// hash to the anchored root, a key that is not the log's.
    pub fn open(directory: &LedgerDirectory, options: Options) -> anyhow::Result<Node> {
        let key = directory.read_key("log")?;
        let options = options.replaying(directory);
        let Opened { log, anchor, is_shared } = engine::open(directory, &key, &options)?;
        if !is_shared {
            return Node::start(log, anchor, key, options);
        }
        Node::start_shared(log, anchor, key, &directory.read_key("sequencer")?, options)
    }

    /// Opens any log with any anchor: the same steps for an empty one and for one of ten million events.
    ///
    /// # Errors
    /// As [`Node::open`].
    pub fn start(log: Arc<dyn Log>, anchor: Box<dyn Anchor>, key: SecretKey, options: Options) -> anyhow::Result<Node> {
        Node::start_writing(log, anchor, key, None, false, options)
    }

    /// As [`Node::start`], for a store to which other nodes write, too: this node takes over with the next epoch.
    ///
    /// # Errors
    /// As [`Node::open`].
    pub fn start_shared(
        log: Arc<dyn Log>,
        anchor: Box<dyn Anchor>,
        key: SecretKey,
        sequencer: &SecretKey,
        options: Options,
    ) -> anyhow::Result<Node> {
        let node = Node::start_writing(log, anchor, key, Some(sequencer), true, options)?;
        // Whoever looks at this node from now on sees its epoch.
        node.publish()?;
        Ok(node)
    }

    fn start_writing(
        log: Arc<dyn Log>,
        anchor: Box<dyn Anchor>,
        key: SecretKey,
        sequencer: Option<&SecretKey>,
        is_shared: bool,
        options: Options,
    ) -> anyhow::Result<Node> {
        let (verifier, size) = (key.verifier(), log.size()?);
        let Prepared { shared, mut folder, recheck } =
            prepare(log, anchor, verifier, Status::Ready, options.replay.as_ref())?;
        let pinned = shared.anchor.read()?;
        let anchored = pinned.as_ref().map_or(0, |pinned| pinned.size);
        if size < anchored {
            bail!(
                "the ledger holds {size} entries, but {anchored} were signed and acknowledged: this is an old or cut copy. \
                 Do not start from it; restore a newer copy"
            );
        }
        if let Err(error) = folder.fold(size, options.progress) {
            // On a store that others reach, what stands above the anchor may be anybody's. What the store itself says
            // is about this machine.
            let (folded, anchored) = (folder.books.size(), anchored.max(shared.published_size()));
            if is_shared && folded >= anchored && !error.is::<StoreError>() {
                bail!("{}", engine::beside_the_ledger(&format!("{error:#}"), anchored));
            }
            return Err(error);
        }
        if let Some(key) = sequencer {
            folder.take_over(key)?;
        }
        let (pinned, size) = (shared.anchor.read()?, folder.books.size());
        // Not before: on a shared store another node publishes while this one reads.
        if let Some(wrong) = shared.published().map(|l| l.size).filter(|published| *published > size) {
            bail!(
                "a checkpoint of size {wrong} was published, but only {size} entries are stored: this is an old or cut copy, restore a newer one"
            );
        }
        shared.show_committed(size);
        shared.life.has_folded(size, 0);
        shared.show_epoch(folder.books.epoch());
        if recheck.is_none() {
            shared.compare_positions(&mut |_| true)?;
        }
        let signer = Signer::new(key);
        let anchored = roll_forward(&shared, &folder, &signer, pinned)?;
        let (jobs_in, jobs) = sync_channel(options.queue);
        let (batches_in, batches) = sync_channel(1);
        let (to_viewer, taken) = channel();
        let (rehearser, rehearsals, told) = Rehearser::new(&shared, &folder.books);
        let posted = folder.books.posted_from(0).len();
        let sequencer = Sequencer {
            limits: shared.log.limits(),
            shared: Arc::clone(&shared),
            books: folder.books,
            posted,
            pending: BTreeMap::new(),
        };
        let committer = Committer {
            shared: Arc::clone(&shared),
            signer,
            tree: folder.tree,
            anchored,
            is_shared,
            viewer: to_viewer,
            rehearser: rehearsals.sender(),
        };
        let viewer = Viewer { views: folder.views, recording: folder.recording };
        let publisher = Arc::new(Publisher::new(&shared, options.publish_every));
        let (publishes, views, scrub) = (Arc::clone(&publisher), Arc::clone(&shared), Arc::clone(&shared));
        let mut threads = vec![
            spawn("sequencer", &shared, move || sequencer.run(&jobs, &batches_in))?,
            spawn("committer", &shared, move || committer.run(&batches))?,
            spawn("viewer", &shared, move || viewer.run(&taken, &views))?,
            spawn("rehearser", &shared, move || rehearser.run(&told))?,
            spawn("publisher", &shared, move || publishes.run())?,
            spawn("scrub", &shared, move || scrub.go_round(options.rounds))?,
        ];
        if let Some(recheck) = recheck {
            threads.push(spawn("recheck", &shared, move || recheck.run())?);
        }
        if is_shared {
            let watch = Arc::clone(&shared);
            threads.push(spawn("watch", &shared, move || watch.watch_for_others())?);
        }
        Ok(Node {
            shared,
            publisher: Some(publisher),
            queue: Mutex::new(Some(jobs_in)),
            rehearsals: Mutex::new(Some(rehearsals)),
            behind: options.behind,
            threads: Mutex::new(threads),
        })
    }
}

/// What every kind of node begins with.
pub(super) struct Prepared {
    pub(super) shared: Arc<Published>,
    pub(super) folder: Folder,
    /// Proves what came from the replay file, if anything did.
    pub(super) recheck: Option<Recheck>,
}

/// Nothing is folded yet but what the replay file knows, and every root is there that the rest will be held against.
pub(super) fn prepare(
    log: Arc<dyn Log>,
    anchor: Box<dyn Anchor>,
    verifier: VerifierKey,
    status: Status,
    replay: Option<&ReplayFile>,
) -> anyhow::Result<Prepared> {
    let (own, pinned) = (anchor.own()?, anchor.read()?);
    // First, so that another log's key is told as what it is.
    if !own.iter().chain(&pinned).all(|pinned| genuine(&verifier, pinned).is_ok()) {
        bail!(
            "the anchored checkpoint is not signed by this key: keys/log is another log's key, or the anchor is another ledger's"
        );
    }
    let Recalled { books, views, tree, recording, checks } = recalled(replay, &verifier.name, &*log, own.as_ref());
    let size = books.size();
    // A follower learns them from others, one by one.
    let checkpoints = match status {
        Status::Following => Checkpoints::default(),
        _ => newest_too(stored_checkpoints(&*log, &verifier, size, u64::MAX)?, &*log, &verifier)?,
    };
    let (views, writer) = Turns::new(views);
    let shared = Arc::new(Published::new(log, anchor, verifier, views, checkpoints, status));
    shared.show_recalled(size);
    let mut folder = Folder::new(Arc::clone(&shared), writer, (books, tree, recording), own.as_ref())?;
    pinned.iter().try_for_each(|pinned| folder.expect(pinned))?;
    let recheck = replay.filter(|_| size > 0);
    let recheck = recheck.map(|place| Recheck { shared: Arc::clone(&shared), place: place.clone(), checks });
    Ok(Prepared { shared, folder, recheck })
}

/// What the replay file knows; nothing, where there is none that can be used.
fn recalled(replay: Option<&ReplayFile>, origin: &str, log: &dyn Log, own: Option<&Pinned>) -> Recalled {
    let recalled = replay.zip(own).map(|(place, own)| recall(place, origin, log, own).map_err(|why| (place, why)));
    match recalled {
        Some(Ok(recalled)) => return recalled,
        Some(Err((place, why))) => tell_refused(place, &why),
        None => {}
    }
    Recalled {
        books: Books::new(origin),
        views: Views::default(),
        tree: Tree::default(),
        recording: replay.map_or_else(Recording::none, |place| Recording::begin(place, origin)),
        checks: Vec::new(),
    }
}

/// With the newest checkpoint of all, where it is below those that were read.
fn newest_too(mut read: Checkpoints, log: &dyn Log, verifier: &VerifierKey) -> anyhow::Result<Checkpoints> {
    if read.newest.is_none()
        && let Some(newest) = log.latest_checkpoint()?
    {
        genuine(verifier, &newest).map_err(|why| not_genuine(&newest, &why))?;
        read.roots.insert(newest.size, Hash(newest.root));
        read.newest = Some(newest);
    }
    Ok(read)
}

/// Published checkpoints that are judged together.
const CHUNK_CHECKPOINTS: usize = 1024;

/// Every published checkpoint of a stretch of sizes, each as it was signed: sizes with their roots, and the newest.
pub(super) fn stored_checkpoints(
    log: &dyn Log,
    verifier: &VerifierKey,
    mut from: u64,
    last: u64,
) -> anyhow::Result<Checkpoints> {
    let mut published = Checkpoints::default();
    loop {
        let mut chunk: Vec<Pinned> = Vec::new();
        log.checkpoints(from, &mut |checkpoint| {
            if checkpoint.size <= last {
                chunk.push(checkpoint.clone());
            }
            checkpoint.size < last && chunk.len() < CHUNK_CHECKPOINTS
        })?;
        let judged: Vec<_> = chunk.par_iter().map(|checkpoint| genuine(verifier, checkpoint)).collect();
        for (checkpoint, judged) in chunk.iter().zip(judged) {
            judged.map_err(|why| not_genuine(checkpoint, &why))?;
            published.roots.insert(checkpoint.size, Hash(checkpoint.root));
        }
        let Some(newest) = chunk.pop() else { return Ok(published) };
        from = newest.size.saturating_add(1);
        published.newest = Some(newest);
    }
}

/// Spawns a thread whose panic fails the node: a writer that died must not look alive.
pub(super) fn spawn(
    name: &str,
    shared: &Arc<Published>,
    run: impl FnOnce() + Send + 'static,
) -> anyhow::Result<std::thread::JoinHandle<()>> {
    struct Watch(Arc<Published>, String);
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
fn roll_forward(
    shared: &Published,
    folder: &Folder,
    signer: &Signer,
    pinned: Option<Pinned>,
) -> anyhow::Result<Option<Pinned>> {
    let (size, root) = (folder.tree.size(), folder.tree.root());
    if size == 0 || pinned.as_ref().is_some_and(|p| p.size == size) {
        return Ok(pinned);
    }
    let next = signer.sign(size, root).context("our own checkpoint's signature does not verify")?;
    match shared.anchor.swap(pinned.as_ref(), &next) {
        Swap::Swapped => Ok(Some(next)),
        Swap::Conflict { .. } => bail!("the anchor was moved while the ledger was opened: is another node running?"),
        Swap::Unknown { why } => bail!("the anchor could not be written: {why}"),
    }
}
