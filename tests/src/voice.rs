//! A log without keys, for tests of the store alone: what begins with its word it has signed.

use almoner_store::{Pinned, Voice};
use std::sync::Arc;

const WORD: &str = "signed, as tests sign\n";

struct Anybody;

/// Signs whatever it is given, and takes every checkpoint for its own.
pub fn voice() -> Arc<dyn Voice> {
    Arc::new(Anybody)
}

impl Voice for Anybody {
    fn sign(&self, text: &str) -> Option<Vec<u8>> {
        Some(format!("{WORD}{text}").into_bytes())
    }
    fn text<'a>(&self, note: &'a [u8]) -> Option<&'a str> {
        std::str::from_utf8(note).ok()?.strip_prefix(WORD)
    }
    fn is_checkpoint(&self, _: &Pinned) -> bool {
        true
    }
}
