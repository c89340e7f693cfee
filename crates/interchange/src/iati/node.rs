//! A child element of a transaction, with its attributes and texts.

use super::codes::Kind;
use super::tokens::Element;

/// A child element of a transaction, while it is open.
pub(super) struct Node {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) line: u64,
    pub(super) text: String,
    /// Narratives: text and `@xml:…` attributes.
    pub(super) narratives: Vec<(String, Vec<(String, String)>)>,
    /// Other attributes; the language of a narrative taken out joins them.
    pub(super) attributes: Vec<(String, String)>,
    /// 1, or which it is of those that may stand once.
    pub(super) nth: usize,
    /// Whether an element interrupts its text.
    pub(super) is_broken: bool,
}

impl Node {
    pub(super) fn new(name: &'static str, kind: Kind, nth: usize, element: &Element<'_>) -> Self {
        let (line, attributes) = (element.line, carried(element));
        Self { name, kind, line, text: String::new(), narratives: Vec::new(), attributes, nth, is_broken: false }
    }

    /// Takes an attribute out: trimmed, `None` if blank or missing.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.attributes.iter().position(|(n, _)| n == name)?;
        filled(&self.attributes.remove(at).1)
    }

    /// Takes the first narrative that is not blank out, with its language to the attributes; failing one, the text.
    pub(super) fn take_text(&mut self) -> Option<String> {
        let Some(at) = self.narratives.iter().position(|(text, _)| !text.trim().is_empty()) else {
            return collapsed(&std::mem::take(&mut self.text));
        };
        let (text, attributes) = self.narratives.remove(at);
        self.attributes.extend(attributes.into_iter().map(|(name, value)| (format!("narrative/@{name}"), value)));
        collapsed(&text)
    }
}

/// The attributes of an element that a transaction can carry: IATI's (no prefix) and XML's (`xml:lang`).
pub(super) fn carried(element: &Element<'_>) -> Vec<(String, String)> {
    let own = element.attributes.iter().filter(|a| !is_declaration(a.name) && !is_foreign(a.name));
    own.map(|a| (a.name.to_owned(), a.value.trim().to_owned())).collect()
}

/// Whether an attribute declares a namespace, which says nothing by itself.
pub(super) fn is_declaration(name: &str) -> bool {
    name == "xmlns" || name.starts_with("xmlns:")
}

/// Whether an attribute is in a namespace that is neither IATI's (none) nor XML's.
pub(super) fn is_foreign(name: &str) -> bool {
    !is_declaration(name) && name.split_once(':').is_some_and(|(prefix, _)| prefix != "xml")
}

/// Trimmed, unless blank.
pub(super) fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// With runs of white space as one space, unless blank.
pub(super) fn collapsed(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    (!words.is_empty()).then(|| words.join(" "))
}
