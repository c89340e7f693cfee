//! The anchor as one small file with two slots, written alternately in place.
//!
//! A swap writes the older slot and syncs once. A crash in the middle tears that slot only; its checksum says so, and
//! the other one still holds what was pinned before. A slot that is damaged later reads as torn, too: the anchor then
//! falls back by one swap, and says so in the log.

mod slot;

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

pub use slot::NOTE_LIMIT_BYTES;
use slot::{SLOT_BYTES, Slot};

use crate::files::{
    Identity, absolute_new, beside, create_directories, lock_exclusive, parent_of, remove_if_there, sync_directory_of,
};
use crate::port::may_swap;
use crate::{Anchor, Pinned, StoreError, Swap};

const FILE_BYTES: usize = 2 * SLOT_BYTES;

/// An [`Anchor`] in a file of 32 KiB, mode 0600, held under an exclusive lock while open.
#[derive(Debug)]
pub struct FileAnchor {
    path: PathBuf,
    file: File,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// As last read or written; nobody else writes while the lock is held.
    current: Slot,
    /// Why an earlier swap ended unknown. A failed sync may have dropped the written pages, so neither the memory nor
    /// the page cache can be believed any more: only a restart reads the disk.
    stopped: Option<String>,
}

impl FileAnchor {
    /// Makes an anchor with nothing pinned, and its directory if need be, and opens it.
    ///
    /// # Errors
    /// [`StoreError::Exists`] where there already is one: an anchor is never overwritten.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        create_directories(parent_of(path.as_ref()))?;
        let path = absolute_new(path.as_ref())?;
        if path.exists() {
            return Err(StoreError::Exists { path });
        }
        // Written whole under another name first: a crash leaves no anchor rather than half of one. A draft left by
        // such a crash is removed, never written into: it may already be linked as somebody's anchor.
        let draft = beside(&path, ".new");
        remove_if_there(&draft)?;
        let mut bytes = Slot { generation: 0, pinned: None }.encode()?;
        bytes.extend(Slot { generation: 1, pinned: None }.encode()?);
        let file = OpenOptions::new()
            .create_new(true)
            .write(true)
            .mode(0o600)
            .open(&draft)
            .map_err(StoreError::io("create", &draft))?;
        file.write_all_at(&bytes, 0).and_then(|()| file.sync_all()).map_err(StoreError::io("write", &draft))?;
        drop(file);
        // A link, unlike a rename, refuses to replace what is there.
        let linked = fs::hard_link(&draft, &path);
        fs::remove_file(&draft).map_err(StoreError::io("remove", &draft))?;
        match linked {
            Ok(()) => sync_directory_of(&path)?,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(StoreError::Exists { path });
            }
            Err(source) => return Err(StoreError::Io { doing: "create", path, source }),
        }
        Self::open(path)
    }

    /// Opens an anchor and takes its lock.
    ///
    /// # Errors
    /// [`StoreError::AnchorMissing`], [`StoreError::Locked`], and [`StoreError::Corrupt`] where the length is wrong or
    /// neither slot is whole.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = find(path.as_ref())?;
        let file =
            OpenOptions::new().read(true).write(true).open(&path).map_err(StoreError::io("open the anchor", &path))?;
        lock_exclusive(&file, &path)?;
        let current = load(&file, &path)?;
        Ok(Self { path, file, state: Mutex::new(State { current, stopped: None }) })
    }

    /// Reads what is pinned without the lock, for status and diagnosis while a server runs.
    ///
    /// # Errors
    /// As [`FileAnchor::open`], without `Locked`.
    pub fn peek(path: impl AsRef<Path>) -> Result<Option<Pinned>, StoreError> {
        let path = find(path.as_ref())?;
        let file = File::open(&path).map_err(StoreError::io("open the anchor", &path))?;
        Ok(load(&file, &path)?.pinned)
    }
}

