//! The cell model and the engine side by side: every operation goes to both, every answer must be the same.

use super::model::{Model, Payer, Run, Sums};
use almoner_views::trail::{Fifo, Inflow, Lot, LotKind, Outflow, Outgo, Part, Pool};

/// Everything the two must agree on, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answers {
    /// Per model lot (one gift).
    pub(crate) sums: Vec<Sums>,
    /// Per model lot.
    pub(crate) runs: Vec<Vec<Run>>,
    /// Per pool.
    pub(crate) pools: Vec<i64>,
    /// Per outflow and position: the model lot and position behind it, or `None` for a debt.
    pub(crate) slots: Vec<Vec<Option<(usize, usize)>>>,
}

/// Both, and how the names of one are the names of the other.
#[derive(Debug, Default)]
pub(crate) struct Both {
    pub(crate) model: Model,
    pub(crate) engine: Fifo,
    pub(crate) pools: Vec<Pool>,
    /// Per model lot: the engine's lot and the gift's part of it.
    pub(crate) gifts: Vec<(Lot, Part)>,
    /// Lots of several gifts, by their model lots.
    pub(crate) events: Vec<std::ops::Range<usize>>,
    pub(crate) at: u64,
}

impl Both {
    pub(crate) fn new(pools: usize) -> Self {
        let mut both = Self::default();
        both.pools = (0..pools).map(|_| both.engine.open_pool().unwrap()).collect();
        both
    }

    /// One event of several gifts (gross, fee).
    pub(crate) fn inflow(&mut self, pool: usize, gifts: &[(usize, usize)], kind: Inflow) -> usize {
        let first = self.gifts.len();
        let net: usize = gifts.iter().map(|g| g.0 - g.1).sum();
        let fee: usize = gifts.iter().map(|g| g.1).sum();
        let lot = self.engine.inflow(self.at, self.pools[pool], whole(net), whole(fee), kind).unwrap();
        let (mut net_at, mut fee_at) = (0, whole(net));
        for &(gross, fee) in gifts {
            self.model.inflow(pool, gross, fee, kind == Inflow::OwnIncome);
            let part = Part { net: net_at..net_at + whole(gross - fee), fee: fee_at..fee_at + whole(fee) };
            (net_at, fee_at) = (part.net.end, part.fee.end);
            self.gifts.push((lot, part));
        }
        self.events.push(first..self.gifts.len());
        first
    }

    pub(crate) fn outflow(&mut self, pool: usize, amount: usize, kind: Outgo) -> usize {
        let state = match kind {
            Outgo::Spent => "spent",
            Outgo::Lent => "lent",
            Outgo::Sent => "in transit",
        };
        let outflow = self.engine.outflow(self.at, self.pools[pool], whole(amount), kind).unwrap();
        let name = self.model.outflow(pool, amount, state);
        assert_eq!(number(outflow), name);
        name
    }

    pub(crate) fn confirm(&mut self, outflow: usize, to: usize) -> usize {
        let lot = self.engine.confirm(self.at, id(outflow), self.pools[to]).unwrap();
        self.arrived(lot, outflow, to, self.model.outs[outflow].slots.len())
    }

    pub(crate) fn carry(&mut self, pool: usize, amount: usize, to: usize, arrives: usize) -> (usize, usize) {
        let (from, into) = (self.pools[pool], self.pools[to]);
        let (outflow, lot) = self.engine.carry(self.at, from, whole(amount), into, whole(arrives)).unwrap();
        let name = self.model.outflow(pool, amount, "in transit");
        assert_eq!(number(outflow), name);
        (name, self.arrived(lot, name, to, arrives))
    }

    fn arrived(&mut self, lot: Lot, outflow: usize, to: usize, arrives: usize) -> usize {
        let name = self.model.carry(outflow, to, arrives);
        assert_eq!(self.engine.arrived(id(outflow)), Some(lot));
        self.events.push(name..name + 1);
        self.gifts.push((lot, self.engine.whole(lot).unwrap()));
        name
    }

    pub(crate) fn refund(&mut self, gift: usize, amount: usize) {
        let (lot, part) = &self.gifts[gift];
        self.engine.refund(self.at, *lot, part, whole(amount)).unwrap();
        self.model.refund(gift, amount);
    }

    pub(crate) fn give_back(&mut self, outflow: usize, amount: usize) {
        self.engine.give_back(self.at, id(outflow), whole(amount)).unwrap();
        self.model.give_back(outflow, amount);
    }

    /// Reverses neighbouring gifts of one event.
    pub(crate) fn reverse_inflow(&mut self, gifts: std::ops::Range<usize>) {
        let ((lot, first), (_, last)) = (&self.gifts[gifts.start], &self.gifts[gifts.end - 1]);
        let part = Part { net: first.net.start..last.net.end, fee: first.fee.start..last.fee.end };
        self.engine.reverse_inflow(self.at, *lot, &part).unwrap();
        gifts.for_each(|gift| self.model.reverse_inflow(gift));
    }

