//! A node: one ledger, open. Everything else in `app` works on this.

use super::directory::LedgerDirectory;
use super::sequence::Job;
use super::tree::Tree;
use super::verified::{Damage, Verified};
use almoner_ledger::KeyRing;
use almoner_proof::note::Note;
use almoner_proof::{Checkpoint, Hash, SecretKey, VerifierKey};
use almoner_store::{Anchor, Log, Pinned, StoreError};
use almoner_views::Views;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How a node is opened.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where the anchor is; `None` is the default place.
    pub anchor: Option<PathBuf>,
    /// Shortest time between two publications.
    pub publish_every: Duration,
    /// Requests that may wait for the sequencer; one more is answered 503.
    pub queue: usize,
    /// Called while an existing log is folded: events done, events in all.
    pub progress: fn(u64, u64),
    /// The time that a new ledger's first events claim; `None` is now.
    pub begins: Option<String>,
    /// A cluster's connection string, where the log is not in the directory itself; `None` is what the directory says.
    pub store: Option<String>,
    /// How fast the whole store is read again, while the node runs.
    pub rounds: Rounds,
}

/// The pace of the reader that goes round the whole store.
#[derive(Debug, Clone, Copy)]
pub struct Rounds {
    /// Most that is read; and at most a twentieth of the time is spent on it.
    pub bytes_per_second: u64,
    /// From the end of one round to the beginning of the next.
    pub pause: Duration,
}

impl Default for Rounds {
    fn default() -> Rounds {
        Rounds { bytes_per_second: 2 << 20, pause: Duration::from_secs(10) }
    }
}

impl Default for Options {
    fn default() -> Options {
        Options {
            anchor: None,
            publish_every: Duration::from_secs(1),
            queue: 4096,
            progress: |_, _| {},
            begins: None,
            store: None,
            rounds: Rounds::default(),
        }
    }
}

/// Whether the node takes events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It does.
    Ready,
    /// It does not: it reads what another node writes.
    Following,
    /// It is shutting down.
    Stopping,
    /// Another node has taken its place.
    Deposed,
    /// What is stored is not what it was, or not where it was: it writes nothing, and serves what verifies.
    Damaged(String),
    /// It met something that it does not understand and has stopped writing; what it was.
    Failed(String),
}

impl Status {
    /// Whether it writes no more, for good.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(self, Status::Damaged(_)) || self.is_over()
    }

    /// Whether it met what it does not understand, and must leave every byte where it is. One that has lost its place has
    /// not: it publishes what it pinned.
    pub(super) fn leaves_all(&self) -> bool {
        matches!(self, Status::Damaged(_) | Status::Failed(_))
    }

    /// Whether it is of no use to readers either: what it holds may be what nobody stored. Whoever runs it ends it.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self, Status::Deposed | Status::Failed(_))
    }
}

/// Events that somebody else wrote where only this log's node may, and that were passed over.
#[derive(Debug, Clone, Copy)]
pub struct Foreign {
    /// In the anchor's stream.
    pub anchor: u64,
    /// In the stream of published checkpoints.
    pub checkpoints: u64,
}

/// What all parts of a node share.
pub struct Shared {
    /// The log's identity.
    pub origin: String,
    /// What the log's signatures are verified with.
    pub(super) verifier: VerifierKey,
    /// The log's key; none where the node follows.
    pub(super) key: Option<SecretKey>,
    /// Where bytes survive. Not for readers: what leaves goes through [`Shared::verified`].
    pub(super) log: Arc<dyn Log>,
    pub(super) anchor: Box<dyn Anchor>,
    /// Keys that signatures are verified under.
    pub ring: KeyRing,
    pub(super) tree: RwLock<Tree>,
    pub(super) views: RwLock<Views>,
    /// Published sizes with their roots: what `seen` may name.
    pub(super) published: RwLock<BTreeMap<u64, Hash>>,
    pub(super) latest: RwLock<Option<Pinned>>,
    pub(super) status: Mutex<Status>,
    /// Whether its owner stops it, whatever its status.
    pub(super) is_stopping: AtomicBool,
    /// Damage that was told to the operator already.
    pub(super) told: Mutex<BTreeSet<String>>,
    /// Since when a write has waited for the store.
    pub(super) waiting: Mutex<Option<Instant>>,
    /// The epoch in which this node writes; 0 on a store of its own.
    pub(super) epoch: AtomicU64,
    /// Size that is durable and anchored.
    pub(super) committed: AtomicU64,
    pub(super) wake: (Mutex<u64>, Condvar),
    /// As [`Shared::wake`], for those whom only the node's end concerns.
    pub(super) ending: Condvar,
    pub(super) publish_every: Duration,
    pub(super) publishing: Mutex<()>,
    /// Next seq and last hash of each chain, as of what is committed: moved before callers are
    /// told, so that whoever was told drafts on it at once.
    pub(super) heads: RwLock<BTreeMap<String, (u64, Hash)>>,
}

