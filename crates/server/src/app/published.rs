//! What readers have of a node, and whoever else does not write.
//!
//! The writers own what they write: the sequencer its books, the committer tree and anchor, the viewer the views. Here
//! stands what they show. Nothing here can be held that a committer waits for: the tree, the heads and the checkpoints
//! are copied out, and for the views only the viewer waits.

// Saturating: sizes of the log and positions in it, which do not come near the edge.

use super::life::Life;
use super::locks::{read, write};
use super::signed::genuine;
use super::status::Status;
use super::tree::Grown;
use super::turns::{Reading, Turns};
use super::verified::{Damage, Verified};
use almoner_ledger::{Admitted, Books, KeyRing};
use almoner_proof::{Hash, VerifierKey};
use almoner_store::{Anchor, Log, Pinned, StoreError};
use almoner_views::Views;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::time::Duration;
use tokio::sync::watch;

/// Events that somebody else wrote where only this log's node may, and that were passed over.
#[derive(Debug, Clone, Copy)]
pub struct Foreign {
    /// In the anchor's stream.
    pub anchor: u64,
    /// In the stream of published checkpoints.
    pub checkpoints: u64,
}

/// Published checkpoints.
#[derive(Debug, Default)]
pub(super) struct Checkpoints {
    /// Sizes with their roots: what `seen` may name.
    pub(super) roots: BTreeMap<u64, Hash>,
    pub(super) newest: Option<Pinned>,
}

/// What a node shows, and what its threads share.
pub struct Published {
    /// The log's identity.
    pub origin: String,
    /// What the log's signatures are verified with.
    pub(super) verifier: VerifierKey,
    /// Where bytes survive. Not for readers: what leaves goes through [`Published::verified`].
    pub(super) log: Arc<dyn Log>,
    pub(super) anchor: Box<dyn Anchor>,
    /// Keys that signatures are verified under.
    pub ring: KeyRing,
    pub(super) life: Life,
    /// As of what is anchored.
    tree: RwLock<Grown>,
    views: Arc<Turns<Views>>,
    checkpoints: RwLock<Checkpoints>,
    /// Published sizes, for those who wait for the next.
    sizes: watch::Sender<u64>,
    /// Jobs that wait for the sequencer.
    queued: AtomicU64,
    /// Next seq and last hash of each chain, as of what is committed: moved before callers are
    /// told, so that whoever was told drafts on it at once.
    heads: RwLock<BTreeMap<String, (u64, Hash)>>,
    /// The epoch in which this node writes; 0 on a store of its own.
    epoch: AtomicU64,
    /// Size that is durable and anchored.
    committed: AtomicU64,
    /// Events that came from the replay file.
    recalled: AtomicU64,
    is_rechecked: AtomicBool,
}

impl Published {
    /// Nothing is folded yet.
    pub(super) fn new(
        log: Arc<dyn Log>,
        anchor: Box<dyn Anchor>,
        verifier: VerifierKey,
        views: Arc<Turns<Views>>,
        checkpoints: Checkpoints,
        status: Status,
    ) -> Published {
        Published {
            origin: verifier.name.clone(),
            verifier,
            log,
            anchor,
            ring: KeyRing::default(),
            life: Life::new(status),
            tree: RwLock::default(),
            views,
            sizes: watch::Sender::new(checkpoints.newest.as_ref().map_or(0, |pinned| pinned.size)),
            queued: AtomicU64::new(0),
            checkpoints: RwLock::new(checkpoints),
            heads: RwLock::default(),
            epoch: AtomicU64::new(0),
            committed: AtomicU64::new(0),
            recalled: AtomicU64::new(0),
            is_rechecked: AtomicBool::new(false),
        }
    }

    /// Stops writing because of something that is not understood. Never undone: a restart reads
    /// everything again through the same code.
    pub(super) fn fail(&self, why: &str) {
        self.end(Status::Failed(why.to_owned()));
    }

    /// As [`Published::fail`], also for a node that has lost its place.
    pub(super) fn end(&self, how: Status) {
        self.life.end(how);
        self.let_go();
    }

    /// Takes no more events.
    pub(super) fn stop(&self) {
        self.life.stop();
        self.let_go();
    }

    /// Whoever waits for a store is let go: its answer counts no more.
    fn let_go(&self) {
        self.log.stop_waiting();
        self.anchor.stop_waiting();
        self.life.wake_all();
    }

    /// Takes note of damage: an alarm, and the end of writing.
    pub(super) fn damaged(&self, damage: &Damage) {
        self.life.tell(damage);
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
        Verified::new(self.log.as_ref(), self.tree(), |damage| self.damaged(damage))
    }

    /// How long a write has waited for the store; none when none waits.
    #[must_use]
    pub fn waiting(&self) -> Option<Duration> {
        self.life.waiting()
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
        self.life.status()
    }

