//! Second walk: what each element becomes, or why it becomes nothing.

// Saturating: counts of lines, elements and bytes of a file that is in memory or bounded; none comes near the edge.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::codes::child;
use super::draft::{Draft, MAX_TEXT_BYTES};
use super::key::Ordinals;
use super::node::{Node, carried, collapsed, is_declaration, is_foreign};
use super::report::{Listing, Publisher, Report};
use super::tokens::{Element, Visit, first_line, shown, walk};
use super::{Observed, Refused};

/// Maps a text that `scan` has accepted; `identifiers` is what `scan` returned.
pub(super) fn map<E: From<Refused>>(
    text: &str,
    identifiers: Vec<String>,
    digits: &dyn Fn(&str) -> Option<u32>,
    sink: &mut dyn FnMut(Observed) -> Result<(), E>,
) -> Result<Report, E> {
    let mut map = Map {
        digits,
        sink,
        identifiers: identifiers.into_iter(),
        open: Vec::new(),
        skipped: None,
        activity: None,
        draft: None,
        node: None,
        text: String::new(),
        reporting: None,
        publishers: BTreeMap::new(),
        ordinals: Ordinals::default(),
        listing: Listing::default(),
        report: Report::default(),
    };
    walk(text, &mut map)?;
    let Map { mut report, mut listing, publishers, .. } = map;
    report.publishers = publishers.into_values().collect();
    report.publishers.sort_by_key(|publisher| Reverse(publisher.activities));
    // Remarks on a transaction are made at its end, when its children are listed already.
    listing.entries.sort_by_key(|entry| entry.line);
    report.unmapped = listing.entries;
    Ok(report)
}

/// Where an open element stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Root,
    Activity,
    Identifier,
    Reporting,
    ReportingName,
    Transaction,
    /// Inside of a transaction.
    Child,
    /// Inside of a child of a transaction.
    Narrative,
}

/// An open element that is not skipped.
struct Frame {
    at: At,
    name: &'static str,
    line: u64,
    /// Line of the first text that no one reads here.
    stray: Option<u64>,
    /// Whether an element was open inside.
    parent: bool,
}

/// A subtree that is listed by its root.
struct Skipped {
    line: u64,
    reason: String,
    depth: usize,
    inside: u64,
    transactions: u64,
}

struct Activity {
    identifier: String,
    currency: Option<String>,
    reported: bool,
}

struct Map<'a, E> {
    digits: &'a dyn Fn(&str) -> Option<u32>,
    sink: &'a mut dyn FnMut(Observed) -> Result<(), E>,
    identifiers: std::vec::IntoIter<String>,
    open: Vec<Frame>,
    skipped: Option<Skipped>,
    activity: Option<Activity>,
    draft: Option<Draft>,
    node: Option<Node>,
    /// Text of the identifier or reporting organisation that is open.
    text: String,
    /// The reporting organisation that is open: reference, first narrative, attributes not carried.
    reporting: Option<(Option<String>, String, Vec<String>)>,
    publishers: BTreeMap<(Option<String>, Option<String>), Publisher>,
    ordinals: Ordinals,
    listing: Listing,
    report: Report,
}

