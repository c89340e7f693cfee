//! `almoner-verify RECEIPT [--policy FILE]`: judges one receipt from the file and a policy alone.
//!
//! Small on purpose, for people who want to read all of what they run: this file and the crate
//! around it. Exit codes: 0 genuine, 2 usage, 3 different, 5 could not check.

use almoner_proof::Policy;
use almoner_proof::policy::POLICY_MAX;
use almoner_proof::receipt::{RECEIPT_MAX, Verdict, judge};
use almoner_proof::text::visible;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

const USAGE: &str = "usage: almoner-verify RECEIPT [--policy FILE]\n\
    The policy names the log's key and the witnesses you trust; without --policy a file\n\
    `policy` beside the receipt is used.\n\
    Exit codes: 0 genuine, 2 usage, 3 different, 5 could not check.";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    let (receipt, policy) = match words.as_slice() {
        ["--help" | "-h"] => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        [receipt] if !receipt.starts_with('-') => (PathBuf::from(receipt), Path::new(receipt).with_file_name("policy")),
        [receipt, "--policy", policy] | ["--policy", policy, receipt] => {
            (PathBuf::from(receipt), PathBuf::from(policy))
        }
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let Ok(bytes) = read(&receipt, RECEIPT_MAX) else {
        eprintln!("cannot read {}", visible(&receipt.to_string_lossy()));
        return ExitCode::from(2);
    };
    let policy = match read(&policy, POLICY_MAX)
        .and_then(|bytes| String::from_utf8(bytes).map_err(|e| e.to_string()))
        .and_then(|text| Policy::parse(&text).map_err(|e| e.to_string()))
    {
        Ok(policy) => Some(policy),
        Err(why) => {
            eprintln!("policy {}: {}", visible(&policy.to_string_lossy()), visible(&why));
            None
        }
    };
    let judged = judge(&bytes, policy.as_ref());
    println!("{}: {}", judged.verdict.word(), visible(&judged.why));
    if let Some(proven) = &judged.proven {
        println!(
            "event {}#{} at index {} of {}",
            proven.event.chain(),
            proven.event.seq,
            proven.index,
            proven.accepted.checkpoint.size
        );
        for (name, index) in &proven.signers {
            println!("signed by {}, a key that the log introduced at #{index}", visible(name));
        }
        for name in proven.accepted.witnesses.keys() {
            println!("cosigned by {}", visible(name));
        }
        for (field, value) in &proven.openings {
            println!("{}: {}", visible(field), visible(value));
        }
    }
    match judged.verdict {
        Verdict::Genuine => ExitCode::SUCCESS,
        Verdict::Different => ExitCode::from(3),
        Verdict::CannotCheck => ExitCode::from(5),
    }
}

/// A file, and of one that is over its limit only so much that it shows.
fn read(path: &Path, limit: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(|e| e.to_string())?;
    file.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    Ok(bytes)
}
