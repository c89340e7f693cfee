//! Promises of money and their payments.

use crate::page::page;
use crate::{EventAt, Names, Opened, Payee};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

page! {
    /// A page of envelopes.
    Envelopes, envelopes: Envelope
}

/// An announced total, owed to nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Envelope {
    /// What every entity says.
    #[serde(flatten)]
    pub opened: Opened,
    /// What it is called.
    pub name: Names,
    /// ISO 4217.
    pub currency: String,
    /// How much was announced.
    pub amount: String,
    /// The programmes that it is for, `<chain>/programme/<id>`.
    pub programmes: Vec<String>,
    /// First year.
    pub from_year: u32,
    /// Last year.
    pub to_year: u32,
    /// That it is owed to nobody.
    pub note: String,
}

page! {
    /// A page of pledges.
    Pledges, pledges: Pledge
}

/// An intention to give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Pledge {
    /// What every entity says.
    #[serde(flatten)]
    pub opened: Opened,
    /// ISO 4217.
    pub currency: String,
    /// How much.
    pub amount: String,
    /// On the beneficiary's chain: the fund that it is for.
    pub fund: Option<String>,
    /// On the sponsor's chain: the beneficiary's.
    pub to: Option<String>,
    /// The programme that it belongs to.
    pub programme: Option<String>,
    /// Paid so far.
    pub paid: String,
    /// open, fulfilled, cancelled or moved.
    #[schema(example = "open")]
    pub state: String,
}

page! {
    /// A page of commitments.
    Commitments, commitments: Commitment
}

/// A binding promise to the beneficiary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Commitment {
    /// What every entity says.
    #[serde(flatten)]
    pub opened: Opened,
    /// ISO 4217.
    pub currency: String,
    /// How much.
    pub amount: String,
    /// The fund that it is for.
    pub fund: String,
    /// The project.
    pub project: Option<String>,
    /// Whether it depends on a condition.
    pub conditional: bool,
    /// Recognised and unpaid.
    pub receivable: String,
    /// Cash held while it is conditional.
    pub advance: String,
    /// Paid so far.
    pub paid: String,
    /// open, fulfilled, cancelled or moved.
    #[schema(example = "open")]
    pub state: String,
}

page! {
    /// A page of grants.
    Grants, grants: Grant
}

/// A promise to a recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Grant {
    /// What every entity says.
    #[serde(flatten)]
    pub opened: Opened,
    /// To whom.
    pub recipient: Payee,
    /// The fund that pays.
    pub fund: String,
    /// The project.
    pub project: Option<String>,
    /// ISO 4217.
    pub currency: String,
    /// How much.
    pub amount: String,
    /// Whether the recipient has accepted it.
    pub accepted: bool,
    /// In which parts, and what each waits for.
    pub tranches: Vec<Tranche>,
    /// Recognised and unpaid.
    pub payable: String,
    /// Paid before it was earned.
    pub prepaid: String,
    /// Paid so far.
    pub paid: String,
}

/// A part of a grant, gated by a milestone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Tranche {
    /// `<chain>/milestone/<id>`
    pub milestone: String,
    /// How much.
    pub amount: String,
    /// Whether it may be paid before the milestone is attested.
    pub advance: bool,
    /// Whether it has been earned.
    pub earned: bool,
    /// Paid so far.
    pub paid: String,
}

page! {
    /// A page of disbursements.
    Disbursements, disbursements: Disbursement
}

/// A payment, from request to confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Disbursement {
    /// What every entity says.
    #[serde(flatten)]
    pub opened: Opened,
    /// The fund that pays.
    pub fund: String,
    /// The project.
    pub project: Option<String>,
    /// The grant that it pays.
    pub grant: Option<String>,
    /// The milestone that gates it.
    pub milestone: Option<String>,
    /// ISO 4217.
    pub currency: String,
    /// How much.
    pub amount: String,
    /// To whom.
    pub payee: Payee,
    /// What for.
    pub purpose: String,
    /// The event hash of the request: `request` of an approval.
    pub request: String,
    /// The holder who asked.
    pub requester: String,
    /// The holders who approved.
    pub approvers: Vec<String>,
    /// How many have to.
    pub approvers_needed: u32,
    /// requested, approved, paid, confirmed or failed.
    #[schema(example = "paid")]
    pub state: String,
    /// The event that paid it.
    pub paid_at: Option<EventAt>,
}
