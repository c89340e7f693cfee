//! Accounts with their running balances, by number.

use crate::series::{Overflow, Series};
use almoner_ledger::entry::{AccountKey, Head, Pool};
use almoner_ledger::walked;
use almoner_ledger::{Account, AccountNo, Booked, ChainNo, Currency, EntityNo, Opened, PoolNo};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(crate) struct Accounts {
    pools: Vec<Pool>,
    accounts: Vec<Account>,
    series: Vec<Series>,
    /// By name: the order in which people read them.
    order: BTreeMap<AccountKey, AccountNo>,
    of_fund: BTreeMap<EntityNo, Vec<AccountNo>>,
}

impl Accounts {
    pub(crate) fn open(&mut self, opened: &Opened) {
        self.pools.extend(&opened.pools);
        for account in &opened.accounts {
            let no = AccountNo::after(self.accounts.len());
            self.accounts.push(*account);
            self.series.push(Series::default());
            if let Some(pool) = self.pool(account.pool) {
                self.order.insert(pool.account(account.head), no);
                self.of_fund.entry(pool.fund).or_default().push(no);
            }
        }
    }

    /// # Errors
    /// Where a balance does not fit; the others are posted all the same.
    pub(crate) fn post(&mut self, index: u64, booked: &Booked) -> Result<(), Overflow> {
        let mut posted = Ok(());
        for posting in &booked.postings {
            if let Some(series) = self.series.get_mut(posting.account.place()) {
                posted = posted.and(series.add(index, posting.minor));
            }
        }
        posted
    }

    pub(crate) fn pool(&self, no: PoolNo) -> Option<Pool> {
        self.pools.get(no.place()).copied()
    }

    /// The pool of an account.
    pub(crate) fn pool_of(&self, no: AccountNo) -> Option<Pool> {
        self.pool(self.accounts.get(no.place())?.pool)
    }

    pub(crate) fn key(&self, no: AccountNo) -> Option<AccountKey> {
        Some(self.pool_of(no)?.account(self.accounts.get(no.place())?.head))
    }

    pub(crate) fn series(&self, no: AccountNo) -> Option<&Series> {
        walked::more(1);
        self.series.get(no.place())
    }

    /// In order of their names, of one chain or of all: of one chain only its own stretch is walked.
    pub(crate) fn all(&self, chain: Option<ChainNo>) -> impl Iterator<Item = (&AccountKey, &Series)> {
        let (first, lowest) = (chain.unwrap_or(ChainNo(0)), EntityNo(0));
        let pool = Pool { chain: first, fund: lowest, project: None, currency: Currency::FIRST };
        let from = self.order.range(pool.account(Head::Bank(lowest))..);
        let stretch = from.take_while(move |(key, _)| chain.is_none_or(|chain| chain == key.pool.chain));
        stretch.filter_map(|(key, no)| Some((key, self.series(*no)?)))
    }

    pub(crate) fn of_fund(&self, fund: EntityNo) -> impl Iterator<Item = (Pool, &Series)> {
        let accounts = self.of_fund.get(&fund).into_iter().flatten();
        accounts.filter_map(|no| Some((self.pool_of(*no)?, self.series(*no)?)))
    }
}
