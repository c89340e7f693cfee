//! The replay file: what admission said of every event, beside the store, so that a start folds and does not decide.
//!
//! A chunk holds the root behind it, the tree's nodes of level 8 and what the events did. What is taken back of it must fold
//! to the root that this machine has pinned, so the tree is right at once; what the events did is proved afterwards, by
//! `recheck.rs`, which decides all of it again. A file that is missing, damaged or of another program costs
//! time and nothing else.

// Saturating: sizes of the log and positions in it, which do not come near the edge.

use super::tree::{Grown, Tree};
use almoner_ledger::replay::{self, Broken, FOLD, Stretch};
use almoner_ledger::rules::RULES_KNOWN;
use almoner_ledger::{Admitted, Books};
use almoner_proof::Hash;
use almoner_proof::merkle::Frontier;
use almoner_proof::tile::TILE_WIDTH;
use almoner_store::{Check, DerivedFile, DerivedReader, Log, NotDerived, Pinned};
use almoner_views::Views;
use anyhow::Context as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

/// Where a node keeps its replay file.
#[derive(Debug, Clone)]
pub struct ReplayFile {
    /// The file.
    pub path: PathBuf,
    /// Events in a chunk, a multiple of 256. What is behind the last whole chunk is decided at every start.
    pub every: u64,
}

impl ReplayFile {
    /// A file with chunks of the usual size.
    #[must_use]
    pub fn new(path: PathBuf) -> ReplayFile {
        ReplayFile { path, every: 16_384 }
    }

    /// What the file must begin with to be this log's and this program's.
    fn header(&self, origin: &str) -> Vec<u8> {
        let program = env!("CARGO_PKG_VERSION");
        format!("origin {origin}\nrules {RULES_KNOWN}\nfold {FOLD}\nprogram {program}\nevery {}\n", self.every)
            .into_bytes()
    }
}

/// Makes chunks of events that go by.
#[derive(Debug)]
pub(super) struct Chunks {
    every: u64,
    writer: replay::Writer,
    frontier: Frontier,
}

impl Chunks {
    pub(super) fn new(every: u64) -> Chunks {
        Chunks { every, writer: replay::Writer::default(), frontier: Frontier::default() }
    }

    /// The next event; `tree` holds at least all up to it. Gives a chunk where one is whole.
    pub(super) fn push(&mut self, admitted: &Admitted, tree: &dyn Fn() -> Grown) -> Result<Option<Vec<u8>>, Broken> {
        self.writer.push(admitted)?;
        if self.writer.count() < self.every {
            return Ok(None);
        }
        let from = self.frontier.size() / TILE_WIDTH;
        let nodes = tree().row(1, from, from.saturating_add(self.every / TILE_WIDTH));
        nodes.iter().for_each(|node| self.frontier.push_subtree(8, *node));
        let mut chunk = self.frontier.root().0.to_vec();
        nodes.iter().for_each(|node| chunk.extend(node.0));
        chunk.extend(self.writer.finish()?);
        Ok(Some(chunk))
    }
}

/// Writes the file while events go by.
#[derive(Debug)]
pub(super) struct Recording {
    /// None where none is kept, or it could not be written.
    file: Option<DerivedFile>,
    chunks: Chunks,
}

impl Recording {
    /// Keeps no file.
    pub(super) fn none() -> Recording {
        Recording { file: None, chunks: Chunks::new(TILE_WIDTH) }
    }

    /// Begins a file from the log's first event.
    pub(super) fn begin(place: &ReplayFile, origin: &str) -> Recording {
        let file = DerivedFile::create(&place.path, &place.header(origin));
        let file = file.inspect_err(|error| tracing::warn!(%error, "no replay file is kept")).ok();
        Recording { file, chunks: Chunks::new(place.every) }
    }

    /// The next event. Nothing waits for the disk; what is lost is made again.
    pub(super) fn push(&mut self, admitted: &Admitted, tree: &dyn Fn() -> Grown) {
        let Some(file) = &mut self.file else { return };
        let written = self.chunks.push(admitted, tree).map_err(anyhow::Error::from);
        let written = written.and_then(|chunk| Ok(chunk.map_or(Ok(()), |chunk| file.append(&chunk))?));
        if let Err(error) = written {
            tracing::warn!(%error, "the replay file is written no further: the next start takes longer");
            self.file = None;
        }
    }
}

/// What was taken back.
pub(super) struct Recalled {
    pub(super) books: Books,
    pub(super) views: Views,
    pub(super) tree: Tree,
    /// Goes on behind it.
    pub(super) recording: Recording,
    /// The check of the header and of each chunk.
    pub(super) checks: Vec<Check>,
}

/// A chunk, taken apart but for its events.
struct Chunk<'a> {
    root: Hash,
    nodes: Vec<Hash>,
    stretch: Stretch<'a>,
}

