//! What became of a gift after it was received, by events that take it back: refunds and reversals.

use crate::Views;
use crate::gift::NoteAt;
use almoner_ledger::{Money, decode};
use almoner_wire::{GivenBack, How};

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
            let amount = taken
                .minor
                .zip(said.and_then(|said| said.currency))
                .map(|(minor, currency)| Money::from_minor(minor, currency));
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
