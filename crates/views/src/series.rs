//! A running total by log index: what makes `at` a binary search.

/// Minor units after each event that changed them.
#[derive(Debug, Clone, Default)]
pub struct Series {
    points: Vec<(u64, i64)>,
}

impl Series {
    /// Adds a change made by the event at `index`; indices never go back.
    pub fn add(&mut self, index: u64, change: i64) {
        let total = self.now().saturating_add(change);
        match self.points.last_mut() {
            Some(last) if last.0 == index => last.1 = total,
            _ => self.points.push((index, total)),
        }
    }

    /// The total over the whole log.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.points.last().map_or(0, |(_, total)| *total)
    }

    /// The total over the first `size` events; `None` is all of them.
    #[must_use]
    pub fn at(&self, size: Option<u64>) -> i64 {
        let Some(size) = size else { return self.now() };
        let after = self.points.partition_point(|(index, _)| *index < size);
        after.checked_sub(1).and_then(|i| self.points.get(i)).map_or(0, |(_, total)| *total)
    }

    /// Every point up to `size`: index and total after it.
    pub fn points(&self, size: Option<u64>) -> impl Iterator<Item = (u64, i64)> {
        let size = size.unwrap_or(u64::MAX);
        self.points.iter().copied().take_while(move |(index, _)| *index < size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_has_its_own_total() {
        let mut series = Series::default();
        series.add(3, 10);
        series.add(3, 5);
        series.add(7, -4);
        assert_eq!([Some(0), Some(3), Some(4), Some(7), Some(8), None].map(|at| series.at(at)), [0, 0, 15, 15, 11, 11]);
    }
}
