//! Where money came from and went to: the trail, and the headings of the strips.

use crate::figures::{Heading, Headings};
use crate::series::{Overflow, Series};
use crate::trail::{Fifo, Inflow, Lot, Outflow, Outgo, Part, Pool as TrailPool, TrailError};
use almoner_ledger::entry::{Flow, GiftPlace, Pool, Source, Use};
use almoner_ledger::{Currency, PoolNo, Rows, Step};
use std::collections::BTreeMap;

/// What a step of money became in the trail.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Became {
    Lot(Lot),
    Outflow(Outflow),
    Nothing,
}

/// What a step became, as a number of its row.
const NOTHING: i64 = 0;
const LOT: i64 = 1;
const OUTFLOW: i64 = 2;

#[derive(Debug, Default)]
pub(crate) struct Trails {
    /// Its pools are those of the books, under the same numbers.
    pub(crate) trail: Fifo,
    pub(crate) headings: Headings,
    /// By step of money, in order: the event's index, what it became, and the number of that.
    steps: Rows<3>,
    /// By outflow: the event's index.
    outflow_index: Rows<1>,
    /// Payments that the payee's chain confirmed: counted as spent there and as received here.
    confirmed: BTreeMap<Currency, Series>,
    /// What the trail refused: a defect of ours if it is ever not empty, and shown as one.
    pub(crate) defects: Vec<(u64, TrailError)>,
}

impl Trails {
    pub(crate) fn open(&mut self, index: u64, pools: &[Pool]) {
        for pool in pools {
            self.headings.open(*pool);
            if let Err(error) = self.trail.open_pool() {
                self.defects.push((index, error));
            }
        }
    }

    pub(crate) fn step(&mut self, index: u64, step: &Step) {
        let became = self.flow(index, step).unwrap_or_else(|error| {
            self.defects.push((index, error));
            Became::Nothing
        });
        let (what, number) = match became {
            Became::Nothing => (NOTHING, 0),
            Became::Lot(Lot(number)) => (LOT, number),
            Became::Outflow(Outflow(number)) => (OUTFLOW, number),
        };
        self.steps.push([index.cast_signed(), what, i64::from(number)]);
    }

    /// A total that does not fit is a defect: the books have refused before what could lead there.
    pub(crate) fn told(&mut self, index: u64, added: Result<(), Overflow>) {
        if added == Err(Overflow) {
            self.defects.push((index, TrailError::Overflow));
        }
    }

    fn heading(&mut self, index: u64, pool: PoolNo, heading: Heading, change: i64) {
        let added = self.headings.add(index, pool, heading, change);
        self.told(index, added);
    }

    fn flow(&mut self, index: u64, step: &Step) -> Result<Became, TrailError> {
        match *step {
            Flow::Inflow { pool, net, fee, source } => {
                let kind = match source {
                    Source::Gifts => Inflow::Gift,
                    Source::Own => Inflow::OwnIncome,
                    Source::Before => Inflow::Before,
                };
                let heading = if source == Source::Before { Heading::Opening } else { Heading::Received };
                self.heading(index, pool, heading, net.saturating_add(fee));
                self.heading(index, pool, Heading::Fees, fee);
                Ok(Became::Lot(self.trail.inflow(index, of(pool), net, fee, kind)?))
            }
            Flow::Outflow { pool, amount, how } => {
                let kind = match how {
                    Use::Spent => Outgo::Spent,
                    Use::Lent => Outgo::Lent,
                    Use::Sent => Outgo::Sent,
                };
                self.heading(index, pool, heading(kind), amount);
                let outflow = self.trail.outflow(index, of(pool), amount, kind)?;
                Ok(self.out(index, outflow))
            }
            Flow::Confirm { of: step, to, amount } => {
                let outflow = self.outflow_of(step)?;
                self.heading(index, to, Heading::Received, amount);
                if let Some(pool) = self.headings.pool(to) {
                    let added = self.confirmed.entry(pool.currency).or_default().add(index, amount);
                    self.told(index, added);
                }
                Ok(Became::Lot(self.trail.confirm(index, outflow, of(to))?))
            }
            Flow::Carry { from, to, amount, arrives } => {
                let moved = self.headings.moved(index, from, to, amount, arrives);
                self.told(index, moved);
                let (outflow, _) = self.trail.carry(index, of(from), amount, of(to), arrives)?;
                Ok(self.out(index, outflow))
            }
            Flow::Refund { of, pool, ref gift, amount } => {
                let lot = self.lot_of(of)?;
                self.heading(index, pool, Heading::Refunded, amount);
                let part = self.part(lot, gift);
                self.trail.refund(index, lot, &part, amount)?;
                Ok(Became::Nothing)
            }
            Flow::GiveBack { of, pool, amount } => {
                let outflow = self.outflow_of(of)?;
                let kind = self.trail.kind(outflow).ok_or(TrailError::UnknownOutflow(outflow.0))?;
                self.heading(index, pool, heading(kind), amount.saturating_neg());
                self.trail.give_back(index, outflow, amount)?;
                Ok(Became::Nothing)
            }
            Flow::ReverseInflow { of, pool, ref gift, .. } => {
                let lot = self.lot_of(of)?;
                let part = match gift {
                    Some(place) => self.part(lot, place),
                    None => self.trail.whole(lot).ok_or(TrailError::UnknownLot(lot.0))?,
                };
                let fee = part.fee.end.saturating_sub(part.fee.start);
                let net = part.net.end.saturating_sub(part.net.start);
                self.heading(index, pool, Heading::Reversed, net.saturating_add(fee));
                self.heading(index, pool, Heading::Fees, fee.saturating_neg());
                self.trail.reverse_inflow(index, lot, &part)?;
                Ok(Became::Nothing)
            }
        }
    }

