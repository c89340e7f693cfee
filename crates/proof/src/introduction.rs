//! What a verifier reads of the events that introduce keys, and nothing else of any event's data.

use crate::event::Envelope;
use crate::key::{ALG_ED25519, KeyError, VerifierKey};
use crate::text::is_label;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `chain.opened/1`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainOpened {
    /// Language tag → name.
    pub name: BTreeMap<String, String>,
    /// The chain's first keys.
    pub keys: Vec<KeyEntry>,
    /// How many admin keys change keys and policy.
    pub admin_quorum: u32,
    /// From which amount how many approvers are needed.
    pub approvals: Vec<Approval>,
    /// Keys for when all else is lost.
    pub recovery: Recovery,
}

/// A key with its holder and roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyEntry {
    /// `<chain>/<label>+<id>+<base64>`
    pub vkey: String,
    /// A person or body within the chain; several keys may have one holder.
    pub holder: String,
    /// What the key may sign.
    pub roles: Vec<Role>,
}

/// What a key may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Keys, policy.
    Admin,
    /// What posts or promises.
    Book,
    /// Payment requests.
    Request,
    /// Payment approvals.
    Approve,
    /// Projects, milestones, outcomes.
    Report,
    /// Attestations.
    Attest,
    /// Holds.
    Supervise,
    /// Opens and admits chains (chain `operator` only).
    Registrar,
    /// The server's own events (chain `operator` only).
    Sequencer,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 9] = [
        Role::Admin,
        Role::Book,
        Role::Request,
        Role::Approve,
        Role::Report,
        Role::Attest,
        Role::Supervise,
        Role::Registrar,
        Role::Sequencer,
    ];

    /// The word on the wire.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Book => "book",
            Role::Request => "request",
            Role::Approve => "approve",
            Role::Report => "report",
            Role::Attest => "attest",
            Role::Supervise => "supervise",
            Role::Registrar => "registrar",
            Role::Sequencer => "sequencer",
        }
    }
}

/// An approval threshold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// ISO 4217.
    pub currency: String,
    /// Amount as text, with the currency's minor digits.
    pub from: String,
    /// Distinct holders, the requester excluded.
    pub approvers: u32,
}

/// Recovery keys and how many of them sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovery {
    /// Verifier keys.
    pub keys: Vec<String>,
    /// How many sign `chain.recovered`.
    pub quorum: u32,
}

/// `key.added/1`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyAdded {
    /// The new key.
    pub key: KeyEntry,
}

/// `chain.recovered/1`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainRecovered {
    /// The chain's keys from here on.
    pub keys: Vec<KeyEntry>,
    /// How many admin keys change keys and policy.
    pub admin_quorum: u32,
}

impl KeyEntry {
    /// The admitted key, if it is one of `chain` with a proper label and holder.
    ///
    /// # Errors
    /// Every [`KeyError`].
    pub fn admit(&self, chain: &str) -> Result<VerifierKey, KeyError> {
        if !is_label(&self.holder) {
            return Err(KeyError::Malformed);
        }
        admit_vkey(&self.vkey, chain)
    }
}

/// Admits a key string that must name a key of `chain`.
///
/// # Errors
/// Every [`KeyError`].
pub fn admit_vkey(vkey: &str, chain: &str) -> Result<VerifierKey, KeyError> {
    let key = VerifierKey::parse(vkey)?;
    if key.alg != ALG_ED25519 {
        return Err(KeyError::Algorithm);
    }
    match key.name.split_once('/') {
        Some((owner, label)) if owner == chain && is_label(label) => Ok(key),
        _ => Err(KeyError::Malformed),
    }
}

/// The data of an event that introduces keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Introduction {
    /// `chain.opened/1` at seq 0.
    Opened(ChainOpened),
    /// `key.added/1`
    Added(KeyAdded),
    /// `chain.recovered/1`
    Recovered(ChainRecovered),
}

impl Introduction {
    /// The types that introduce keys.
    pub const TYPES: [&'static str; 3] = ["chain.opened/1", "key.added/1", "chain.recovered/1"];

    /// Reads the data of such an event; `None` for every other kind, or when it is not of the schema.
    #[must_use]
    pub fn of(envelope: &Envelope) -> Option<Introduction> {
        let data = envelope.data();
        match envelope.kind() {
            "chain.opened/1" if envelope.seq == 0 => serde_json::from_str(data).ok().map(Introduction::Opened),
            "key.added/1" => serde_json::from_str(data).ok().map(Introduction::Added),
            "chain.recovered/1" => serde_json::from_str(data).ok().map(Introduction::Recovered),
            _ => None,
        }
    }

    /// The keys that it lists with their roles; each of them signs it.
    #[must_use]
    pub fn keys(&self) -> &[KeyEntry] {
        match self {
            Introduction::Opened(data) => &data.keys,
            Introduction::Added(data) => std::slice::from_ref(&data.key),
            Introduction::Recovered(data) => &data.keys,
        }
    }

    /// The recovery keys of a `chain.opened`; they need not sign it.
    #[must_use]
    pub fn recovery_keys(&self) -> &[String] {
        match self {
            Introduction::Opened(data) => &data.recovery.keys,
            Introduction::Added(_) | Introduction::Recovered(_) => &[],
        }
    }
}

/// The keys that an event introduces; empty for every other kind, or when its data is not of the schema.
#[must_use]
pub fn introduced(envelope: &Envelope) -> Vec<KeyEntry> {
    Introduction::of(envelope).map(|introduction| introduction.keys().to_vec()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Role;

    #[test]
    fn the_word_of_a_role_is_what_is_read() {
        for role in Role::ALL {
            assert_eq!(serde_json::to_value(role).unwrap(), role.word());
        }
    }
}
