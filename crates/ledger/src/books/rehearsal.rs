//! Books on trial: events are folded in, each on the ones before it, and all of it is taken back.
//!
//! What an effect is about to overwrite is kept before it is taken; at the end it is written back, the newest first. So a
//! trial costs what its events touch, however much the books hold.

use super::accounts::Overwritten;
use super::{Books, Chain};
use crate::admitted::{ChainHead, Done};
use crate::booked::Opened;
use crate::draft::Rehearsed;
use crate::effect::{ChainChange, Effect, Note};
use crate::entity::{Hold, HoldTarget, Said, Standing};
use crate::id::{ChainNo, EntityNo};
use crate::refusal::Refusal;
use crate::rows::Mark;
use crate::words::EntityKind;
use almoner_proof::Hash;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Books on trial. They are as before once it is dropped, whichever way.
#[derive(Debug)]
pub struct Rehearsal<'a> {
    books: &'a mut Books,
    overwritten: Vec<Was>,
    /// None once it is written back.
    posted: Option<Mark<3>>,
}

/// What was there before a change.
#[derive(Debug)]
enum Was {
    Size(u64),
    Rules(u32),
    Epoch(u64),
    /// Where a chain stood.
    Head(ChainHead),
    /// Pools and accounts that an event opened, and the number of purses before.
    Closed(Opened, usize),
    Balances(Overwritten),
    /// No such entity yet; and the holds on what it holds, where it is one.
    NoEntity(Option<Held>),
    Standing(EntityNo, Standing, Option<Held>),
    Said(EntityNo, Arc<Said>),
    NoChain,
    Chain(Box<Chain>),
    /// An event did not rest on another.
    NotResting(u64, u64),
    Refunded((u64, u32), Option<(i64, i64)>),
    Reversed(u64, Option<Option<BTreeSet<u32>>>),
    NotObserved(ChainNo, Hash),
}

/// Holds on something; none where it has no entry.
type Held = (HoldTarget, Option<BTreeSet<EntityNo>>);

