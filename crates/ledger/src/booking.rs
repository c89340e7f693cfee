//! From what a kind decided to what the books take: numbers for names, and the checks that hold for every entry.

use crate::booked::{Account, Booked, Opened, Posting, Step};
use crate::books::Books;
use crate::currency::Currency;
use crate::effect::Effect;
use crate::entry::{AccountKey, Entry, Pool};
use crate::id::{AccountNo, EntityNo, PoolNo};
use crate::money::Money;
use crate::refusal::{Code, Refusal};

/// While every account stays below this, the sums over a fund's accounts, of which there are fewer than a million, stay
/// within an i64.
const SUMS_FIT: u64 = 1 << 41;

/// A large sum leaves room for what a million small accounts beside it can add unchecked.
const SUM_MAX: u64 = 1 << 62;

/// Gives pools and accounts their numbers, and checks that the books can take all entries of the event together: each
/// balances, the steps of money are what becomes of each pool's spendable money, and every sum fits. So
/// [`Books::apply`] cannot fail after this.
///
/// # Errors
/// `amount.too_large`; `books.defect` where a kind has a defect.
pub(crate) fn book(books: &Books, decided: Vec<Effect<Entry>>) -> Result<(Opened, Vec<Effect>), Refusal> {
    let mut desk = Desk { books, opened: Opened::default(), sums: Sums::default() };
    let effects = decided.into_iter().map(|effect| effect.map(|entry| desk.enter(entry)));
    let effects = effects.collect::<Result<Vec<Effect>, Refusal>>()?;
    desk.check_sums()?;
    Ok((desk.opened, effects))
}

struct Desk<'a> {
    books: &'a Books,
    opened: Opened,
    sums: Sums,
}

/// Sums of minor units over the event. An event touches few of each, nearly always one to three: a list is faster than a
/// map.
#[derive(Default)]
struct Sums {
    /// Each account's balance after what was posted so far: no sum on the way may overflow either.
    accounts: Vec<(AccountNo, i64)>,
    /// Spendable money of a pool, as posted, less what the steps of money say.
    pools: Vec<(PoolNo, i64)>,
}

fn add<K: PartialEq>(sums: &mut Vec<(K, i64)>, key: K, minor: i64) -> Result<(), Refusal> {
    match sums.iter_mut().find(|(known, _)| *known == key) {
        Some((_, sum)) => *sum = sum.checked_add(minor).ok_or_else(too_large)?,
        None => sums.push((key, minor)),
    }
    Ok(())
}

fn too_large() -> Refusal {
    Refusal::new(Code::AmountTooLarge, "a sum of this event's entries")
}

/// A kind that builds such an entry has a defect; refusing keeps the books right.
fn defect(what: &str) -> Refusal {
    Refusal::new(Code::BooksDefect, what)
}

impl Desk<'_> {
    fn enter(&mut self, entry: Entry) -> Result<Booked, Refusal> {
        let mut of_fund: Vec<((EntityNo, Currency), i64)> = Vec::with_capacity(1);
        let mut postings = Vec::with_capacity(entry.lines.len());
        for line in &entry.lines {
            let (key, minor) = (line.account, line.amount.minor());
            if line.amount.currency() != key.pool.currency {
                return Err(defect("an amount is in another currency than its account"));
            }
            let (pool, account) = self.numbers(&key);
            add(&mut of_fund, (key.pool.fund, key.pool.currency), minor)?;
            self.post(account, minor)?;
            if key.head.is_spendable() {
                add(&mut self.sums.pools, pool, minor)?;
            }
            postings.push(Posting { account, minor });
        }
        if of_fund.iter().any(|(_, sum)| *sum != 0) {
            return Err(defect("the entry does not balance in every fund"));
        }
        let mut steps: Vec<Step> = Vec::with_capacity(entry.flows.len());
        for flow in entry.flows {
            let step = flow.map(|pool| self.pool(&pool), Money::minor);
            if let Some((pool, minor)) = step.comes() {
                add(&mut self.sums.pools, pool, minor.checked_neg().ok_or_else(too_large)?)?;
            }
            if let Some((pool, minor)) = step.goes() {
                add(&mut self.sums.pools, pool, minor)?;
            }
            steps.push(step);
        }
        Ok(Booked { date: entry.date, postings, steps })
    }

    fn post(&mut self, account: AccountNo, minor: i64) -> Result<(), Refusal> {
        if !self.sums.accounts.iter().any(|(known, _)| *known == account) {
            self.sums.accounts.push((account, self.books.minor(account)));
        }
        add(&mut self.sums.accounts, account, minor)
    }

    /// The number of a pool, its next one where it is new.
    fn pool(&mut self, pool: &Pool) -> PoolNo {
        let known = self.books.pool_no(pool);
        known.unwrap_or_else(|| {
            let first = self.books.pools().len();
            let new = self.opened.pools.iter().position(|opened| opened == pool).unwrap_or_else(|| {
                self.opened.pools.push(*pool);
                // One was pushed just now; and what lies in memory is counted by a usize.
                self.opened.pools.len().saturating_sub(1)
            });
            PoolNo::after(first.saturating_add(new))
        })
    }

    fn numbers(&mut self, key: &AccountKey) -> (PoolNo, AccountNo) {
        let pool = self.pool(&key.pool);
        let account = Account { pool, head: key.head };
        let no = self.books.account_no(pool, key.head).unwrap_or_else(|| {
            let first = self.books.account_count();
            let new = self.opened.accounts.iter().position(|opened| *opened == account).unwrap_or_else(|| {
                self.opened.accounts.push(account);
                // As with pools.
                self.opened.accounts.len().saturating_sub(1)
            });
            AccountNo::after(first.saturating_add(new))
        });
        (pool, no)
    }

    fn check_sums(&self) -> Result<(), Refusal> {
        if self.sums.pools.iter().any(|(_, left)| *left != 0) {
            return Err(defect("the steps of money are not what becomes of a pool's money"));
        }
        if self.sums.accounts.iter().any(|(_, after)| after.unsigned_abs() > SUMS_FIT) {
            return self.check_large_sums();
        }
        Ok(())
    }

    /// The sums over funds and pools, for the rare case that one account alone is very large.
    fn check_large_sums(&self) -> Result<(), Refusal> {
        let mut pools: Vec<(PoolNo, i64)> = Vec::new();
        let mut funds: Vec<((EntityNo, Currency), i64)> = Vec::new();
        for (no, after) in &self.sums.accounts {
            let account = self.books.account_or_new(*no, &self.opened).filter(|account| account.head.is_spendable());
            let pool = |account: Account| Some((account, self.books.pool_or_new(account.pool, &self.opened)?));
            let Some((account, pool)) = account.and_then(pool) else { continue };
            let change = after.checked_sub(self.books.minor(*no)).ok_or_else(too_large)?;
            add(&mut pools, account.pool, change)?;
            add(&mut funds, (pool.fund, pool.currency), change)?;
        }
        let fits = |before: i64, change: i64| {
            let after = before.checked_add(change).filter(|after| after.unsigned_abs() <= SUM_MAX);
            after.map(|_| ()).ok_or_else(too_large)
        };
        for ((fund, currency), change) in funds {
            fits(self.books.spendable(fund, currency).minor(), change)?;
        }
        for (no, change) in pools {
            let before =
                self.books.pool(no).map_or(Ok(0), |pool| self.books.pool_spendable(*pool).map(Money::minor))?;
            fits(before, change)?;
        }
        Ok(())
    }
}
