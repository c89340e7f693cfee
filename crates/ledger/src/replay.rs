//! What events did, written down, so that a start need not decide again.
//!
//! A stretch is what some events in a row did, and where the chains stand that they belong to. Nothing of it proves
//! anything: it says what admission once said on this machine, and admission on the notes can always say it again. So the
//! form may change with every program; [`FOLD`] says which sources wrote it.
//!
//! The form is that of `postcard`: numbers as variable-length integers, in the order of the members.

use crate::admitted::{Admitted, ChainHead, Done};
use crate::id::ChainNo;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What decides what an event does, and how that is written: a fingerprint of the sources.
pub const FOLD: &str = env!("ALMONER_LEDGER_SOURCES");

/// What some events in a row did, and where their chains stand after the last of them. The events come one by one, in log
/// order, the first fault last: many at once would take more memory than the books.
#[derive(Debug)]
pub struct Stretch<'a> {
    heads: Vec<ChainHead>,
    next: u64,
    left: u64,
    rest: &'a [u8],
}

impl Stretch<'_> {
    /// Where the chains of the events stand after the last of them.
    #[must_use]
    pub fn heads(&self) -> &[ChainHead] {
        &self.heads
    }

    fn read(&mut self) -> Result<Done, Broken> {
        let (mut done, rest): (Done, _) = postcard::take_from_bytes(self.rest).map_err(Broken)?;
        done.index = self.next;
        self.next = self.next.checked_add(1).ok_or(Broken(postcard::Error::DeserializeBadVarint))?;
        self.left = self.left.saturating_sub(1);
        self.rest = rest;
        // Nothing may stand behind the last one.
        if self.left == 0 && !rest.is_empty() {
            return Err(Broken(postcard::Error::SerdeDeCustom));
        }
        Ok(done)
    }
}

impl Iterator for Stretch<'_> {
    type Item = Result<Done, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let read = self.read();
        if read.is_err() {
            self.left = 0;
        }
        Some(read)
    }
}

/// It is not what [`Writer`] wrote.
#[derive(Debug, thiserror::Error)]
#[error("it cannot be read: {0}")]
pub struct Broken(postcard::Error);

#[derive(Serialize, Deserialize)]
struct Beginning {
    from: u64,
    count: u64,
    heads: Vec<ChainHead>,
}

/// Writes a stretch.
#[derive(Debug, Default)]
pub struct Writer {
    count: u64,
    next: u64,
    events: Vec<u8>,
    heads: BTreeMap<ChainNo, ChainHead>,
}

impl Writer {
    /// Events so far.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Adds what an event did. Events come in log order, none left out.
    ///
    /// # Errors
    /// None that is known: what an event did can be written.
    pub fn push(&mut self, admitted: &Admitted) -> Result<(), Broken> {
        let events = postcard::to_extend(&admitted.done, std::mem::take(&mut self.events));
        self.events = events.map_err(Broken)?;
        let head = admitted.head();
        self.heads.insert(head.chain, head);
        self.count = self.count.wrapping_add(1);
        self.next = admitted.done.index.wrapping_add(1);
        Ok(())
    }

    /// The stretch, as bytes. The next one begins.
    ///
    /// # Errors
    /// None that is known.
    pub fn finish(&mut self) -> Result<Vec<u8>, Broken> {
        let Writer { count, next, events, heads } = std::mem::take(self);
        let heads = heads.into_values().collect();
        let beginning = Beginning { from: next.wrapping_sub(count), count, heads };
        let mut bytes = postcard::to_extend(&beginning, Vec::with_capacity(events.len())).map_err(Broken)?;
        bytes.extend(events);
        Ok(bytes)
    }
}

/// Reads a stretch.
///
/// # Errors
/// [`Broken`], here or from the events.
pub fn read(bytes: &[u8]) -> Result<Stretch<'_>, Broken> {
    let (Beginning { from, count, heads }, rest) = postcard::take_from_bytes(bytes).map_err(Broken)?;
    Ok(Stretch { heads, next: from, left: count, rest })
}
