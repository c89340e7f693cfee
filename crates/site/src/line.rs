//! An event in a list: where it stands, what it says in a sentence, and whether that still holds.

use crate::Scene;
use crate::foreign::shortened;
use crate::tell::{self, Language};

/// An event in a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// Log index.
    pub index: u64,
    /// `<chain>#<seq>`
    pub citation: String,
    /// The day of the author's claim.
    pub day: String,
    /// What happened, in a sentence; what others wrote in it is marked.
    pub story: String,
    /// Whether it, or a part of it, was reversed later.
    pub reversed: bool,
}

impl Scene<'_> {
    /// Lines of a list of events.
    pub(crate) fn lines(&self, indices: impl IntoIterator<Item = u64>) -> Vec<Line> {
        indices.into_iter().filter_map(|index| self.line(index)).collect()
    }

    /// One line.
    pub(crate) fn line(&self, index: u64) -> Option<Line> {
        let note = self.note(index)?;
        Some(Line {
            index,
            citation: format!("{}#{}", note.chain(), note.seq),
            day: note.time().get(..10).unwrap_or_default().to_owned(),
            story: shortened(tell::note(Language::En, self, &note), STORY),
            reversed: !self.views.reversed_by_at(index, self.at).is_empty(),
        })
    }
}

/// Characters of a sentence in a list; the event itself tells all.
const STORY: usize = 400;