impl Chunk<'_> {
    fn of(bytes: &[u8], every: u64) -> anyhow::Result<Chunk<'_>> {
        let hashes = (every / TILE_WIDTH).saturating_add(1).saturating_mul(32);
        let (hashes, rest) = bytes.split_at_checked(usize::try_from(hashes)?).context("a chunk is too short")?;
        let mut hashes = hashes.as_chunks().0.iter().map(|hash| Hash(*hash));
        let root = hashes.next().unwrap_or_default();
        Ok(Chunk { root, nodes: hashes.collect(), stretch: replay::read(rest)? })
    }
}

/// Takes back what is below the size that this machine has pinned.
///
/// # Errors
/// Why not, for the operator.
pub(super) fn recall(place: &ReplayFile, origin: &str, log: &dyn Log, pinned: &Pinned) -> anyhow::Result<Recalled> {
    let reader = DerivedReader::open(&place.path, &place.header(origin))?;
    let (mut books, mut tree) = (Books::new(origin), Tree::default());
    // Both take a chunk apart for themselves: what one thread reserves and another lets go costs more than reading twice.
    let (views, reading) = std::thread::scope(|scope| {
        let (for_books, chunks) = sync_channel::<Arc<Vec<u8>>>(1);
        let (for_views, same_chunks) = sync_channel::<Arc<Vec<u8>>>(1);
        let reading = Reading { reader, most: pinned.size / place.every, checks: Vec::new() };
        let reading = scope.spawn(move || reading.read(&for_books, &for_views));
        let viewing = scope.spawn(|| {
            let mut views = Views::default();
            same_chunks.into_iter().try_for_each(|chunk| fold_views(&chunk, place.every, &mut views))?;
            anyhow::Ok(views)
        });
        let folded = chunks.iter().try_for_each(|chunk| fold_books(&chunk, place.every, &mut books, &mut tree));
        drop(chunks);
        let died = |_| anyhow::anyhow!("a thread died");
        let (views, reading) = (viewing.join().map_err(died)?, reading.join().map_err(died)?);
        folded.and_then(|()| Ok((views?, reading)))
    })?;
    let Reading { reader, checks, .. } = reading;
    let mut frontier = tree.frontier().clone();
    log.leaves(tree.size(), pinned.size)?.into_iter().for_each(|leaf| frontier.push(Hash(leaf)));
    anyhow::ensure!(
        frontier.size() == pinned.size && frontier.root().0 == pinned.root,
        "the tree in it is not the one that was signed"
    );
    let chunks = Chunks { frontier: tree.frontier().clone(), ..Chunks::new(place.every) };
    let file = reader.cut().inspect_err(|error| tracing::warn!(%error, "no replay file is kept")).ok();
    Ok(Recalled { books, views, tree, recording: Recording { file, chunks }, checks })
}

fn fold_books(chunk: &[u8], every: u64, books: &mut Books, tree: &mut Tree) -> anyhow::Result<()> {
    let Chunk { root, nodes, mut stretch } = Chunk::of(chunk, every)?;
    for done in &mut stretch {
        let done = done?;
        anyhow::ensure!(done.index == books.size(), "an event is missing in it");
        books.apply_done(&done)?;
    }
    stretch.heads().iter().for_each(|head| books.stand_at(head));
    nodes.iter().for_each(|node| tree.push_tile(*node));
    anyhow::ensure!(tree.size() == books.size() && tree.root() == root, "its tree is not that of its events");
    Ok(())
}

fn fold_views(chunk: &[u8], every: u64, views: &mut Views) -> anyhow::Result<()> {
    for done in Chunk::of(chunk, every)?.stretch {
        views.fold(&done?);
    }
    Ok(())
}

/// Reads chunks, for two who fold them.
struct Reading {
    reader: DerivedReader,
    /// Chunks below what is pinned.
    most: u64,
    checks: Vec<Check>,
}

impl Reading {
    fn read(mut self, for_books: &SyncSender<Arc<Vec<u8>>>, for_views: &SyncSender<Arc<Vec<u8>>>) -> Reading {
        self.checks.push(self.reader.check());
        for _ in 0..self.most {
            let chunk = match self.reader.next_chunk() {
                None => break,
                Some(Err(why)) => {
                    tracing::warn!(%why, "the rest of the replay file is made again");
                    break;
                }
                Some(Ok(bytes)) => Arc::new(bytes),
            };
            // Whoever does not listen any more says why.
            if for_books.send(Arc::clone(&chunk)).is_err() || for_views.send(chunk).is_err() {
                break;
            }
            self.checks.push(self.reader.check());
        }
        self
    }
}

/// Tells that everything is folded from the notes, and why.
pub(super) fn tell_refused(place: &ReplayFile, why: &anyhow::Error) {
    if matches!(why.downcast_ref(), Some(NotDerived::Missing)) {
        tracing::info!("there is no replay file yet: everything is folded from the notes");
    } else {
        tracing::warn!(file = %place.path.display(), "the replay file is not used: {why}; everything is folded from the notes");
    }
}
