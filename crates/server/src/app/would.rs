//! What an event would do to the books, in words: for `--dry-run`.

use almoner_ledger::effect::{ChainChange, Effect, Note};
use almoner_ledger::{AccountKey, AccountNo, Admitted, Books, EntityNo, Money};
use std::collections::BTreeSet;

/// One line for each effect; one for an entity, however it changes.
pub(super) fn would(books: &Books, admitted: &Admitted) -> Vec<String> {
    let mut lines = Vec::new();
    let mut changed: BTreeSet<EntityNo> = BTreeSet::new();
    for effect in &admitted.effects {
        match effect {
            Effect::Post(booked) => {
                for posting in &booked.postings {
                    let Some(AccountKey { pool, head }) = key(books, admitted, posting.account) else { continue };
                    let chain = books.chain(pool.chain).map(|c| c.id.clone()).unwrap_or_default();
                    let head = head.name(&|no| books.entity_id(no));
                    let amount = Money::from_minor(posting.minor, pool.currency);
                    let (side, amount) =
                        if amount.is_negative() { ("credit", amount.negated()) } else { ("debit", amount) };
                    let project = pool.project.map(|no| format!(":{}", books.entity_id(no))).unwrap_or_default();
                    lines.push(format!("{side} {head}:{chain}:{}{project} {amount}", books.entity_id(pool.fund)));
                }
            }
            Effect::Open(entity) => lines.push(format!("open {}/{}", entity.kind, entity.id)),
            Effect::Stand(no, _) | Effect::Say(no, _) => {
                let entity = books.entity(*no).filter(|_| changed.insert(*no));
                lines.extend(entity.map(|entity| format!("change {}/{}", entity.kind, entity.id)));
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
            Effect::Note(Note::Refunded { .. } | Note::RestsOn(_) | Note::Observed { .. }) => {}
        }
    }
    lines
}

/// An account by name, also one that the event is the first to name.
fn key(books: &Books, admitted: &Admitted, no: AccountNo) -> Option<AccountKey> {
    let opened = &admitted.opened;
    let new = || opened.accounts.get(no.place().checked_sub(books.account_count())?).copied();
    let account = books.account(no).or_else(new)?;
    let new = || opened.pools.get(account.pool.place().checked_sub(books.pools().len())?);
    Some(books.pool(account.pool).or_else(new)?.account(account.head))
}
