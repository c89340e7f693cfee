//! One transaction put together from its elements, then judged, keyed and cut to size.

use rust_decimal::Decimal;

use super::LeftOut;
use super::codes::{Kind, type_in_text, type_number};
use super::day::day;
use super::exact::Exact;
use super::key;
use super::node::{Node, carried, collapsed, filled};
use super::number::Number;
use super::observed::{Observed, Org};
use super::tokens::{Element, shown};

/// Longest text carried. IATI sets no limit; the longest at hand has 626 bytes.
pub const MAX_TEXT_BYTES: usize = 1_500;
/// Most details carried per transaction. The richest at hand has 22.
pub const MAX_DETAILS: usize = 256;
/// Most paths that a transaction names as left out.
const MAX_LEFT_OUT: usize = 32;

/// A transaction while it is read.
pub(super) struct Draft {
    /// What came so far of what may stand once, and how often.
    seen: Vec<(&'static str, usize)>,
    details: Vec<(u64, String, String)>,
    type_line: Option<u64>,
    value_line: Option<u64>,
    date_line: Option<u64>,
    is_broken: bool,
    /// Remarks on what stands twice.
    notes: Vec<(u64, String)>,
    /// What the file says, uncut; key, ordinal, readings and findings follow in `finish`.
    said: Observed,
}

/// A finished transaction: what to hand over, what to add up, and what to list by line.
pub(super) struct Finished {
    pub(super) observed: Observed,
    pub(super) number: Option<Number>,
    pub(super) notes: Vec<(u64, String)>,
}

impl Draft {
    /// Starts at the transaction's tag; `activity` is `None` outside of one.
    pub(super) fn new(element: &Element<'_>, activity: Option<(&str, Option<&str>, usize)>) -> Self {
        let said = Observed {
            key: [0; 32],
            ordinal: 0,
            line: element.line,
            place: activity.map(|(_, _, place)| place),
            activity: activity.map(|(identifier, _, _)| identifier.to_owned()).unwrap_or_default(),
            reference: None,
            type_code: None,
            type_text: None,
            kind: None,
            raw_value: None,
            value: None,
            rounding: None,
            currency: activity.and_then(|(_, currency, _)| currency).map(str::to_owned),
            date: None,
            value_date: None,
            day: None,
            value_day: None,
            provider: None,
            receiver: None,
            description: None,
            details: Vec::new(),
            left_out: Vec::new(),
            findings: if activity.is_none() { vec!["outside-activity"] } else { Vec::new() },
        };
        let (seen, details) = (Vec::new(), Vec::new());
        let mut draft = Self {
            seen,
            details,
            type_line: None,
            value_line: None,
            date_line: None,
            is_broken: false,
            notes: Vec::new(),
            said,
        };
        for (name, value) in carried(element) {
            if name == "ref" {
                draft.said.reference = filled(&value);
            } else {
                draft.detail(element.line, format!("transaction/@{name}"), value);
            }
        }
        draft
    }

    /// Which one of its kind a child is; always 1 for what may stand again and again.
    pub(super) fn nth(&mut self, name: &'static str, kind: Kind) -> usize {
        if kind.repeats() {
            return 1;
        }
        match self.seen.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => {
                *count = count.saturating_add(1);
                *count
            }
            None => {
                self.seen.push((name, 1));
                1
            }
        }
    }

    /// Notes something odd about it.
    pub(super) fn find(&mut self, code: &'static str) {
        if !self.said.findings.contains(&code) {
            self.said.findings.push(code);
        }
    }

    /// Something of it is not carried, and is listed already.
    pub(super) fn leave(&mut self, path: &str) {
        self.find("left-out");
        let left_out = &mut self.said.left_out;
        // One transaction has few elements that nobody knows; a hostile one is told by the file's own list.
        let has_room = left_out.len() < MAX_LEFT_OUT;
        match left_out.iter_mut().find(|known| known.path == path) {
            Some(known) => known.count = known.count.saturating_add(1),
            None if has_room => left_out.push(LeftOut { path: path.to_owned(), count: 1 }),
            None => {}
        }
    }

