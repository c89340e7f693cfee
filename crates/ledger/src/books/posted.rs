//! What each money-moving event posted, compactly, so that a reversal is its exact negation.

use crate::booked::{Booked, Posting};
use crate::id::AccountNo;
use crate::rows::Rows;

/// A row for each posting: log index, account, minor units.
#[derive(Debug, Default, Clone)]
pub(super) struct PostedEvents(pub(super) Rows<3>);

impl PostedEvents {
    pub(super) fn push(&mut self, index: u64, booked: &Booked) {
        for posting in &booked.postings {
            self.0.push([index.cast_signed(), i64::from(posting.account.0), posting.minor]);
        }
    }

    /// None if the event posted nothing.
    pub(super) fn get(&self, index: u64) -> Option<Vec<Posting>> {
        let of = index.cast_signed();
        let rows = self.0.range(self.0.partition_point(|[index, ..]| *index < of), usize::MAX);
        let postings = rows.take_while(|[index, ..]| *index == of).filter_map(|[_, account, minor]| {
            let account = AccountNo(u32::try_from(account).ok()?);
            Some(Posting { account, minor })
        });
        Some(postings.collect()).filter(|postings: &Vec<Posting>| !postings.is_empty())
    }
}
