//! Chains as people read them: names, keys, standing, and which events are theirs.

use crate::indices::Indices;
use almoner_ledger::effect::ChainChange;
use almoner_ledger::walked;
use almoner_ledger::{ChainNo, Rows};
use almoner_proof::introduction::KeyEntry;
use std::collections::BTreeMap;

/// A chain as readers see it.
#[derive(Debug, Clone, Default)]
pub struct ChainView {
    /// Its id.
    pub id: String,
    /// Language → name.
    pub names: BTreeMap<String, String>,
    /// org-id.guide identifiers.
    pub identifiers: Vec<String>,
    /// What it was admitted as, and at which index.
    pub role: Option<(u64, &'static str)>,
    /// Who supervises it.
    pub supervisor: Option<ChainNo>,
    /// Key name, holder, roles, index of its introduction, index of its retirement.
    pub keys: Vec<KeyView>,
    /// Log index of each of its events, by seq.
    pub(crate) events: Rows<1>,
    /// What it said of itself, and from which index on: names, identifiers.
    pub described: Vec<(u64, BTreeMap<String, String>, Vec<String>)>,
}

impl ChainView {
    /// Log index of each of its events, by seq.
    #[must_use]
    pub fn events(&self) -> Indices<'_> {
        Indices::all(&self.events)
    }
}

/// A key as readers see it.
#[derive(Debug, Clone)]
pub struct KeyView {
    /// `<chain>/<label>+<id>+<base64>`
    pub vkey: String,
    /// `<chain>/<label>`
    pub name: String,
    /// Its holder.
    pub holder: String,
    /// Its roles, as written.
    pub roles: Vec<&'static str>,
    /// Log index of the event that introduced it.
    pub introduced: u64,
    /// Log index of its retirement.
    pub retired: Option<u64>,
}

/// Every chain, by number.
#[derive(Debug, Default)]
pub(crate) struct Chains {
    all: Vec<ChainView>,
    ids: BTreeMap<String, ChainNo>,
}

impl Chains {
    pub(crate) fn all(&self) -> &[ChainView] {
        walked::more(self.all.len());
        &self.all
    }

    pub(crate) fn count(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn get(&self, no: ChainNo) -> Option<&ChainView> {
        walked::more(1);
        self.all.get(no.place())
    }

    pub(crate) fn number(&self, id: &str) -> Option<ChainNo> {
        self.ids.get(id).copied()
    }

    /// The event at an index is a chain's.
    pub(crate) fn append(&mut self, chain: ChainNo, index: u64) {
        if let Some(chain) = self.all.get_mut(chain.place()) {
            chain.events.push([index.cast_signed()]);
        }
    }

    pub(crate) fn change(&mut self, index: u64, author: ChainNo, change: &ChainChange) {
        match change {
            ChainChange::Opened { id, name, keys, .. } => {
                self.ids.insert(id.clone(), author);
                let keys = keys.iter().map(|(entry, vkey)| key_view(index, entry, &vkey.name)).collect();
                let described = vec![(index, name.clone(), Vec::new())];
                self.all.push(ChainView {
                    id: id.clone(),
                    names: name.clone(),
                    keys,
                    described,
                    ..ChainView::default()
                });
            }
            ChainChange::Admitted { chain, role, supervisor } => {
                if let Some(chain) = self.all.get_mut(chain.place()) {
                    chain.role = Some((index, role.word()));
                    chain.supervisor = *supervisor;
                }
            }
            ChainChange::KeyAdded(key) => {
                if let Some(chain) = self.all.get_mut(author.place()) {
                    chain.keys.push(key_view(index, &key.0, &key.1.name));
                }
            }
            ChainChange::KeyRetired(name) => {
                let keys = self.all.get_mut(author.place()).map(|chain| &mut chain.keys);
                for key in keys.into_iter().flatten().filter(|key| key.name == *name) {
                    key.retired = Some(index);
                }
            }
            ChainChange::Described { identifiers, names } => {
                if let Some(chain) = self.all.get_mut(author.place()) {
                    chain.identifiers.clone_from(identifiers);
                    chain.names.extend(names.iter().map(|(language, name)| (language.clone(), name.clone())));
                    chain.described.push((index, chain.names.clone(), chain.identifiers.clone()));
                }
            }
        }
    }
}

fn key_view(index: u64, entry: &KeyEntry, name: &str) -> KeyView {
    KeyView {
        vkey: entry.vkey.clone(),
        name: name.to_owned(),
        holder: entry.holder.clone(),
        roles: entry.roles.iter().map(|role| role.word()).collect(),
        introduced: index,
        retired: None,
    }
}
