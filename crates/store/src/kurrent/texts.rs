//! The texts of an anchor stream, which the log's key signs: docs/FORMATS.md, "Streams".
//!
//! Strict both ways: what is read must be, byte for byte, what would be written.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use std::fmt::{self, Write as _};

use crate::{Pinned, StoreError};

/// Who pins: a name for the life of one handle.
pub(super) type Holder = [u8; 16];

/// Names a ledger's directory.
pub type Id = [u8; 16];

/// How the log signs, and is known by its signature. The store itself knows no keys and no notes.
pub trait Voice: Send + Sync {
    /// A note over the text, signed by the log's key; none where this machine has no key.
    fn sign(&self, text: &str) -> Option<Vec<u8>>;
    /// The text of a note that the log's key has signed.
    fn text<'a>(&self, note: &'a [u8]) -> Option<&'a str>;
    /// Whether a checkpoint is this log's, signed by its key, and says what it is pinned as.
    fn is_checkpoint(&self, pinned: &Pinned) -> bool;
}

/// What stands in an anchor stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    Claim(Claim),
    Pin(Pin),
    Seal(Seal),
}

/// Somebody writes from here on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) holder: Holder,
    /// One above the newest.
    pub(super) number: u64,
    /// The directory that the ledger is brought back from.
    pub(super) from: Option<Id>,
}

/// A checkpoint is pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pin {
    pub(super) holder: Holder,
    /// Of the holder's claim.
    pub(super) number: u64,
    /// The revision where it stands, so that a copy elsewhere is none.
    pub(super) at: u64,
    pub(super) pinned: Pinned,
}

/// The last pin: the ledger is elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    pub(super) pin: Pin,
    /// Where it went.
    pub to: To,
    /// When, as its author's clock said: `2026-11-27T20:00:00Z`.
    pub time: String,
}

impl Seal {
    /// How many entries went there.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.pin.pinned.size
    }

    /// Why nothing can be written behind it, at a stream of this name.
    #[must_use]
    pub fn moved(&self, stream: &str) -> StoreError {
        StoreError::Moved {
            stream: stream.to_owned(),
            size: self.size(),
            time: self.time.clone(),
            to: self.to.to_string(),
        }
    }
}

impl fmt::Display for To {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(id) => write!(f, "the directory whose file `id` says {}", digits(id)),
            Self::Ledger(name) => write!(f, "the streams of {name} on the same cluster"),
        }
    }
}

/// Where a ledger went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum To {
    /// Into a directory of this id.
    Directory(Id),
    /// Into other streams: the name under which the ledger stands there.
    Ledger(String),
}

impl To {
    pub(super) fn is_directory(&self, id: Id) -> bool {
        *self == To::Directory(id)
    }
}

/// A new id, unlike any other.
#[must_use]
pub fn fresh_id() -> Id {
    *uuid::Uuid::new_v4().as_bytes()
}

/// Thirty-two hexadecimal digits.
#[must_use]
pub fn hex(id: &Id) -> String {
    digits(id)
}

/// An id from its thirty-two hexadecimal digits.
#[must_use]
pub fn parse_hex(text: &str) -> Option<Id> {
    bytes(text)
}

fn digits(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut out = [0; N];
    if text.len() != N.checked_mul(2)? || !text.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c)) {
        return None;
    }
    for (byte, at) in out.iter_mut().zip((0..text.len()).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at.checked_add(2)?)?, 16).ok()?;
    }
    Some(out)
}

