//! Pools, accounts and what they hold, as rows that numbers lead to.

use crate::booked::{Account, Booked, Opened, Posting};
use crate::currency::Currency;
use crate::entry::{AccountKey, Head, Pool};
use crate::id::{AccountNo, EntityNo, PoolNo};
use crate::intern::Interner;
use crate::money::Money;
use crate::refusal::{Code, Refusal};
use std::collections::BTreeMap;

/// The spendable money of a fund in one currency, all its projects together: what invariant 2 is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Purse(EntityNo, Currency);

#[derive(Debug, Clone, Copy)]
struct Row {
    account: Account,
    minor: i64,
}

/// What a pool leads to.
#[derive(Debug, Default, Clone)]
struct Of {
    accounts: Vec<AccountNo>,
    purse: usize,
}

/// Balances of accounts and purses, by place.
#[derive(Debug)]
pub(super) struct Overwritten {
    rows: Vec<(usize, i64)>,
    purses: Vec<(usize, i64)>,
}

#[derive(Debug, Default, Clone)]
pub(super) struct Accounts {
    pools: Interner<Pool>,
    /// By pool.
    of: Vec<Of>,
    rows: Vec<Row>,
    purses: Interner<Purse>,
    /// By purse.
    spendable: Vec<i64>,
    of_project: BTreeMap<EntityNo, Vec<PoolNo>>,
}

impl Accounts {
    pub(super) fn pool_no(&self, pool: &Pool) -> Option<PoolNo> {
        self.pools.number(pool).map(PoolNo)
    }

    pub(super) fn pool(&self, no: PoolNo) -> Option<&Pool> {
        self.pools.values().get(no.place())
    }

    pub(super) fn pools(&self) -> &[Pool] {
        self.pools.values()
    }

    /// A pool has a dozen accounts at most, but for many banks: they are looked through.
    pub(super) fn account_no(&self, pool: PoolNo, head: Head) -> Option<AccountNo> {
        let mut accounts = self.of.get(pool.place())?.accounts.iter().copied();
        accounts.find(|no| self.rows.get(no.place()).is_some_and(|row| row.account.head == head))
    }

    pub(super) fn count(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn account(&self, no: AccountNo) -> Option<Account> {
        self.rows.get(no.place()).map(|row| row.account)
    }

    pub(super) fn minor(&self, no: AccountNo) -> i64 {
        self.rows.get(no.place()).map_or(0, |row| row.minor)
    }

    fn told(&self, row: &Row) -> Option<(AccountKey, Money)> {
        let pool = self.pool(row.account.pool)?;
        Some((pool.account(row.account.head), Money::from_minor(row.minor, pool.currency)))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (AccountKey, Money)> {
        self.rows.iter().filter_map(|row| self.told(row))
    }

    pub(super) fn of_project(&self, project: EntityNo) -> impl Iterator<Item = (AccountKey, Money)> {
        let pools = self.of_project.get(&project).into_iter().flatten();
        let accounts = pools.filter_map(|pool| self.of.get(pool.place())).flat_map(|of| &of.accounts);
        accounts.filter_map(|no| self.told(self.rows.get(no.place())?))
    }

    pub(super) fn of_pool(&self, pool: PoolNo) -> impl Iterator<Item = (Head, i64)> {
        let rows = self.of.get(pool.place()).into_iter().flat_map(|of| &of.accounts);
        rows.filter_map(|no| self.rows.get(no.place())).map(|row| (row.account.head, row.minor))
    }

    pub(super) fn pool_spendable(&self, pool: PoolNo) -> Option<i64> {
        let rows = self.of.get(pool.place()).into_iter().flat_map(|of| &of.accounts);
        let rows = rows.filter_map(|no| self.rows.get(no.place())).filter(|row| row.account.head.is_spendable());
        rows.map(|row| row.minor).try_fold(0, i64::checked_add)
    }

    pub(super) fn spendable(&self, fund: EntityNo, currency: Currency) -> i64 {
        let purse = self.purses.number(&Purse(fund, currency));
        purse.and_then(|purse| self.spendable.get(purse as usize)).copied().unwrap_or(0)
    }

    pub(super) fn open(&mut self, opened: &Opened) {
        for pool in &opened.pools {
            let purse = Purse(pool.fund, pool.currency);
            let purse = self.purses.number(&purse).unwrap_or_else(|| {
                self.spendable.push(0);
                self.purses.give(purse)
            });
            let no = PoolNo(self.pools.give(*pool));
            self.of.push(Of { accounts: Vec::new(), purse: purse as usize });
            if let Some(project) = pool.project {
                self.of_project.entry(project).or_default().push(no);
            }
        }
        for account in &opened.accounts {
            if let Some(of) = self.of.get_mut(account.pool.place()) {
                of.accounts.push(AccountNo::after(self.rows.len()));
            }
            self.rows.push(Row { account: *account, minor: 0 });
        }
    }

    /// Takes back what [`Accounts::open`] did last; there were so many purses before.
    pub(super) fn close(&mut self, opened: &Opened, purses: usize) {
        for account in opened.accounts.iter().rev() {
            self.rows.pop();
            if let Some(of) = self.of.get_mut(account.pool.place()) {
                of.accounts.pop();
            }
        }
        for pool in opened.pools.iter().rev() {
            self.pools.take_back();
            self.of.pop();
            let Some(project) = pool.project else { continue };
            if let Some(pools) = self.of_project.get_mut(&project) {
                pools.pop();
                if pools.is_empty() {
                    self.of_project.remove(&project);
                }
            }
        }
        while self.spendable.len() > purses {
            self.spendable.pop();
            self.purses.take_back();
        }
    }

    pub(super) fn purses(&self) -> usize {
        self.spendable.len()
    }

    /// What posting an entry overwrites.
    pub(super) fn before(&self, booked: &Booked) -> Overwritten {
        let row = |posting: &Posting| {
            let at = posting.account.place();
            Some((at, self.rows.get(at)?))
        };
        let rows = || booked.postings.iter().filter_map(row);
        let purse = |(_, row): (usize, &Row)| {
            let at = self.of.get(row.account.pool.place())?.purse;
            Some((at, *self.spendable.get(at)?))
        };
        Overwritten {
            rows: rows().map(|(at, row)| (at, row.minor)).collect(),
            purses: rows().filter_map(purse).collect(),
        }
    }

    /// Writes it back.
    pub(super) fn restore(&mut self, overwritten: &Overwritten) {
        for (at, minor) in &overwritten.rows {
            if let Some(row) = self.rows.get_mut(*at) {
                row.minor = *minor;
            }
        }
        for (at, sum) in &overwritten.purses {
            if let Some(purse) = self.spendable.get_mut(*at) {
                *purse = *sum;
            }
        }
    }

    /// # Errors
    /// `amount.too_large` where a sum does not fit, which admission has tried.
    pub(super) fn post(&mut self, booked: &Booked) -> Result<(), Refusal> {
        for posting in &booked.postings {
            let too_large = || Refusal::new(Code::AmountTooLarge, posting.minor);
            let row = self.rows.get_mut(posting.account.place()).ok_or_else(too_large)?;
            row.minor = row.minor.checked_add(posting.minor).ok_or_else(too_large)?;
            if row.account.head.is_spendable() {
                let purse = self.of.get(row.account.pool.place()).and_then(|of| self.spendable.get_mut(of.purse));
                let sum = purse.ok_or_else(too_large)?;
                *sum = sum.checked_add(posting.minor).ok_or_else(too_large)?;
            }
        }
        Ok(())
    }
}
