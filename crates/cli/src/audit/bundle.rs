//! Bundles of entries, taken apart; those read last are kept, to be asked again.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use std::collections::VecDeque;
use std::sync::Arc;

/// Bytes of bundles that are kept to be asked again: some 120 bundles of one-gift events.
const KEPT_BYTES: usize = 16 << 20;

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

    /// A bundle, if it is kept.
    pub(super) fn get(&self, number: u64) -> Option<Arc<Bundle>> {
        self.kept.iter().rev().find(|(kept, _)| *kept == number).map(|(_, bundle)| Arc::clone(bundle))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use almoner_proof::tile::push_entry;

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
}
