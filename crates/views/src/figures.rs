//! The figures of the reconciliation strip: opening + received − fees − spent … = not spent.

use crate::Views;
use crate::series::Series;
use almoner_ledger::entry::Pool;
use almoner_ledger::{ChainNo, Currency, EntityNo, Money};
use std::collections::BTreeMap;
use std::ops::Bound;

/// A line of the strip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Heading {
    /// From before the ledger.
    Opening,
    /// Gifts gross, and confirmed payments from other chains.
    Received,
    /// Fees of payment channels.
    Fees,
    /// Payments and expenditure, less what came back.
    Spent,
    /// Given back to donors.
    Refunded,
    /// Entered by mistake and reversed.
    Reversed,
    /// From other pools.
    MovedIn,
    /// To other pools.
    MovedOut,
}

#[derive(Debug, Default)]
pub(crate) struct Headings {
    of_pool: BTreeMap<(Pool, Heading), Series>,
    /// What moved from one pool to another: left out where both are meant.
    moves: BTreeMap<(Pool, Pool), Series>,
}

impl Headings {
    pub(crate) fn add(&mut self, index: u64, pool: Pool, heading: Heading, change: i64) {
        if change != 0 {
            self.of_pool.entry((pool, heading)).or_default().add(index, change);
        }
    }

    pub(crate) fn moved(&mut self, index: u64, from: Pool, to: Pool, amount: i64) {
        self.add(index, from, Heading::MovedOut, amount);
        self.add(index, to, Heading::MovedIn, amount);
        self.moves.entry((from, to)).or_default().add(index, amount);
    }

    /// From the first pool of a chain's fund on.
    fn from(
        &self,
        chain: Option<ChainNo>,
        fund: Option<EntityNo>,
    ) -> impl Iterator<Item = (&(Pool, Heading), &Series)> {
        let (chain, fund) = (chain.unwrap_or(ChainNo(0)), fund.unwrap_or(EntityNo(0)));
        let first = |currency| (Pool { chain, fund, project: None, currency }, Heading::Opening);
        // Three capital letters always read; without them the walk is longer and no less right.
        let from = Currency::parse("AAA").map_or(Bound::Unbounded, |lowest| Bound::Included(first(lowest)));
        self.of_pool.range((from, Bound::Unbounded))
    }
}

/// A strip in one currency. `opening + received − fees − spent − refunded − reversed + moved_in − moved_out = unspent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strip {
    /// In this currency.
    pub currency: Currency,
    /// From before the ledger.
    pub opening: Money,
    /// Gross.
    pub received: Money,
    /// Always on their own line.
    pub fees: Money,
    /// Paid out.
    pub spent: Money,
    /// Given back.
    pub refunded: Money,
    /// Undone.
    pub reversed: Money,
    /// From other pools, those of the same selection left out.
    pub moved_in: Money,
    /// To other pools.
    pub moved_out: Money,
    /// What is left.
    pub unspent: Money,
}

/// Which pools a strip is over.
#[derive(Debug, Clone, Copy)]
pub enum Selection {
    /// The whole log.
    All,
    /// A chain.
    Chain(ChainNo),
    /// A fund with all its projects.
    Fund(EntityNo),
    /// A project in all funds.
    Project(EntityNo),
    /// What a fund holds for one project, or for none.
    Pool(EntityNo, Option<EntityNo>),
}

impl Selection {
    fn has(self, pool: &Pool) -> bool {
        match self {
            Selection::All => true,
            Selection::Chain(chain) => pool.chain == chain,
            Selection::Fund(fund) => pool.fund == fund,
            Selection::Project(project) => pool.project == Some(project),
            Selection::Pool(fund, project) => (pool.fund, pool.project) == (fund, project),
        }
    }
}

impl Views {
    /// One strip for each currency, over the first `at` events.
    #[must_use]
    pub fn strips(&self, selection: Selection, at: Option<u64>) -> Vec<Strip> {
        let mut sums: BTreeMap<Currency, BTreeMap<Heading, i64>> = BTreeMap::new();
        // Pools are in order of chain and fund: only the stretch that can be meant is walked.
        let of = |no: EntityNo| self.entity(no, None).map(|entity| entity.chain);
        let (chain, fund) = match selection {
            Selection::All => (None, None),
            Selection::Chain(chain) => (Some(chain), None),
            Selection::Fund(fund) | Selection::Pool(fund, _) => (of(fund), Some(fund)),
            Selection::Project(project) => (of(project), None),
        };
        let from = self.headings.from(chain, fund);
        let stretch = from
            .take_while(|((pool, _), _)| chain.is_none_or(|c| c == pool.chain) && fund.is_none_or(|f| f == pool.fund));
        for ((pool, heading), series) in stretch.filter(|((pool, _), _)| selection.has(pool)) {
            // A currency that first came later is not told as zero: an old size says the same for ever.
            if series.points(at).next().is_none() {
                continue;
            }
            let of_currency = sums.entry(pool.currency).or_default();
            let sum = of_currency.entry(*heading).or_default();
            *sum = sum.saturating_add(series.at(at));
        }
        let inside = self.headings.moves.iter().filter(|((from, to), _)| selection.has(from) && selection.has(to));
        for ((pool, _), series) in inside {
            for heading in [Heading::MovedIn, Heading::MovedOut] {
                if let Some(sum) = sums.get_mut(&pool.currency).and_then(|sums| sums.get_mut(&heading)) {
                    *sum = sum.saturating_sub(series.at(at));
                }
            }
        }
        sums.into_iter().map(|(currency, sums)| strip(currency, &sums)).collect()
    }
}

fn strip(currency: Currency, sums: &BTreeMap<Heading, i64>) -> Strip {
    let minor = |heading: Heading| sums.get(&heading).copied().unwrap_or(0);
    let money = |heading: Heading| Money::from_minor(minor(heading), currency);
    let plus = [Heading::Opening, Heading::Received, Heading::MovedIn];
    let less = [Heading::Fees, Heading::Spent, Heading::Refunded, Heading::Reversed, Heading::MovedOut];
    let total = |of: &[Heading]| of.iter().fold(0i64, |sum, heading| sum.saturating_add(minor(*heading)));
    Strip {
        currency,
        opening: money(Heading::Opening),
        received: money(Heading::Received),
        fees: money(Heading::Fees),
        spent: money(Heading::Spent),
        refunded: money(Heading::Refunded),
        reversed: money(Heading::Reversed),
        moved_in: money(Heading::MovedIn),
        moved_out: money(Heading::MovedOut),
        unspent: Money::from_minor(total(&plus).saturating_sub(total(&less)), currency),
    }
}
