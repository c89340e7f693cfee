//! # wire: what goes over HTTP
//!
//! **Here:** a type for every answer of the API and for what is sent to it. Who writes an answer and who reads one (the
//! server, the command line, tests, the OpenAPI document) have the same type.
//!
//! **Not here:** where the values come from, HTTP itself, rules. Nothing here is checked: what is read is the word of
//! whoever wrote it. Members may be added; readers pass over those that they do not know.
//!
//! Amounts are decimal strings with every digit of their currency. Hashes and keys are base64 (RFC 4648, section 4).
//! Times are RFC 3339, days `YYYY-MM-DD`. An entity is always named `<chain>/<kind>/<id>`, an event `<chain>#<seq>`.
//!
//! **Callers:** views, server, cli. **Ruled by:** `docs/FORMATS.md`, sections 15 to 17.

#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects, clippy::wildcard_enum_match_arm))]

mod balance;
mod chain;
mod code;
mod draft;
mod entity;
mod event;
mod gift;
mod kind;
mod log;
mod observed;
mod page;
mod point;
mod problem;
mod promise;
mod submit;
mod totals;
mod work;

pub use balance::{BalanceRow, Balances};
pub use chain::{Chain, ChainRow, Chains, Key, KeyState};
pub use code::{Advice, Codes};
pub use draft::{Approvals, DRAFTS_MAX, Draft, Drafts, DryRun, Finding, Fix, PoolChange, Tried, Would, WouldNot};
pub use entity::{Account, Accounts, Fund, FundFigures, Funds, Opened, Payee, PoolTotals, Told};
pub use event::{Event, EventRow, EventTold, Events};
pub use gift::{Gift, GiftTold, GivenBack, Hop, How, Segment, Step};
pub use kind::{Kind, KindRow, Kinds};
pub use log::{Index, Link, Log, Rules};
pub use observed::{
    Activities, Activity, ActivityFigures, Gone, Import, ImportFigures, Imports, Observed, ObservedList, ObservedRow,
    ReportedTotals,
};
pub use page::{Paged, Parts, Plain};
pub use point::{EventAt, Head, Tree};
pub use problem::Problem;
pub use promise::{
    Commitment, Commitments, Disbursement, Disbursements, Envelope, Envelopes, Grant, Grants, Pledge, Pledges, Tranche,
};
pub use submit::{Accepted, Outcome, Results, Submission, Submitted};
pub use totals::{Amount, LogTotals, Totals};
pub use work::{
    BudgetLine, Campaign, CampaignState, Campaigns, Hold, HoldState, Holds, Milestone, Milestones, Programme,
    Programmes, Project, ProjectFigures, Projects,
};

/// What something is called: language (BCP 47) → name.
pub type Names = std::collections::BTreeMap<String, String>;
