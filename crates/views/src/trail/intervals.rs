//! Sets of half-open stretches, in order of pool, lot and position: what is free, and which debt is unfilled.
//!
//! Rule 3 always asks for the oldest, lowest stretch of a pool; with this order it is the first entry of a range, so no
//! call ever walks over lots that are used up.

use std::collections::BTreeMap;
use std::ops::Range;

/// Disjoint, never empty, never touching stretches `(pool, lot, from) -> to`.
#[derive(Clone, Debug, Default)]
pub(super) struct Intervals(BTreeMap<(u32, u32, i64), i64>);

impl Intervals {
    /// Adds a stretch that is not in the set, joined to its neighbours.
    pub(super) fn add(&mut self, pool: u32, lot: u32, stretch: Range<i64>) {
        let Range { start: mut from, end: mut to } = stretch;
        if from >= to {
            return;
        }
        if let Some((&(_, _, start), &end)) = self.0.range((pool, lot, i64::MIN)..(pool, lot, from)).next_back()
            && end == from
        {
            from = start;
        }
        if let Some(end) = self.0.remove(&(pool, lot, to)) {
            to = end;
        }
        self.0.insert((pool, lot, from), to);
    }

    /// Removes a stretch that lies inside one entry.
    pub(super) fn cut(&mut self, pool: u32, lot: u32, stretch: Range<i64>) {
        if stretch.is_empty() {
            return;
        }
        let Some((&key, &end)) = self.0.range((pool, lot, i64::MIN)..=(pool, lot, stretch.start)).next_back() else {
            return;
        };
        if key.2 < stretch.start {
            self.0.insert(key, stretch.start);
        } else {
            self.0.remove(&key);
        }
        if stretch.end < end {
            self.0.insert((pool, lot, stretch.end), end);
        }
    }

    /// The oldest lot's lowest stretch in a pool.
    pub(super) fn first(&self, pool: u32) -> Option<(u32, Range<i64>)> {
        let (&(_, lot, from), &to) = self.0.range((pool, 0, i64::MIN)..=(pool, u32::MAX, i64::MAX)).next()?;
        Some((lot, from..to))
    }

    /// What the set has inside `window` of a lot, clipped, in ascending order.
    pub(super) fn within(&self, pool: u32, lot: u32, window: &Range<i64>) -> Vec<Range<i64>> {
        if window.is_empty() {
            return Vec::new();
        }
        let before = self.0.range((pool, lot, i64::MIN)..(pool, lot, window.start)).next_back();
        let inside = self.0.range((pool, lot, window.start)..(pool, lot, window.end));
        before
            .into_iter()
            .chain(inside)
            .map(|(&(_, _, from), &to)| from.max(window.start)..to.min(window.end))
            .filter(|stretch| !stretch.is_empty())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Intervals;

    #[test]
    fn stretches_join_cut_and_stay_in_their_lot() {
        let mut set = Intervals::default();
        set.add(1, 7, 0..5);
        set.add(1, 7, 5..9);
        set.add(1, 8, 9..12);
        set.add(0, 9, 0..1);
        assert_eq!(set.first(1), Some((7, 0..9)));
        set.cut(1, 7, 2..4);
        assert_eq!(set.within(1, 7, &(1..20)), vec![1..2, 4..9]);
        assert_eq!(set.within(1, 8, &(0..20)), vec![9..12]);
        set.cut(1, 7, 0..2);
        assert_eq!(set.first(1), Some((7, 4..9)));
        set.add(1, 7, 0..4);
        assert_eq!(set.within(1, 7, &(0..9)), vec![0..9]);
        assert_eq!(set.first(2), None);
    }
}
