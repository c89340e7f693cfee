//! Drafts, before anybody signs them: what they would do, or why they would be refused.

use crate::{Head, Names};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most texts of one request.
pub const DRAFTS_MAX: usize = 64;

/// Texts to be tried, in order: each is decided on the books that the admitted ones before it leave. Nothing is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Drafts {
    /// 1 to 64 texts.
    #[schema(min_items = 1, max_items = 64)]
    pub drafts: Vec<Draft>,
}

/// A text that is about to be signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// The exact text, with its last newline and without signature lines; or a whole note, signed, where `signers` is empty.
    #[schema(example = "almoner/event@v1\nlog giving.example/ledger\n…")]
    pub text: String,
    /// The keys that will sign it, in any order; none where `text` is signed: then its signatures are verified.
    #[schema(max_items = 16, example = json!(["well/anna"]))]
    pub signers: Vec<String>,
}

/// The answer to a dry run. It is advice: nothing of it is signed or stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DryRun {
    /// After how many events of the log this holds.
    pub size: u64,
    /// The last event, at that size, of the chain of the first draft; none where there is no such chain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Head>,
    /// One for each draft, in their order.
    pub results: Vec<Tried>,
}

/// What would become of a draft; `admitted` tells them apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Tried {
    /// It would be admitted.
    Would(Box<Would>),
    /// It would not.
    WouldNot(Box<WouldNot>),
}

/// A draft that would be admitted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Would {
    /// Always true.
    pub admitted: bool,
    /// `<chain>#<seq>`
    #[schema(example = "well#12")]
    pub event: String,
    /// Its event hash: compare it with that of the text that you sign.
    pub hash: String,
    /// What the public will read, in each language that the pages have: language (BCP 47) → sentence.
    pub sentence: Names,
    /// What it does to the books, line by line.
    pub would: Vec<String>,
    /// The pools that it posts to, in the order of its postings.
    pub pools: Vec<PoolChange>,
    /// Of the payment that it asks for or approves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvals: Option<Approvals>,
    /// What is admitted and hardly meant.
    pub findings: Vec<Finding>,
    /// What would mend a finding.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fix: Vec<Fix>,
}

/// A draft that would be refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WouldNot {
    /// Always false.
    pub admitted: bool,
    /// The first refusal in the order of checks: what the event would be told.
    #[schema(example = "fund.overdrawn")]
    pub code: String,
    /// Codes of checks that it fails as well, whatever becomes of the first. There may be more.
    pub also: Vec<String>,
    /// What to do next.
    pub detail: String,
    /// What was met in this case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The member of data that it is about, as a path from the top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "gifts.0.fee")]
    pub member: Option<String>,
    /// What would mend it.
    pub fix: Vec<Fix>,
    /// Of a conflict: the chain's head to draft on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Head>,
}

/// What a pool can spend (at banks and on its way to them) before an event and after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PoolChange {
    /// `<chain>/fund/<id>`
    #[schema(example = "well/fund/water")]
    pub fund: String,
    /// `<chain>/project/<id>`; null for what is set aside for none.
    pub project: Option<String>,
    /// ISO 4217.
    pub currency: String,
    /// Before.
    pub before: String,
    /// After.
    pub after: String,
}

/// How many holders approve a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Approvals {
    /// So many must.
    pub needed: u32,
    /// So many have, with this event.
    pub have: u32,
}

/// Something that is admitted and hardly meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Finding {
    /// A stable word: `DUP`, `date.ahead`, `date.back`, `pool.overdrawn`.
    #[schema(example = "DUP")]
    pub code: String,
    /// The event that it reminds of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "well#3")]
    pub event: Option<String>,
    /// The member of data that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// One sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
}

/// An event that would mend a refusal or a finding, if it came before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fix {
    /// `allocate`: set money of the fund aside for the project.
    #[serde(rename = "do")]
    #[schema(example = "allocate")]
    pub action: String,
    /// `<chain>/fund/<id>`
    pub fund: String,
    /// `<chain>/project/<id>`
    pub project: String,
    /// `<chain>/account/<id>`
    pub account: String,
    /// ISO 4217.
    pub currency: String,
    /// How much.
    pub amount: String,
}
