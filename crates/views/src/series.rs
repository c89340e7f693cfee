//! A running total by log index: what makes `at` a binary search.

use almoner_ledger::Rows;

/// Minor units after each event that changed them.
#[derive(Debug, Clone, Default)]
pub struct Series {
    /// Index and total, of the events before the last one.
    rows: Rows<2>,
    /// One event may change a total many times, so its point waits here.
    last: Option<(u64, i64)>,
}

/// The total would not fit; it stays as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overflow;

impl Series {
    /// Adds a change made by the event at `index`; indices never go back.
    ///
    /// # Errors
    /// [`Overflow`].
    pub fn add(&mut self, index: u64, change: i64) -> Result<(), Overflow> {
        let total = self.now().checked_add(change).ok_or(Overflow)?;
        if let Some((before, total)) = self.last.replace((index, total)).filter(|(before, _)| *before != index) {
            self.rows.push([before.cast_signed(), total]);
        }
        Ok(())
    }

    /// The total over the whole log.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.last.map_or(0, |(_, total)| total)
    }

    /// The total over the first `size` events; `None` is all of them.
    #[must_use]
    pub fn at(&self, size: Option<u64>) -> i64 {
        let Some(size) = size else { return self.now() };
        if let Some((_, total)) = self.last.filter(|(index, _)| *index < size) {
            return total;
        }
        let after = self.rows.partition_point(|[index, _]| index.cast_unsigned() < size);
        after.checked_sub(1).and_then(|at| self.rows.get(at)).map_or(0, |[_, total]| total)
    }

    /// Whether any of the first `size` events changed it.
    #[must_use]
    pub fn has_begun(&self, size: Option<u64>) -> bool {
        let first = self.rows.get(0).map(|[index, _]| index.cast_unsigned()).or(self.last.map(|(index, _)| index));
        first.is_some_and(|index| size.is_none_or(|size| index < size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_prefix_has_its_own_total() {
        let mut series = Series::default();
        series.add(3, 10).unwrap();
        series.add(3, 5).unwrap();
        series.add(7, -4).unwrap();
        assert_eq!([Some(0), Some(3), Some(4), Some(7), Some(8), None].map(|at| series.at(at)), [0, 0, 15, 15, 11, 11]);
    }

    #[test]
    fn what_does_not_fit_is_told_and_changes_nothing() {
        let mut series = Series::default();
        series.add(3, i64::MAX).unwrap();
        assert_eq!(series.add(4, 1), Err(Overflow));
        assert_eq!((series.now(), series.at(Some(9))), (i64::MAX, i64::MAX));
        series.add(5, -1).unwrap();
        assert_eq!((series.at(Some(5)), series.now()), (i64::MAX, i64::MAX - 1));
    }

    proptest! {
        /// Against the points as they are, one after another.
        #[test]
        fn a_series_is_its_points(steps in prop::collection::vec((0u64..4, any::<i32>()), 0..400)) {
            let (mut series, mut points, mut index) = (Series::default(), Vec::<(u64, i64)>::new(), 0);
            for (step, change) in steps {
                index += step;
                series.add(index, i64::from(change)).unwrap();
                let total = points.last().map_or(0, |(_, total)| *total) + i64::from(change);
                match points.last_mut() {
                    Some(last) if last.0 == index => last.1 = total,
                    _ => points.push((index, total)),
                }
            }
            for size in (0..index + 3).map(Some).chain([None]) {
                let mut before = points.iter().take_while(|(index, _)| size.is_none_or(|size| *index < size));
                let last = before.clone().last().map_or(0, |(_, total)| *total);
                assert_eq!((series.at(size), series.has_begun(size)), (last, before.next().is_some()));
            }
        }
    }
}
