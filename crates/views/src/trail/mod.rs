//! Where did my gift go: fifo/1 and pro-rata/1 of 3-GIVING §4.
//!
//! Here: [`Fifo`], which folds inflows, outflows, refunds, returns and reversals in log order and answers where each
//! position of each lot is, at any log prefix; and [`pro_rata`], one outflow shared by open balances. Not here: which
//! events do what (the caller maps them), whether a charity may do it (admission), currencies, dates, names. The rules
//! are those of `docs/` 3-GIVING §4, numbered 1–8; each function names the ones it carries out. The crate's views call
//! it, nobody else.
//!
//! Words: a *position* is one minor unit of a lot or of an outflow, counted from 0. A *record* is a stretch of a lot
//! that does one thing for some time; records are never rewritten, they are born and marked dead (rule 7), so every
//! question takes `at`, a log index, and sees the state after all events up to it. What no record covers is free, or
//! fee. A *debt lot* has positions too: they stand for an outflow's positions, a fee or another debt's, and are filled
//! by later money.
//!
//! Cost: a call touches the records it changes, each in O(log n); a question O(log n + records of the asked stretch).
//! A gift batch that an outflow used up costs one lot (some 15 bytes) and one record (48 bytes), however many gifts it has.
//!
//! Arithmetic: lots and outflows are checked to fit `i64` when they are made, every position lies inside one of them,
//! and products are taken in `i128`; so sums of positions cannot overflow.

#![allow(
    clippy::arithmetic_side_effects,
    reason = "bounded where lots, outflows and balances are made, as said above under Arithmetic; builds check overflow too"
)]

mod ask;
mod back;
mod error;
mod free;
mod intervals;
mod leave;
mod lots;
mod ops;
mod prorata;
mod records;
mod types;

pub use error::TrailError;
pub use prorata::{PRO_RATA_MAX_OPEN, pro_rata};
pub use types::{Inflow, Lot, LotFacts, LotKind, Outflow, Outgo, Part, Pool, Run, Segment, State, Sums};

use crate::series::Series;
use almoner_ledger::Rows;
use free::Free;
use intervals::Intervals;
use lots::{LotRow, Lots};
use records::{NONE, Records};

/// Arenas stop here, half of what 32-bit ids can name: one call makes at most a few records per record it touches, so
/// what starts below the limit ends below 2^32.
const ARENA_LIMIT: usize = 1 << 31;

/// fifo/1 over all pools of a log.
#[derive(Clone, Debug, Default)]
pub struct Fifo {
    /// Distinct log indices of events that did something; an *epoch* is an index into it.
    times: Rows<1>,
    /// By pool: spendable money after each epoch that changed it.
    pools: Vec<Series>,
    lots: Lots,
    outflows: Vec<OutflowRow>,
    debts: Vec<DebtRow>,
    took: Vec<Took>,
    records: Records,
    /// Free money of real lots.
    free: Free,
    /// The part of `free` that is own income.
    own: Intervals,
    /// Debt positions that nothing fills.
    unfilled: Intervals,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RowKind {
    Gift,
    OwnIncome,
    Before,
    Transfer,
    Debt,
}

#[derive(Clone, Copy, Debug)]
struct OutflowRow {
    /// What has not come back; the last positions come back first (rule 6), so it is `0..left`.
    left: i64,
    /// `left` when the money became another pool's: A of rule 4.
    carried: i64,
    pool: u32,
    /// Its first records are `first..first + count`, in order of its positions.
    first: u32,
    count: u32,
    /// The transfer lot, or `NONE`.
    lot: u32,
    kind: Outgo,
}

/// A debt lot that took over positions of `lot`: `took[first..first + count]`, ascending in both.
#[derive(Clone, Copy, Debug)]
struct DebtRow {
    lot: u32,
    first: u32,
    count: u32,
}

/// Positions `debt..debt + len` of a debt lot took over `lot..lot + len`.
#[derive(Clone, Copy, Debug)]
struct Took {
    debt: i64,
    lot: i64,
    len: i64,
}

impl Fifo {
    /// No pools, no money.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens an empty pool: one chain, fund, project and currency.
    ///
    /// # Errors
    /// `Full`.
    pub fn open_pool(&mut self) -> Result<Pool, TrailError> {
        let id = id_of(self.pools.len())?;
        self.pools.push(Series::default());
        self.free.open_pool();
        Ok(Pool(id))
    }

    /// A lot as it came in, debt lots included.
    #[must_use]
    pub fn lot(&self, lot: Lot) -> Option<LotFacts> {
        let row = self.lots.get(lot.0)?;
        let kind = match row.kind {
            RowKind::Gift => LotKind::Inflow(Inflow::Gift),
            RowKind::OwnIncome => LotKind::Inflow(Inflow::OwnIncome),
            RowKind::Before => LotKind::Inflow(Inflow::Before),
            RowKind::Transfer => LotKind::Transfer(Outflow(row.link)),
            RowKind::Debt => LotKind::Debt,
        };
        Some(LotFacts { pool: Pool(row.pool), kind, net: row.net, fee: row.fee })
    }

