//! How a text that somebody else wrote is shown to a person: nothing in it is obeyed, nothing is hidden, and nothing
//! that stands beside it is moved.
//!
//! Sources: Unicode Character Database, `Default_Ignorable_Code_Point` (what is not seen) and `Bidi_Control`;
//! UAX #9 section 2.4 (isolates); RFC 5892 appendix A (where joiners are needed).

use std::borrow::Cow;

/// First strong isolate: what stands between it and [`PDI`] has a direction of its own.
const FSI: char = '\u{2068}';
/// Pop directional isolate.
const PDI: char = '\u{2069}';

/// A piece of a sentence, with every hidden character shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<'a> {
    /// Whether somebody else wrote it, or it runs from right to left: it is isolated.
    pub is_foreign: bool,
    /// The piece.
    pub text: Cow<'a, str>,
}

/// Whether nothing is seen of a character, or nobody can tell what is seen: control characters (Cc), those that no font
/// draws, directions, separators of lines, private use, and what is no character.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
        || u32::from(c) & 0xfffe == 0xfffe
}

/// Whether a person sees anything of a text: a character that is neither blank nor hidden.
#[must_use]
pub fn has_something_to_see(text: &str) -> bool {
    text.chars().any(|c| !c.is_whitespace() && !is_hidden(c) && c != '\u{2800}')
}

/// A text of somebody else within a sentence of ours, on one line: what is hidden is shown as what it is, `\u{202e}`, and
/// the whole is isolated. [`visible`] and pages know the marks and take them for ours.
#[must_use]
pub fn foreign(text: &str) -> String {
    format!("{FSI}{}{PDI}", escaped(text))
}

/// A text on one line, as a terminal may have it: what is hidden is shown as what it is, a newline too, and every stretch
/// from right to left is isolated, so that what stands beside it stays where it is. What it gives it does not change.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for part in parts(text) {
        if part.is_foreign && part.text.chars().any(is_right_to_left) {
            shown.extend([FSI]);
            shown.push_str(&part.text);
            shown.extend([PDI]);
        } else {
            shown.push_str(&part.text);
        }
    }
    Cow::Owned(shown)
}

/// The same for a text that has lines of its own: newlines stay.
#[must_use]
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    if text.split('\n').all(is_plain) {
        return Cow::Borrowed(text);
    }
    let lines: Vec<Cow<'_, str>> = text.split('\n').map(visible).collect();
    Cow::Owned(lines.join("\n"))
}

/// A sentence taken apart: what [`foreign`] marked, what else runs from right to left, and the rest. Hidden characters
/// are shown in each.
#[must_use]
pub fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, marked, after)) = marked(rest) {
        by_direction(before, &mut parts);
        parts.push(Part { is_foreign: true, text: escaped(marked) });
        rest = after;
    }
    by_direction(rest, &mut parts);
    parts
}

/// The first pair of marks with none between them. A mark that has no other is hidden, and shown.
fn marked(text: &str) -> Option<(&str, &str, &str)> {
    let from = text.find(FSI)?;
    let to = from.checked_add(text.get(from..)?.find(PDI)?)?;
    let (head, after) = text.split_at_checked(to)?;
    let (before, marked) = head.rsplit_once(FSI)?;
    Some((before, marked, after.strip_prefix(PDI)?))
}

/// Cuts out each stretch from right to left: from its first such letter to its last one before anything of ASCII but
/// a blank, a hyphen or an apostrophe, because that may be ours.
fn by_direction<'a>(text: &'a str, parts: &mut Vec<Part<'a>>) {
    let mut rest = text;
    while let Some(from) = rest.find(is_right_to_left) {
        let (before, found) = rest.split_at(from);
        let ends =
            |c: char| (c.is_ascii() && !matches!(c, ' ' | '-' | '\'')) || (c.is_alphabetic() && !is_right_to_left(c));
        let stretch = found.split_at(found.find(ends).unwrap_or(found.len())).0;
        let last = stretch.char_indices().rev().find(|(_, c)| is_right_to_left(*c));
        let (stretch, after) = found.split_at(last.map_or(0, |(at, c)| at.saturating_add(c.len_utf8())));
        push(before, false, parts);
        push(stretch, true, parts);
        rest = after;
    }
    push(rest, false, parts);
}

