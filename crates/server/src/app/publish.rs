//! Publishing: the newest anchored checkpoint becomes what everybody is shown, at most once a second.

use super::node::{Node, Shared, Status, lock, write};
use almoner_proof::Hash;
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
        let Some(newest) = self.anchor.read()? else { return Ok(()) };
        if newest.size <= self.published_size() {
            return Ok(());
        }
        // What is shown must be folded first; the fold follows the anchor within a moment.
        while self.views().size() < newest.size {
            if matches!(self.status(), Status::Failed(_)) {
                return Ok(());
            }
            std::thread::yield_now();
        }
        // A policy with a quorum will stand here: no publication before enough witnesses have cosigned.
        self.log.put_checkpoint(&newest)?;
        write(&self.published).insert(newest.size, Hash(newest.root));
        *write(&self.latest) = Some(newest);
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
                self.fail(&format!("a checkpoint could not be published: {error}"));
                return;
            }
            // Ends early when the node stops; a wake-up for new events only makes it look again.
            let until = std::time::Instant::now() + self.publish_every;
            let mut guard = lock(&self.wake.0);
            while let Some(left) = until.checked_duration_since(std::time::Instant::now()) {
                if self.status() != Status::Ready {
                    return;
                }
                guard = self.wake.1.wait_timeout(guard, left).map_or_else(|e| e.into_inner().0, |(guard, _)| guard);
            }
        }
    }
}
