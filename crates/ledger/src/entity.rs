//! Entities: what events open and change. Ids are chosen by the author, unique per kind and chain,
//! and never used again.

use crate::currency::Currency;
use crate::data::{Date, Payee, Words};
use crate::id::{ChainNo, EntityNo};
use crate::money::Money;
use crate::words::{AccountKind, EntityKind, FundClass, ProjectStatus};
use almoner_proof::Hash;
use std::collections::BTreeMap;

/// Where a promise stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromiseState {
    /// Open.
    Open,
    /// Paid in full.
    Fulfilled,
    /// Withdrawn.
    Cancelled,
    /// Carried on by a spun-off chain.
    Moved,
}

/// Where a disbursement stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentState {
    /// Waiting for approvals.
    Requested,
    /// As many approvers as the policy asks.
    Approved,
    /// Left the bank.
    Paid,
    /// The payee's chain says so.
    Confirmed,
    /// Came back.
    Failed,
}

/// Where a milestone stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MilestoneState {
    /// Planned.
    Planned,
    /// Evidence is in.
    Evidenced,
    /// k of n reviewers attested.
    Attested,
}

/// An opened entity as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// What is particular to its kind.
    pub body: Body,
}

/// A grant's tranche, gated by a milestone.
#[derive(Debug, Clone, PartialEq, Eq)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HoldTarget {
    /// Everything of a chain.
    Chain(ChainNo),
    /// One fund or project.
    Entity(EntityNo),
}

/// What is particular to a kind of entity. Texts are what pages show; amounts are what the event
/// said, or what has become of it since.
#[allow(missing_docs, reason = "the members are those of the events that set them, see docs/EVENTS.md")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
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
        status: ProjectStatus,
        programme: Option<EntityNo>,
        target: Option<Money>,
        budget: Vec<(String, Money)>,
        gone_to: Option<ChainNo>,
    },
    /// A campaign.
    Campaign { title: Words, fund: EntityNo, project: Option<EntityNo>, target: Money, received: Money, open: bool },
    /// A pledge: on the beneficiary's chain with `fund`, on the sponsor's with `to`.
    Pledge {
        amount: Money,
        fund: Option<EntityNo>,
        to: Option<ChainNo>,
        programme: Option<EntityNo>,
        paid: Money,
        state: PromiseState,
    },
    /// A binding commitment. `receivable` is recognised and unpaid; `advance` is cash held while conditional.
    Commitment {
        amount: Money,
        fund: EntityNo,
        project: Option<EntityNo>,
        conditional: bool,
        receivable: Money,
        advance: Money,
        paid: Money,
        state: PromiseState,
    },
    /// A grant. `payable` is recognised and unpaid, `prepaid` is paid before it was earned.
    Grant {
        recipient: Payee,
        fund: EntityNo,
        project: Option<EntityNo>,
        amount: Money,
        payable: Money,
        prepaid: Money,
        paid: Money,
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
        state: PaymentState,
        paid_at: Option<u64>,
        from_payable: Money,
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
        state: MilestoneState,
    },
    /// A hold.
    Hold { on: HoldTarget, basis: String, expires: Option<Date>, lifted: bool },
    /// An imported file.
    Import { sha256: String, publisher: String, name: String },
}
