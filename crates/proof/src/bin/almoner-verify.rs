//! `almoner-verify RECEIPT [--policy FILE] [--key KEY]`: judges one receipt from the file and a policy alone.
//!
//! Small on purpose, for people who want to read all of what they run: this file and the crate
//! around it. Exit codes: 0 genuine, 2 usage, 3 different, 5 could not check.

// Saturating: waits, sizes and limits. The most that can be said is what is meant beyond the edge, and no time or room
// left is none.

use almoner_proof::VerifierKey;
use almoner_proof::policy::POLICY_MAX;
use almoner_proof::policy::search::{Places, Source, kept, search};
use almoner_proof::receipt::{RECEIPT_MAX, Verdict, judge, origin};
use almoner_proof::text::{visible, visible_lines};
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: almoner-verify RECEIPT [--policy FILE] [--key KEY]\n\
    The policy names the log's key and the witnesses you trust; without --policy the one that you\n\
    keep for the log counts, and only without that a file `policy` beside the receipt.\n\
    --key: one of the keys that the charity's chain was opened with, as the charity itself tells it.\n\
    Exit codes: 0 genuine, 2 usage, 3 different, 5 could not check.";

/// What was asked.
#[derive(Default)]
struct Asked {
    receipt: PathBuf,
    policy: Option<PathBuf>,
    key: Option<VerifierKey>,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if matches!(words.as_slice(), [word] if word == "--help" || word == "-h") {
        println!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let Some(asked) = asked(&words) else { return usage(USAGE) };
    match verdict(&asked) {
        Ok(Verdict::Genuine) => ExitCode::SUCCESS,
        Ok(Verdict::Different) => ExitCode::from(3),
        Ok(Verdict::CannotCheck) => ExitCode::from(5),
        Err(why) => usage(&why),
    }
}

fn usage(why: &str) -> ExitCode {
    eprintln!("{}", visible_lines(why));
    ExitCode::from(2)
}

fn asked(words: &[String]) -> Option<Asked> {
    let mut asked = Asked::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--policy" if asked.policy.is_none() => asked.policy = Some(words.next()?.into()),
            "--key" if asked.key.is_none() => asked.key = Some(VerifierKey::parse(words.next()?).ok()?),
            file if asked.receipt.as_os_str().is_empty() && !file.starts_with('-') => asked.receipt = file.into(),
            _ => return None,
        }
    }
    (!asked.receipt.as_os_str().is_empty()).then_some(asked)
}

fn verdict(asked: &Asked) -> Result<Verdict, String> {
    let receipt =
        read(&asked.receipt, RECEIPT_MAX).map_err(|e| format!("cannot read {}: {e}", asked.receipt.display()))?;
    let origin = origin(&receipt);
    let variable = |name: &str| std::env::var_os(name);
    let beside = asked.receipt.with_file_name("policy");
    let places = Places {
        named: asked.policy.as_deref(),
        kept: origin.as_deref().and_then(|origin| kept(variable("XDG_CONFIG_HOME"), variable("HOME"), origin)),
        beside: Some(&beside),
    };
    let found = search(&places, origin.as_deref(), &policy).unwrap_or_else(|why| {
        eprintln!("{}: {}", why.code(), visible(&why.to_string()));
        None
    });
    let judged = judge(&receipt, found.as_ref().map(|found| &found.policy));
    let judged = match &asked.key {
        Some(key) => judged.with_key(key).map_err(|why| why.to_string())?,
        None => judged,
    };
    for line in judged.lines(found.map(|found| found.source).map_or("", Source::said)) {
        println!("{}", visible(&line));
    }
    Ok(judged.verdict)
}

/// A file, and of one that is over its limit only so much that it shows.
fn read(path: &Path, limit: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take((limit as u64).saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A policy's text, or `None` where there is no file. A link to nowhere is a file that cannot be read.
fn policy(path: &Path) -> Result<Option<String>, String> {
    match read(path, POLICY_MAX) {
        Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|error| error.to_string()),
        Err(error) if is_absent(&error) && path.symlink_metadata().is_err() => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// A configuration folder that is no folder (`/dev/null`, say) keeps nothing.
fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
