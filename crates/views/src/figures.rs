//! The figures of the reconciliation strip: opening + received − fees − spent … = not spent.

use crate::Views;
use crate::series::{Overflow, Series};
use almoner_ledger::entry::Pool;
use almoner_ledger::walked;
use almoner_ledger::{ChainNo, Currency, EntityNo, Money, PoolNo};
use rust_decimal::Decimal;
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
    /// Payments and expenditure to outside of the log, less what came back.
    Spent,
    /// Payments to chains of the log, confirmed or not, less what came back.
    PassedOn,
    /// Given back to donors.
    Refunded,
    /// Entered by mistake and reversed.
    Reversed,
    /// From other pools.
    MovedIn,
    /// To other pools.
    MovedOut,
}

/// By pool: a running total for each heading.
#[derive(Debug, Default)]
pub(crate) struct Headings {
    pools: Vec<OfPool>,
    /// In order of chain and fund.
    order: BTreeMap<Pool, PoolNo>,
    of_project: BTreeMap<EntityNo, Vec<PoolNo>>,
}

#[derive(Debug)]
struct OfPool {
    pool: Pool,
    /// Of the headings under which anything was ever booked.
    totals: Vec<(Heading, Series)>,
    /// What moved from here to another pool, in the same currency: left out where both are meant.
    moves: Vec<(PoolNo, Series)>,
}

impl Headings {
    pub(crate) fn open(&mut self, pool: Pool) {
        let no = PoolNo::after(self.pools.len());
        self.pools.push(OfPool { pool, totals: Vec::new(), moves: Vec::new() });
        self.order.insert(pool, no);
        if let Some(project) = pool.project {
            self.of_project.entry(project).or_default().push(no);
        }
    }

    pub(crate) fn pool(&self, no: PoolNo) -> Option<Pool> {
        self.pools.get(no.place()).map(|of| of.pool)
    }

    /// # Errors
    /// Where the total does not fit.
    pub(crate) fn add(&mut self, index: u64, pool: PoolNo, heading: Heading, change: i64) -> Result<(), Overflow> {
        match self.pools.get_mut(pool.place()) {
            Some(of) if change != 0 => add(&mut of.totals, heading, index, change),
            Some(_) | None => Ok(()),
        }
    }

    /// # Errors
    /// Where one of the totals does not fit; the others have the move all the same.
    pub(crate) fn moved(
        &mut self,
        index: u64,
        from: PoolNo,
        to: PoolNo,
        amount: i64,
        arrives: i64,
    ) -> Result<(), Overflow> {
        let out = self.add(index, from, Heading::MovedOut, amount);
        let moved = out.and(self.add(index, to, Heading::MovedIn, arrives));
        if self.pool(from).map(|pool| pool.currency) != self.pool(to).map(|pool| pool.currency) {
            return moved;
        }
        let between = self.pools.get_mut(from.place()).map(|of| add(&mut of.moves, to, index, amount));
        moved.and(between.unwrap_or(Ok(())))
    }

    /// The pools that a selection can mean: not more are walked than those of its chain, fund or project. `fund` tells the
    /// chain of a fund.
    fn selected(&self, selection: Selection, chain_of: &dyn Fn(EntityNo) -> Option<ChainNo>) -> Vec<&OfPool> {
        let of = |no: &PoolNo| {
            walked::more(1);
            self.pools.get(no.place())
        };
        let from = |chain: ChainNo, fund: EntityNo| {
            let first = Pool { chain, fund, project: None, currency: Currency::FIRST };
            self.order.range((Bound::Included(first), Bound::Unbounded))
        };
        let of_fund = |fund: EntityNo| {
            let chain = chain_of(fund);
            let pools = chain.into_iter().flat_map(move |chain| from(chain, fund));
            pools.take_while(move |(pool, _)| pool.fund == fund).filter_map(|(_, no)| of(no))
        };
        match selection {
            Selection::All => self.order.values().filter_map(of).collect(),
            Selection::Chain(chain) => {
                let pools = from(chain, EntityNo(0)).take_while(|(pool, _)| pool.chain == chain);
                pools.filter_map(|(_, no)| of(no)).collect()
            }
            Selection::Project(project) => self.of_project.get(&project).into_iter().flatten().filter_map(of).collect(),
            Selection::Fund(fund) => of_fund(fund).collect(),
            Selection::Pool(fund, project) => of_fund(fund).filter(|of| of.pool.project == project).collect(),
        }
    }
}

