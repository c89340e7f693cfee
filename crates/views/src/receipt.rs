//! Building receipts: the event, where its keys were introduced, and their inclusion in a checkpoint.

use crate::Views;
use crate::gift::NoteAt;
use almoner_ledger::decode;
use almoner_proof::introduction::introduced;
use almoner_proof::receipt::{Extra, KeyIntroduction, Opening, RECEIPT_MAX, Receipt};
use almoner_proof::{Envelope, Hash, b64};
use std::collections::BTreeSet;

/// Gives the inclusion path of a log index under the receipt's checkpoint.
pub type PathAt<'a> = &'a dyn Fn(u64) -> Option<Vec<Hash>>;

/// Why there is no receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// No such event.
    #[error("there is no event {0} in the log; an event is written <chain>#<seq> or <chain>-<seq>")]
    NoEvent(String),
    /// The event has no such gift.
    #[error("the event has no gift {0}; gifts are counted from 0")]
    NoGift(u64),
    /// Acknowledged, but no published checkpoint covers it yet.
    #[error("no published checkpoint covers this event yet; try again in a second")]
    Pending,
    /// Its keys were introduced over so many events that no verifier would take it.
    #[error("a receipt of this event would be longer than 2 MiB, which nobody takes; audit the log instead")]
    TooLong,
    /// A note, a path or a key's introduction cannot be had.
    #[error("{0} cannot be read from the ledger")]
    Unreadable(String),
}

/// The checkpoint that receipts are made under.
#[derive(Debug, Clone, Copy)]
pub struct Under<'a> {
    /// Its size.
    pub size: u64,
    /// Its note, verbatim.
    pub note: &'a str,
}

impl Views {
    /// A receipt of the event at `index`, or of one gift in it.
    ///
    /// # Errors
    /// See [`ReceiptError`].
    pub fn receipt(
        &self,
        index: u64,
        gift: Option<u64>,
        openings: Option<Vec<Opening>>,
        under: Under<'_>,
        note_at: NoteAt<'_>,
        path_at: PathAt<'_>,
    ) -> Result<Receipt, ReceiptError> {
        if index >= under.size {
            return Err(ReceiptError::Pending);
        }
        let unreadable = |what: &str| ReceiptError::Unreadable(format!("{what} {index}"));
        let note = note_at(index).ok_or_else(|| unreadable("entry"))?;
        if let Some(gift) = gift {
            let gifts = decode(&note).map_or(0, |(_, event)| event.gifts().map_or(0, |gifts| gifts.count() as u64));
            if gift >= gifts {
                return Err(ReceiptError::NoGift(gift));
            }
        }
        let keys = self.introductions(&note, index, note_at, path_at)?;
        let path = path_at(index).ok_or_else(|| unreadable("the path of entry"))?;
        let openings = openings.unwrap_or_default();
        let extra = Extra { v: 1, event: b64::encode(note.bytes()), gift, keys, openings };
        Ok(Receipt { extra: Some(extra.to_json().into_bytes()), index, path, checkpoint: under.note.to_owned() })
    }

    /// Every key that signed, the keys that signed their introductions, and so on to operator's own.
    fn introductions(
        &self,
        note: &Envelope,
        index: u64,
        note_at: NoteAt<'_>,
        path_at: PathAt<'_>,
    ) -> Result<Vec<KeyIntroduction>, ReceiptError> {
        let mut wanted: Vec<String> = note.signatures().map(|(name, _)| name.to_owned()).collect();
        let mut known: BTreeSet<String> = wanted.iter().cloned().collect();
        let mut keys = Vec::new();
        let mut bytes = 0usize;
        for at in 0.. {
            let Some(name) = wanted.get(at).cloned() else { break };
            let missing = || ReceiptError::Unreadable(format!("the introduction of the key {name}"));
            let (vkey, place) =
                self.key_introduction(&name).filter(|(_, place)| *place <= index).ok_or_else(missing)?;
            let event = if place == index { note.clone() } else { note_at(place).ok_or_else(missing)? };
            let own: BTreeSet<String> =
                introduced(&event).into_iter().filter_map(|e| e.vkey.split('+').next().map(str::to_owned)).collect();
            for (signer, _) in event.signatures().filter(|(signer, _)| !own.contains(*signer)) {
                if known.insert(signer.to_owned()) {
                    wanted.push(signer.to_owned());
                }
            }
            // What saturates is beyond the limit all the same.
            bytes = bytes.saturating_add(event.bytes().len());
            // In base64, twice, it is longer by seven ninths.
            if bytes > RECEIPT_MAX / 2 {
                return Err(ReceiptError::TooLong);
            }
            let proof = path_at(place).ok_or_else(missing)?.iter().map(|hash| hash.to_base64()).collect();
            keys.push(KeyIntroduction { vkey, event: b64::encode(event.bytes()), index: place, proof });
        }
        Ok(keys)
    }

    /// The key of a name, and the index of the event that introduced it.
    fn key_introduction(&self, name: &str) -> Option<(String, u64)> {
        let chain = self.chain(self.chain_no(name.split('/').next()?)?)?;
        let key = chain.keys.iter().find(|key| key.name == name)?;
        Some((key.vkey.clone(), key.introduced))
    }
}
