//! The published checkpoints, in a stream of their own: the k-th of them stands at revision k.

use super::link::{Link, Start, Trouble};
use super::streams::Streams;
use super::wire;
use crate::{Pinned, StoreError};

pub(super) struct Checkpoints {
    stream: String,
    /// How many of them are known here, which is the revision of the next.
    known: u64,
}

impl Checkpoints {
    pub(super) fn new(streams: &Streams, known: u64) -> Self {
        Self { stream: streams.checkpoints.clone(), known }
    }

    /// Reads what others published since, and hands it over to be kept. What was not kept is read again next time.
    pub(super) fn pull(
        &mut self,
        link: &Link,
        keep: impl FnOnce(&[Pinned]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut fresh = Vec::new();
        let wrong = |revision: u64| StoreError::Stream {
            stream: self.stream.clone(),
            what: format!("event {revision} is missing, or not a checkpoint as it was written"),
            next: "restore the cluster from its newest backup, and compare with the witnesses",
        };
        let read = link.read(&self.stream, Start::Revision(self.known), usize::MAX, &mut |events| {
            fresh.extend(events);
            Ok::<(), Trouble>(())
        });
        match read {
            Ok(()) | Err(Trouble::Missing) => {}
            Err(trouble) => return Err(trouble.at(&self.stream)),
        }
        let mut checkpoints = Vec::with_capacity(fresh.len());
        for (revision, event) in (self.known..).zip(&fresh) {
            let checkpoint = wire::read_checkpoint(event).filter(|_| event.revision == revision);
            checkpoints.push(checkpoint.ok_or_else(|| wrong(revision))?.0);
        }
        keep(&checkpoints)?;
        self.known = self.known.saturating_add(checkpoints.len() as u64);
        Ok(())
    }

    /// Appends one behind those that are known.
    pub(super) fn push(&mut self, link: &Link, checkpoint: &Pinned) -> Result<(), Trouble> {
        let revision =
            link.append(&self.stream, self.known.checked_sub(1), vec![wire::checkpoint(checkpoint, &wire::UNHELD)])?;
        if revision != self.known {
            return Err(Trouble::Unknown(format!(
                "the checkpoint was stored at revision {revision}, not {}",
                self.known
            )));
        }
        self.known = self.known.saturating_add(1);
        Ok(())
    }
}
