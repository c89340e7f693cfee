//! The anchor of a ledger on a cluster: this machine's file, and a stream that all machines see.

use std::sync::{Arc, Mutex, PoisonError};

use super::Cluster;
use super::link::Link;
use super::patience::{Patience, Pauses};
use super::streams::Streams;
use super::wire::{Holder, UNHELD};
use super::{Timing, wire};
use uuid::Uuid;

use crate::port::may_swap;
use crate::{Anchor, FileAnchor, Pinned, StoreError, Swap};

/// An [`Anchor`] in a stream of exact revisions, with a file of this machine's own beside it.
///
/// What is pinned is the stream's last checkpoint; the file holds what this machine pinned last. A stream below the file
/// was cut or restored.
///
/// **Who pins** stands beside each checkpoint, and only the last one's holder pins the next: taking over
/// ([`Anchor::take_over`]) is pinning the same checkpoint again in one's own name. A writer that has lost the anchor
/// can acknowledge nothing any more, however fast it appends.
pub struct KurrentAnchor {
    stream: String,
    timing: Timing,
    patience: Arc<Patience>,
    link: Link,
    file: FileAnchor,
    holder: Holder,
    newest: Mutex<Newest>,
}

/// The stream's last checkpoint: its revision, who pinned it, and what it is.
type Newest = Option<(u64, Holder, Pinned)>;

impl KurrentAnchor {
    /// Opens the stream beside a file.
    ///
    /// # Errors
    /// [`StoreError::Stream`] where the stream is behind the file or says otherwise; [`StoreError::Unreachable`].
    pub fn open(cluster: &Cluster, ledger: &str, file: FileAnchor) -> Result<Self, StoreError> {
        let anchor = Self {
            stream: Streams::of(ledger).anchor,
            timing: cluster.timing,
            patience: Arc::default(),
            link: Link::new(cluster.clone()),
            file,
            holder: *Uuid::new_v4().as_bytes(),
            newest: Mutex::new(None),
        };
        let newest = anchor.patience.insist(&anchor.timing, "look at the anchor", || anchor.look())?;
        if let Some(own) = anchor.file.read()? {
            let shared = newest.as_ref().map(|(_, _, pinned)| pinned);
            let behind = shared
                .is_none_or(|shared| shared.size < own.size || (shared.size == own.size && shared.root != own.root));
            if behind {
                return Err(StoreError::Stream {
                    stream: anchor.stream,
                    what: format!(
                        "it pins {} entries, and this machine pinned {}",
                        shared.map_or_else(|| "no".to_owned(), |shared| shared.size.to_string()),
                        own.size
                    ),
                    next: "the cluster was restored from an old backup, or is another ledger's: restore a newer one",
                });
            }
        }
        *anchor.newest.lock().unwrap_or_else(PoisonError::into_inner) = newest;
        Ok(anchor)
    }

    /// Pins the first checkpoint of a ledger that comes from elsewhere.
    ///
    /// # Errors
    /// [`StoreError::Stream`] where another one is pinned already; [`StoreError::Unreachable`].
    pub fn seed(cluster: &Cluster, ledger: &str, first: &Pinned) -> Result<(), StoreError> {
        let stream = Streams::of(ledger).anchor;
        let link = Link::new(cluster.clone());
        let append = |behind| {
            link.append(&stream, behind, vec![wire::checkpoint(first, &UNHELD)])
                .map(|_| ())
                .map_err(|trouble| trouble.at(&stream))
        };
        let Some(event) = link.last(&stream).map_err(|trouble| trouble.at(&stream))? else { return append(None) };
        match wire::read_checkpoint(&event) {
            Some((pinned, _)) if pinned == *first => Ok(()),
            // Seeded before, and never served from: the ledger has gone on where it comes from.
            Some((pinned, UNHELD)) if pinned.size < first.size => append(Some(event.revision)),
            _ => Err(StoreError::Stream {
                stream,
                what: "another checkpoint is pinned there already".to_owned(),
                next: "that ledger was served from the cluster since: serve it from there, or compare both",
            }),
        }
    }