impl Books {
    /// Begins a trial.
    pub fn rehearse(&mut self) -> Rehearsal<'_> {
        let posted = Some(self.posted.0.mark());
        Rehearsal { books: self, overwritten: Vec::new(), posted }
    }

    /// What an effect overwrites.
    fn before(&self, done: &Done, effect: &Effect) -> Option<Was> {
        match effect {
            Effect::Post(booked) => Some(Was::Balances(self.accounts.before(booked))),
            Effect::Open(entity) => Some(Was::NoEntity(self.held(&entity.said))),
            Effect::Stand(no, _) => {
                let entity = self.entity(*no)?;
                Some(Was::Standing(*no, entity.standing, self.held(&entity.said)))
            }
            Effect::Say(no, _) => Some(Was::Said(*no, Arc::clone(&self.entity(*no)?.said))),
            Effect::Chain(ChainChange::Opened { .. }) => Some(Was::NoChain),
            Effect::Chain(ChainChange::Admitted { chain, .. }) => self.whole(*chain),
            Effect::Chain(ChainChange::KeyAdded(_) | ChainChange::KeyRetired(_) | ChainChange::Described { .. }) => {
                self.whole(done.chain)
            }
            Effect::Rules(_) => Some(Was::Rules(self.rules)),
            Effect::Epoch(_) => Some(Was::Epoch(self.epoch)),
            Effect::Note(Note::RestsOn(index)) => {
                let is_new = !self.resting.get(index).is_some_and(|by| by.contains(&done.index));
                is_new.then_some(Was::NotResting(*index, done.index))
            }
            Effect::Note(Note::Refunded { index, gift, .. }) => {
                let key = (*index, *gift);
                Some(Was::Refunded(key, self.refunds.get(&key).copied()))
            }
            Effect::Note(Note::Reversed { index, .. }) => {
                Some(Was::Reversed(*index, self.reversed.get(index).cloned()))
            }
            Effect::Note(Note::Observed { key, .. }) => {
                let is_new = !self.is_observed(done.chain, *key);
                is_new.then_some(Was::NotObserved(done.chain, *key))
            }
            Effect::Note(Note::Irregular { .. } | Note::Compared { .. }) => None,
        }
    }

    fn held(&self, said: &Said) -> Option<Held> {
        let Said::Hold(Hold { on, .. }) = said else { return None };
        Some((*on, self.holds.get(on).cloned()))
    }

    fn whole(&self, chain: ChainNo) -> Option<Was> {
        self.chain(chain).map(|chain| Was::Chain(Box::new(chain.clone())))
    }

    fn head_of(&self, chain: ChainNo) -> Option<ChainHead> {
        let Chain { next_seq, last_hash, seen, .. } = *self.chain(chain)?;
        Some(ChainHead { chain, next_seq, hash: last_hash, seen })
    }

    fn write_back(&mut self, was: Was) {
        match was {
            Was::Size(size) => self.size = size,
            Was::Rules(rules) => self.rules = rules,
            Was::Epoch(epoch) => self.epoch = epoch,
            Was::Head(head) => self.stand_at(&head),
            Was::Closed(opened, purses) => self.accounts.close(&opened, purses),
            Was::Balances(overwritten) => self.accounts.restore(&overwritten),
            Was::NoEntity(held) => {
                self.hold_again(held);
                self.entity_names.take_back();
                let gone = self.entities.pop().filter(|entity| entity.kind() == EntityKind::Fund);
                if let Some(fund) = gone
                    && let Some(chain) = self.chains.get_mut(fund.chain.place())
                {
                    chain.funds.remove(&fund.id);
                }
            }
            Was::Standing(no, standing, held) => {
                self.hold_again(held);
                if let Some(entity) = self.entities.get_mut(no.place()) {
                    entity.standing = standing;
                }
            }
            Was::Said(no, said) => self.say(no, &said),
            Was::NoChain => {
                self.chain_ids.take_back();
                self.chains.pop();
            }
            Was::Chain(whole) => {
                if let Some(chain) = self.chains.get_mut(whole.no.place()) {
                    *chain = *whole;
                }
            }
            Was::NotResting(index, by) => {
                if let Some(resting) = self.resting.get_mut(&index) {
                    resting.remove(&by);
                    if resting.is_empty() {
                        self.resting.remove(&index);
                    }
                }
            }
            Was::Refunded(gift, before) => {
                match before {
                    Some(before) => self.refunds.insert(gift, before),
                    None => self.refunds.remove(&gift),
                };
            }
            Was::Reversed(index, before) => {
                match before {
                    Some(before) => self.reversed.insert(index, before),
                    None => self.reversed.remove(&index),
                };
            }
            Was::NotObserved(importer, key) => {
                self.observed.remove(&(importer, key));
            }
        }
    }

    fn hold_again(&mut self, held: Option<Held>) {
        match held {
            Some((on, Some(holds))) => {
                self.holds.insert(on, holds);
            }
            Some((on, None)) => {
                self.holds.remove(&on);
            }
            None => {}
        }
    }
}

impl Rehearsal<'_> {
    /// The books as they are with what was tried so far.
    #[must_use]
    pub fn books(&self) -> &Books {
        self.books
    }

    /// Folds an event in that was decided on [`Rehearsal::books`].
    ///
    /// # Errors
    /// As [`Books::apply`]; never for what was decided on these books.
    pub fn apply(&mut self, rehearsed: &Rehearsed) -> Result<(), Refusal> {
        let Rehearsed { done, head } = rehearsed;
        self.overwritten.push(Was::Size(self.books.size));
        self.overwritten.push(Was::Closed(done.opened.clone(), self.books.accounts.purses()));
        self.books.accounts.open(&done.opened);
        for effect in &done.effects {
            self.overwritten.extend(self.books.before(done, effect));
            self.books.take(done, effect)?;
        }
        self.books.end(done);
        self.overwritten.extend(self.books.head_of(head.chain).map(Was::Head));
        self.books.stand_at(head);
        Ok(())
    }
}

impl Drop for Rehearsal<'_> {
    fn drop(&mut self) {
        while let Some(was) = self.overwritten.pop() {
            self.books.write_back(was);
        }
        if let Some(mark) = self.posted.take() {
            self.books.posted.0.back_to(mark);
        }
    }
}
