//! One walk over the text of a file: well-formedness, bounds and line numbers, for whoever visits.
//!
//! quick-xml splits the markup and matches the tags; everything else XML 1.0 demands of a reader without a DTD, and that
//! an attack could use, is checked here. A foreign element is one with a prefix or under a default namespace: IATI's own
//! elements are in no namespace (2.03 schema, `elementFormDefault` unqualified), so foreign ones that happen to have the
//! same name are never mistaken for them.

// Saturating: counts of lines, elements and bytes of a file that is in memory or bounded; none comes near the edge.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::escape::{EscapeError, resolve_xml_entity};
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::Refused;

/// Deepest nesting. IATI 2.03 itself reaches 8 (`result/indicator/period/target/comment/narrative` in an activity).
pub const MAX_DEPTH: usize = 64;
/// Most attributes on one element. IATI gives its elements ten at most; merged files declare the namespaces of all
/// their publishers on the root, five at most in the files at hand.
pub const MAX_ATTRIBUTES: usize = 256;
/// Longest tag: 64 KiB, 256 attributes of 256 bytes.
pub const MAX_TAG_BYTES: usize = 64 << 10;
/// Longest piece of the file quoted in a message.
const SHOWN_CHARS: usize = 80;

/// An element's start tag.
pub(super) struct Element<'a> {
    /// Line of its `<`, 1-based; lines end at U+000A.
    pub(super) line: u64,
    /// Name as written, with its prefix.
    pub(super) name: &'a str,
    /// Whether it is in a namespace, and so none of IATI's.
    pub(super) foreign: bool,
    /// Attributes as written, in order, `xmlns` among them.
    pub(super) attributes: &'a [Attribute<'a>],
}

/// An attribute; the value is normalised (XML 1.0 §3.3.3) but not trimmed.
pub(super) struct Attribute<'a> {
    pub(super) name: &'a str,
    pub(super) value: Cow<'a, str>,
}

impl Element<'_> {
    /// Value of an unprefixed attribute, trimmed; `None` if it is missing or blank.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|a| a.name == name).map(|a| a.value.trim()).filter(|v| !v.is_empty())
    }
}

/// Who is called during the walk; `close` matches the latest `open` that is not closed.
pub(super) trait Visit<E> {
    fn open(&mut self, element: &Element<'_>) -> Result<(), E>;
    /// A piece of character data; comments, references and CDATA sections split it.
    fn text(&mut self, line: u64, text: &str) -> Result<(), E>;
    fn close(&mut self) -> Result<(), E>;
    /// In the text that comes next, or in the attributes of the element that was opened last, a control character was
    /// read as another.
    fn changed(&mut self, line: u64, from: char, to: char) -> Result<(), E>;
}

/// What Windows-1252 has at 80 to 9F. Those code points of Unicode are control characters that nobody types: they are
/// what a conversion leaves that took Windows-1252 for Latin-1.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{FFFD}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{FFFD}', 'Ž', '\u{FFFD}', '\u{FFFD}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{FFFD}', 'ž', 'Ÿ',
];

/// The character that was meant by a control character of XML's.
fn meant(c: char) -> Option<char> {
    match u32::from(c) {
        0x7F => Some('\u{FFFD}'),
        code @ 0x80..=0x9F => WINDOWS_1252.get(usize::try_from(code.checked_sub(0x80)?).ok()?).copied(),
        _ => None,
    }
}

/// A changed character, and its line.
type Change = (u64, char, char);

/// The text with control characters as what was meant; the text begins on `line`.
fn mended<'a>(text: Cow<'a, str>, line: u64, changes: &mut Vec<Change>) -> Cow<'a, str> {
    // Nearly all text has neither; U+0080 to U+009F begin with C2 in UTF-8.
    if !text.bytes().any(|b| matches!(b, 0xC2 | 0x7F)) || !text.chars().any(|c| meant(c).is_some()) {
        return text;
    }
    let mut at = line;
    let mend = |c: char| {
        at = at.saturating_add(u64::from(c == '\n'));
        meant(c).map_or(c, |to| {
            changes.push((at, c, to));
            to
        })
    };
    Cow::Owned(text.chars().map(mend).collect())
}

/// Hands over a piece of text, mended.
fn tell<E>(visit: &mut dyn Visit<E>, line: u64, text: Cow<'_, str>) -> Result<(), E> {
    let mut changes = Vec::new();
    let text = mended(text, line, &mut changes);
    for (line, from, to) in changes {
        visit.changed(line, from, to)?;
    }
    visit.text(line, &text)
}

/// Number of line ends.
pub(super) fn newlines(text: &str) -> u64 {
    text.bytes().map(|b| u64::from(b == b'\n')).sum()
}

/// The line of the first character of a text that is not white space.
pub(super) fn first_line(line: u64, text: &str) -> u64 {
    let blank = text.len().saturating_sub(text.trim_start().len());
    line.saturating_add(newlines(text.get(..blank).unwrap_or_default()))
}

