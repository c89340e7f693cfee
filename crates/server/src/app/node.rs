//! A node: one ledger, open.

use super::job::Job;
use super::locks::lock;
use super::publish::Publisher;
use super::published::Published;
use super::rehearse::Rehearsals;
use almoner_store::StoreError;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// A ledger that is open for writing, or followed. Dropping it stops it in order.
pub struct Node {
    pub(super) shared: Arc<Published>,
    /// None where the node follows.
    pub(super) publisher: Option<Arc<Publisher>>,
    pub(super) queue: Mutex<Option<SyncSender<Job>>>,
    /// Where drafts are tried.
    pub(super) rehearsals: Mutex<Option<Rehearsals>>,
    /// How many bytes of notes the views may be behind while events are taken.
    pub(super) behind: usize,
    pub(super) threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Node {
    /// What readers need.
    #[must_use]
    pub fn shared(&self) -> &Arc<Published> {
        &self.shared
    }

    /// The policy line of this log.
    #[must_use]
    pub fn vkey(&self) -> String {
        self.shared.verifier.to_string()
    }

    /// Publishes the newest anchored checkpoint now, as soon as the views hold what it covers.
    ///
    /// # Errors
    /// Those of the store.
    pub fn publish(&self) -> Result<(), StoreError> {
        self.publisher.as_ref().map_or(Ok(()), |publisher| publisher.publish())
    }

    /// Takes no more events, finishes what is queued, publishes, and ends the threads.
    pub fn stop(&self) {
        // Before the queue: whoever waits for the views lets go of it.
        self.shared.stop();
        lock(&self.queue).take();
        lock(&self.rehearsals).take();
        for thread in lock(&self.threads).drain(..) {
            let _ = thread.join();
        }
        // A node that met what it does not understand writes nothing, and moves nothing.
        if self.shared.status().leaves_all() {
            return;
        }
        if let Err(error) = self.publish() {
            tracing::error!(%error, "the last checkpoint could not be published");
            return;
        }
        if let Err(error) = self.shared.log.end_in_order() {
            tracing::warn!(%error, "the write-ahead log stays where it is; copy it with the ledger");
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stop();
    }
}
