//! What an event does to the books, in words: for `--dry-run`, and for the vector of each kind.

use crate::admitted::Done;
use crate::books::Books;
use crate::effect::{ChainChange, Effect, Note};
use crate::entry::{AccountKey, Flow, Pool, Source, Use};
use crate::id::{AccountNo, EntityNo, PoolNo};
use crate::money::Money;
use std::collections::BTreeSet;

/// One line for each effect; one for an entity, however it changes. The books are as they were before.
#[must_use]
pub fn would(books: &Books, done: &Done) -> Vec<String> {
    let mut lines = Vec::new();
    let mut changed: BTreeSet<EntityNo> = BTreeSet::new();
    for effect in &done.effects {
        match effect {
            Effect::Post(booked) => {
                for posting in &booked.postings {
                    let Some(AccountKey { pool, head }) = key(books, done, posting.account) else { continue };
                    let head = head.name(&|no| id(books, done, no));
                    let amount = Money::from_minor(posting.minor, pool.currency);
                    let (side, amount) =
                        if amount.is_negative() { ("credit", amount.negated()) } else { ("debit", amount) };
                    lines.push(format!("{side} {head}:{} {amount}", named(books, done, pool)));
                }
            }
            Effect::Open(entity) => lines.push(format!("open {}/{}", entity.kind(), entity.id)),
            Effect::Stand(no, _) | Effect::Say(no, _) => {
                let entity = books.entity(*no).filter(|_| changed.insert(*no));
                lines.extend(entity.map(|entity| format!("change {}/{}", entity.kind(), entity.id)));
            }
            Effect::Chain(change) => lines.push(match change {
                ChainChange::Opened { id, .. } => format!("open the chain {id}"),
                ChainChange::Admitted { role, .. } => format!("admit a chain as {role}"),
                ChainChange::KeyAdded(key) => format!("add the key {}", key.1.name),
                ChainChange::KeyRetired(name) => format!("retire the key {name}"),
                ChainChange::Described { .. } => "describe the organisation".to_owned(),
            }),
            Effect::Rules(version) => lines.push(format!("set the rules to version {version}")),
            Effect::Epoch(epoch) => lines.push(format!("open the epoch {epoch}")),
            Effect::Note(Note::Irregular { breaches, .. }) => {
                lines.push(format!("raise a finding: irregular, {}", breaches.join(", ")))
            }
            Effect::Note(Note::Reversed { index, .. }) => {
                lines.push(format!("mark the event at index {index} as reversed"))
            }
            Effect::Note(Note::Refunded { .. } | Note::RestsOn(_) | Note::Observed { .. } | Note::Compared { .. }) => {}
        }
    }
    lines
}

/// An account by name, also one that the event is the first to name.
fn key(books: &Books, done: &Done, no: AccountNo) -> Option<AccountKey> {
    let account = books.account_or_new(no, &done.opened)?;
    Some(books.pool_or_new(account.pool, &done.opened)?.account(account.head))
}

/// `<chain>:<fund>`, and `:<project>` where it is set aside for one.
fn named(books: &Books, done: &Done, pool: Pool) -> String {
    let chain = books.chain(pool.chain).map(|chain| chain.id.as_str()).unwrap_or_default();
    let project = pool.project.map(|no| format!(":{}", id(books, done, no))).unwrap_or_default();
    format!("{chain}:{}{project}", id(books, done, pool.fund))
}

/// The id of an entity, also of one that the event opens.
fn id(books: &Books, done: &Done, no: EntityNo) -> String {
    let opened = done.effects.iter().find_map(|effect| {
        let Effect::Open(entity) = effect else { return None };
        (entity.no == no).then(|| entity.id.clone())
    });
    opened.unwrap_or_else(|| books.entity_id(no))
}

/// What the trail is told, one line for each step of money.
#[must_use]
pub fn steps(books: &Books, done: &Done) -> Vec<String> {
    let entries = done.effects.iter().filter_map(|effect| match effect {
        Effect::Post(booked) => Some(booked),
        Effect::Open(_)
        | Effect::Stand(..)
        | Effect::Say(..)
        | Effect::Chain(_)
        | Effect::Rules(_)
        | Effect::Epoch(_)
        | Effect::Note(_) => None,
    });
    let told = |no: PoolNo, minor: i64| {
        let pool = books.pool_or_new(no, &done.opened)?;
        Some((named(books, done, pool), Money::from_minor(minor, pool.currency)))
    };
    let line = |step: &crate::Step| {
        Some(match *step {
            Flow::Inflow { pool, net, fee, source } => {
                let ((name, net), (_, fee)) = (told(pool, net)?, told(pool, fee)?);
                let source = match source {
                    Source::Gifts => "as gifts",
                    Source::Own => "as own income",
                    Source::Before => "from before the ledger",
                };
                format!("{net} comes into {name} {source}, {fee} was kept on the way")
            }
            Flow::Outflow { pool, amount, how } => {
                let (name, amount) = told(pool, amount)?;
                let how = match how {
                    Use::Spent => "is spent",
                    Use::Lent => "is lent",
                    Use::Sent => "is sent to a chain that has to confirm it",
                };
                format!("{amount} of {name} {how}")
            }
            Flow::Confirm { of, to, amount } => {
                let (name, amount) = told(to, amount)?;
                format!("{amount} arrives in {name}, which step {} of event {} sent", of.1, of.0)
            }
            Flow::Carry { from, to, amount, arrives } => {
                let ((from, amount), (to, arrives)) = (told(from, amount)?, told(to, arrives)?);
                format!("{amount} of {from} moves to {to}, where {arrives} arrives")
            }
            Flow::Refund { of, pool, amount, .. } => {
                let (name, amount) = told(pool, amount)?;
                format!("{amount} of {name} goes back to the donor of a gift of event {}", of.0)
            }
            Flow::GiveBack { of, pool, amount } => {
                let (name, amount) = told(pool, amount)?;
                format!("{amount} comes back to {name}, which step {} of event {} took", of.1, of.0)
            }
            Flow::ReverseInflow { of, pool, gift, net } => {
                let (name, net) = told(pool, net)?;
                let what = if gift.is_some() { "a gift of " } else { "" };
                format!("{net} of {name} was entered by mistake, by {what}event {}", of.0)
            }
        })
    };
    entries.flat_map(|booked| booked.steps.iter().filter_map(line)).collect()
}
