//! What becomes of the parts of an activity, and why others become nothing.

// Saturating: counts of what is in memory.

use super::activity::{Activity, Budget, Coded, Dated, Detail, Indicator, Outcome, Party, Period, Text};
use super::day::day;
use super::draft::amount;
use super::number::Number;
use super::tokens::Element;
use super::tree::{NO_MEMBER, Rest, Tree};

/// Most bytes of an activity's data: an event has 60 KiB, of which its other lines and signatures take some.
pub const MAX_ACTIVITY_BYTES: usize = 55 << 10;

/// What a part of an activity becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Publisher,
    Title,
    Description,
    Status,
    Date,
    Organisation,
    Sector,
    Country,
    Region,
    Budget,
    Result,
    /// Its code and attributes go to the details.
    Further,
}

/// The parts that are taken, versions 1.01 to 2.03
/// (<https://iatistandard.org/en/iati-standard/203/activity-standard/iati-activities/iati-activity/>).
const PARTS: &[(&str, Part)] = &[
    ("reporting-org", Part::Publisher),
    ("title", Part::Title),
    ("description", Part::Description),
    ("activity-status", Part::Status),
    ("activity-date", Part::Date),
    ("participating-org", Part::Organisation),
    ("sector", Part::Sector),
    ("recipient-country", Part::Country),
    ("recipient-region", Part::Region),
    ("budget", Part::Budget),
    ("result", Part::Result),
    ("activity-scope", Part::Further),
    ("collaboration-type", Part::Further),
    ("default-flow-type", Part::Further),
    ("default-finance-type", Part::Further),
    ("default-aid-type", Part::Further),
    ("default-tied-status", Part::Further),
    ("humanitarian-scope", Part::Further),
    ("policy-marker", Part::Further),
    ("tag", Part::Further),
    ("related-activity", Part::Further),
    ("other-identifier", Part::Further),
];

/// The part of this name.
pub(super) fn part(name: &str) -> Option<Part> {
    PARTS.iter().find(|(known, _)| *known == name).map(|(_, part)| *part)
}

/// Why a child of an activity is no part that is taken.
pub(super) fn why_not(name: &str) -> &'static str {
    // Names, telephone numbers and addresses of persons must not stand in a log that forgets nothing.
    if name == "contact-info" { "names persons, who have no place in a log that forgets nothing" } else { NO_MEMBER }
}

/// An activity while it is read.
#[derive(Debug)]
pub(super) struct Draft {
    /// Its number in the file, from 0.
    pub(super) place: usize,
    pub(super) currency: Option<String>,
    lang: Option<String>,
    said: Activity,
    rest: Rest,
}

/// A finished activity, and what to list by line.
pub(super) struct Finished {
    pub(super) activity: Activity,
    pub(super) rest: Rest,
}

impl Draft {
    pub(super) fn new(element: &Element<'_>, place: usize, identifier: String) -> Self {
        let mut said = Activity { line: element.line, identifier, ..Activity::default() };
        let mut rest = Rest::default();
        let (mut lang, mut currency) = (None, None);
        for (name, value) in super::node::carried(element) {
            if value.is_empty() {
                continue;
            }
            match name.as_str() {
                "xml:lang" => lang = Some(value),
                "last-updated-datetime" => {
                    rest.leave(element.line, "@last-updated-datetime".to_owned(), "changes with each publication", 0);
                }
                name => {
                    if name == "default-currency" {
                        currency = Some(value.clone());
                    }
                    said.details.push(Detail { name: format!("@{name}"), value });
                }
            }
        }
        Self { place, currency, lang, said, rest }
    }

    pub(super) fn identifier(&self) -> &str {
        &self.said.identifier
    }

    pub(super) fn find(&mut self, code: &'static str) {
        self.said.find(code);
    }

    /// Something of it is not carried, and is listed already.
    pub(super) fn leave(&mut self, path: &str) {
        self.said.leave_out(path, 1);
        self.said.find("left-out");
    }

