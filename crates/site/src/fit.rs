//! How much of a list stands on a page: a page that shows all of a large charity would be as long as its author likes.

// Saturating: waits, sizes and limits. The most that can be said is what is meant beyond the edge, and no time or room
// left is none.

use crate::StripTable;
use crate::words::Word;

/// Rows of one list.
const ROWS: usize = 100;
/// Bytes of one list, about; its first row is shown in any case.
const BYTES: usize = 128 << 10;
/// What a row costs beside its texts.
const ROW: usize = 400;
/// What the strip of one currency costs.
const STRIP: usize = 3 << 10;

/// A list that is not shown whole: its name, and the path where all of it is.
pub type Cut = (&'static str, String);

/// As much of a list as fits; the rest is told by where it is.
pub(crate) fn fit<T>(
    cut: &mut Vec<Cut>,
    whole: impl FnOnce() -> Cut,
    rows: impl Iterator<Item = T>,
    bytes: impl Fn(&T) -> usize,
) -> Vec<T> {
    let (mut fitting, mut taken) = (Vec::new(), 0usize);
    for row in rows {
        taken = taken.saturating_add(ROW).saturating_add(bytes(&row));
        if fitting.len() == ROWS || (taken > BYTES && !fitting.is_empty()) {
            cut.push(whole());
            break;
        }
        fitting.push(row);
    }
    fitting
}

/// A text as it is when every character of it is escaped.
pub(crate) fn text(text: &str) -> usize {
    text.len().saturating_mul(5)
}

/// The same of a word.
pub(crate) fn word(word: &Word) -> usize {
    text(&word.text)
}

/// Strips of all currencies.
pub(crate) fn strips(strips: &[StripTable]) -> usize {
    strips.len().saturating_mul(STRIP)
}
