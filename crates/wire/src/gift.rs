//! The trail of a gift, in the form that `almoner trail --json` has too.

use crate::Totals;
use crate::page::Paged;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What became of a gift, as of its own pool, and stretch by stretch over every hop.
///
/// `fee + spent + lent + in_transit + passed_on + free + refunded + reversed − taken_over = gross`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Gift {
    /// `<chain>#<seq>.<k>`
    #[schema(example = "well#7.0")]
    pub gift: String,
    /// ISO 4217.
    pub currency: String,
    /// The rule that attributes pooled money.
    #[schema(example = "fifo/1")]
    pub rule: String,
    /// Given.
    pub gross: String,
    /// Fee of the channel.
    pub fee: String,
    /// Still in the pool that it was given to.
    pub free: String,
    /// Spent by that pool.
    pub spent: String,
    /// Lent by it.
    pub lent: String,
    /// Paid to a chain that has not confirmed it.
    pub in_transit: String,
    /// Confirmed by another chain, or moved to another pool.
    pub passed_on: String,
    /// Given back.
    pub refunded: String,
    /// Reversed as a mistake.
    pub reversed: String,
    /// Carried by other money since this was refunded or reversed.
    pub taken_over: String,
    /// Events that took it back, or a part of it, the oldest first.
    pub given_back: Vec<GivenBack>,
    /// The same followed over every hop, in the form that a fund's totals have.
    pub totals: Totals,
    /// In order of position.
    pub segments: Vec<Segment>,
}

/// A stretch of a gift and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Segment {
    /// Decimal string, in the gift's currency.
    pub amount: String,
    /// fee, free, spent, lent, in transit, refunded, reversed, taken over …
    #[schema(example = "spent")]
    pub state: String,
    /// The payments and moves that it went through.
    pub hops: Vec<Hop>,
    /// How many of them, in the middle, are left out.
    #[serde(default, skip_serializing_if = "crate::chain::is_zero")]
    pub hops_left_out: u64,
}

/// A payment or move that a stretch went through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Hop {
    /// `<chain>#<seq>`
    pub event: String,
    /// Log index.
    pub index: u64,
    /// Event hash.
    pub hash: String,
    /// The event's type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Chain that paid.
    pub chain: String,
    /// Fund that paid, `fund/<id>` of that chain.
    pub fund: Option<String>,
    /// Project that it was for, `project/<id>`.
    pub project: Option<String>,
    /// Who was paid.
    pub payee: Option<String>,
    /// What for.
    pub purpose: Option<String>,
    /// The milestone that gated the payment, `<chain>/milestone/<id>`.
    pub milestone: Option<String>,
    /// When, as the payer says.
    pub date: Option<String>,
    /// How the money left its pool.
    pub step: Step,
}

/// How money leaves a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// It is paid to somebody.
    Paid,
    /// It is set aside for a project of the fund, or taken back from one.
    SetAside,
    /// It goes with its project.
    Left,
}

/// An event that takes a gift back, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GivenBack {
    /// `<chain>#<seq>`
    pub event: String,
    /// Log index.
    pub index: u64,
    /// How.
    pub how: How,
    /// Which gift of the event; absent where it is about all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gift: Option<u32>,
    /// Decimal string; absent where it is all that was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// ISO 4217.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// When, as its author says.
    pub date: Option<String>,
    /// Why, in its author's words.
    pub reason: Option<String>,
}

/// How a gift was taken back. The words are those of the trail's states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// Money went back to the donor.
    Refunded,
    /// The gift was entered by mistake.
    Reversed,
}

impl How {
    /// For people.
    #[must_use]
    pub fn said(self) -> &'static str {
        match self {
            How::Refunded => "given back to the donor",
            How::Reversed => "taken back: it was entered by mistake",
        }
    }
}

/// `GET /v1/gifts/{gift}`: a page of a gift's segments. `after` is a segment's number from 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GiftTold {
    /// The gift.
    #[serde(flatten)]
    pub gift: Gift,
    /// The event that it was received with, `<chain>#<seq>`.
    pub event: String,
    /// The index of that event.
    pub index: u64,
    /// Path and query of the next page; null on the last.
    pub next: Option<String>,
    /// The log.
    pub origin: String,
    /// After how many events of it this holds.
    pub size: u64,
    /// The root over them.
    pub root: String,
}

impl Paged for GiftTold {
    type Row = Segment;

    fn rows(&mut self) -> &mut Vec<Segment> {
        &mut self.gift.segments
    }

    fn next(&self) -> Option<&str> {
        self.next.as_deref()
    }
}
