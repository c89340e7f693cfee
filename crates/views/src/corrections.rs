//! What was undone, and what was paid against the rules.

use almoner_ledger::{ChainNo, walked};
use std::collections::BTreeMap;

/// An irregular payment.
#[derive(Debug, Clone)]
pub struct Irregular {
    /// Log index.
    pub index: u64,
    /// Codes of the rules that it broke.
    pub breaches: Vec<String>,
    /// Until when it must be ratified.
    pub ratify_by: String,
}

#[derive(Debug, Default)]
pub(crate) struct Corrections {
    reversed_by: BTreeMap<u64, Vec<u64>>,
    reverses: BTreeMap<u64, u64>,
    of_chain: BTreeMap<ChainNo, Vec<u64>>,
    irregular: Vec<Irregular>,
}

impl Corrections {
    pub(crate) fn reversed(&mut self, index: u64, chain: ChainNo, of: u64) {
        self.reversed_by.entry(of).or_default().push(index);
        self.reverses.insert(index, of);
        self.of_chain.entry(chain).or_default().push(index);
    }

    pub(crate) fn irregular(&mut self, irregular: Irregular) {
        self.irregular.push(irregular);
    }

    pub(crate) fn reversed_by(&self, index: u64) -> &[u64] {
        self.reversed_by.get(&index).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn reverses(&self, index: u64) -> Option<u64> {
        self.reverses.get(&index).copied()
    }

    pub(crate) fn of_chain(&self, chain: ChainNo) -> &[u64] {
        self.of_chain.get(&chain).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn all_irregular(&self) -> &[Irregular] {
        walked::more(self.irregular.len());
        &self.irregular
    }
}
