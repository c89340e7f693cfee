//! The keys that signatures are verified under.

use almoner_proof::introduction::introduced;
use almoner_proof::{Envelope, PublicKey};
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

/// Keys by name and id, append-only: what the parallel verifiers look up. Holding a key here says
/// nothing of authority; admission judges that.
#[derive(Debug, Default)]
pub struct KeyRing {
    keys: RwLock<BTreeMap<String, KeysOfName>>,
}

/// In an honest log a label binds one key for ever; in one that is audited it need not.
type KeysOfName = Vec<(u32, Arc<PublicKey>)>;

impl KeyRing {
    /// The key of a name and id.
    #[must_use]
    pub fn get(&self, name: &str, id: u32) -> Option<Arc<PublicKey>> {
        let keys = self.keys.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        keys.get(name)?.iter().find(|(known, _)| *known == id).map(|(_, key)| Arc::clone(key))
    }

    /// Whether any key of this chain is known.
    #[must_use]
    pub fn knows_chain(&self, chain: &str) -> bool {
        let keys = self.keys.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let first = format!("{chain}/");
        keys.range(first.clone()..).next().is_some_and(|(name, _)| name.starts_with(&first))
    }

    /// Adds a key that an event introduced.
    pub fn add(&self, name: &str, id: u32, key: PublicKey) {
        let mut keys = self.keys.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let same_name = keys.entry(name.to_owned()).or_default();
        if !same_name.iter().any(|(known, _)| *known == id) {
            same_name.push((id, Arc::new(key)));
        }
    }

    /// Adds the keys that an event introduces, as far as they are admissible.
    pub fn add_introduced(&self, envelope: &Envelope) {
        for entry in introduced(envelope) {
            if let Ok(vkey) = entry.admit(envelope.chain()) {
                self.add(&vkey.name, vkey.id, vkey.key);
            }
        }
    }
}
