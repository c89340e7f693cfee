//! Events that later events refer to: where they stand, and their notes, read again when asked for.
//!
//! Notes are not kept (10 million are some 5 GiB); five bytes per event tell its index, and its
//! bundle is read again. What is read again must hash to the leaf that was recomputed the first
//! time, so a source that answers differently the second time changes no decision.

use super::report::Finding;
use super::shared::{Shared, unread};
use almoner_ledger::data::EventRef;
use almoner_ledger::event::Prior;
use almoner_ledger::{decode, read_envelope};
use almoner_proof::merkle::leaf_hash;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Indices per block: short chains stay short, and long ones never move 50 MB to grow.
const BLOCK: usize = 4096;
/// Bytes of bundles that are kept to be asked again: some 120 bundles of one-gift events.
const KEPT_BYTES: usize = 16 << 20;

/// Chain and seq → log index, five bytes each (10^12 events are enough for everybody).
#[derive(Debug, Default)]
pub(super) struct Positions {
    chains: BTreeMap<String, Vec<Vec<[u8; 5]>>>,
}

impl Positions {
    /// Records an event. Only a chain's next seq is taken: any other is refused at admission, and
    /// nothing after it counts.
    pub(super) fn record(&mut self, chain: &str, seq: u64, index: u64) {
        let blocks = match self.chains.get_mut(chain) {
            Some(blocks) => blocks,
            None => self.chains.entry(chain.to_owned()).or_default(),
        };
        let full = blocks.len().saturating_sub(1).saturating_mul(BLOCK);
        let next = blocks.last().map_or(0, |last| full.saturating_add(last.len()));
        if next as u64 != seq {
            return;
        }
        let [_, _, _, low @ ..] = index.to_be_bytes();
        match blocks.last_mut().filter(|last| last.len() < BLOCK) {
            Some(last) => last.push(low),
            None => blocks.push(vec![low]),
        }
    }

    /// The index of a chain's event.
    pub(super) fn index(&self, chain: &str, seq: u64) -> Option<u64> {
        let seq = usize::try_from(seq).ok()?;
        let [a, b, c, d, e] = *self.chains.get(chain)?.get(seq / BLOCK)?.get(seq % BLOCK)?;
        Some(u64::from_be_bytes([0, 0, 0, a, b, c, d, e]))
    }
}

/// A bundle taken apart.
#[derive(Debug)]
pub(super) struct Bundle {
    bytes: Vec<u8>,
    /// Where each entry ends.
    ends: Vec<u32>,
}

impl Bundle {
    /// Takes apart as many of `count` entries as are whole; the rest is for the caller to judge.
    pub(super) fn split(bytes: Vec<u8>, count: usize) -> Bundle {
        let mut ends = Vec::with_capacity(count);
        let mut at = 0usize;
        while ends.len() < count {
            let Some((length, after)) = bytes.get(at..).and_then(|rest| rest.split_first_chunk::<2>()) else { break };
            let length = usize::from(u16::from_be_bytes(*length));
            if after.len() < length {
                break;
            }
            at = at.saturating_add(2).saturating_add(length);
            ends.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
        Bundle { bytes, ends }
    }

    /// Whole entries.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// All bytes, entries or not.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Bytes that belong to no whole entry.
    pub(super) fn rest(&self) -> usize {
        self.bytes.len().saturating_sub(self.ends.last().map_or(0, |end| *end as usize))
    }

    /// An entry's bytes.
    pub(super) fn entry(&self, at: usize) -> Option<&[u8]> {
        let from = match at.checked_sub(1) {
            Some(before) => *self.ends.get(before)? as usize,
            None => 0,
        };
        self.bytes.get(from.checked_add(2)?..*self.ends.get(at)? as usize)
    }
}

/// The bundles that were read last.
#[derive(Debug, Default)]
pub(super) struct Bundles {
    kept: VecDeque<(u64, Arc<Bundle>)>,
    bytes: usize,
}

impl Bundles {
    /// Keeps a bundle, and lets go of the oldest beyond the budget.
    pub(super) fn keep(&mut self, number: u64, bundle: Arc<Bundle>) {
        self.bytes = self.bytes.saturating_add(bundle.bytes());
        self.kept.push_back((number, bundle));
        while self.bytes > KEPT_BYTES {
            let Some((_, gone)) = self.kept.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(gone.bytes());
        }
    }

