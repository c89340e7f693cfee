//! What both adapters on a disk need: one absolute path, an exclusive lock, a synced directory.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::StoreError;

/// Which file it is, whatever its name: device and inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity(u64, u64);

impl Identity {
    pub(crate) fn of(found: &Metadata) -> Self {
        Self(found.dev(), found.ino())
    }

    /// The file of a name must be this one.
    pub(crate) fn expect_at(self, path: &Path) -> Result<Metadata, StoreError> {
        let found = match fs::metadata(path) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Err(displaced(path, "is not there any more"));
            }
            found => found.map_err(StoreError::io("look at", path))?,
        };
        if Self::of(&found) == self { Ok(found) } else { Err(displaced(path, "is another file now")) }
    }
}

pub(crate) fn displaced(path: &Path, what: impl Into<String>) -> StoreError {
    StoreError::Displaced { path: path.to_owned(), what: what.into() }
}

/// The absolute path of a file that is to be created; its directory must exist.
///
/// Links are resolved so that two names of one file meet at one lock.
pub(crate) fn absolute_new(path: &Path) -> Result<PathBuf, StoreError> {
    let name = path.file_name().ok_or_else(|| StoreError::Io {
        doing: "name a file in",
        path: path.to_owned(),
        source: ErrorKind::InvalidFilename.into(),
    })?;
    let parent = parent_of(path);
    Ok(fs::canonicalize(parent).map_err(StoreError::io("find the directory", parent))?.join(name))
}

/// The directory a path is in, also for a bare name.
pub(crate) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}

/// The path with something added to its name: `ledger.db` and `.lock` give `ledger.db.lock`.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Takes the lock beside `path`. It is held as long as the file is open and let go by the system when a process dies.
/// The file itself stays, because removing it would let two writers lock two files of one name.
pub(crate) fn lock_beside(path: &Path) -> Result<File, StoreError> {
    let lock = beside(path, ".lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock)
        .map_err(StoreError::io("open the lock file", &lock))?;
    lock_exclusive(&file, path)?;
    Ok(file)
}

/// Takes the exclusive lock of an open file without waiting.
pub(crate) fn lock_exclusive(file: &File, path: &Path) -> Result<(), StoreError> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(StoreError::Io { doing: "lock", path: path.to_owned(), source }),
    }
}

/// Makes names durable: a file that was created or renamed survives a power cut only once its directory is synced.
pub(crate) fn sync_directory_of(path: &Path) -> Result<(), StoreError> {
    let parent = parent_of(path);
    File::open(parent).and_then(|directory| directory.sync_all()).map_err(StoreError::io("sync the directory", parent))
}

/// Creates a directory and those above it, each one's name synced.
pub(crate) fn create_directories(directory: &Path) -> Result<(), StoreError> {
    if directory.is_dir() {
        return Ok(());
    }
    create_directories(parent_of(directory))?;
    match fs::create_dir(directory) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(StoreError::io("create the directory", directory)(error))
        }
        Ok(()) | Err(_) => sync_directory_of(directory),
    }
}

/// Removes a leftover of an earlier crash.
pub(crate) fn remove_if_there(path: &Path) -> Result<(), StoreError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(StoreError::io("remove", path)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
