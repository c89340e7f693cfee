//! The words of the trail: ids, kinds, and the shapes of its answers (3-GIVING §4). Amounts are minor units.

use std::ops::Range;

/// A queue of lots: one chain, fund, project and currency. Handed out by [`super::Fifo::open_pool`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pool(pub u32);

/// An inflow (one per event, however many gifts it carries) or a debt lot, in log order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lot(pub u32);

/// Money that left a pool, in log order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outflow(pub u32);

/// What an inflow from outside is (rule 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inflow {
    /// Gifts, in event order.
    Gift,
    /// Interest, surplus: the only money that fills a new debt at once (rule 3).
    OwnIncome,
    /// An opening balance: money from before the ledger.
    Before,
}

/// What a lot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LotKind {
    /// Money from outside.
    Inflow(Inflow),
    /// What an outflow of another pool brought (rule 4).
    Transfer(Outflow),
    /// What a pool lacked, or what took over a donor's money (rules 3, 5 and 6).
    Debt,
}

/// Where an outflow's money went (rule 7: investments and recoverables are lent, not spent).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outgo {
    /// Spent, or paid to somebody who is not on the log.
    Spent,
    /// Lent or invested: expected back.
    Lent,
    /// Paid to somebody on the log who has not confirmed it yet.
    Sent,
}

/// Some gifts of a lot, as positions. A lot's net money is `0..net`, its fees are `net..net + fee`, both in event order;
/// the caller computes a gift's ranges from the event's bytes, so that nothing is stored per gift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Positions of the net money, inside `0..net`.
    pub net: Range<i64>,
    /// Positions of the fees, inside `net..net + fee`.
    pub fee: Range<i64>,
}

/// A lot as it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LotFacts {
    /// Its pool.
    pub pool: Pool,
    /// What it is.
    pub kind: LotKind,
    /// Net money.
    pub net: i64,
    /// Fees kept on the way.
    pub fee: i64,
}

/// Rule 8: `fee + spent + lent + in_transit + passed_on + free + refunded + reversed - taken_over == gross`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Net and fee as they came in.
    pub gross: i64,
    /// Kept on the way (and not reversed), or filling a debt that stands for a fee.
    pub fee: i64,
    /// Counted towards spending.
    pub spent: i64,
    /// Counted towards loans and investments.
    pub lent: i64,
    /// Counted towards payments not confirmed yet.
    pub in_transit: i64,
    /// Counted towards another pool's money.
    pub passed_on: i64,
    /// Still there.
    pub free: i64,
    /// Given back to the donor.
    pub refunded: i64,
    /// Undone by a reversal.
    pub reversed: i64,
    /// Refunded or reversed, and still counted above because a debt lot carries it on.
    pub taken_over: i64,
}

/// Where a stretch of money is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Kept on the way, or filling a debt that stands for a fee.
    Fee,
    /// Still in the pool where the hops end.
    Free,
    /// Spent.
    Spent,
    /// Lent or invested.
    Lent,
    /// Paid, not confirmed.
    InTransit,
    /// Refunded out of free money.
    Refunded,
    /// Reversed out of free money or fee.
    Reversed,
    /// Refunded or reversed after it had been used: a debt lot carries it.
    TakenOver,
    /// Came round to the lot that was asked about: a transfer that fills the very debt it was paid from. Never part of
    /// a gift's trail, because every position has one source and a gift's has none.
    Circular,
}

impl State {
    /// The word used in the vectors and on the page.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fee => "fee",
            Self::Free => "free",
            Self::Spent => "spent",
            Self::Lent => "lent",
            Self::InTransit => "in transit",
            Self::Refunded => "refunded",
            Self::Reversed => "reversed",
            Self::TakenOver => "taken over",
            Self::Circular => "circular",
        }
    }
}

/// A stretch of a gift with one fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// In minor units of the currency of where the money is now.
    pub amount: i64,
    /// First position in the lot asked about; `None` behind a conversion, where positions are not one to one.
    pub from: Option<i64>,
    /// Where it is.
    pub state: State,
    /// The outflows it went through, first to last.
    pub hops: Vec<Outflow>,
}

/// What stands behind a stretch of an outflow: positions `from..to` of a lot, in order of the outflow's own positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// A real lot or a debt lot.
    pub lot: Lot,
    /// First position in it.
    pub from: i64,
    /// One past the last position.
    pub to: i64,
}