impl<E> Map<'_, E> {
    /// What becomes of an element, or why nothing.
    fn place(&mut self, element: &Element<'_>) -> Result<(At, &'static str), String> {
        let Some(parent) = self.open.last_mut() else { return Ok((At::Root, "iati-activities")) };
        parent.parent = true;
        let (within, name) = (parent.name, element.name);
        if element.foreign {
            return Err(format!("foreign element {} in {within}: not IATI's", shown(name)));
        }
        match (parent.at, name) {
            (At::Root, "iati-activity") => Ok((At::Activity, "iati-activity")),
            (At::Root | At::Activity, "transaction") => Ok((At::Transaction, "transaction")),
            (At::Activity, "iati-identifier") => Ok((At::Identifier, "iati-identifier")),
            (At::Activity, "reporting-org") => match &mut self.activity {
                Some(activity) if !activity.reported => {
                    activity.reported = true;
                    Ok((At::Reporting, "reporting-org"))
                }
                _ => Err("a second reporting-org in one activity: the first is kept".to_owned()),
            },
            (At::Reporting, "narrative") => match &self.reporting {
                Some((_, first, _)) if first.trim().is_empty() => Ok((At::ReportingName, "narrative")),
                _ => Err("a further narrative of reporting-org: the first is kept".to_owned()),
            },
            (At::Root | At::Activity, _) => Err(format!("{}: not part of a transaction import", shown(name))),
            (At::Transaction, _) => {
                let Some((name, kind)) = child(name) else {
                    return Err(format!("{}: not known in a transaction", shown(name)));
                };
                if self.draft.as_mut().is_some_and(|draft| draft.admits(name, kind)) {
                    Ok((At::Child, name))
                } else {
                    Err(format!("a second {name} in one transaction: the first is kept"))
                }
            }
            (At::Child, "narrative") if self.node.as_ref().is_some_and(|node| node.kind.narrates()) => {
                Ok((At::Narrative, "narrative"))
            }
            (At::Identifier | At::Reporting | At::ReportingName | At::Child | At::Narrative, _) => {
                Err(format!("{} in {within}: not expected there", shown(name)))
            }
        }
    }

    /// Begins what an element becomes.
    fn enter(&mut self, at: At, name: &'static str, element: &Element<'_>) {
        let counted = match at {
            At::Root | At::Activity => &mut self.report.elements.containers,
            At::Identifier | At::Reporting | At::ReportingName | At::Transaction | At::Child | At::Narrative => {
                &mut self.report.elements.mapped
            }
        };
        *counted = counted.saturating_add(1);
        self.open.push(Frame { at, name, line: element.line, stray: None, parent: false });
        match at {
            At::Root => {
                self.report.version = element.get("version").map(shown);
                self.list_attributes(element, name, uncarried(element, "version"));
            }
            At::Activity => {
                self.report.activities = self.report.activities.saturating_add(1);
                self.activity = Some(Activity {
                    identifier: self.identifiers.next().unwrap_or_default(),
                    currency: element.get("default-currency").map(str::to_owned),
                    reported: false,
                });
                self.list_attributes(element, name, uncarried(element, "default-currency"));
            }
            At::Identifier => {
                self.text.clear();
                self.list_attributes(element, name, uncarried(element, ""));
            }
            At::Reporting => {
                self.text.clear();
                let reference = element.get("ref").map(str::to_owned);
                self.reporting = Some((reference, String::new(), uncarried(element, "ref")));
            }
            At::ReportingName => {
                let more = uncarried(element, "").into_iter().map(|name| format!("narrative/{name}"));
                if let Some((_, name, attributes)) = &mut self.reporting {
                    // Blank so far; kept, a run of blank ones would be looked through again and again.
                    name.clear();
                    attributes.extend(more);
                }
            }
            At::Transaction => {
                let activity = self.activity.as_ref().map(|a| (a.identifier.as_str(), a.currency.as_deref()));
                self.draft = Some(Draft::new(element, activity));
                self.list_foreign(element, name);
            }
            At::Child => {
                self.node = child(name).map(|(name, kind)| Node::new(name, kind, element));
                self.list_foreign(element, name);
            }
            At::Narrative => {
                let attributes = carried(element);
                self.node.iter_mut().for_each(|node| node.narratives.push((String::new(), attributes.clone())));
                self.list_foreign(element, name);
            }
        }
    }

    fn list_attributes(&mut self, element: &Element<'_>, name: &str, attributes: Vec<String>) {
        if !attributes.is_empty() {
            let names = attributes.join(", ");
            let reason = format!("attributes of {name}, not part of a transaction import: {names}");
            self.listing.add(element.line, &reason, 0);
        }
    }

    fn list_foreign(&mut self, element: &Element<'_>, name: &str) {
        let names: Vec<String> =
            element.attributes.iter().filter(|a| is_foreign(a.name)).map(|a| format!("@{}", shown(a.name))).collect();
        if !names.is_empty() {
            let reason = format!("foreign attributes of {name}, not IATI's: {}", names.join(", "));
            self.listing.add(element.line, &reason, 0);
        }
    }

    /// Ends a reporting organisation.
    fn reported(&mut self, line: u64) {
        let Some((reference, narrative, attributes)) = self.reporting.take() else { return };
        if !attributes.is_empty() {
            let reason =
                format!("attributes of reporting-org, not part of a transaction import: {}", attributes.join(", "));
            self.listing.add(line, &reason, 0);
        }
        let text = collapsed(&std::mem::take(&mut self.text));
        let name = match (collapsed(&narrative), text) {
            (Some(narrative), Some(_)) => {
                self.listing.add(line, "text of reporting-org beside its narrative: the narrative is kept", 0);
                Some(narrative)
            }
            (narrative, text) => narrative.or(text),
        };
        let mut bound = |text: Option<String>| {
            text.map(|mut text| {
                if text.len() > MAX_TEXT_BYTES {
                    text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
                    self.listing.add(line, "reporting-org: its reference or name is too long and was cut", 0);
                }
                text
            })
        };
        let (reference, name) = (bound(reference), bound(name));
        // One publisher is often spelt in several ways; its reference, if it has one, says that they are the same.
        let key = (reference.clone(), if reference.is_some() { None } else { name.clone() });
        let publisher = self.publishers.entry(key).or_insert(Publisher { reference, name: None, activities: 0 });
        publisher.name = publisher.name.take().or(name);
        publisher.activities = publisher.activities.saturating_add(1);
    }

    /// Ends a transaction: counts it and hands it over.
    fn observed(&mut self) -> Result<(), E> {
        let Some(draft) = self.draft.take() else { return Ok(()) };
        let finished = draft.finish(self.digits, &mut self.ordinals);
        for (line, reason) in finished.notes {
            self.listing.add(line, &reason, 0);
        }
        let (report, observed) = (&mut self.report, finished.observed);
        report.transactions = report.transactions.saturating_add(1);
        report.without_ref = report.without_ref.saturating_add(u64::from(observed.reference.is_none()));
        for code in &observed.findings {
            let count = report.findings.entry(code).or_insert(0);
            *count = count.saturating_add(1);
        }
        let code = observed.type_code.as_deref().unwrap_or("None");
        let currency = match &observed.raw_value {
            None => "(no value)",
            Some(_) => observed.currency.as_deref().unwrap_or("(none)"),
        };
        let total = report.by_type_currency.entry(format!("{code}|{currency}")).or_default();
        total.count = total.count.saturating_add(1);
        finished.number.iter().for_each(|number| total.sum.add(number));
        (self.sink)(observed)
    }

    /// Ends a listed subtree.
    fn list_skipped(&mut self, skipped: &Skipped) {
        let Skipped { line, reason, inside, transactions, .. } = skipped;
        let mut reason = reason.clone();
        if *inside > 0 {
            let plural = if *inside == 1 { "" } else { "s" };
            reason.push_str(&format!(", with the {inside} element{plural} inside"));
        }
        if *transactions > 0 {
            reason.push_str(&format!(" ({transactions} named transaction, but none where transactions stand)"));
        }
        let elements = inside.saturating_add(1);
        self.report.elements.listed = self.report.elements.listed.saturating_add(elements);
        self.listing.add(*line, &reason, elements);
    }
}