/// A pool has few totals: they are looked through.
fn add<K: PartialEq>(totals: &mut Vec<(K, Series)>, of: K, index: u64, change: i64) -> Result<(), Overflow> {
    if let Some((_, total)) = totals.iter_mut().find(|(known, _)| *known == of) {
        return total.add(index, change);
    }
    let mut total = Series::default();
    let added = total.add(index, change);
    totals.push((of, total));
    added
}

/// A strip in one currency. `opening + received − fees − spent − passed_on −
/// refunded − reversed + moved_in − moved_out = unspent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strip {
    /// In this currency.
    pub currency: Currency,
    /// From before the ledger.
    pub opening: Sum,
    /// Gross.
    pub received: Sum,
    /// Always on their own line.
    pub fees: Sum,
    /// Paid to somebody outside of the log, or lent.
    pub spent: Sum,
    /// Paid to another chain of the log, whose own strip says what became of it.
    pub passed_on: Sum,
    /// Given back.
    pub refunded: Sum,
    /// Undone.
    pub reversed: Sum,
    /// From other pools, those of the same selection left out.
    pub moved_in: Sum,
    /// To other pools.
    pub moved_out: Sum,
    /// What is left.
    pub unspent: Sum,
}

/// A sum over many pools. Wider than [`Money`], because what went through all pools of a log together may outgrow that: it
/// is of fewer than 2^32 totals that fit an i64, so it stays below 2^95.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    currency: Currency,
    minor: i128,
}

impl Sum {
    /// With every digit of the currency.
    #[must_use]
    pub fn amount(self) -> Decimal {
        // A decimal holds 96 bits and a sign.
        let bound = if self.is_negative() { Decimal::MIN } else { Decimal::MAX };
        Decimal::try_from_i128_with_scale(self.minor, self.currency.digits()).unwrap_or(bound)
    }
    /// In minor units.
    #[must_use]
    pub fn minor(self) -> i128 {
        self.minor
    }
    /// Less money of the same currency.
    pub(crate) fn less(self, money: Money) -> Sum {
        // There is room.
        Sum { minor: self.minor.saturating_sub(money.minor().into()), ..self }
    }
    /// In this currency.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.currency
    }
    /// Nothing.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.minor == 0
    }
    /// Below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.minor < 0
    }
}

impl From<Money> for Sum {
    fn from(money: Money) -> Sum {
        Sum { currency: money.currency(), minor: money.minor().into() }
    }
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
        let mut sums: BTreeMap<Currency, BTreeMap<Heading, i128>> = BTreeMap::new();
        let headings = &self.trails.headings;
        for of in headings.selected(selection, &|fund| self.entity(fund, None).map(|fund| fund.chain)) {
            for (heading, total) in &of.totals {
                // A currency that first came later is not told as zero: an old size says the same for ever.
                if !total.has_begun(at) {
                    continue;
                }
                let sum = sums.entry(of.pool.currency).or_default().entry(*heading).or_default();
                // These sums have room, see `Sum`.
                *sum = sum.saturating_add(total.at(at).into());
            }
            for (to, moves) in &of.moves {
                if !headings.pool(*to).is_some_and(|to| selection.has(&to)) {
                    continue;
                }
                let sums = sums.entry(of.pool.currency).or_default();
                for heading in [Heading::MovedIn, Heading::MovedOut] {
                    let sum = sums.entry(heading).or_default();
                    *sum = sum.saturating_sub(moves.at(at).into());
                }
            }
        }
        sums.into_iter().map(|(currency, sums)| strip(currency, &sums)).collect()
    }
}

fn strip(currency: Currency, sums: &BTreeMap<Heading, i128>) -> Strip {
    let minor = |heading: Heading| sums.get(&heading).copied().unwrap_or(0);
    let money = |heading: Heading| Sum { currency, minor: minor(heading) };
    let plus = [Heading::Opening, Heading::Received, Heading::MovedIn];
    let less =
        [Heading::Fees, Heading::Spent, Heading::PassedOn, Heading::Refunded, Heading::Reversed, Heading::MovedOut];
    let total = |of: &[Heading]| of.iter().map(|heading| minor(*heading)).sum::<i128>();
    Strip {
        currency,
        opening: money(Heading::Opening),
        received: money(Heading::Received),
        fees: money(Heading::Fees),
        spent: money(Heading::Spent),
        passed_on: money(Heading::PassedOn),
        refunded: money(Heading::Refunded),
        reversed: money(Heading::Reversed),
        moved_in: money(Heading::MovedIn),
        moved_out: money(Heading::MovedOut),
        unspent: Sum { currency, minor: total(&plus).saturating_sub(total(&less)) },
    }
}
