//! Money that leaves its donor: refunds (rule 5), reversed inflows (rule 6), and the debt lots that take over.

use super::records::{Record, Use, Why};
use super::types::{Lot, Part, Pool};
use super::{DebtRow, Fifo, LotRow, RowKind, Took, TrailError, arena_id};
use std::ops::Range;

impl Fifo {
    /// Rule 5: a refund of `amount` minor units (gross) takes the gift's own free money, high end first; a debt lot
    /// takes over the highest positions it still carries for the rest, fee last because it lies lowest (rule 2).
    ///
    /// # Errors
    /// `OutOfOrder`, `UnknownLot`, `BadPart`, `BadAmount`, `RefundTooMuch`, `Overflow`, `Full`; nothing has changed
    /// then.
    pub fn refund(&mut self, at: u64, lot: Lot, part: &Part, amount: i64) -> Result<(), TrailError> {
        self.check_at(at)?;
        self.check_room()?;
        let row = self.check_part(lot, part)?;
        if amount <= 0 {
            return Err(TrailError::BadAmount(amount));
        }
        let carried = self.carried(lot.0, &row, &part.net) + self.carried(lot.0, &row, &part.fee);
        if amount > carried {
            return Err(TrailError::RefundTooMuch { asked: amount, carried });
        }
        self.balance_after(Pool(row.pool), -amount)?;
        self.begin(at);
        self.leave(lot.0, &row, part, amount, Why::Refund);
        Ok(())
    }

    /// Rule 6: a reversed inflow (the whole lot or some of its gifts) loses its free money and its fee; a debt lot takes
    /// over the rest. What was refunded before stays refunded.
    ///
    /// # Errors
    /// `OutOfOrder`, `UnknownLot`, `BadPart`, `Overflow`, `Full`; nothing has changed then.
    pub fn reverse_inflow(&mut self, at: u64, lot: Lot, part: &Part) -> Result<(), TrailError> {
        self.check_at(at)?;
        self.check_room()?;
        let row = self.check_part(lot, part)?;
        let carried = self.carried(lot.0, &row, &part.net);
        self.balance_after(Pool(row.pool), -carried)?;
        self.begin(at);
        for fee in self.bare(lot.0, &row, &part.fee) {
            self.records.push(&mut self.lots, Record::plain(lot.0, &fee, Use::Left, Why::Reversal));
        }
        if carried > 0 {
            let net = Part { net: part.net.clone(), fee: 0..0 };
            self.leave(lot.0, &row, &net, carried, Why::Reversal);
        }
        Ok(())
    }

    /// How much of `window` is neither refunded nor reversed.
    fn carried(&self, lot: u32, row: &LotRow, window: &Range<i64>) -> i64 {
        let mut carried = window.end - window.start;
        for id in self.records.in_lot(lot, row, window, self.seen(None)) {
            if let Some(record) = self.records.get(id)
                && !record.carried()
            {
                carried -= record.clip(window).len;
            }
        }
        carried
    }

    /// The stretches of `window` without any record, ascending: free, or plain fee.
    fn bare(&self, lot: u32, row: &LotRow, window: &Range<i64>) -> Vec<Range<i64>> {
        let mut bare = Vec::new();
        let mut from = window.start;
        for id in self.records.in_lot(lot, row, window, self.seen(None)) {
            if let Some(record) = self.records.get(id) {
                if from < record.from {
                    bare.push(from..record.from);
                }
                from = from.max(record.end());
            }
        }
        if from < window.end {
            bare.push(from..window.end);
        }
        bare
    }

    fn leave(&mut self, lot: u32, row: &LotRow, part: &Part, amount: i64, why: Why) {
        let mut rest = amount;
        for free in self.free.within(row.pool, lot, row.net, &part.net).into_iter().rev() {
            let high = highest(&free, &mut rest);
            if !high.is_empty() {
                self.take_free(lot, high.clone());
                self.records.push(&mut self.lots, Record::plain(lot, &high, Use::Left, why));
            }
        }
        if rest > 0 {
            self.take_over(lot, part, rest, why);
            self.fill_from_own(row.pool);
        }
        self.change_balance(row.pool, -amount);
    }

    /// Rules 5 and 6: a new debt lot of `amount` stands from now on behind the highest positions that the part carries.
    /// Its own positions follow theirs, lowest first.
    fn take_over(&mut self, lot: u32, part: &Part, amount: i64, why: Why) {
        let Some(row) = self.lots.get(lot) else { return };
        let mut rest = amount;
        let mut pieces: Vec<(Range<i64>, Option<u32>)> = Vec::new();
        for id in self.records.in_lot(lot, &row, &part.net, self.seen(None)).into_iter().rev() {
            if let Some(record) = self.records.get(id).filter(|record| record.carried()) {
                let clipped = record.clip(&part.net);
                pieces.push((highest(&(clipped.from..clipped.end()), &mut rest), Some(id)));
            }
        }
        for fee in self.bare(lot, &row, &part.fee).into_iter().rev() {
            pieces.push((highest(&fee, &mut rest), None));
        }
        let link = arena_id(self.debts.len());
        let first = arena_id(self.took.len());
        let debt = self.new_lot(row.pool, amount, 0, RowKind::Debt, link);
        let mut done = 0;
        for (stretch, id) in pieces.into_iter().rev().filter(|(stretch, _)| !stretch.is_empty()) {
            let old = match id {
                Some(id) => self.records.carve(&mut self.lots, id, &stretch),
                None => Some(Record::plain(lot, &stretch, Use::Fee, why)),
            };
            let Some(old) = old else { continue };
            self.records.push(&mut self.lots, Record { taken: true, why, ..old });
            self.records.push(&mut self.lots, Record { lot: debt, from: done, ..old });
            self.took.push(Took { debt: done, lot: stretch.start, len: old.len });
            done += old.len;
        }
        let count = arena_id(self.took.len()) - first;
        self.debts.push(DebtRow { lot, first, count });
        self.unfilled.add(row.pool, debt, 0..amount);
    }
}

/// The high end of a stretch, as much as is still wanted.
fn highest(stretch: &Range<i64>, wanted: &mut i64) -> Range<i64> {
    let len = (*wanted).min(stretch.end - stretch.start);
    *wanted -= len;
    stretch.end - len..stretch.end
}
