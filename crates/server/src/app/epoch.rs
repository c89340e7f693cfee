//! Epochs: who writes a log that several nodes could write.
//!
//! Taking over is three steps. The new node reads all there is. It takes the anchor, from where on the old one can
//! acknowledge nothing and steps down. It appends its epoch behind whatever the old one still stored. What keeps two from
//! writing is the exact revision that each append names; the epoch is history, and tells an idle node that it has lost
//! its place.

use super::commit::seal;
use super::fold::Folder;
use super::follow::is_passing;
use super::node::{Shared, Status};
use almoner_ledger::admit::Referenced;
use almoner_ledger::{admit, read_envelope, verify_candidate};
use almoner_proof::event::Draft;
use almoner_proof::merkle::empty_root;
use almoner_proof::{Envelope, Hash, SecretKey, note};
use almoner_store::{Append, Sealed, StoreError, Swap};
use anyhow::{Context as _, bail};
use std::sync::Arc;
use std::time::{Duration, Instant};

const KIND: &str = "sequencer.epoch_opened/1";

/// How often an idle node looks whether another has taken over. A busy one learns it at its next commit.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How often the epoch is tried. After the anchor is taken the old node stores what it had under way and no more, so that
/// the second attempt succeeds, unless several nodes take over at once.
const ATTEMPTS: usize = 20;

/// How long a cluster that does not answer is asked again, and how often.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(200);

impl Folder {
    /// Takes over: everything in the log is folded afterwards, this node's epoch last.
    ///
    /// # Errors
    /// When the ledger refuses the event (the key is not `operator/sequencer`, for one), when the store does not answer,
    /// or when other nodes take over as fast.
    pub(super) fn take_over(&mut self, key: &SecretKey) -> anyhow::Result<()> {
        let shared = Arc::clone(&self.shared);
        match shared.anchor.take_over() {
            Swap::Swapped => {}
            Swap::Conflict { .. } => bail!("another node takes over at the same moment: start again"),
            Swap::Unknown { why } => bail!("the anchor could not be taken over: {why}"),
        }
        // The old node may have pinned more than there was when this one began to read.
        let pinned = shared.anchor.read()?;
        pinned.iter().try_for_each(|pinned| self.expect(pinned))?;
        for _ in 0..ATTEMPTS {
            shared.refresh_patiently()?;
            let published = self.learn()?;
            shared.know_published(&published);
            self.fold(shared.log.size()?, |_, _| {})?;
            let size = self.books.size();
            let event = self.epoch(key)?;
            match shared.log.append(size, &[event]) {
                Append::Appended => {
                    self.fold(size.saturating_add(1), |_, _| {})?;
                    tracing::info!(epoch = self.books.epoch(), "this node writes the log");
                    return Ok(());
                }
                Append::Conflict { .. } => {}
                Append::Unknown { why } => bail!("this node's epoch could not be stored: {why}"),
            }
        }
        bail!("other nodes write all the time, although this one has taken the anchor: stop them, then start again")
    }

    /// The event, ready to be stored at the log's end.
    fn epoch(&self, key: &SecretKey) -> anyhow::Result<Sealed> {
        let shared = &self.shared;
        let operator = self.books.chain_no("operator").and_then(|no| self.books.chain(no));
        let operator = operator.context("the log has no chain `operator`")?;
        let seen = shared.published().map_or((0, empty_root()), |pinned| (pinned.size, Hash(pinned.root)));
        let data = format!(r#"{{"epoch":{}}}"#, self.books.epoch().saturating_add(1));
        let draft = Draft {
            log: &shared.origin,
            chain: "operator",
            seq: operator.next_seq,
            prev: operator.last_hash,
            seen,
            time: &crate::clock::now(),
            kind: KIND,
            data: &data,
        };
        let refused = "the ledger refuses this node's epoch: is keys/sequencer the key operator/sequencer of this log?";
        let event = note::sign(&draft.text(), &[key]);
        let candidate = read_envelope(event.as_bytes(), &shared.origin)
            .and_then(|envelope| verify_candidate(envelope, &shared.ring))
            .context(refused)?;
        let referenced = Referenced { seen_root: Some(seen.1), priors: Vec::new() };
        Ok(seal(&admit(&self.books, &referenced, candidate).context(refused)?))
    }
}

impl Shared {
    /// Reads what others wrote. Takeovers come when leaders change, so a cluster that does not answer is asked again.
    fn refresh_patiently(&self) -> Result<(), StoreError> {
        let since = Instant::now();
        loop {
            match self.log.refresh() {
                Err(error) if is_passing(&error) && since.elapsed() < PATIENCE && self.pause(PAUSE) => {}
                answer => return answer,
            }
        }
    }

    /// How a node ends that found somebody else's entries where its own were to go.
    pub(super) fn overtaken(&self, why: &str) -> Status {
        if self.newer_epoch() {
            return Status::Deposed;
        }
        Status::Failed(format!("{why}, without a newer epoch: start again"))
    }

    /// Whether an epoch stands above what this node has committed.
    fn newer_epoch(&self) -> bool {
        let mut found = false;
        let read = self.log.read(self.committed(), u64::MAX, &mut |_, bytes| {
            found = Envelope::parse(bytes).is_ok_and(|envelope| envelope.kind() == KIND);
            !found
        });
        read.is_ok() && found
    }

    /// Until the node ends: has another taken over?
    pub(super) fn watch_for_others(self: Arc<Shared>) {
        while self.pause(LOOK_EVERY) {
            // A cluster that does not answer is what the writer waits for already, and says so.
            if self.log.refresh().is_ok() && self.newer_epoch() {
                self.end(Status::Deposed);
            }
        }
    }
}
