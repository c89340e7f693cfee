//! The reader that goes round the whole store, slowly, while the node runs: what nobody asks for is looked at, too.
//!
//! Every entry and leaf hash against the tree, every position in a chain against the views, every published checkpoint
//! against its signature and what is shown. What is found is an alarm; nothing is mended.

// Saturating: sizes of the log and positions in it, which do not come near the edge; waits and paces, of which the longest is
// meant beyond it.

use super::options::Rounds;
use super::published::Published;
use super::signed::genuine;
use super::status::Status;
use super::verified::{Damage, ReadError};
use almoner_ledger::ChainNo;
use almoner_proof::Hash;
use almoner_proof::tile::TILE_WIDTH;
use almoner_store::Pinned;
use almoner_views::Views;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Positions, and published checkpoints, that are read at once.
const POSITIONS: usize = 4096;
const CHECKPOINTS: usize = 64;

/// Bytes of a position, as far as the pace is concerned.
const POSITION_BYTES: u64 = 16;

/// At most one part in so many of the time is spent reading.
const SHARE: u32 = 20;

/// Waits after so many bytes; false when the node ends.
type Rest<'a> = &'a mut dyn FnMut(u64) -> bool;

/// A chain's stored positions, counted while they go by.
struct Counted {
    chain: usize,
    seen: usize,
}

impl Published {
    /// Until the node ends. A round that has found damage goes on to its end, so that all of it is named; then there is
    /// no other.
    pub(super) fn go_round(self: Arc<Published>, rounds: Rounds) {
        loop {
            self.round(rounds);
            if !self.life.pause(rounds.pause) {
                return;
            }
        }
    }

    /// Takes note of what was found.
    pub(super) fn heed(&self, found: Result<(), ReadError>) {
        match found {
            Ok(()) => {}
            Err(ReadError::Damaged(damage)) => self.damaged(&damage),
            Err(ReadError::Store(error)) => tracing::warn!(%error, "the store could not be read to its end"),
        }
    }

    fn round(&self, rounds: Rounds) {
        // What is in memory was looked at when it was read.
        self.heed(self.log.is_in_place().and_then(|()| self.log.forget()).map_err(ReadError::from));
        let mut since = Instant::now();
        let mut rest = |bytes: u64| {
            let spent = since.elapsed();
            let least = Duration::from_millis(bytes.saturating_mul(1000) / rounds.bytes_per_second.max(1));
            let goes_on = self.life.pause_while(least.max(spent.saturating_mul(SHARE.saturating_sub(1))), |status| {
                matches!(status, Status::Ready | Status::Following | Status::Damaged(_))
            });
            since = Instant::now();
            goes_on
        };
        self.heed(self.look_at_tiles(&mut rest));
        self.heed(self.compare_positions(&mut rest));
        self.heed(self.compare_checkpoints(&mut rest));
    }

    fn look_at_tiles(&self, rest: Rest<'_>) -> Result<(), ReadError> {
        let tiles = self.tree().size().div_ceil(TILE_WIDTH);
        for number in 0..tiles {
            let bytes = match self.verified().look_at(number) {
                Ok(bytes) => bytes,
                // It was told already, and what stands behind it is looked at all the same.
                Err(ReadError::Damaged(_)) => 0,
                Err(error) => return Err(error),
            };
            if !rest(bytes) {
                break;
            }
        }
        Ok(())
    }

    /// Compares the stored positions with those that were folded. Of what is folded meanwhile nothing is expected.
    pub(super) fn compare_positions(&self, rest: Rest<'_>) -> Result<(), ReadError> {
        let (size, expected) = {
            let views = self.views();
            let chains = (0..).map_while(|no| views.chain(ChainNo(no)));
            (views.size(), chains.map(|chain| chain.events().len()).collect::<Vec<_>>())
        };
        let mut at = Counted { chain: 0, seen: 0 };
        let mut from = (0, 0);
        loop {
            let mut rows = Vec::new();
            self.log.positions(from, &mut |chain, seq, index| {
                rows.push((chain, seq, index));
                rows.len() < POSITIONS
            })?;
            let views = self.views();
            for row in &rows {
                compare_position(&views, *row, size, &expected, &mut at).map_err(ReadError::Damaged)?;
            }
            drop(views);
            match rows.last() {
                Some((chain, seq, _)) if rows.len() == POSITIONS => from = (*chain, seq.saturating_add(1)),
                Some(_) | None => return at.reach(expected.len(), &expected).map_err(ReadError::Damaged),
            }
            if !rest((rows.len() as u64).saturating_mul(POSITION_BYTES)) {
                return Ok(());
            }
        }
    }

