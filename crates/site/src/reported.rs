//! `/a/{chain}/{activity}` and `/i/{chain}/{import}`: what others reported, as of the newest file of its publisher.

// Saturating: counts of what is in memory.

use crate::fit::{self, Cut, fit};
use crate::words::{self, Word};
use crate::{Frame, Line, Link, Scene};
use almoner_ledger::EntityNo;
use almoner_ledger::entity::{Activity, Import};
use almoner_views::observed::{ObservedAt, ReportedSum, sums};
use askama::Template;
use serde_json::Value;

/// Names of transaction types (IATI codelist TransactionType, 2.03), by code; letters are version 1's.
const TYPES: &[(&str, &str, &str)] = &[
    ("1", "IF", "Incoming funds"),
    ("2", "C", "Commitment"),
    ("3", "D", "Disbursement"),
    ("4", "E", "Expenditure"),
    ("5", "IR", "Interest payment"),
    ("6", "LR", "Loan repayment"),
    ("7", "R", "Reimbursement"),
    ("8", "QP", "Purchase of equity"),
    ("9", "QS", "Sale of equity"),
    ("10", "CG", "Credit guarantee"),
    ("11", "", "Incoming commitment"),
    ("12", "", "Outgoing pledge"),
    ("13", "", "Incoming pledge"),
];

/// Names of kinds of date (ActivityDateType; version 1 has words).
const DATES: &[(&str, &str, &str)] = &[
    ("1", "start-planned", "Planned start"),
    ("2", "start-actual", "Start"),
    ("3", "end-planned", "Planned end"),
    ("4", "end-actual", "End"),
];

/// Names of roles (OrganisationRole; version 1 has words).
const ROLES: &[(&str, &str, &str)] = &[
    ("1", "Funding", "Funding"),
    ("2", "Accountable", "Accountable"),
    ("3", "Extending", "Extending"),
    ("4", "Implementing", "Implementing"),
];

/// Names of states (ActivityStatus).
const STATES: &[(&str, &str, &str)] = &[
    ("1", "", "Pipeline"),
    ("2", "", "Under way"),
    ("3", "", "Finalisation"),
    ("4", "", "Closed"),
    ("5", "", "Cancelled"),
    ("6", "", "Suspended"),
];

fn named(list: &[(&str, &str, &str)], code: &str) -> String {
    let known = list.iter().find(|(number, word, _)| *number == code || (!word.is_empty() && *word == code));
    known.map_or_else(|| code.to_owned(), |(.., name)| (*name).to_owned())
}

/// An activity's page.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "activity.html")]
pub struct ActivityPage {
    /// Its surroundings.
    pub frame: Frame,
    /// Who imported it.
    pub importer: Link,
    /// Its title.
    pub title: Word,
    /// Its title in other languages.
    pub titles: Vec<Word>,
    /// Its identifier, as in the file.
    pub identifier: String,
    /// Who reports it.
    pub publisher: String,
    /// The file that it was read from last.
    pub file: Link,
    /// That it is no longer in the newest file, and who says so.
    pub gone: Option<Gone>,
    /// Descriptions.
    pub descriptions: Vec<Word>,
    /// Facts: name and text.
    pub facts: Vec<(String, String)>,
    /// Participating organisations: role and name.
    pub organisations: Vec<(String, String)>,
    /// Budgets: from, to, amount.
    pub budgets: Vec<(String, String, String)>,
    /// Results: what is measured, from, to, aimed at, reached.
    pub results: Vec<[String; 5]>,
    /// Counts and sums of its transactions.
    pub sums: Vec<SumRow>,
    /// Its transactions.
    pub transactions: Vec<ReportedRow>,
    /// What of the activity is not carried: path and count.
    pub left_out: Vec<(String, u64)>,
    /// What is odd about it.
    pub findings: Vec<String>,
    /// Events that told it, the newest first.
    pub versions: Vec<Line>,
    /// Lists of which not all is shown.
    pub cut: Vec<Cut>,
}

/// Who says that something is no longer in the newest file.
#[derive(Debug, Clone, Default)]
pub struct Gone {
    /// The event.
    pub index: u64,
    /// The newer file.
    pub newest: Link,
}

