//! Texts with their languages.

use std::collections::BTreeMap;

/// A text and the language it is in, for the `lang` attribute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Word {
    /// Language tag; empty if the text is an id and of no language.
    pub lang: String,
    /// The text, as its author wrote it.
    pub text: String,
}

impl Word {
    /// An id, which is of no language.
    #[must_use]
    pub fn id(text: &str) -> Word {
        Word { lang: String::new(), text: text.to_owned() }
    }
}

/// All languages of a text, English first.
pub(crate) fn all(words: &BTreeMap<String, String>) -> Vec<Word> {
    let mut all: Vec<Word> = words.iter().map(|(lang, text)| Word { lang: lang.clone(), text: text.clone() }).collect();
    all.sort_by_key(|word| word.lang != "en");
    all
}

/// English, or the first, or the id.
pub(crate) fn one(words: &BTreeMap<String, String>, id: &str) -> Word {
    all(words).into_iter().next().unwrap_or_else(|| Word::id(id))
}
