//! Rows of a list. A page ends by rows and by bytes, but has one row at least.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use super::super::Problem;
use super::answer::Ask;
use almoner_wire::Parts;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};
use std::marker::PhantomData;

/// Bytes of a page; a first row that is longer is told all the same.
pub(in crate::http) const PAGE_BYTES: usize = 1 << 20;

/// A page being filled: with rows that are written already, because values would take several times as much.
pub(super) struct Rows<R> {
    written: Vec<Box<RawValue>>,
    bytes: usize,
    rows: PhantomData<R>,
}

impl<R: Serialize> Rows<R> {
    pub(super) fn new() -> Rows<R> {
        Rows { written: Vec::new(), bytes: 0, rows: PhantomData }
    }

    /// Adds a row, unless it is one too many.
    pub(super) fn push(&mut self, row: &R) -> Result<bool, Problem> {
        self.push_all([row])
    }

    /// Adds rows that stay together, or none of them.
    pub(super) fn push_all(
        &mut self,
        rows: impl IntoIterator<Item = impl std::borrow::Borrow<R>>,
    ) -> Result<bool, Problem> {
        let (bytes, count) = (self.bytes, self.written.len());
        for row in rows {
            let row = to_raw_value(row.borrow()).map_err(|e| Problem::internal(&e))?;
            self.bytes = self.bytes.saturating_add(row.get().len()).saturating_add(1);
            self.written.push(row);
            if count > 0 && self.bytes > PAGE_BYTES {
                self.written.truncate(count);
                self.bytes = bytes;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.written.len()
    }

    /// Of those that were found for the page, the last that stands on it, if others come behind it: where it goes on.
    pub(super) fn goes_on<'a, T>(&self, found: &'a [T], more: bool) -> Option<&'a T> {
        let is_last = self.count() == found.len() && !more;
        self.count().checked_sub(1).and_then(|last| found.get(last)).filter(|_| !is_last)
    }

    /// Ends the page: with what it is about, and where it goes on.
    pub(super) fn end(self, ask: &Ask<'_>, next: Option<String>) -> Parts<Box<RawValue>> {
        Parts { rows: self.written, next, origin: ask.shared.origin.clone(), size: ask.at.size }
    }
}

/// As many values as fit into so many bytes, one at least, and how many do not.
pub(super) fn fitting<T: Serialize>(values: impl Iterator<Item = T>, bytes: usize) -> Result<(Vec<T>, u64), Problem> {
    let (mut fit, mut taken, mut rest) = (Vec::new(), 0usize, 0u64);
    for value in values {
        let text = serde_json::to_string(&value).map_err(|e| Problem::internal(&e))?;
        taken = taken.saturating_add(text.len());
        if taken > bytes && !fit.is_empty() {
            rest = rest.saturating_add(1);
        } else {
            fit.push(value);
        }
    }
    Ok((fit, rest))
}
