//! The records of all lots (rule 7): born, marked dead, never rewritten; and the indices that find them.
//!
//! By lot: a chain, newest first, as long as the lot has at most [`CHAIN`] records (nearly all lots have one or two);
//! above that two ordered indices, of live records and of all, so that a large transfer or opening balance costs O(log n)
//! too. By what they stand for: the records an outflow made lie side by side in the arena; only later ones (halves of a
//! split, debts that took over, fillers of debts) are indexed.

use super::lots::{LotRow, Lots};
use super::{arena_id, index};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// No id.
pub(super) const NONE: u32 = u32::MAX;

/// Death of what lives.
const ALIVE: u32 = u32::MAX;

/// A lot with more records than this is indexed.
pub(super) const CHAIN: u8 = 16;

/// What a stretch of a lot does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Positions `to..` of outflow `target`.
    Outflow,
    /// Fills positions `to..` of debt lot `target`.
    Debt,
    /// A fee, written down only when a debt took it over, and for the debt that did.
    Fee,
    /// Left the lot out of free money or fee.
    Left,
    /// Came back after a debt had taken it over (rule 6: stays closed).
    Closed,
}

/// Why a stretch left its donor; for records that are `Left`, `Closed` or taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Refund,
    Reversal,
}

/// One stretch, `from..from + len` of `lot`, from epoch `birth` until before epoch `death`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) from: i64,
    pub(super) len: i64,
    /// First position in the target.
    pub(super) to: i64,
    pub(super) lot: u32,
    pub(super) target: u32,
    pub(super) birth: u32,
    pub(super) death: u32,
    /// Next older record of the lot.
    pub(super) next: u32,
    pub(super) used: Use,
    pub(super) why: Why,
    /// A debt lot stands behind the target instead.
    pub(super) taken: bool,
}

impl Record {
    /// A record to be pushed; `birth` and links are set then.
    pub(super) const fn new(lot: u32, from: i64, len: i64, used: Use, target: u32, to: i64) -> Self {
        let why = Why::Refund;
        Self { from, len, to, lot, target, birth: 0, death: ALIVE, next: NONE, used, why, taken: false }
    }

    /// The stretch without a target that left, is closed or is a fee.
    pub(super) const fn plain(lot: u32, stretch: &Range<i64>, used: Use, why: Why) -> Self {
        Self { why, ..Self::new(lot, stretch.start, stretch.end - stretch.start, used, NONE, 0) }
    }

    pub(super) const fn end(&self) -> i64 {
        self.from + self.len
    }

    /// Whether the donor still carries it (rule 5).
    pub(super) const fn carried(&self) -> bool {
        !self.taken && matches!(self.used, Use::Outflow | Use::Debt | Use::Fee)
    }

    /// The part of it inside `window` of its lot.
    pub(super) fn clip(&self, window: &Range<i64>) -> Self {
        let from = self.from.max(window.start);
        let end = self.end().min(window.end);
        Self { from, len: end - from, to: self.to + (from - self.from), ..*self }
    }

    /// The part of its lot that stands for `window` of the target.
    pub(super) fn behind(&self, window: &Range<i64>) -> Range<i64> {
        let shift = self.from - self.to;
        window.start.max(self.to) + shift..window.end.min(self.to + self.len) + shift
    }

    const fn lives(&self, seen: u32) -> bool {
        self.birth < seen && self.death >= seen
    }

    const fn overlaps(&self, window: &Range<i64>) -> bool {
        self.from < window.end && window.start < self.end()
    }

    /// What it stands behind, if it does.
    const fn stands_for(&self) -> Option<Target> {
        match self.used {
            Use::Outflow if !self.taken => Some(Target::Outflow(self.target)),
            Use::Debt if !self.taken => Some(Target::Debt(self.target)),
            Use::Outflow | Use::Debt | Use::Fee | Use::Left | Use::Closed => None,
        }
    }
}

/// What money can stand behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    Outflow(u32),
    Debt(u32),
}

/// The arena and its indices.
#[derive(Clone, Debug, Default)]
pub(super) struct Records {
    all: Vec<Record>,
    /// The epoch being written.
    pub(super) now: u32,
    /// Live records of lots above `CHAIN`, by position.
    live: BTreeMap<(u32, i64), u32>,
    /// All records of lots above `CHAIN`, by position.
    ever: BTreeSet<(u32, i64, u32)>,
    /// Live later records by what they stand for.
    behind: BTreeMap<(Target, i64), u32>,
    /// All later records of outflows.
    ever_behind: BTreeSet<(u32, u32)>,
}

impl Records {
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn get(&self, id: u32) -> Option<&Record> {
        self.all.get(index(id))
    }

    /// Writes a record that its outflow finds by place (`OutflowRow::first`).
    pub(super) fn push_first(&mut self, lots: &mut Lots, record: Record) -> u32 {
        let id = arena_id(self.all.len());
        let mut record = Record { birth: self.now, death: ALIVE, next: NONE, ..record };
        if let Some((head, count)) = lots.records_of(record.lot) {
            record.next = *head;
            *head = id;
            let before = *count;
            // It stops counting there.
            *count = before.saturating_add(1).min(CHAIN + 1);
            self.all.push(record);
            if before == CHAIN {
                self.index_chain(id);
            } else if before > CHAIN {
                self.ever.insert((record.lot, record.from, id));
                self.live.insert((record.lot, record.from), id);
            }
        }
        id
    }

