//! A disbursement: a payment, from request to confirmation.

use super::Name;
use crate::data::Payee;
use crate::id::EntityNo;
use crate::money::Money;
use crate::words::words;
use almoner_proof::Hash;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU64;

words! {
    /// Where a disbursement stands.
    pub PaymentState {
        /// Waiting for approvals.
        Requested = "requested",
        /// As many approvers as the policy asks.
        Approved = "approved",
        /// Left the bank.
        Paid = "paid",
        /// The payee's chain says so.
        Confirmed = "confirmed",
        /// Came back.
        Failed = "failed",
    }
}

/// What is said of a disbursement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disbursement {
    /// The fund that pays.
    pub fund: EntityNo,
    /// The project.
    pub project: Option<EntityNo>,
    /// The grant that it is paid on.
    pub grant: Option<EntityNo>,
    /// The milestone that gates the grant's tranche.
    pub milestone: Option<EntityNo>,
    /// How much.
    pub amount: Money,
    /// To whom.
    pub payee: Payee,
    /// What for.
    pub purpose: String,
    /// Event hash of the request, which is what approvers sign.
    pub request: Hash,
    /// The holder who asked.
    pub requester: String,
    /// The holders who approved.
    pub approvers: Vec<String>,
    /// How many have to.
    pub needed: u32,
    /// Whether it is an expense, and not paid on a grant.
    pub expense: bool,
}

/// How a disbursement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisbursementStanding {
    /// Where it stands.
    pub state: PaymentState,
    /// Index of the event that paid it. The first of a log opens it, so no payment has the index 0; a number that may be
    /// 0 would make every entity's standing longer.
    pub paid_at: Option<NonZeroU64>,
    /// How much of it its grant owed, in minor units of its currency.
    pub from_payable: i64,
}

impl DisbursementStanding {
    /// The same payment when the event at an index has paid it.
    #[must_use]
    pub fn paid_by(self, index: u64) -> DisbursementStanding {
        DisbursementStanding { state: PaymentState::Paid, paid_at: NonZeroU64::new(index), ..self }
    }

    /// Index of the event that paid it.
    #[must_use]
    pub fn paid_index(self) -> Option<u64> {
        self.paid_at.map(NonZeroU64::get)
    }
}

impl Disbursement {
    /// It has no name.
    #[must_use]
    pub fn name(&self) -> Name<'_> {
        Name::Id
    }
}
