//! `Verified`: the type that says that every signature on an event is strictly valid.

use crate::event::Envelope;
use crate::hash::Hash;
use crate::key::PublicKey;
use std::sync::Arc;

/// Why an envelope is not verified.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// No key of this name and id is known.
    #[error("the key {0} (id {1:08x}) is not known to this log; introduce it with key.added, or check the key file")]
    UnknownKey(String, u32),
    /// The signature is not strictly valid under that key.
    #[error("the signature of {0} does not verify; sign the exact text again")]
    BadSignature(String),
}

/// An envelope whose signature lines are all strictly valid under known keys. It says nothing of
/// authority: whether those keys may sign this is for the ledger to judge.
#[derive(Debug, Clone)]
pub struct Verified {
    envelope: Envelope,
    event_hash: Hash,
    keys: Vec<Arc<PublicKey>>,
}

/// Verifies every signature line strictly. `lookup` gives the key of a name and id.
///
/// # Errors
/// The first line, in their order, that has no known key or does not verify. All keys are looked
/// up before any signature is checked: "key known" stands before "signature" in the order of checks.
pub fn verify(
    envelope: Envelope,
    lookup: &dyn Fn(&str, u32) -> Option<Arc<PublicKey>>,
) -> Result<Verified, VerifyError> {
    let keys = keys_of(&envelope, lookup)?;
    for ((name, line), key) in envelope.signatures().zip(&keys) {
        if !key.verifies(envelope.text().as_bytes(), &line.signature) {
            return Err(VerifyError::BadSignature(name.to_owned()));
        }
    }
    Ok(Verified { event_hash: envelope.hash(), envelope, keys })
}

/// Takes an envelope back as verified, without checking its signatures again: for entries that this
/// very node verified, admitted and put under a checkpoint of its own, whose stored bytes still hash
/// to that checkpoint's root. Never for bytes that came from anywhere else.
///
/// # Errors
/// [`VerifyError::UnknownKey`].
pub fn recall(
    envelope: Envelope,
    lookup: &dyn Fn(&str, u32) -> Option<Arc<PublicKey>>,
) -> Result<Verified, VerifyError> {
    let keys = keys_of(&envelope, lookup)?;
    Ok(Verified { event_hash: envelope.hash(), envelope, keys })
}

type Lookup<'a> = &'a dyn Fn(&str, u32) -> Option<Arc<PublicKey>>;

fn keys_of(envelope: &Envelope, lookup: Lookup<'_>) -> Result<Vec<Arc<PublicKey>>, VerifyError> {
    let unknown = |name: &str, id: u32| VerifyError::UnknownKey(name.to_owned(), id);
    envelope
        .signatures()
        .map(|(name, line)| lookup(name, line.key_id).ok_or_else(|| unknown(name, line.key_id)))
        .collect()
}

impl Verified {
    /// The event.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }
    /// H(text), which the chain's next event names.
    #[must_use]
    pub fn event_hash(&self) -> Hash {
        self.event_hash
    }
    /// H(00 || note), which the tree holds.
    #[must_use]
    pub fn leaf_hash(&self) -> Hash {
        self.envelope.leaf_hash()
    }
    /// The signers: name on the line, and the key under which it verified.
    pub fn signers(&self) -> impl Iterator<Item = (&str, &PublicKey)> {
        self.envelope.signatures().map(|(name, _)| name).zip(self.keys.iter().map(Arc::as_ref))
    }
}
