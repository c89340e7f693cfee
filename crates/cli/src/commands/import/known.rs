//! What an importer's chain holds already: so that importing again adds what is missing, and a file that was published
//! again takes the place of the one before it.

use crate::failure::Outcome;
use crate::target::Target;
use almoner_ledger::EntityNo;
use almoner_proof::Hash;
use almoner_views::observed::Observed;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A file that was declared.
struct Declared {
    reference: String,
    publisher: Option<String>,
    name: String,
}

/// What the chain holds. Imports have numbers of their own here, in order of their declaration.
#[derive(Default)]
pub(super) struct Known {
    imports: Vec<Declared>,
    observed: Observed,
    /// Of each version of an activity: which activity.
    activity_of: BTreeMap<Hash, String>,
    /// Events gone through, in place of log indices: only their order counts.
    events: u64,
}

/// A file compared with those before it.
pub(super) struct Compared {
    /// The file that this is said of: itself, or the one that took its place already.
    pub(super) of: String,
    /// Those whose place it takes.
    pub(super) replaces: Vec<String>,
    /// Keys that are not in it.
    pub(super) gone: Vec<Hash>,
    /// Keys that are in it although none of those had it.
    pub(super) again: Vec<Hash>,
}

impl Known {
    pub(super) fn read(target: &Target, chain: &str) -> Outcome<Known> {
        let mut known = Known::default();
        target.events_of(chain, &mut |kind, data| known.take(kind, data))?;
        Ok(known)
    }

    /// Takes in what an event of the chain says, also one that was just written.
    pub(super) fn take(&mut self, kind: &str, data: &Value) {
        let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default();
        let keys = |name: &str| -> Vec<Hash> {
            let list = data.get(name).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(|key| Hash::from_base64(key.as_str()?)).collect()
        };
        let (index, import) = (self.events, self.number(text("import")));
        self.events = self.events.saturating_add(1);
        match kind {
            "import.declared/1" => self.imports.push(Declared {
                reference: text("import").to_owned(),
                publisher: data.get("publisher").and_then(Value::as_str).map(str::to_owned),
                name: text("name").to_owned(),
            }),
            "transaction.observed/1" | "activity.observed/1" => {
                let (Some(import), Some(key)) = (import, Hash::from_base64(text("key"))) else { return };
                if kind == "activity.observed/1" {
                    self.activity_of.insert(key, text("activity").to_owned());
                }
                self.observed.observe(index, 0, key, import, None, None);
            }
            "import.compared/1" => {
                let list = data.get("replaces").and_then(Value::as_array).into_iter().flatten();
                let replaces: Vec<EntityNo> = list.filter_map(|old| self.number(old.as_str()?)).collect();
                if let Some(import) = import {
                    self.observed.compare(index, 0, import, &replaces, &keys("gone"), &keys("again"));
                }
            }
            _ => {}
        }
    }

    fn number(&self, reference: &str) -> Option<EntityNo> {
        // The newest is asked for most.
        self.imports.iter().rposition(|import| import.reference == reference).map(EntityNo::after)
    }

    pub(super) fn has_import(&self, reference: &str) -> bool {
        self.number(reference).is_some()
    }

    pub(super) fn has(&self, key: Hash) -> bool {
        self.observed.by_key(0, key).is_some()
    }

    /// Compares a file with what stood before it. A file that was replaced already only says what is missing.
    pub(super) fn compare(&self, reference: &str, keys: &BTreeSet<Hash>, activities: &BTreeSet<&str>) -> Compared {
        let mut compared =
            Compared { of: reference.to_owned(), replaces: Vec::new(), gone: Vec::new(), again: Vec::new() };
        let Some(import) = self.number(reference) else { return compared };
        let newest = self.observed.newest(import, None);
        if newest != import {
            // An older file, imported again after its successor: what only it says is not in the newest one.
            let held = self.observed.keys_in(0, newest);
            let of_old = |key: &Hash| keys.contains(key) && self.told_behind(*key, newest);
            compared.of = self.imports.get(newest.place()).map(|one| one.reference.clone()).unwrap_or_default();
            compared.gone = held.into_iter().filter(of_old).collect();
            return compared;
        }
        let mut before: Vec<Hash> = self.observed.keys_in(0, import);
        for (place, old) in self.imports.iter().enumerate().take(import.place()) {
            let no = EntityNo::after(place);
            if self.observed.newest(no, None) == no && self.follows(import, old, no, activities) {
                compared.replaces.push(old.reference.clone());
                before.extend(self.observed.keys_in(0, no));
            }
        }
        let held: BTreeSet<Hash> = before.into_iter().collect();
        compared.gone = held.iter().filter(|key| !keys.contains(*key)).copied().collect();
        compared.again = keys.iter().filter(|key| !held.contains(*key) && self.has(**key)).copied().collect();
        compared
    }

    /// Whether a key was told only from another file, after the one that is now the newest had been compared.
    fn told_behind(&self, key: Hash, newest: EntityNo) -> bool {
        let told = self.observed.first_told(0, key);
        told.zip(self.observed.compared_at(newest)).is_some_and(|((index, from), at)| from != newest && at < index)
    }

    /// Whether a file is a further publication of an earlier one: the same publisher, and an activity in common or the
    /// same name. Publishers who keep several files, one for each country, say, share neither between them.
    fn follows(&self, import: EntityNo, old: &Declared, no: EntityNo, activities: &BTreeSet<&str>) -> bool {
        let Some(new) = self.imports.get(import.place()) else { return false };
        let shares = || {
            let held = self.observed.keys_in(0, no);
            held.iter().filter_map(|key| self.activity_of.get(key)).any(|one| activities.contains(one.as_str()))
        };
        new.publisher.is_some() && new.publisher == old.publisher && (new.name == old.name || shares())
    }
}
