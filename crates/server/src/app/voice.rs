//! What the log has signed: checkpoints everywhere, and on a cluster who writes.

use super::signed::genuine;
use almoner_proof::note::{self, Note};
use almoner_proof::{SecretKey, VerifierKey};
use almoner_store::{Pinned, Voice};

/// The text of a note that the log's key has signed.
fn signed_text<'a>(log: &VerifierKey, bytes: &'a [u8]) -> Option<&'a str> {
    let note = Note::parse(bytes).ok()?;
    note.verify(log).is_ok().then_some(note.text)
}

/// How a store that knows no keys knows the log.
pub struct LogVoice {
    log: VerifierKey,
    key: Option<SecretKey>,
}

impl LogVoice {
    /// Of a machine that may sign.
    #[must_use]
    pub fn with_key(key: SecretKey) -> LogVoice {
        LogVoice { log: key.verifier(), key: Some(key) }
    }

    /// Of one that only reads.
    #[must_use]
    pub fn without_key(log: VerifierKey) -> LogVoice {
        LogVoice { log, key: None }
    }
}

impl Voice for LogVoice {
    fn sign(&self, text: &str) -> Option<Vec<u8>> {
        self.key.as_ref().map(|key| note::sign(text, &[key]).into_bytes())
    }
    fn text<'a>(&self, note: &'a [u8]) -> Option<&'a str> {
        signed_text(&self.log, note)
    }
    fn is_checkpoint(&self, pinned: &Pinned) -> bool {
        genuine(&self.log, pinned).is_ok()
    }
}