    /// Takes what a child says.
    pub(super) fn take(&mut self, mut node: Node) {
        let name = if node.nth > 1 { format!("{}#{}", node.name, node.nth) } else { node.name.to_owned() };
        match node.kind {
            _ if node.nth > 1 => {
                self.find(node.kind.second());
                let text = collapsed(&std::mem::take(&mut node.text)).unwrap_or_default();
                self.notes.push((node.line, format!("a second {} in one transaction: the first counts", node.name)));
                self.detail(node.line, name.clone(), text);
            }
            Kind::Type => {
                self.type_line = Some(node.line);
                self.said.type_code = node.take("code");
                self.said.type_text = node.take_text();
            }
            Kind::Date => {
                self.date_line = Some(node.line);
                self.said.date = node.take("iso-date");
            }
            Kind::Value => {
                self.value_line = Some(node.line);
                self.is_broken = node.is_broken;
                self.said.raw_value = filled(&std::mem::take(&mut node.text));
                self.said.value_date = node.take("value-date");
                self.said.currency = node.take("currency").or_else(|| self.said.currency.take());
            }
            Kind::Description if self.said.description.is_none() => self.said.description = node.take_text(),
            Kind::Provider => self.said.provider = org(&mut node, "provider-activity-id"),
            Kind::Receiver => self.said.receiver = org(&mut node, "receiver-activity-id"),
            Kind::Coded => {
                let code = node.take("code").unwrap_or_default();
                self.detail(node.line, node.name.to_owned(), code);
            }
            Kind::Description => {}
        }
        let line = node.line;
        for (attribute, value) in node.attributes {
            let separator = if attribute.starts_with("narrative/") { "/" } else { "/@" };
            self.detail(line, format!("{name}{separator}{attribute}"), value);
        }
        for (text, attributes) in node.narratives {
            let Some(text) = collapsed(&text) else { continue };
            self.detail(line, format!("{name}/narrative"), text);
            for (attribute, value) in attributes {
                self.detail(line, format!("{name}/narrative/@{attribute}"), value);
            }
        }
        self.detail(line, format!("{name}/text"), collapsed(&node.text).unwrap_or_default());
    }

    fn detail(&mut self, line: u64, name: String, value: String) {
        if !value.is_empty() {
            self.details.push((line, name, value));
        }
    }

    /// Judges the whole and gives it its key.
    pub(super) fn finish(mut self, digits: &dyn Fn(&str) -> Option<u32>, ordinals: &mut key::Ordinals) -> Finished {
        let mut notes = std::mem::take(&mut self.notes);
        self.type_from_attribute();
        let content = self.content();
        (self.said.key, self.said.ordinal) = ordinals.key(content);
        self.judge_texts(&mut notes);
        let number = self.judge_value(digits, &mut notes);
        self.cut(&mut notes);
        Finished { observed: self.said, number, notes }
    }

    /// Version 1.0 wrote the type as `transaction/@type="disbursement"`.
    fn type_from_attribute(&mut self) {
        if self.said.type_code.is_none()
            && self.said.type_text.is_none()
            && let Some(at) = self.details.iter().position(|(_, name, _)| name == "transaction/@type")
        {
            self.said.type_text = Some(self.details.remove(at).2);
        }
    }

    fn content(&self) -> [u8; 32] {
        let said = &self.said;
        let none = Org::default();
        let (provider, receiver) = (said.provider.as_ref().unwrap_or(&none), said.receiver.as_ref().unwrap_or(&none));
        let fields = [
            Some(said.activity.as_str()),
            said.reference.as_deref(),
            said.type_code.as_deref(),
            said.type_text.as_deref(),
            said.raw_value.as_deref(),
            said.currency.as_deref(),
            said.date.as_deref(),
            said.value_date.as_deref(),
            said.description.as_deref(),
            provider.reference.as_deref(),
            provider.name.as_deref(),
            provider.activity.as_deref(),
            receiver.reference.as_deref(),
            receiver.name.as_deref(),
            receiver.activity.as_deref(),
        ];
        key::content(&fields, self.details.iter().map(|(_, name, value)| (name.as_str(), value.as_str())).collect())
    }

    /// Identifier, reference, type and dates. Whatever the file lacks or says unreadably is also listed by line, so that
    /// the list alone shows which transactions will not count.
    fn judge_texts(&mut self, notes: &mut Vec<(u64, String)>) {
        let said = &mut self.said;
        if said.activity.is_empty() {
            said.findings.push("no-activity-id");
        }
        if said.reference.is_none() {
            said.findings.push("no-ref");
        }
        let type_line = self.type_line.unwrap_or(said.line);
        if let Some(code) = &said.type_code {
            said.kind = type_number(code);
            if said.kind.is_none() {
                said.findings.push("unknown-type");
                notes.push((type_line, format!("transaction type \"{}\": not in the code list", shown(code))));
            }
        } else {
            said.findings.push("no-type");
            said.kind = said.type_text.as_deref().and_then(type_in_text);
            if said.kind.is_some() {
                said.findings.push("type-in-text");
            }
            let text =
                said.type_text.as_deref().map(|t| format!(", only the text \"{}\"", shown(t))).unwrap_or_default();
            notes.push((type_line, format!("transaction without a type code{text}: counted under None")));
        }
        said.day = said.date.as_deref().and_then(day);
        said.value_day = said.value_date.as_deref().and_then(day);
        let date_line = self.date_line.unwrap_or(said.line);
        match &said.date {
            None => {
                said.findings.push("no-date");
                notes.push((date_line, "transaction without a date".to_owned()));
            }
            Some(text) if said.day.is_none() => {
                said.findings.push("bad-date");
                notes.push((date_line, format!("transaction date \"{}\": not a date, kept as text", shown(text))));
            }
            Some(_) => {}
        }
        if let (Some(text), None) = (&said.value_date, &said.value_day) {
            said.findings.push("bad-value-date");
            let line = self.value_line.unwrap_or(said.line);
            notes.push((line, format!("value date \"{}\": not a date, kept as text", shown(text))));
        }
        let differs = match (&said.day, &said.value_day) {
            (Some(day), Some(value_day)) => day != value_day,
            _ => said.date.is_some() && said.value_date.is_some() && said.date != said.value_date,
        };
        if differs {
            said.findings.push("value-date-differs");
        }
    }

