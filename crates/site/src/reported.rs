//! `/a/{chain}/{activity}` and `/i/{chain}/{import}`: what others reported, as of the newest file of its publisher.

// Saturating: counts of what is in memory.

use crate::fit::{self, Cut, fit};
use crate::words::{self, Word};
use crate::{Frame, Line, Link, Scene};
use almoner_ledger::entity::{Activity, Import};
use almoner_ledger::event::Event;
use almoner_ledger::event::reported::{
    ActivityObserved, Budget, Coded, Finding, LeftOut, Organisation, Outcome, Party, Reported, TransactionObserved,
};
use almoner_ledger::{EntityNo, decode};
use almoner_views::observed::{ObservedAt, ReportedSum, sums};
use askama::Template;

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

/// A text that may be missing.
fn text(of: &Option<String>) -> &str {
    of.as_deref().unwrap_or_default()
}

/// Rows that may be missing.
fn rows<T>(of: &Option<Vec<T>>) -> &[T] {
    of.as_deref().unwrap_or_default()
}

/// Paths that are not carried, and how many of each.
fn left_out(of: &[LeftOut]) -> Vec<(String, u64)> {
    of.iter().map(|one| (one.path.clone(), one.count)).collect()
}

/// A text with what stands beside it in brackets; either may be missing.
fn beside(one: &str, other: &str) -> String {
    match (one.is_empty(), other.is_empty()) {
        (_, true) => one.to_owned(),
        (true, false) => other.to_owned(),
        (false, false) => format!("{one} ({other})"),
    }
}

fn party(of: Option<&Party>) -> String {
    of.map(|of| beside(text(&of.name), text(&of.reference))).unwrap_or_default()
}

fn organisation(of: &Organisation) -> String {
    beside(text(&of.name), text(&of.reference))
}

/// The value with its currency, or the text that is no number.
fn value(value: &Option<String>, currency: &Option<String>, raw: &Option<String>) -> String {
    match (value, raw) {
        (Some(value), _) => format!("{} {}", text(currency), signed(value)),
        (None, Some(raw)) => format!("\u{201c}{raw}\u{201d}, no number"),
        (None, None) => "no value".to_owned(),
    }
}

/// The event at an index, typed; none while its note is not there.
fn event(scene: &Scene<'_>, index: u64) -> Option<Box<dyn Event>> {
    Some(decode(&scene.note(index)?).ok()?.1)
}

impl ReportedRow {
    fn of(scene: &Scene<'_>, one: &ObservedAt<'_>) -> Option<ReportedRow> {
        let event = event(scene, one.index)?;
        let Some(Reported::Transaction(said)) = event.reported() else { return None };
        let TransactionObserved { type_code, type_text, currency, raw_value, .. } = said;
        Some(ReportedRow {
            index: one.index,
            day: text(&said.date).to_owned(),
            name: match text(type_code) {
                "" => text(type_text).to_owned(),
                code => named(TYPES, code),
            },
            value: value(&said.value, currency, raw_value),
            from: party(said.provider.as_ref()),
            to: party(said.receiver.as_ref()),
            what: text(&said.description).to_owned(),
            findings: said.findings.join(", "),
            gone: Gone::of(scene, one),
        })
    }

    fn bytes(&self) -> usize {
        [&self.from, &self.to, &self.what, &self.value].into_iter().map(|one| fit::text(one)).sum()
    }
}

