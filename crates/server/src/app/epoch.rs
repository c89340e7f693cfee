//! Epochs: who writes a log that several nodes could write.
//!
//! Taking over is three steps. The new node reads all there is. It claims the anchor, which always succeeds, and from
//! where on the old one can pin and so acknowledge nothing and steps down. It appends its epoch behind whatever the old
//! one still stored. What keeps two from writing is the exact revision that each pin names; the epoch is history.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found. An epoch without a next one is refused by the
// ledger (`epoch.not_next`).

use super::commit::seal;
use super::engine::is_passing;
use super::fold::Folder;
use super::published::Published;
use super::status::Status;
use almoner_ledger::Referenced;
use almoner_ledger::{admit, read_envelope, verify_candidate};
use almoner_proof::event::Draft;
use almoner_proof::merkle::empty_root;
use almoner_proof::{Hash, SecretKey, note};
use almoner_store::{Append, Sealed};
use anyhow::{Context as _, bail};
use std::sync::Arc;
use std::time::{Duration, Instant};

const KIND: &str = "sequencer.epoch_opened/1";

/// How often a node looks whether another has claimed the anchor. A busy one learns it at its next commit.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long another's claim is looked for, once its entries stand in the log: they come after it, but a node of the
/// cluster that is behind may show them first.
const CLAIM_FOLLOWS: Duration = Duration::from_secs(5);

/// How often the epoch is tried. After the anchor is claimed the old node stores what it had under way and no more, so
/// that the second attempt succeeds, unless several nodes take over at once.
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
        shared.anchor.take_over().context("the anchor could not be claimed")?;
        // The old node may have pinned more than there was when this one began to read.
        let pinned = shared.anchor.read()?;
        pinned.iter().try_for_each(|pinned| self.expect(pinned))?;
        let anchored = pinned.map_or(0, |pinned| pinned.size);
        for _ in 0..ATTEMPTS {
            shared.refresh_patiently(anchored)?;
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
        bail!("other nodes write all the time, although this one has claimed the anchor: stop them, then start again")
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

impl Published {
    /// Reads what others wrote, at least what they have pinned. Takeovers come when leaders change, so a cluster that
    /// does not answer, or shows less than it did, is asked again.
    fn refresh_patiently(&self, anchored: u64) -> anyhow::Result<()> {
        let since = Instant::now();
        loop {
            let answer = self.log.refresh();
            let is_passing = match &answer {
                Ok(()) => self.log.size()? < anchored,
                Err(error) => is_passing(error),
            };
            if !(is_passing && since.elapsed() < PATIENCE && self.life.pause(PAUSE)) {
                return Ok(answer?);
            }
        }
    }

    /// How a node ends that found somebody else's entries where its own were to go.
    pub(super) fn overtaken(&self, why: &str) -> Status {
        let since = Instant::now();
        while since.elapsed() < CLAIM_FOLLOWS {
            if self.anchor.is_taken().is_ok_and(|is_taken| is_taken) {
                return Status::Deposed;
            }
            if !self.life.pause(PAUSE) {
                break;
            }
        }
        Status::Failed(format!(
            "{why}, and no other node has claimed the anchor: somebody else can write the log's stream. Start again: what \
             the ledger admits of it is taken in, and of the rest it is said what to do"
        ))
    }

    /// Until the node ends: has another claimed the anchor?
    pub(super) fn watch_for_others(self: Arc<Published>) {
        while self.life.pause(LOOK_EVERY) {
            // A cluster that does not answer is what the writer waits for already, and says so.
            if self.anchor.is_taken().is_ok_and(|is_taken| is_taken) {
                self.end(Status::Deposed);
            }
        }
    }
}