/// A ledger that is open for writing. Dropping it stops it in order.
pub struct Node {
    pub(super) shared: Arc<Shared>,
    pub(super) queue: Mutex<Option<SyncSender<Job>>>,
    pub(super) threads: Mutex<Vec<JoinHandle<()>>>,
}

pub(super) fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}
pub(super) fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Most different damages that are told.
const DAMAGES_TOLD: usize = 1000;

/// Whether a stored or pinned checkpoint is what the log's key signed, and if not, what is wrong with it.
pub(super) fn genuine(log: &VerifierKey, pinned: &Pinned) -> Result<(), String> {
    let note = Note::parse(&pinned.note).map_err(|error| format!("its note cannot be read ({error})"))?;
    let told = Checkpoint::parse(note.text).filter(|told| told.origin == log.name);
    let told =
        told.ok_or_else(|| "its note is no checkpoint of this log, so not signed by the log's key".to_owned())?;
    if (told.size, told.root.0) != (pinned.size, pinned.root) {
        return Err(format!(
            "its note tells the size {} and the root {}, and beside it stands {} and {}",
            told.size,
            told.root,
            pinned.size,
            Hash(pinned.root)
        ));
    }
    note.verify(log)
        .map(|_| ())
        .map_err(|error| format!("its signature does not verify, so it is not signed by the log's key ({error})"))
}

impl Shared {
    /// Stops writing because of something that is not understood. Never undone: a restart reads
    /// everything again through the same code.
    pub(super) fn fail(&self, why: &str) {
        self.end(Status::Failed(why.to_owned()));
    }

    /// As [`Shared::fail`], also for a node that has lost its place. What came first stays, but that damage may end in
    /// a failure.
    pub(super) fn end(&self, how: Status) {
        let mut status = lock(&self.status);
        if !status.has_ended() || matches!((&*status, &how), (Status::Damaged(_), Status::Failed(_))) {
            match &how {
                Status::Failed(why) => {
                    tracing::error!(why, "the writer stops; restart the node, it will re-read what is stored");
                }
                Status::Deposed => tracing::warn!("another node has taken over: this one steps down"),
                Status::Damaged(why) => tracing::error!(
                    why,
                    "no event is taken any more; what verifies is still served: copy it, keep the files, start on a sound copy"
                ),
                Status::Ready | Status::Following | Status::Stopping => {}
            }
            *status = how;
        }
        drop(status);
        // Whoever waits for a store is let go: its answer counts no more.
        self.log.stop_waiting();
        self.anchor.stop_waiting();
        self.wake_all();
    }

    /// Takes note of damage: an alarm, and the end of writing. Each is told once, and not without end: who reads
    /// what is damaged again and again must not fill the operator's log.
    pub(super) fn damaged(&self, damage: &Damage) {
        let mut told = lock(&self.told);
        if told.len() < DAMAGES_TOLD && told.insert(damage.what.clone()) {
            tracing::error!(index = damage.index, "stored data is damaged: {damage}");
        }
        drop(told);
        self.end(Status::Damaged(damage.what.clone()));
    }

    /// What a write ends in that the store did not answer for: it may be that its files are gone.
    pub(super) fn unanswered(&self, why: String) -> Status {
        match self.log.is_in_place() {
            Err(error @ StoreError::Displaced { .. }) => Status::Damaged(error.to_string()),
            Ok(()) | Err(_) => Status::Failed(why),
        }
    }

