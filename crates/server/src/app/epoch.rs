//! Epochs: who writes a log that several nodes could write.
//!
//! An epoch is history. What keeps two nodes from writing is the exact revision that each append names; the epoch tells
//! the one that has lost its place that it has, so that it steps down instead of coming back.

use super::node::{Node, Shared, Status};
use almoner_ledger::decode;
use almoner_proof::event::Draft;
use almoner_proof::merkle::empty_root;
use almoner_proof::{Envelope, Hash, SecretKey, note};
use anyhow::{Context as _, bail};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

const KIND: &str = "sequencer.epoch_opened/1";

/// How often an idle node looks whether another has taken over. A busy one learns it by its next append.
const LOOK_EVERY: Duration = Duration::from_secs(2);

impl Node {
    /// Writes this node's epoch, and with it a checkpoint over everything that was stored before.
    ///
    /// Ends well, too, where another node was faster: the status says so.
    ///
    /// # Errors
    /// When the ledger refuses the event: the key is not `operator/sequencer`, for one.
    pub(super) fn open_epoch(&self, key: &SecretKey) -> anyhow::Result<()> {
        let shared = &self.shared;
        let (seq, prev) = shared.head("operator").context("the log has no chain `operator` yet")?;
        let epoch = shared.epoch().saturating_add(1);
        let seen = shared.published().map_or((0, empty_root()), |pinned| (pinned.size, Hash(pinned.root)));
        let (time, data) = (crate::clock::now(), format!(r#"{{"epoch":{epoch}}}"#));
        let draft =
            Draft { log: &shared.origin, chain: "operator", seq, prev, seen, time: &time, kind: KIND, data: &data };
        let text = draft.text();
        match self.submit(vec![note::sign(&text, &[key]).into_bytes()]) {
            Ok(outcomes) => {
                if let Some(Err(refusal)) = outcomes.first() {
                    bail!("the ledger refuses this node's epoch: {refusal}");
                }
                shared.epoch.store(epoch, Ordering::Release);
                tracing::info!(epoch, "this node writes the log");
                Ok(())
            }
            Err(_) if matches!(shared.status(), Status::Deposed(_)) => Ok(()),
            Err(error) => bail!("this node's epoch could not be opened: {error}"),
        }
    }
}

impl Shared {
    /// How a node ends that found somebody else's entries where its own were to go.
    pub(super) fn overtaken(&self, why: String) -> Status {
        if let Err(error) = self.log.refresh() {
            return Status::Failed(format!("{why}; and the log could not be read: {error}"));
        }
        match self.newer_epoch() {
            Some(epoch) => Status::Deposed(epoch),
            None => Status::Failed(format!("{why}, without a newer epoch: start again")),
        }
    }

    /// The newest epoch above what this node has committed, if it is newer than its own.
    fn newer_epoch(&self) -> Option<u64> {
        let mut newest = None;
        let read = self.log.read(self.committed(), u64::MAX, &mut |_, bytes| {
            newest = epoch_of(bytes).max(newest);
            true
        });
        read.ok()?;
        newest.filter(|epoch| *epoch > self.epoch())
    }

    /// Until the node ends: has another taken over?
    pub(super) fn watch_for_others(self: Arc<Shared>) {
        while self.pause(LOOK_EVERY) {
            // A cluster that does not answer is what the writer waits for already, and says so.
            if self.log.refresh().is_ok()
                && let Some(epoch) = self.newer_epoch()
            {
                self.end(Status::Deposed(epoch));
            }
        }
    }
}

/// The epoch that an entry opens.
fn epoch_of(bytes: &[u8]) -> Option<u64> {
    let envelope = Envelope::parse(bytes).ok()?;
    let (kind, _) = (envelope.kind() == KIND).then(|| decode(&envelope).ok())??;
    debug_assert_eq!(kind.kind, KIND);
    let data: serde_json::Value = serde_json::from_str(envelope.data()).ok()?;
    data.get("epoch")?.as_u64()
}
