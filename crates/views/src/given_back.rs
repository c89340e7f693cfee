//! What became of a gift after it was received, by events that take it back: refunds and reversals.

use crate::Views;
use crate::gift::NoteAt;
use almoner_ledger::{Money, decode};
use serde::Serialize;

/// How a gift was taken back. The words are those of the trail's states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
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

/// One taking back, as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    /// Index of the event that does it.
    pub(crate) by: u64,
    pub(crate) how: How,
    /// Which gift; `None`: all of them.
    pub(crate) gift: Option<u32>,
    /// Minor units; `None`: all of it.
    pub(crate) minor: Option<i64>,
}

/// An event that takes a gift back, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GivenBack {
    /// `<chain>#<seq>`
    pub event: String,
    /// Log index.
    pub index: u64,
    /// refunded, reversed.
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

impl Views {
    /// Events among the first `at` that take back the gifts of the event at `index`, or one of them; the oldest first.
    #[must_use]
    pub fn given_back(&self, index: u64, gift: Option<u32>, at: Option<u64>, note_at: NoteAt<'_>) -> Vec<GivenBack> {
        let is_asked = |taken: &&Taken| {
            at.is_none_or(|size| taken.by < size) && (gift.is_none() || taken.gift.is_none() || taken.gift == gift)
        };
        let told = |taken: &Taken| {
            let event = note_at(taken.by).and_then(|note| decode(&note).ok()).map(|(_, event)| event);
            let said = event.as_ref().and_then(|event| event.takes_back());
            let amount = taken.minor.zip(said.and_then(|said| said.currency)).map(|(minor, currency)| Money::from_minor(minor, currency));
            GivenBack {
                event: self.citation(taken.by).unwrap_or_default(),
                index: taken.by,
                how: taken.how,
                gift: taken.gift,
                amount: amount.map(|amount| amount.amount().to_string()),
                currency: amount.map(|amount| amount.currency().to_string()),
                date: said.map(|said| said.date.to_string()),
                reason: said.map(|said| said.reason.to_owned()),
            }
        };
        self.corrections.taken(index).iter().filter(is_asked).map(told).collect()
    }
}
