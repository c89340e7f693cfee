//! Log indices in order, oldest first: a chain's events, or those that touch something.

use almoner_ledger::Rows;

/// Some first ones of a list of log indices.
#[derive(Debug, Clone, Copy)]
pub struct Indices<'a> {
    rows: &'a Rows<1>,
    len: usize,
}

static NONE: Rows<1> = Rows::new();

impl<'a> Indices<'a> {
    pub(crate) fn all(rows: &'a Rows<1>) -> Indices<'a> {
        Indices { rows, len: rows.len() }
    }

    /// None at all.
    #[must_use]
    pub fn none() -> Indices<'static> {
        Indices::all(&NONE)
    }

    /// How many there are.
    #[must_use]
    pub fn len(self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The one at a place.
    #[must_use]
    pub fn get(self, at: usize) -> Option<u64> {
        self.rows.get(at).filter(|_| at < self.len).map(index)
    }

    /// The oldest.
    #[must_use]
    pub fn first(self) -> Option<u64> {
        self.get(0)
    }

    /// The place of an index.
    #[must_use]
    pub fn place(self, of: u64) -> Option<usize> {
        Some(self.count_below(of)).filter(|at| self.get(*at) == Some(of))
    }

    /// Those below `size`.
    #[must_use]
    pub fn below(self, size: u64) -> Indices<'a> {
        Indices { len: self.count_below(size), ..self }
    }

    /// Those from `from` on, from either end.
    pub fn since(self, from: u64) -> impl DoubleEndedIterator<Item = u64> + 'a {
        self.stretch(self.count_below(from), self.len)
    }

    /// Those at the places `from..to`, from either end.
    pub fn stretch(self, from: usize, to: usize) -> impl DoubleEndedIterator<Item = u64> + 'a {
        self.rows.range(from, to.min(self.len)).map(index)
    }

    /// All of them, from either end.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = u64> + 'a {
        self.stretch(0, self.len)
    }

    fn count_below(self, size: u64) -> usize {
        self.rows.partition_point(|row| index(*row) < size).min(self.len)
    }
}

fn index([index]: [i64; 1]) -> u64 {
    index.cast_unsigned()
}

impl<const N: usize> PartialEq<[u64; N]> for Indices<'_> {
    fn eq(&self, other: &[u64; N]) -> bool {
        self.iter().eq(other.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_what_it_was() {
        let mut rows = Rows::default();
        for index in 0..300 {
            rows.push([index * 3]);
        }
        let (all, plain) = (Indices::all(&rows), (0..300).map(|index| index * 3).collect::<Vec<u64>>());
        for size in [0, 1, 3, 4, 191, 192, 193, 500, 897, 898, 2000] {
            let (some, expected) = (all.below(size), &plain[..plain.partition_point(|index| *index < size)]);
            assert_eq!(
                (some.len(), some.first(), some.is_empty()),
                (expected.len(), expected.first().copied(), size == 0)
            );
            assert!(some.iter().rev().eq(expected.iter().rev().copied()));
            for from in [0, 2, 3, 300, 896] {
                assert!(some.since(from).eq(expected.iter().copied().filter(|index| *index >= from)));
                assert_eq!(some.place(from), expected.binary_search(&from).ok());
            }
        }
    }
}
