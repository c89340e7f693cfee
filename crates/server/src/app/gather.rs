//! What is made of views and notes together, without holding the views while the store is read.
//!
//! It is made again and again: each time with the views held, and with the notes that are there; what was missed is read
//! in between, with nothing held. What is made must be the same whatever the views have folded meanwhile, which all is
//! that is of one size of the log.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use super::published::Published;
use super::verified::{ReadError, Verified};
use almoner_proof::{Envelope, Hash};
use almoner_views::Views;
use almoner_views::gift::NoteAt;
use almoner_views::receipt::PathAt;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

/// How often it is made with notes missing. Pages and trails want theirs in one or two goes; a receipt wants one after
/// another, along the introductions of keys, which are few.
const ROUNDS: usize = 16;
/// Bytes of notes that are kept for it.
const BYTES: usize = 4 << 20;

/// A note, with its inclusion path where one is wanted.
struct Found {
    note: Option<Envelope>,
    path: Option<Vec<Hash>>,
}

/// What was read so far, and what was missed.
#[derive(Default)]
struct Gathered {
    found: BTreeMap<u64, Result<Found, ReadError>>,
    missed: RefCell<BTreeSet<u64>>,
    /// The first that was asked for and could not be read.
    failed: Cell<Option<u64>>,
}

impl Gathered {
    fn get<T>(&self, index: u64, part: impl FnOnce(&Found) -> Option<T>) -> Option<T> {
        match self.found.get(&index) {
            Some(Ok(found)) => part(found),
            Some(Err(_)) => {
                self.failed.set(self.failed.get().or(Some(index)));
                None
            }
            None => {
                self.missed.borrow_mut().insert(index);
                None
            }
        }
    }

    /// Reads what was missed; gives the bytes of it.
    fn read(&mut self, verified: &Verified<'_>, paths: Option<u64>) -> usize {
        let mut bytes = 0usize;
        for index in std::mem::take(self.missed.get_mut()) {
            let found = verified.note(index).and_then(|note| {
                let path = paths.map(|size| verified.path(index, size)).transpose()?;
                Ok(Found { note, path })
            });
            let note = found.as_ref().ok().and_then(|found| found.note.as_ref());
            bytes = bytes.saturating_add(note.map_or(0, |note| note.bytes().len()));
            self.found.insert(index, found);
        }
        bytes
    }
}

impl Published {
    /// See the module. `paths` is the size of the tree in which inclusion paths are wanted.
    ///
    /// What needs too much, or asks for one note after another without end, is made with the views held while it reads:
    /// then publication waits for it, and nobody else does.
    ///
    /// # Errors
    /// See [`ReadError`], of what is needed in the end.
    pub fn gather<T>(
        &self,
        paths: Option<u64>,
        mut make: impl FnMut(&Views, NoteAt<'_>, PathAt<'_>) -> T,
    ) -> Result<T, ReadError> {
        let (verified, mut gathered, mut bytes) = (self.verified(), Gathered::default(), 0usize);
        for _ in 0..ROUNDS {
            gathered.failed.set(None);
            let made = make(&self.views(), &|index| gathered.get(index, |found| found.note.clone()), &|index| {
                gathered.get(index, |found| found.path.clone())
            });
            if gathered.missed.get_mut().is_empty() {
                let failed = gathered.failed.get().and_then(|index| gathered.found.remove(&index));
                return failed.and_then(Result::err).map_or(Ok(made), Err);
            }
            bytes = bytes.saturating_add(gathered.read(&verified, paths));
            if bytes > BYTES {
                break;
            }
        }
        drop(gathered);
        let path_at = |index| verified.path_at(index, paths.unwrap_or_default());
        let made = make(&self.views(), &|index| verified.note_at(index), &path_at);
        verified.finish(made)
    }
}
