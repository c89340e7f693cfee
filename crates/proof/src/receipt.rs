//! Receipts: c2sp.org/tlog-proof with our `extra`, judged from the file and a policy alone.

mod extra;
mod fault;
mod included;
mod introductions;
mod judge;
mod listed;
mod openings;
mod standing;
mod verdict;
mod words;

pub use extra::{Extra, KeyIntroduction, Opening};
pub use judge::{judge, origin};
pub use verdict::{ChainOpening, Judged, KeyMisplaced, Proven, Signer, Step, Unchecked, Verdict};
pub use words::GENUINE_MEANS;

use crate::b64;
use crate::hash::Hash;
use crate::text::parse_decimal;

/// The first line.
pub const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// Largest receipt that is read: an event of 60 KiB and some introductions, twice in base64.
pub const RECEIPT_MAX: usize = 2 * 1024 * 1024;

/// A receipt taken apart; nothing is checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The decoded `extra` line.
    pub extra: Option<Vec<u8>>,
    /// The event's index in the log.
    pub index: u64,
    /// Inclusion path, the leaf's sibling first.
    pub path: Vec<Hash>,
    /// The checkpoint note, verbatim.
    pub checkpoint: String,
}

impl Receipt {
    /// Takes a receipt apart at its first empty line.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Receipt> {
        if bytes.len() > RECEIPT_MAX {
            return None;
        }
        let text = std::str::from_utf8(bytes).ok()?;
        let (head, checkpoint) = text.split_once("\n\n")?;
        let mut lines = head.split('\n').peekable();
        if lines.next()? != HEADER {
            return None;
        }
        let extra = match lines.next_if(|line| line.starts_with("extra ")) {
            Some(line) => Some(b64::decode(line.strip_prefix("extra ")?)?),
            None => None,
        };
        let index = parse_decimal(lines.next()?.strip_prefix("index ")?)?;
        let path = lines.map(Hash::from_base64).collect::<Option<Vec<_>>>()?;
        if path.len() > 63 {
            return None;
        }
        Some(Receipt { extra, index, path, checkpoint: checkpoint.to_owned() })
    }

    /// The file's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        if let Some(extra) = &self.extra {
            text.push_str(&format!("extra {}\n", b64::encode(extra)));
        }
        text.push_str(&format!("index {}\n", self.index));
        for hash in &self.path {
            text.push_str(&hash.to_base64());
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }
}
