//! Money that comes back to the pool it left: rule 6, first sentence.

use super::records::{Record, Target, Use};
use super::types::{Outflow, Pool};
use super::{Fifo, RowKind, TrailError, index};
use std::ops::Range;

impl Fifo {
    /// Rule 6: `amount` minor units of an outflow come back (a reversal, a return, a repaid principal, whole or part),
    /// from its last positions first, each to its old position. Where a debt stands behind a position, the debt
    /// shrinks and what fills it is freed in its turn; what the debt had taken over stays closed.
    ///
    /// # Errors
    /// `OutOfOrder`, `UnknownOutflow`, `BadAmount`, `GiveBackTooMuch`, `Overflow`, `Full`; nothing has changed then.
    pub fn give_back(&mut self, at: u64, outflow: Outflow, amount: i64) -> Result<(), TrailError> {
        self.check_at(at)?;
        self.check_room()?;
        let row = *self.outflows.get(index(outflow.0)).ok_or(TrailError::UnknownOutflow(outflow.0))?;
        if amount <= 0 {
            return Err(TrailError::BadAmount(amount));
        }
        if amount > row.left {
            return Err(TrailError::GiveBackTooMuch { asked: amount, left: row.left });
        }
        self.balance_after(Pool(row.pool), amount)?;
        self.begin(at);
        let mut work = vec![(Target::Outflow(outflow.0), row.left - amount..row.left)];
        while let Some((target, window)) = work.pop() {
            let first = match target {
                Target::Outflow(_) => row.first..row.first + row.count,
                Target::Debt(_) => 0..0,
            };
            for id in self.records.standing(target, first, &window) {
                let Some(stretch) = self.records.get(id).map(|record| record.behind(&window)) else { continue };
                let Some(old) = self.records.carve(&mut self.lots, id, &stretch) else { continue };
                if self.lots.get(old.lot).is_some_and(|lot| lot.kind == RowKind::Debt) {
                    self.shrink(old.lot, &stretch);
                    work.push((Target::Debt(old.lot), stretch));
                } else {
                    self.make_free(old.lot, stretch);
                }
            }
        }
        if let Some(row) = self.outflows.get_mut(index(outflow.0)) {
            row.left -= amount;
        }
        self.change_balance(row.pool, amount);
        Ok(())
    }

    /// A debt loses positions: they need no filling any more, and what they took over is closed for good.
    fn shrink(&mut self, debt: u32, stretch: &Range<i64>) {
        let Some(row) = self.lots.get(debt) else { return };
        for gap in self.unfilled.within(row.pool, debt, stretch) {
            self.unfilled.cut(row.pool, debt, gap);
        }
        let Some(over) = self.debts.get(index(row.link)).copied() else { return };
        let pieces = self.took.get(index(over.first)..index(over.first + over.count)).unwrap_or_default();
        let low = pieces.partition_point(|piece| piece.debt + piece.len <= stretch.start);
        let high = pieces.partition_point(|piece| piece.debt < stretch.end);
        let windows: Vec<Range<i64>> = pieces
            .get(low..high)
            .unwrap_or_default()
            .iter()
            .map(|piece| {
                let shift = piece.lot - piece.debt;
                stretch.start.max(piece.debt) + shift..stretch.end.min(piece.debt + piece.len) + shift
            })
            .collect();
        for window in windows {
            let Some(lot) = self.lots.get(over.lot) else { return };
            for id in self.records.in_lot(over.lot, &lot, &window, self.seen(None)) {
                let Some(inside) = self.records.get(id).map(|record| record.clip(&window)) else { continue };
                let closed = inside.from..inside.end();
                let why = inside.why;
                self.records.carve(&mut self.lots, id, &closed);
                self.records.push(&mut self.lots, Record::plain(over.lot, &closed, Use::Closed, why));
            }
        }
    }
}