/// A piece of the file made fit for a message: short, without control characters.
pub(super) fn shown(text: &str) -> String {
    let mut short: String =
        text.chars().take(SHOWN_CHARS).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
    if text.chars().nth(SHOWN_CHARS).is_some() {
        short.push('…');
    }
    short
}

/// Walks over the whole text.
pub(super) fn walk<E: From<Refused>>(text: &str, visit: &mut dyn Visit<E>) -> Result<(), E> {
    let mut reader = Reader::from_str(text);
    let mut lines = Lines { text, at: 0, line: 1 };
    let mut open: Vec<Open> = Vec::new();
    let mut root_seen = false;
    loop {
        let start = position(reader.buffer_position());
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                let (line, at) = (lines.at(start), lines.at(position(reader.error_position())));
                let is_unclosed = matches!(&error, Error::Syntax(syntax) if *syntax != SyntaxError::UnclosedDoctype);
                // What is unclosed reaches to the end; where the root's end is behind it, the file is whole.
                if is_unclosed && !open.is_empty() && !text.trim_end().ends_with('>') {
                    return Err(
                        Refused::CutShort { line: at.max(line), within: "in the midst of a tag".to_owned() }.into()
                    );
                }
                return Err(syntax(&error, line, at).into());
            }
        };
        let line = lines.at(start);
        let bytes = position(reader.buffer_position()).saturating_sub(start);
        match event {
            Event::Start(tag) => {
                start_tag(&tag, (line, start, bytes), &mut open, &mut root_seen, visit)?;
            }
            Event::Empty(tag) => {
                start_tag(&tag, (line, start, bytes), &mut open, &mut root_seen, visit)?;
                open.pop();
                visit.close()?;
            }
            Event::End(_) => {
                open.pop();
                visit.close()?;
            }
            Event::Text(content) => {
                allowed(&content, line)?;
                if !open.is_empty() {
                    tell(visit, line, content.xml10_content())?;
                } else if !content.chars().all(|c| matches!(c, ' ' | '\t' | '\r' | '\n')) {
                    return Err(malformed(first_line(line, &content), "text outside of the root element").into());
                }
            }
            Event::CData(content) if !open.is_empty() => {
                allowed(&content, line)?;
                tell(visit, line, content.xml10_content())?;
            }
            Event::GeneralRef(reference) if !open.is_empty() => {
                tell(visit, line, Cow::Borrowed(referenced(&reference, line)?.encode_utf8(&mut [0; 4])))?;
            }
            Event::CData(_) | Event::GeneralRef(_) => {
                return Err(malformed(line, "text outside of the root element").into());
            }
            Event::DocType(_) => return Err(Refused::Doctype { line }.into()),
            Event::Decl(_) if root_seen => return Err(malformed(line, "an XML declaration inside of the file").into()),
            Event::Comment(content) => allowed(&content, line)?,
            Event::PI(content) => allowed(content.content(), line)?,
            Event::Decl(_) => {}
            Event::Eof if !open.is_empty() => {
                let name = open.last().map(|inner| name_at(text, inner.start)).unwrap_or_default();
                return Err(Refused::CutShort { line, within: format!("while <{}> is open", shown(name)) }.into());
            }
            Event::Eof if !root_seen => return Err(malformed(line, "no element in it").into()),
            Event::Eof => return Ok(()),
        }
    }
}

/// An element that is open.
struct Open {
    /// Whether a default namespace holds inside it.
    defaulted: bool,
    /// Where its tag begins.
    start: usize,
}

/// The name in the tag that begins at a place.
fn name_at(text: &str, start: usize) -> &str {
    let tag = text.get(start..).and_then(|text| text.strip_prefix('<')).unwrap_or_default();
    tag.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next().unwrap_or_default()
}

fn start_tag<E: From<Refused>>(
    tag: &BytesStart<'_>,
    (line, start, bytes): (u64, usize, usize),
    open: &mut Vec<Open>,
    root_seen: &mut bool,
    visit: &mut dyn Visit<E>,
) -> Result<(), E> {
    if open.is_empty() && *root_seen {
        return Err(malformed(line, "a second root element").into());
    }
    *root_seen = true;
    if open.len() >= MAX_DEPTH {
        return Err(Refused::TooDeep { line, limit: MAX_DEPTH }.into());
    }
    if bytes > MAX_TAG_BYTES {
        return Err(Refused::TagTooLong { line, bytes, limit: MAX_TAG_BYTES }.into());
    }
    let qname = tag.name();
    let name = named(qname.as_ref(), line)?;
    let mut changes = Vec::new();
    let attributes = attributes(tag, line, &mut changes)?;
    let inherited = open.last().is_some_and(|outer| outer.defaulted);
    let defaulted = match attributes.iter().find(|a| a.name == "xmlns") {
        Some(declaration) => !declaration.value.is_empty(),
        None => inherited,
    };
    open.push(Open { defaulted, start });
    visit.open(&Element { line, name, foreign: defaulted || name.contains(':'), attributes: &attributes })?;
    for (line, from, to) in changes {
        visit.changed(line, from, to)?;
    }
    Ok(())
}

