//! Events that later events refer to: where they stand, and their notes, read again when asked for.
//!
//! Notes are not kept (10 million are some 5 GiB); five bytes per event tell its index, and its
//! bundle is read again. What is read again must hash to the leaf that was recomputed the first
//! time, so a source that answers differently the second time changes no decision.

use super::report::Finding;
use super::shared::{Shared, unread};
use almoner_ledger::data::EventRef;
use almoner_ledger::event::Prior;
use almoner_ledger::{ChainNo, decode, read_envelope};
use almoner_proof::merkle::leaf_hash;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Indices per block: short chains stay short, and long ones never move 50 MB to grow.
const BLOCK: usize = 4096;
/// Bytes of bundles that are kept to be asked again: some 120 bundles of one-gift events.
const KEPT_BYTES: usize = 16 << 20;

/// Chain and seq → log index, five bytes each (10^12 events are enough for everybody). Only admitted
/// events are here, so what an event finds always stands before it.
#[derive(Debug, Default)]
pub(super) struct Positions {
    numbers: BTreeMap<String, ChainNo>,
    /// By the chain's number in the books; its events in order of seq.
    chains: Vec<Vec<Vec<[u8; 5]>>>,
}

impl Positions {
    /// Records the next event of a chain.
    pub(super) fn record(&mut self, chain: ChainNo, id: &str, index: u64) {
        let number = chain.0 as usize;
        if number >= self.chains.len() {
            self.chains.resize_with(number.saturating_add(1), Vec::new);
            self.numbers.insert(id.to_owned(), chain);
        }
        let Some(blocks) = self.chains.get_mut(number) else { return };
        let [_, _, _, low @ ..] = index.to_be_bytes();
        match blocks.last_mut().filter(|last| last.len() < BLOCK) {
            Some(last) => last.push(low),
            None => blocks.push(vec![low]),
        }
    }

    /// The index of a chain's event.
    pub(super) fn index(&self, chain: &str, seq: u64) -> Option<u64> {
        let seq = usize::try_from(seq).ok()?;
        let blocks = self.chains.get(self.numbers.get(chain)?.0 as usize)?;
        let [a, b, c, d, e] = *blocks.get(seq / BLOCK)?.get(seq % BLOCK)?;
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
    /// The events that references name, as far as they are admitted, and the references that are not.
    pub(super) fn priors(&self, references: Vec<EventRef>) -> Result<(Vec<Prior>, Vec<EventRef>), Finding> {
        let mut priors = Vec::new();
        let mut unfound = Vec::new();
        for reference in references {
            let at = self.positions().index(&reference.event.chain, reference.event.seq);
            match at {
                Some(at) => priors.push(self.prior(at)?),
                None => unfound.push(reference),
            }
        }
        Ok((priors, unfound))
    }

    fn prior(&self, index: u64) -> Result<Prior, Finding> {
        let changed =
            || Finding::unchecked("source.changed", Some(index), "the entry is not what it was when it was read first");
        let number = index >> 8;
        let kept = self.bundles().get(number);
        let bundle = match kept {
            Some(bundle) => bundle,
            None => {
                let tile = self.tile_of(None, number);
                let bytes =
                    self.source.tile(&tile).map_err(|error| unread(&error, Some(index)))?.ok_or_else(changed)?;
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
            positions.record(ChainNo(0), "well", seq * 3 + (1 << 33));
        }
        positions.record(ChainNo(1), "tide", 7);
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
        assert_eq!(
            (whole.len(), whole.rest(), whole.entry(0), whole.entry(2)),
            (3, 0, Some(b"one".as_slice()), Some(b"three".as_slice()))
        );
        assert_eq!(whole.entry(3), None);
        assert_eq!(Bundle::split(bytes.clone(), 2).rest(), 7);
        bytes.pop();
        let cut = Bundle::split(bytes, 3);
        assert_eq!((cut.len(), cut.rest(), cut.entry(2)), (2, 6, None));
    }

    #[test]
    fn a_note_that_is_read_again_is_compared_with_its_leaf() {
        use crate::audit::shared::tests::Tiles;
        use crate::audit::tree::Nodes;
        let draft = almoner_proof::event::Draft {
            log: "a.example",
            chain: "well",
            seq: 0,
            prev: almoner_proof::Hash::default(),
            seen: (0, almoner_proof::merkle::empty_root()),
            time: "2026-11-21T10:00:00Z",
            kind: "log.opened/1",
            data: r#"{"rules":1}"#,
        };
        let key = almoner_proof::SecretKey::from_seed("well/alice", &[1; 32]);
        let note = almoner_proof::note::sign(&draft.text(), &[&key]).into_bytes();
        let tiles = Tiles::default();
        let shared = Shared::new(&tiles, "a.example", 2, 0);
        let mut bundle = Vec::new();
        assert!(push_entry(&mut bundle, b"before") && push_entry(&mut bundle, &note));
        tiles.0.lock().unwrap().insert("tile/entries/000.p/2".to_owned(), bundle);
        shared.tree_mut().push(Arc::new(Nodes::of(vec![leaf_hash(b"before"), leaf_hash(&note)])));
        let hash = almoner_ledger::data::Digest(almoner_proof::Hash::default());
        let event = almoner_ledger::data::EventId { chain: "well".to_owned(), seq: 0 };
        let references = vec![EventRef { event, hash }];
        let (priors, unfound) = shared.priors(references.clone()).unwrap();
        assert_eq!((priors.len(), &unfound), (0, &references), "not admitted yet");
        shared.positions_mut().record(ChainNo(0), "well", 1);
        let (priors, _) = shared.priors(references.clone()).unwrap();
        assert_eq!((priors[0].index, priors[0].envelope.bytes()), (1, note.as_slice()));
        let mut lie = note.clone();
        lie[200] ^= 1;
        let mut bundle = Vec::new();
        assert!(push_entry(&mut bundle, b"before") && push_entry(&mut bundle, &lie));
        tiles.0.lock().unwrap().insert("tile/entries/000.p/2".to_owned(), bundle);
        *shared.bundles() = Bundles::default();
        assert_eq!(shared.priors(references).unwrap_err().code, "source.changed");
    }
}
