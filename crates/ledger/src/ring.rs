//! The keys that signatures are verified under.

use almoner_proof::introduction::introduced;
use almoner_proof::{Envelope, PublicKey};
use hashbrown::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// Keys by name and id, append-only: what the parallel verifiers look up. Holding a key here says
/// nothing of authority; admission judges that.
#[derive(Debug, Default)]
pub struct KeyRing {
    known: RwLock<Known>,
}

/// Looked up for every signature, and never gone through, so that no order of theirs can be seen.
#[derive(Debug, Default)]
struct Known {
    /// By name. In an honest log a label binds one key for ever; in one that is audited it need not.
    keys: HashMap<String, Vec<(u32, Arc<PublicKey>)>>,
    chains: HashSet<String>,
}

impl KeyRing {
    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key of a name and id.
    #[must_use]
    pub fn get(&self, name: &str, id: u32) -> Option<Arc<PublicKey>> {
        self.known().keys.get(name)?.iter().find(|(known, _)| *known == id).map(|(_, key)| Arc::clone(key))
    }

    /// Whether any key of this chain is known.
    #[must_use]
    pub fn knows_chain(&self, chain: &str) -> bool {
        self.known().chains.contains(chain)
    }

    /// Adds a key that an event introduced.
    pub fn add(&self, name: &str, id: u32, key: PublicKey) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some((chain, _)) = name.split_once('/') {
            known.chains.insert(chain.to_owned());
        }
        let same_name = known.keys.entry(name.to_owned()).or_default();
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
