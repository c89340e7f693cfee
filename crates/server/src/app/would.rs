//! What an event would do to the books, in words: for `--dry-run`.

use almoner_ledger::Books;
use almoner_ledger::admit::Admitted;
use almoner_ledger::effect::{ChainChange, Effect, Note};

/// One line for each effect.
pub(super) fn would(books: &Books, admitted: &Admitted) -> Vec<String> {
    let mut lines = Vec::new();
    for effect in &admitted.effects {
        match effect {
            Effect::Post(entry) => {
                for posting in &entry.postings {
                    let pool = posting.account.pool;
                    let chain = books.chain(pool.chain).map(|c| c.id.clone()).unwrap_or_default();
                    let head = posting.account.head.name(&|no| books.entity_id(no));
                    let (side, amount) = if posting.amount.is_negative() {
                        ("credit", posting.amount.negated())
                    } else {
                        ("debit", posting.amount)
                    };
                    let project = pool.project.map(|no| format!(":{}", books.entity_id(no))).unwrap_or_default();
                    lines.push(format!("{side} {head}:{chain}:{}{project} {amount}", books.entity_id(pool.fund)));
                }
            }
            Effect::Entity(entity) => {
                let verb = if books.entity(entity.no).is_some() { "change" } else { "open" };
                lines.push(format!("{verb} {}/{}", entity.kind, entity.id));
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
