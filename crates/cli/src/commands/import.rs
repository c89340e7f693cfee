//! `almoner import`: other people's reports become observed transactions and activities under an importer's chain.

mod data;
mod file;
mod known;

use crate::args::Passphrase;
use crate::author::Writer;
use crate::failure::{Failure, Outcome, While as _};
use crate::source::read_file;
use crate::target::{Target, is_url};
use crate::{keys, output};
use almoner_interchange::iati::{self, Activity, Observed, Refused, Report, Reported};
use almoner_ledger::Currency;
use almoner_ledger::currency::minor_digits;
use almoner_proof::SecretKey;
use almoner_server::app::LedgerDirectory;
use clap::Subcommand;
use file::File;
use known::Known;
use serde_json::{Value, json};
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
        #[arg(long, value_name = "LEDGER")]
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

pub(crate) fn run(import: Import) -> Outcome {
    let Import::Iati { files, to, key, json, passphrase } = import;
    let key = match key {
        Some(key) => key,
        None if is_url(&to) => return Err(Failure::usage("--key FILE is required when the ledger is a URL")),
        None => LedgerDirectory::new(&to).key("importer"),
    };
    iati_files(&files, &to, &key, json, &passphrase)
}

/// What became of all files.
struct Told {
    files: Vec<Value>,
    faults: Vec<String>,
    appended: u64,
    /// Size and root in the end, if the ledger could be asked.
    seen: Option<(u64, String)>,
}

fn iati_files(files: &[PathBuf], to: &str, key: &Path, as_json: bool, passphrase: &Passphrase) -> Outcome {
    let mut told = Told { files: Vec::new(), faults: Vec::new(), appended: 0, seen: None };
    let ended = open_and_import(files, to, key, as_json, passphrase, &mut told);
    if let Err(failure) = &ended {
        // What ends all of it is told of each file that it kept from being imported.
        for path in files.get(told.files.len()..).unwrap_or_default() {
            told.files.push(json!({ "file": path.display().to_string(), "error": fault(None, None, failure) }));
        }
    }
    if as_json {
        let (size, root) = told.seen.clone().unzip();
        output::json(&json!({ "files": told.files, "appended": told.appended, "size": size, "root": root }))?;
    } else if let Some((size, _)) = &told.seen {
        output::line(&format!("{} events appended; the log has {size} entries", told.appended))?;
    }
    ended?;
    match told.faults.as_slice() {
        [] => Ok(()),
        faults => Err(Failure::new(format!(
            "{} of {} files could not be imported: {}",
            faults.len(),
            files.len(),
            faults.join("; ")
        ))),
    }
}

fn open_and_import(
    files: &[PathBuf],
    to: &str,
    key: &Path,
    as_json: bool,
    passphrase: &Passphrase,
    told: &mut Told,
) -> Outcome {
    let key = keys::read(key, passphrase)?;
    let target = Target::open(to)?;
    let imported = target.settle().and_then(|()| import_all(files, &target, &key, as_json, told));
    // Also behind a fault what was taken is published.
    let seen = target.settle().and_then(|()| target.seen());
    target.close();
    imported?;
    let (size, root) = seen?;
    told.seen = Some((size, root.to_base64()));
    Ok(())
}

fn import_all(files: &[PathBuf], target: &Target, key: &SecretKey, as_json: bool, told: &mut Told) -> Outcome {
    let chain = key.name().split('/').next().unwrap_or_default().to_owned();
    let mut known = Known::read(target, &chain)?;
    let mut writer = Writer::new(target)?;
    for path in files {
        let read = match read(path) {
            Ok(read) => read,
            Err(fault) => {
                told.fault(path, fault, as_json);
                continue;
            }
        };
        let mut file = File::new(&chain, key, path, read);
        let bar = output::progress(file.name(), file.len());
        let written = file.write(&mut writer, &mut known, &bar);
        bar.finish_and_clear();
        told.appended = told.appended.saturating_add(file.appended());
        match written {
            Ok(()) => {
                told.files.push(file.tell(path));
                if !as_json {
                    file.print(path)?;
                }
            }
            Err(failure) => {
                // The ledger said no, or cannot be asked. What it holds is looked up anew, and the next file tried.
                told.fault(
                    path,
                    Fault {
                        sha256: Some(file.sha256().to_owned()),
                        value: fault(None, None, &failure),
                        text: failure.sentence(),
                    },
                    as_json,
                );
                target.settle()?;
                known = Known::read(target, &chain)?;
                writer = Writer::new(target)?;
            }
        }
    }
    Ok(())
}

impl Told {
    /// A file's fault, which keeps no other file from being imported.
    fn fault(&mut self, path: &Path, fault: Fault, as_json: bool) {
        let file = path.display().to_string();
        if !as_json {
            output::say(&format!("{file}: {}", fault.text));
        }
        self.faults.push(format!("{file}: {}", fault.text));
        let mut row = json!({ "file": file, "error": fault.value });
        if let (Value::Object(row), Some(sha256)) = (&mut row, fault.sha256) {
            row.insert("sha256".to_owned(), sha256.into());
        }
        self.files.push(row);
    }
}

/// Why a file is not imported.
struct Fault {
    sha256: Option<String>,
    value: Value,
    text: String,
}

/// `{"code", "line", "detail"}`
fn fault(code: Option<&str>, line: Option<u64>, failure: &Failure) -> Value {
    json!({ "code": code.or(failure.code), "line": line, "detail": failure.text })
}

/// All that a file says.
#[derive(Default)]
struct Read {
    sha256: String,
    transactions: Vec<Observed>,
    activities: Vec<Activity>,
    report: Report,
}

fn read(path: &Path) -> Result<Read, Fault> {
    let bytes = read_file(path, iati::MAX_BYTES).while_doing("reading it").map_err(|failure| Fault {
        sha256: None,
        value: fault(Some("file.unreadable"), None, &failure),
        text: failure.sentence(),
    })?;
    let sha256 = almoner_proof::Hash::of(&bytes).to_hex();
    let (mut transactions, mut activities) = (Vec::new(), Vec::new());
    let report = iati::read::<Refused>(&bytes, &digits, &mut |reported| {
        match reported {
            Reported::Transaction(observed) => transactions.push(*observed),
            Reported::Activity(activity) => activities.push(*activity),
        }
        Ok(())
    });
    match report {
        Ok(report) => Ok(Read { sha256, transactions, activities, report }),
        Err(refused) => Err(Fault {
            sha256: Some(sha256),
            value: fault(Some(refused.code()), refused.line(), &Failure::new(&refused)),
            text: refused.to_string(),
        }),
    }
}

fn digits(code: &str) -> Option<u32> {
    minor_digits(Currency::parse(code)?)
}