    /// Takes a part with all that is inside.
    pub(super) fn take(&mut self, part: Part, mut tree: Tree, digits: &dyn Fn(&str) -> Option<u32>) {
        let path = tree.name.clone();
        let rest = &mut self.rest;
        match part {
            Part::Publisher if self.said.publisher.is_none() => {
                self.said.publisher = Some(party(&mut tree, &path, rest)).filter(|party| *party != Party::default());
            }
            Part::Status if self.said.status.is_none() => {
                self.said.status = tree.take("code").or_else(|| tree.first_text(&path, rest));
            }
            Part::Publisher | Part::Status => {
                rest.leave(tree.line, path, "a second one in one activity: the first is kept", tree.count());
                return;
            }
            Part::Title => self.said.titles.extend(texts(&mut tree, None, &path, rest)),
            Part::Description => {
                let type_code = tree.take("type");
                self.said.descriptions.extend(texts(&mut tree, type_code, &path, rest));
            }
            Part::Date => {
                let date = Dated {
                    type_code: tree.take("type"),
                    date: tree.take("iso-date"),
                    text: tree.first_text(&path, rest),
                };
                if date.date.as_deref().is_some_and(|text| day(text).is_none()) {
                    self.said.find("bad-activity-date");
                    rest.note(tree.line, format!("{path}/@iso-date"), "not a date, kept as text");
                }
                self.said.dates.extend(Some(date).filter(|date| *date != Dated::default()));
            }
            Part::Organisation => {
                let party = party(&mut tree, &path, rest);
                self.said.organisations.extend(Some(party).filter(|party| *party != Party::default()));
            }
            Part::Sector => self.said.sectors.extend(coded(&mut tree, &path, rest)),
            Part::Country => self.said.countries.extend(coded(&mut tree, &path, rest)),
            Part::Region => self.said.regions.extend(coded(&mut tree, &path, rest)),
            Part::Budget => {
                let budget = budget(&mut tree, &path, self.currency.as_deref(), digits, rest);
                if budget.raw_value.is_some() && budget.value.is_none() {
                    self.said.find("budget-without-number");
                }
                self.said.budgets.push(budget);
            }
            Part::Result => self.said.results.push(result(&mut tree, &path, rest)),
            Part::Further => self.said.details.extend(further(&mut tree, &path, rest)),
        }
        tree.end(&path, rest);
    }

    /// Judges the whole, and gives it its key and its id.
    pub(super) fn finish(mut self) -> Finished {
        for text in self.said.titles.iter_mut().chain(&mut self.said.descriptions) {
            text.lang = text.lang.take().or_else(|| self.lang.clone());
        }
        if self.said.identifier.is_empty() {
            self.said.find("no-activity-id");
        }
        if self.said.titles.is_empty() {
            self.said.find("no-title");
        }
        for left in self.rest.0.iter().filter(|listed| !listed.is_carried) {
            self.said.leave_out(&left.path, 1);
        }
        if !self.said.left_out.is_empty() {
            self.said.find("left-out");
        }
        self.said.name_it();
        self.said.fit(MAX_ACTIVITY_BYTES);
        let mut rest = self.rest;
        if let Some(code) = self.said.findings.iter().find(|code| matches!(**code, "cut" | "text-cut")) {
            let why = if *code == "cut" { "more than one event carries: lists were cut" } else { "a text was cut" };
            rest.note(self.said.line, String::new(), why);
        }
        Finished { activity: self.said, rest }
    }
}

fn texts(tree: &mut Tree, type_code: Option<String>, path: &str, rest: &mut Rest) -> Vec<Text> {
    let texts = tree.texts(path, rest).into_iter();
    texts.map(|(text, lang)| Text { text, lang, type_code: type_code.clone() }).collect()
}

fn party(tree: &mut Tree, path: &str, rest: &mut Rest) -> Party {
    Party {
        role: tree.take("role"),
        reference: tree.take("ref"),
        name: tree.first_text(path, rest),
        type_code: tree.take("type"),
        activity: tree.take("activity-id"),
    }
}

fn coded(tree: &mut Tree, path: &str, rest: &mut Rest) -> Option<Coded> {
    let coded = Coded {
        code: tree.take("code"),
        vocabulary: tree.take("vocabulary"),
        percentage: tree.take("percentage"),
        name: tree.first_text(path, rest),
    };
    Some(coded).filter(|coded| *coded != Coded::default())
}

