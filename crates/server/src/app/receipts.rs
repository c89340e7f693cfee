//! Receipts: the event, the introductions of its keys, and their inclusion in the published checkpoint.

use super::node::Shared;
use super::tree::{Proofs, Tree};
use almoner_ledger::decode;
use almoner_proof::introduction::introduced;
use almoner_proof::merkle::inclusion_path;
use almoner_proof::receipt::{Extra, KeyIntroduction, Receipt};
use almoner_proof::{Envelope, b64};
use almoner_store::StoreError;
use std::collections::BTreeSet;

/// Why there is no receipt.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// No such event.
    #[error("there is no event {0} in the log")]
    NoEvent(String),
    /// The event has no such gift.
    #[error("the event has no gift {0}; gifts are counted from 0")]
    NoGift(u64),
    /// Acknowledged, but no published checkpoint covers it yet.
    #[error("no published checkpoint covers this event yet; try again in a second")]
    Pending,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A signing key's introduction is not to be found: a defect of ours.
    #[error("the introduction of the key {0} cannot be found")]
    NoIntroduction(String),
}

impl Shared {
    /// The note at a log index.
    ///
    /// # Errors
    /// Those of the store; `None` if there is no such entry.
    pub fn note(&self, index: u64) -> Result<Option<Envelope>, StoreError> {
        Ok(self.log.entry(index)?.and_then(|bytes| Envelope::parse(&bytes).ok()))
    }

    /// Log index of an event, by chain and seq.
    #[must_use]
    pub fn index_of(&self, chain: &str, seq: u64) -> Option<u64> {
        self.views().index_of(chain, seq)
    }

    /// A receipt under the newest published checkpoint.
    ///
    /// # Errors
    /// See [`ReceiptError`].
    pub fn receipt(&self, chain: &str, seq: u64, gift: Option<u64>) -> Result<Receipt, ReceiptError> {
        let name = format!("{chain}#{seq}");
        let index = self.index_of(chain, seq).ok_or_else(|| ReceiptError::NoEvent(name.clone()))?;
        let published = self.published().filter(|p| p.size > index).ok_or(ReceiptError::Pending)?;
        let note = self.note(index)?.ok_or(ReceiptError::NoEvent(name))?;
        if let Some(gift) = gift {
            let gifts = decode(&note).map(|(_, event)| event.gifts().len() as u64).unwrap_or(0);
            if gift >= gifts {
                return Err(ReceiptError::NoGift(gift));
            }
        }
        let tree = self.tree();
        let keys = self.introductions(&tree, &note, index, published.size)?;
        let path = self.path(&tree, index, published.size)?;
        let extra = Extra { v: 1, event: b64::encode(note.bytes()), gift, keys, openings: None };
        let checkpoint = String::from_utf8_lossy(&published.note).into_owned();
        Ok(Receipt { extra: Some(extra.to_json().into_bytes()), index, path, checkpoint })
    }

    fn path(&self, tree: &Tree, index: u64, size: u64) -> Result<Vec<almoner_proof::Hash>, StoreError> {
        inclusion_path(&mut Proofs { tree, log: self.log.as_ref() }, index, size)
    }

    /// Every key that signed, the keys that signed their introductions, and so on to operator's own.
    fn introductions(&self, tree: &Tree, note: &Envelope, index: u64, size: u64) -> Result<Vec<KeyIntroduction>, ReceiptError> {
        let mut wanted: Vec<String> = note.signatures().map(|(name, _)| name.to_owned()).collect();
        let mut known: BTreeSet<String> = wanted.iter().cloned().collect();
        let mut keys = Vec::new();
        let mut at = 0;
        while let Some(name) = wanted.get(at).cloned() {
            at += 1;
            let missing = || ReceiptError::NoIntroduction(name.clone());
            let (vkey, introduced_at) = self.key_introduction(&name).filter(|(_, i)| *i <= index).ok_or_else(missing)?;
            let event = if introduced_at == index { Some(note.clone()) } else { self.note(introduced_at)? };
            let event = event.ok_or_else(missing)?;
            let own: BTreeSet<String> = introduced(&event).into_iter().filter_map(|e| e.vkey.split('+').next().map(str::to_owned)).collect();
            for (signer, _) in event.signatures().filter(|(signer, _)| !own.contains(*signer)) {
                if known.insert(signer.to_owned()) {
                    wanted.push(signer.to_owned());
                }
            }
            let proof = self.path(tree, introduced_at, size)?.iter().map(|hash| hash.to_base64()).collect();
            keys.push(KeyIntroduction { vkey, event: b64::encode(event.bytes()), index: introduced_at, proof });
        }
        Ok(keys)
    }

    /// The key of a name, and the index of the event that introduced it.
    fn key_introduction(&self, name: &str) -> Option<(String, u64)> {
        let views = self.views();
        let chain = views.chain(views.chain_no(name.split('/').next()?)?)?;
        let key = chain.keys.iter().find(|key| key.name == name)?;
        Some((key.vkey.clone(), key.introduced))
    }
}