    /// Pins on this machine what the stream pins.
    pub fn pin_here(&self, pinned: &Pinned) -> Swap {
        match self.file.read() {
            Ok(own) => self.file.swap(own.as_ref(), pinned),
            Err(error) => Swap::Unknown { why: error.to_string() },
        }
    }

    fn look(&self) -> Result<Newest, StoreError> {
        let Some(event) = self.link.last(&self.stream).map_err(|trouble| trouble.at(&self.stream))? else {
            return Ok(None);
        };
        let (pinned, holder) = wire::read_checkpoint(&event).ok_or_else(|| StoreError::Stream {
            stream: self.stream.clone(),
            what: format!("event {} is not a checkpoint as it was written", event.revision),
            next: "restore the cluster from its newest backup, and compare with the witnesses",
        })?;
        Ok(Some((event.revision, holder, pinned)))
    }

    /// As the log's append: the identical event until it succeeds, or something else stands in its place. `may` says of
    /// what is found whether `next` may follow.
    fn write(&self, newest: &mut Newest, next: &Pinned, may: &dyn Fn(&Newest) -> bool) -> Swap {
        let mut pauses = Pauses::new(&self.patience, &self.timing);
        loop {
            if !may(newest) {
                return Swap::Conflict { found: newest.as_ref().map(|(_, _, pinned)| pinned.clone()) };
            }
            let behind = newest.as_ref().map(|(revision, ..)| *revision);
            let place = behind.map_or(0, |revision| revision.saturating_add(1));
            let ours = Some((place, self.holder, next.clone()));
            let trouble = match self.link.append(&self.stream, behind, vec![wire::checkpoint(next, &self.holder)]) {
                Ok(revision) if revision == place => {
                    *newest = ours;
                    return Swap::Swapped;
                }
                Ok(revision) => {
                    return Swap::Unknown { why: format!("the anchor was stored at revision {revision}, not {place}") };
                }
                Err(trouble) => trouble,
            };
            if !pauses.pause("pin a checkpoint", &trouble.to_string()) {
                return Swap::Unknown { why: format!("given up while the cluster did not answer: {trouble}") };
            }
            match self.look() {
                // Our own, or nothing new: the identical append says whether it is durable.
                Ok(found) if found == *newest || found == ours => {}
                Ok(found) if found.as_ref().is_some_and(|(revision, ..)| *revision >= place) => *newest = found,
                Ok(_) | Err(StoreError::Unreachable { .. }) => {}
                Err(error) => return Swap::Unknown { why: error.to_string() },
            }
        }
    }
}

impl Anchor for KurrentAnchor {
    fn read(&self) -> Result<Option<Pinned>, StoreError> {
        let newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(newest.as_ref().map(|(_, _, pinned)| pinned.clone()))
    }

    fn swap(&self, expected: Option<&Pinned>, next: &Pinned) -> Swap {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = self.write(&mut newest, next, &|found| {
            let is_ours = found.as_ref().is_none_or(|(_, holder, _)| *holder == self.holder);
            is_ours && may_swap(found.as_ref().map(|(_, _, pinned)| pinned), expected, next)
        });
        if answer != Swap::Swapped {
            return answer;
        }
        self.pin_here(next)
    }

    fn own(&self) -> Result<Option<Pinned>, StoreError> {
        self.file.read()
    }

    fn is_in_place(&self) -> Result<(), StoreError> {
        self.file.is_in_place()
    }

    fn take_over(&self) -> Swap {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            // Takeovers come when leaders change.
            match self.patience.insist(&self.timing, "take the anchor over", || self.look()) {
                Ok(found) => *newest = found,
                Err(error) => return Swap::Unknown { why: error.to_string() },
            }
            // Nothing is pinned yet: whoever pins first holds it.
            let Some((revision, _, pinned)) = newest.clone() else { return Swap::Swapped };
            let still = |found: &Newest| found.as_ref().is_some_and(|(at, ..)| *at == revision);
            match self.write(&mut newest, &pinned, &still) {
                // The holder was faster: what it pinned is taken over next.
                Swap::Conflict { .. } => {}
                answer => return answer,
            }
        }
    }

    fn stop_waiting(&self) {
        self.patience.end();
    }
}
