//! Rows of whole numbers that are only ever appended, kept small: what grows with the log stands in these.
//!
//! Rows mostly differ little from the one before, so a row is kept as its differences, seven bits to a byte. Each block
//! begins anew, and has exactly the bytes it needs: nothing of what is kept is room that waits for more.

use crate::walked;
use std::sync::Arc;

/// Rows that are read together. More of them make rows smaller, and finding one slower.
const BLOCK: usize = 128;

/// Rows of `N` numbers, by place.
#[derive(Debug, Clone)]
pub struct Rows<const N: usize> {
    /// Full blocks. Copies of the rows share them.
    sealed: Vec<Arc<[u8]>>,
    /// The block that is written.
    open: Vec<u8>,
    last: [i64; N],
    len: usize,
}

impl<const N: usize> Default for Rows<N> {
    fn default() -> Rows<N> {
        Rows::new()
    }
}

impl<const N: usize> Rows<N> {
    /// None yet.
    #[must_use]
    pub const fn new() -> Rows<N> {
        Rows { sealed: Vec::new(), open: Vec::new(), last: [0; N], len: 0 }
    }

    /// Appends a row.
    pub fn push(&mut self, row: [i64; N]) {
        let mut before = self.last;
        if self.len.is_multiple_of(BLOCK) {
            before = [0; N];
            if self.len > 0 {
                self.sealed.push(Arc::from(std::mem::take(&mut self.open)));
            }
        }
        for (value, before) in row.iter().zip(&before) {
            // What wraps here wraps back when it is read.
            write(&mut self.open, value.wrapping_sub(*before));
        }
        self.last = row;
        self.len = self.len.saturating_add(1);
    }

    /// What the rows are now, to come back to.
    pub(crate) fn mark(&self) -> Mark<N> {
        Mark { sealed: self.sealed.len(), open: self.open.clone(), last: self.last, len: self.len }
    }

    /// Takes back what was appended since.
    pub(crate) fn back_to(&mut self, mark: Mark<N>) {
        self.sealed.truncate(mark.sealed);
        (self.open, self.last, self.len) = (mark.open, mark.last, mark.len);
    }

    /// Blocks that are full, from a number on, for [`Rows::share`].
    #[must_use]
    pub fn full_from(&self, number: usize) -> &[Arc<[u8]>] {
        self.sealed.get(number..).unwrap_or_default()
    }

    /// Keeps another's blocks in place of its own that are the same, so that two who were told the same rows keep them
    /// once.
    pub fn share(&mut self, number: usize, blocks: &[Arc<[u8]>]) {
        for (own, block) in self.sealed.iter_mut().skip(number).zip(blocks) {
            if own == block {
                *own = Arc::clone(block);
            }
        }
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The newest row.
    #[must_use]
    pub fn last(&self) -> Option<[i64; N]> {
        (self.len > 0).then_some(self.last)
    }

    /// The row at a place.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<[i64; N]> {
        if at.checked_add(1)? == self.len {
            return self.last();
        }
        self.block(at / BLOCK).nth(at % BLOCK)
    }

    /// How many rows come before the first of which `is_before` does not hold; it holds of none behind that one.
    pub fn partition_point(&self, is_before: impl Fn(&[i64; N]) -> bool) -> usize {
        if self.last().is_none_or(|last| is_before(&last)) {
            return self.len;
        }
        // The last block that does not begin too late; of the blocks at its left it holds altogether.
        let (mut low, mut high) = (0, self.sealed.len());
        while low < high {
            let middle = low.midpoint(high).saturating_add(1);
            if self.block(middle).next().is_some_and(|row| is_before(&row)) {
                low = middle;
            } else {
                high = middle.saturating_sub(1);
            }
        }
        low.saturating_mul(BLOCK).saturating_add(self.block(low).take_while(is_before).count())
    }

    /// The rows of a stretch, from either end.
    pub fn range(&self, from: usize, to: usize) -> impl DoubleEndedIterator<Item = [i64; N]> {
        let to = to.min(self.len);
        let blocks = if from < to { from / BLOCK..to.div_ceil(BLOCK) } else { 0..0 };
        blocks.flat_map(move |number| {
            let start = number.saturating_mul(BLOCK);
            let rows: Vec<_> = self.block(number).take(to.saturating_sub(start)).collect();
            rows.into_iter().skip(from.saturating_sub(start))
        })
    }

    fn block(&self, number: usize) -> Block<'_, N> {
        let bytes = self.sealed.get(number).map_or(self.open.as_slice(), |block| block);
        Block { bytes: if number > self.sealed.len() { &[] } else { bytes }, row: [0; N] }
    }
}

/// What rows were, with the block that was written then.
#[derive(Debug)]
pub(crate) struct Mark<const N: usize> {
    sealed: usize,
    open: Vec<u8>,
    last: [i64; N],
    len: usize,
}

/// The rows of a block that are still to be read.
struct Block<'a, const N: usize> {
    bytes: &'a [u8],
    row: [i64; N],
}