    /// Compares the published checkpoints with their signatures, and with what is shown.
    fn compare_checkpoints(&self, rest: Rest<'_>) -> Result<(), ReadError> {
        let newest = self.published().map(|newest| newest.size);
        let Some(newest) = newest else { return Ok(()) };
        let mut from = 0;
        while from <= newest {
            let mut rows: Vec<Pinned> = Vec::new();
            self.log.checkpoints(from, &mut |checkpoint| {
                rows.push(checkpoint.clone());
                rows.len() < CHECKPOINTS
            })?;
            let to = rows.last().filter(|_| rows.len() == CHECKPOINTS).map_or(newest, |last| last.size);
            let known = self.published_roots(from, to);
            let what = compare_checkpoints(&self.verifier, &rows, &known);
            what.map_or(Ok(()), |what| Err(ReadError::Damaged(Damage::at(None, what))))?;
            if !rest(rows.iter().map(|row| row.note.len() as u64).sum()) {
                return Ok(());
            }
            from = to.saturating_add(1);
        }
        Ok(())
    }
}

/// Compares a stored position with where the event was folded.
fn compare_position(
    views: &Views,
    (chain, seq, index): (u32, u64, u64),
    size: u64,
    expected: &[usize],
    at: &mut Counted,
) -> Result<(), Damage> {
    at.reach(chain as usize, expected)?;
    let place = usize::try_from(seq).unwrap_or(usize::MAX);
    let folded = views.chain(ChainNo(chain)).and_then(|chain| Some((&chain.id, chain.events().get(place)?)));
    let is_expected = expected.get(chain as usize).is_some_and(|count| place < *count);
    let wrong = match folded {
        Some((id, folded)) if folded != index => {
            Some(format!("the position of {id}#{seq} names entry {index}, it stands at {folded}"))
        }
        Some((id, _)) if is_expected && place != at.seen => {
            Some(format!("a position before that of {id}#{seq} is missing"))
        }
        None if index < size => Some(format!("a position names entry {index} as seq {seq} of a chain that has none")),
        Some(_) | None => None,
    };
    if is_expected {
        at.seen = at.seen.saturating_add(1);
    }
    wrong.map_or(Ok(()), |what| Err(Damage::at(index, what)))
}

/// What is wrong with stored checkpoints, beside those that are known of the same sizes. One that is not known was
/// published late by another node, or a moment ago.
fn compare_checkpoints(
    log: &almoner_proof::VerifierKey,
    rows: &[Pinned],
    known: &BTreeMap<u64, Hash>,
) -> Option<String> {
    let lost = known.iter().find(|(size, root)| {
        let row = rows.iter().find(|row| row.size == **size);
        row.is_none_or(|row| row.root != root.0)
    });
    if let Some((size, _)) = lost {
        return Some(format!("the published checkpoint of size {size} is missing, or has another root"));
    }
    rows.iter().find_map(|row| {
        let why = genuine(log, row).err()?;
        Some(format!("the published checkpoint of size {} is not what was signed: {why}", row.size))
    })
}

impl Counted {
    /// Goes on to a chain: all positions of those before it must have gone by.
    fn reach(&mut self, chain: usize, expected: &[usize]) -> Result<(), Damage> {
        while self.chain < chain {
            let missing = expected.get(self.chain).is_some_and(|count| self.seen < *count);
            if missing {
                let what =
                    format!("the position of seq {} in the chain with the number {} is missing", self.seen, self.chain);
                return Err(Damage::at(None, what));
            }
            *self = Counted { chain: self.chain.saturating_add(1), seen: 0 };
        }
        Ok(())
    }
}
