//! Every way the store can refuse or fail, by name, with what to do next.

use std::io;
use std::path::{Path, PathBuf};

/// What went wrong, where, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process (or another handle of this one) holds the exclusive lock.
    #[error("{path} is in use by another writer: stop the other process first; never delete the lock file", path = path.display())]
    Locked {
        /// The file whose lock is held.
        path: PathBuf,
    },
    /// There is no ledger at this path.
    #[error("there is no ledger at {path}: check the path, or create a ledger there first", path = path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// There is no anchor at this path.
    #[error(
        "there is no anchor at {path}: check the path; for a ledger that holds entries, restore the anchor from a checkpoint file or from witnesses, never from the ledger itself",
        path = path.display()
    )]
    AnchorMissing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Something is already there, and creating never overwrites.
    #[error("{path} already exists: open it, or choose another path", path = path.display())]
    Exists {
        /// What is in the way.
        path: PathBuf,
    },
    /// The file belongs to another application, or is no database at all.
    #[error("{path} is not an Almoner ledger ({found}): nothing was changed; check the path", path = path.display())]
    NotALedger {
        /// The file.
        path: PathBuf,
        /// What was found instead.
        found: String,
    },
    /// This machine's copy of a ledger that is elsewhere cannot be read.
    #[error(
        "{path} cannot be used ({why}): it is this machine's copy of the ledger, and the cluster holds the ledger itself; stop the node, delete {files}, and start it again, so that the copy is filled anew",
        path = path.display(),
        files = files(path)
    )]
    Copy {
        /// The file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// The ledger was written by another version of the storage format.
    #[error(
        "{path} has storage version {found}, this program reads version {supported}: use the program that matches the ledger",
        path = path.display()
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Version in the file.
        found: i64,
        /// Version this program knows.
        supported: i64,
    },
    /// Stored bytes are not what was written.
    #[error(
        "stored data is damaged{}: {what}; stop writing, keep this copy and restore from a verified one",
        at(*index)
    )]
    Corrupt {
        /// First bad index of the log, where it is known.
        index: Option<u64>,
        /// What was expected and what was found.
        what: String,
    },
    /// A file that is open is not the one of its name any more, or is shorter than what is in it.
    #[error(
        "{path} {what}: somebody removed, replaced or cut it while it was in use. Nothing more is acknowledged. What was before may be in this process only: copy the entries from it before it ends, and keep all files as they are",
        path = path.display()
    )]
    Displaced {
        /// The file.
        path: PathBuf,
        /// What was found at its name.
        what: String,
    },
    /// A checkpoint of this size with another root is already published: one log must never show two.
    #[error(
        "a checkpoint of size {size} with another root is already published: stop, keep this copy and compare it with the witnesses"
    )]
    CheckpointConflict {
        /// The size both claim.
        size: u64,
    },
    /// The ledger was opened for reading only.
    #[error("the ledger was opened for reading only, nothing was written: open it for writing")]
    ReadOnly,
    /// A note that does not fit the anchor's slot.
    #[error("the note has {len} bytes, the anchor takes {limit}, nothing was written: pin it with fewer cosignatures")]
    NoteTooLarge {
        /// Bytes offered.
        len: usize,
        /// Bytes that fit.
        limit: usize,
    },
    /// A number that the storage format cannot hold.
    #[error("{what} is {value}, the storage format ends at 2^63 - 1, nothing was written: check the caller")]
    OutOfRange {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: u64,
    },
    /// An earlier write ended unknown, so this handle writes (and, for an anchor, reads) no more.
    #[error("an earlier write ended unknown ({why}): restart, so that what is on the disk is read again")]
    Stopped {
        /// How the earlier write ended.
        why: String,
    },
    /// The operating system refused.
    #[error("{doing} {path}: {source}; check the disk, its free space and the permissions", path = path.display())]
    Io {
        /// What was being done, as a verb.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// The system's own words.
        source: io::Error,
    },
    /// SQLite refused.
    #[error("{doing}: {source}; check the disk, its free space and what else has the ledger open")]
    Sqlite {
        /// What was being done.
        doing: &'static str,
        /// SQLite's own words.
        source: rusqlite::Error,
    },
    /// The connection string, or what it needs, cannot be used.
    #[cfg(feature = "kurrentdb")]
    #[error("the connection string cannot be used: {why}")]
    Connection {
        /// What to change.
        why: String,
    },
    /// The cluster does not answer.
    #[cfg(feature = "kurrentdb")]
    #[error(
        "the cluster does not answer ({why}): check that its nodes run, that a majority of them sees each other, and the connection string; nothing is lost, trying again is safe"
    )]
    Unreachable {
        /// The last attempt's end.
        why: String,
    },
    /// A stream is not what it was, or not what it must be.
    #[cfg(feature = "kurrentdb")]
    #[error("the stream {stream} cannot be used: {what}; {next}")]
    Stream {
        /// Its name.
        stream: String,
        /// What was found.
        what: String,
        /// What to do.
        next: &'static str,
    },
    /// In the entries' stream stands what this ledger did not write.
    #[cfg(feature = "kurrentdb")]
    #[error("entry {index} of the stream {stream} is not this ledger's: {what}")]
    Foreign {
        /// Its name.
        stream: String,
        /// Where it stands.
        index: u64,
        /// What was found.
        what: String,
    },
    /// The ledger is elsewhere: its streams end with a seal.
    #[cfg(feature = "kurrentdb")]
    #[error(
        "the ledger has moved: {stream} was sealed at {size} entries on {time}, and it went to {to}; serve it there"
    )]
    Moved {
        /// The anchor stream.
        stream: String,
        /// How many entries went.
        size: u64,
        /// When, as the seal says.
        time: String,
        /// Where.
        to: String,
    },
    /// A fault injected by [`Faulty`](crate::Faulty), in tests only.
    #[error("injected fault at call {call}: this store was wrapped in a test of faults")]
    Injected {
        /// Which call, counted from 1.
        call: u64,
    },
}

impl StoreError {
    /// For `map_err`: an I/O error met while `doing` something to `path`.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, path: path.to_owned(), source }
    }

    /// For `map_err`: SQLite's errors, with its two words for damage given their own name.
    pub(crate) fn sqlite(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> Self {
        move |source| match source.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
                Self::Corrupt { index: None, what: format!("{doing}: {source}") }
            }
            _ => Self::Sqlite { doing, source },
        }
    }

    /// As an error of a copy, where it says that the file is not what it was.
    pub(crate) fn in_copy(self, path: &Path) -> Self {
        let why = match self {
            Self::Corrupt { index, what } => format!("it is damaged{}: {what}", at(index)),
            Self::NotALedger { found, .. } => format!("it is {found}"),
            Self::Version { found, supported, .. } => {
                format!("it has storage version {found}, this program reads version {supported}")
            }
            other => return other,
        };
        Self::Copy { path: path.to_owned(), why }
    }

    pub(crate) fn corrupt(index: impl Into<Option<u64>>, what: impl Into<String>) -> Self {
        Self::Corrupt { index: index.into(), what: what.into() }
    }
}

/// A database and what SQLite keeps beside it.
fn files(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("{name}, {name}-wal and {name}-shm")
}

fn at(index: Option<u64>) -> String {
    index.map(|index| format!(" at index {index}")).unwrap_or_default()
}
