//! A note under an accepted checkpoint: whether it is in the tree, and what it says.

use crate::event::Envelope;
use crate::hash::Hash;
use crate::merkle::{leaf_hash, verify_inclusion};
use crate::policy::Accepted;

/// Whether a note is in the accepted tree.
pub(super) fn included(accepted: &Accepted, note: &[u8], index: u64, path: &[Hash]) -> bool {
    let checkpoint = &accepted.checkpoint;
    verify_inclusion(leaf_hash(note), index, checkpoint.size, path, &checkpoint.root)
}

/// A note under the strict grammar, of the accepted log.
pub(super) fn parse_event(note: &[u8], accepted: &Accepted) -> Option<Envelope> {
    let event = Envelope::parse(note).ok()?;
    event.check_data().ok()?;
    (event.log() == accepted.checkpoint.origin).then_some(event)
}