    /// Views, held for reading: publication waits for it, and nobody else does. They may be ahead of the published size:
    /// pass [`Published::published_size`] as `at`.
    pub fn views(&self) -> Reading<'_, Views> {
        self.views.read()
    }

    /// The tree as of what is anchored.
    pub(super) fn tree(&self) -> Grown {
        read(&self.tree).clone()
    }

    /// The newest published checkpoint.
    #[must_use]
    pub fn published(&self) -> Option<Pinned> {
        read(&self.checkpoints).newest.clone()
    }

    /// Its size; 0 before the first.
    #[must_use]
    pub fn published_size(&self) -> u64 {
        read(&self.checkpoints).newest.as_ref().map_or(0, |pinned| pinned.size)
    }

    /// Root of a published size. What is not in memory was published late by another node, or long ago, and is looked up.
    #[must_use]
    pub fn published_root(&self, size: u64) -> Option<Hash> {
        let known = read(&self.checkpoints).roots.get(&size).copied();
        known.or_else(|| {
            let root = self.stored_root(size)?;
            // Asked for again by every event that has seen this size: its signature is verified once.
            write(&self.checkpoints).roots.insert(size, root);
            Some(root)
        })
    }

    fn stored_root(&self, size: u64) -> Option<Hash> {
        let mut found = None;
        let looked = self.log.checkpoints(size, &mut |checkpoint| {
            found = Some(checkpoint.clone());
            false
        });
        let found = looked.ok().and(found).filter(|found| found.size == size && self.is_genuine(found))?;
        Some(Hash(found.root))
    }

    /// Keeps roots of published sizes that were read and found genuine.
    pub(super) fn know_roots(&self, roots: &BTreeMap<u64, Hash>) {
        write(&self.checkpoints).roots.extend(roots);
    }

    /// Roots of the published sizes of a stretch, its last one included.
    pub(super) fn published_roots(&self, from: u64, last: u64) -> BTreeMap<u64, Hash> {
        read(&self.checkpoints).roots.range(from..=last).map(|(size, root)| (*size, *root)).collect()
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

    /// Shows the tree.
    pub(super) fn show_tree(&self, tree: Grown) {
        *write(&self.tree) = tree;
    }

    /// Shows the heads of chains behind some events.
    pub(super) fn show_heads(&self, admitted: &[Admitted]) {
        let mut heads = write(&self.heads);
        for admitted in admitted {
            let envelope = admitted.verified.envelope();
            let head = (envelope.seq.saturating_add(1), admitted.verified.event_hash());
            match heads.get_mut(envelope.chain()) {
                Some(known) => *known = head,
                None => {
                    heads.insert(envelope.chain().to_owned(), head);
                }
            }
        }
    }

    /// Shows what books hold whose events have not gone by: heads of chains, and keys.
    pub(super) fn show_books(&self, books: &Books) {
        let mut heads = write(&self.heads);
        for chain in books.chains() {
            heads.insert(chain.id.clone(), (chain.next_seq, chain.last_hash));
            for key in chain.keys.values() {
                self.ring.add(&key.vkey.name, key.vkey.id, key.vkey.key.clone());
            }
        }
    }

    /// So many events were taken back from the replay file, and are not decided again yet.
    pub(super) fn show_recalled(&self, events: u64) {
        self.recalled.store(events, Ordering::Release);
    }

    /// They are.
    pub(super) fn show_rechecked(&self) {
        self.is_rechecked.store(true, Ordering::Release);
    }

    /// Events that the start took back from the replay file, and whether all of them were decided again since.
    #[must_use]
    pub fn recalled(&self) -> (u64, bool) {
        (self.recalled.load(Ordering::Acquire), self.is_rechecked.load(Ordering::Acquire))
    }

    /// So many events are durable and anchored.
    pub(super) fn show_committed(&self, size: u64) {
        self.committed.store(size, Ordering::Release);
    }

    /// The epoch of what is folded.
    pub(super) fn show_epoch(&self, epoch: u64) {
        self.epoch.store(epoch, Ordering::Release);
    }

    /// Shows checkpoints that are published, the newest last.
    pub(super) fn know_published(&self, fresh: &[Pinned]) {
        let mut checkpoints = write(&self.checkpoints);
        checkpoints.roots.extend(fresh.iter().map(|pinned| (pinned.size, Hash(pinned.root))));
        if let Some(newest) = fresh.last() {
            checkpoints.newest = Some(newest.clone());
            self.sizes.send_replace(newest.size);
        }
    }

    /// Tells of each newer published size. Who comes late is told the newest only.
    #[must_use]
    pub fn sizes(&self) -> watch::Receiver<u64> {
        self.sizes.subscribe()
    }

    /// Jobs that wait for the sequencer.
    #[must_use]
    pub fn queued(&self) -> u64 {
        self.queued.load(Ordering::Relaxed)
    }

    /// A job is about to wait.
    pub(super) fn show_queued(&self) {
        self.queued.fetch_add(1, Ordering::Relaxed);
    }

    /// It waits no more.
    pub(super) fn show_taken(&self) {
        self.queued.fetch_sub(1, Ordering::Relaxed);
    }

    /// Whether the log as it is here has a pinned root.
    pub(super) fn has_root(&self, pinned: &Pinned) -> bool {
        let size = self.tree().size();
        pinned.size <= size && self.verified().root(pinned.size).is_ok_and(|root| root == Hash(pinned.root))
    }
}