impl Gone {
    /// Of something that was reported; none while a file holds it.
    pub(crate) fn of(scene: &Scene<'_>, one: &ObservedAt<'_>) -> Option<Gone> {
        one.gone.map(|(index, import)| Gone { index, newest: scene.entity_link(import) })
    }
}

/// Transactions of one type and currency.
#[derive(Debug, Clone, Default)]
pub struct SumRow {
    /// The type in words.
    pub name: String,
    /// How many.
    pub count: String,
    /// Sum and currency.
    pub sum: String,
    /// How many of them have no number.
    pub without: u64,
}

impl SumRow {
    fn all<'a>(of: impl Iterator<Item = ObservedAt<'a>>) -> Vec<SumRow> {
        let row = |sum: ReportedSum| SumRow {
            name: if sum.type_code == "None" { "No type".to_owned() } else { named(TYPES, &sum.type_code) },
            count: crate::money::grouped(&sum.count.to_string()),
            sum: sum.sum.map_or_else(
                || "too large to add".to_owned(),
                |total| format!("{} {}", sum.currency, signed(&total.to_string())),
            ),
            without: sum.without_number,
        };
        sums(of.filter(|one| one.held_by.is_some())).into_iter().map(row).collect()
    }
}

/// A number with its thousands apart.
fn signed(text: &str) -> String {
    match text.strip_prefix('-') {
        Some(text) => format!("\u{2212}{}", crate::money::grouped(text)),
        None => crate::money::grouped(text),
    }
}

/// A transaction as somebody reported it.
#[derive(Debug, Clone, Default)]
pub struct ReportedRow {
    /// The event.
    pub index: u64,
    /// The day as in the file.
    pub day: String,
    /// The type in words.
    pub name: String,
    /// Value and currency, or the file's text where it is no number.
    pub value: String,
    /// From whom.
    pub from: String,
    /// To whom.
    pub to: String,
    /// What for.
    pub what: String,
    /// What is odd about it.
    pub findings: String,
    /// That it is no longer in the newest file.
    pub gone: Option<Gone>,
}

/// A member of an object as text; empty if it is missing.
fn text(of: &Value, member: &str) -> String {
    of.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn list<'a>(of: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    of.get(member).and_then(Value::as_array).into_iter().flatten()
}

