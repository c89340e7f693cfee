//! A chain as the books see it: keys, policy, standing, head.

use crate::currency::Currency;
use crate::effect::ChainChange;
use crate::id::{ChainNo, EntityNo};
use crate::money::{Figure, Money};
use crate::words::ChainRole;
use almoner_proof::introduction::{Approval, Recovery, Role};
use almoner_proof::{Hash, VerifierKey};
use std::collections::{BTreeMap, BTreeSet};

/// A key of a chain.
#[derive(Debug, Clone)]
pub struct KeyState {
    /// The key.
    pub vkey: VerifierKey,
    /// Whose it is within the chain.
    pub holder: String,
    /// What it may sign.
    pub roles: BTreeSet<Role>,
    /// Not retired.
    pub active: bool,
}

/// A chain.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Its number.
    pub no: ChainNo,
    /// Its id.
    pub id: String,
    /// Language → name; the newest description wins.
    pub names: BTreeMap<String, String>,
    /// org-id.guide identifiers.
    pub identifiers: Vec<String>,
    /// Every key that ever was, by `<chain>/<label>`: a label binds one key for ever.
    pub keys: BTreeMap<String, KeyState>,
    /// How many admin keys change keys and policy.
    pub admin_quorum: u32,
    /// Thresholds.
    pub approvals: Vec<Approval>,
    /// Recovery keys.
    pub recovery: Recovery,
    /// Hash of `chain.opened`.
    pub opened: Hash,
    /// What it was admitted as; `None` until then.
    pub role: Option<ChainRole>,
    /// Who may place holds on it.
    pub supervisor: Option<ChainNo>,
    /// The seq that its next event must have.
    pub next_seq: u64,
    /// Hash of its last event.
    pub last_hash: Hash,
    /// Largest size that an event of it has seen.
    pub seen: u64,
    pub(super) funds: BTreeMap<String, EntityNo>,
    /// Bytes of every key that ever was: independence is asked of chains with any number of keys.
    key_bytes: BTreeSet<[u8; 32]>,
}

impl Chain {
    pub(super) fn opened(no: ChainNo, change: &ChainChange) -> Chain {
        let mut chain = Chain {
            no,
            id: String::new(),
            names: BTreeMap::new(),
            identifiers: Vec::new(),
            keys: BTreeMap::new(),
            admin_quorum: 1,
            approvals: Vec::new(),
            recovery: Recovery { keys: Vec::new(), quorum: 1 },
            opened: Hash::default(),
            role: None,
            supervisor: None,
            next_seq: 0,
            last_hash: Hash::default(),
            seen: 0,
            funds: BTreeMap::new(),
            key_bytes: BTreeSet::new(),
        };
        chain.change(change);
        chain
    }

    pub(super) fn change(&mut self, change: &ChainChange) {
        match change {
            ChainChange::Opened { id, name, keys, admin_quorum, approvals, recovery, hash } => {
                self.id.clone_from(id);
                self.names.clone_from(name);
                self.admin_quorum = *admin_quorum;
                self.approvals.clone_from(approvals);
                self.recovery = recovery.clone();
                self.opened = *hash;
                for (entry, vkey) in keys {
                    self.add_key(&entry.holder, &entry.roles, vkey);
                }
            }
            ChainChange::KeyAdded(key) => self.add_key(&key.0.holder, &key.0.roles, &key.1),
            ChainChange::KeyRetired(name) => {
                if let Some(key) = self.keys.get_mut(name) {
                    key.active = false;
                }
            }
            ChainChange::Described { identifiers, names } => {
                self.identifiers.clone_from(identifiers);
                self.names.extend(names.iter().map(|(language, name)| (language.clone(), name.clone())));
            }
            ChainChange::Admitted { .. } => {}
        }
    }

    fn add_key(&mut self, holder: &str, roles: &[Role], vkey: &VerifierKey) {
        let state = KeyState {
            vkey: vkey.clone(),
            holder: holder.to_owned(),
            roles: roles.iter().copied().collect(),
            active: true,
        };
        self.key_bytes.insert(*vkey.key.bytes());
        self.keys.insert(vkey.name.clone(), state);
    }

    /// Its funds, in order of their ids.
    pub fn funds(&self) -> impl Iterator<Item = EntityNo> {
        self.funds.values().copied()
    }

    /// Holders of active keys with a role.
    #[must_use]
    pub fn holders(&self, role: Role) -> BTreeSet<&str> {
        self.keys.values().filter(|k| k.active && k.roles.contains(&role)).map(|k| k.holder.as_str()).collect()
    }

    /// How many distinct holders must approve a payment of this amount.
    #[must_use]
    pub fn approvers_for(&self, amount: Money) -> u32 {
        self.approvals
            .iter()
            .filter(|a| threshold(a).is_some_and(|from| from.currency() == amount.currency() && amount >= from))
            .map(|a| a.approvers)
            .max()
            .unwrap_or(0)
    }

    /// Whether these key bytes stand on the chain, or ever stood.
    #[must_use]
    pub fn has_key(&self, bytes: &[u8; 32]) -> bool {
        self.key_bytes.contains(bytes)
    }

    /// Whether the label or the bytes of a key are those of a recovery key.
    #[must_use]
    pub fn recovers_with(&self, key: &VerifierKey) -> bool {
        let mut keys = self.recovery.keys.iter().filter_map(|vkey| VerifierKey::parse(vkey).ok());
        keys.any(|recovery| recovery.name == key.name || recovery.key == key.key)
    }

    /// Bytes of every key that stands on the chain or ever stood, retired ones included.
    pub fn key_bytes(&self) -> impl Iterator<Item = &[u8; 32]> {
        self.key_bytes.iter()
    }

    /// A name to show: English, or whichever comes first.
    #[must_use]
    pub fn display_name(&self) -> &str {
        self.names.get("en").or_else(|| self.names.values().next()).map_or(&self.id, |name| name)
    }
}

/// The amount of a threshold; `None` if its currency or amount is malformed, which admission refuses.
#[must_use]
fn threshold(approval: &Approval) -> Option<Money> {
    let currency = Currency::parse(&approval.currency)?;
    Figure::parse(&approval.from)?.not_negative(currency).ok()
}