impl Text {
    /// The text that is signed, for an anchor stream of this name.
    pub(super) fn write(&self, stream: &str) -> String {
        let head = |word: &str, holder: &Holder, number: u64| {
            format!("almoner/{word}@v1\nstream {stream}\nholder {}\nnumber {number}\n", digits(holder))
        };
        let pinned =
            |pin: &Pin| format!("at {}\nsize {}\nroot {}\n", pin.at, pin.pinned.size, digits(&pin.pinned.root));
        match self {
            Text::Claim(Claim { holder, number, from }) => {
                let from = from.as_ref().map(|id| format!("from {}\n", digits(id))).unwrap_or_default();
                head("claim", holder, *number) + &from
            }
            Text::Pin(pin) => head("pin", &pin.holder, pin.number) + &pinned(pin),
            Text::Seal(Seal { pin, to, time }) => {
                let to = match to {
                    To::Directory(id) => format!("to directory {}\n", digits(id)),
                    To::Ledger(name) => format!("to ledger {name}\n"),
                };
                head("seal", &pin.holder, pin.number) + &pinned(pin) + &to + &format!("time {time}\n")
            }
        }
    }

    /// What a signed text says of this stream; `note` is that of the checkpoint, which stands beside a pin or seal.
    pub(super) fn read(text: &str, stream: &str, note: &[u8]) -> Option<Text> {
        let mut lines = text.lines();
        let first = lines.next()?;
        let mut value = |word: &str| lines.next()?.strip_prefix(word)?.strip_prefix(' ');
        value("stream").filter(|named| *named == stream)?;
        let holder = bytes(value("holder")?)?;
        let number = value("number")?.parse().ok()?;
        let read = if first == "almoner/claim@v1" {
            let from = match lines.next() {
                Some(line) => Some(bytes(line.strip_prefix("from ")?)?),
                None => None,
            };
            Text::Claim(Claim { holder, number, from })
        } else {
            let at = value("at")?.parse().ok()?;
            let (size, root) = (value("size")?.parse().ok()?, bytes(value("root")?)?);
            let pin = Pin { holder, number, at, pinned: Pinned { size, root, note: note.to_vec() } };
            match first {
                "almoner/pin@v1" => Text::Pin(pin),
                "almoner/seal@v1" => {
                    let to = value("to")?;
                    let to = match to.split_once(' ')? {
                        ("directory", id) => To::Directory(bytes(id)?),
                        ("ledger", name) => To::Ledger(name.to_owned()),
                        _ => return None,
                    };
                    Text::Seal(Seal { pin, to, time: value("time")?.to_owned() })
                }
                _ => return None,
            }
        };
        // Spelled otherwise it is not what was written.
        (read.write(stream) == text).then_some(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_as_they_were_written_and_not_otherwise() {
        let pinned = Pinned { size: 12, root: [0xab; 32], note: b"note".to_vec() };
        let pin = Pin { holder: [1; 16], number: 3, at: 77, pinned: pinned.clone() };
        let texts = [
            Text::Claim(Claim { holder: [0xfe; 16], number: 1, from: None }),
            Text::Claim(Claim { holder: [2; 16], number: u64::MAX, from: Some([9; 16]) }),
            Text::Pin(pin.clone()),
            Text::Seal(Seal { pin: pin.clone(), to: To::Directory([3; 16]), time: "2026-11-27T20:00:00Z".to_owned() }),
            Text::Seal(Seal {
                pin,
                to: To::Ledger("a.example/b~2".to_owned()),
                time: "2026-11-27T20:00:00Z".to_owned(),
            }),
        ];
        for text in &texts {
            let written = text.write("s-anchor");
            let read = |written: &str, stream| Text::read(written, stream, &pinned.note);
            assert_eq!(read(&written, "s-anchor").as_ref(), Some(text), "{written}");
            assert_eq!(read(&written, "other-anchor"), None);
            assert_eq!(read(&format!("{written}\n"), "s-anchor"), None);
            assert_eq!(read(&written.replace("number ", "number 0"), "s-anchor"), None);
            assert_eq!(read(&written.replace("holder ", "holder  "), "s-anchor"), None);
            for cut in 0..written.len() {
                // Without its last line a claim from somewhere is a claim.
                let is_claim = written[..cut].ends_with(&format!("number {}\n", u64::MAX));
                assert_eq!(read(&written[..cut], "s-anchor").is_some(), is_claim, "{cut}");
            }
        }
    }
}
