//! First walk: is this an IATI activity file within the bounds, and what is each activity's identifier?
//!
//! The identifiers are collected beforehand because version 1 lets `iati-identifier` stand behind the transactions, and
//! keeping an activity's transactions until its end would take memory without bound.

// Saturating: counts of lines, elements and bytes of a file that is in memory or bounded; none comes near the edge.

use super::Refused;
use super::tokens::{Element, Visit, shown, walk};

/// Most elements: 16,777,216 = 512 MiB at 32 bytes, a short element with its end tag. The list of what was not mapped
/// has at most three lines of some 40 bytes for each, so a file made for nothing else costs under 2 GiB.
pub const MAX_ELEMENTS: u64 = 1 << 24;
/// Most transactions: 2,097,152 = 512 MiB at 256 bytes; real ones take 400 (version 1) to 1,400 bytes (version 2).
pub const MAX_TRANSACTIONS: u64 = 1 << 21;

/// For each `iati-activity`, in order, its identifier, trimmed; empty if it has none.
pub(super) fn scan(text: &str) -> Result<Vec<String>, Refused> {
    let mut scan =
        Scan { depth: 0, in_activity: false, in_identifier: false, elements: 0, transactions: 0, found: Vec::new() };
    walk(text, &mut scan)?;
    let mut found = scan.found;
    found.iter_mut().for_each(|identifier| *identifier = identifier.trim().to_owned());
    Ok(found)
}

struct Scan {
    /// Elements open.
    depth: usize,
    in_activity: bool,
    in_identifier: bool,
    elements: u64,
    transactions: u64,
    found: Vec<String>,
}

impl Scan {
    fn root(element: &Element<'_>) -> Result<(), Refused> {
        let line = element.line;
        match (element.foreign, element.name) {
            (false, "iati-activities") => Ok(()),
            (false, "iati-organisations") => Err(Refused::Organisations { line }),
            (false, "Error" | "error" | "errors" | "ServiceExceptionReport") => {
                Err(Refused::ServerError { line, root: shown(element.name) })
            }
            (false, name) => Err(Refused::NotIati { line, root: shown(name) }),
            (true, name) => Err(Refused::NotIati { line, root: format!("{} in a namespace of its own", shown(name)) }),
        }
    }
}

impl Visit<Refused> for Scan {
    fn open(&mut self, element: &Element<'_>) -> Result<(), Refused> {
        self.depth = self.depth.saturating_add(1);
        self.elements = self.elements.saturating_add(1);
        // Text behind a child element is no part of an identifier; `map` lists it.
        self.in_identifier &= self.depth <= 3;
        if self.elements > MAX_ELEMENTS {
            return Err(Refused::TooManyElements { line: element.line, limit: MAX_ELEMENTS });
        }
        if self.depth == 1 {
            return Self::root(element);
        }
        if element.foreign {
            return Ok(());
        }
        match (self.depth, element.name) {
            (2, "iati-activity") => {
                self.in_activity = true;
                self.found.push(String::new());
            }
            (2, "transaction") => self.transactions = self.transactions.saturating_add(1),
            (3, "transaction") if self.in_activity => self.transactions = self.transactions.saturating_add(1),
            (3, "iati-identifier") if self.in_activity => {
                // The first that says something; `map` lists the others. A blank one is forgotten, because a run of
                // them would be looked through again and again.
                let blank = self.found.last_mut().filter(|identifier| identifier.trim().is_empty());
                self.in_identifier = blank.map(String::clear).is_some();
            }
            _ => {}
        }
        if self.transactions > MAX_TRANSACTIONS {
            return Err(Refused::TooManyTransactions { line: element.line, limit: MAX_TRANSACTIONS });
        }
        Ok(())
    }

    fn text(&mut self, _line: u64, text: &str) -> Result<(), Refused> {
        if self.in_identifier
            && let Some(identifier) = self.found.last_mut()
        {
            identifier.push_str(text);
        }
        Ok(())
    }

    fn changed(&mut self, _line: u64, _from: char, _to: char) -> Result<(), Refused> {
        Ok(())
    }

    fn close(&mut self) -> Result<(), Refused> {
        self.in_identifier &= self.depth != 3;
        self.in_activity &= self.depth != 2;
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }
}
