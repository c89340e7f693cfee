//! Second walk: what each element becomes, or why it becomes nothing.

// Saturating: counts of lines, elements and bytes of a file that is in memory or bounded; none comes near the edge.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::activity::Party;
use super::codes::child;
use super::draft::{Draft, MAX_TEXT_BYTES};
use super::key::Ordinals;
use super::node::{Node, carried, is_declaration, is_foreign};
use super::parts::{self, Part, in_file, part, why_not};
use super::report::{Listing, Publisher, Remark, Report};
use super::tokens::{Element, Visit, first_line, shown, walk};
use super::tree::{Listed, MAX_PART_ELEMENTS, NO_MEMBER, Tree};
use super::{Refused, Reported};

/// Most changed characters that are told one by one for the file as a whole; each is in the list by line.
const MAX_REMARKS: usize = 100;

/// Maps a text that `scan` has accepted; `identifiers` is what `scan` returned.
pub(super) fn map<E: From<Refused>>(
    text: &str,
    identifiers: Vec<String>,
    digits: &dyn Fn(&str) -> Option<u32>,
    sink: &mut dyn FnMut(Reported) -> Result<(), E>,
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
        part: Vec::new(),
        part_elements: 0,
        text: String::new(),
        publishers: BTreeMap::new(),
        ids: BTreeSet::new(),
        ordinals: Ordinals::default(),
        listing: Listing::default(),
        changed: 0,
        report: Report::default(),
    };
    walk(text, &mut map)?;
    let Map { mut report, mut listing, publishers, changed, .. } = map;
    report.publishers = publishers.into_values().collect();
    report.publishers.sort_by_key(|publisher| Reverse(publisher.activities));
    // Remarks on a transaction or an activity are made at its end, when what is in it is listed already.
    listing.entries.sort_by_key(|entry| entry.line);
    report.unmapped = listing.entries;
    if report.publishers.len() > 1 {
        let what = format!("{} reporting organisations", report.publishers.len());
        report.remarks.insert(0, Remark { code: "several-publishers", line: None, what });
    }
    if let Some(more) = changed.checked_sub(MAX_REMARKS).filter(|more| *more > 0) {
        let what = format!("{more} more of these");
        report.remarks.push(Remark { code: "replaced-character", line: None, what });
    }
    Ok(report)
}

/// Where an open element stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Root,
    Activity,
    Identifier,
    /// A part of an activity, and all that is inside.
    Part(Part),
    Inside,
    Transaction,
    /// Inside of a transaction.
    Child,
    /// Inside of a child of a transaction.
    Narrative,
}

/// An open element that is not skipped.
struct Frame {
    at: At,
    name: String,
    line: u64,
    /// Line of the first text that no one reads here.
    stray: Option<u64>,
    /// Whether an element was open inside.
    parent: bool,
}

/// A subtree that is listed by its root.
struct Skipped {
    line: u64,
    path: String,
    reason: String,
    depth: usize,
    inside: u64,
    transactions: u64,
}

struct Map<'a, E> {
    digits: &'a dyn Fn(&str) -> Option<u32>,
    sink: &'a mut dyn FnMut(Reported) -> Result<(), E>,
    identifiers: std::vec::IntoIter<String>,
    open: Vec<Frame>,
    skipped: Option<Skipped>,
    activity: Option<parts::Draft>,
    draft: Option<Draft>,
    node: Option<Node>,
    /// The part of an activity that is open, from the outside in.
    part: Vec<Tree>,
    part_elements: u64,
    /// Text of the identifier that is open.
    text: String,
    publishers: BTreeMap<(Option<String>, Option<String>), Publisher>,
    /// Ids of activities so far.
    ids: BTreeSet<String>,
    ordinals: Ordinals,
    listing: Listing,
    /// Characters that were replaced.
    changed: usize,
    report: Report,
}