fn further(tree: &mut Tree, path: &str, rest: &mut Rest) -> Vec<Detail> {
    let mut details = Vec::new();
    for (name, value) in tree.take_all() {
        let name = if name == "code" { path.to_owned() } else { format!("{path}/@{name}") };
        details.push(Detail { name, value });
    }
    details.extend(tree.first_text(path, rest).map(|value| Detail { name: format!("{path}/narrative"), value }));
    details
}

/// The `@iso-date` of a child.
fn date_of(tree: &mut Tree, name: &str, path: &str, rest: &mut Rest) -> Option<String> {
    let mut child = tree.child(name)?;
    let date = child.take("iso-date").or_else(|| child.take_value());
    let path = format!("{path}/{name}");
    if date.as_deref().is_some_and(|text| day(text).is_none()) {
        rest.note(child.line, path.clone(), "not a date, kept as text");
    }
    child.end(&path, rest);
    date
}

fn budget(
    tree: &mut Tree,
    path: &str,
    default: Option<&str>,
    digits: &dyn Fn(&str) -> Option<u32>,
    rest: &mut Rest,
) -> Budget {
    let mut budget = Budget {
        type_code: tree.take("type"),
        status: tree.take("status"),
        from: date_of(tree, "period-start", path, rest),
        to: date_of(tree, "period-end", path, rest),
        ..Budget::default()
    };
    let Some(mut value) = tree.child("value") else { return budget };
    // A text that an element interrupts is no number.
    let is_broken = value.is_parent();
    budget.raw_value = value.take_value();
    budget.currency = value.take("currency").or_else(|| default.map(str::to_owned));
    budget.value_date = value.take("value-date");
    let minor = budget.currency.as_deref().and_then(digits);
    let number = budget.raw_value.as_deref().filter(|_| !is_broken).and_then(Number::parse);
    budget.value = number.zip(minor).and_then(|(number, minor)| amount(&number, minor)).map(|(value, _)| value);
    if budget.raw_value.is_some() && budget.value.is_none() {
        rest.note(value.line, format!("{path}/value"), "not a number in a known currency, kept as text");
    }
    value.end(&format!("{path}/value"), rest);
    budget
}

fn result(tree: &mut Tree, path: &str, rest: &mut Rest) -> Outcome {
    let mut outcome = Outcome {
        type_code: tree.take("type"),
        title: tree.child_text("title", path, rest),
        description: tree.child_text("description", path, rest),
        indicators: Vec::new(),
    };
    let path = format!("{path}/indicator");
    for mut one in tree.children("indicator") {
        let mut indicator = Indicator {
            measure: one.take("measure"),
            title: one.child_text("title", &path, rest),
            description: one.child_text("description", &path, rest),
            ..Indicator::default()
        };
        if let Some(mut baseline) = one.child("baseline") {
            indicator.baseline_year = baseline.take("year");
            indicator.baseline = baseline.take("value").or_else(|| baseline.take_value());
            baseline.end(&format!("{path}/baseline"), rest);
        }
        for mut period in one.children("period") {
            let path = format!("{path}/period");
            indicator.periods.push(Period {
                from: date_of(&mut period, "period-start", &path, rest),
                to: date_of(&mut period, "period-end", &path, rest),
                target: value_of(&mut period, "target", &path, rest),
                actual: value_of(&mut period, "actual", &path, rest),
            });
            period.end(&path, rest);
        }
        one.end(&path, rest);
        outcome.indicators.push(indicator);
    }
    outcome
}

/// The `@value` of the first child of a name; others are by place or group, and are listed.
fn value_of(tree: &mut Tree, name: &str, path: &str, rest: &mut Rest) -> Option<String> {
    let mut child = tree.child(name)?;
    let value = child.take("value").or_else(|| child.take_value());
    child.end(&format!("{path}/{name}"), rest);
    value
}

/// The path of something in an activity, in the file's terms.
pub(super) fn in_file(path: &str) -> String {
    if path.is_empty() { "iati-activity".to_owned() } else { format!("iati-activity/{path}") }
}
