//! Folding stored entries: a start, a restart and a following node go through the same steps.

// Saturating: sizes of the log and positions in it, which do not come near the edge.

use super::published::Published;
use super::rehearse::{Followed, Told};
use super::replay::Recording;
use super::signed::genuine;
use super::tree::Tree;
use super::turns::Writer;
use super::viewer::{self, ONE_TURN};
use almoner_ledger::event::Prior;
use almoner_ledger::{
    Admitted, Books, Candidate, KeyRing, Referenced, Refusal, admit, decode, read_envelope, recall_candidate,
    verify_candidate,
};
use almoner_proof::merkle::{empty_root, leaf_hash};
use almoner_proof::{Envelope, Hash};
use almoner_store::{Pinned, StoreError};
use almoner_views::Views;
use anyhow::{Context as _, bail};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::{Sender, SyncSender, sync_channel};

/// Entries that are taken apart together.
const STRETCH: u64 = 2048;

/// Everything that is folded, in one hand. A node that writes hands it on: the books to the sequencer, the tree to the
/// committer, the views to the viewer.
pub(super) struct Folder {
    pub(super) shared: Arc<Published>,
    pub(super) books: Books,
    pub(super) tree: Tree,
    pub(super) views: Writer<Views>,
    /// What is folded is written down for the next start.
    pub(super) recording: Recording,
    /// Who follows what is folded, and the blocks of postings that he has; nobody at first.
    pub(super) followed_by: Option<(Sender<Told>, usize)>,
    /// In books and tree, and not in the views yet.
    waiting: Vec<Admitted>,
    /// Roots that the log is held against, by size.
    known: BTreeMap<u64, Hash>,
    /// Below this size this machine has verified every signature.
    trusted: u64,
}

impl Folder {
    /// `trusted` is what this machine itself has pinned. The views are folded as far as the books are.
    ///
    /// # Errors
    /// Where a stored checkpoint of its size has another root.
    pub(super) fn new(
        shared: Arc<Published>,
        views: Writer<Views>,
        (books, tree, recording): (Books, Tree, Recording),
        trusted: Option<&Pinned>,
    ) -> anyhow::Result<Folder> {
        shared.show_books(&books);
        shared.show_tree(tree.grown());
        let mut folder = Folder {
            books,
            tree,
            views,
            recording,
            followed_by: None,
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

    /// Folds up to a size. While one stretch is admitted, the next is read and taken apart.
    pub(super) fn fold(&mut self, to: u64, progress: fn(u64, u64)) -> anyhow::Result<()> {
        let (shared, first, trusted) = (Arc::clone(&self.shared), self.books.size(), self.trusted);
        std::thread::scope(|scope| {
            let (ready, stretches) = sync_channel(1);
            let ahead = Ahead { shared: &shared, ring: &shared.ring, trusted, next: first, to };
            scope.spawn(move || ahead.prepare(&ready));
            for stretch in &stretches {
                let folded = stretch.and_then(|stretch| self.admit(stretch));
                self.show();
                self.shared.show_tree(self.tree.grown());
                folded?;
                progress(self.books.size(), to);
            }
            Ok(())
        })
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
            Some(index) => Err(spoilt(&self.shared, index, "is not what was signed")),
            None => bail!(
                "the first {size} entries do not hash to the root that was signed for them: this is another ledger's store, \
                 or a rewritten one"
            ),
        }
    }

    /// Admits a stretch, in order.
    fn admit(&mut self, stretch: Stretch) -> anyhow::Result<()> {
        for (index, candidate) in stretch.numbered() {
            // Earlier events are found by the views.
            let refers = matches!(&candidate, Ok(Ok(candidate)) if !candidate.references().is_empty());
            if self.waiting.len() >= ONE_TURN || refers {
                self.show();
            }
            let admitted = admit_stored(&self.shared, &mut self.books, &self.known, index, candidate)?;
            self.tree.push(admitted.verified.leaf_hash());
            self.recording.push(&admitted, &|| self.tree.grown());
            self.waiting.push(admitted);
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
        let events = std::mem::take(&mut self.waiting);
        if let Some((rehearser, blocks)) = self.followed_by.as_mut().filter(|_| !events.is_empty()) {
            let posted = self.books.posted_from(*blocks).to_vec();
            *blocks = blocks.saturating_add(posted.len());
            // One that has died has failed the node.
            let _ = rehearser.send(Told::Followed(Followed { events: Arc::new(events), posted }));
        }
    }
}

/// Decides over a stored entry once more, on the books of all before it, which then hold it. `known` are published roots.
pub(super) fn admit_stored(
    shared: &Published,
    books: &mut Books,
    known: &BTreeMap<u64, Hash>,
    index: u64,
    candidate: Read,
) -> anyhow::Result<Admitted> {
    let candidate = candidate.with_context(|| format!("entry {index} is damaged: restore a good copy"))?;
    let candidate = candidate.with_context(|| format!("entry {index} does not verify"))?;
    let references = candidate.references();
    let referenced = Referenced {
        seen_root: seen_root(shared, known, candidate.verified.envelope().seen.0),
        priors: references.iter().filter_map(|r| prior(shared, &r.event.chain, r.event.seq)).collect(),
    };
    let admitted = admit(books, &referenced, candidate).with_context(|| format!("entry {index} is not admissible"))?;
    books.apply(&admitted)?;
    Ok(admitted)
}

/// The root of a published size. One that was published late, below a newer one, is looked up.
fn seen_root(shared: &Published, known: &BTreeMap<u64, Hash>, size: u64) -> Option<Hash> {
    if size == 0 {
        return Some(empty_root());
    }
    known.get(&size).copied().or_else(|| shared.published_root(size))
}

/// An earlier event, as it is stored: who names it names its hash, which admission compares.
fn prior(shared: &Published, chain: &str, seq: u64) -> Option<Prior> {
    let index = shared.views().index_of(chain, seq)?;
    let envelope = Envelope::parse(&shared.log.entry(index).ok()??).ok()?;
    let (_, event) = decode(&envelope).ok()?;
    Some(Prior { index, hash: envelope.hash(), envelope, event })
}

/// An entry that needs only the books any more: damaged, not verified, or a candidate.
type Read = Result<Result<Candidate, Refusal>, Refusal>;

/// Some in a row.
pub(super) struct Stretch {
    from: u64,
    candidates: Vec<Read>,
}

impl Stretch {
    /// Each with its index.
    pub(super) fn numbered(self) -> impl Iterator<Item = (u64, Read)> {
        (self.from..).zip(self.candidates)
    }
}

/// Reads ahead of the admission, by one stretch.
pub(super) struct Ahead<'a> {
    pub(super) shared: &'a Published,
    /// Learns the keys that the entries introduce.
    pub(super) ring: &'a KeyRing,
    /// As in [`Folder`].
    pub(super) trusted: u64,
    pub(super) next: u64,
    pub(super) to: u64,
}

impl Ahead<'_> {
    /// Until everything is handed over, or an error, which is the last.
    fn prepare(mut self, ready: &SyncSender<anyhow::Result<Stretch>>) {
        while self.next < self.to {
            let stretch = self.stretch();
            let is_last = stretch.is_err();
            // Who admits has met an error.
            if ready.send(stretch).is_err() || is_last {
                return;
            }
        }
    }

