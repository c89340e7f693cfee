//! What each money-moving event posted, compactly, so that a reversal is its exact negation.
//!
//! An account is four bytes and an amount eight, so a usual entry of three postings takes
//! 36 bytes and its place 16: within the budget of 64 bytes per money-moving event.

use crate::data::Date;
use crate::entry::{AccountKey, Entry, Posting};
use crate::money::Money;
use crate::refusal::Refusal;
use std::collections::BTreeMap;

/// The postings of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    /// As they were posted.
    pub postings: Vec<Posting>,
}

impl Posted {
    /// The exact negation, on a date.
    #[must_use]
    pub fn negated(&self, date: Date) -> Entry {
        self.postings.iter().fold(Entry::on(date), |entry, posting| entry.credit(posting.account, posting.amount))
    }
}

#[derive(Debug, Default)]
pub(super) struct PostedEvents {
    accounts: Vec<AccountKey>,
    numbers: BTreeMap<AccountKey, u32>,
    /// Log index, and where its postings begin.
    starts: Vec<(u64, usize)>,
    account_of: Vec<u32>,
    minor_of: Vec<i64>,
}

impl PostedEvents {
    pub(super) fn push(&mut self, index: u64, entry: &Entry) -> Result<(), Refusal> {
        if self.starts.last().is_none_or(|(last, _)| *last != index) {
            self.starts.push((index, self.account_of.len()));
        }
        for posting in &entry.postings {
            let number = match self.numbers.get(&posting.account) {
                Some(number) => *number,
                None => {
                    let number = u32::try_from(self.accounts.len()).unwrap_or(u32::MAX);
                    self.accounts.push(posting.account);
                    self.numbers.insert(posting.account, number);
                    number
                }
            };
            self.account_of.push(number);
            self.minor_of.push(posting.amount.minor()?);
        }
        Ok(())
    }

    pub(super) fn get(&self, index: u64) -> Option<Posted> {
        let at = self.starts.binary_search_by_key(&index, |(i, _)| *i).ok()?;
        let from = self.starts.get(at)?.1;
        let to = self.starts.get(at.saturating_add(1)).map_or(self.account_of.len(), |(_, start)| *start);
        let postings = (from..to)
            .filter_map(|i| {
                let account = *self.accounts.get(*self.account_of.get(i)? as usize)?;
                let amount = Money::from_minor(*self.minor_of.get(i)?, account.pool.currency);
                Some(Posting { account, amount })
            })
            .collect();
        Some(Posted { postings })
    }
}
