//! What was undone, and what was paid against the rules.

use crate::given_back::Taken;
use almoner_ledger::{ChainNo, walked};
use almoner_wire::How;
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
    /// By the event whose gifts were taken back, in log order.
    taken: BTreeMap<u64, Vec<Taken>>,
}

impl Corrections {
    pub(crate) fn reversed(&mut self, index: u64, chain: ChainNo, of: u64, items: Option<&[u32]>) {
        let mut take =
            |gift| self.taken.entry(of).or_default().push(Taken { by: index, how: How::Reversed, gift, minor: None });
        match items {
            None => take(None),
            Some(items) => items.iter().for_each(|gift| take(Some(*gift))),
        }
        self.reversed_by.entry(of).or_default().push(index);
        self.reverses.insert(index, of);
        self.of_chain.entry(chain).or_default().push(index);
    }

    /// Of a gift in the event at `of`, so much has been refunded in all.
    pub(crate) fn refunded(&mut self, index: u64, of: u64, gift: u32, in_all: i64) {
        let taken = self.taken.entry(of).or_default();
        let is_refund = |taken: &&Taken| taken.how == How::Refunded && taken.gift == Some(gift);
        // Saturating: what was refunded of one gift is at most the gift.
        let before = taken.iter().filter(is_refund).filter_map(|taken| taken.minor).fold(0, i64::saturating_add);
        let minor = Some(in_all.saturating_sub(before));
        taken.push(Taken { by: index, how: How::Refunded, gift: Some(gift), minor });
    }

    pub(crate) fn taken(&self, of: u64) -> &[Taken] {
        self.taken.get(&of).map_or(&[], Vec::as_slice)
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