fn push<'a>(text: &'a str, is_foreign: bool, parts: &mut Vec<Part<'a>>) {
    if !text.is_empty() {
        parts.push(Part { is_foreign, text: escaped(text) });
    }
}

/// Most of what is printed.
fn is_plain(line: &str) -> bool {
    line.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

/// With each hidden character as its number, but for those that do in their place what they are for.
fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if is_hidden(c) && !is_needed(before, c, rest.clone().next()) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
        before = Some(c);
    }
    Cow::Owned(shown)
}

/// Whether a hidden character changes how its neighbours are drawn, as their scripts ask.
fn is_needed(before: Option<char>, c: char, after: Option<char>) -> bool {
    let (Some(before), after) = (before, after.unwrap_or(' ')) else { return false };
    match c {
        '\u{200c}' => is_virama(before) || (joins(before) && joins(after)),
        '\u{200d}' => is_virama(before) || (is_picture(before) && is_picture(after)),
        '\u{fe0e}' | '\u{fe0f}' => is_picture(before) || matches!(before, '0'..='9' | '#' | '*'),
        '\u{180b}'..='\u{180d}' | '\u{180f}' => is_mongolian(before),
        '\u{180e}' => is_mongolian(before) && is_mongolian(after),
        '\u{fe00}'..='\u{fe02}' | '\u{e0100}'..='\u{e01ef}' => is_ideograph(before),
        _ => false,
    }
}

/// Right to left: Hebrew, Arabic, Syriac, Thaana, N'Ko, Samaritan, Mandaic and the historic scripts.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{60b}' | '\u{60d}'..='\u{61b}' | '\u{61d}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdcf}'
        | '\u{fdf0}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// Letters that join their neighbours: Arabic, Syriac, N'Ko and Mongolian.
fn joins(c: char) -> bool {
    (matches!(c, '\u{620}'..='\u{7ff}' | '\u{840}'..='\u{8ff}' | '\u{fe70}'..='\u{fefc}') && !c.is_numeric())
        || is_mongolian(c)
}

fn is_mongolian(c: char) -> bool {
    matches!(c, '\u{1820}'..='\u{18aa}' | '\u{180b}'..='\u{180f}')
}

/// Signs that take a vowel away (Canonical_Combining_Class 9) in the scripts of South and Southeast Asia.
fn is_virama(c: char) -> bool {
    matches!(
        c,
        '\u{94d}'
            | '\u{9cd}'
            | '\u{a4d}'
            | '\u{acd}'
            | '\u{b4d}'
            | '\u{bcd}'
            | '\u{c4d}'
            | '\u{ccd}'
            | '\u{d3b}'
            | '\u{d3c}'
            | '\u{d4d}'
            | '\u{dca}'
            | '\u{e3a}'
            | '\u{eba}'
            | '\u{f84}'
            | '\u{1039}'
            | '\u{103a}'
            | '\u{1714}'
            | '\u{17d2}'
            | '\u{1a60}'
            | '\u{1b44}'
            | '\u{a806}'
            | '\u{a953}'
            | '\u{a9c0}'
            | '\u{aaf6}'
    )
}

