//! The replay file: what admission said of every event, beside the store, so that a start folds and does not decide.
//!
//! A chunk holds the root behind it, the tree's nodes of level 8 and what the events did. What is taken back of it must fold
//! to the root that this machine has pinned, so the tree is right at once; what the events did is proved afterwards, by
//! `recheck.rs`, which decides all of it again. A file that is missing, damaged or of another program costs
//! time and nothing else.

use super::tree::{Grown, Tree};
use almoner_ledger::admitted::ChainHead;
use almoner_ledger::replay::{self, Broken, FOLD};
use almoner_ledger::rules::RULES_KNOWN;
use almoner_ledger::{Admitted, Books, Done};
use almoner_proof::Hash;
use almoner_proof::merkle::Frontier;
use almoner_proof::tile::TILE_WIDTH;
use almoner_store::{Check, DerivedFile, DerivedReader, Log, NotDerived, Pinned};
use almoner_views::Views;
use anyhow::Context as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

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

/// Events that are handed on together: few enough to stay in a processor's cache.
const PIECE: usize = 512;

/// A piece of a chunk, taken apart.
enum Piece {
    Events(Vec<Done>),
    /// Behind the last events of a chunk.
    End {
        root: Hash,
        nodes: Vec<Hash>,
        heads: Vec<ChainHead>,
    },
}

/// Takes back what is below the size that this machine has pinned.
///
/// # Errors
/// Why not, for the operator.
pub(super) fn recall(place: &ReplayFile, origin: &str, log: &dyn Log, pinned: &Pinned) -> anyhow::Result<Recalled> {
    let reader = DerivedReader::open(&place.path, &place.header(origin))?;
    let (mut books, mut tree) = (Books::new(origin), Tree::default());
    let (views, read) = std::thread::scope(|scope| {
        let (for_books, pieces) = sync_channel::<Arc<Piece>>(4);
        let (for_views, same_pieces) = sync_channel::<Arc<Piece>>(4);
        let reading = Reading { reader, every: place.every, most: pinned.size / place.every, checks: Vec::new() };
        let hand = move |piece| {
            let piece = Arc::new(piece);
            for_books.send(Arc::clone(&piece)).is_ok() && for_views.send(piece).is_ok()
        };
        let reading = scope.spawn(move || reading.read(&hand));
        let viewing = scope.spawn(move || {
            let mut views = Views::default();
            for piece in same_pieces {
                if let Piece::Events(events) = &*piece {
                    events.iter().for_each(|done| views.fold(done));
                }
            }
            views
        });
        let mut folded = Ok(());
        for piece in &pieces {
            folded = fold(&piece, &mut books, &mut tree);
            if folded.is_err() {
                break;
            }
        }
        drop(pieces);
        let died = |_| anyhow::anyhow!("a thread died");
        let (views, read) = (viewing.join().map_err(died)?, reading.join().map_err(died)?);
        folded.map(|()| (views, read))
    })?;
    let Reading { reader, checks, .. } = read?;
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

fn fold(piece: &Piece, books: &mut Books, tree: &mut Tree) -> anyhow::Result<()> {
    match piece {
        Piece::Events(events) => {
            for done in events {
                anyhow::ensure!(done.index == books.size(), "an event is missing in it");
                books.apply_done(done)?;
            }
        }
        Piece::End { root, nodes, heads } => {
            heads.iter().for_each(|head| books.stand_at(head));
            nodes.iter().for_each(|node| tree.push_tile(*node));
            anyhow::ensure!(tree.size() == books.size() && tree.root() == *root, "its tree is not that of its events");
        }
    }
    Ok(())
}

/// Reads chunks and takes them apart, for two who fold them.
struct Reading {
    reader: DerivedReader,
    every: u64,
    /// Chunks below what is pinned.
    most: u64,
    checks: Vec<Check>,
}

impl Reading {
    /// # Errors
    /// Where a chunk with a good check is not what this program writes.
    fn read(mut self, hand: &dyn Fn(Piece) -> bool) -> anyhow::Result<Reading> {
        self.checks.push(self.reader.check());
        for _ in 0..self.most {
            let bytes = match self.reader.next_chunk() {
                None => break,
                Some(Err(why)) => {
                    tracing::warn!(%why, "the rest of the replay file is made again");
                    break;
                }
                Some(Ok(bytes)) => bytes,
            };
            // Whoever does not listen any more says why.
            if !self.apart(&bytes, hand)? {
                break;
            }
            self.checks.push(self.reader.check());
        }
        Ok(self)
    }

    /// Hands on what is in a chunk; false where nobody listens.
    fn apart(&self, bytes: &[u8], hand: &dyn Fn(Piece) -> bool) -> anyhow::Result<bool> {
        let hashes = (self.every / TILE_WIDTH).saturating_add(1).saturating_mul(32);
        let (hashes, rest) = bytes.split_at_checked(usize::try_from(hashes)?).context("a chunk is too short")?;
        let mut stretch = replay::read(rest)?;
        loop {
            let events = stretch.by_ref().take(PIECE).collect::<Result<Vec<Done>, Broken>>()?;
            if events.is_empty() {
                break;
            }
            if !hand(Piece::Events(events)) {
                return Ok(false);
            }
        }
        let mut hashes = hashes.as_chunks().0.iter().map(|hash| Hash(*hash));
        let root = hashes.next().unwrap_or_default();
        Ok(hand(Piece::End { root, nodes: hashes.collect(), heads: stretch.heads().to_vec() }))
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
