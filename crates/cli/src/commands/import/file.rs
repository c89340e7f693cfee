//! One file on its way into the ledger: declared, its activities and transactions written as far as they are new, and
//! compared with what its publisher published before.

use super::known::Known;
use super::{Read, data};
use crate::author::Writer;
use crate::clock::now;
use crate::failure::Outcome;
use crate::output;
use almoner_interchange::iati::{Activity, Observed};
use almoner_proof::event::EVENT_MAX;
use almoner_proof::{Hash, SecretKey};
use indicatif::ProgressBar;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::Path;

/// Events sent in one request.
const BATCH: usize = 1000;
/// Data of an event stays below the note's limit with room for its other lines and signatures.
const DATA_MAX: usize = EVENT_MAX - 4096;
/// Keys in one event.
const KEYS: usize = 1000;
/// Lines told of one group of what is not mapped; its count is of all.
const LINES_TOLD: usize = 1000;

pub(super) struct File<'a> {
    chain: &'a str,
    key: &'a SecretKey,
    name: String,
    import: String,
    read: Read,
    imported: u64,
    already: u64,
    activities: u64,
    events: u64,
    replaces: Vec<String>,
    gone: u64,
    again: u64,
}

impl<'a> File<'a> {
    pub(super) fn new(chain: &'a str, key: &'a SecretKey, path: &Path, read: Read) -> File<'a> {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let import = format!("import/{}", read.sha256.get(..32).unwrap_or_default());
        let replaces = Vec::new();
        File {
            chain,
            key,
            name,
            import,
            read,
            imported: 0,
            already: 0,
            activities: 0,
            events: 0,
            replaces,
            gone: 0,
            again: 0,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn sha256(&self) -> &str {
        &self.read.sha256
    }

    pub(super) fn len(&self) -> u64 {
        self.read.activities.len().saturating_add(self.read.transactions.len()) as u64
    }

    /// Events written so far.
    pub(super) fn appended(&self) -> u64 {
        self.events
    }

    /// Writes what the chain does not hold yet. Cut short and begun anew, it goes on where it was.
    pub(super) fn write(&mut self, writer: &mut Writer<'_>, known: &mut Known, bar: &ProgressBar) -> Outcome {
        if !known.has_import(&self.import) {
            let declared =
                |listed| data::declared(&self.import, &self.read.sha256, &self.name, &self.read.report, listed);
            self.event(writer, known, "import.declared/1", &fitting(data::LISTED_MAX, declared))?;
        }
        let read = std::mem::take(&mut self.read);
        let written = self.write_all(&read, writer, known, bar);
        self.read = read;
        written?;
        let keys = self.read.keys();
        let activities: BTreeSet<&str> = self.read.activities.iter().map(|one| one.activity.as_str()).collect();
        let compared = known.compare(&self.import, &keys, &activities);
        (self.gone, self.again) = (compared.gone.len() as u64, compared.again.len() as u64);
        self.replaces.clone_from(&compared.replaces);
        let newest = compared.of.clone();
        // The first of them names what is replaced, each of them some keys.
        let mut replaces = compared.replaces;
        let (mut gone, mut again) = (compared.gone.as_slice(), compared.again.as_slice());
        while !(replaces.is_empty() && gone.is_empty() && again.is_empty()) {
            let (now_gone, rest) = gone.split_at(gone.len().min(KEYS));
            let (now_again, others) = again.split_at(again.len().min(KEYS.saturating_sub(now_gone.len())));
            (gone, again) = (rest, others);
            let (named, left) = (replaces.iter().take(KEYS / 8), replaces.iter().skip(KEYS / 8));
            let texts = |keys: &[Hash]| -> Vec<String> { keys.iter().map(|key| key.to_base64()).collect() };
            let data = json!({
                "import": newest,
                "replaces": named.collect::<Vec<_>>(),
                "gone": texts(now_gone),
                "again": texts(now_again),
            });
            replaces = left.cloned().collect();
            self.event(writer, known, "import.compared/1", &data)?;
        }
        self.flush(writer)
    }

    fn write_all(&mut self, read: &Read, writer: &mut Writer<'_>, known: &mut Known, bar: &ProgressBar) -> Outcome {
        for activity in &read.activities {
            self.activity(writer, known, activity)?;
            bar.inc(1);
        }
        for observed in &read.transactions {
            let of = observed.place.and_then(|place| read.activities.get(place)).map(|one| one.activity.as_str());
            self.transaction(writer, known, observed, of)?;
            bar.inc(1);
        }
        Ok(())
    }

    fn activity(&mut self, writer: &mut Writer<'_>, known: &mut Known, activity: &Activity) -> Outcome {
        if Hash::from_base64(&activity.key).is_some_and(|key| known.has(key)) {
            return Ok(());
        }
        self.activities = self.activities.saturating_add(1);
        self.event(writer, known, "activity.observed/1", &data::activity(&self.import, activity))
    }

    fn transaction(
        &mut self,
        writer: &mut Writer<'_>,
        known: &mut Known,
        observed: &Observed,
        of: Option<&str>,
    ) -> Outcome {
        if known.has(Hash(observed.key)) {
            self.already = self.already.saturating_add(1);
            return Ok(());
        }
        let data = fitting(observed.details.len(), |details| data::transaction(&self.import, of, observed, details));
        self.event(writer, known, "transaction.observed/1", &data)?;
        self.imported = self.imported.saturating_add(1);
        Ok(())
    }

    fn event(&mut self, writer: &mut Writer<'_>, known: &mut Known, kind: &str, data: &Value) -> Outcome {
        writer.write(self.chain, &[self.key], &now(), kind, data)?;
        known.take(kind, data);
        if writer.waiting() >= BATCH { self.flush(writer) } else { Ok(()) }
    }

    fn flush(&mut self, writer: &mut Writer<'_>) -> Outcome {
        let sent = writer.waiting() as u64;
        writer.flush()?;
        self.events = self.events.saturating_add(sent);
        Ok(())
    }

    pub(super) fn tell(&self, path: &Path) -> Value {
        let report = &self.read.report;
        let totals: Map<String, Value> = report
            .by_type_currency
            .iter()
            .map(|(key, total)| (key.clone(), json!({ "count": total.count, "sum": total.sum.to_string() })))
            .collect();
        let groups = report.groups();
        let unmapped = groups.iter().map(|group| {
            json!({
                "line": group.lines.first(),
                "path": group.path.as_ref(),
                "reason": group.reason.as_ref(),
                "count": group.count,
                "elements": group.elements,
                "lines": group.lines.iter().take(LINES_TOLD).collect::<Vec<_>>(),
            })
        });
        json!({
            "file": path.display().to_string(),
            "import": self.import,
            "sha256": self.read.sha256,
            "publisher": report.publisher(),
            "version": report.version,
            "imported": self.imported,
            "already": self.already,
            "unmapped": unmapped.collect::<Vec<_>>(),
            "activities": report.activities,
            "activities_imported": self.activities,
            "transactions": report.transactions,
            "without_ref": report.without_ref,
            "by_type_currency": totals,
            "elements": {
                "containers": report.elements.containers,
                "mapped": report.elements.mapped,
                "listed": report.elements.listed,
            },
            "findings": report.findings,
            "remarks": report.remarks,
            "replaces": self.replaces,
            "gone": self.gone,
            "again": self.again,
        })
    }

    pub(super) fn print(&self, path: &Path) -> Outcome {
        let report = &self.read.report;
        output::line(&format!(
            "{}: {} activities, {} transactions: {} imported, {} there already; {} of {} elements not mapped (--json lists them by path and line)",
            path.display(),
            report.activities,
            report.transactions,
            self.imported,
            self.already,
            report.elements.listed,
            report.elements.containers.saturating_add(report.elements.mapped).saturating_add(report.elements.listed),
        ))?;
        for (key, total) in &report.by_type_currency {
            output::line(&format!("  {key:16} {:>8}  {}", total.count, total.sum))?;
        }
        for remark in &report.remarks {
            let line = remark.line.map(|line| format!("line {line}: ")).unwrap_or_default();
            output::line(&format!("  {}: {line}{}", remark.code, remark.what))?;
        }
        for (code, count) in &report.findings {
            output::line(&format!("  {code}: {count}"))?;
        }
        if !self.replaces.is_empty() || self.gone > 0 {
            output::line(&format!(
                "  it takes the place of {}: {} of what was told before is no longer in the newest file, {} is in it again",
                if self.replaces.is_empty() { "no further file".to_owned() } else { self.replaces.join(", ") },
                self.gone,
                self.again,
            ))?;
        }
        Ok(())
    }
}

/// Data with so many of its items as an event has room for: all, or half of them, or half of those.
fn fitting(mut items: usize, data: impl Fn(usize) -> Value) -> Value {
    let mut made = data(items);
    while made.to_string().len() > DATA_MAX && items > 0 {
        items /= 2;
        made = data(items);
    }
    made
}

impl Read {
    /// Keys of all that the file says.
    fn keys(&self) -> BTreeSet<Hash> {
        let activities = self.activities.iter().filter_map(|one| Hash::from_base64(&one.key));
        activities.chain(self.transactions.iter().map(|one| Hash(one.key))).collect()
    }
}
