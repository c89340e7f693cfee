//! A journal for hledger (hledger.org, journal format): every entry of the books as a transaction.
//!
//! The fund is the last part of an account's name but for the project, and a tag; the event is the
//! transaction's code. `hledger check --strict ordereddates` passes, and every balance is ours.

use almoner_ledger::Admitted;
use almoner_ledger::effect::Effect;
use almoner_ledger::{AccountKey, AccountNo, Currency, Money, Posting};
use almoner_views::Views;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Entries gathered from the log.
#[derive(Debug, Default)]
pub struct Journal {
    entries: Vec<Transaction>,
}

#[derive(Debug)]
struct Transaction {
    date: almoner_ledger::data::Date,
    index: u64,
    kind: &'static str,
    postings: Vec<Posting>,
}

impl Journal {
    /// Takes the entries of an event.
    pub fn add(&mut self, admitted: &Admitted) {
        for effect in &admitted.done.effects {
            if let Effect::Post(entry) = effect
                && !entry.postings.is_empty()
            {
                let postings = entry.postings.clone();
                self.entries.push(Transaction {
                    date: entry.date,
                    index: admitted.done.index,
                    kind: admitted.done.kind.info().kind,
                    postings,
                });
            }
        }
    }

    /// The journal's text. Dates ascend, because readers of journals expect that; the log's own
    /// order stands in each transaction's `index` tag.
    #[must_use]
    pub fn render(mut self, views: &Views, origin: &str, size: u64) -> String {
        self.entries.sort_by_key(|t| (t.date, t.index));
        let mut text = format!(
            "; {origin}, {size} events\n; one transaction for each entry of the books; its code is the event, its index the place in the log\n\n"
        );
        let accounts: BTreeSet<AccountNo> =
            self.entries.iter().flat_map(|t| t.postings.iter().map(|p| p.account)).collect();
        let accounts: BTreeMap<AccountNo, AccountKey> =
            accounts.into_iter().filter_map(|no| Some((no, views.account(no)?))).collect();
        let currencies: BTreeSet<Currency> = accounts.values().map(|a| a.pool.currency).collect();
        for currency in currencies {
            let digits = usize::try_from(currency.digits()).unwrap_or(2);
            // The decimal mark must stand even where no digits follow it.
            let _ = writeln!(text, "commodity {currency} 1000.{}", "0".repeat(digits));
        }
        text.push('\n');
        let names: BTreeSet<String> = accounts.values().map(|a| views.account_name(a)).collect();
        for name in names {
            let _ = writeln!(text, "account {name}");
        }
        for t in &self.entries {
            let citation = views.citation(t.index).unwrap_or_default();
            let _ = write!(text, "\n{} ({citation}) {}  ; index:{}\n", t.date, t.kind, t.index);
            for posting in &t.postings {
                let Some(key) = accounts.get(&posting.account) else { continue };
                let fund = views.entity(key.pool.fund, None).map(|e| e.id).unwrap_or_default();
                let _ = writeln!(
                    text,
                    "    {}  {} {}  ; fund:{fund}",
                    views.account_name(key),
                    key.pool.currency,
                    Money::from_minor(posting.minor, key.pool.currency).amount()
                );
            }
        }
        text
    }
}