    /// All of a lot, as a part.
    #[must_use]
    pub fn whole(&self, lot: Lot) -> Option<Part> {
        self.lots.get(lot.0).map(|row| Part { net: 0..row.net, fee: row.net..row.net + row.fee })
    }

    /// The transfer lot that an outflow became, if it did.
    #[must_use]
    pub fn arrived(&self, outflow: Outflow) -> Option<Lot> {
        self.outflows.get(index(outflow.0)).filter(|row| row.lot != NONE).map(|row| Lot(row.lot))
    }

    /// What an outflow is.
    #[must_use]
    pub fn kind(&self, outflow: Outflow) -> Option<Outgo> {
        self.outflows.get(index(outflow.0)).map(|row| row.kind)
    }

    /// The pool that an outflow left.
    #[must_use]
    pub fn pool_of(&self, outflow: Outflow) -> Option<Pool> {
        self.outflows.get(index(outflow.0)).map(|row| Pool(row.pool))
    }

    /// What of an outflow has not come back, in minor units, now.
    #[must_use]
    pub fn left(&self, outflow: Outflow) -> Option<i64> {
        self.outflows.get(index(outflow.0)).map(|row| row.left)
    }

    fn check_at(&self, at: u64) -> Result<(), TrailError> {
        match self.times.last().map(|[last]| last.cast_unsigned()) {
            Some(last) if last > at => Err(TrailError::OutOfOrder { at, last }),
            Some(_) | None => Ok(()),
        }
    }

    /// Starts the epoch of `at`, after everything was checked.
    fn begin(&mut self, at: u64) {
        if self.times.last() != Some([at.cast_signed()]) {
            self.times.push([at.cast_signed()]);
        }
        self.records.now = newest(self.times.len());
    }

    /// How many epochs a question sees.
    fn seen(&self, at: Option<u64>) -> u32 {
        match at {
            None => arena_id(self.times.len()),
            Some(at) => arena_id(self.times.partition_point(|[time]| time.cast_unsigned() <= at)),
        }
    }

    fn pool_row(&self, pool: Pool) -> Result<&Series, TrailError> {
        self.pools.get(index(pool.0)).ok_or(TrailError::UnknownPool(pool.0))
    }

    /// Spendable money now.
    fn balance(&self, pool: Pool) -> Result<i64, TrailError> {
        Ok(self.pool_row(pool)?.now())
    }

    /// What a pool's balance would be, refused before anything is touched.
    fn balance_after(&self, pool: Pool, change: i64) -> Result<i64, TrailError> {
        self.balance(pool)?.checked_add(change).ok_or(TrailError::Overflow)
    }

    /// Refuses when an arena is half full.
    fn check_room(&self) -> Result<(), TrailError> {
        let fullest = self.records.len().max(self.lots.len()).max(self.outflows.len()).max(self.times.len());
        if fullest < ARENA_LIMIT { Ok(()) } else { Err(TrailError::Full) }
    }

    /// A lot that is money, not debt.
    fn real(&self, lot: Lot) -> Result<LotRow, TrailError> {
        match self.lots.get(lot.0) {
            Some(row) if row.kind != RowKind::Debt => Ok(row),
            Some(_) | None => Err(TrailError::UnknownLot(lot.0)),
        }
    }

    fn check_part(&self, lot: Lot, part: &Part) -> Result<LotRow, TrailError> {
        let row = self.real(lot)?;
        let inside = |range: &std::ops::Range<i64>, low: i64, high: i64| {
            low <= range.start && range.start <= range.end && range.end <= high
        };
        // An empty range may stand anywhere: a gift without a fee has no fee position.
        let net = part.net.start == part.net.end || inside(&part.net, 0, row.net);
        let fee = part.fee.start == part.fee.end || inside(&part.fee, row.net, row.net + row.fee);
        if net && fee { Ok(row) } else { Err(TrailError::BadPart(lot.0)) }
    }
}

/// A 32-bit id as an index.
pub(in crate::trail) const fn index(id: u32) -> usize {
    id as usize
}

/// An arena position as an id; arenas stop at [`ARENA_LIMIT`], so nothing is ever cut off.
const fn arena_id(position: usize) -> u32 {
    position as u32
}

/// The newest epoch of so many.
const fn newest(epochs: usize) -> u32 {
    // Asked after the first epoch began.
    arena_id(epochs).saturating_sub(1)
}

fn id_of(position: usize) -> Result<u32, TrailError> {
    if position < ARENA_LIMIT { Ok(arena_id(position)) } else { Err(TrailError::Full) }
}
