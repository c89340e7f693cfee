//! Checkpoints (c2sp.org/tlog-checkpoint) and timestamped cosignatures (c2sp.org/tlog-cosignature).

use crate::hash::Hash;
use crate::key::{SecretKey, VerifierKey, is_key_name};
use crate::note;
use crate::text::parse_decimal;

/// What the log's operator states: this many entries, this root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's identity; also the name of its key.
    pub origin: String,
    /// Entries in the tree.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
}

impl Checkpoint {
    /// Reads the three lines of a checkpoint's text; extension lines are refused.
    #[must_use]
    pub fn parse(text: &str) -> Option<Checkpoint> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        if lines.next().is_some() || !is_key_name(origin) {
            return None;
        }
        Some(Checkpoint { origin: origin.to_owned(), size: parse_decimal(size)?, root: Hash::from_base64(root)? })
    }

    /// Reads the checkpoint of a signed note; nothing is verified.
    #[must_use]
    pub fn of_note(bytes: &[u8]) -> Option<Checkpoint> {
        Checkpoint::parse(note::Note::parse(bytes).ok()?.text)
    }

    /// The text that is signed.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    /// The signed note.
    #[must_use]
    pub fn sign(&self, key: &SecretKey) -> String {
        note::sign(&self.text(), &[key])
    }
}

/// The bytes that a cosignature signs.
#[must_use]
pub fn cosigned_text(time: u64, checkpoint_text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{checkpoint_text}")
}

/// Verifies a cosignature (8 bytes big-endian time, 64 bytes signature) and gives its time in
/// seconds since 1970.
#[must_use]
pub fn verify_cosignature(key: &VerifierKey, checkpoint_text: &str, material: &[u8]) -> Option<u64> {
    let (time, signature) = material.split_first_chunk::<8>()?;
    let signature: &[u8; 64] = signature.try_into().ok()?;
    let time = u64::from_be_bytes(*time);
    key.key.verifies(cosigned_text(time, checkpoint_text).as_bytes(), signature).then_some(time)
}
