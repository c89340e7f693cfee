//! Moving a ledger between its directory's file and a cluster: the same bytes, checkpoints and anchor on the other side.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use super::directory::LedgerDirectory;
use super::engine;
use super::fold::not_genuine;
use super::options::Options;
use super::recover::{Prepared, prepare};
use super::signed::{Signer, genuine};
use super::status::Status;
use super::tree::Tree;
use super::voice::LogVoice;
use almoner_proof::merkle::leaf_hash;
use almoner_proof::{Envelope, Hash, SecretKey, VerifierKey};
use almoner_store::{
    Anchor, Append, Cluster, FileAnchor, Id, KurrentAnchor, KurrentLog, Log, Pinned, Sealed, SqliteLog, StoreError,
    Swap, To, Voice,
};
use anyhow::{Context as _, bail};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moved {
    /// Entries.
    pub entries: u64,
    /// Published checkpoints.
    pub checkpoints: u64,
    /// Root over the entries, computed from what was read back.
    pub root: Hash,
    /// Events that stay behind in the streams, because the first of them is not this ledger's.
    pub left: u64,
}

/// Copies a directory's ledger to a cluster, from where it is served from now on. Its file stays where it is.
///
/// It goes on behind the seal that the ledger left there when it moved into this directory, if the streams are a prefix
/// of what is brought; otherwise into new streams, which a further seal names. Run again after an interruption it goes
/// on.
///
/// # Errors
/// When the ledger is in use or its end is not anchored, when the cluster holds another ledger of this origin or it went
/// elsewhere from there, or when what was read back differs.
pub fn to_cluster(
    directory: &LedgerDirectory,
    connection: &str,
    anchor: Option<PathBuf>,
    progress: fn(u64, u64),
) -> anyhow::Result<Moved> {
    let from = SqliteLog::open(directory.store())?;
    let key = directory.read_key("log")?;
    let log = key.verifier();
    let own = open_anchor(&log, anchor)?;
    let pinned = pinned_end(&from, &own)?;
    drop(own);
    let there = There::new(directory, connection, key)?;
    let (ledger, seal) = KurrentAnchor::standing(&there.cluster, &log.name, there.voice.as_ref())?;
    if let Some(seal) = seal.as_ref().filter(|seal| seal.to != To::Directory(there.id)) {
        return Err(seal.moved(&ledger).into());
    }
    let moved = match there.bring(&ledger, &from, &pinned, progress) {
        Ok(moved) => moved,
        // Something there is not this ledger's, and stays where it is.
        Err(Beside::Differs(why)) if seal.is_some() => {
            let is_begun = |name: &str| anyhow::Ok(there.anchor(name)?.is_claimed());
            let next = KurrentLog::next_generation(&there.cluster, (&log.name, &ledger), is_begun)?;
            tracing::warn!(why, "the streams of {ledger} are left behind, and {next} takes their place");
            let moved = there.bring(&next, &from, &pinned, progress).map_err(Beside::error)?;
            let old = there.anchor(&ledger)?;
            old.claim(Some(there.id))?;
            let newest = old.read()?.context("the streams that are left pin nothing")?;
            finished(
                old.close(&newest, To::Ledger(next), &crate::clock::now()),
                "the old streams could not be sealed",
            )?;
            moved
        }
        Err(beside) => return Err(beside.error()),
    };
    there.forget_anchor();
    directory.keep_connection(connection)?;
    Ok(moved)
}

/// Where a ledger is brought, or was.
struct There<'a> {
    directory: &'a LedgerDirectory,
    cluster: Cluster,
    log: VerifierKey,
    voice: Arc<dyn Voice>,
    id: Id,
}

/// Why a ledger could not be brought to streams.
enum Beside {
    /// They hold something else.
    Differs(String),
    Other(anyhow::Error),
}

impl Beside {
    fn error(self) -> anyhow::Error {
        match self {
            Beside::Differs(why) => {
                anyhow::anyhow!("{why}: that is another ledger, or one that was served from there since")
            }
            Beside::Other(error) => error,
        }
    }
}

impl<E: Into<anyhow::Error>> From<E> for Beside {
    fn from(error: E) -> Beside {
        Beside::Other(error.into())
    }
}

