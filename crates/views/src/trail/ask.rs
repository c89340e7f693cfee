//! Questions: rule 8, the runs of a gift, what an outflow consumed, what a pool can spend; each at any log prefix.

use super::records::{NONE, Record, Use, Why};
use super::types::{Lot, Outflow, Outgo, Part, Pool, Run, Segment, State, Sums};
use super::{Fifo, OutflowRow, RowKind, TrailError, index};
use std::ops::Range;

/// A stretch still to be told, the last one first.
enum Todo {
    /// Where `stretch` of a lot went.
    Follow { lot: u32, stretch: Range<i64>, hop: u32, from: Option<i64> },
    /// Something that goes no further.
    Tell { amount: i64, state: State, hop: u32, from: Option<i64> },
}

/// Hops as a tree: each names the one before it.
struct Hops {
    /// The lot asked about.
    asked: u32,
    tree: Vec<(Outflow, u32)>,
}

impl Hops {
    fn step(&mut self, outflow: u32, before: u32) -> u32 {
        self.tree.push((Outflow(outflow), before));
        super::newest(self.tree.len())
    }

    fn list(&self, hop: u32) -> Vec<Outflow> {
        let mut list = Vec::new();
        let mut next = hop;
        while let Some(&(outflow, before)) = self.tree.get(index(next)) {
            list.push(outflow);
            next = before;
        }
        list.reverse();
        list
    }
}

impl Fifo {
    /// Rule 8 for some gifts of a lot, in minor units, after all events up to `at` (`None`: all). All zero before the
    /// lot came in.
    ///
    /// # Errors
    /// `UnknownLot`, `BadPart`.
    pub fn sums(&self, lot: Lot, part: &Part, at: Option<u64>) -> Result<Sums, TrailError> {
        let row = self.check_part(lot, part)?;
        let seen = self.seen(at);
        let mut sums = Sums::default();
        if row.birth >= seen {
            return Ok(sums);
        }
        let (net, fee) = (part.net.end - part.net.start, part.fee.end - part.fee.start);
        sums.gross = net + fee;
        (sums.free, sums.fee) = (net, fee);
        let mut debts = Vec::new();
        for (window, is_fee) in [(&part.net, false), (&part.fee, true)] {
            for id in self.records.in_lot(lot.0, &row, window, seen) {
                let Some(record) = self.records.get(id).map(|record| record.clip(window)) else { continue };
                *(if is_fee { &mut sums.fee } else { &mut sums.free }) -= record.len;
                if record.taken || matches!(record.used, Use::Left | Use::Closed) {
                    match record.why {
                        Why::Refund => sums.refunded += record.len,
                        Why::Reversal => sums.reversed += record.len,
                    }
                }
                if record.taken {
                    sums.taken_over += record.len;
                }
                self.count(&record, &mut sums, &mut debts, seen);
            }
        }
        while let Some((debt, window)) = debts.pop() {
            let Some(row) = self.lots.get(debt) else { continue };
            for id in self.records.in_lot(debt, &row, &window, seen) {
                let Some(record) = self.records.get(id).map(|record| record.clip(&window)) else { continue };
                self.count(&record, &mut sums, &mut debts, seen);
            }
        }
        Ok(sums)
    }

    /// What a record's use adds to the sums; what fills a debt counts towards what the debt stands for (rule 3).
    fn count(&self, record: &Record, sums: &mut Sums, debts: &mut Vec<(u32, Range<i64>)>, seen: u32) {
        match record.used {
            Use::Outflow => {
                let Some(row) = self.outflows.get(index(record.target)) else { return };
                let sum = if self.transfer(row, seen).is_some() {
                    &mut sums.passed_on
                } else {
                    match row.kind {
                        Outgo::Spent => &mut sums.spent,
                        Outgo::Lent => &mut sums.lent,
                        Outgo::Sent => &mut sums.in_transit,
                    }
                };
                *sum += record.len;
            }
            Use::Debt => debts.push((record.target, record.to..record.to + record.len)),
            Use::Fee => sums.fee += record.len,
            Use::Left | Use::Closed => {}
        }
    }

    /// Where some gifts of a lot are after all events up to `at` (`None`: all): stretches in order of position, the fee
    /// at the low end (rule 2), through any number of hops (rule 4). Neighbours of one state and the same hops are one
    /// run; a stretch that a conversion rounds to nothing has none.
    ///
    /// # Errors
    /// `UnknownLot`, `BadPart`.
    pub fn runs(&self, lot: Lot, part: &Part, at: Option<u64>) -> Result<Vec<Run>, TrailError> {
        let mut runs = Vec::new();
        self.each_run(lot, part, at, &mut |run| runs.push(run))?;
        Ok(runs)
    }

    /// The same, one after another.
    ///
    /// # Errors
    /// `UnknownLot`, `BadPart`.
    pub fn each_run(
        &self,
        lot: Lot,
        part: &Part,
        at: Option<u64>,
        each: &mut dyn FnMut(Run),
    ) -> Result<(), TrailError> {
        let row = self.check_part(lot, part)?;
        let seen = self.seen(at);
        if row.birth >= seen {
            return Ok(());
        }
        let mut last: Option<Run> = None;
        let mut hops = Hops { asked: lot.0, tree: Vec::new() };
        let mut todo: Vec<Todo> = [&part.net, &part.fee]
            .map(|window| Todo::Follow { lot: lot.0, stretch: window.clone(), hop: NONE, from: Some(window.start) })
            .into();
        while let Some(next) = todo.pop() {
            match next {
                Todo::Follow { lot, stretch, hop, from } => {
                    let mut found = self.follow(lot, &stretch, hop, from, seen, &mut hops);
                    found.reverse();
                    todo.append(&mut found);
                }
                Todo::Tell { amount, state, hop, from } => {
                    let list = hops.list(hop);
                    match &mut last {
                        Some(last) if last.state == state && last.hops == list => last.amount += amount,
                        _ => {
                            if let Some(run) = last.replace(Run { amount, from, state, hops: list }) {
                                each(run);
                            }
                        }
                    }
                }
            }
        }
        if let Some(run) = last {
            each(run);
        }
        Ok(())
    }

