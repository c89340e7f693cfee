//! The pass behind a start from the replay file: everything is decided again from the notes, while the node runs.
//!
//! It compares what each event did with what the file said, every published checkpoint with its signature and the tree, and
//! the positions in the chains. Until it is through, each of these is looked at where it is read.

// Saturating: sizes of the log and positions in it, which do not come near the edge; a wait, of which the longest is meant
// beyond it.

use super::fold::{Ahead, admit_stored};
use super::published::Published;
use super::recover::stored_checkpoints;
use super::replay::{Chunks, ReplayFile};
use super::status::Status;
use super::tree::Tree;
use super::verified::{Damage, ReadError};
use almoner_ledger::{Books, KeyRing};
use almoner_proof::Hash;
use almoner_store::{Check, DerivedFile, StoreError, check};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// Of the time, one part in so many is spent on it.
const SHARE: u32 = 4;

/// See the module.
pub(super) struct Recheck {
    pub(super) shared: Arc<Published>,
    pub(super) place: ReplayFile,
    /// The check of the header and of each chunk that was taken back.
    pub(super) checks: Vec<Check>,
}

/// Why it did not come to its end.
enum Stop {
    /// The node ends.
    Ended,
    /// The file said something else than the notes do.
    Differs { from: u64, to: u64 },
    /// What is stored is not what it was, or could not be read.
    Read(ReadError),
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Stop {
        Stop::Read(error)
    }
}

impl From<anyhow::Error> for Stop {
    fn from(error: anyhow::Error) -> Stop {
        let damaged = |error| ReadError::Damaged(Damage::at(None, format!("{error:#}")));
        // A store that could not be read says nothing about what it holds.
        Stop::Read(error.downcast::<StoreError>().map_or_else(damaged, ReadError::from))
    }
}

impl Recheck {
    pub(super) fn run(self) {
        match self.through() {
            Ok(()) => {
                tracing::info!("what was replayed at the start is what the notes say");
                self.shared.show_rechecked();
            }
            Err(Stop::Ended) => {}
            Err(Stop::Read(error)) => self.shared.heed(Err(error)),
            Err(Stop::Differs { from, to }) => {
                let aside = DerivedFile::set_aside(&self.place.path, ".differs");
                let aside = aside.map_or_else(|error| error.to_string(), |path| path.display().to_string());
                self.shared.fail(&format!(
                    "the replay file said something else of the entries {from} to {} than the notes do, so figures of this \
                     node may have been wrong since its start. The file is set aside ({aside}): start the node again, it \
                     folds everything from the notes; then see who can write to this directory",
                    to.saturating_sub(1)
                ));
            }
        }
    }

    fn through(&self) -> Result<(), Stop> {
        let shared = &*self.shared;
        let Some((header, chunks)) = self.checks.split_first() else { return Ok(()) };
        let (mut books, mut tree, ring) = (Books::new(&shared.origin), Tree::default(), KeyRing::default());
        let mut known: BTreeMap<u64, Hash> = BTreeMap::new();
        let (mut before, mut made) = (*header, Chunks::new(self.place.every));
        for expected in chunks {
            let from = tree.size();
            let to = from.saturating_add(self.place.every);
            let published = stored_checkpoints(&*shared.log, &shared.verifier, from.saturating_add(1), to)?.roots;
            shared.know_roots(&published);
            known.extend(published);
            let mut ahead = Ahead { shared, ring: &ring, trusted: to, next: from, to };
            let mut chunk = None;
            while tree.size() < to {
                let since = Instant::now();
                let stretch = ahead.stretch()?;
                for (index, candidate) in stretch.numbered() {
                    let admitted = admit_stored(shared, &mut books, &known, index, candidate)?;
                    tree.push(admitted.verified.leaf_hash());
                    if known.get(&tree.size()).is_some_and(|root| *root != tree.root()) {
                        let what = format!("the published checkpoint of size {} has another root", tree.size());
                        return Err(ReadError::Damaged(Damage::at(None, what)).into());
                    }
                    let written = made.push(&admitted, &|| tree.grown());
                    chunk = written.map_err(|error| Stop::from(anyhow::Error::from(error)))?;
                }
                let rest = since.elapsed().saturating_mul(SHARE.saturating_sub(1));
                if !shared.life.pause_while(rest, runs) {
                    return Err(Stop::Ended);
                }
            }
            before = check(&before, &chunk.unwrap_or_default());
            if before != *expected {
                return Err(Stop::Differs { from, to });
            }
        }
        let mut rest = |_| shared.life.pause_while(std::time::Duration::from_millis(1), runs);
        Ok(shared.compare_positions(&mut rest)?)
    }
}

fn runs(status: &Status) -> bool {
    matches!(status, Status::Ready | Status::Following | Status::Damaged(_))
}
