//! `almoner import`: other people's reports become observed transactions under an importer's chain.

use crate::args::Passphrase;
use crate::author::Writer;
use crate::clock::now;
use crate::failure::{Failure, Outcome, While as _};
use crate::source::read_file;
use crate::target::{Target, is_url};
use crate::{keys, output};
use almoner_interchange::iati::{self, MAPPER_VERSION, Observed, Org, Refused, Report};
use almoner_ledger::Currency;
use almoner_ledger::currency::minor_digits;
use almoner_proof::event::EVENT_MAX;
use almoner_proof::{Hash, b64};
use almoner_server::app::LedgerDirectory;
use clap::Subcommand;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// `almoner import`
#[derive(Debug, Subcommand)]
pub(crate) enum Import {
    /// IATI activity files, versions 1.0x and 2.0x.
    Iati {
        /// XML files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The ledger.
        #[arg(long)]
        to: String,
        /// The importer's key; required for a URL.
        #[arg(long)]
        key: Option<PathBuf>,
        /// JSON on standard output.
        #[arg(long)]
        json: bool,
        /// How the key file is encrypted.
        #[command(flatten)]
        passphrase: Passphrase,
    },
}

/// Events sent in one request.
const BATCH: usize = 1000;
/// Data of an event stays below the note's limit with room for its other lines and signatures.
const DATA_MAX: usize = EVENT_MAX - 4096;

pub(crate) fn run(import: Import) -> Outcome {
    let Import::Iati { files, to, key, json, passphrase } = import;
    let key = match key {
        Some(key) => key,
        None if is_url(&to) => return Err(Failure::usage("--key FILE is required when the ledger is a URL")),
        None => LedgerDirectory::new(&to).key("importer"),
    };
    iati_files(&files, &to, &key, json, &passphrase)
}

fn iati_files(files: &[PathBuf], to: &str, key: &Path, as_json: bool, passphrase: &Passphrase) -> Outcome {
    let key = keys::read(key, passphrase)?;
    let chain = key.name().split('/').next().unwrap_or_default().to_owned();
    let target = Target::open(to)?;
    let mut known = Known::read(&target, &chain)?;
    let mut writer = Writer::new(&target)?;
    let mut appended = 0u64;
    let mut told = Vec::new();
    for path in files {
        let bytes = read_file(path, iati::MAX_BYTES).while_doing(format!("reading {}", path.display()))?;
        let mut file = File {
            chain: &chain,
            key: &key,
            name: path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default(),
            sha256: Hash::of(&bytes).to_hex(),
            unmapped: Vec::new(),
            imported: 0,
            already: 0,
        };
        let mut transactions = Vec::new();
        let report = iati::read::<Refused>(&bytes, &digits, &mut |observed| {
            transactions.push(observed);
            Ok(())
        })
        .while_doing(path.display())?;
        let bar = output::progress(&file.name, transactions.len() as u64);
        let import = file.declare(&mut writer, &known, &report)?;
        appended += u64::from(import.1);
        for observed in &transactions {
            if file.take(&mut writer, &mut known, &import.0, observed)? {
                appended += 1;
            }
            if writer.waiting() >= BATCH {
                writer.flush()?;
            }
            bar.inc(1);
        }
        writer.flush()?;
        bar.finish_and_clear();
        told.push(file.tell(path, &report));
        if !as_json {
            file.print(path, &report)?;
        }
    }
    writer.publish()?;
    let (size, root) = target.seen()?;
    target.close();
    if as_json {
        output::json(&json!({ "files": told, "appended": appended, "size": size, "root": root.to_base64() }))?;
    } else {
        output::line(&format!("{appended} events appended; the log has {size} entries"))?;
    }
    Ok(())
}

/// What the importer's chain holds already.
struct Known {
    keys: BTreeSet<Hash>,
    imports: BTreeSet<String>,
}

impl Known {
    fn read(target: &Target, chain: &str) -> Outcome<Known> {
        let mut known = Known { keys: BTreeSet::new(), imports: BTreeSet::new() };
        target.events_of(chain, &mut |kind, data| {
            let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            match kind {
                "transaction.observed/1" => known.keys.extend(Hash::from_base64(&text("key"))),
                "import.declared/1" => {
                    known.imports.insert(text("import"));
                }
                _ => {}
            }
        })?;
        Ok(known)
    }
}

struct File<'a> {
    chain: &'a str,
    key: &'a almoner_proof::SecretKey,
    name: String,
    sha256: String,
    unmapped: Vec<(u64, String)>,
    imported: u64,
    already: u64,
}

