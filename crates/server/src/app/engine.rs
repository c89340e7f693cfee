//! Which store a ledger is on: the file in its directory, or a cluster.

use super::directory::LedgerDirectory;
use super::options::Options;
use almoner_proof::{SecretKey, VerifierKey};
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

/// Whether a ledger of this origin stands where a new one is to be made; in a directory none does. A cluster that does
/// not answer is told before anything is made that would be left behind.
pub(super) fn exists(origin: &str, options: &Options) -> anyhow::Result<bool> {
    options.store.as_deref().map_or(Ok(false), |connection| cluster::exists(connection, origin))
}

pub(super) fn create(directory: &LedgerDirectory, key: &SecretKey, options: &Options) -> anyhow::Result<Opened> {
    let anchor = options.anchor_of(&key.verifier());
    if let Some(connection) = connection(directory, options)? {
        let opened = cluster::create(&connection, directory, key, &anchor)?;
        directory.keep_connection(&connection)?;
        return Ok(opened);
    }
    let log = SqliteLog::create(directory.store())?;
    Ok(Opened { log: Arc::new(log), anchor: Box::new(FileAnchor::create(&anchor)?), is_shared: false })
}

pub(super) fn open(directory: &LedgerDirectory, key: &SecretKey, options: &Options) -> anyhow::Result<Opened> {
    let path = options.anchor_of(&key.verifier());
    if let Some(connection) = connection(directory, options)? {
        return cluster::open(&connection, directory, key, &path);
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

/// The way on from an entry above the anchor that is not this ledger's: nothing that was acknowledged is concerned.
pub(super) fn beside_the_ledger(why: &dyn std::fmt::Display, anchored: u64) -> String {
    format!(
        "{why}. It stands above the {anchored} entries that are anchored, so nothing that was acknowledged is concerned, \
         but nothing can follow it either. Let nobody but the ledger's user write its streams; then take the ledger out \
         with `almoner migrate --from CONNECTION --to sqlite:DIR`, which leaves that entry behind, and serve it from \
         there, or bring it back with `--to CONNECTION`"
    )
}

/// Whether trying again may help.
pub(super) fn is_passing(error: &StoreError) -> bool {
    cluster::is_passing(error)
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
    //! A cluster of KurrentDB. The ledger's name there is the log's origin, or where a seal has moved it there since.

    use super::{
        Anchor as _, Arc, LedgerDirectory, Log, Opened, Path, SecretKey, SqliteLog, StoreError, VerifierKey,
        open_or_create,
    };
    use crate::app::voice::LogVoice;
    use almoner_store::{Cluster, KurrentAnchor, KurrentLog, Voice, joined};
    use anyhow::bail;

    pub(super) fn is_passing(error: &StoreError) -> bool {
        matches!(error, StoreError::Unreachable { .. })
    }

    pub(super) fn exists(connection: &str, origin: &str) -> anyhow::Result<bool> {
        Ok(KurrentLog::exists(&Cluster::new(connection)?, origin)?)
    }

    pub(super) fn create(
        connection: &str,
        directory: &LedgerDirectory,
        key: &SecretKey,
        anchor: &Path,
    ) -> anyhow::Result<Opened> {
        let (cluster, file) = (Cluster::new(connection)?, open_or_create(anchor)?);
        cluster.connect_ahead();
        let voice: Arc<dyn Voice> = Arc::new(LogVoice::with_key(key.clone()));
        let origin = key.verifier().name;
        let (stored, anchor) = std::thread::scope(|scope| {
            let anchor = scope.spawn(|| KurrentAnchor::open(&cluster, &origin, Arc::clone(&voice), file));
            let stored = KurrentLog::create(&cluster, &origin, Arc::clone(&voice), directory.mirror());
            (stored, joined(anchor))
        });
        let (stored, anchor) = (stored?, anchor?);
        anchor.take_over()?;
        Ok(Opened { log: Arc::new(stored), anchor: Box::new(anchor), is_shared: true })
    }

    pub(super) fn open(
        connection: &str,
        directory: &LedgerDirectory,
        key: &SecretKey,
        anchor: &Path,
    ) -> anyhow::Result<Opened> {
        let (cluster, file) = (Cluster::new(connection)?, open_or_create(anchor)?);
        cluster.connect_ahead();
        let voice: Arc<dyn Voice> = Arc::new(LogVoice::with_key(key.clone()));
        // The anchor before the log: what is pinned is in the log already, what is in the log need not be pinned yet.
        let (anchor, ledger) = KurrentAnchor::find(&cluster, &key.verifier().name, Arc::clone(&voice), file)?;
        let anchored = anchor.read()?.map_or(0, |pinned| pinned.size);
        let mirrored = SqliteLog::open_read_only(directory.mirror()).and_then(|mirror| mirror.size()).unwrap_or(0);
        let fill = || KurrentLog::open(&cluster, &ledger, Arc::clone(&voice), directory.mirror());
        let stored = match fill() {
            // Above the anchor the mirror may hold what a leader showed that had lost its place. Nobody was ever told
            // of that. What was pinned is held against this machine's own anchor; without one the mirror is the only
            // witness, and stays.
            Err(error @ StoreError::Stream { .. }) if mirrored > anchored && anchor.own()?.is_some() => {
                tracing::warn!(%error, mirrored, anchored, "the mirror is ahead of the anchor: filling a new one");
                directory.remove_mirror()?;
                fill()
            }
            opened => opened,
        };
        match stored {
            Ok(stored) => Ok(Opened { log: Arc::new(stored), anchor: Box::new(anchor), is_shared: true }),
            Err(foreign @ StoreError::Foreign { .. }) => bail!("{}", advice(&foreign, anchored)),
            Err(error) => Err(error.into()),
        }
    }

    /// What to do about an entry that is not this ledger's.
    fn advice(foreign: &StoreError, anchored: u64) -> String {
        match foreign {
            StoreError::Foreign { index, .. } if *index < anchored => {
                format!(
                    "{foreign}. {anchored} entries are anchored, so something that was acknowledged is gone: restore the \
                     cluster from its newest backup, and compare with the witnesses"
                )
            }
            _ => super::beside_the_ledger(foreign, anchored),
        }
    }

    pub(super) fn follow(
        connection: &str,
        directory: &LedgerDirectory,
        log: &VerifierKey,
    ) -> anyhow::Result<Arc<dyn Log>> {
        let cluster = Cluster::new(connection)?;
        let voice: Arc<dyn Voice> = Arc::new(LogVoice::without_key(log.clone()));
        let (ledger, seal) = KurrentAnchor::standing(&cluster, &log.name, voice.as_ref())?;
        if let Some(seal) = seal {
            return Err(seal.moved(&ledger).into());
        }
        Ok(Arc::new(KurrentLog::follow(&cluster, &ledger, voice, directory.mirror())?))
    }
}

#[cfg(not(feature = "kurrentdb"))]
mod cluster {
    //! A build without the distributed engine.

    use super::{Arc, LedgerDirectory, Log, Opened, Path, SecretKey, StoreError, VerifierKey};

    /// A file answers or does not.
    pub(super) fn is_passing(_: &StoreError) -> bool {
        false
    }

    fn absent<T>() -> anyhow::Result<T> {
        anyhow::bail!("this build has no KurrentDB in it: build one with `cargo build --release --features kurrentdb`")
    }

    pub(super) fn exists(_: &str, _: &str) -> anyhow::Result<bool> {
        absent()
    }

    pub(super) fn create(_: &str, _: &LedgerDirectory, _: &SecretKey, _: &Path) -> anyhow::Result<Opened> {
        absent()
    }

    pub(super) fn open(_: &str, _: &LedgerDirectory, _: &SecretKey, _: &Path) -> anyhow::Result<Opened> {
        absent()
    }

    pub(super) fn follow(_: &str, _: &LedgerDirectory, _: &VerifierKey) -> anyhow::Result<Arc<dyn Log>> {
        absent()
    }
}