    fn follow(
        &self,
        lot: u32,
        window: &Range<i64>,
        hop: u32,
        from: Option<i64>,
        seen: u32,
        hops: &mut Hops,
    ) -> Vec<Todo> {
        let mut found = Vec::new();
        let Some(row) = self.lots.get(lot) else { return found };
        let origin = |position: i64| from.map(|from| from + (position - window.start));
        // Fees begin at `net`; a window never holds both.
        let bare = if window.start < row.net { State::Free } else { State::Fee };
        let tell = |stretch: Range<i64>, state: State| Todo::Tell {
            amount: stretch.end - stretch.start,
            state,
            hop,
            from: origin(stretch.start),
        };
        let mut reached = window.start;
        for id in self.records.in_lot(lot, &row, window, seen) {
            let Some(record) = self.records.get(id).map(|record| record.clip(window)) else { continue };
            // A debt has nothing free: what no record covers has shrunk away.
            if reached < record.from && row.kind != RowKind::Debt {
                found.push(tell(reached..record.from, bare));
            }
            reached = record.end();
            let stretch = record.from..record.end();
            let from = origin(record.from);
            match record.used {
                Use::Outflow | Use::Debt | Use::Fee if record.taken => found.push(tell(stretch, State::TakenOver)),
                Use::Closed => found.push(tell(stretch, State::TakenOver)),
                Use::Fee => found.push(tell(stretch, State::Fee)),
                Use::Left => found.push(tell(
                    stretch,
                    match record.why {
                        Why::Refund => State::Refunded,
                        Why::Reversal => State::Reversed,
                    },
                )),
                Use::Debt => {
                    let stretch = record.to..record.to + record.len;
                    found.push(Todo::Follow { lot: record.target, stretch, hop, from });
                }
                Use::Outflow => {
                    let hop = hops.step(record.target, hop);
                    found.extend(self.through(&record, hop, from, seen, hops.asked));
                }
            }
        }
        if reached < window.end && row.kind != RowKind::Debt {
            found.push(tell(reached..window.end, bare));
        }
        found
    }

    /// Rule 4: what stands behind an outflow is where the outflow is.
    fn through(&self, record: &Record, hop: u32, from: Option<i64>, seen: u32, asked: u32) -> Option<Todo> {
        let row = self.outflows.get(index(record.target))?;
        let Some(lot) = self.transfer(row, seen) else {
            let state = match row.kind {
                Outgo::Spent => State::Spent,
                Outgo::Lent => State::Lent,
                Outgo::Sent => State::InTransit,
            };
            return Some(Todo::Tell { amount: record.len, state, hop, from });
        };
        let arrived = self.lots.get(lot)?.net;
        let boundary = |x: i64| i64::try_from(i128::from(x) * i128::from(arrived) / i128::from(row.carried)).ok();
        let stretch = boundary(record.to)?..boundary(record.to + record.len)?;
        let from = from.filter(|_| arrived == row.carried);
        // A transfer that fills a debt it was paid from runs in a circle. Every position has exactly one source, so a
        // circle can only be entered at the lot asked about, and stopping there ends every walk.
        if lot == asked {
            let amount = stretch.end - stretch.start;
            return (amount > 0).then_some(Todo::Tell { amount, state: State::Circular, hop, from });
        }
        (!stretch.is_empty()).then_some(Todo::Follow { lot, stretch, hop, from })
    }

    /// The transfer lot an outflow had become, for somebody who sees so many epochs.
    fn transfer(&self, row: &OutflowRow, seen: u32) -> Option<u32> {
        self.lots.get(row.lot).filter(|lot| lot.birth < seen && row.carried > 0).map(|_| row.lot)
    }

    /// What stands behind an outflow after all events up to `at` (`None`: all), in order of its positions; the stretches
    /// sum to what had not come back (rule 8). Debt lots are among them: [`Fifo::lot`] tells.
    ///
    /// # Errors
    /// `UnknownOutflow`.
    pub fn segments(&self, outflow: Outflow, at: Option<u64>) -> Result<Vec<Segment>, TrailError> {
        let row = self.outflows.get(index(outflow.0)).ok_or(TrailError::UnknownOutflow(outflow.0))?;
        let mut segments: Vec<Segment> = Vec::new();
        for record in self.records.stood(outflow.0, row.first..row.first + row.count, self.seen(at)) {
            match segments.last_mut() {
                // Halves of a record that was split once.
                Some(last) if last.lot.0 == record.lot && last.to == record.from => last.to = record.end(),
                Some(_) | None => {
                    segments.push(Segment { lot: Lot(record.lot), from: record.from, to: record.end() });
                }
            }
        }
        Ok(segments)
    }

    /// Rule 8, per pool: free money minus unfilled debt, in minor units, after all events up to `at` (`None`: all).
    ///
    /// # Errors
    /// `UnknownPool`.
    pub fn spendable(&self, pool: Pool, at: Option<u64>) -> Result<i64, TrailError> {
        Ok(self.pool_row(pool)?.at(Some(u64::from(self.seen(at)))))
    }
}
