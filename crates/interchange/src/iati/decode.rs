//! Bytes to text: byte order marks, declared encodings, and the size bound.
//!
//! XML 1.0 appendix F (<https://www.w3.org/TR/xml/#sec-guessing>): a byte order mark wins, then the shape of the first
//! bytes, then the `encoding` of the XML declaration, then UTF-8.

// Saturating: counts of lines, elements and bytes of a file that is in memory or bounded; none comes near the edge.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::Refused;

/// Longest file: 512 MiB, a hundred times the largest at hand (3.8 MB for 134 activities and 2,678 transactions). UTF-16
/// and the one-byte encodings grow to at most three times their size as UTF-8, 1.5 GiB.
pub const MAX_BYTES: usize = 512 << 20;

/// How far the XML declaration is looked for; it has three short pseudo-attributes.
const DECLARATION_BYTES: usize = 512;

/// The file as text without byte order mark; borrowed if it is UTF-8 already.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Refused> {
    if bytes.len() > MAX_BYTES {
        return Err(Refused::TooLarge { bytes: bytes.len(), limit: MAX_BYTES });
    }
    // UTF-32LE's mark begins with UTF-16LE's, so it has to be looked for first.
    if bytes.starts_with(&[0xFF, 0xFE, 0, 0]) || bytes.starts_with(&[0, 0, 0xFE, 0xFF]) {
        return Err(Refused::Encoding { label: "UTF-32".to_owned() });
    }
    let (encoding, body) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, bytes.get(length..).unwrap_or_default()),
        None => (without_mark(bytes)?, bytes),
    };
    let is_cut = || encoding == UTF_8 && std::str::from_utf8(body).is_err_and(|error| error.error_len().is_none());
    let text = encoding.decode_without_bom_handling_and_without_replacement(body).ok_or_else(|| {
        let line = first_bad_line(encoding, body);
        if is_cut() {
            Refused::CutShort { line, within: "in the midst of a character".to_owned() }
        } else {
            Refused::NotText { line, encoding: encoding.name() }
        }
    })?;
    super::instead::text(&text)?;
    Ok(text)
}

fn without_mark(bytes: &[u8]) -> Result<&'static Encoding, Refused> {
    if bytes.starts_with(&[b'<', 0]) {
        return Ok(UTF_16LE);
    }
    if bytes.starts_with(&[0, b'<']) {
        return Ok(UTF_16BE);
    }
    let Some(label) = declared(bytes) else { return Ok(UTF_8) };
    match Encoding::for_label_no_replacement(label.as_bytes()) {
        // The declaration was readable as single bytes, so it cannot be UTF-16: a file converted without touching it.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => Ok(UTF_8),
        Some(encoding) => Ok(encoding),
        None => Err(Refused::Encoding { label: super::tokens::shown(&label) }),
    }
}

/// The `encoding` pseudo-attribute of the XML declaration.
fn declared(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(DECLARATION_BYTES))?.trim_ascii_start();
    let head = String::from_utf8_lossy(head.strip_prefix(b"<?xml")?);
    let (declaration, _) = head.split_once("?>")?;
    let (_, after) = declaration.split_once("encoding")?;
    let quoted = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = quoted.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    quoted.get(1..)?.split_once(quote).map(|(label, _)| label.trim().to_owned())
}

/// Decodes again, up to the first bad byte, to say on which line it is.
fn first_bad_line(encoding: &'static Encoding, bytes: &[u8]) -> u64 {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let (mut rest, mut line) = (bytes, 1u64);
    let mut buffer = String::with_capacity(1 << 16);
    loop {
        let (result, read) = decoder.decode_to_string_without_replacement(rest, &mut buffer, true);
        line = line.saturating_add(super::tokens::newlines(&buffer));
        rest = rest.get(read..).unwrap_or_default();
        buffer.clear();
        if !matches!(result, DecoderResult::OutputFull) || read == 0 {
            return line;
        }
    }
}
