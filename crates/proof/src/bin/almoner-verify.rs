//! `almoner-verify RECEIPT [--policy FILE]`: judges one receipt from the file and a policy alone.
//!
//! Small on purpose, for people who want to read all of what they run: this file and the crate
//! around it. Exit codes: 0 genuine, 2 usage, 3 different, 5 could not check.

use almoner_proof::Policy;
use almoner_proof::receipt::{Verdict, judge};
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
    let Ok(bytes) = std::fs::read(&receipt) else {
        eprintln!("cannot read {}", receipt.display());
        return ExitCode::from(2);
    };
    let policy = match std::fs::read_to_string(&policy)
        .map_err(|e| e.to_string())
        .and_then(|text| Policy::parse(&text).map_err(|e| e.to_string()))
    {
        Ok(policy) => Some(policy),
        Err(why) => {
            eprintln!("policy {}: {why}", policy.display());
            None
        }
    };
    let judged = judge(&bytes, policy.as_ref());
    println!("{}: {}", judged.verdict.word(), judged.why);
    if let Some(proven) = &judged.proven {
        println!(
            "event {}#{} at index {} of {}",
            proven.event.chain(),
            proven.event.seq,
            proven.index,
            proven.accepted.checkpoint.size
        );
        for (name, index) in &proven.signers {
            println!("signed by {name}, a key that the log introduced at #{index}");
        }
        for name in proven.accepted.witnesses.keys() {
            println!("cosigned by {name}");
        }
        for (field, value) in &proven.openings {
            println!("{field}: {value}");
        }
    }
    match judged.verdict {
        Verdict::Genuine => ExitCode::SUCCESS,
        Verdict::Different => ExitCode::from(3),
        Verdict::CannotCheck => ExitCode::from(5),
    }
}
