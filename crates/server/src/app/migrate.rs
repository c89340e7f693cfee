//! Moving a ledger between its directory's file and a cluster: the same bytes, checkpoints and anchor on the other side.

use super::directory::LedgerDirectory;
use super::engine;
use super::fold::not_genuine;
use super::node::{Node, Options, genuine};
use super::tree::Tree;
use almoner_proof::merkle::leaf_hash;
use almoner_proof::{Envelope, Hash, VerifierKey};
use almoner_store::{
    Anchor, Append, Cluster, FileAnchor, KurrentAnchor, KurrentLog, Log, Pinned, Sealed, SqliteLog, StoreError, Swap,
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
}

/// Copies a directory's ledger to a cluster, from where it is served from now on. Its file stays where it is.
///
/// Run again after an interruption it goes on.
///
/// # Errors
/// When the ledger is in use or its end is not anchored, when the cluster holds another ledger of this origin, or when
/// what was read back differs.
pub fn to_cluster(
    directory: &LedgerDirectory,
    connection: &str,
    anchor: Option<PathBuf>,
    progress: fn(u64, u64),
) -> anyhow::Result<Moved> {
    let from = SqliteLog::open(directory.store())?;
    let log = directory.log_of_policy()?;
    let pinned = pinned_end(&from, &open_anchor(&log, anchor)?)?;
    let cluster = Cluster::new(connection)?;
    let mirror = directory.mirror();
    let to = match KurrentLog::open(&cluster, &log.name, &mirror) {
        Err(StoreError::Stream { .. }) if mirror_is_empty(&mirror) => {
            directory.remove_mirror()?;
            KurrentLog::create(&cluster, &log.name, &mirror)
        }
        opened => opened,
    };
    let to = to.with_context(|| format!("cannot begin the ledger {} on the cluster", log.name))?;
    copy(&from, &to, &log, progress)?;
    drop(to);
    KurrentAnchor::seed(&cluster, &log.name, &pinned)?;
    // The mirror was filled with what was sent. What is there is known when it is read.
    directory.remove_mirror()?;
    let there = KurrentLog::open(&cluster, &log.name, &mirror)?;
    let moved = compare(&from, &there, &pinned)?;
    directory.keep_connection(connection)?;
    Ok(moved)
}

/// Copies a ledger from a cluster to the directory's file, from where it is served from now on. It takes the anchor, so
/// that a node that still runs can acknowledge nothing any more; the streams stay as they are, and no node may be started
/// on them again.
///
/// # Errors
/// As [`to_cluster`].
pub fn to_directory(
    directory: &LedgerDirectory,
    connection: &str,
    anchor: Option<PathBuf>,
    progress: fn(u64, u64),
) -> anyhow::Result<Moved> {
    let log = directory.log_of_policy()?;
    let cluster = Cluster::new(connection)?;
    let mirror = directory.mirror();
    let own = engine::open_or_create(&Node::anchor_path(&log, &Options { anchor, ..Options::default() }))?;
    let shared = KurrentAnchor::open(&cluster, &log.name, own)?;
    // A node that still runs can acknowledge nothing from here on.
    match shared.take_over() {
        Swap::Swapped => {}
        Swap::Conflict { .. } => bail!("another node takes over at the same moment: stop it"),
        Swap::Unknown { why } => bail!("the anchor could not be taken over: {why}"),
    }
    let from = KurrentLog::open(&cluster, &log.name, &mirror)?;
    let pinned = pinned_end(&from, &shared)?;
    let to = if directory.store().exists() {
        SqliteLog::open(directory.store())?
    } else {
        SqliteLog::create(directory.store())?
    };
    copy(&from, &to, &log, progress)?;
    let moved = compare(&from, &to, &pinned)?;
    to.end_in_order()?;
    match shared.pin_here(&pinned) {
        Swap::Swapped => {}
        Swap::Conflict { .. } => {
            bail!("this machine's anchor is ahead of the cluster's: the cluster was restored from an old backup")
        }
        Swap::Unknown { why } => bail!("this machine's anchor could not be written: {why}"),
    }
    drop(from);
    directory.remove_mirror()?;
    directory.forget_connection()?;
    Ok(moved)
}

fn open_anchor(log: &VerifierKey, anchor: Option<PathBuf>) -> anyhow::Result<FileAnchor> {
    let path = Node::anchor_path(log, &Options { anchor, ..Options::default() });
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

fn copy(from: &dyn Log, to: &dyn Log, log: &VerifierKey, progress: fn(u64, u64)) -> anyhow::Result<()> {
    let (size, limits) = (from.size()?, to.limits());
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
                return match to.entry(index) {
                    Ok(Some(there)) if there == note => Ok(()),
                    Ok(_) => Err(format!("entry {index} is another one there: that is another ledger")),
                    Err(error) => Err(error.to_string()),
                };
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
        checkpoints.push(checkpoint.clone());
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
            all.push(checkpoint.clone());
            true
        })?;
        anyhow::Ok(all)
    };
    let (before, after) = (all(from)?, all(to)?);
    if before != after {
        bail!("{} checkpoints were published, and {} are there now or differ", before.len(), after.len());
    }
    Ok(Moved { entries: pinned.size, checkpoints: before.len() as u64, root: tree.root() })
}

fn mirror_is_empty(mirror: &Path) -> bool {
    SqliteLog::open_read_only(mirror).and_then(|log| log.size()).is_ok_and(|size| size == 0)
}