/// Pictures, and what is put on them.
fn is_picture(c: char) -> bool {
    matches!(c, '\u{fe0f}' | '\u{a9}' | '\u{ae}' | '\u{203c}'..='\u{2049}' | '\u{20e3}' | '\u{2122}' | '\u{2139}'
        | '\u{2190}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What moves text or makes lines on a terminal.
    fn moves(c: char) -> bool {
        c.is_control()
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    }

    #[test]
    fn what_moves_or_hides_is_shown_as_its_number() {
        for code in (0..0x20u32).chain(0x7f..0xa0).chain([0xad, 0x200b, 0x200d, 0x200f, 0x202e, 0x2028, 0x2066, 0x2069])
        {
            let text = format!("a{}b", char::from_u32(code).unwrap());
            assert_eq!(visible(&text), format!("a\\u{{{code:x}}}b"));
            assert_eq!(visible_lines(&text) == text, code == 0x0a, "{code:x}");
        }
        for hidden in
            ["\u{feff}", "\u{e0041}", "\u{e000}", "\u{fffe}", "\u{3164}", "\u{10ffff}", "\u{fe0f}", "\u{e0100}"]
        {
            assert!(!visible(&format!("Lamp{hidden}")).contains(hidden), "{hidden:?}");
        }
    }

    #[test]
    fn what_a_script_needs_stays() {
        for text in [
            "水の基金 \u{a0}é",
            "葛\u{e0100}飾区",
            "❤\u{fe0f}",
            "👩\u{200d}🚒",
            "1\u{fe0f}\u{20e3}",
            "क\u{94d}\u{200d}ष",
            "\u{1820}\u{180b}",
            "\u{3000}",
        ] {
            assert_eq!(visible(text), text);
        }
        let persian = "می\u{200c}خواهم";
        assert_eq!(visible(persian), format!("\u{2068}{persian}\u{2069}"));
    }

    #[test]
    fn a_stretch_from_right_to_left_moves_nothing_beside_it() {
        for (text, shown) in [
            ("to شركة المصابيح ٤٥ (XX-3) 5.00", "to \u{2068}شركة المصابيح ٤٥\u{2069} (XX-3) 5.00"),
            ("שלום 5.00 שלום", "\u{2068}שלום\u{2069} 5.00 \u{2068}שלום\u{2069}"),
            ("{\"ar\":\"شركة\",\"n\":1}", "{\"ar\":\"\u{2068}شركة\u{2069}\",\"n\":1}"),
            ("Lamp \u{2068}شركة 45\u{2069} x", "Lamp \u{2068}شركة 45\u{2069} x"),
            // Our marks are not needed where nothing runs the other way.
            ("to \u{2068}Lamp\u{2069} x", "to Lamp x"),
            // Nobody else's count.
            ("a\u{2068}b", "a\\u{2068}b"),
            ("a\u{2069}b", "a\\u{2069}b"),
            ("\u{2067}a\u{2068}b\u{2069}", "\\u{2067}ab"),
        ] {
            assert_eq!(visible(text), shown, "{text:?}");
        }
    }

    #[test]
    fn whatever_is_written_is_held() {
        let pieces = ["a", "\u{202e}", "\n", "ش", "\u{2068}", "\u{2069}", " 9", "\u{200d}", "👩", "\u{1b}[2J"];
        for one in pieces {
            for two in pieces {
                for three in pieces {
                    let text = format!("{one}{two}{three}");
                    let held = foreign(&text);
                    assert_eq!(parts(&held).len(), 1, "{text:?}");
                    assert!(!parts(&held)[0].text.contains(moves), "{text:?}");
                    let shown = visible(&text);
                    assert_eq!(visible(&shown), shown, "{text:?}");
                    assert_eq!(shown.matches(FSI).count(), shown.matches(PDI).count(), "{text:?}");
                    assert!(!shown.chars().any(|c| moves(c) && c != FSI && c != PDI), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn a_name_of_blanks_is_not_seen() {
        for text in ["", " ", "\u{200b}", "\u{3000}\u{2800}", "\u{feff}\u{a0}", "\u{202e}\u{2066}", "\u{e0041}"] {
            assert!(!has_something_to_see(text), "{text:?}");
        }
        for text in ["a", "\u{200b}水", ".", "ش"] {
            assert!(has_something_to_see(text), "{text:?}");
        }
    }
}
