//! Money that comes in and goes out: rules 1 to 4.

use super::records::{NONE, Record, Use};
use super::types::{Inflow, Lot, Outflow, Outgo, Pool};
use super::{Fifo, LotRow, OutflowRow, RowKind, TrailError, arena_id, index};
use std::ops::Range;

impl Fifo {
    /// Rules 1 and 2: one event's inflow is a lot of `net` money and `fee` kept on the way (minor units, either may be
    /// zero). The net fills unfilled debts first, oldest first (rule 3).
    ///
    /// # Errors
    /// `OutOfOrder`, `UnknownPool`, `BadAmount`, `Overflow`, `Full`; nothing has changed then.
    pub fn inflow(&mut self, at: u64, pool: Pool, net: i64, fee: i64, kind: Inflow) -> Result<Lot, TrailError> {
        self.check_at(at)?;
        self.check_room()?;
        for amount in [net, fee] {
            if amount < 0 {
                return Err(TrailError::BadAmount(amount));
            }
        }
        net.checked_add(fee).ok_or(TrailError::Overflow)?;
        self.balance_after(pool, net)?;
        self.begin(at);
        let kind = match kind {
            Inflow::Gift => RowKind::Gift,
            Inflow::OwnIncome => RowKind::OwnIncome,
            Inflow::Before => RowKind::Before,
        };
        Ok(self.receive(pool, net, fee, kind, NONE))
    }

    /// Rule 3: `amount` minor units leave a pool, oldest lots' lowest free positions first; what the pool lacks becomes
    /// a debt lot.
    ///
    /// # Errors
    /// `OutOfOrder`, `UnknownPool`, `BadAmount`, `Overflow`, `Full`; nothing has changed then.
    pub fn outflow(&mut self, at: u64, pool: Pool, amount: i64, kind: Outgo) -> Result<Outflow, TrailError> {
        self.check_at(at)?;
        self.check_room()?;
        self.check_going(pool, amount)?;
        self.begin(at);
        Ok(self.consume(pool, amount, kind))
    }

    /// Rule 4: the payee confirms a `Sent` outflow; what is left of it is a transfer lot of pool `to`, and in transit
    /// becomes passed on.
    ///
    /// # Errors
    /// `OutOfOrder`, `UnknownOutflow`, `NotInTransit`, `UnknownPool`, `Overflow`, `Full`; nothing has changed then.
    pub fn confirm(&mut self, at: u64, outflow: Outflow, to: Pool) -> Result<Lot, TrailError> {
        self.check_at(at)?;
        self.check_room()?;
        let row = *self.outflows.get(index(outflow.0)).ok_or(TrailError::UnknownOutflow(outflow.0))?;
        if row.kind != Outgo::Sent || row.lot != NONE {
            return Err(TrailError::NotInTransit(outflow.0));
        }
        self.balance_after(to, row.left)?;
        self.begin(at);
        Ok(self.arrive(outflow, to, row.left))
    }

    /// Rule 4: an outflow that is at once another pool's inflow (allocation, spin-off, loan, conversion). `arrives`
    /// differs from `amount` across currencies; boundary x of `amount` is boundary floor(x·arrives/amount) of the lot.
    ///
    /// # Errors
    /// `OutOfOrder`, `UnknownPool`, `BadAmount`, `Overflow`, `Full`; nothing has changed then.
    pub fn carry(
        &mut self,
        at: u64,
        pool: Pool,
        amount: i64,
        to: Pool,
        arrives: i64,
    ) -> Result<(Outflow, Lot), TrailError> {
        self.check_at(at)?;
        self.check_room()?;
        self.check_going(pool, amount)?;
        if arrives < 0 {
            return Err(TrailError::BadAmount(arrives));
        }
        let before = if pool == to { self.balance_after(pool, -amount)? } else { self.balance(to)? };
        before.checked_add(arrives).ok_or(TrailError::Overflow)?;
        self.begin(at);
        let outflow = self.consume(pool, amount, Outgo::Sent);
        let lot = self.arrive(outflow, to, arrives);
        Ok((outflow, lot))
    }

    fn check_going(&self, pool: Pool, amount: i64) -> Result<(), TrailError> {
        if amount <= 0 {
            return Err(TrailError::BadAmount(amount));
        }
        self.balance_after(pool, -amount).map(|_| ())
    }

