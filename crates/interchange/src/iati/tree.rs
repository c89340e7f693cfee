//! A part of an activity with all that is inside, taken apart piece by piece; what nobody took is listed.

// Saturating: counts of elements of a file that is in memory.

use super::node::{carried, collapsed, filled};
use super::tokens::{Element, shown};

/// Most elements of one part of an activity. The richest result at hand has 300; a part has no more than this in memory.
pub const MAX_PART_ELEMENTS: u64 = 50_000;

/// An element, and what of it was not taken yet.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) name: String,
    pub(super) line: u64,
    text: String,
    attributes: Vec<(String, String)>,
    children: Vec<Tree>,
}

/// Remarks on an activity, for the report, which lists them by line.
#[derive(Debug, Default)]
pub(super) struct Rest(pub(super) Vec<Listed>);

/// Something of an activity that is not carried, or is carried and odd.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) line: u64,
    pub(super) path: String,
    pub(super) reason: &'static str,
    /// How many elements it stands for.
    pub(super) elements: u64,
    pub(super) is_carried: bool,
}

impl Rest {
    /// Something is not carried.
    pub(super) fn leave(&mut self, line: u64, path: String, reason: &'static str, elements: u64) {
        self.0.push(Listed { line, path, reason, elements, is_carried: false });
    }

    /// Something is odd, and carried all the same.
    pub(super) fn note(&mut self, line: u64, path: String, reason: &'static str) {
        self.0.push(Listed { line, path, reason, elements: 0, is_carried: true });
    }
}

/// Why something of an activity is not carried.
pub(super) const NO_MEMBER: &str = "not part of an import";

impl Tree {
    pub(super) fn new(element: &Element<'_>) -> Self {
        Self {
            name: element.name.to_owned(),
            line: element.line,
            text: String::new(),
            attributes: carried(element),
            children: Vec::new(),
        }
    }

    /// Further text. Behind a child it belongs to the same text: people put a line break there.
    pub(super) fn say(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn adopt(&mut self, child: Tree) {
        self.children.push(child);
    }

    /// Whether there are elements inside.
    pub(super) fn is_parent(&self) -> bool {
        !self.children.is_empty()
    }

    /// Elements, itself among them.
    pub(super) fn count(&self) -> u64 {
        self.children.iter().map(Tree::count).fold(1, u64::saturating_add)
    }

    /// Takes an attribute: trimmed, `None` if blank or missing.
    pub(super) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.attributes.iter().position(|(known, _)| known == name)?;
        filled(&self.attributes.remove(at).1)
    }

    /// Takes all attributes that say something.
    pub(super) fn take_all(&mut self) -> Vec<(String, String)> {
        let all = std::mem::take(&mut self.attributes);
        all.into_iter().filter_map(|(name, value)| Some((name, filled(&value)?))).collect()
    }

    /// Takes the text as it stands, trimmed.
    pub(super) fn take_value(&mut self) -> Option<String> {
        filled(&std::mem::take(&mut self.text))
    }

    /// Takes the first child of this name.
    pub(super) fn child(&mut self, name: &str) -> Option<Tree> {
        let at = self.children.iter().position(|child| child.name == name)?;
        Some(self.children.remove(at))
    }

    /// Takes all children of this name.
    pub(super) fn children(&mut self, name: &str) -> Vec<Tree> {
        let (taken, left) = std::mem::take(&mut self.children).into_iter().partition(|child| child.name == name);
        self.children = left;
        taken
    }

    /// Takes the texts, each with its language: the narratives of version 2, or the text of version 1.
    pub(super) fn texts(&mut self, path: &str, rest: &mut Rest) -> Vec<(String, Option<String>)> {
        let own = self.take("xml:lang");
        let mut texts = Vec::new();
        for mut narrative in self.children("narrative") {
            let lang = narrative.take("xml:lang").or_else(|| own.clone());
            texts.extend(collapsed(&std::mem::take(&mut narrative.text)).map(|text| (text, lang)));
            narrative.end(&format!("{path}/narrative"), rest);
        }
        if texts.is_empty() {
            texts.extend(collapsed(&std::mem::take(&mut self.text)).map(|text| (text, own)));
        }
        texts
    }

    /// Takes the first text; others are listed.
    pub(super) fn first_text(&mut self, path: &str, rest: &mut Rest) -> Option<String> {
        let line = self.line;
        let mut texts = self.texts(path, rest).into_iter();
        let first = texts.next();
        for _ in texts {
            rest.leave(line, format!("{path}/narrative"), "a further narrative: the first is kept", 0);
        }
        first.map(|(text, _)| text)
    }

    /// Takes a child that has nothing but texts: the first of them.
    pub(super) fn child_text(&mut self, name: &str, path: &str, rest: &mut Rest) -> Option<String> {
        let mut child = self.child(name)?;
        let path = format!("{path}/{name}");
        let text = child.first_text(&path, rest);
        child.end(&path, rest);
        text
    }

    /// Lists what was not taken.
    pub(super) fn end(self, path: &str, rest: &mut Rest) {
        let line = self.line;
        for (name, value) in self.attributes {
            if !value.trim().is_empty() {
                rest.leave(line, format!("{path}/@{}", shown(&name)), NO_MEMBER, 0);
            }
        }
        if !self.text.trim().is_empty() {
            rest.leave(line, format!("{path}/text"), NO_MEMBER, 0);
        }
        for child in self.children {
            let why = if child.name == "transaction" {
                "named transaction, but not where transactions stand"
            } else {
                NO_MEMBER
            };
            rest.leave(child.line, format!("{path}/{}", shown(&child.name)), why, child.count());
        }
    }
}