    /// Reads for one answer, each hashed before it is given.
    #[must_use]
    pub fn verified(&self) -> Verified<'_> {
        Verified::new(self.log.as_ref(), &self.tree, |damage| self.damaged(damage))
    }

    /// Wakes whoever waits. Through the lock, so that nobody is between looking at the status and waiting.
    fn wake_all(&self) {
        drop(lock(&self.wake.0));
        self.wake.1.notify_all();
        self.ending.notify_all();
    }

    /// Waits, unless the node ends before; false when it has.
    pub(super) fn pause(&self, length: Duration) -> bool {
        self.pause_while(length, |status| matches!(status, Status::Ready | Status::Following))
    }

    /// Waits as long as the status is one to wait in; false when it is not.
    pub(super) fn pause_while(&self, length: Duration, goes_on: fn(&Status) -> bool) -> bool {
        let since = Instant::now();
        let mut guard = lock(&self.wake.0);
        loop {
            if self.is_stopping.load(Ordering::Acquire) || !goes_on(&self.status()) {
                return false;
            }
            let left = length.saturating_sub(since.elapsed());
            if left.is_zero() {
                return true;
            }
            guard = self.ending.wait_timeout(guard, left).map_or_else(|e| e.into_inner().0, |(guard, _)| guard);
        }
    }

    /// How long a write has waited for the store; none when none waits.
    #[must_use]
    pub fn waiting(&self) -> Option<Duration> {
        lock(&self.waiting).map(|since| since.elapsed())
    }

    /// Runs a write, which others may see waiting.
    pub(super) fn while_waiting<T>(&self, write: impl FnOnce() -> T) -> T {
        *lock(&self.waiting) = Some(Instant::now());
        let done = write();
        *lock(&self.waiting) = None;
        done
    }

    /// The epoch in which this node writes; 0 on a store of its own.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// Whether a checkpoint is this log's, signed by its key, and says what it is pinned as.
    pub(super) fn is_genuine(&self, pinned: &Pinned) -> bool {
        genuine(&self.verifier, pinned).is_ok()
    }

    /// Whether events are taken.
    #[must_use]
    pub fn status(&self) -> Status {
        lock(&self.status).clone()
    }

    /// Views, locked for reading. They may be ahead of the published size: pass [`Shared::published_size`] as `at`.
    pub fn views(&self) -> RwLockReadGuard<'_, Views> {
        read(&self.views)
    }

    /// The tree, locked for reading.
    pub(super) fn tree(&self) -> RwLockReadGuard<'_, Tree> {
        read(&self.tree)
    }

    /// The newest published checkpoint.
    #[must_use]
    pub fn published(&self) -> Option<Pinned> {
        read(&self.latest).clone()
    }

    /// Its size; 0 before the first.
    #[must_use]
    pub fn published_size(&self) -> u64 {
        read(&self.latest).as_ref().map_or(0, |pinned| pinned.size)
    }

    /// Root of a published size.
    #[must_use]
    pub fn published_root(&self, size: u64) -> Option<Hash> {
        read(&self.published).get(&size).copied()
    }

    /// Next seq and last event hash of a chain, as of what is committed.
    #[must_use]
    pub fn head(&self, chain: &str) -> Option<(u64, Hash)> {
        read(&self.heads).get(chain).copied()
    }

    /// What stands in the log's streams that is not its own.
    #[must_use]
    pub fn foreign(&self) -> Foreign {
        Foreign { anchor: self.anchor.foreign(), checkpoints: self.log.foreign() }
    }

    /// Events that are durable and anchored.
    #[must_use]
    pub fn committed(&self) -> u64 {
        self.committed.load(Ordering::Acquire)
    }

    /// Shows checkpoints that are published, the newest last.
    pub(super) fn know_published(&self, checkpoints: &[Pinned]) {
        write(&self.published).extend(checkpoints.iter().map(|pinned| (pinned.size, Hash(pinned.root))));
        if let Some(newest) = checkpoints.last() {
            *write(&self.latest) = Some(newest.clone());
        }
    }

    /// The root of a size that another node published while this one took over or followed, if the store knows it.
    pub(super) fn published_late(&self, size: u64) -> Option<Hash> {
        let mut found = None;
        let looked = self.log.checkpoints(size, &mut |checkpoint| {
            found = Some(checkpoint.clone());
            false
        });
        let found = looked.ok().and(found).filter(|found| found.size == size && self.is_genuine(found))?;
        Some(Hash(found.root))
    }

    /// Whether the log as it is here has a pinned root.
    pub(super) fn has_root(&self, pinned: &Pinned) -> bool {
        let size = self.tree().size();
        pinned.size <= size && self.verified().root(pinned.size).is_ok_and(|root| root == Hash(pinned.root))
    }

    /// Signs a checkpoint and verifies our own signature before it leaves: a log has died of one
    /// bit flip between hashing and signing.
    pub(super) fn sign(&self, size: u64, root: Hash) -> Option<Pinned> {
        let checkpoint = Checkpoint { origin: self.origin.clone(), size, root };
        let signed = Pinned { size, root: root.0, note: checkpoint.sign(self.key.as_ref()?).into_bytes() };
        self.is_genuine(&signed).then_some(signed)
    }
}

impl Node {
    /// What readers need.
    #[must_use]
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The policy line of this log.
    #[must_use]
    pub fn vkey(&self) -> String {
        self.shared.verifier.to_string()
    }

    /// Takes no more events, finishes what is queued, publishes, and ends the threads.
    pub fn stop(&self) {
        {
            let mut status = lock(&self.shared.status);
            if matches!(*status, Status::Ready | Status::Following) {
                *status = Status::Stopping;
            }
        }
        self.shared.is_stopping.store(true, Ordering::Release);
        self.shared.log.stop_waiting();
        self.shared.anchor.stop_waiting();
        lock(&self.queue).take();
        self.shared.wake_all();
        for thread in lock(&self.threads).drain(..) {
            let _ = thread.join();
        }
        // A node that met what it does not understand writes nothing, and moves nothing.
        if self.shared.status().leaves_all() {
            return;
        }
        if self.shared.key.is_some()
            && let Err(error) = self.publish()
        {
            tracing::error!(%error, "the last checkpoint could not be published");
            return;
        }
        if let Err(error) = self.shared.log.end_in_order() {
            tracing::warn!(%error, "the write-ahead log stays where it is; copy it with the ledger");
        }
    }

    /// The given anchor, or the default one of this log's key.
    pub(super) fn anchor_path(verifier: &VerifierKey, options: &Options) -> PathBuf {
        options.anchor.clone().unwrap_or_else(|| LedgerDirectory::default_anchor(&verifier.to_string()))
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop();
    }
}
