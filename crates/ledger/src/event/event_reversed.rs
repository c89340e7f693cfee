//! event.reversed: a mistake is undone, in the open.

use super::prelude::*;
use crate::data::EventId;
use std::collections::BTreeSet;

data! {
    /// Data of `event.reversed/1`.
    pub(super) struct EventReversed {
        /// Which event, of the own chain.
        event: EventId,
        /// Its event hash.
        hash: Digest,
        /// Gifts of it, from 0; absent: all of it.
        items: Option<Vec<u32>>,
        /// When.
        effective_date: Date,
        /// A code or a sentence.
        reason: String,
    }
}

impl Kind for EventReversed {
    const TYPE: &'static str = "event.reversed/1";
    const SIGNERS: Signers = BOOKS;
    const SUMMARY: &'static str = "An event of the own chain is undone: the exact negation of what it posted, or of the named gifts. Always possible: what it overdraws of a restricted fund is lent from unrestricted money.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/event.reversed.txt");
    const EXAMPLE: &'static str = r#"{"event":"well#7","hash":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","items":[0],"effective_date":"2026-11-21","reason":"entered twice"}"#;
}

impl Event for EventReversed {
    fn tell(&self) -> Telling<'_> {
        vec![("event", Slot::Event(&self.event)), ("reason", Slot::Text(&self.reason))]
    }

    fn takes_back(&self) -> Option<TakenBack<'_>> {
        Some(TakenBack { date: self.effective_date, reason: &self.reason, currency: None })
    }

    fn references(&self) -> Vec<EventRef> {
        vec![EventRef { event: self.event.clone(), hash: self.hash }]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        check_text("reason", &self.reason)?;
        let prior = context.prior(&EventRef { event: self.event.clone(), hash: self.hash })?;
        if prior.envelope.chain() != context.chain_id {
            return Err(Refusal::new(Code::RefUnknown, "a chain reverses its own events"));
        }
        if prior.envelope.kind() == Self::TYPE {
            return Err(Refusal::new(Code::ReversalTwice, "a reversal is not reversed: post again"));
        }
        let done = context.reversed(prior.index);
        let again = |item: &u32| done.is_some_and(|d| d.as_ref().is_none_or(|items| items.contains(item)));
        let items = self.items.as_deref();
        match items {
            None if done.is_some() => return Err(Refusal::new(Code::ReversalTwice, &self.event)),
            Some([]) => return Err(Refusal::new(Code::DataCount, "at least one, or leave it out").at("items")),
            Some(items) if items.iter().any(again) => return Err(Refusal::new(Code::ReversalTwice, &self.event)),
            Some(list) if list.iter().collect::<BTreeSet<_>>().len() != list.len() => {
                return Err(Refusal::new(Code::DataTwice, "an item stands twice").at("items"));
            }
            _ => {}
        }
        if items.is_some() && prior.event.gifts().is_none() {
            return Err(Refusal::new(Code::DataTogether, "only gifts are reversed one by one").at("items"));
        }
        // The refund of one gift does not stand in the way of another gift's correction.
        let resting = match items {
            Some(items) if items.iter().all(|gift| context.refunded(prior.index, *gift) == 0) => Vec::new(),
            _ => context.resting_on(prior.index),
        };
        if !resting.is_empty() {
            let list: Vec<String> = resting.iter().map(u64::to_string).collect();
            return Err(Refusal::new(Code::ReversalDependents, format!("at index {}", list.join(", "))));
        }
        let reversal = Reversal { prior, items, date: self.effective_date };
        let mut effects = prior.event.reverse(context, &reversal)?;
        effects.push(Effect::Note(Note::Reversed { index: prior.index, items: self.items.clone() }));
        Ok(effects)
    }
}
