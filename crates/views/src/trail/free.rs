//! What is free. Nearly all lots are wholly free until money goes out, oldest first: of those only the number is kept,
//! pool by pool. A lot that anything was taken of, or put back to, has its stretches in [`Intervals`].

use super::intervals::Intervals;
use super::lots::Lots;
use almoner_ledger::Rows;
use std::collections::BTreeSet;
use std::ops::Range;

#[derive(Clone, Debug, Default)]
pub(super) struct Free {
    /// By pool.
    whole: Vec<Whole>,
    /// Lots of [`Whole`] that are not whole any more, before their turn.
    touched: BTreeSet<u32>,
    parts: Intervals,
}

/// Lots that came in whole, and how many of them have had their turn.
#[derive(Clone, Debug, Default)]
struct Whole {
    lots: Rows<1>,
    gone: usize,
}

impl Whole {
    fn next(&self) -> Option<u32> {
        lot_at(&self.lots, self.gone)
    }

    fn has(&self, lot: u32) -> bool {
        match self.next() {
            Some(next) if next < lot => {
                let at = self.lots.partition_point(|[known]| *known < i64::from(lot));
                lot_at(&self.lots, at) == Some(lot)
            }
            next => next == Some(lot),
        }
    }
}

fn lot_at(lots: &Rows<1>, at: usize) -> Option<u32> {
    lots.get(at).and_then(|[lot]| u32::try_from(lot).ok())
}

impl Free {
    pub(super) fn open_pool(&mut self) {
        self.whole.push(Whole::default());
    }

    /// A new lot is free from end to end.
    pub(super) fn add_whole(&mut self, pool: u32, lot: u32) {
        if let Some(whole) = self.whole.get_mut(super::index(pool)) {
            whole.lots.push([i64::from(lot)]);
        }
    }

    /// Adds a stretch that is not free.
    pub(super) fn add(&mut self, pool: u32, lot: u32, stretch: Range<i64>) {
        self.parts.add(pool, lot, stretch);
    }

    /// Removes a stretch that lies inside a free one of a lot with so much net money.
    pub(super) fn cut(&mut self, pool: u32, lot: u32, net: i64, stretch: Range<i64>) {
        if stretch.is_empty() {
            return;
        }
        if self.is_whole(pool, lot) {
            self.parts.add(pool, lot, 0..net);
            self.touched.insert(lot);
            let Some(whole) = self.whole.get_mut(super::index(pool)) else { return };
            while whole.next().is_some_and(|next| self.touched.remove(&next)) {
                whole.gone = whole.gone.saturating_add(1);
            }
        }
        self.parts.cut(pool, lot, stretch);
    }

    /// The oldest lot's lowest stretch in a pool.
    pub(super) fn first(&self, pool: u32, lots: &Lots) -> Option<(u32, Range<i64>)> {
        let whole = self.whole.get(super::index(pool)).and_then(Whole::next);
        match (whole, self.parts.first(pool)) {
            (Some(lot), Some((part, stretch))) if part < lot => Some((part, stretch)),
            (Some(lot), Some(_) | None) => Some((lot, 0..lots.get(lot)?.net)),
            (None, part) => part,
        }
    }

    /// What is free inside `window` of a lot with so much net money, clipped, in ascending order.
    pub(super) fn within(&self, pool: u32, lot: u32, net: i64, window: &Range<i64>) -> Vec<Range<i64>> {
        if !self.is_whole(pool, lot) {
            return self.parts.within(pool, lot, window);
        }
        let stretch = window.start.max(0)..window.end.min(net);
        if stretch.is_empty() { Vec::new() } else { vec![stretch] }
    }

    fn is_whole(&self, pool: u32, lot: u32) -> bool {
        self.whole.get(super::index(pool)).is_some_and(|whole| whole.has(lot)) && !self.touched.contains(&lot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trail::lots::LotRow;
    use crate::trail::records::NONE;
    use crate::trail::{RowKind, index};
    use proptest::prelude::*;

    const POOLS: u32 = 2;

    proptest! {
        /// Against the stretches of every lot, one by one.
        #[test]
        fn whole_lots_are_as_free_as_their_stretches(
            steps in prop::collection::vec((0..4u8, any::<prop::sample::Index>(), 0..20i64, 1..20i64), 0..120)
        ) {
            let (mut free, mut plain, mut lots) = (Free::default(), Intervals::default(), Lots::default());
            (0..POOLS).for_each(|_| free.open_pool());
            let mut taken = Vec::new();
            for (what, pick, from, len) in steps {
                let row = |lots: &Lots| lots.get(index_of(pick, lots)).map(|row| (index_of(pick, lots), row));
                match (what, row(&lots)) {
                    (0, _) | (_, None) => {
                        let (pool, kind) = ((from % 2) as u32, RowKind::Gift);
                        let row = LotRow { net: len, fee: 0, pool, birth: 0, head: NONE, link: NONE, count: 0, kind };
                        let lot = lots.push(&row);
                        free.add_whole(pool, lot);
                        plain.add(pool, lot, 0..len);
                    }
                    (1, Some((_, row))) => {
                        // The oldest, as money goes out.
                        if let Some((lot, stretch)) = plain.first(row.pool) {
                            let stretch = stretch.start..stretch.end.min(stretch.start + len);
                            let net = lots.get(lot).unwrap().net;
                            free.cut(row.pool, lot, net, stretch.clone());
                            plain.cut(row.pool, lot, stretch.clone());
                            taken.push((row.pool, lot, stretch));
                        }
                    }
                    (2, Some((lot, row))) => {
                        // From anywhere, as a refund takes it.
                        if let Some(stretch) = plain.within(row.pool, lot, &(from..from + len)).pop() {
                            free.cut(row.pool, lot, row.net, stretch.clone());
                            plain.cut(row.pool, lot, stretch.clone());
                            taken.push((row.pool, lot, stretch));
                        }
                    }
                    (_, Some(_)) => {
                        if !taken.is_empty() {
                            let (pool, lot, stretch) = taken.swap_remove(pick.index(taken.len()));
                            free.add(pool, lot, stretch.clone());
                            plain.add(pool, lot, stretch);
                        }
                    }
                }
                for pool in 0..POOLS {
                    prop_assert_eq!(free.first(pool, &lots), plain.first(pool));
                }
                for (lot, row) in (0..).map_while(|lot| lots.get(lot).map(|row| (lot, row))) {
                    for window in [0..20, from..from + len] {
                        let known = free.within(row.pool, lot, row.net, &window);
                        prop_assert_eq!(known, plain.within(row.pool, lot, &window));
                    }
                }
            }
            prop_assert!(free.touched.iter().all(|lot| index(*lot) < lots.len()));
        }
    }

    fn index_of(pick: prop::sample::Index, lots: &Lots) -> u32 {
        pick.index(lots.len().max(1)) as u32
    }
}