impl<const N: usize> Iterator for Block<'_, N> {
    type Item = [i64; N];

    fn next(&mut self) -> Option<[i64; N]> {
        walked::more(1);
        for value in &mut self.row {
            *value = value.wrapping_add(read(&mut self.bytes)?);
        }
        Some(self.row)
    }
}

/// Small numbers of either sign take one byte.
fn write(bytes: &mut Vec<u8>, number: i64) {
    let mut rest = ((number << 1) ^ (number >> 63)).cast_unsigned();
    while rest > 0x7f {
        bytes.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
}

fn read(bytes: &mut &[u8]) -> Option<i64> {
    let (mut number, mut shift) = (0u64, 0);
    loop {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f).wrapping_shl(shift);
        if *byte <= 0x7f {
            return Some((number >> 1).cast_signed() ^ (number & 1).cast_signed().wrapping_neg());
        }
        shift = 7u32.saturating_add(shift);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows as plain as can be, beside the same ones kept small.
    fn both(count: u64, value: impl Fn(u64) -> [i64; 2]) -> (Vec<[i64; 2]>, Rows<2>) {
        let plain: Vec<_> = (0..count).map(value).collect();
        let mut rows = Rows::default();
        for row in &plain {
            rows.push(*row);
        }
        (plain, rows)
    }

    #[test]
    fn rows_are_what_was_pushed() {
        let mixed = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).cast_signed();
        let edges = [i64::MIN, i64::MAX, 0, -1, 1, i64::MIN, i64::MIN];
        for count in [0, 1, 2, 127, 128, 129, 255, 256, 257, 1000] {
            let shapes: [&dyn Fn(u64) -> [i64; 2]; 3] =
                [&|n| [n.cast_signed(), 10_000], &|n| [(n / 3).cast_signed(), mixed(n) >> (n % 64)], &|n| {
                    [n.cast_signed(), edges[n as usize % edges.len()]]
                }];
            for shape in shapes {
                let (plain, rows) = both(count, shape);
                assert_eq!((rows.len(), rows.last()), (plain.len(), plain.last().copied()));
                for at in 0..plain.len() + 140 {
                    assert_eq!(rows.get(at), plain.get(at).copied());
                    let bound = at as i64;
                    let is_before = |row: &[i64; 2]| row[0] < bound;
                    assert_eq!(rows.partition_point(is_before), plain.partition_point(is_before), "{at} of {count}");
                }
                for (from, to) in
                    [(0, 2000), (0, 0), (1, 128), (127, 129), (128, 256), (100, 3), (258, 259), (900, 2000)]
                {
                    let expected = plain.get(from..to.min(plain.len())).unwrap_or_default();
                    assert_eq!(rows.range(from, to).collect::<Vec<_>>(), expected);
                    assert!(rows.range(from, to).rev().eq(expected.iter().rev().copied()));
                }
            }
        }
    }

    #[test]
    fn what_was_appended_since_is_taken_back() {
        for (count, more) in [(0, 1), (1, 300), (127, 1), (128, 1), (129, 127), (300, 0), (256, 512)] {
            let shape = |n: u64| [n.cast_signed() * 7, n.cast_signed() % 5];
            let (_, mut rows) = both(count, shape);
            let before = format!("{rows:?}");
            let mark = rows.mark();
            (0..more).for_each(|n| rows.push([n, -n]));
            rows.back_to(mark);
            assert_eq!(format!("{rows:?}"), before, "{count} and {more}");
            // And it goes on as if nothing had been.
            (count..count + 200).for_each(|n| rows.push(shape(n)));
            assert_eq!(format!("{rows:?}"), format!("{:?}", both(count + 200, shape).1));
        }
    }

    #[test]
    fn blocks_that_are_the_same_are_kept_once() {
        let shape = |n: u64| [n.cast_signed(), 10_000];
        let ((_, mut one), (_, other)) = (both(1000, shape), both(1000, shape));
        one.share(2, other.full_from(2));
        let is_shared = |number: usize| Arc::ptr_eq(&one.sealed[number], &other.sealed[number]);
        assert_eq!((0..7).map(is_shared).collect::<Vec<_>>(), [false, false, true, true, true, true, true]);
        assert_eq!(one.clone().sealed.iter().filter(|block| Arc::strong_count(block) == 3).count(), 5);
        // Those that differ stay.
        let (plain, mut third) = both(1000, |n| [n.cast_signed(), 10_001]);
        third.share(0, other.full_from(0));
        assert_eq!(third.range(0, 1000).collect::<Vec<_>>(), plain);
        assert_eq!(other.full_from(7).len() + other.full_from(99).len(), 0);
    }

    #[test]
    fn a_usual_row_takes_few_bytes() {
        let (_, rows) = both(64_000, |n| [n.cast_signed() * 100, n.cast_signed() * 10_000]);
        let bytes: usize = rows.sealed.iter().map(|block| block.len() + size_of::<Arc<[u8]>>()).sum();
        assert!(bytes < 64_000 * 6, "{bytes}");
        assert!(rows.sealed.iter().all(|block| block.len() < BLOCK * 6));
    }
}
