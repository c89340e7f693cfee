//! What a file holds, counted and added, and everything that was not mapped.

// Saturating: counts of a file that is in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::Exact;

/// The account of one file.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// `iati-activities/@version` as written.
    pub version: Option<String>,
    /// Reporting organisations, most activities first, then by reference and name.
    pub publishers: Vec<Publisher>,
    /// Number of `iati-activity`.
    pub activities: u64,
    /// Number of transactions handed over.
    pub transactions: u64,
    /// Those of them without `@ref`.
    pub without_ref: u64,
    /// Per `"<type code or None>|<currency>"`: how many, and the sum of the file's own text. The currency is
    /// `(no value)` if there is no value text, `(none)` if none is named. What is not a number counts and adds nothing.
    pub by_type_currency: BTreeMap<String, Total>,
    /// How many transactions have each finding.
    pub findings: BTreeMap<&'static str, u64>,
    /// What was not mapped, by line.
    pub unmapped: Vec<Unmapped>,
    /// What is odd about the file as a whole, or was changed in reading it.
    pub remarks: Vec<Remark>,
    /// Elements by what became of them.
    pub elements: Elements,
}

/// A count and a sum.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Total {
    /// Transactions.
    pub count: u64,
    /// Sum of their value texts.
    pub sum: Exact,
}

/// A reporting organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publisher {
    /// `reporting-org/@ref`.
    pub reference: Option<String>,
    /// Its name where it was first met.
    pub name: Option<String>,
    /// Number of activities it reports.
    pub activities: u64,
}

/// What is odd about the file as a whole, or was changed in reading it; for `import.declared`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// A code from [`FINDINGS`](super::FINDINGS).
    pub code: &'static str,
    /// Line, 1-based; none if it is about the whole file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// What.
    pub what: String,
}

/// So many of an element or attribute are carried by no event.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LeftOut {
    /// Names of elements from the outside in, an attribute with `@`: `iati-activity/location`.
    pub path: String,
    /// How many; an element counts once, with all that is inside.
    pub count: u64,
}

/// Equal lines of the list of what was not mapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// As [`Unmapped::path`].
    pub path: Arc<str>,
    /// As [`Unmapped::reason`].
    pub reason: Arc<str>,
    /// How many.
    pub count: u64,
    /// Sum of [`Unmapped::elements`].
    pub elements: u64,
    /// Their lines, in order.
    pub lines: Vec<u64>,
}

/// Something of the file that no event carries, or a remark on what one carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmapped {
    /// Line of the start tag it belongs to, or of the text; 1-based.
    pub line: u64,
    /// What it is: names of elements from the outside in, an attribute with `@`. Shared between equal lines.
    pub path: Arc<str>,
    /// Why it is not carried, or what is odd about it. Shared between equal lines.
    pub reason: Arc<str>,
    /// Number of elements this line stands for: an element and all those inside; 0 for a part of a mapped element.
    pub elements: u64,
    /// Whether it is a remark on what an event carries all the same.
    pub is_carried: bool,
}

/// Elements by what became of them; together, all elements of the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Elements {
    /// `iati-activities` and `iati-activity`.
    pub containers: u64,
    /// Transactions and parts of activities, with what is in them, and identifiers.
    pub mapped: u64,
    /// The sum of [`Unmapped::elements`].
    pub listed: u64,
}

impl Report {
    /// The publisher to name for the file: the reference (or name) that reports most of its activities.
    #[must_use]
    pub fn publisher(&self) -> Option<&str> {
        let first = self.publishers.first()?;
        first.reference.as_deref().or(first.name.as_deref())
    }

    /// The list of what was not mapped, equal ones together, by path and reason.
    #[must_use]
    pub fn groups(&self) -> Vec<Group> {
        let mut groups: BTreeMap<(&Arc<str>, &Arc<str>), Group> = BTreeMap::new();
        for Unmapped { line, path, reason, elements, .. } in &self.unmapped {
            let group = groups.entry((path, reason)).or_insert_with(|| Group {
                path: Arc::clone(path),
                reason: Arc::clone(reason),
                count: 0,
                elements: 0,
                lines: Vec::new(),
            });
            group.count = group.count.saturating_add(1);
            group.elements = group.elements.saturating_add(*elements);
            group.lines.push(*line);
        }
        groups.into_values().collect()
    }

    /// What no event carries, by path.
    #[must_use]
    pub fn left_out(&self) -> Vec<LeftOut> {
        let mut counts: BTreeMap<&Arc<str>, u64> = BTreeMap::new();
        for entry in self.unmapped.iter().filter(|entry| !entry.is_carried) {
            let count = counts.entry(&entry.path).or_insert(0);
            *count = count.saturating_add(1);
        }
        counts.into_iter().map(|(path, count)| LeftOut { path: path.to_string(), count }).collect()
    }
}

/// Builds the list of [`Unmapped`], with each text stored once.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) entries: Vec<Unmapped>,
    texts: BTreeMap<Arc<str>, ()>,
}

impl Listing {
    pub(super) fn add(&mut self, line: u64, path: &str, reason: &str, elements: u64) {
        let (path, reason) = (self.shared(path), self.shared(reason));
        self.entries.push(Unmapped { line, path, reason, elements, is_carried: false });
    }

    /// Adds a remark on what is carried.
    pub(super) fn note(&mut self, line: u64, path: &str, reason: &str) {
        let (path, reason) = (self.shared(path), self.shared(reason));
        self.entries.push(Unmapped { line, path, reason, elements: 0, is_carried: true });
    }

    fn shared(&mut self, text: &str) -> Arc<str> {
        match self.texts.get_key_value(text) {
            Some((known, ())) => Arc::clone(known),
            None => {
                let new: Arc<str> = Arc::from(text);
                self.texts.insert(Arc::clone(&new), ());
                new
            }
        }
    }
}
