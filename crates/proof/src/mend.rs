//! Files that mail or an editor has touched on their way: four changes are undone and named, no other.
//!
//! Source: `docs/FORMATS.md`, "Touched on its way". It is done before anything of a receipt or a policy
//! is read, and never to what is inside a receipt's `extra`.

use serde::Serialize;
use std::borrow::Cow;

/// One thing that was undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mend {
    /// A byte order mark stood at the beginning.
    ByteOrderMark,
    /// Every newline stood behind a carriage return.
    LineEndings,
    /// Blanks or tabs stood at the end of lines. In a policy they never meant anything, and are not told.
    TrailingBlanks,
    /// Newlines at the end were missing or surplus.
    LastNewline,
}

impl Mend {
    /// As in the settled JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Mend::ByteOrderMark => "byte-order-mark",
            Mend::LineEndings => "line-endings",
            Mend::TrailingBlanks => "trailing-blanks",
            Mend::LastNewline => "last-newline",
        }
    }

    /// For people: what was found.
    #[must_use]
    pub fn said(self) -> &'static str {
        match self {
            Mend::ByteOrderMark => "a byte order mark at its beginning",
            Mend::LineEndings => "line endings of another system",
            Mend::TrailingBlanks => "blanks at the end of lines",
            Mend::LastNewline => "newlines at its end, missing or surplus",
        }
    }
}

/// Which file was mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum File {
    /// The receipt.
    Receipt,
    /// The policy.
    Policy,
}

impl File {
    /// As in the settled JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            File::Receipt => "receipt",
            File::Policy => "policy",
        }
    }
}

/// What was undone, and on which file: one row of `mended`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Mended {
    /// The file.
    pub file: File,
    /// What was undone.
    pub what: Mend,
}

impl Mended {
    /// The rows of one file.
    #[must_use]
    pub fn of(file: File, what: &[Mend]) -> Vec<Mended> {
        what.iter().map(|what| Mended { file, what: *what }).collect()
    }

    /// For people.
    #[must_use]
    pub fn said(self) -> String {
        format!("mended before reading: {} of the {} ({})", self.what.word(), self.file.word(), self.what.said())
    }
}

/// The file as its maker wrote it, and what was mended, in this order: the mark, the carriage returns, of a receipt the
/// blanks at the end of lines, the newlines at the end.
#[must_use]
pub fn mend(of: File, file: &[u8]) -> (Cow<'_, [u8]>, Vec<Mend>) {
    let mut mended = Vec::new();
    let mut bytes = Cow::Borrowed(file);
    if let Some(rest) = file.strip_prefix(b"\xef\xbb\xbf") {
        bytes = Cow::Borrowed(rest);
        mended.push(Mend::ByteOrderMark);
    }
    if has_carriage_returns_throughout(&bytes) {
        bytes = Cow::Owned(bytes.iter().copied().filter(|byte| *byte != b'\r').collect());
        mended.push(Mend::LineEndings);
    }
    if of == File::Receipt && ends_lines_with_blanks(&bytes) {
        let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').map(without_blanks).collect();
        bytes = Cow::Owned(lines.join(&b'\n'));
        mended.push(Mend::TrailingBlanks);
    }
    let surplus = bytes.iter().rev().take_while(|byte| **byte == b'\n').count();
    if surplus != 1 {
        // The newlines are among the bytes.
        let kept = bytes.len().saturating_sub(surplus);
        let mut one = bytes.into_owned();
        one.truncate(kept);
        one.push(b'\n');
        bytes = Cow::Owned(one);
        mended.push(Mend::LastNewline);
    }
    (bytes, mended)
}

fn ends_lines_with_blanks(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'\n').any(|line| matches!(line, [.., b' ' | b'\t']))
}

fn without_blanks(line: &[u8]) -> &[u8] {
    let blanks = line.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    // They are among the bytes.
    line.get(..line.len().saturating_sub(blanks)).unwrap_or(line)
}

/// Every newline stands behind a carriage return, and no carriage return stands elsewhere. A file with
/// some of them was changed otherwise, and is judged as it stands.
fn has_carriage_returns_throughout(bytes: &[u8]) -> bool {
    let count = |wanted: u8| bytes.iter().filter(|byte| **byte == wanted).count();
    let pairs = bytes.windows(2).filter(|pair| pair == b"\r\n").count();
    pairs > 0 && pairs == count(b'\r') && pairs == count(b'\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use Mend::{ByteOrderMark, LastNewline, LineEndings, TrailingBlanks};

    #[test]
    fn four_changes_are_undone_and_no_other() {
        let rows: [(&[u8], &[u8], &[Mend]); 20] = [
            (b"a\nb\n", b"a\nb\n", &[]),
            (b"\xef\xbb\xbfa\n", b"a\n", &[ByteOrderMark]),
            // One mark goes, a second is content.
            (b"\xef\xbb\xbf\xef\xbb\xbfa\n", b"\xef\xbb\xbfa\n", &[ByteOrderMark]),
            (b"a\xef\xbb\xbf\n", b"a\xef\xbb\xbf\n", &[]),
            (b"a\r\nb\r\n", b"a\nb\n", &[LineEndings]),
            (b"a\r\nb\n", b"a\r\nb\n", &[]),
            (b"a\r\nb\rc\r\n", b"a\r\nb\rc\r\n", &[]),
            (b"a\r\r\nb\r\n", b"a\r\r\nb\r\n", &[]),
            // The lone one at the end stands before no newline when it is looked at.
            (b"a\r\nb\r", b"a\r\nb\r\n", &[LastNewline]),
            (b"a\rb\r", b"a\rb\r\n", &[LastNewline]),
            (b"a", b"a\n", &[LastNewline]),
            (b"a\n\n\n", b"a\n", &[LastNewline]),
            (b"a\r\n\r\n", b"a\n", &[LineEndings, LastNewline]),
            (b"a\r\nb", b"a\nb\n", &[LineEndings, LastNewline]),
            (b"a \n", b"a\n", &[TrailingBlanks]),
            (b"a \t\n b\n \n", b"a\n b\n", &[TrailingBlanks, LastNewline]),
            (b"a \r\nb\r\n", b"a\nb\n", &[LineEndings, TrailingBlanks]),
            (b"a\n ", b"a\n", &[TrailingBlanks]),
            (b"", b"\n", &[LastNewline]),
            (b"\xef\xbb\xbfa\r\n\r\nb", b"a\n\nb\n", &[ByteOrderMark, LineEndings, LastNewline]),
        ];
        for (file, whole, what) in rows {
            let (bytes, mended) = mend(File::Receipt, file);
            assert_eq!((bytes.as_ref(), mended.as_slice()), (whole, what), "{:?}", String::from_utf8_lossy(file));
        }
    }

    #[test]
    fn blanks_of_a_policy_are_its_own() {
        assert_eq!(mend(File::Policy, b"a \n"), (Cow::Borrowed(&b"a \n"[..]), Vec::new()));
    }

    #[test]
    fn what_was_mended_needs_no_mending() {
        for file in [&b"\xef\xbb\xbfa\r\n\r\nb"[..], b"", b"a\n\n", b"a\r\n", b"a \n\t\n"] {
            let (once, _) = mend(File::Receipt, file);
            assert_eq!(mend(File::Receipt, &once), (Cow::Borrowed(once.as_ref()), Vec::new()));
        }
    }
}