    fn consume(&mut self, pool: Pool, amount: i64, kind: Outgo) -> Outflow {
        let outflow = arena_id(self.outflows.len());
        let first = arena_id(self.records.len());
        let mut done = 0;
        while done < amount {
            let Some((lot, stretch)) = self.free.first(pool.0, &self.lots) else { break };
            let len = (amount - done).min(stretch.end - stretch.start);
            self.take_free(lot, stretch.start..stretch.start + len);
            let record = Record::new(lot, stretch.start, len, Use::Outflow, outflow, done);
            self.records.push_first(&mut self.lots, record);
            done += len;
        }
        if done < amount {
            let debt = self.new_lot(pool.0, amount - done, 0, RowKind::Debt, NONE);
            let record = Record::new(debt, 0, amount - done, Use::Outflow, outflow, done);
            self.records.push_first(&mut self.lots, record);
            self.unfilled.add(pool.0, debt, 0..amount - done);
        }
        let count = arena_id(self.records.len()) - first;
        let row = OutflowRow { left: amount, carried: 0, pool: pool.0, first, count, lot: NONE, kind };
        self.outflows.push(row);
        self.change_balance(pool.0, -amount);
        Outflow(outflow)
    }

    fn arrive(&mut self, outflow: Outflow, to: Pool, arrives: i64) -> Lot {
        let lot = self.receive(to, arrives, 0, RowKind::Transfer, outflow.0);
        if let Some(row) = self.outflows.get_mut(index(outflow.0)) {
            row.lot = lot.0;
            row.carried = row.left;
        }
        lot
    }

    fn receive(&mut self, pool: Pool, net: i64, fee: i64, kind: RowKind, link: u32) -> Lot {
        let lot = self.new_lot(pool.0, net, fee, kind, link);
        let used = self.fill(pool.0, lot, 0..net);
        if used == 0 && net > 0 && kind != RowKind::OwnIncome {
            self.free.add_whole(pool.0, lot);
        } else {
            self.make_free(lot, used..net);
        }
        self.change_balance(pool.0, net);
        Lot(lot)
    }

    pub(super) fn new_lot(&mut self, pool: u32, net: i64, fee: i64, kind: RowKind, link: u32) -> u32 {
        self.lots.push(&LotRow { net, fee, pool, birth: self.records.now, head: NONE, link, count: 0, kind })
    }

    /// Rule 3: money fills the pool's debts, oldest first, low end first. Returns the first position that is left over.
    fn fill(&mut self, pool: u32, lot: u32, money: Range<i64>) -> i64 {
        let mut from = money.start;
        while from < money.end {
            let Some((debt, gap)) = self.unfilled.first(pool) else { break };
            let len = (money.end - from).min(gap.end - gap.start);
            self.unfilled.cut(pool, debt, gap.start..gap.start + len);
            self.records.push(&mut self.lots, Record::new(lot, from, len, Use::Debt, debt, gap.start));
            from += len;
        }
        from
    }

    /// Rule 3: when a debt arises, the pool's free own income fills debts at once, oldest income and oldest debt first.
    pub(super) fn fill_from_own(&mut self, pool: u32) {
        while self.unfilled.first(pool).is_some() {
            let Some((lot, stretch)) = self.own.first(pool) else { break };
            let used = self.fill(pool, lot, stretch.clone());
            self.take_free(lot, stretch.start..used);
        }
    }

    pub(super) fn make_free(&mut self, lot: u32, stretch: Range<i64>) {
        let Some(row) = self.lots.get(lot) else { return };
        if row.kind == RowKind::OwnIncome {
            self.own.add(row.pool, lot, stretch.clone());
        }
        self.free.add(row.pool, lot, stretch);
    }

    pub(super) fn take_free(&mut self, lot: u32, stretch: Range<i64>) {
        let Some(row) = self.lots.get(lot) else { return };
        if row.kind == RowKind::OwnIncome {
            self.own.cut(row.pool, lot, stretch.clone());
        }
        self.free.cut(row.pool, lot, row.net, stretch);
    }

    /// The caller has checked that the balance fits (`balance_after`), so nothing is refused here.
    pub(super) fn change_balance(&mut self, pool: u32, change: i64) {
        let epoch = u64::from(self.records.now);
        let changed = self.pools.get_mut(index(pool)).map_or(Ok(()), |total| total.add(epoch, change));
        debug_assert_eq!(changed, Ok(()));
    }
}