    /// Writes a record and finds it by what it stands for.
    pub(super) fn push(&mut self, lots: &mut Lots, record: Record) -> u32 {
        let id = self.push_first(lots, record);
        if let Some(target) = record.stands_for() {
            self.behind.insert((target, record.to), id);
            if let Target::Outflow(outflow) = target {
                self.ever_behind.insert((outflow, id));
            }
        }
        id
    }

    fn index_chain(&mut self, head: u32) {
        let mut id = head;
        while let Some(record) = self.all.get(index(id)) {
            self.ever.insert((record.lot, record.from, id));
            if record.death == ALIVE {
                self.live.insert((record.lot, record.from), id);
            }
            id = record.next;
        }
    }

    fn kill(&mut self, id: u32) {
        let now = self.now;
        let Some(record) = self.all.get_mut(index(id)) else { return };
        record.death = now;
        let record = *record;
        if self.live.get(&(record.lot, record.from)) == Some(&id) {
            self.live.remove(&(record.lot, record.from));
        }
        if let Some(target) = record.stands_for()
            && self.behind.get(&(target, record.to)) == Some(&id)
        {
            self.behind.remove(&(target, record.to));
        }
    }

    /// Marks a record dead inside `window` of its lot, lets what lies outside live on, and returns the inside.
    pub(super) fn carve(&mut self, lots: &mut Lots, id: u32, window: &Range<i64>) -> Option<Record> {
        let old = *self.get(id)?;
        self.kill(id);
        for rest in [old.from..window.start, window.end..old.end()] {
            if rest.start < rest.end {
                self.push(lots, old.clip(&rest));
            }
        }
        Some(old.clip(window))
    }

    /// The records that cover `window` of a lot for somebody who sees so many epochs, in ascending order.
    pub(super) fn in_lot(&self, lot: u32, row: &LotRow, window: &Range<i64>, seen: u32) -> Vec<u32> {
        if window.start >= window.end {
            return Vec::new();
        }
        let fits = |id: u32| self.get(id).is_some_and(|r| r.lives(seen) && r.overlaps(window));
        if row.count <= CHAIN {
            let mut found = Vec::new();
            let mut id = row.head;
            while let Some(record) = self.get(id) {
                if fits(id) {
                    found.push(id);
                }
                id = record.next;
            }
            found.sort_unstable_by_key(|&id| self.get(id).map(|r| r.from));
            return found;
        }
        if seen > self.now {
            let before = self.live.range((lot, i64::MIN)..(lot, window.start)).next_back();
            let inside = self.live.range((lot, window.start)..(lot, window.end));
            return before.into_iter().chain(inside).map(|(_, &id)| id).filter(|&id| fits(id)).collect();
        }
        // Records alive at one moment are disjoint, so only the nearest of them below the window can reach into it.
        let lives = |id: u32| self.get(id).is_some_and(|r| r.lives(seen));
        let below = (lot, i64::MIN, 0)..(lot, window.start, 0);
        let before = self.ever.range(below).rev().map(|entry| entry.2).find(|&id| lives(id));
        let inside = self.ever.range((lot, window.start, 0)..(lot, window.end, 0)).map(|entry| entry.2);
        before.into_iter().chain(inside).filter(|&id| fits(id)).collect()
    }

    /// The live records that stand behind `window` of a target. `first` are the records an outflow made.
    pub(super) fn standing(&self, target: Target, first: Range<u32>, window: &Range<i64>) -> Vec<u32> {
        let reaches = |id: u32| {
            self.get(id).is_some_and(|r| r.death == ALIVE && r.to < window.end && window.start < r.to + r.len)
        };
        let made = self.all.get(index(first.start)..index(first.end)).unwrap_or_default();
        let low = arena_id(made.partition_point(|r| r.to + r.len <= window.start));
        let high = arena_id(made.partition_point(|r| r.to < window.end));
        let before = self.behind.range((target, i64::MIN)..(target, window.start)).next_back();
        let inside = self.behind.range((target, window.start)..(target, window.end));
        let later = before.into_iter().chain(inside).map(|(_, &id)| id);
        (first.start + low..first.start + high).chain(later).filter(|&id| reaches(id)).collect()
    }

    /// Every record that stood behind an outflow for somebody who sees so many epochs, in order of its positions.
    pub(super) fn stood(&self, outflow: u32, first: Range<u32>, seen: u32) -> Vec<Record> {
        let later = self.ever_behind.range((outflow, 0)..=(outflow, u32::MAX)).map(|entry| entry.1);
        let mut found: Vec<Record> =
            first.chain(later).filter_map(|id| self.get(id)).filter(|r| r.lives(seen)).copied().collect();
        found.sort_unstable_by_key(|r| r.to);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::Record;
    use crate::trail::OutflowRow;

    #[test]
    fn rows_are_as_small_as_the_room_card_says() {
        assert_eq!(size_of::<Record>(), 48);
        assert_eq!(size_of::<OutflowRow>(), 40);
    }
}