impl<'a> There<'a> {
    fn new(directory: &'a LedgerDirectory, connection: &str, key: SecretKey) -> anyhow::Result<There<'a>> {
        let id = directory.id()?;
        let cluster = Cluster::new(connection)?;
        Ok(There { directory, cluster, log: key.verifier(), voice: Arc::new(LogVoice::with_key(key)), id })
    }

    /// The anchor of streams, with a file that is nobody's: the directory's own stays as it is until the end.
    fn anchor(&self, ledger: &str) -> anyhow::Result<KurrentAnchor> {
        self.forget_anchor();
        let file = FileAnchor::create(self.moving_anchor())?;
        Ok(KurrentAnchor::open(&self.cluster, ledger, Arc::clone(&self.voice), file)?)
    }

    fn forget_anchor(&self) {
        // Left from a move that was broken off, or not there.
        let _gone = std::fs::remove_file(self.moving_anchor());
    }

    fn moving_anchor(&self) -> PathBuf {
        self.directory.path().join("moving.anchor")
    }

    /// Claims, copies, compares, pins.
    fn bring(&self, ledger: &str, from: &SqliteLog, pinned: &Pinned, progress: fn(u64, u64)) -> Result<Moved, Beside> {
        let voice = || Arc::clone(&self.voice);
        let mirror = self.directory.mirror();
        self.directory.remove_mirror()?;
        let opened = match KurrentLog::open_before_foreign(&self.cluster, ledger, voice(), &mirror) {
            Err(StoreError::Stream { .. }) if mirror_is_empty(&mirror) => {
                self.directory.remove_mirror()?;
                (KurrentLog::create(&self.cluster, ledger, voice(), &mirror)?, None)
            }
            opened => opened?,
        };
        let (to, foreign) = opened;
        if let Some(foreign) = foreign {
            return Err(Beside::Differs(foreign.to_string()));
        }
        let there = to.size()?;
        if there > pinned.size {
            return Err(Beside::Differs(format!("{ledger} holds {there} entries, and {} are brought", pinned.size)));
        }
        if let Some(index) = first_difference(from, &to)? {
            return Err(Beside::Differs(format!("entry {index} of {ledger} is another one")));
        }
        let shared = self.anchor(ledger)?;
        shared.claim(Some(self.id))?;
        if shared.read()?.is_some_and(|there| there.size > pinned.size) {
            return Err(Beside::Differs(format!("{ledger} pins more than is brought")));
        }
        copy(from, &to, pinned.size, &self.log, progress)?;
        drop(to);
        // The mirror was filled with what was sent. What is there is known when it is read.
        self.directory.remove_mirror()?;
        let there = KurrentLog::open(&self.cluster, ledger, voice(), &mirror)?;
        let moved = compare(from, &there, pinned)?;
        finished(shared.swap(shared.read()?.as_ref(), pinned), "the checkpoint could not be pinned there")?;
        Ok(moved)
    }
}

/// Copies a ledger from a cluster to the directory's file, from where it is served from now on. The streams end with a
/// seal that names the directory: no node starts on them again. Entries from the first on that is not this ledger's are
/// left behind.
///
/// Run again after an interruption it goes on.
///
/// # Errors
/// As [`to_cluster`]; and when less than what is anchored is this ledger's.
pub fn to_directory(
    directory: &LedgerDirectory,
    connection: &str,
    anchor: Option<PathBuf>,
    progress: fn(u64, u64),
) -> anyhow::Result<Moved> {
    let key = directory.read_key("log")?;
    let log = key.verifier();
    let there = There::new(directory, connection, key.clone())?;
    let (ledger, seal) = KurrentAnchor::standing(&there.cluster, &log.name, there.voice.as_ref())?;
    if let Some(seal) = seal.as_ref().filter(|seal| seal.to != To::Directory(there.id)) {
        return Err(seal.moved(&ledger).into());
    }
    let own = engine::open_or_create(&Options { anchor, ..Options::default() }.anchor_of(&log))?;
    let shared = KurrentAnchor::open(&there.cluster, &ledger, Arc::clone(&there.voice), own)?;
    if seal.is_none() {
        // A node that still runs can acknowledge nothing from here on.
        shared.claim(None)?;
    }
    let (from, _) =
        KurrentLog::open_before_foreign(&there.cluster, &ledger, Arc::clone(&there.voice), directory.mirror())?;
    let from: Arc<KurrentLog> = Arc::new(from);
    let pinned = take_in(&from, &shared, key, seal.is_some(), progress)?;
    let to = if directory.store().exists() {
        SqliteLog::open(directory.store())?
    } else {
        SqliteLog::create(directory.store())?
    };
    if let Some(index) = first_difference(from.as_ref(), &to)? {
        bail!("entry {index} is another one in {}: that is another ledger", directory.store().display());
    }
    copy(from.as_ref(), &to, pinned.size, &log, progress)?;
    let mut moved = compare(from.as_ref(), &to, &pinned)?;
    moved.left = from.length()?.saturating_sub(pinned.size);
    to.end_in_order()?;
    if seal.is_none() {
        let to = To::Directory(there.id);
        finished(
            shared.close(&pinned, to, &crate::clock::now()),
            "the streams could not be sealed, so the move stops",
        )?;
    }
    finished(shared.pin_here(&pinned), "this machine's anchor could not be written")?;
    drop((from, to));
    directory.remove_mirror()?;
    directory.forget_connection()?;
    Ok(moved)
}

/// Verifies and admits what stands in the streams, up to the first entry that is not this ledger's, and gives the
/// checkpoint over all before it, pinned.
fn take_in(
    from: &Arc<KurrentLog>,
    shared: &KurrentAnchor,
    key: SecretKey,
    is_sealed: bool,
    progress: fn(u64, u64),
) -> anyhow::Result<Pinned> {
    let newest = shared.read()?;
    let anchored = newest.as_ref().map_or(0, |newest| newest.size);
    let anchored = anchored.max(from.latest_checkpoint()?.map_or(0, |published| published.size));
    let until = if is_sealed { anchored } else { from.size()? };
    let log: Arc<dyn Log> = Arc::clone(from) as Arc<dyn Log>;
    let read_only = ReadAnchor { own: shared.own()?, newest: newest.clone() };
    let Prepared { mut folder, .. } = prepare(log, Box::new(read_only), key.verifier(), Status::Ready, None)?;
    let folded = folder.fold(until, progress);
    let size = folder.books.size();
    if size < anchored {
        folded?;
        bail!(
            "only {size} of the {anchored} entries that are anchored are there: restore the cluster from its newest backup"
        );
    }
    if let Err(error) = folded {
        tracing::warn!(%error, size, "what stands from here on is not this ledger's, and is left behind");
    }
    if let Some(newest) = newest.filter(|newest| newest.size == size) {
        return Ok(newest);
    }
    // Nobody was told of these, and all are admissible: they are taken in, as every start does.
    let next =
        Signer::new(key).sign(size, folder.tree.root()).context("our own checkpoint's signature does not verify")?;
    finished(shared.swap(shared.read()?.as_ref(), &next), "the end could not be pinned")?;
    Ok(next)
}

/// What was pinned when a move began.
struct ReadAnchor {
    own: Option<Pinned>,
    newest: Option<Pinned>,
}

impl Anchor for ReadAnchor {
    fn read(&self) -> Result<Option<Pinned>, StoreError> {
        Ok(self.newest.clone())
    }
    fn swap(&self, _: Option<&Pinned>, _: &Pinned) -> Swap {
        Swap::Conflict { found: self.newest.clone() }
    }
    fn own(&self) -> Result<Option<Pinned>, StoreError> {
        Ok(self.own.clone())
    }
}

fn finished(swap: Swap, otherwise: &str) -> anyhow::Result<()> {
    match swap {
        Swap::Swapped => Ok(()),
        Swap::Conflict { .. } => {
            bail!("{otherwise}: another node has claimed the ledger meanwhile; stop it, then run this again")
        }
        Swap::Unknown { why } => bail!("{otherwise}: {why}; run this again"),
    }
}

/// The first entry of `to` that is another than in `from`, which holds at least as many.
fn first_difference(from: &dyn Log, to: &dyn Log) -> anyhow::Result<Option<u64>> {
    let mut different = None;
    let mut failed = None;
    to.read(0, u64::MAX, &mut |index, bytes| {
        match from.entry(index) {
            Ok(Some(own)) if own == bytes => {}
            Ok(_) => different = Some(index),
            Err(error) => failed = Some(error),
        }
        different.is_none() && failed.is_none()
    })?;
    failed.map_or(Ok(different), |error| Err(error.into()))
}

fn open_anchor(log: &VerifierKey, anchor: Option<PathBuf>) -> anyhow::Result<FileAnchor> {
    let path = Options { anchor, ..Options::default() }.anchor_of(log);
    FileAnchor::open(&path).with_context(|| format!("no usable anchor at {}: name it with --anchor", path.display()))
}

/// The checkpoint over all of a log; what is above the anchor was acknowledged to nobody.
fn pinned_end(log: &dyn Log, anchor: &dyn Anchor) -> anyhow::Result<Pinned> {
    let (size, pinned) = (log.size()?, anchor.read()?);
    match pinned {
        Some(pinned) if pinned.size == size => Ok(pinned),
        Some(pinned) if pinned.size < size => {
            bail!(
                "{size} entries are stored and {} anchored: serve the ledger once and stop it, then move it",
                pinned.size
            )
        }
        _ => bail!("the store holds {size} entries, fewer than are anchored: this is an old or cut copy"),
    }
}

/// Goes on where `to` ends, which holds the same as `from` up to there.
fn copy(from: &dyn Log, to: &dyn Log, size: u64, log: &VerifierKey, progress: fn(u64, u64)) -> anyhow::Result<()> {
    let limits = to.limits();
    let already = to.size()?;
    let mut chains: BTreeMap<String, u32> = BTreeMap::new();
    let mut batch: Vec<Sealed> = Vec::new();
    let mut bytes = 0;
    let mut failed = None;
    let send = |batch: &mut Vec<Sealed>, end: u64| {
        let start = end.saturating_sub(batch.len() as u64);
        let answer = if batch.is_empty() { Append::Appended } else { to.append(start, batch) };
        batch.clear();
        progress(end, size);
        match answer {
            Append::Appended => Ok(()),
            Append::Conflict { size } => Err(format!("somebody else writes there: {size} entries")),
            Append::Unknown { why } => Err(why),
        }
    };
    from.read(0, size, &mut |index, note| {
        let done = seal(&mut chains, note).ok_or_else(|| format!("entry {index} is damaged")).and_then(|item| {
            if index < already {
                return Ok(());
            }
            if batch.len() == limits.items || bytes + note.len() > limits.bytes {
                bytes = 0;
                send(&mut batch, index)?;
            }
            bytes += note.len();
            batch.push(item);
            Ok(())
        });
        failed = done.err();
        failed.is_none()
    })?;
    if failed.is_none() {
        failed = send(&mut batch, size).err();
    }
    if let Some(why) = failed {
        bail!("the copy stopped: {why}");
    }
    let mut checkpoints = Vec::new();
    from.checkpoints(0, &mut |checkpoint| {
        if checkpoint.size <= size {
            checkpoints.push(checkpoint.clone());
        }
        true
    })?;
    for checkpoint in &checkpoints {
        genuine(log, checkpoint).map_err(|why| not_genuine(checkpoint, &why))?;
        to.put_checkpoint(checkpoint)?;
    }
    Ok(())
}

/// A stored note as an item again: chains are numbered in the order of their first events, as in the books.
fn seal(chains: &mut BTreeMap<String, u32>, note: &[u8]) -> Option<Sealed> {
    let envelope = Envelope::parse(note).ok()?;
    let next = u32::try_from(chains.len()).ok()?;
    let chain = *chains.entry(envelope.chain().to_owned()).or_insert(next);
    Some(Sealed {
        bytes: Arc::from(note),
        leaf_hash: leaf_hash(note).0,
        chain,
        seq: envelope.seq,
        event_hash: envelope.hash().0,
    })
}

/// Whether both hold the same, and what was signed.
fn compare(from: &dyn Log, to: &dyn Log, pinned: &Pinned) -> anyhow::Result<Moved> {
    let mut tree = Tree::default();
    to.read(0, u64::MAX, &mut |_, bytes| {
        tree.push(leaf_hash(bytes));
        true
    })?;
    if (tree.size(), tree.root().0) != (pinned.size, pinned.root) {
        bail!("what was read back does not hash to the anchored root: remove nothing, and compare both");
    }
    let all = |log: &dyn Log| {
        let mut all = Vec::new();
        log.checkpoints(0, &mut |checkpoint| {
            if checkpoint.size <= pinned.size {
                all.push(checkpoint.clone());
            }
            true
        })?;
        anyhow::Ok(all)
    };
    let (before, after) = (all(from)?, all(to)?);
    if before != after {
        bail!("{} checkpoints were published, and {} are there now or differ", before.len(), after.len());
    }
    Ok(Moved { entries: pinned.size, checkpoints: before.len() as u64, root: tree.root(), left: 0 })
}

fn mirror_is_empty(mirror: &Path) -> bool {
    SqliteLog::open_read_only(mirror).and_then(|log| log.size()).is_ok_and(|size| size == 0)
}
