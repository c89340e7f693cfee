//! The reference of fifo/1: every minor unit is a cell, every rule of 3-GIVING §4 is written out cell by cell.
//!
//! Nothing here is shared with the engine and nothing is fast: a lot is one gift (fee at the low end, rule 2), an
//! event of several gifts is several lots, and every question walks every cell.

use std::collections::BTreeMap;

/// One minor unit of a real lot: (lot, position), the fee at the low end.
pub(crate) type Cell = (usize, usize);

/// What a cell is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Available.
    Free,
    /// Kept by the channel before it arrived.
    Fee,
    /// Position `.1` of outflow `.0`.
    Out(usize, usize),
    /// Fills a debt cell.
    Fills(usize),
    /// Gone: refunded or reversed out of free money, or (reversal) out of the fee.
    Gone,
    /// Came back after a debt had taken it over: stays closed.
    Closed,
}

/// Why a cell left its donor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// Refund.
    Refund,
    /// Reversal.
    Reversal,
}

/// Who stands behind a position of an outflow, or behind a debt cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payer {
    /// A cell of a real lot.
    Real(Cell),
    /// A debt cell.
    Debt(usize),
}

/// What a debt cell stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pays {
    /// A position of an outflow.
    Out(usize, usize),
    /// The fee of a gift.
    Fee,
    /// Another debt cell (it took over the cell that filled it).
    Debt(usize),
}

/// A real lot.
#[derive(Clone, Debug)]
pub(crate) struct Lot {
    /// Pool.
    pub(crate) pool: usize,
    /// Own income fills debts at once.
    pub(crate) own: bool,
    /// What each position does, whether a debt took it over (which), and why it left.
    pub(crate) cells: Vec<(Use, Option<usize>, Option<Why>)>,
}

/// An outflow.
#[derive(Clone, Debug)]
pub(crate) struct Out {
    /// Pool.
    pub(crate) pool: usize,
    /// Name of the state of what it holds, while not carried.
    pub(crate) state: &'static str,
    /// Who pays each position that has not come back.
    pub(crate) slots: Vec<Payer>,
    /// Transfer lot, boundary map A -> B.
    pub(crate) carried: Option<(usize, usize, usize)>,
}

/// One minor unit of debt.
#[derive(Clone, Debug)]
pub(crate) struct Debt {
    pool: usize,
    pays: Pays,
    /// The cell it took over, if it is not the debt of an outflow.
    took: Option<Cell>,
    filler: Option<Payer>,
    alive: bool,
}

/// Rule 8 for one lot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) gross: i64,
    pub(crate) fee: i64,
    pub(crate) spent: i64,
    pub(crate) lent: i64,
    pub(crate) in_transit: i64,
    pub(crate) passed_on: i64,
    pub(crate) free: i64,
    pub(crate) refunded: i64,
    pub(crate) reversed: i64,
    pub(crate) taken_over: i64,
}

/// amount, state, hops.
pub(crate) type Run = (i64, &'static str, Vec<usize>);

/// The model.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) lots: Vec<Lot>,
    pub(crate) outs: Vec<Out>,
    debts: Vec<Debt>,
}

impl Model {
    /// Rule 1 and 3: a lot; its net fills debts, oldest first, before anything else can use it.
    pub(crate) fn inflow(&mut self, pool: usize, gross: usize, fee: usize, own: bool) -> usize {
        let id = self.lots.len();
        let cells = (0..gross).map(|i| (if i < fee { Use::Fee } else { Use::Free }, None, None)).collect();
        self.lots.push(Lot { pool, own, cells });
        self.fill_from(id);
        id
    }

    /// Rule 3: free cells of lot `id` fill unfilled debt cells, both in order.
    fn fill_from(&mut self, id: usize) {
        for at in 0..self.lots[id].cells.len() {
            if self.lots[id].cells[at].0 != Use::Free {
                continue;
            }
            let pool = self.lots[id].pool;
            let Some(d) = self.debts.iter().position(|d| d.alive && d.filler.is_none() && d.pool == pool) else {
                return;
            };
            self.debts[d].filler = Some(Payer::Real((id, at)));
            self.lots[id].cells[at].0 = Use::Fills(d);
        }
    }