    /// The value: number, currency, rounding.
    fn judge_value(&mut self, digits: &dyn Fn(&str) -> Option<u32>, notes: &mut Vec<(u64, String)>) -> Option<Number> {
        let said = &mut self.said;
        let line = self.value_line.unwrap_or(said.line);
        let minor = match said.currency.as_deref() {
            None => {
                said.findings.push("no-currency");
                notes.push((line, "transaction without a currency, nor has its activity one".to_owned()));
                None
            }
            Some(currency) => {
                let minor = digits(currency);
                if minor.is_none() {
                    said.findings.push("unknown-currency");
                    notes.push((
                        line,
                        format!("currency \"{}\": not known, the value is kept as text", shown(currency)),
                    ));
                }
                minor
            }
        };
        let Some(raw) = &said.raw_value else {
            said.findings.push("no-value");
            notes.push((line, "transaction without a value: counted under (no value)".to_owned()));
            return None;
        };
        if self.is_broken {
            said.findings.push("broken-value");
            notes.push((line, "an element inside of the value: its text is kept, and left out of the sums".to_owned()));
            return None;
        }
        let Some(number) = Number::parse(raw) else {
            said.findings.push("not-a-number");
            notes
                .push((line, format!("value \"{}\": not a number, kept as text and left out of the sums", shown(raw))));
            return None;
        };
        if number.negative && !number.is_zero() {
            said.findings.push("negative");
        }
        if number.grouped {
            said.findings.push("grouped");
        }
        if number.exponent {
            said.findings.push("exponent");
        }
        if let Some(minor) = minor {
            match amount(&number, minor) {
                Some((value, rounding)) => {
                    said.value = Some(value);
                    said.rounding = rounding;
                    if rounding.is_some() {
                        said.findings.push("rounded");
                    }
                }
                None => {
                    said.findings.push("too-many-digits");
                    notes.push((line, format!("value \"{}\": too many digits, kept as text", shown(raw))));
                }
            }
        }
        Some(number)
    }

    /// Cuts texts and details to size; the key already covers them whole.
    fn cut(&mut self, notes: &mut Vec<(u64, String)>) {
        let line = self.said.line;
        let mut lost = Vec::new();
        let mut shorten = |line: u64, name: &str, text: &mut String| {
            let whole = text.len();
            if whole > MAX_TEXT_BYTES {
                text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
                lost.push((line, format!("{name}: {whole} bytes, only the first {MAX_TEXT_BYTES} are carried")));
            }
        };
        let said = &mut self.said;
        shorten(line, "iati-identifier", &mut said.activity);
        let texts = [
            ("ref", &mut said.reference),
            ("transaction-type/@code", &mut said.type_code),
            ("transaction-type", &mut said.type_text),
            ("value", &mut said.raw_value),
            ("currency", &mut said.currency),
            ("transaction-date/@iso-date", &mut said.date),
            ("value/@value-date", &mut said.value_date),
            ("description", &mut said.description),
        ];
        for (name, text) in texts {
            text.iter_mut().for_each(|text| shorten(line, name, text));
        }
        for (name, org) in [("provider-org", &mut said.provider), ("receiver-org", &mut said.receiver)] {
            let Some(org) = org else { continue };
            let texts = [&mut org.reference, &mut org.name, &mut org.activity];
            texts.into_iter().flatten().for_each(|text| shorten(line, name, text));
        }
        for (line, name, text) in &mut self.details {
            shorten(*line, name, text);
        }
        if !lost.is_empty() {
            said.findings.push("text-cut");
        }
        if self.details.len() > MAX_DETAILS {
            said.findings.push("too-many-details");
            let over = self.details.drain(MAX_DETAILS..);
            lost.extend(
                over.map(|(line, name, _)| {
                    (line, format!("{}: not carried, over {MAX_DETAILS} details", shown(&name)))
                }),
            );
        }
        said.details = std::mem::take(&mut self.details).into_iter().map(|(_, name, value)| (name, value)).collect();
        notes.extend(lost);
    }
}

/// The value with exactly `minor` digits, and what rounding took away; `None` if either cannot be held exactly.
pub(super) fn amount(number: &Number, minor: u32) -> Option<(Decimal, Option<Decimal>)> {
    let rounded = number.rounded(usize::try_from(minor).ok()?)?;
    let value = Decimal::from_str_exact(&rounded.text()).ok()?;
    let mut difference = Exact::default();
    difference.add(number);
    difference.subtract(&rounded);
    let text = difference.to_string();
    let digits = text.trim_end_matches('0').trim_end_matches('.');
    let rounding =
        if digits.is_empty() || digits == "-" { Decimal::ZERO } else { Decimal::from_str_exact(digits).ok()? };
    Some((value, (!rounding.is_zero()).then_some(rounding)))
}

fn org(node: &mut Node, activity: &str) -> Option<Org> {
    Org { reference: node.take("ref"), name: node.take_text(), activity: node.take(activity) }.known()
}
