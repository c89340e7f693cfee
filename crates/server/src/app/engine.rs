//! Which store a ledger is on: the file in its directory, or a cluster.

use super::directory::LedgerDirectory;
use super::node::{Node, Options};
use almoner_proof::VerifierKey;
use almoner_store::{Anchor, FileAnchor, Log, SqliteLog, StoreError};
use anyhow::Context as _;
use std::path::Path;
use std::sync::Arc;

/// A log with its anchor.
pub(super) struct Opened {
    pub(super) log: Arc<dyn Log>,
    pub(super) anchor: Box<dyn Anchor>,
    /// Whether other nodes may write to the same log.
    pub(super) is_shared: bool,
}

/// The connection string of a ledger that is on a cluster: the option's, or the directory's.
fn connection(directory: &LedgerDirectory, options: &Options) -> anyhow::Result<Option<String>> {
    match &options.store {
        Some(store) => Ok(Some(store.clone())),
        None => directory.connection(),
    }
}

/// Whether a cluster could be asked at all, before anything is made that would be left behind.
pub(super) fn check(options: &Options) -> anyhow::Result<()> {
    options.store.as_deref().map_or(Ok(()), cluster::check)
}

pub(super) fn create(directory: &LedgerDirectory, log: &VerifierKey, options: &Options) -> anyhow::Result<Opened> {
    let anchor = Node::anchor_path(log, options);
    if let Some(connection) = connection(directory, options)? {
        let opened = cluster::create(&connection, directory, log, &anchor)?;
        directory.keep_connection(&connection)?;
        return Ok(opened);
    }
    let log = SqliteLog::create(directory.store())?;
    Ok(Opened { log: Arc::new(log), anchor: Box::new(FileAnchor::create(&anchor)?), is_shared: false })
}

pub(super) fn open(directory: &LedgerDirectory, log: &VerifierKey, options: &Options) -> anyhow::Result<Opened> {
    let path = Node::anchor_path(log, options);
    if let Some(connection) = connection(directory, options)? {
        return cluster::open(&connection, directory, log, &path);
    }
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
    Ok(Opened { log: Arc::new(log), anchor: Box::new(anchor), is_shared: false })
}

pub(super) fn follow(directory: &LedgerDirectory, log: &VerifierKey, options: &Options) -> anyhow::Result<Opened> {
    let path = match &options.anchor {
        Some(path) => path.clone(),
        None => directory.followers_anchor(&log.to_string()),
    };
    let anchor = open_or_create(&path)?;
    let log: Arc<dyn Log> = match connection(directory, options)? {
        Some(connection) => cluster::follow(&connection, directory, log)?,
        None => Arc::new(SqliteLog::open_read_only(directory.store())?),
    };
    Ok(Opened { log, anchor: Box::new(anchor), is_shared: true })
}

/// An anchor that may be missing: the shared one holds what this machine has never seen.
pub(super) fn open_or_create(path: &Path) -> anyhow::Result<FileAnchor> {
    match FileAnchor::open(path) {
        Err(StoreError::AnchorMissing { .. }) => Ok(FileAnchor::create(path)?),
        opened => Ok(opened?),
    }
}

#[cfg(feature = "kurrentdb")]
mod cluster {
    //! A cluster of KurrentDB. The ledger's name there is the log's origin.

    use super::{
        Anchor as _, Arc, LedgerDirectory, Log, Opened, Path, SqliteLog, StoreError, VerifierKey, open_or_create,
    };
    use almoner_store::{Cluster, KurrentAnchor, KurrentLog};

    pub(super) fn check(connection: &str) -> anyhow::Result<()> {
        Ok(Cluster::new(connection).map(|_| ())?)
    }

    pub(super) fn create(
        connection: &str,
        directory: &LedgerDirectory,
        log: &VerifierKey,
        anchor: &Path,
    ) -> anyhow::Result<Opened> {
        let (cluster, file) = (Cluster::new(connection)?, open_or_create(anchor)?);
        let stored = KurrentLog::create(&cluster, &log.name, directory.mirror())?;
        let anchor = KurrentAnchor::open(&cluster, &log.name, file)?;
        Ok(Opened { log: Arc::new(stored), anchor: Box::new(anchor), is_shared: true })
    }

    pub(super) fn open(
        connection: &str,
        directory: &LedgerDirectory,
        log: &VerifierKey,
        anchor: &Path,
    ) -> anyhow::Result<Opened> {
        let (cluster, file) = (Cluster::new(connection)?, open_or_create(anchor)?);
        // The anchor before the log: what is pinned is in the log already, what is in the log need not be pinned yet.
        let anchor = KurrentAnchor::open(&cluster, &log.name, file)?;
        let anchored = anchor.read()?.map_or(0, |pinned| pinned.size);
        let mirrored = SqliteLog::open_read_only(directory.mirror()).and_then(|mirror| mirror.size()).unwrap_or(0);
        let stored = match KurrentLog::open(&cluster, &log.name, directory.mirror()) {
            // Above the anchor the mirror may hold what a leader showed that had lost its place. Nobody was ever told
            // of that. What was pinned is held against this machine's own anchor; without one the mirror is the only
            // witness, and stays.
            Err(error @ StoreError::Stream { .. }) if mirrored > anchored && anchor.own()?.is_some() => {
                tracing::warn!(%error, mirrored, anchored, "the mirror is ahead of the anchor: filling a new one");
                directory.remove_mirror()?;
                KurrentLog::open(&cluster, &log.name, directory.mirror())?
            }
            opened => opened?,
        };
        Ok(Opened { log: Arc::new(stored), anchor: Box::new(anchor), is_shared: true })
    }

    pub(super) fn follow(
        connection: &str,
        directory: &LedgerDirectory,
        log: &VerifierKey,
    ) -> anyhow::Result<Arc<dyn Log>> {
        Ok(Arc::new(KurrentLog::follow(&Cluster::new(connection)?, &log.name, directory.mirror())?))
    }
}

#[cfg(not(feature = "kurrentdb"))]
mod cluster {
    //! A build without the distributed engine.

    use super::{Arc, LedgerDirectory, Log, Opened, Path, VerifierKey};

    fn absent<T>() -> anyhow::Result<T> {
        anyhow::bail!("this build has no KurrentDB in it: build one with `cargo build --release --features kurrentdb`")
    }

    pub(super) fn check(_: &str) -> anyhow::Result<()> {
        absent()
    }

    pub(super) fn create(_: &str, _: &LedgerDirectory, _: &VerifierKey, _: &Path) -> anyhow::Result<Opened> {
        absent()
    }

    pub(super) fn open(_: &str, _: &LedgerDirectory, _: &VerifierKey, _: &Path) -> anyhow::Result<Opened> {
        absent()
    }

    pub(super) fn follow(_: &str, _: &LedgerDirectory, _: &VerifierKey) -> anyhow::Result<Arc<dyn Log>> {
        absent()
    }
}