    pub(crate) fn model_answers(&self) -> Answers {
        let lots = 0..self.gifts.len();
        let pools = self.model.pools();
        Answers {
            sums: lots.clone().map(|lot| self.model.sums(lot)).collect(),
            runs: lots.map(|lot| self.model.runs(lot)).collect(),
            pools: (0..self.pools.len()).map(|pool| pools.get(&pool).copied().unwrap_or(0)).collect(),
            slots: self
                .model
                .outs
                .iter()
                .map(|out| {
                    let real = |payer: &Payer| match *payer {
                        Payer::Real(cell) => Some(cell),
                        Payer::Debt(_) => None,
                    };
                    out.slots.iter().map(real).collect()
                })
                .collect(),
        }
    }

    /// The engine's answers about what the first `lots` gifts and `outflows` outflows were.
    pub(crate) fn engine_answers(&self, at: Option<u64>, lots: usize, outflows: usize) -> Answers {
        let gifts = &self.gifts[..lots];
        Answers {
            sums: gifts.iter().map(|gift| self.sums(gift, at)).collect(),
            runs: gifts.iter().map(|gift| self.runs(gift, at)).collect(),
            pools: self.pools.iter().map(|&pool| self.engine.spendable(pool, at).unwrap()).collect(),
            slots: (0..outflows).map(|outflow| self.slots(id(outflow), at)).collect(),
        }
    }

    fn sums(&self, (lot, part): &(Lot, Part), at: Option<u64>) -> Sums {
        let s = self.engine.sums(*lot, part, at).unwrap();
        let told = s.fee + s.spent + s.lent + s.in_transit + s.passed_on + s.free + s.refunded + s.reversed;
        assert_eq!(told - s.taken_over, s.gross, "rule 8 at {at:?}: {s:?}");
        Sums {
            gross: s.gross,
            fee: s.fee,
            spent: s.spent,
            lent: s.lent,
            in_transit: s.in_transit,
            passed_on: s.passed_on,
            free: s.free,
            refunded: s.refunded,
            reversed: s.reversed,
            taken_over: s.taken_over,
        }
    }

    fn runs(&self, (lot, part): &(Lot, Part), at: Option<u64>) -> Vec<Run> {
        let runs = self.engine.runs(*lot, part, at).unwrap();
        // Where no conversion lies in between, the runs tile the part: the fee, then the net.
        let fee = part.fee.end - part.fee.start;
        let plain = runs.iter().all(|run| run.from.is_some()) && total(&runs) == length(part);
        let mut told = 0;
        for run in runs.iter().filter(|_| plain) {
            let from = if told < fee { part.fee.start + told } else { part.net.start + told - fee };
            assert_eq!(run.from, Some(from), "{runs:?} of {part:?}");
            told += run.amount;
        }
        runs.into_iter().map(|run| (run.amount, run.state.name(), run.hops.into_iter().map(number).collect())).collect()
    }

    fn slots(&self, outflow: Outflow, at: Option<u64>) -> Vec<Option<(usize, usize)>> {
        let mut slots = Vec::new();
        for segment in self.engine.segments(outflow, at).unwrap() {
            for position in segment.from..segment.to {
                slots.push(match self.engine.lot(segment.lot).unwrap().kind {
                    LotKind::Debt => None,
                    LotKind::Inflow(_) | LotKind::Transfer(_) => Some(self.cell(segment.lot, position)),
                });
            }
        }
        slots
    }

    /// The model's name of a net position.
    fn cell(&self, lot: Lot, position: i64) -> (usize, usize) {
        let holds = |gift: &(Lot, Part)| gift.0 == lot && gift.1.net.contains(&position);
        let gift = self.gifts.iter().position(holds).unwrap();
        let part = &self.gifts[gift].1;
        let offset = (position - part.net.start) + (part.fee.end - part.fee.start);
        (gift, usize::try_from(offset).unwrap())
    }

    /// Compares everything now.
    pub(crate) fn check(&self, what: &str) -> Answers {
        let expected = self.model_answers();
        let got = self.engine_answers(None, self.gifts.len(), self.model.outs.len());
        assert_eq!(got, expected, "{what}");
        expected
    }
}

fn total(runs: &[almoner_views::trail::Run]) -> i64 {
    runs.iter().map(|run| run.amount).sum()
}

fn length(part: &Part) -> i64 {
    part.net.end - part.net.start + part.fee.end - part.fee.start
}

pub(crate) fn id(outflow: usize) -> Outflow {
    Outflow(u32::try_from(outflow).unwrap())
}

fn number(outflow: Outflow) -> usize {
    usize::try_from(outflow.0).unwrap()
}

fn whole(amount: usize) -> i64 {
    i64::try_from(amount).unwrap()
}