fn texts(of: &Value, member: &str) -> Vec<String> {
    list(of, member).filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Paths that are not carried, and how many of each.
fn left_out(of: &Value) -> impl Iterator<Item = (String, u64)> {
    let count = |one: &Value| one.get("count").and_then(Value::as_u64).unwrap_or_default();
    list(of, "left_out").map(move |one| (text(one, "path"), count(one)))
}

/// A text with what stands beside it in brackets; either may be missing.
fn beside(one: &str, other: &str) -> String {
    match (one.is_empty(), other.is_empty()) {
        (_, true) => one.to_owned(),
        (true, false) => other.to_owned(),
        (false, false) => format!("{one} ({other})"),
    }
}

fn party(of: Option<&Value>) -> String {
    of.map(|of| beside(&text(of, "name"), &text(of, "ref"))).unwrap_or_default()
}

/// The value with its currency, or the text that is no number.
fn value(of: &Value) -> String {
    let currency = text(of, "currency");
    match of.get("value").and_then(Value::as_str) {
        Some(value) => format!("{currency} {}", signed(value)),
        None if of.get("raw_value").is_some() => format!("\u{201c}{}\u{201d}, no number", text(of, "raw_value")),
        None => "no value".to_owned(),
    }
}

impl ReportedRow {
    fn of(scene: &Scene<'_>, one: &ObservedAt<'_>) -> Option<ReportedRow> {
        let note = scene.note(one.index)?;
        let data: Value = serde_json::from_str(note.data()).ok()?;
        let code = text(&data, "type");
        Some(ReportedRow {
            index: one.index,
            day: text(&data, "date"),
            name: if code.is_empty() { text(&data, "type_text") } else { named(TYPES, &code) },
            value: value(&data),
            from: party(data.get("provider")),
            to: party(data.get("receiver")),
            what: text(&data, "description"),
            findings: texts(&data, "findings").join(", "),
            gone: Gone::of(scene, one),
        })
    }

    fn bytes(&self) -> usize {
        [&self.from, &self.to, &self.what, &self.value].into_iter().map(|one| fit::text(one)).sum()
    }
}

fn coded(of: &Value, member: &str) -> String {
    let one = |one: &Value| {
        let percentage = text(one, "percentage");
        let share = if percentage.is_empty() { String::new() } else { format!(" {percentage} %") };
        format!("{}{share}", beside(&text(one, "code"), &text(one, "name")))
    };
    list(of, member).map(one).collect::<Vec<_>>().join(", ")
}

impl ActivityPage {
    /// Fills the page; `None` if there is no such activity yet.
    #[must_use]
    pub fn of(scene: &Scene<'_>, no: EntityNo, frame: Frame) -> Option<ActivityPage> {
        let entity = scene.typed::<Activity>(no)?;
        let Activity { identifier, title, publisher, import } = entity.said;
        let all = || scene.views.observed().of_activity(no, scene.size());
        let versions: Vec<ObservedAt<'_>> = all().filter(|one| one.money.is_none()).collect();
        // What the newest file says, or what the last one said.
        let shown = versions.iter().rev().find(|one| one.held_by.is_some()).or_else(|| versions.last());
        let note = shown.and_then(|one| scene.note(one.index));
        let data: Value = note.and_then(|note| serde_json::from_str(note.data()).ok()).unwrap_or_default();
        let word = |of: &Value| Word { lang: text(of, "lang"), text: text(of, "text") };
        let own = words::one(title, identifier);
        let (chain, mut cut) = (scene.chain_id(entity.chain), Vec::new());
        let observed = || ("transactions", format!("/v1/observed?activity={chain}/activity/{}", entity.id));
        let whole = |name: &'static str| move || (name, format!("/v1/activities/{chain}/{}", entity.id));
        let mut facts = vec![("State".to_owned(), named(STATES, &text(&data, "status")))];
        facts.extend(
            list(&data, "dates")
                .map(|date| (named(DATES, &text(date, "type")), beside(&text(date, "date"), &text(date, "text")))),
        );
        for (name, member) in [("Countries", "countries"), ("Regions", "regions"), ("Sectors", "sectors")] {
            facts.push((name.to_owned(), coded(&data, member)));
        }
        facts.retain(|(_, text)| !text.is_empty());
        let budgets = list(&data, "budgets").map(|one| (text(one, "from"), text(one, "to"), value(one)));
        let transactions = all().filter(|one| one.money.is_some()).filter_map(|one| ReportedRow::of(scene, &one));
        let transactions = fit(&mut cut, observed, transactions, ReportedRow::bytes);
        let organisations =
            list(&data, "organisations").map(|one| (named(ROLES, &text(one, "role")), party(Some(one))));
        let organisations = fit(&mut cut, whole("organisations"), organisations, |(_, name)| fit::text(name));
        let results = fit(&mut cut, whole("results"), list(&data, "results").flat_map(result), |row| {
            row.iter().map(|one| fit::text(one)).sum()
        });
        Some(ActivityPage {
            importer: scene.chain_link(entity.chain),
            titles: words::all(title).into_iter().filter(|word| *word != own).collect(),
            title: own,
            identifier: identifier.clone(),
            publisher: data.get("publisher").map_or_else(|| publisher.clone(), |one| party(Some(one))),
            file: scene.entity_link(shown.and_then(|one| one.held_by).unwrap_or(*import)),
            gone: shown.and_then(|one| Gone::of(scene, one)),
            descriptions: list(&data, "descriptions").map(word).collect(),
            facts,
            organisations,
            budgets: fit(&mut cut, whole("budgets"), budgets, |(from, to, value)| {
                fit::text(from).saturating_add(fit::text(to)).saturating_add(fit::text(value))
            }),
            results,
            sums: SumRow::all(all()),
            transactions,
            left_out: left_out(&data).take(100).collect(),
            findings: texts(&data, "findings"),
            versions: scene.lines(versions.iter().rev().take(20).map(|one| one.index)),
            cut,
            frame,
        })
    }
}

/// Rows of a result: each period of each indicator.
fn result(of: &Value) -> Vec<[String; 5]> {
    let title = text(of, "title");
    let mut rows = Vec::new();
    for indicator in list(of, "indicators") {
        let name = beside(&text(indicator, "title"), &title);
        let mut periods = list(indicator, "periods").peekable();
        if periods.peek().is_none() {
            rows.push([name.clone(), String::new(), String::new(), String::new(), text(indicator, "baseline")]);
        }
        rows.extend(periods.map(|period| {
            let member = |name: &str| text(period, name);
            [name.clone(), member("from"), member("to"), member("target"), member("actual")]
        }));
    }
    if rows.is_empty() {
        rows.push([title, String::new(), String::new(), String::new(), String::new()]);
    }
    rows
}

/// An imported file's page.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "import.html")]
pub struct ImportPage {
    /// Its surroundings.
    pub frame: Frame,
    /// Who imported it.
    pub importer: Link,
    /// The file's name.
    pub name: String,
    /// Who publishes it.
    pub publisher: String,
    /// Its SHA-256.
    pub sha256: String,
    /// The file that took its place, the newest of them.
    pub newest: Option<Link>,
    /// Counts and sums of what it holds.
    pub sums: Vec<SumRow>,
    /// Activities that it holds.
    pub activities: Vec<Link>,
    /// Transactions that stood in it, or in a file before it, and are no longer in the newest.
    pub gone: Vec<ReportedRow>,
    /// What of the file is not carried: path and count.
    pub left_out: Vec<(String, u64)>,
    /// What is odd about it: line and what.
    pub findings: Vec<(Option<u64>, String)>,
    /// Its newest events.
    pub latest: Vec<Line>,
    /// Lists of which not all is shown.
    pub cut: Vec<Cut>,
}

impl ImportPage {
    /// Fills the page; `None` if there is no such file yet.
    #[must_use]
    pub fn of(scene: &Scene<'_>, no: EntityNo, frame: Frame) -> Option<ImportPage> {
        let entity = scene.typed::<Import>(no)?;
        let Import { sha256, publisher, name } = entity.said;
        let observed = scene.views.observed();
        let all = || observed.of_import(no, scene.size());
        let newest = observed.newest(no, scene.size());
        let note = scene.note(entity.opened)?;
        let data: Value = serde_json::from_str(note.data()).unwrap_or_default();
        let (chain, mut cut) = (scene.chain_id(entity.chain), Vec::new());
        let rows = |name: &'static str| move || (name, format!("/v1/observed?import={chain}/import/{}", entity.id));
        let activities = all().filter(|one| one.held_by == Some(no) && one.money.is_none());
        let activities = fit(
            &mut cut,
            rows("activities"),
            activities.filter_map(|one| one.activity).map(|activity| scene.entity_link(activity)),
            |link| fit::word(&link.word),
        );
        let gone = all().filter(|one| one.held_by.is_none() && one.money.is_some());
        let gone = gone.filter_map(|one| ReportedRow::of(scene, &one));
        let gone = fit(&mut cut, rows("transactions that are gone"), gone, ReportedRow::bytes);
        let finding = |one: &Value| {
            let line = one.get("line").and_then(Value::as_u64);
            (line, beside(&text(one, "code"), &text(one, "what")))
        };
        Some(ImportPage {
            importer: scene.chain_link(entity.chain),
            name: name.clone(),
            publisher: publisher.clone(),
            sha256: sha256.clone(),
            newest: (newest != no).then(|| scene.entity_link(newest)),
            sums: SumRow::all(all().filter(|one| one.held_by == Some(no))),
            activities,
            gone,
            left_out: left_out(&data).collect(),
            findings: list(&data, "findings").map(finding).collect(),
            latest: scene.lines(scene.views.latest_touching(&[no], scene.at, 20)),
            cut,
            frame,
        })
    }
}
