//! What others wrote, as it stands on a page: in `<bdi>`, with what is hidden shown. Templates put it there by
//! `templates/parts.html` alone; these are the pieces.

use almoner_proof::text::{Part, foreign, parts, visible_lines};
use std::borrow::Cow;

/// A sentence of ours taken apart: what others wrote in it, and what runs from right to left, is isolated.
pub(crate) fn pieces(sentence: &(impl AsRef<str> + ?Sized)) -> Vec<Part<'static>> {
    let owned = |part: Part<'_>| Part { text: Cow::Owned(part.text.into_owned()), ..part };
    parts(sentence.as_ref()).into_iter().map(owned).collect()
}

/// A text of somebody else as a whole, on one line.
pub(crate) fn whole(text: &(impl AsRef<str> + ?Sized)) -> String {
    parts(&foreign(text.as_ref())).into_iter().map(|part| part.text).collect()
}

/// A text of somebody else that may have lines; a page shows them as blanks.
pub(crate) fn prose(text: &(impl AsRef<str> + ?Sized)) -> String {
    let lines: Vec<String> = text.as_ref().split('\n').map(|line| whole(line)).collect();
    lines.join("\n")
}

/// A signed text, line by line.
pub(crate) fn lines(text: &(impl AsRef<str> + ?Sized)) -> Vec<Part<'static>> {
    let shown = visible_lines(text.as_ref());
    let mut all = Vec::new();
    for (nth, line) in shown.split('\n').enumerate() {
        if nth > 0 {
            all.push(Part { is_foreign: false, text: Cow::Borrowed("\n") });
        }
        all.extend(pieces(line));
    }
    all
}

/// The same sentence with at most so many characters. What is cut within a mark is closed.
pub(crate) fn shortened(mut sentence: String, most: usize) -> String {
    if let Some((end, _)) = sentence.char_indices().nth(most) {
        sentence.truncate(end);
        let is_open = sentence.rfind('\u{2068}') > sentence.rfind('\u{2069}');
        sentence.push('\u{2026}');
        if is_open {
            sentence.push('\u{2069}');
        }
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_that_is_cut_keeps_its_marks_in_pairs() {
        let sentence = format!("paid to {} (aid)", foreign("Lamp works"));
        for most in 0..30 {
            let short = shortened(sentence.clone(), most);
            assert!(short.chars().count() <= most + 2);
            let told: String = pieces(&short).iter().map(|part| part.text.as_ref()).collect();
            assert!(!told.contains("\\u{"), "{told}");
        }
    }

    #[test]
    fn lines_of_a_signed_text_stay_and_no_other_begins() {
        let told: String =
            lines("log a\ndata {\"n\":\"شركة\u{202e}\u{85}\"}\n").iter().map(|part| part.text.as_ref()).collect();
        assert_eq!(told, "log a\ndata {\"n\":\"شركة\\u{202e}\\u{85}\"}\n");
        assert_eq!(prose("a\nb\u{202e}"), "a\nb\\u{202e}");
        assert_eq!(whole("a\nb\u{2069}"), "a\\u{a}b\\u{2069}");
    }
}
