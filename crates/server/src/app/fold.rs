//! Folding stored entries: a start, a restart and a following node go through the same steps.

use super::published::Published;
use super::signed::genuine;
use super::tree::Tree;
use super::turns::Writer;
use super::viewer::{self, ONE_TURN};
use almoner_ledger::event::Prior;
use almoner_ledger::{Admitted, Referenced, recall_candidate};
use almoner_ledger::{Books, admit, decode, read_envelope, verify_candidate};
use almoner_proof::merkle::{empty_root, leaf_hash};
use almoner_proof::{Envelope, Hash};
use almoner_store::{Pinned, StoreError};
use almoner_views::Views;
use anyhow::{Context as _, bail};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Entries that are parsed together.
const CHUNK: u64 = 4096;

/// Everything that is folded, in one hand. A node that writes hands it on: the books to the sequencer, the tree to the
/// committer, the views to the viewer.
pub(super) struct Folder {
    pub(super) shared: Arc<Published>,
    pub(super) books: Books,
    pub(super) tree: Tree,
    pub(super) views: Writer<Views>,
    /// In books and tree, and not in the views yet.
    waiting: Vec<Admitted>,
    /// Roots that the log is held against, by size.
    known: BTreeMap<u64, Hash>,
    /// Below this size this machine has verified every signature.
    trusted: u64,
}

impl Folder {
    /// `trusted` is what this machine itself has pinned.
    ///
    /// # Errors
    /// Where a stored checkpoint of its size has another root.
    pub(super) fn new(
        shared: Arc<Published>,
        views: Writer<Views>,
        trusted: Option<&Pinned>,
    ) -> anyhow::Result<Folder> {
        let mut folder = Folder {
            books: Books::new(&shared.origin),
            tree: Tree::default(),
            views,
            waiting: Vec::new(),
            known: shared.published_roots(0, u64::MAX),
            trusted: trusted.map_or(0, |pinned| pinned.size),
            shared,
        };
        trusted.map_or(Ok(()), |pinned| folder.expect(pinned))?;
        Ok(folder)
    }

    /// Holds the log against one more root, also where it is folded already.
    pub(super) fn expect(&mut self, pinned: &Pinned) -> anyhow::Result<()> {
        let root = Hash(pinned.root);
        if let Some(other) = self.known.insert(pinned.size, root).filter(|other| *other != root) {
            bail!(
                "two signed checkpoints of size {} have different roots, {other} and {root}: stop, keep this copy, and \
                 compare with a witness",
                pinned.size
            );
        }
        if pinned.size <= self.books.size() && !self.shared.has_root(pinned) {
            return self.differs(pinned.size);
        }
        Ok(())
    }

    /// Checkpoints that were published since, each signed by the log and held against from now on.
    pub(super) fn learn(&mut self) -> anyhow::Result<Vec<Pinned>> {
        // From 0 at first: an empty log may have been published.
        let from = self.shared.published().map_or(0, |latest| latest.size.saturating_add(1));
        let mut fresh: Vec<Pinned> = Vec::new();
        self.shared.log.checkpoints(from, &mut |checkpoint| {
            fresh.push(checkpoint.clone());
            true
        })?;
        for checkpoint in &fresh {
            genuine(&self.shared.verifier, checkpoint).map_err(|why| not_genuine(checkpoint, &why))?;
            self.expect(checkpoint)?;
        }
        Ok(fresh)
    }

    /// Folds up to a size.
    pub(super) fn fold(&mut self, to: u64, progress: fn(u64, u64)) -> anyhow::Result<()> {
        let mut from = self.books.size();
        while from < to {
            // A chunk ends where trust does.
            let stop = if from < self.trusted { self.trusted.min(to) } else { to };
            let next = from.saturating_add(CHUNK).min(stop);
            let mut notes: Vec<Vec<u8>> = Vec::new();
            self.shared.log.read(from, next, &mut |_, bytes| {
                notes.push(bytes.to_vec());
                true
            })?;
            if notes.len() as u64 != next.saturating_sub(from) {
                bail!("the store gave {} of the entries {from}..{next}", notes.len());
            }
            let folded = self.fold_chunk(from, &notes);
            self.show();
            self.shared.show_tree(self.tree.grown());
            folded?;
            from = next;
            progress(from, to);
        }
        Ok(())
    }

    /// The bytes must hash to what was signed; if not, the first entry is named whose own leaf hash differs.
    fn differs(&self, size: u64) -> anyhow::Result<()> {
        let log = &self.shared.log;
        let stored = log.leaves(0, size)?;
        let mut bad = None;
        log.read(0, size, &mut |index, bytes| {
            let same =
                usize::try_from(index).ok().and_then(|i| stored.get(i)).is_some_and(|leaf| leaf_hash(bytes).0 == *leaf);
            bad = (!same).then_some(index);
            same
        })?;
        match bad {
            Some(index) => Err(self.spoilt(index, "is not what was signed")),
            None => bail!(
                "the first {size} entries do not hash to the root that was signed for them: this is another ledger's store, \
                 or a rewritten one"
            ),
        }
    }

