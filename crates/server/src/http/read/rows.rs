//! Rows of a list. A page ends by rows and by bytes, but has one row at least.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use super::super::Problem;
use super::answer::{Ask, json_text};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;

/// Bytes of a page; a first row that is longer is told all the same.
pub(in crate::http) const PAGE_BYTES: usize = 1 << 20;

/// A page being written: as text at once, because a page of values would take several times as much.
pub(super) struct Rows {
    text: String,
    count: usize,
}

impl Rows {
    /// The member that holds the rows.
    pub(super) fn new(word: &str) -> Rows {
        Rows { text: format!("{{{}:[", Value::from(word)), count: 0 }
    }

    /// Adds a row, unless it is one too many.
    pub(super) fn push(&mut self, row: &impl Serialize) -> Result<bool, Problem> {
        self.push_all([row])
    }

    /// Adds rows that stay together, or none of them.
    pub(super) fn push_all(&mut self, rows: impl IntoIterator<Item = impl Serialize>) -> Result<bool, Problem> {
        let (length, count) = (self.text.len(), self.count);
        for row in rows {
            if self.count > 0 {
                self.text.push(',');
            }
            self.text.push_str(&serde_json::to_string(&row).map_err(|e| Problem::internal(&e))?);
            self.count += 1;
            if count > 0 && self.text.len() > PAGE_BYTES {
                self.text.truncate(length);
                self.count = count;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Ends the page: what it is about, `next`, and further members.
    pub(super) fn end(mut self, ask: &Ask<'_>, next: Option<&str>, more: &[(&str, Value)]) -> Response {
        self.text.push(']');
        let own = [("next", next.into()), ("origin", ask.shared.origin.as_str().into()), ("size", ask.at.size.into())];
        for (name, value) in own.iter().chain(more) {
            self.text.push_str(&format!(",{}:{value}", Value::from(*name)));
        }
        self.text.push('}');
        json_text(self.text, next)
    }
}

/// As many values as fit into so many bytes, one at least, and how many do not.
pub(super) fn fitting(values: impl Iterator<Item = Value>, bytes: usize) -> (Vec<Value>, usize) {
    let (mut fit, mut taken, mut rest) = (Vec::new(), 0usize, 0usize);
    for value in values {
        taken = taken.saturating_add(value.to_string().len());
        if taken > bytes && !fit.is_empty() {
            rest = rest.saturating_add(1);
        } else {
            fit.push(value);
        }
    }
    (fit, rest)
}
