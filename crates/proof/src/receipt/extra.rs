//! What our receipts carry in `extra`: the event, the introductions of its keys, openings.

use crate::json::INTEGER_MAX;
use serde::{Deserialize, Serialize};

/// The closed schema of `extra`, members in this order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extra {
    /// Always 1.
    pub v: u32,
    /// base64 of the event note.
    pub event: String,
    /// Which gift inside the event, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gift: Option<u64>,
    /// Where each signing key was introduced.
    pub keys: Vec<KeyIntroduction>,
    /// What opens commitments of this gift; left out where there is none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub openings: Vec<Opening>,
}

/// One key and the event that introduced it, with its inclusion in the receipt's checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyIntroduction {
    /// `<chain>/<label>+<id>+<base64>`
    pub vkey: String,
    /// base64 of the introducing note.
    pub event: String,
    /// Its index in the log.
    pub index: u64,
    /// Its inclusion path, base64 hashes.
    pub proof: Vec<String>,
}

/// What opens one commitment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// Path of the commitment in `data`, such as `gifts/0/donor`.
    pub field: String,
    /// base64 of exactly 32 bytes.
    pub salt: String,
    /// The committed text.
    pub value: String,
}

impl Extra {
    /// Reads `extra`; any spelling but that of `JSON.stringify` with the members in order is refused.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Extra> {
        let extra: Extra = serde_json::from_slice(bytes).ok()?;
        // Beyond 2^53 there are numbers that `JSON.stringify` never spells.
        let numbers = extra.keys.iter().map(|key| key.index).chain(extra.gift);
        // Writing it again is the shortest proof that it was spelled in the one allowed way.
        let one_spelling = numbers.max().is_none_or(|n| n <= INTEGER_MAX) && extra.to_json().as_bytes() == bytes;
        (extra.v == 1 && one_spelling).then_some(extra)
    }

    /// The one spelling.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}