impl Anchor for FileAnchor {
    /// The open file must still be the one of that name: a swap into a removed file would pin nothing.
    fn is_in_place(&self) -> Result<(), StoreError> {
        let open = self.file.metadata().map_err(StoreError::io("look at the anchor", &self.path))?;
        Identity::of(&open).expect_at(&self.path).map(|_| ())
    }

    fn read(&self) -> Result<Option<Pinned>, StoreError> {
        let state = self.state.lock().map_err(|_| panicked())?;
        match &state.stopped {
            Some(why) => Err(StoreError::Stopped { why: why.clone() }),
            None => Ok(state.current.pinned.clone()),
        }
    }

    fn swap(&self, expected: Option<&Pinned>, next: &Pinned) -> Swap {
        let Ok(mut state) = self.state.lock() else { return Swap::Unknown { why: panicked().to_string() } };
        if let Some(why) = &state.stopped {
            return Swap::Unknown { why: StoreError::Stopped { why: why.clone() }.to_string() };
        }
        if !may_swap(state.current.pinned.as_ref(), expected, next) {
            return Swap::Conflict { found: state.current.pinned.clone() };
        }
        // Two slots of one generation would leave open which is newer.
        let Some(generation) = state.current.generation.checked_add(1) else {
            return Swap::Unknown { why: "the anchor has no generation left".to_owned() };
        };
        let newer = Slot { generation, pinned: Some(next.clone()) };
        let bytes = match newer.encode() {
            Ok(bytes) => bytes,
            // Refused before anything was touched: this handle goes on.
            Err(error) => return Swap::Unknown { why: error.to_string() },
        };
        let write = || {
            self.file
                .write_all_at(&bytes, newer.offset())
                .and_then(|()| self.file.sync_data())
                .map_err(StoreError::io("write the anchor", &self.path))
        };
        // Looked at on both sides: what was removed or replaced meanwhile has pinned nothing.
        let written = self.is_in_place().and_then(|()| write()).and_then(|()| self.is_in_place());
        match written {
            Ok(()) => {
                state.current = newer;
                Swap::Swapped
            }
            Err(error) => {
                let why = error.to_string();
                state.stopped = Some(why.clone());
                Swap::Unknown { why }
            }
        }
    }
}

fn panicked() -> StoreError {
    StoreError::Stopped { why: "a thread panicked while it held the anchor".to_owned() }
}

fn find(path: &Path) -> Result<PathBuf, StoreError> {
    fs::canonicalize(path).map_err(|source| match source.kind() {
        std::io::ErrorKind::NotFound => StoreError::AnchorMissing { path: path.to_owned() },
        _ => StoreError::Io { doing: "find the anchor", path: path.to_owned(), source },
    })
}

/// The newer of the whole slots.
fn load(file: &File, path: &Path) -> Result<Slot, StoreError> {
    let len = file.metadata().map_err(StoreError::io("look at the anchor", path))?.len();
    // The file never changes its length after it got its name, so another length is no crash of ours.
    if len != FILE_BYTES as u64 {
        let what = format!("the anchor {} has {len} bytes instead of {FILE_BYTES}", path.display());
        return Err(StoreError::corrupt(None, what));
    }
    let mut bytes = vec![0; FILE_BYTES];
    file.read_exact_at(&mut bytes, 0).map_err(StoreError::io("read the anchor", path))?;
    let (even, odd) = bytes.split_at(SLOT_BYTES);
    match (Slot::decode(0, even), Slot::decode(1, odd)) {
        (Some(even), Some(odd)) => Ok(if even.generation > odd.generation { even } else { odd }),
        (Some(slot), None) | (None, Some(slot)) => {
            tracing::warn!(
                anchor = %path.display(),
                generation = slot.generation,
                "one slot of the anchor is torn or damaged; using the other: compare with a witness"
            );
            Ok(slot)
        }
        (None, None) => {
            Err(StoreError::corrupt(None, format!("both slots of the anchor {} are damaged", path.display())))
        }
    }
}
