//! Refusals of the trail. Each is an impossible call; the caller's admission rules refuse the event before it gets here.

/// Why the trail refused a call. A refused call changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrailError {
    /// The event's log index is below that of an earlier call.
    #[error("log index {at} comes after {last} was folded")]
    OutOfOrder {
        /// The index that was passed.
        at: u64,
        /// The newest index already folded.
        last: u64,
    },
    /// No such pool was opened.
    #[error("pool {0} is unknown")]
    UnknownPool(u32),
    /// No such lot, or it is a debt lot where a real one is needed.
    #[error("lot {0} is unknown or a debt")]
    UnknownLot(u32),
    /// No such outflow.
    #[error("outflow {0} is unknown")]
    UnknownOutflow(u32),
    /// An amount is negative, or zero where something has to move.
    #[error("amount {0} cannot move")]
    BadAmount(i64),
    /// The part does not lie inside the lot's net money and fees.
    #[error("the part lies outside lot {0}")]
    BadPart(u32),
    /// More is refunded than the gift still carries.
    #[error("refund of {asked}, but the gift still carries {carried}")]
    RefundTooMuch {
        /// What was asked, minor units.
        asked: i64,
        /// What is neither refunded nor reversed yet, minor units.
        carried: i64,
    },
    /// More comes back than the outflow still holds.
    #[error("{asked} comes back, but the outflow holds {left}")]
    GiveBackTooMuch {
        /// What was asked, minor units.
        asked: i64,
        /// What has not come back yet, minor units.
        left: i64,
    },
    /// Only a `Sent` outflow can be confirmed, and once.
    #[error("outflow {0} is not in transit")]
    NotInTransit(u32),
    /// A sum leaves 64 bits.
    #[error("amounts exceed 64 bits")]
    Overflow,
    /// More lots, outflows or records than 32-bit ids can name.
    #[error("the trail is full")]
    Full,
    /// pro-rata/1 shares at most the open balances.
    #[error("{amount} cannot be shared by open balances of {open}")]
    MoreThanOpen {
        /// The outflow, minor units.
        amount: i64,
        /// Sum of the open balances, minor units.
        open: i64,
    },
    /// pro-rata/1 is allowed for a bounded number of open gifts (`attribution.too_many`).
    #[error("{0} open gifts are too many for pro-rata/1")]
    TooManyOpen(usize),
}
