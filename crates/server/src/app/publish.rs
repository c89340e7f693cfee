//! Publishing: the newest anchored checkpoint becomes what everybody is shown, at most once a second.

use super::node::{Node, Shared, Status, lock};
use almoner_store::StoreError;
use std::sync::Arc;

impl Node {
    /// Publishes the newest anchored checkpoint now.
    ///
    /// # Errors
    /// Those of the store.
    pub fn publish(&self) -> Result<(), StoreError> {
        self.shared.publish()
    }
}

impl Shared {
    pub(super) fn publish(&self) -> Result<(), StoreError> {
        // One at a time: of two at once, the older must not be the last to be shown.
        let _turn = lock(&self.publishing);
        if self.status().leaves_all() {
            return Ok(());
        }
        let Some(newest) = self.anchor.read()? else { return Ok(()) };
        if newest.size <= self.published_size() {
            return Ok(());
        }
        // What is shown must be folded first; the fold follows the anchor within a moment.
        while self.views().size() < newest.size {
            if self.status().has_ended() {
                return Ok(());
            }
            std::thread::yield_now();
        }
        // A policy with a quorum will stand here: no publication before enough witnesses have cosigned.
        self.log.put_checkpoint(&newest)?;
        self.know_published(&[newest]);
        Ok(())
    }

    /// Publishes whenever there is something new, with the set pause between.
    pub(super) fn publish_forever(self: &Arc<Shared>) {
        loop {
            {
                let mut committed = lock(&self.wake.0);
                while *committed <= self.published_size() && self.status() == Status::Ready {
                    committed = self.wake.1.wait(committed).unwrap_or_else(std::sync::PoisonError::into_inner);
                }
            }
            if self.status() != Status::Ready {
                return;
            }
            if let Err(error) = self.publish() {
                return self.end(self.unanswered(format!("a checkpoint could not be published: {error}")));
            }
            if !self.pause(self.publish_every) {
                return;
            }
        }
    }
}