    fn fill_from_own(&mut self, pool: usize) {
        for id in 0..self.lots.len() {
            if self.lots[id].own && self.lots[id].pool == pool {
                self.fill_from(id);
            }
        }
    }

    /// Rule 3.
    pub(crate) fn outflow(&mut self, pool: usize, amount: usize, state: &'static str) -> usize {
        let o = self.outs.len();
        let mut slots = Vec::new();
        for (l, lot) in self.lots.iter_mut().enumerate().filter(|(_, l)| l.pool == pool) {
            for (p, cell) in lot.cells.iter_mut().enumerate() {
                if slots.len() < amount && cell.0 == Use::Free {
                    cell.0 = Use::Out(o, slots.len());
                    slots.push(Payer::Real((l, p)));
                }
            }
        }
        while slots.len() < amount {
            let pays = Pays::Out(o, slots.len());
            slots.push(Payer::Debt(self.debts.len()));
            self.debts.push(Debt { pool, pays, took: None, filler: None, alive: true });
        }
        self.outs.push(Out { pool, state, slots, carried: None });
        o
    }

    /// Rule 4.
    pub(crate) fn carry(&mut self, o: usize, to: usize, arrives: usize) -> usize {
        let lot = self.inflow(to, arrives, 0, false);
        self.outs[o].carried = Some((lot, self.outs[o].slots.len(), arrives));
        lot
    }

    /// Rule 5.
    pub(crate) fn refund(&mut self, lot: usize, amount: usize) {
        self.leave(lot, amount, Why::Refund);
    }

    /// Rule 6, second sentence: the whole lot, where it has not left already.
    pub(crate) fn reverse_inflow(&mut self, lot: usize) {
        for cell in &mut self.lots[lot].cells {
            if cell.0 == Use::Fee && cell.1.is_none() {
                *cell = (Use::Gone, None, Some(Why::Reversal));
            }
        }
        let rest = self.lots[lot].cells.iter().filter(|c| c.2.is_none()).count();
        self.leave(lot, rest, Why::Reversal);
    }

    fn leave(&mut self, lot: usize, mut amount: usize, why: Why) {
        let pool = self.lots[lot].pool;
        for cell in self.lots[lot].cells.iter_mut().rev() {
            if amount > 0 && cell.0 == Use::Free {
                *cell = (Use::Gone, None, Some(why));
                amount -= 1;
            }
        }
        let mut taken: Vec<usize> = (0..self.lots[lot].cells.len())
            .rev()
            .filter(|&p| self.lots[lot].cells[p].2.is_none())
            .take(amount)
            .collect();
        assert_eq!(taken.len(), amount, "a gift cannot give back more than it brought");
        taken.reverse();
        let before = self.debts.len();
        for p in taken {
            let d = self.debts.len();
            let pays = match self.lots[lot].cells[p].0 {
                Use::Fee => Pays::Fee,
                Use::Out(o, slot) => {
                    self.outs[o].slots[slot] = Payer::Debt(d);
                    Pays::Out(o, slot)
                }
                Use::Fills(e) => {
                    self.debts[e].filler = Some(Payer::Debt(d));
                    Pays::Debt(e)
                }
                other @ (Use::Free | Use::Gone | Use::Closed) => panic!("{other:?} cannot be taken over"),
            };
            self.lots[lot].cells[p].1 = Some(d);
            self.lots[lot].cells[p].2 = Some(why);
            self.debts.push(Debt { pool, pays, took: Some((lot, p)), filler: None, alive: true });
        }
        if self.debts.len() > before {
            self.fill_from_own(pool);
        }
    }

    /// Rule 6, first sentence.
    pub(crate) fn give_back(&mut self, o: usize, amount: usize) {
        for _ in 0..amount {
            let mut next = self.outs[o].slots.pop();
            // A position that was taken over stays closed, the debt shrinks, what fills it is freed in its turn.
            while let Some(payer) = next.take() {
                match payer {
                    Payer::Real((l, p)) => self.lots[l].cells[p].0 = Use::Free,
                    Payer::Debt(d) => {
                        self.debts[d].alive = false;
                        next = self.debts[d].filler.take();
                        if let Some((l, p)) = self.debts[d].took {
                            self.lots[l].cells[p].0 = Use::Closed;
                            self.lots[l].cells[p].1 = None;
                        }
                    }
                }
            }
        }
    }