impl<E> Map<'_, E> {
    /// What becomes of an element, or why nothing.
    fn place(&mut self, element: &Element<'_>) -> Result<At, String> {
        let Some(parent) = self.open.last_mut() else { return Ok(At::Root) };
        parent.parent = true;
        let (within, name, at) = (parent.name.clone(), element.name, parent.at);
        if let Some(node) = &mut self.node {
            node.is_broken |= at == At::Child;
        }
        if element.foreign {
            return Err(format!("foreign element {} in {within}: not IATI's", shown(name)));
        }
        match (at, name) {
            (At::Root, "iati-activity") => Ok(At::Activity),
            (At::Root | At::Activity, "transaction") => Ok(At::Transaction),
            (At::Activity, "iati-identifier") => Ok(At::Identifier),
            (At::Activity, _) => match part(name) {
                Some(part) => Ok(At::Part(part)),
                None => Err(why_not(name).to_owned()),
            },
            (At::Root, _) => Err(NO_MEMBER.to_owned()),
            (At::Part(_) | At::Inside, _) if self.part_elements >= MAX_PART_ELEMENTS => {
                Err(format!("more than {MAX_PART_ELEMENTS} elements in one part of an activity"))
            }
            (At::Part(_) | At::Inside, _) => Ok(At::Inside),
            (At::Transaction, _) => match child(name) {
                Some(_) => Ok(At::Child),
                None => Err("not known in a transaction".to_owned()),
            },
            (At::Child, "narrative") if self.node.as_ref().is_some_and(|node| node.kind.narrates()) => {
                Ok(At::Narrative)
            }
            (At::Identifier | At::Child | At::Narrative, _) => Err(format!("not expected in {within}")),
        }
    }

    /// Begins what an element becomes.
    fn enter(&mut self, at: At, element: &Element<'_>) {
        let name = element.name;
        match at {
            At::Root | At::Activity => {
                self.report.elements.containers = self.report.elements.containers.saturating_add(1);
            }
            At::Identifier | At::Transaction | At::Child | At::Narrative => self.mapped(1),
            // Counted at their end.
            At::Part(_) | At::Inside => {}
        }
        self.open.push(Frame { at, name: name.to_owned(), line: element.line, stray: None, parent: false });
        match at {
            At::Root => {
                self.report.version = element.get("version").map(shown);
                self.list_attributes(element, &["version"]);
            }
            At::Activity => {
                let place = usize::try_from(self.report.activities).unwrap_or(usize::MAX);
                self.report.activities = self.report.activities.saturating_add(1);
                let identifier = self.identifiers.next().unwrap_or_default();
                self.activity = Some(parts::Draft::new(element, place, identifier));
            }
            At::Identifier => {
                self.text.clear();
                self.list_attributes(element, &[]);
            }
            At::Part(_) | At::Inside => {
                self.part.push(Tree::new(element));
                self.part_elements = self.part_elements.saturating_add(1);
            }
            At::Transaction => {
                let activity = self.activity.as_ref().map(|a| (a.identifier(), a.currency.as_deref(), a.place));
                self.draft = Some(Draft::new(element, activity));
            }
            At::Child => {
                let nth = |draft: &mut Draft, (name, kind)| (name, kind, draft.nth(name, kind));
                let known = child(name).zip(self.draft.as_mut()).map(|(known, draft)| nth(draft, known));
                self.node = known.map(|(name, kind, nth)| Node::new(name, kind, nth, element));
            }
            At::Narrative => {
                let attributes = carried(element);
                self.node.iter_mut().for_each(|node| node.narratives.push((String::new(), attributes.clone())));
            }
        }
        if !matches!(at, At::Root | At::Identifier) {
            self.list_foreign(element);
        }
    }

    fn mapped(&mut self, elements: u64) {
        self.report.elements.mapped = self.report.elements.mapped.saturating_add(elements);
    }

    /// The path of what is open, from the activity in.
    fn path(&self) -> String {
        // The root says nothing but where it is the only one.
        let frames = if self.open.len() > 1 { self.open.get(1..) } else { Some(self.open.as_slice()) };
        frames.unwrap_or_default().iter().map(|frame| shown(&frame.name)).collect::<Vec<_>>().join("/")
    }

    /// Lists something that is not carried; the transaction or the activity it stands in says so, too.
    fn list(&mut self, line: u64, path: &str, reason: &str, elements: u64) {
        self.listing.add(line, path, reason, elements);
        let inner = path.strip_prefix("iati-activity/").unwrap_or(path);
        match (&mut self.draft, &mut self.activity) {
            (Some(draft), _) => draft.leave(inner.strip_prefix("transaction/").unwrap_or(inner)),
            (None, Some(activity)) => activity.leave(inner),
            (None, None) => {}
        }
    }

    fn list_attributes(&mut self, element: &Element<'_>, carried: &[&str]) {
        let path = self.path();
        for attribute in element.attributes {
            if !carried.contains(&attribute.name) && !is_declaration(attribute.name) {
                self.list(element.line, &format!("{path}/@{}", shown(attribute.name)), NO_MEMBER, 0);
            }
        }
    }

    fn list_foreign(&mut self, element: &Element<'_>) {
        let path = self.path();
        for attribute in element.attributes.iter().filter(|attribute| is_foreign(attribute.name)) {
            self.list(element.line, &format!("{path}/@{}", shown(attribute.name)), "foreign: not IATI's", 0);
        }
    }

    /// Counts a reporting organisation.
    fn reported(&mut self, line: u64, party: Option<&Party>) {
        let Some(Party { reference, name, .. }) = party else { return };
        let mut bound = |text: &Option<String>| {
            text.clone().map(|mut text| {
                if text.len() > MAX_TEXT_BYTES {
                    text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
                    self.listing.note(
                        line,
                        "iati-activity/reporting-org",
                        "its reference or name is too long and was cut",
                    );
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

    /// Ends a part of an activity.
    fn end_part(&mut self, part: Part) {
        self.part_elements = 0;
        if let (Some(tree), Some(activity)) = (self.part.pop(), &mut self.activity) {
            self.report.elements.mapped = self.report.elements.mapped.saturating_add(tree.count());
            activity.take(part, tree, self.digits);
        }
    }

    /// Ends an activity: hands it over.
    fn end_activity(&mut self, line: u64) -> Result<(), E> {
        let Some(draft) = self.activity.take() else { return Ok(()) };
        let parts::Finished { mut activity, rest } = draft.finish();
        for Listed { line, path, reason, elements, is_carried } in rest.0 {
            if is_carried {
                self.listing.note(line, &in_file(&path), reason);
            } else {
                self.listing.add(line, &in_file(&path), reason, elements);
            }
            // They were counted as parts of what was taken.
            self.report.elements.mapped = self.report.elements.mapped.saturating_sub(elements);
            self.report.elements.listed = self.report.elements.listed.saturating_add(elements);
        }
        if !self.ids.insert(activity.activity.clone()) {
            activity.find("same-identifier");
            self.listing.note(line, "iati-activity/iati-identifier", "an activity before this one has the same");
        }
        self.reported(line, activity.publisher.as_ref());
        self.found(&activity.findings);
        (self.sink)(Reported::Activity(Box::new(activity)))
    }

    fn found(&mut self, findings: &[&'static str]) {
        for code in findings {
            let count = self.report.findings.entry(code).or_insert(0);
            *count = count.saturating_add(1);
        }
    }

    /// Ends a transaction: counts it and hands it over.
    fn observed(&mut self, path: &str) -> Result<(), E> {
        let Some(draft) = self.draft.take() else { return Ok(()) };
        let finished = draft.finish(self.digits, &mut self.ordinals);
        for (line, reason) in finished.notes {
            self.listing.note(line, path, &reason);
        }
        self.found(&finished.observed.findings);
        let (report, observed) = (&mut self.report, finished.observed);
        report.transactions = report.transactions.saturating_add(1);
        report.without_ref = report.without_ref.saturating_add(u64::from(observed.reference.is_none()));
        let code = observed.type_code.as_deref().unwrap_or("None");
        let currency = match &observed.raw_value {
            None => "(no value)",
            Some(_) => observed.currency.as_deref().unwrap_or("(none)"),
        };
        let total = report.by_type_currency.entry(format!("{code}|{currency}")).or_default();
        total.count = total.count.saturating_add(1);
        finished.number.iter().for_each(|number| total.sum.add(number));
        (self.sink)(Reported::Transaction(Box::new(observed)))
    }

    /// Ends a listed subtree.
    fn list_skipped(&mut self, skipped: &Skipped) {
        let Skipped { line, path, reason, inside, transactions, .. } = skipped;
        let mut reason = reason.clone();
        if *transactions > 0 {
            reason.push_str(&format!(" ({transactions} named transaction, but none where transactions stand)"));
        }
        let elements = inside.saturating_add(1);
        self.report.elements.listed = self.report.elements.listed.saturating_add(elements);
        self.list(*line, path, &reason, elements);
    }
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
            Ok(at) => self.enter(at, element),
            Err(reason) => {
                let (line, path) = (element.line, format!("{}/{}", self.path(), shown(element.name)));
                self.skipped = Some(Skipped { line, path, reason, depth: 0, inside: 0, transactions: 0 });
            }
        }
        Ok(())
    }

    fn text(&mut self, line: u64, text: &str) -> Result<(), E> {
        let Some(frame) = self.open.last_mut().filter(|_| self.skipped.is_none()) else { return Ok(()) };
        // Behind a child element, a text is another one than before it: 10<b/>0 is not 100.
        let late = frame.parent && matches!(frame.at, At::Identifier | At::Child | At::Narrative);
        let narrating = frame.at == At::Child && self.node.as_ref().is_some_and(|node| node.kind.narrates());
        let read = match frame.at {
            At::Part(_) | At::Inside => {
                self.part.last_mut().iter_mut().for_each(|tree| tree.say(text));
                return Ok(());
            }
            At::Root | At::Activity | At::Transaction => None,
            At::Identifier => Some(&mut self.text),
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
        let path = self.path();
        let Some(frame) = self.open.pop() else { return Ok(()) };
        if let Some(line) = frame.stray {
            self.list(line, &format!("{path}/text"), "text where none belongs", 0);
        }
        match frame.at {
            At::Activity => self.end_activity(frame.line)?,
            At::Identifier => {
                let kept = self.activity.as_ref().map(parts::Draft::identifier).unwrap_or_default();
                if !matches!(self.text.trim(), text if text.is_empty() || text == kept) {
                    self.list(frame.line, &path, "a second one in one activity: the first is kept", 0);
                }
            }
            At::Part(part) => self.end_part(part),
            At::Inside => {
                if let Some(tree) = self.part.pop()
                    && let Some(outer) = self.part.last_mut()
                {
                    outer.adopt(tree);
                }
            }
            At::Transaction => self.observed(&path)?,
            At::Child => {
                if let (Some(node), Some(draft)) = (self.node.take(), &mut self.draft) {
                    draft.take(node);
                }
            }
            At::Root | At::Narrative => {}
        }
        Ok(())
    }

    fn changed(&mut self, line: u64, from: char, to: char) -> Result<(), E> {
        if self.skipped.is_some() {
            return Ok(());
        }
        let what = format!("U+{:04X} read as {to}", u32::from(from));
        let path = self.path();
        self.listing.note(line, &path, &format!("a control character that a wrong conversion left: {what}"));
        match (&mut self.draft, &mut self.activity) {
            (Some(draft), _) => draft.find("replaced-character"),
            (None, Some(activity)) => activity.find("replaced-character"),
            (None, None) => {}
        }
        if self.changed < MAX_REMARKS {
            self.report.remarks.push(Remark {
                code: "replaced-character",
                line: Some(line),
                what: format!("{path}: {what}"),
            });
        }
        self.changed = self.changed.saturating_add(1);
        Ok(())
    }
}
