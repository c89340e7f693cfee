//! Undoing what was posted: the exact negation, with the loans that it needs.

use super::Context;
use crate::currency::Currency;
use crate::data::Date;
use crate::entity::{Fund, FundClass};
use crate::entry::{Entry, Flow, Head, Line, Pool};
use crate::id::{ChainNo, EntityNo};
use crate::money::Money;
use crate::refusal::Refusal;
use std::collections::{BTreeMap, BTreeSet};

impl<'a> Context<'a> {
    /// What the event at an index posted; nothing if it posted nothing.
    #[must_use]
    pub fn posted(&self, index: u64) -> Vec<Line> {
        self.books.posted(index).unwrap_or_default()
    }

    /// `None`: not reversed; `Some(None)`: wholly; `Some(Some(gifts))`: those gifts.
    #[must_use]
    pub fn reversed(&self, index: u64) -> Option<&'a Option<BTreeSet<u32>>> {
        self.books.reversed(index)
    }

    /// Indices of events that rest on the one at `index` and are not reversed themselves.
    #[must_use]
    pub fn resting_on(&self, index: u64) -> Vec<u64> {
        self.books.resting_on(index)
    }

    /// Minor units of a gift that have been refunded.
    #[must_use]
    pub fn refunded(&self, index: u64, gift: u32) -> i64 {
        self.books.refunded(index, gift)
    }

    /// Minor units of a gift's fee that the channel gave back.
    #[must_use]
    pub fn fee_recovered(&self, index: u64, gift: u32) -> i64 {
        self.books.fee_recovered(index, gift)
    }

    /// Minor units of all gifts of an event that have been refunded.
    #[must_use]
    pub fn refunded_of(&self, index: u64) -> i64 {
        self.books.refunded_of(index)
    }

    /// The exact negation of what an event posted, with a loan from unrestricted money where it would
    /// overdraw a restricted fund: a correction is always possible.
    ///
    /// # Errors
    /// `amount.too_large`.
    pub fn negation(&self, index: u64, date: Date) -> Result<Entry, Refusal> {
        let lines = self.posted(index);
        self.with_loans(lines.iter().fold(Entry::on(date), |entry, line| entry.credit(line.account, line.amount)))
    }

    /// Adds the inter-fund loans that a correction needs (invariant 9): as much as the entry as a
    /// whole takes from a fund that has not got it, lent to the pools that lose it, bank to bank.
    ///
    /// # Errors
    /// `amount.too_large`.
    pub fn with_loans(&self, mut entry: Entry) -> Result<Entry, Refusal> {
        let mut funds: BTreeMap<(EntityNo, Currency), Money> = BTreeMap::new();
        let mut pools: BTreeMap<Pool, (EntityNo, Money)> = BTreeMap::new();
        for line in &entry.lines {
            let (Head::Bank(account) | Head::Clearing(account)) = line.account.head else { continue };
            let pool = line.account.pool;
            let zero = Money::zero(pool.currency);
            let fund = funds.entry((pool.fund, pool.currency)).or_insert(zero);
            *fund = fund.plus(line.amount)?;
            let sum = pools.entry(pool).or_insert((account, zero));
            sum.1 = sum.1.plus(line.amount)?;
        }
        for ((fund, currency), change) in funds {
            let after = self.books.spendable(fund, currency).plus(change)?;
            if !change.is_negative() || !after.is_negative() || self.class_of(fund) == FundClass::Unrestricted {
                continue;
            }
            let Some(lender) = self.unrestricted_fund(self.chain) else { continue };
            let mut short = after.negated().at_most(change.negated());
            for (pool, (account, taken)) in &pools {
                let part = short.at_most(taken.negated());
                if (pool.fund, pool.currency) != (fund, currency) || !part.is_positive() {
                    continue;
                }
                short = short.minus(part)?;
                let (pool, bank) = (*pool, Head::Bank(*account));
                let from = Pool { fund: lender, project: None, ..pool };
                entry = entry
                    .debit(pool.account(bank), part)
                    .credit(pool.account(Head::DueTo), part)
                    .debit(from.account(Head::DueFrom), part)
                    .credit(from.account(bank), part)
                    .flow(Flow::Carry { from, to: pool, amount: part, arrives: part });
            }
        }
        Ok(entry)
    }

    fn unrestricted_fund(&self, chain: ChainNo) -> Option<EntityNo> {
        let chain = self.books.chain(chain)?;
        let mut funds = chain.funds().filter_map(|no| self.entity::<Fund>(no));
        funds.find(|fund| fund.said.class == FundClass::Unrestricted).map(|fund| fund.no)
    }
}