    /// Rule 8.
    pub(crate) fn sums(&self, lot: usize) -> Sums {
        let mut s = Sums::default();
        for &(used, taken, why) in &self.lots[lot].cells {
            s.gross += 1;
            match why {
                Some(Why::Refund) => s.refunded += 1,
                Some(Why::Reversal) => s.reversed += 1,
                None => {}
            }
            s.taken_over += i64::from(taken.is_some());
            let mut pays = match used {
                Use::Free => {
                    s.free += 1;
                    continue;
                }
                Use::Gone | Use::Closed => continue,
                Use::Fee => Pays::Fee,
                Use::Out(o, p) => Pays::Out(o, p),
                Use::Fills(d) => self.debts[d].pays,
            };
            while let Pays::Debt(d) = pays {
                pays = self.debts[d].pays;
            }
            match pays {
                Pays::Out(o, _) if self.outs[o].carried.is_some() => s.passed_on += 1,
                Pays::Out(o, _) if self.outs[o].state == "spent" => s.spent += 1,
                Pays::Out(o, _) if self.outs[o].state == "lent" => s.lent += 1,
                Pays::Out(..) => s.in_transit += 1,
                Pays::Fee | Pays::Debt(_) => s.fee += 1,
            }
        }
        s
    }

    /// The trail of a gift.
    pub(crate) fn runs(&self, lot: usize) -> Vec<Run> {
        let mut out: Vec<Run> = Vec::new();
        for p in 0..self.lots[lot].cells.len() {
            let mut todo = vec![((lot, p), Vec::new())];
            while let Some(((l, p), mut hops)) = todo.pop() {
                let (used, taken, why) = self.lots[l].cells[p];
                let state = if taken.is_some() {
                    "taken over"
                } else {
                    let mut pays = match used {
                        Use::Fills(d) => Some(self.debts[d].pays),
                        Use::Out(o, p) => Some(Pays::Out(o, p)),
                        Use::Free | Use::Fee | Use::Gone | Use::Closed => None,
                    };
                    while let Some(Pays::Debt(d)) = pays {
                        pays = Some(self.debts[d].pays);
                    }
                    match (pays, used) {
                        (Some(Pays::Out(o, slot)), _) => {
                            hops.push(o);
                            if let Some((to, a, b)) = self.outs[o].carried {
                                if to == lot {
                                    // Only a transfer lot can come round, through a debt of its own making.
                                    for _ in slot * b / a..(slot + 1) * b / a {
                                        tell(&mut out, "circular", &hops);
                                    }
                                    continue;
                                }
                                for c in (slot * b / a..(slot + 1) * b / a).rev() {
                                    todo.push(((to, c), hops.clone()));
                                }
                                continue;
                            }
                            self.outs[o].state
                        }
                        (Some(_), _) | (None, Use::Fee) => "fee",
                        (None, Use::Free) => "free",
                        (None, Use::Closed) => "taken over",
                        (None, _) => match why {
                            Some(Why::Refund) => "refunded",
                            Some(Why::Reversal) | None => "reversed",
                        },
                    }
                };
                tell(&mut out, state, &hops);
            }
        }
        out
    }

    /// Rule 8, last part: free minus unfilled debt, per pool.
    pub(crate) fn pools(&self) -> BTreeMap<usize, i64> {
        let mut pools = BTreeMap::new();
        for lot in &self.lots {
            *pools.entry(lot.pool).or_insert(0) += lot.cells.iter().filter(|c| c.0 == Use::Free).count() as i64;
        }
        for out in &self.outs {
            pools.entry(out.pool).or_insert(0);
        }
        for d in self.debts.iter().filter(|d| d.alive && d.filler.is_none()) {
            *pools.entry(d.pool).or_insert(0) -= 1;
        }
        pools
    }
}

fn tell(out: &mut Vec<Run>, state: &'static str, hops: &[usize]) {
    match out.last_mut() {
        Some(last) if last.1 == state && last.2 == hops => last.0 += 1,
        Some(_) | None => out.push((1, state, hops.to_vec())),
    }
}
