//! Entities: what events open and change. Ids are chosen by the author, unique per kind and chain,
//! and never used again.

use crate::books::ChainNo;
use crate::data::{Date, Payee, Words};
use crate::money::{Currency, Money};
use almoner_proof::Hash;
use std::collections::BTreeMap;

/// An entity's number in the books, dense from 0 in order of opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntityNo(pub u32);

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }
        impl $name {
            /// Every value.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
            /// The word on the wire.
            #[must_use]
            pub fn word(self) -> &'static str { match self { $($name::$variant => $word),+ } }
            /// Reads the word.
            #[must_use]
            pub fn parse(text: &str) -> Option<$name> { $name::ALL.iter().copied().find(|v| v.word() == text) }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.word()) }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                $name::parse(&text).ok_or_else(|| {
                    let all: Vec<&str> = $name::ALL.iter().map(|v| v.word()).collect();
                    serde::de::Error::custom(format!("data.invalid: {text} is none of {}", all.join(", ")))
                })
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Kinds of entity.
    EntityKind {
        /// Where money lies.
        Account = "account",
        /// Money with a purpose and a restriction.
        Fund = "fund",
        /// Work of several chains under one name.
        Programme = "programme",
        /// An announced total, owed to nobody.
        Envelope = "envelope",
        /// Work that a fund pays for.
        Project = "project",
        /// An appeal.
        Campaign = "campaign",
        /// An intention to give.
        Pledge = "pledge",
        /// A binding promise to the beneficiary.
        Commitment = "commitment",
        /// A promise to a recipient.
        Grant = "grant",
        /// A payment, from request to confirmation.
        Disbursement = "disbursement",
        /// What is to be achieved, and who attests it.
        Milestone = "milestone",
        /// A supervisor's stop.
        Hold = "hold",
        /// An imported file.
        Import = "import",
    }
}

words! {
    /// Fund classes (Charities SORP; ASC 958; agency money is never income).
    FundClass {
        /// Free.
        Unrestricted = "unrestricted",
        /// Free, set aside by the trustees.
        Designated = "designated",
        /// For the donor's purpose.
        Restricted = "restricted",
        /// Capital that may be spent.
        EndowmentExpendable = "endowment-expendable",
        /// Capital that may not.
        EndowmentPermanent = "endowment-permanent",
        /// Others' money, held for them.
        Agency = "agency",
    }
}

words! {
    /// Kinds of account.
    AccountKind {
        /// A bank account.
        Bank = "bank",
        /// A payment wallet.
        Wallet = "wallet",
        /// A cash box.
        Cash = "cash",
        /// Money at a giving platform.
        Platform = "platform",
    }
}

words! {
    /// A project's life.
    ProjectStatus {
        /// Proposed.
        Proposed = "proposed",
        /// Approved.
        Approved = "approved",
        /// Under way.
        Implementing = "implementing",
        /// Paused.
        Suspended = "suspended",
        /// Winding up.
        Finalising = "finalising",
        /// Done; every pool at zero.
        Closed = "closed",
        /// Given up.
        Cancelled = "cancelled",
        /// Gone to a chain of its own.
        SpunOff = "spun-off",
    }
}

words! {
    /// Function of an expense (Charities SORP).
    Function {
        /// For the purpose.
        Charitable = "charitable",
        /// To raise money.
        RaisingFunds = "raising-funds",
        /// To run the charity.
        Management = "management",
    }
}

words! {
    /// Natural class of an expense.
    NaturalClass {
        /// Wages.
        Staff = "staff",
        /// Goods and supplies.
        Goods = "goods",
        /// Services bought.
        Services = "services",
        /// Building.
        Construction = "construction",
        /// Equipment.
        Equipment = "equipment",
        /// Medical supplies and care.
        Medical = "medical",
        /// Travel.
        Travel = "travel",
        /// Premises.
        Premises = "premises",
        /// Training and scholarships.
        Training = "training",
        /// Support paid to persons.
        Support = "support",
        /// Communication.
        Communication = "communication",
        /// Professional fees.
        Professional = "professional",
        /// Fees of payment channels.
        PaymentFees = "payment-fees",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// What a chain is admitted as.
    ChainRole {
        /// A charity.
        Charity = "charity",
        /// Gives.
        Sponsor = "sponsor",
        /// A giving platform.
        Platform = "platform",
        /// Attests milestones.
        Reviewer = "reviewer",
        /// Supervises.
        Regulator = "regulator",
        /// Receives: a village committee, a supplier.
        Payee = "payee",
        /// Brings other people's reports.
        Importer = "importer",
    }
}

impl ProjectStatus {
    /// Whether nothing new is booked on the project.
    #[must_use]
    pub fn is_over(self) -> bool {
        match self {
            ProjectStatus::Closed | ProjectStatus::Cancelled | ProjectStatus::SpunOff => true,
            ProjectStatus::Proposed
            | ProjectStatus::Approved
            | ProjectStatus::Implementing
            | ProjectStatus::Suspended
            | ProjectStatus::Finalising => false,
        }
    }
}

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