impl File<'_> {
    /// Declares the file, once; gives its reference and whether an event was written.
    fn declare(&self, writer: &mut Writer<'_>, known: &Known, report: &Report) -> Outcome<(String, bool)> {
        let import = format!("import/{}", self.sha256.get(..32).unwrap_or_default());
        if known.imports.contains(&import) {
            return Ok((import, false));
        }
        let version = report.version.as_deref().unwrap_or("unknown");
        let mut data = json!({ "import": import, "sha256": self.sha256, "name": self.name, "standard": format!("iati {version}"), "mapper": MAPPER_VERSION });
        if let (Some(publisher), Value::Object(map)) = (report.publisher(), &mut data) {
            map.insert("publisher".to_owned(), json!(publisher));
        }
        writer.write(self.chain, &[self.key], &now(), "import.declared/1", &data)?;
        Ok((import, true))
    }

    /// Writes a transaction unless the chain has it; tells whether it did.
    fn take(&mut self, writer: &mut Writer<'_>, known: &mut Known, import: &str, observed: &Observed) -> Outcome<bool> {
        if !known.keys.insert(Hash(observed.key)) {
            self.already += 1;
            return Ok(false);
        }
        let mut details = observed.details.len();
        let mut data = data_of(import, observed, details);
        while data.to_string().len() > DATA_MAX && details > 0 {
            details /= 2;
            data = data_of(import, observed, details);
        }
        if details < observed.details.len() {
            self.unmapped.push((
                observed.line,
                format!("{} details are more than one event can carry", observed.details.len() - details),
            ));
        }
        writer.write(self.chain, &[self.key], &now(), "transaction.observed/1", &data)?;
        self.imported += 1;
        Ok(true)
    }

    fn tell(&self, path: &Path, report: &Report) -> Value {
        let totals: Map<String, Value> = report
            .by_type_currency
            .iter()
            .map(|(key, total)| (key.clone(), json!({ "count": total.count, "sum": total.sum.to_string() })))
            .collect();
        let listed = report.unmapped.iter().map(|u| json!({ "line": u.line, "reason": u.reason.as_ref() }));
        let own = self.unmapped.iter().map(|(line, reason)| json!({ "line": line, "reason": reason }));
        json!({
            "file": path.display().to_string(),
            "sha256": self.sha256,
            "publisher": report.publisher(),
            "version": report.version,
            "imported": self.imported,
            "already": self.already,
            "unmapped": listed.chain(own).collect::<Vec<_>>(),
            "activities": report.activities,
            "transactions": report.transactions,
            "without_ref": report.without_ref,
            "by_type_currency": totals,
        })
    }

    fn print(&self, path: &Path, report: &Report) -> Outcome {
        output::line(&format!(
            "{}: {} activities, {} transactions: {} imported, {} there already; {} elements or attributes not mapped (--json lists them by line)",
            path.display(),
            report.activities,
            report.transactions,
            self.imported,
            self.already,
            report.unmapped.len() + self.unmapped.len()
        ))?;
        for (key, total) in &report.by_type_currency {
            output::line(&format!("  {key:16} {:>8}  {}", total.count, total.sum))?;
        }
        Ok(())
    }
}

fn digits(code: &str) -> Option<u32> {
    minor_digits(Currency::parse(code)?)
}

fn data_of(import: &str, o: &Observed, details: usize) -> Value {
    let mut map = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            map.insert(name.to_owned(), value);
        }
    };
    let text = |value: &Option<String>| value.as_ref().map(|v| json!(v));
    set("import", Some(json!(import)));
    set("key", Some(json!(b64::encode(o.key))));
    set("line", Some(json!(o.line)));
    set("activity", Some(json!(o.activity)));
    set("ref", text(&o.reference));
    set("type", text(&o.type_code));
    set("type_text", text(&o.type_text));
    set("raw_value", text(&o.raw_value));
    set("value", o.value.map(|v| json!(v.to_string())));
    set("rounding", o.rounding.map(|v| json!(v.to_string())));
    set("currency", text(&o.currency));
    set("date", text(&o.date));
    set("value_date", text(&o.value_date));
    set("provider", o.provider.as_ref().map(org));
    set("receiver", o.receiver.as_ref().map(org));
    set("description", text(&o.description));
    if details > 0 {
        set(
            "details",
            Some(o.details.iter().take(details).map(|(name, value)| json!({ "name": name, "value": value })).collect()),
        );
    }
    set("findings", Some(json!(o.findings)));
    Value::Object(map)
}

fn org(org: &Org) -> Value {
    let mut map = Map::new();
    for (name, value) in [("ref", &org.reference), ("name", &org.name), ("activity", &org.activity)] {
        if let Some(value) = value {
            map.insert(name.to_owned(), json!(value));
        }
    }
    Value::Object(map)
}
