//! Checkpoints that the log's key signs, or has signed.

use almoner_proof::note::Note;
use almoner_proof::{Checkpoint, Hash, SecretKey, VerifierKey};
use almoner_store::Pinned;

/// Whether a stored or pinned checkpoint is what the log's key signed, and if not, what is wrong with it.
pub(super) fn genuine(log: &VerifierKey, pinned: &Pinned) -> Result<(), String> {
    let note = Note::parse(&pinned.note).map_err(|error| format!("its note cannot be read ({error})"))?;
    let told = Checkpoint::parse(note.text).filter(|told| told.origin == log.name);
    let told =
        told.ok_or_else(|| "its note is no checkpoint of this log, so not signed by the log's key".to_owned())?;
    if (told.size, told.root.0) != (pinned.size, pinned.root) {
        return Err(format!(
            "its note tells the size {} and the root {}, and beside it stands {} and {}",
            told.size,
            told.root,
            pinned.size,
            Hash(pinned.root)
        ));
    }
    note.verify(log)
        .map(|_| ())
        .map_err(|error| format!("its signature does not verify, so it is not signed by the log's key ({error})"))
}

/// The log's key, with what its signatures are verified with.
pub(super) struct Signer {
    key: SecretKey,
    verifier: VerifierKey,
}

impl Signer {
    pub(super) fn new(key: SecretKey) -> Signer {
        Signer { verifier: key.verifier(), key }
    }

    /// Signs a checkpoint and verifies our own signature before it leaves: a log has died of one
    /// bit flip between hashing and signing.
    pub(super) fn sign(&self, size: u64, root: Hash) -> Option<Pinned> {
        let checkpoint = Checkpoint { origin: self.verifier.name.clone(), size, root };
        let signed = Pinned { size, root: root.0, note: checkpoint.sign(&self.key).into_bytes() };
        genuine(&self.verifier, &signed).is_ok().then_some(signed)
    }
}
