//! One slot of the anchor file: 16 KiB, checked as a whole.
//!
//! ```text
//! offset  bytes
//!      0      8  "almnanc1"
//!      8      8  generation, big endian; the slot's number is its parity
//!     16      8  1 if a checkpoint is pinned, 0 if nothing is
//!     24      8  size, big endian
//!     32     32  root
//!     64      8  length of the note, big endian
//!     72      n  note, then zeros
//!  16352     32  SHA-256 of all bytes before
//! ```

use sha2::{Digest, Sha256};

use crate::{Pinned, StoreError};

/// Bytes of one slot: room for the longest note, and whole disk blocks so that writing one never touches the other.
pub(crate) const SLOT_BYTES: usize = 16 * 1024;

/// The longest note that can be pinned, in bytes: a checkpoint of about 200 bytes and over 60 cosignatures.
pub const NOTE_LIMIT_BYTES: usize = 8 * 1024;

const MAGIC: &[u8; 8] = b"almnanc1";
const NOTE_AT: usize = 72;
const DIGEST_AT: usize = SLOT_BYTES - 32;

/// What a slot holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    /// Counts the swaps; the greater one is the newer.
    pub(crate) generation: u64,
    pub(crate) pinned: Option<Pinned>,
}

impl Slot {
    /// The file offset at which this generation is written.
    pub(crate) fn offset(&self) -> u64 {
        (self.generation % 2) * SLOT_BYTES as u64
    }

    /// The slot's bytes.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, StoreError> {
        let mut bytes = vec![0; SLOT_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..16].copy_from_slice(&self.generation.to_be_bytes());
        if let Some(Pinned { size, root, note }) = &self.pinned {
            if note.len() > NOTE_LIMIT_BYTES {
                return Err(StoreError::NoteTooLarge { len: note.len(), limit: NOTE_LIMIT_BYTES });
            }
            bytes[16..24].copy_from_slice(&1_u64.to_be_bytes());
            bytes[24..32].copy_from_slice(&size.to_be_bytes());
            bytes[32..64].copy_from_slice(root);
            bytes[64..72].copy_from_slice(&(note.len() as u64).to_be_bytes());
            bytes[NOTE_AT..][..note.len()].copy_from_slice(note);
        }
        let digest = Sha256::digest(&bytes[..DIGEST_AT]);
        bytes[DIGEST_AT..].copy_from_slice(&digest);
        Ok(bytes)
    }

    /// Reads slot `number` (0 or 1); none if a single byte of it is not as written.
    pub(crate) fn decode(number: u64, bytes: &[u8]) -> Option<Self> {
        if bytes.len() != SLOT_BYTES || Sha256::digest(&bytes[..DIGEST_AT])[..] != bytes[DIGEST_AT..] {
            return None;
        }
        let int = |at: usize| bytes[at..at + 8].try_into().ok().map(u64::from_be_bytes);
        let generation = int(8)?;
        if &bytes[..8] != MAGIC || generation % 2 != number {
            return None;
        }
        let pinned = match int(16)? {
            0 => None,
            1 => {
                let len = usize::try_from(int(64)?).ok().filter(|len| *len <= NOTE_LIMIT_BYTES)?;
                Some(Pinned {
                    size: int(24)?,
                    root: bytes[32..64].try_into().ok()?,
                    note: bytes[NOTE_AT..][..len].to_vec(),
                })
            }
            _ => return None,
        };
        Some(Self { generation, pinned })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_reads_back_in_its_own_place_only() {
        let pinned = Some(Pinned { size: 7, root: [9; 32], note: b"note".to_vec() });
        let slot = Slot { generation: 3, pinned };
        let bytes = slot.encode().unwrap();
        assert_eq!(slot.offset(), SLOT_BYTES as u64);
        assert_eq!(Slot::decode(1, &bytes), Some(slot));
        assert_eq!(Slot::decode(0, &bytes), None, "a slot copied over the other one");
    }

    #[test]
    fn the_longest_note_fits_and_one_byte_more_is_refused() {
        let slot = |len| Slot { generation: 0, pinned: Some(Pinned { size: 1, root: [0; 32], note: vec![7; len] }) };
        let longest = slot(NOTE_LIMIT_BYTES);
        assert_eq!(Slot::decode(0, &longest.encode().unwrap()), Some(longest));
        assert!(matches!(slot(NOTE_LIMIT_BYTES + 1).encode(), Err(StoreError::NoteTooLarge { .. })));
    }
}