    fn get(&self, number: u64) -> Option<Arc<Bundle>> {
        self.kept.iter().rev().find(|(kept, _)| *kept == number).map(|(_, bundle)| Arc::clone(bundle))
    }
}

impl Shared<'_> {
    /// The events that the one at `index` refers to, as far as they stand before it.
    pub(super) fn priors(&self, index: u64, references: &[EventRef]) -> Result<Vec<Prior>, Finding> {
        let mut priors = Vec::with_capacity(references.len());
        for reference in references {
            let at = self.positions().index(&reference.event.chain, reference.event.seq);
            if let Some(at) = at.filter(|at| *at < index) {
                priors.push(self.prior(at)?);
            }
        }
        Ok(priors)
    }

    fn prior(&self, index: u64) -> Result<Prior, Finding> {
        let changed = || Finding::unchecked("source.changed", Some(index), "the entry is not what it was when it was read first");
        let number = index >> 8;
        let kept = self.bundles().get(number);
        let bundle = match kept {
            Some(bundle) => bundle,
            None => {
                let tile = self.tile_of(None, number);
                let bytes = self.source.tile(&tile).map_err(|error| unread(&error, Some(index)))?.ok_or_else(changed)?;
                let bundle = Arc::new(Bundle::split(bytes, usize::from(tile.width)));
                self.bundles().keep(number, Arc::clone(&bundle));
                bundle
            }
        };
        let at = usize::try_from(index & 255).unwrap_or(usize::MAX);
        let entry = bundle.entry(at).ok_or_else(changed)?;
        if self.leaf_at(index)? != Some(leaf_hash(entry)) {
            return Err(changed());
        }
        // The same bytes were read before; a refusal here would stand at that index already.
        let envelope = read_envelope(entry, self.origin).map_err(|refusal| Finding::refused(index, &refusal))?;
        let (_, event) = decode(&envelope).map_err(|refusal| Finding::refused(index, &refusal))?;
        Ok(Prior { index, hash: envelope.hash(), envelope, event })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use almoner_proof::tile::push_entry;

    #[test]
    fn positions_are_found_across_blocks() {
        let mut positions = Positions::default();
        for seq in 0..10_000u64 {
            positions.record("well", seq, seq * 3 + (1 << 33));
        }
        positions.record("well", 20_000, 1);
        positions.record("tide", 0, 7);
        assert_eq!(positions.index("well", 4096), Some(4096 * 3 + (1 << 33)));
        assert_eq!(positions.index("well", 9_999), Some(9_999 * 3 + (1 << 33)));
        assert_eq!(positions.index("well", 10_000), None);
        assert_eq!((positions.index("tide", 0), positions.index("sea", 0)), (Some(7), None));
    }

    #[test]
    fn a_bundle_is_split_as_far_as_it_goes() {
        let mut bytes = Vec::new();
        for entry in [b"one".as_slice(), b"", b"three"] {
            assert!(push_entry(&mut bytes, entry));
        }
        let whole = Bundle::split(bytes.clone(), 3);
        assert_eq!((whole.len(), whole.rest(), whole.entry(0), whole.entry(2)), (3, 0, Some(b"one".as_slice()), Some(b"three".as_slice())));
        assert_eq!(whole.entry(3), None);
        assert_eq!(Bundle::split(bytes.clone(), 2).rest(), 7);
        bytes.pop();
        let cut = Bundle::split(bytes, 3);
        assert_eq!((cut.len(), cut.rest(), cut.entry(2)), (2, 6, None));
    }
}
