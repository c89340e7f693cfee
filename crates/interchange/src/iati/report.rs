//! What a file holds, counted and added, and everything that was not mapped.

use std::collections::BTreeMap;
use std::sync::Arc;

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

/// Something of the file that no transaction carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmapped {
    /// Line of the start tag it belongs to, or of the text; 1-based.
    pub line: u64,
    /// What it is, and why it is not carried. Shared between equal lines.
    pub reason: Arc<str>,
    /// Number of elements this line stands for: an element and all those inside; 0 for a part of a mapped element.
    pub elements: u64,
}

/// Elements by what became of them; together, all elements of the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Elements {
    /// `iati-activities` and `iati-activity`.
    pub containers: u64,
    /// Transactions, what is in them, identifiers and reporting organisations.
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
}

/// Builds the list of [`Unmapped`], with each reason stored once.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) entries: Vec<Unmapped>,
    reasons: BTreeMap<Arc<str>, ()>,
}

impl Listing {
    pub(super) fn add(&mut self, line: u64, reason: &str, elements: u64) {
        let shared = match self.reasons.get_key_value(reason) {
            Some((known, ())) => Arc::clone(known),
            None => {
                let new: Arc<str> = Arc::from(reason);
                self.reasons.insert(Arc::clone(&new), ());
                new
            }
        };
        self.entries.push(Unmapped { line, reason: shared, elements });
    }
}