fn attributes<'a>(
    tag: &'a BytesStart<'_>,
    line: u64,
    changes: &mut Vec<Change>,
) -> Result<Vec<Attribute<'a>>, Refused> {
    let mut found: Vec<Attribute<'a>> = Vec::new();
    for attribute in tag.attributes().with_checks(false) {
        let attribute = attribute.map_err(|e| malformed(line, &e.to_string()))?;
        if found.len() >= MAX_ATTRIBUTES {
            return Err(Refused::TooManyAttributes { line, limit: MAX_ATTRIBUTES });
        }
        if attribute.value.contains('<') {
            return Err(malformed(line, "a < inside of an attribute"));
        }
        let value = if attribute.value.bytes().any(|b| matches!(b, b'&' | b'\t' | b'\n' | b'\r')) {
            attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| {
                if let Error::Escape(EscapeError::UnrecognizedEntity(_, name)) = &error {
                    Refused::Entity { line, name: shown(name) }
                } else {
                    syntax(&error, line, line)
                }
            })?
        } else {
            attribute.value
        };
        allowed(&value, line)?;
        let value = mended(value, line, changes);
        found.push(Attribute { name: named(attribute.key.0, line)?, value });
    }
    // quick-xml's own check compares each with each; sorted neighbours do for 256 of them as well.
    let mut names: Vec<&str> = found.iter().map(|a| a.name).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair.first() == pair.get(1)) {
        Some(_) => Err(malformed(line, "the same attribute twice")),
        None => Ok(found),
    }
}

/// Checks a name as far as it matters here: no white space, no markup, no digit first (XML 1.0 §2.3).
fn named(name: &str, line: u64) -> Result<&str, Refused> {
    let bad = |c: char| {
        c.is_ascii_punctuation() && !matches!(c, ':' | '_' | '-' | '.') || c.is_whitespace() || c.is_control()
    };
    match name.chars().next() {
        Some(c) if !c.is_ascii_digit() && !matches!(c, '-' | '.') && !name.contains(bad) => Ok(name),
        _ => Err(malformed(line, "a name that XML does not allow")),
    }
}

/// The character that `&name;` stands for.
fn referenced(reference: &quick_xml::events::BytesRef<'_>, line: u64) -> Result<char, Refused> {
    let character = match reference.resolve_char_ref() {
        Ok(Some(c)) => Some(c),
        Ok(None) => resolve_xml_entity(reference).and_then(|text| text.chars().next()),
        Err(error) => return Err(malformed(line, &error.to_string())),
    };
    let character = character.ok_or_else(|| Refused::Entity { line, name: shown(reference) })?;
    if is_allowed(character) { Ok(character) } else { Err(Refused::Character { line, code: u32::from(character) }) }
}

/// XML 1.0 §2.2 `Char`. Control characters would also reach terminals by way of messages.
fn is_allowed(c: char) -> bool {
    !matches!(c, '\0'..='\x08' | '\x0B' | '\x0C' | '\x0E'..='\x1F' | '\u{FFFE}' | '\u{FFFF}')
}

fn allowed(text: &str, line: u64) -> Result<(), Refused> {
    // Nearly all text has neither a control byte nor U+FFFE and U+FFFF (EF BF BE, EF BF BF in UTF-8).
    let suspect = |b: u8| b == 0xEF || b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r');
    if !text.bytes().any(suspect) {
        return Ok(());
    }
    match text.char_indices().find(|&(_, c)| !is_allowed(c)) {
        None => Ok(()),
        Some((at, c)) => {
            let line = line.saturating_add(newlines(text.get(..at).unwrap_or_default()));
            Err(Refused::Character { line, code: u32::from(c) })
        }
    }
}

fn syntax(error: &Error, start: u64, at: u64) -> Refused {
    match error {
        Error::Syntax(SyntaxError::UnclosedDoctype) => Refused::Doctype { line: start },
        Error::Io(_)
        | Error::Syntax(_)
        | Error::IllFormed(_)
        | Error::InvalidAttr(_)
        | Error::Encoding(_)
        | Error::Escape(_)
        | Error::Namespace(_) => malformed(at.max(start), &error.to_string()),
    }
}

fn malformed(line: u64, why: &str) -> Refused {
    Refused::Malformed { line, why: shown(why) }
}

fn position(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// Counts line ends as the walk advances, each byte once.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line of a byte position; positions must not decrease (an earlier one gives the line reached).
    fn at(&mut self, position: usize) -> u64 {
        let passed = self.text.as_bytes().get(self.at..position).unwrap_or_default();
        self.line = self.line.saturating_add(passed.iter().map(|&b| u64::from(b == b'\n')).sum());
        self.at = self.at.max(position);
        self.line
    }
}