/// The attributes a container does not carry: all but `carried` and namespace declarations.
fn uncarried(element: &Element<'_>, carried: &str) -> Vec<String> {
    let left = element.attributes.iter().map(|a| a.name);
    left.filter(|n| *n != carried && !is_declaration(n)).map(|n| format!("@{}", shown(n))).collect()
}

impl<E: From<Refused>> Visit<E> for Map<'_, E> {
    fn open(&mut self, element: &Element<'_>) -> Result<(), E> {
        if let Some(skipped) = &mut self.skipped {
            skipped.depth = skipped.depth.saturating_add(1);
            skipped.inside = skipped.inside.saturating_add(1);
            let lookalike = !element.foreign && element.name == "transaction";
            skipped.transactions = skipped.transactions.saturating_add(u64::from(lookalike));
            return Ok(());
        }
        match self.place(element) {
            Ok((at, name)) => self.enter(at, name, element),
            Err(reason) => {
                self.skipped = Some(Skipped { line: element.line, reason, depth: 0, inside: 0, transactions: 0 });
            }
        }
        Ok(())
    }

    fn text(&mut self, line: u64, text: &str) -> Result<(), E> {
        let Some(frame) = self.open.last_mut().filter(|_| self.skipped.is_none()) else { return Ok(()) };
        // Behind a child element, a text is another one than before it: 10<b/>0 is not 100.
        let late = frame.parent && matches!(frame.at, At::Identifier | At::Child | At::Narrative | At::ReportingName);
        let narrating = frame.at == At::Child && self.node.as_ref().is_some_and(|node| node.kind.narrates());
        let read = match frame.at {
            At::Root | At::Activity | At::Transaction => None,
            At::Identifier | At::Reporting => Some(&mut self.text),
            At::ReportingName => self.reporting.as_mut().map(|(_, name, _)| name),
            At::Child => self.node.as_mut().map(|node| &mut node.text),
            At::Narrative => self.node.as_mut().and_then(|node| node.narratives.last_mut()).map(|(text, _)| text),
        };
        match read {
            Some(read) if !late || narrating => read.push_str(text),
            _ if text.trim().is_empty() => {}
            _ => {
                frame.stray.get_or_insert(first_line(line, text));
            }
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), E> {
        if let Some(skipped) = &mut self.skipped {
            match skipped.depth.checked_sub(1) {
                Some(depth) => skipped.depth = depth,
                None => {
                    if let Some(skipped) = self.skipped.take() {
                        self.list_skipped(&skipped);
                    }
                }
            }
            return Ok(());
        }
        let Some(frame) = self.open.pop() else { return Ok(()) };
        if let Some(line) = frame.stray {
            self.listing.add(line, &format!("text in {} where none belongs", frame.name), 0);
        }
        match frame.at {
            At::Activity => self.activity = None,
            At::Identifier => {
                let kept = self.activity.as_ref().map(|activity| activity.identifier.as_str()).unwrap_or_default();
                if !matches!(self.text.trim(), text if text.is_empty() || text == kept) {
                    self.listing.add(frame.line, "a second iati-identifier in one activity: the first is kept", 0);
                }
            }
            At::Reporting => self.reported(frame.line),
            At::Transaction => self.observed()?,
            At::Child => {
                if let (Some(node), Some(draft)) = (self.node.take(), &mut self.draft) {
                    draft.take(node);
                }
            }
            At::Root | At::ReportingName | At::Narrative => {}
        }
        Ok(())
    }
}
