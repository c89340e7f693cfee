//! Entities: what events open and change. Ids are chosen by the author, unique per kind and chain,
//! and never used again.
//!
//! An entity is what was said of it and how it stands. What was said is long, changes seldom and is shared by all who
//! keep it; how it stands is a few numbers, changes with nearly every event that names it, and is copied.

use crate::currency::Currency;
use crate::data::{Date, Payee, Words};
use crate::id::{ChainNo, EntityNo};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::words::{AccountKind, EntityKind, FundClass, ProjectStatus, words};
use almoner_proof::Hash;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

words! {
    /// Where a promise stands.
    pub PromiseState {
        /// Open.
        Open = "open",
        /// Paid in full.
        Fulfilled = "fulfilled",
        /// Withdrawn.
        Cancelled = "cancelled",
        /// Carried on by a spun-off chain.
        Moved = "moved",
    }
}

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

words! {
    /// Where a milestone stands.
    pub MilestoneState {
        /// Planned.
        Planned = "planned",
        /// Evidence is in.
        Evidenced = "evidenced",
        /// k of n reviewers attested.
        Attested = "attested",
    }
}

/// An opened entity as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// Number in the books.
    pub no: EntityNo,
    /// Whose.
    pub chain: ChainNo,
    /// What.
    pub kind: EntityKind,
    /// Its id.
    pub id: String,
    /// Log index of the event that opened it.
    pub opened: u64,
    /// What events said of it; the books and every reader keep the same one.
    pub said: Arc<Said>,
    /// How it stands.
    pub standing: Standing,
}

impl Entity {
    /// What was said and how it stands, to take apart together.
    #[must_use]
    pub fn parts(&self) -> (&Said, Standing) {
        (&self.said, self.standing)
    }

    /// What is said of a grant when one of its tranches is this.
    #[must_use]
    pub fn with_tranche(&self, tranche: Tranche) -> Said {
        let mut said = Said::clone(&self.said);
        if let Said::Grant { tranches, .. } = &mut said
            && let Some(place) = tranches.iter_mut().find(|t| t.milestone == tranche.milestone)
        {
            *place = tranche;
        }
        said
    }
}

/// A grant's tranche, gated by a milestone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tranche {
    /// The milestone.
    pub milestone: EntityNo,
    /// How much.
    pub amount: Money,
    /// Whether it may be paid before the milestone is attested.
    pub advance: bool,
    /// Whether it has been earned.
    pub earned: bool,
    /// Paid so far.
    pub paid: Money,
}

/// What a hold names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum HoldTarget {
    /// Everything of a chain.
    Chain(ChainNo),
    /// One fund or project.
    Entity(EntityNo),
}

/// Where a project went that left for a chain of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    /// The chain that may adopt it.
    pub to: ChainNo,
    /// The status that it left in, and comes back in if the spin-off is reversed.
    pub from: ProjectStatus,
}

