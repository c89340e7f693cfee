//! What each money-moving event posted, compactly, so that a reversal is its exact negation.

use crate::booked::{Booked, Posting};

#[derive(Debug, Default)]
pub(super) struct PostedEvents {
    /// Log index, and where its postings begin.
    starts: Vec<(u64, usize)>,
    postings: Vec<Posting>,
}

impl PostedEvents {
    pub(super) fn push(&mut self, index: u64, booked: &Booked) {
        if self.starts.last().is_none_or(|(last, _)| *last != index) {
            self.starts.push((index, self.postings.len()));
        }
        self.postings.extend(&booked.postings);
    }

    pub(super) fn get(&self, index: u64) -> Option<&[Posting]> {
        let at = self.starts.binary_search_by_key(&index, |(i, _)| *i).ok()?;
        let from = self.starts.get(at)?.1;
        let to = self.starts.get(at.saturating_add(1)).map_or(self.postings.len(), |(_, start)| *start);
        self.postings.get(from..to)
    }
}
