//! The event note: the one envelope of every event, kept as the bytes received.

use crate::b64;
use crate::hash::Hash;
use crate::json::{self, JsonError};
use crate::merkle::{empty_root, leaf_hash};
use crate::note::{self, DASH};
use crate::text::{is_chain_id, is_event_type, is_label, is_time, parse_decimal};
use std::ops::Range;
use std::sync::Arc;

/// Largest event note: 60 KiB, so that with its bundle framing it always stays below 65,535 bytes.
pub const EVENT_MAX: usize = 60 * 1024;
/// Most signature lines on an event.
pub const SIGNERS_MAX: usize = 16;
/// The first line of every event.
pub const HEADER: &str = "almoner/event@v1";

/// Why bytes are no event note. The order of the variants is the order of the checks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Over [`EVENT_MAX`].
    #[error("the event is over 60 KiB; split it into several events")]
    TooLarge,
    /// Not UTF-8, a control character, or no signature block.
    #[error("not a signed note: {0}")]
    Note(note::NoteError),
    /// A line that is missing, out of order or malformed.
    #[error(
        "line `{0}` is missing, out of order or malformed; the lines are log, chain, seq, prev, seen, time, type, data, in this order and no others"
    )]
    Line(&'static str),
    /// A signature line that is not `— <chain>/<label> <base64 of id and 64 bytes>`.
    #[error("signature line {0} is malformed")]
    SignatureLine(usize),
    /// Signature lines not sorted by name, or one name twice.
    #[error("signature lines are sorted by name and stand once each")]
    SignatureOrder,
    /// More than [`SIGNERS_MAX`].
    #[error("more than 16 signatures")]
    TooManySignatures,
    /// `data` breaks the strict JSON grammar.
    #[error("data: {0}")]
    Data(#[from] JsonError),
}

/// One signature line of an event.
#[derive(Debug, Clone)]
pub struct Signature {
    name: Range<usize>,
    /// The key's id.
    pub key_id: u32,
    /// Ed25519 over the text.
    pub signature: [u8; 64],
}

/// An event note taken apart, its bytes kept exactly. Nothing is verified yet.
#[derive(Debug, Clone)]
pub struct Envelope {
    whole: Arc<str>,
    text_len: usize,
    log: Range<usize>,
    chain: Range<usize>,
    time: Range<usize>,
    kind: Range<usize>,
    data: Range<usize>,
    /// Position in the author's chain, from 0.
    pub seq: u64,
    /// Event hash of the chain's previous event; zeros at seq 0.
    pub prev: Hash,
    /// Size and root of the newest checkpoint that the author verified.
    pub seen: (u64, Hash),
    signatures: Vec<Signature>,
    leaf: Hash,
}

impl Envelope {
    /// Parses under the strict grammar: size, lines, signature lines. `data` is checked apart, by
    /// [`Envelope::check_data`], because "another log" is told before "bad data".
    ///
    /// # Errors
    /// Every [`EnvelopeError`] but `Data`.
    pub fn parse(bytes: &[u8]) -> Result<Envelope, EnvelopeError> {
        if bytes.len() > EVENT_MAX {
            return Err(EnvelopeError::TooLarge);
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| EnvelopeError::Note(note::NoteError::NotText))?;
        if note::has_control(bytes) {
            return Err(EnvelopeError::Note(note::NoteError::NotText));
        }
        let whole: Arc<str> = Arc::from(whole);
        let (text, signature_lines) = note::split(&whole).map_err(EnvelopeError::Note)?;
        let mut lines = Lines { text, at: 0 };
        lines.exact(HEADER)?;
        let log = lines.value("log")?;
        let chain = lines.value("chain")?;
        let seq = lines.value("seq")?;
        let prev = lines.value("prev")?;
        let seen = lines.value("seen")?;
        let time = lines.value("time")?;
        let kind = lines.value("type")?;
        let data = lines.value("data")?;
        if lines.at != text.len() {
            return Err(EnvelopeError::Line("data"));
        }
        let bad = EnvelopeError::Line;
        let part = |range: &Range<usize>| text.get(range.clone()).unwrap_or_default();
        if !crate::key::is_key_name(part(&log)) {
            return Err(bad("log"));
        }
        if !is_chain_id(part(&chain)) {
            return Err(bad("chain"));
        }
        let seq = parse_decimal(part(&seq)).ok_or(bad("seq"))?;
        let prev = Hash::from_base64(part(&prev)).ok_or(bad("prev"))?;
        let (seen_size, seen_root) = part(&seen).split_once(' ').ok_or(bad("seen"))?;
        let seen = (parse_decimal(seen_size).ok_or(bad("seen"))?, Hash::from_base64(seen_root).ok_or(bad("seen"))?);
        if seen.0 == 0 && seen.1 != empty_root() {
            return Err(bad("seen"));
        }
        if !is_time(part(&time)) {
            return Err(bad("time"));
        }
        if !is_event_type(part(&kind)) {
            return Err(bad("type"));
        }
        let signatures = signatures(signature_lines, text.len().saturating_add(1))?;
        let text_len = text.len();
        let leaf = leaf_hash(bytes);
        Ok(Envelope { text_len, log, chain, time, kind, data, seq, prev, seen, signatures, leaf, whole })
    }

    /// Checks the JSON of `data`; the members are the ledger's to judge.
    ///
    /// # Errors
    /// [`EnvelopeError::Data`].
    pub fn check_data(&self) -> Result<(), EnvelopeError> {
        Ok(json::check(self.data())?)
    }

    fn part(&self, range: &Range<usize>) -> &str {
        self.whole.get(range.clone()).unwrap_or_default()
    }

    /// The complete note: what is stored and served, and the leaf's data.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.whole.as_bytes()
    }
    /// The complete note, shared.
    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.whole)
    }
    /// The signed text with its final newline.
    #[must_use]
    pub fn text(&self) -> &str {
        self.part(&(0..self.text_len))
    }
    /// The origin of the log this event is for.
    #[must_use]
    pub fn log(&self) -> &str {
        self.part(&self.log)
    }
    /// The author's chain.
    #[must_use]
    pub fn chain(&self) -> &str {
        self.part(&self.chain)
    }
    /// The author's claim of the time, `YYYY-MM-DDTHH:MM:SSZ`.
    #[must_use]
    pub fn time(&self) -> &str {
        self.part(&self.time)
    }
    /// `noun.verb/version`.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.part(&self.kind)
    }
    /// One line of JSON.
    #[must_use]
    pub fn data(&self) -> &str {
        self.part(&self.data)
    }
    /// Signature lines with their names, sorted.
    pub fn signatures(&self) -> impl Iterator<Item = (&str, &Signature)> {
        self.signatures.iter().map(|s| (self.part(&s.name), s))
    }
    /// H(00 || note), which the tree holds.
    #[must_use]
    pub fn leaf_hash(&self) -> Hash {
        self.leaf
    }
    /// H(text).
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(self.text().as_bytes())
    }
}

struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl Lines<'_> {
    fn line(&mut self) -> Option<Range<usize>> {
        let rest = self.text.get(self.at..)?;
        let length = rest.find('\n')?;
        let line = self.at..self.at.checked_add(length)?;
        self.at = line.end.checked_add(1)?;
        Some(line)
    }

    fn exact(&mut self, line: &'static str) -> Result<(), EnvelopeError> {
        let range = self.line().ok_or(EnvelopeError::Line(line))?;
        if self.text.get(range) == Some(line) { Ok(()) } else { Err(EnvelopeError::Line(line)) }
    }

    fn value(&mut self, word: &'static str) -> Result<Range<usize>, EnvelopeError> {
        let range = self.line().ok_or(EnvelopeError::Line(word))?;
        let line = self.text.get(range.clone()).unwrap_or_default();
        let value = line.strip_prefix(word).and_then(|rest| rest.strip_prefix(' ')).ok_or(EnvelopeError::Line(word))?;
        // The value is the line's end.
        Ok(range.end.saturating_sub(value.len())..range.end)
    }
}

/// `offset` is where the lines stand in the whole note. A note is small ([`EVENT_MAX`]), so no position meets the edge of a
/// usize.
fn signatures(lines: &str, offset: usize) -> Result<Vec<Signature>, EnvelopeError> {
    let mut all = Vec::with_capacity(2);
    let mut last = "";
    let mut at = offset;
    for (number, line) in (1..).zip(lines.split_terminator('\n')) {
        let malformed = || EnvelopeError::SignatureLine(number);
        if all.len() == SIGNERS_MAX {
            return Err(EnvelopeError::TooManySignatures);
        }
        let (name, material) = line.strip_prefix(DASH).and_then(|rest| rest.split_once(' ')).ok_or_else(malformed)?;
        let material: [u8; 68] = b64::decode_exact(material).ok_or_else(malformed)?;
        let (chain, label) = name.split_once('/').ok_or_else(malformed)?;
        if !is_chain_id(chain) || !is_label(label) {
            return Err(malformed());
        }
        if name <= last {
            return Err(EnvelopeError::SignatureOrder);
        }
        last = name;
        let (id, signature) = material.split_first_chunk::<4>().ok_or_else(malformed)?;
        let signature: [u8; 64] = signature.try_into().map_err(|_| malformed())?;
        let name_at = at.saturating_add(DASH.len());
        all.push(Signature {
            name: name_at..name_at.saturating_add(name.len()),
            key_id: u32::from_be_bytes(*id),
            signature,
        });
        at = at.saturating_add(line.len()).saturating_add(1);
    }
    Ok(all)
}

/// What an author fills in to make an event.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    /// The log's origin.
    pub log: &'a str,
    /// The author's chain.
    pub chain: &'a str,
    /// Its next position.
    pub seq: u64,
    /// Event hash of the event before; zeros at seq 0.
    pub prev: Hash,
    /// Newest checkpoint that the author verified; `(0, H(""))` if none yet.
    pub seen: (u64, Hash),
    /// `YYYY-MM-DDTHH:MM:SSZ`
    pub time: &'a str,
    /// `noun.verb/version`
    pub kind: &'a str,
    /// One line of JSON.
    pub data: &'a str,
}

impl Draft<'_> {
    /// The text to sign.
    #[must_use]
    pub fn text(&self) -> String {
        let (size, root) = self.seen;
        format!(
            "{HEADER}\nlog {}\nchain {}\nseq {}\nprev {}\nseen {size} {root}\ntime {}\ntype {}\ndata {}\n",
            self.log, self.chain, self.seq, self.prev, self.time, self.kind, self.data
        )
    }
}