    /// The next stretch.
    pub(super) fn stretch(&mut self) -> anyhow::Result<Stretch> {
        let from = self.next;
        // It ends where trust does.
        let stop = if from < self.trusted { self.trusted.min(self.to) } else { self.to };
        self.next = from.saturating_add(STRETCH).min(stop);
        let mut notes: Vec<Vec<u8>> = Vec::new();
        self.shared.log.read(from, self.next, &mut |_, bytes| {
            notes.push(bytes.to_vec());
            true
        })?;
        if notes.len() as u64 != self.next.saturating_sub(from) {
            bail!("the store gave {} of the entries {from}..{}", notes.len(), self.next);
        }
        let ring = self.ring;
        let parsed: Vec<_> = notes.par_iter().map(|note| read_envelope(note, &self.shared.origin)).collect();
        // Before anything is made of the bytes: are they what was stored with their hash?
        let stored = self.shared.log.leaves(from, self.next)?;
        for (index, ((note, parsed), stored)) in (from..).zip(notes.iter().zip(&parsed).zip(&stored)) {
            let leaf = parsed.as_ref().map_or_else(|_| leaf_hash(note), Envelope::leaf_hash);
            if leaf.0 != *stored {
                return Err(spoilt(self.shared, index, "is not what was stored"));
            }
        }
        // Keys before signatures: an event may be signed by a key that an earlier one of the stretch introduces. Whether
        // it was active is decided by admission, in order.
        for envelope in parsed.iter().flatten() {
            ring.add_introduced(envelope);
        }
        // Below what this machine pinned the root says that these are the bytes it verified; above it nobody here ever
        // said so, and they are verified again.
        let trusted = from < self.trusted;
        let made = |envelope: Envelope| {
            if trusted { recall_candidate(envelope, ring) } else { verify_candidate(envelope, ring) }
        };
        let candidates = parsed.into_par_iter().map(|envelope| envelope.map(made)).collect();
        Ok(Stretch { from, candidates })
    }
}

/// Bytes changed on the disk: those of a copy are fetched again. Above what is anchored they may never have been anything
/// else: whoever can write a shared log's stream wrote them so.
fn spoilt(shared: &Published, index: u64, how: &str) -> anyhow::Error {
    let what = format!("entry {index} {how}");
    let pinned = shared.anchor.read().ok().flatten().map_or(0, |pinned| pinned.size);
    match shared.log.copy() {
        Some(_) if index >= pinned.max(shared.published_size()) => anyhow::anyhow!(what),
        Some(path) => StoreError::Copy { path: path.to_owned(), why: what }.into(),
        None => anyhow::anyhow!("{what}: stop here, restore a good copy, compare with a witness"),
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
