//! Where the events of each chain stand in the log: what a later event refers to is found by it.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use almoner_ledger::ChainNo;
use std::collections::BTreeMap;

/// Indices per block: short chains stay short, and long ones never move 50 MB to grow.
const BLOCK: usize = 4096;
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
