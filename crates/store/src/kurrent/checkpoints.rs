//! The published checkpoints, in a stream of their own, one behind another.

// Saturating: revisions of a stream and sizes of the log. The cluster's are below 2^63, so what comes after one always
// exists; what is left of a stretch is nothing at the least.

use std::sync::Arc;

use super::link::{Behind, Link, Start};
use super::streams::Streams;
use super::texts::Voice;
use super::trouble::{Halt, Trouble};
use super::wire;
use crate::{Log as _, Pinned, SqliteLog, StoreError};

pub(super) struct Checkpoints {
    stream: String,
    voice: Arc<dyn Voice>,
    /// The revision of the next.
    next: u64,
    /// Events that were passed over.
    foreign: u64,
}

/// What was found behind what is known.
pub(super) struct Pulled {
    fresh: Vec<Pinned>,
    next: u64,
    foreign: u64,
}

impl Checkpoints {
    /// `known` of them are here already. With something foreign between them they reach further in the stream, and the
    /// last of them are read again.
    pub(super) fn new(streams: &Streams, voice: Arc<dyn Voice>, known: u64) -> Self {
        Self { stream: streams.checkpoints.clone(), voice, next: known, foreign: 0 }
    }

    /// Reads what others published since, and hands over what the mirror has not got. What was not kept is read again
    /// next time. What the log has not signed, and copies, are passed over.
    pub(super) fn pull(
        &mut self,
        link: &Link,
        mirror: &SqliteLog,
        keep: impl FnOnce(&[Pinned]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let found = self.look(link, mirror)?;
        self.take(found, keep)
    }

    /// What others published since.
    pub(super) fn look(&self, link: &Link, mirror: &SqliteLog) -> Result<Pulled, StoreError> {
        let mut next = self.next;
        let mut foreign = 0u64;
        let mut fresh: Vec<Pinned> = Vec::new();
        let read = link.read(&self.stream, Start::Revision(next), usize::MAX, &mut |events| {
            for event in events {
                next = event.revision.saturating_add(1);
                match wire::read_checkpoint(&event, self.voice.as_ref()) {
                    Some(checkpoint) if !fresh.contains(&checkpoint) && !is_kept(mirror, &checkpoint)? => {
                        fresh.push(checkpoint);
                    }
                    _ => foreign = foreign.saturating_add(1),
                }
            }
            Ok::<(), Halt>(())
        });
        match read {
            Ok(()) | Err(Halt::Trouble(Trouble::Missing)) => {}
            Err(Halt::Trouble(trouble)) => return Err(trouble.at(&self.stream)),
            Err(Halt::Store(error)) => return Err(error),
        }
        Ok(Pulled { fresh, next, foreign })
    }

    /// Hands over what was found.
    pub(super) fn take(
        &mut self,
        found: Pulled,
        keep: impl FnOnce(&[Pinned]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        keep(&found.fresh)?;
        self.next = found.next;
        if found.foreign > 0 {
            self.foreign = self.foreign.saturating_add(found.foreign);
            tracing::error!(
                stream = self.stream,
                foreign = self.foreign,
                "events in the stream of published checkpoints are not this ledger's, and are passed over: let nobody but \
                 the ledger's user write there"
            );
        }
        Ok(())
    }

    /// Appends one behind those that are known.
    pub(super) fn push(&mut self, link: &Link, checkpoint: &Pinned) -> Result<(), Trouble> {
        let revision = link.append(&self.stream, Behind::next(self.next), vec![wire::checkpoint(checkpoint)])?;
        if revision != self.next {
            return Err(Trouble::Unknown(format!(
                "the checkpoint was stored at revision {revision}, not {}",
                self.next
            )));
        }
        self.next = self.next.saturating_add(1);
        Ok(())
    }

    pub(super) fn foreign(&self) -> u64 {
        self.foreign
    }
}

/// Whether the mirror has a checkpoint of this size and root. Another root is not the same, and is told when it is kept.
fn is_kept(mirror: &SqliteLog, checkpoint: &Pinned) -> Result<bool, StoreError> {
    let mut found = false;
    mirror.checkpoints(checkpoint.size, &mut |kept| {
        found = kept.size == checkpoint.size && kept.root == checkpoint.root;
        false
    })?;
    Ok(found)
}