    fn out(&mut self, index: u64, outflow: Outflow) -> Became {
        // The trail numbers outflows densely, in the order in which they are made here.
        self.outflow_index.push([index.cast_signed()]);
        Became::Outflow(outflow)
    }

    /// Log index of the event that made an outflow.
    pub(crate) fn index_of_outflow(&self, outflow: Outflow) -> Option<u64> {
        self.outflow_index.get(outflow.0 as usize).map(|[index]| index.cast_unsigned())
    }

    /// Whether an event has an outflow.
    pub(crate) fn has_outflow(&self, index: u64) -> bool {
        let first = self.outflow_index.partition_point(|[of]| of.cast_unsigned() < index);
        self.outflow_index.get(first).is_some_and(|[of]| of.cast_unsigned() == index)
    }

    fn became(&self, (index, nth): (u64, u32)) -> Became {
        let first = self.steps.partition_point(|[of, ..]| of.cast_unsigned() < index);
        let step = first.checked_add(nth as usize).and_then(|at| self.steps.get(at));
        match step.filter(|[of, ..]| of.cast_unsigned() == index).map(|[_, what, number]| (what, u32::try_from(number)))
        {
            Some((LOT, Ok(number))) => Became::Lot(Lot(number)),
            Some((OUTFLOW, Ok(number))) => Became::Outflow(Outflow(number)),
            Some(_) | None => Became::Nothing,
        }
    }

    fn outflow_of(&self, of: (u64, u32)) -> Result<Outflow, TrailError> {
        match self.became(of) {
            Became::Outflow(outflow) => Ok(outflow),
            Became::Lot(_) | Became::Nothing => Err(TrailError::UnknownOutflow(of.1)),
        }
    }

    /// The lot of an event's step.
    pub(crate) fn lot_of(&self, of: (u64, u32)) -> Result<Lot, TrailError> {
        match self.became(of) {
            Became::Lot(lot) => Ok(lot),
            Became::Outflow(_) | Became::Nothing => Err(TrailError::UnknownLot(of.1)),
        }
    }

    /// Where a gift lies in its lot: net money first, then all fees.
    pub(crate) fn part(&self, lot: Lot, place: &GiftPlace) -> Part {
        let net_of_lot = self.trail.lot(lot).map_or(0, |facts| facts.net);
        let fee_from = net_of_lot.saturating_add(place.fee_from);
        Part {
            net: place.net_from..place.net_from.saturating_add(place.net),
            fee: fee_from..fee_from.saturating_add(place.fee),
        }
    }

    pub(crate) fn confirmed(&self, currency: Currency, at: Option<u64>) -> i64 {
        self.confirmed.get(&currency).map_or(0, |series| series.at(at))
    }
}

/// Under which heading an outflow stands.
fn heading(kind: Outgo) -> Heading {
    match kind {
        Outgo::Spent | Outgo::Lent => Heading::Spent,
        Outgo::Sent => Heading::PassedOn,
    }
}

fn of(pool: PoolNo) -> TrailPool {
    TrailPool(pool.0)
}
