//! Which events are asked for: by chain, kind, fund and project, from either end of the log, and never by going over all
//! of it.

// Saturating: counts of what is looked at, and positions in the log.

use crate::fold::Views;
use crate::indices::Indices;
use almoner_ledger::event::kind_of;
use almoner_ledger::{ChainNo, EntityNo};
use std::ops::Range;

/// Events that one search looks at, at most.
const LOOKS: usize = 100_000;

/// What all events have that are asked for.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Whose they are.
    pub chain: Option<ChainNo>,
    /// Their kind, as events name it.
    pub kind: Option<String>,
    /// What each of them touches: a fund, a project.
    pub touching: Vec<EntityNo>,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Found {
    /// Log indices, in the order that was asked for.
    pub indices: Vec<u64>,
    /// Where it stopped, if that was not at the end: the last index that is done with.
    pub stopped_at: Option<u64>,
}

impl Views {
    /// Events with indices in `within`, the oldest or the newest first, and `most` of them at most.
    #[must_use]
    pub fn search(&self, search: &Search, within: Range<u64>, newest_first: bool, most: usize) -> Found {
        let within = within.start..within.end.min(self.size());
        if within.is_empty() {
            return Found::default();
        }
        let mut lists: Vec<Indices<'_>> = search.touching.iter().map(|no| self.touching(*no)).collect();
        if let Some(no) = search.chain {
            lists.push(self.chain(no).map_or(Indices::none(), |chain| chain.events()));
        }
        // Of lists that an event must stand in, the shortest is gone through.
        lists.sort_by_key(|list| list.len());
        let kind = search.kind.as_deref();
        let is_asked = |index: u64, lists: &[Indices<'_>]| {
            lists.iter().all(|list| list.place(index).is_some())
                && kind.is_none_or(|kind| self.event(index).is_some_and(|(of, _)| of == kind))
        };
        match (lists.split_first(), kind) {
            (Some((first, others)), _) => {
                let all = first.below(within.end).since(within.start);
                gather(all, newest_first, most, |index| is_asked(index, others))
            }
            (None, Some(kind)) => kind_of(kind).map_or_else(Found::default, |kind| {
                gather(self.kinds.of(kind, within.start, within.end), newest_first, most, |_| true)
            }),
            (None, None) => gather(within, newest_first, most, |_| true),
        }
    }
}

/// Goes through candidates from one end.
fn gather(
    mut all: impl DoubleEndedIterator<Item = u64>,
    newest_first: bool,
    most: usize,
    is_asked: impl Fn(u64) -> bool,
) -> Found {
    let mut found = Found::default();
    let mut last = None;
    for looked in 0usize.. {
        let Some(index) = (if newest_first { all.next_back() } else { all.next() }) else { break };
        if looked >= LOOKS {
            found.stopped_at = last;
            break;
        }
        if is_asked(index) {
            if found.indices.len() >= most {
                found.stopped_at = found.indices.last().copied();
                break;
            }
            found.indices.push(index);
        }
        last = Some(index);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_from_either_end_goes_on_where_it_stopped() {
        let even = |index: u64| index.is_multiple_of(2);
        for newest_first in [false, true] {
            let (mut from, mut to, mut all) = (0u64, 21u64, Vec::new());
            loop {
                let found = gather(from..to, newest_first, 3, even);
                assert!(found.indices.len() <= 3);
                all.extend(found.indices);
                let Some(last) = found.stopped_at else { break };
                if newest_first { to = last } else { from = last + 1 }
            }
            let mut expected: Vec<u64> = (0..21).filter(|index| even(*index)).collect();
            if newest_first {
                expected.reverse();
            }
            assert_eq!(all, expected);
        }
        assert_eq!(gather(0..7, false, 3, |index| index < 3).stopped_at, None, "nothing is behind them");
    }

    #[test]
    fn a_search_that_finds_nothing_ends() {
        let found = gather(0..u64::MAX, true, 1, |_| false);
        assert_eq!((found.indices.len(), found.stopped_at), (0, Some(u64::MAX - LOOKS as u64)));
    }
}
