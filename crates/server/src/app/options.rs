//! How a node is opened.

use super::directory::LedgerDirectory;
use super::replay::ReplayFile;
use almoner_proof::VerifierKey;
use std::path::PathBuf;
use std::time::Duration;

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
    /// Where what was folded is written down for the next start; `None` is nowhere.
    pub replay: Option<ReplayFile>,
    /// Bytes of notes that may be acknowledged and not in the views yet; while there are more, no further event is taken.
    pub behind: usize,
}

/// What waits for the views takes several times the bytes of its notes. Views that nobody holds up are never this far
/// behind: it is a hundred thousand events.
const BEHIND: usize = 64 << 20;

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
            replay: None,
            behind: BEHIND,
        }
    }
}

impl Options {
    /// With the directory's replay file, where no other is given.
    pub(super) fn replaying(mut self, directory: &LedgerDirectory) -> Options {
        self.replay.get_or_insert_with(|| ReplayFile::new(directory.replay()));
        self
    }

    /// The given anchor, or the default one of this log's key.
    pub(super) fn anchor_of(&self, log: &VerifierKey) -> PathBuf {
        self.anchor.clone().unwrap_or_else(|| LedgerDirectory::default_anchor(&log.to_string()))
    }
}
