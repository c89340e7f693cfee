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

/// What some events in a row did.
#[derive(Debug)]
pub struct Stretch {
    /// The events, in log order.
    pub events: Vec<Done>,
    /// Where their chains stand after the last of them.
    pub heads: Vec<ChainHead>,
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
/// [`Broken`].
pub fn read(bytes: &[u8]) -> Result<Stretch, Broken> {
    let (Beginning { from, count, heads }, mut rest) = postcard::take_from_bytes(bytes).map_err(Broken)?;
    let mut events = Vec::new();
    for nth in 0..count {
        let (mut done, left): (Done, _) = postcard::take_from_bytes(rest).map_err(Broken)?;
        done.index = from.checked_add(nth).ok_or(Broken(postcard::Error::DeserializeBadVarint))?;
        events.push(done);
        rest = left;
    }
    if rest.is_empty() { Ok(Stretch { events, heads }) } else { Err(Broken(postcard::Error::SerdeDeCustom)) }
}