fn coded(of: &[Coded]) -> String {
    let one = |one: &Coded| {
        let share = one.percentage.as_ref().map(|share| format!(" {share} %")).unwrap_or_default();
        format!("{}{share}", beside(text(&one.code), text(&one.name)))
    };
    of.iter().map(one).collect::<Vec<_>>().join(", ")
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
        let event = shown.and_then(|one| event(scene, one.index));
        let said = event.as_ref().and_then(|event| match event.reported()? {
            Reported::Activity(said) => Some(said),
            Reported::File(_) | Reported::Transaction(_) => None,
        });
        let own = words::one(title, identifier);
        let (chain, mut cut) = (scene.chain_id(entity.chain), Vec::new());
        let observed = || ("transactions", format!("/v1/observed?activity={chain}/activity/{}", entity.id));
        let whole = |name: &'static str| move || (name, format!("/v1/activities/{chain}/{}", entity.id));
        let facts = said.map(facts).unwrap_or_default();
        let budget = |one: &Budget| {
            let worth = value(&one.value, &one.currency, &one.raw_value);
            (text(&one.from).to_owned(), text(&one.to).to_owned(), worth)
        };
        let budgets = said.map_or(&[][..], |said| rows(&said.budgets)).iter().map(budget);
        let transactions = all().filter(|one| one.money.is_some()).filter_map(|one| ReportedRow::of(scene, &one));
        let transactions = fit(&mut cut, observed, transactions, ReportedRow::bytes);
        let taking_part = |one: &Organisation| (named(ROLES, text(&one.role)), organisation(one));
        let organisations = said.map_or(&[][..], |said| rows(&said.organisations)).iter().map(taking_part);
        let organisations = fit(&mut cut, whole("organisations"), organisations, |(_, name)| fit::text(name));
        let results = said.map_or(&[][..], |said| rows(&said.results)).iter().flat_map(result);
        let results = fit(&mut cut, whole("results"), results, |row| row.iter().map(|one| fit::text(one)).sum());
        let descriptions = said.map_or(&[][..], |said| rows(&said.descriptions));
        Some(ActivityPage {
            importer: scene.chain_link(entity.chain),
            titles: words::all(title).into_iter().filter(|word| *word != own).collect(),
            title: own,
            identifier: identifier.clone(),
            publisher: said.and_then(|said| said.publisher.as_ref()).map_or_else(|| publisher.clone(), organisation),
            file: scene.entity_link(shown.and_then(|one| one.held_by).unwrap_or(*import)),
            gone: shown.and_then(|one| Gone::of(scene, one)),
            descriptions: descriptions
                .iter()
                .map(|one| Word { lang: text(&one.lang).to_owned(), text: one.text.clone() })
                .collect(),
            facts,
            organisations,
            budgets: fit(&mut cut, whole("budgets"), budgets, |(from, to, value)| {
                fit::text(from).saturating_add(fit::text(to)).saturating_add(fit::text(value))
            }),
            results,
            sums: SumRow::all(all()),
            transactions,
            left_out: said.map_or_else(Vec::new, |said| {
                left_out(rows(&said.left_out).get(..100).unwrap_or(rows(&said.left_out)))
            }),
            findings: said.map_or_else(Vec::new, |said| said.findings.clone()),
            versions: scene.lines(versions.iter().rev().take(20).map(|one| one.index)),
            cut,
            frame,
        })
    }
}

/// What is told of an activity in a line each: name and text.
fn facts(said: &ActivityObserved) -> Vec<(String, String)> {
    let mut facts = vec![("State".to_owned(), named(STATES, text(&said.status)))];
    facts.extend(
        rows(&said.dates)
            .iter()
            .map(|date| (named(DATES, text(&date.type_code)), beside(text(&date.date), text(&date.text)))),
    );
    for (name, codes) in [("Countries", &said.countries), ("Regions", &said.regions), ("Sectors", &said.sectors)] {
        facts.push((name.to_owned(), coded(rows(codes))));
    }
    facts.retain(|(_, text)| !text.is_empty());
    facts
}

/// Rows of a result: each period of each indicator.
fn result(of: &Outcome) -> Vec<[String; 5]> {
    let (title, none) = (text(&of.title), String::new);
    let mut all = Vec::new();
    for indicator in rows(&of.indicators) {
        let name = beside(text(&indicator.title), title);
        let periods = rows(&indicator.periods);
        if periods.is_empty() {
            all.push([name.clone(), none(), none(), none(), text(&indicator.baseline).to_owned()]);
        }
        all.extend(periods.iter().map(|period| {
            let [from, to, target, actual] =
                [&period.from, &period.to, &period.target, &period.actual].map(|one| text(one).to_owned());
            [name.clone(), from, to, target, actual]
        }));
    }
    if all.is_empty() {
        all.push([title.to_owned(), none(), none(), none(), none()]);
    }
    all
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
        let event = event(scene, entity.opened)?;
        let Some(Reported::File(said)) = event.reported() else { return None };
        let (chain, mut cut) = (scene.chain_id(entity.chain), Vec::new());
        let listed = |name: &'static str| move || (name, format!("/v1/observed?import={chain}/import/{}", entity.id));
        let activities = all().filter(|one| one.held_by == Some(no) && one.money.is_none());
        let activities = fit(
            &mut cut,
            listed("activities"),
            activities.filter_map(|one| one.activity).map(|activity| scene.entity_link(activity)),
            |link| fit::word(&link.word),
        );
        let gone = all().filter(|one| one.held_by.is_none() && one.money.is_some());
        let gone = gone.filter_map(|one| ReportedRow::of(scene, &one));
        let gone = fit(&mut cut, listed("transactions that are gone"), gone, ReportedRow::bytes);
        let finding = |one: &Finding| (one.line, beside(&one.code, &one.what));
        Some(ImportPage {
            importer: scene.chain_link(entity.chain),
            name: name.clone(),
            publisher: publisher.clone(),
            sha256: sha256.clone(),
            newest: (newest != no).then(|| scene.entity_link(newest)),
            sums: SumRow::all(all().filter(|one| one.held_by == Some(no))),
            activities,
            gone,
            left_out: left_out(rows(&said.left_out)),
            findings: said.findings.iter().map(finding).collect(),
            latest: scene.lines(scene.views.latest_touching(&[no], scene.at, 20)),
            cut,
            frame,
        })
    }
}
