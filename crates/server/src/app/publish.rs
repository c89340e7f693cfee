//! Publishing: the newest anchored checkpoint becomes what everybody is shown, at most once a second.

use super::locks::lock;
use super::published::Published;
use almoner_store::StoreError;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Of a node that writes.
pub(super) struct Publisher {
    shared: Arc<Published>,
    /// Shortest time between two publications.
    every: Duration,
    /// One at a time: of two at once, the older must not be the last to be shown.
    turn: Mutex<()>,
}

impl Publisher {
    pub(super) fn new(shared: &Arc<Published>, every: Duration) -> Publisher {
        Publisher { shared: Arc::clone(shared), every, turn: Mutex::default() }
    }

    /// Publishes the newest anchored checkpoint now, once the views hold what it covers.
    pub(super) fn publish(&self) -> Result<(), StoreError> {
        let _turn = lock(&self.turn);
        let shared = &self.shared;
        if shared.status().leaves_all() {
            return Ok(());
        }
        let Some(newest) = shared.anchor.read()? else { return Ok(()) };
        // What is shown must be folded first.
        if newest.size <= shared.published_size() || !shared.life.wait_for_views(newest.size) {
            return Ok(());
        }
        // A policy with a quorum will stand here: no publication before enough witnesses have cosigned.
        shared.log.put_checkpoint(&newest)?;
        shared.know_published(&[newest]);
        Ok(())
    }

    /// Publishes whenever there is something new, with the set pause between.
    pub(super) fn run(&self) {
        let shared = &self.shared;
        while shared.life.wait_for_more_than(|| shared.published_size()) {
            if let Err(error) = self.publish() {
                return shared.end(shared.unanswered(format!("a checkpoint could not be published: {error}")));
            }
            if !shared.life.pause(self.every) {
                return;
            }
        }
    }
}