/// What events said of an entity. Texts are what pages show. What changes here changes seldom: each change is a new one
/// as a whole.
#[allow(missing_docs, reason = "the members are those of the events that set them, see docs/EVENTS.md")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// An account.
    Account { kind: AccountKind, currency: Currency, name: Words },
    /// A fund.
    Fund {
        class: FundClass,
        purpose: String,
        name: Words,
        until: Option<Date>,
        sensitive: bool,
        programme: Option<EntityNo>,
    },
    /// A programme.
    Programme { name: Words },
    /// An announced envelope.
    Envelope { name: Words, amount: Money, programmes: Vec<EntityNo>, from_year: u32, to_year: u32 },
    /// A project.
    Project {
        title: Words,
        summary: String,
        programme: Option<EntityNo>,
        target: Option<Money>,
        budget: Vec<(String, Money)>,
    },
    /// A campaign.
    Campaign { title: Words, fund: EntityNo, project: Option<EntityNo>, target: Money },
    /// A pledge: on the beneficiary's chain with `fund`, on the sponsor's with `to`.
    Pledge { amount: Money, fund: Option<EntityNo>, to: Option<ChainNo>, programme: Option<EntityNo> },
    /// A binding commitment.
    Commitment { amount: Money, fund: EntityNo, project: Option<EntityNo>, conditional: bool },
    /// A grant.
    Grant {
        recipient: Payee,
        fund: EntityNo,
        project: Option<EntityNo>,
        amount: Money,
        accepted: bool,
        tranches: Vec<Tranche>,
    },
    /// A disbursement.
    Disbursement {
        fund: EntityNo,
        project: Option<EntityNo>,
        grant: Option<EntityNo>,
        milestone: Option<EntityNo>,
        amount: Money,
        payee: Payee,
        purpose: String,
        request: Hash,
        requester: String,
        approvers: Vec<String>,
        needed: u32,
        expense: bool,
    },
    /// A milestone.
    Milestone {
        project: EntityNo,
        title: Words,
        indicator: String,
        target: String,
        unit: String,
        due: Date,
        reviewers: Vec<ChainNo>,
        /// Chains whose grants name it, with how many do.
        payers: BTreeMap<ChainNo, u32>,
        quorum: u32,
        evidence: Option<Hash>,
        attested: Vec<ChainNo>,
    },
    /// A hold.
    Hold { on: HoldTarget, basis: String, expires: Option<Date> },
    /// An imported file.
    Import { sha256: String, publisher: String, name: String },
    /// An activity of an imported file; `import` is the one that told it last.
    Activity { identifier: String, title: Words, publisher: String, import: EntityNo },
}

impl Said {
    /// The currency of the amounts in its [`Standing`], if there are any.
    #[must_use]
    pub fn currency(&self) -> Option<Currency> {
        match self {
            Said::Campaign { target: amount, .. }
            | Said::Pledge { amount, .. }
            | Said::Commitment { amount, .. }
            | Said::Grant { amount, .. }
            | Said::Disbursement { amount, .. } => Some(amount.currency()),
            Said::Account { .. }
            | Said::Fund { .. }
            | Said::Programme { .. }
            | Said::Envelope { .. }
            | Said::Project { .. }
            | Said::Milestone { .. }
            | Said::Hold { .. }
            | Said::Import { .. }
            | Said::Activity { .. } => None,
        }
    }
}

/// How an entity stands. Amounts are minor units of the currency that stands in its [`Said`].
#[allow(missing_docs, reason = "the members are those of the events that set them, see docs/EVENTS.md")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// An account, fund, programme, envelope or activity: it stands as it was opened.
    Fixed,
    /// An import, and the newer file that took its place.
    Import { replaced_by: Option<EntityNo> },
    /// A project; `gone` while it is spun off.
    Project { status: ProjectStatus, gone: Option<Gone> },
    /// A campaign.
    Campaign { received: i64, open: bool },
    /// A pledge.
    Pledge { paid: i64, state: PromiseState },
    /// A commitment. `receivable` is recognised and unpaid; `advance` is cash held while conditional.
    Commitment { receivable: i64, advance: i64, paid: i64, state: PromiseState },
    /// A grant. `payable` is recognised and unpaid, `prepaid` is paid before it was earned.
    Grant { payable: i64, prepaid: i64, paid: i64 },
    /// A disbursement; `paid_at` is the index of the event that paid it, `from_payable` how much of it a grant owed.
    Disbursement { state: PaymentState, paid_at: Option<u64>, from_payable: i64 },
    /// A milestone.
    Milestone { state: MilestoneState },
    /// A hold.
    Hold { lifted: bool },
}

// Books and readers keep one for every change of every entity.
const _: () = assert!(size_of::<Standing>() == 32);

/// Adds to an amount of a [`Standing`].
///
/// # Errors
/// `amount.too_large`.
pub(crate) fn raise(minor: &mut i64, by: Money) -> Result<(), Refusal> {
    *minor = by.alike(*minor).plus(by)?.minor();
    Ok(())
}

/// Takes from an amount of a [`Standing`].
///
/// # Errors
/// `amount.too_large`.
pub(crate) fn lower(minor: &mut i64, by: Money) -> Result<(), Refusal> {
    *minor = by.alike(*minor).minus(by)?.minor();
    Ok(())
}
