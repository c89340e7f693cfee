//! The keys that signatures are verified under.

use crate::intern::Interner;
use almoner_proof::introduction::introduced;
use almoner_proof::{Envelope, PublicKey};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// Keys by name and id, append-only: what the parallel verifiers look up. Holding a key here says
/// nothing of authority; admission judges that.
#[derive(Debug, Default)]
pub struct KeyRing {
    known: RwLock<Known>,
}

#[derive(Debug, Default)]
struct Known {
    names: Interner<String>,
    /// By number of their name. In an honest log a label binds one key for ever; in one that is audited it need not.
    keys: Vec<Vec<(u32, Arc<PublicKey>)>>,
    chains: Interner<String>,
}

impl KeyRing {
    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key of a name and id.
    #[must_use]
    pub fn get(&self, name: &str, id: u32) -> Option<Arc<PublicKey>> {
        let known = self.known();
        let mut keys = known.keys.get(known.names.number(name)? as usize)?.iter();
        keys.find(|(known, _)| *known == id).map(|(_, key)| Arc::clone(key))
    }

    /// Whether any key of this chain is known.
    #[must_use]
    pub fn knows_chain(&self, chain: &str) -> bool {
        self.known().chains.number(chain).is_some()
    }

    /// Adds a key that an event introduced.
    pub fn add(&self, name: &str, id: u32, key: PublicKey) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let Known { names, keys, chains } = &mut *known;
        if let Some((chain, _)) = name.split_once('/')
            && chains.number(chain).is_none()
        {
            chains.give(chain.to_owned());
        }
        let no = names.number(name).unwrap_or_else(|| {
            keys.push(Vec::new());
            names.give(name.to_owned())
        });
        if let Some(same_name) = keys.get_mut(no as usize)
            && !same_name.iter().any(|(known, _)| *known == id)
        {
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