    /// Bytes changed on the disk: those of a copy are fetched again. Above what is anchored they may never have been
    /// anything else: whoever can write a shared log's stream wrote them so.
    fn spoilt(&self, index: u64, how: &str) -> anyhow::Error {
        let what = format!("entry {index} {how}");
        let pinned = self.shared.anchor.read().ok().flatten().map_or(0, |pinned| pinned.size);
        match self.shared.log.copy() {
            Some(_) if index >= pinned.max(self.shared.published_size()) => anyhow::anyhow!(what),
            Some(path) => StoreError::Copy { path: path.to_owned(), why: what }.into(),
            None => anyhow::anyhow!("{what}: stop here, restore a good copy, compare with a witness"),
        }
    }

    fn fold_chunk(&mut self, from: u64, notes: &[Vec<u8>]) -> anyhow::Result<()> {
        use rayon::prelude::*;
        let shared = Arc::clone(&self.shared);
        let (log, ring) = (&shared.log, &shared.ring);
        let parsed: Vec<_> =
            notes.par_iter().map(|note| (leaf_hash(note), read_envelope(note, &shared.origin))).collect();
        // Before anything is made of the bytes: are they what was stored with their hash?
        let stored = log.leaves(from, from.saturating_add(notes.len() as u64))?;
        for (index, ((leaf, _), stored)) in (from..).zip(parsed.iter().zip(&stored)) {
            if leaf.0 != *stored {
                return Err(self.spoilt(index, "is not what was stored"));
            }
        }
        // Keys before signatures: an event may be signed by a key that an earlier one of the chunk
        // introduces. Whether it was active is decided by admission, in order.
        for (_, envelope) in &parsed {
            if let Ok(envelope) = envelope {
                ring.add_introduced(envelope);
            }
        }
        // Below what this machine pinned the root says that these are the bytes it verified; above it nobody
        // here ever said so, and they are verified again.
        let trusted = from < self.trusted;
        let made = |envelope: Envelope| {
            if trusted { recall_candidate(envelope, ring) } else { verify_candidate(envelope, ring) }
        };
        let candidates: Vec<_> = parsed.into_par_iter().map(|(leaf, envelope)| (leaf, envelope.map(made))).collect();
        for (index, (leaf, candidate)) in (from..).zip(candidates) {
            let candidate = candidate.with_context(|| format!("entry {index} is damaged: restore a good copy"))?;
            let candidate = candidate.with_context(|| format!("entry {index} does not verify"))?;
            let seen = candidate.verified.envelope().seen.0;
            let references = candidate.references();
            // Earlier events are found by the views.
            if self.waiting.len() >= ONE_TURN || !references.is_empty() {
                self.show();
            }
            let referenced = Referenced {
                seen_root: self.seen_root(seen),
                priors: references.iter().filter_map(|r| self.prior(&r.event.chain, r.event.seq)).collect(),
            };
            let admitted = admit(&self.books, &referenced, candidate)
                .with_context(|| format!("entry {index} is not admissible"))?;
            self.books.apply(&admitted)?;
            self.waiting.push(admitted);
            self.tree.push(leaf);
            let size = self.tree.size();
            if self.known.get(&size).is_some_and(|root| *root != self.tree.root()) {
                return self.differs(size);
            }
        }
        Ok(())
    }

    /// Shows what is folded, but for the tree.
    fn show(&mut self) {
        self.shared.show_heads(&self.waiting);
        viewer::fold(&mut self.views, &self.waiting);
        self.waiting.clear();
    }

    /// The root of a published size. One that was published late, below a newer one, is looked up.
    fn seen_root(&self, size: u64) -> Option<Hash> {
        if size == 0 {
            return Some(empty_root());
        }
        self.known.get(&size).copied().or_else(|| self.shared.published_late(size))
    }

    /// An earlier event, as it is stored: who names it names its hash, which admission compares.
    fn prior(&self, chain: &str, seq: u64) -> Option<Prior> {
        let index = self.shared.views().index_of(chain, seq)?;
        let envelope = Envelope::parse(&self.shared.log.entry(index).ok()??).ok()?;
        let (_, event) = decode(&envelope).ok()?;
        Some(Prior { index, hash: envelope.hash(), envelope, event })
    }
}

/// The refusal of a published checkpoint that is not what was signed.
pub(super) fn not_genuine(checkpoint: &Pinned, why: &str) -> anyhow::Error {
    anyhow::anyhow!(
        "the published checkpoint of size {} is not what was signed: {why}. Keep this copy, restore a good one, compare with \
         a witness",
        checkpoint.size
    )
}
