//! Which kind each event is, and whose.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use almoner_ledger::event::FILES;
use almoner_ledger::walked;
use almoner_ledger::{ChainNo, KindNo};

/// Events of which one set of kinds tells which are among them.
const BLOCK: usize = 4096;

// A set of kinds is the bits of a number.
const _: () = assert!(FILES.len() <= 128);

#[derive(Debug, Default)]
pub(crate) struct Kinds {
    /// By index, each beside the other: together they would take three bytes more.
    kinds: Vec<KindNo>,
    chains: Vec<ChainNo>,
    /// By block of events: the kinds in it, so that who looks for a rare one passes the others by.
    blocks: Vec<u128>,
}

impl Kinds {
    pub(crate) fn push(&mut self, kind: KindNo, chain: ChainNo) {
        if self.kinds.len().is_multiple_of(BLOCK) {
            self.blocks.push(0);
        }
        if let Some(block) = self.blocks.last_mut() {
            *block |= bit(kind);
        }
        self.kinds.push(kind);
        self.chains.push(chain);
    }

    pub(crate) fn get(&self, index: u64) -> Option<(KindNo, ChainNo)> {
        walked::more(1);
        let at = usize::try_from(index).ok()?;
        Some((*self.kinds.get(at)?, *self.chains.get(at)?))
    }

    /// Indices of events of a kind, from `from` on and below `to`, from either end.
    pub(crate) fn of(&self, kind: KindNo, from: u64, to: u64) -> impl DoubleEndedIterator<Item = u64> {
        let place = |index: u64| usize::try_from(index).unwrap_or(usize::MAX).min(self.kinds.len());
        let (from, to) = (place(from), place(to));
        let blocks = (from / BLOCK)..to.div_ceil(BLOCK);
        let has_some = move |nth: &usize| self.blocks.get(*nth).is_some_and(|kinds| kinds & bit(kind) != 0);
        blocks.filter(has_some).flat_map(move |nth| {
            let start = nth.saturating_mul(BLOCK);
            let (first, end) = (start.max(from), start.saturating_add(BLOCK).min(to));
            let events = self.kinds.get(first..end).unwrap_or_default();
            walked::more(events.len());
            let of_kind = events.iter().enumerate().filter(move |(_, of)| **of == kind);
            of_kind.map(move |(at, _)| first.saturating_add(at) as u64)
        })
    }
}

fn bit(kind: KindNo) -> u128 {
    1u128.checked_shl(kind.place()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use almoner_ledger::event::kind_of;

    #[test]
    fn a_rare_kind_is_found_from_anywhere() {
        let (often, rare) = (kind_of("donation.received/1").unwrap(), kind_of("hold.placed/1").unwrap());
        let mut kinds = Kinds::default();
        let at = [0, 4095, 4096, 20_000, 20_001];
        for index in 0..30_000u64 {
            kinds.push(if at.contains(&index) { rare } else { often }, ChainNo(0));
        }
        for (from, to) in [(0, 30_000), (1, 20_001), (4096, 4097), (4097, 9000), (29_000, u64::MAX), (40_000, 50_000)] {
            let expected: Vec<u64> = at.into_iter().filter(|index| (from..to).contains(index)).collect();
            assert_eq!(kinds.of(rare, from, to).collect::<Vec<_>>(), expected, "{from}..{to}");
            let back: Vec<u64> = expected.into_iter().rev().collect();
            assert_eq!(kinds.of(rare, from, to).rev().collect::<Vec<_>>(), back, "{from}..{to} from the end");
        }
        assert_eq!(kinds.of(often, 0, 30_000).count(), 30_000 - at.len());
    }
}
