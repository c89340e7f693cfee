//! Balances of one journal: ours, hledger's and beancount's, each as a whole process.

use crate::child;
use crate::peers::{is_installed, skipped};
use crate::stored::Stored;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) fn journal(transactions: usize) {
    let mut stored = Stored::new();
    stored.grow(transactions);
    stored.close();
    let ledger = stored.path();
    let (journal, beans) = (ledger.join("bench.journal"), ledger.join("bench.beancount"));
    run(child::almoner().args(["export", "hledger", "--from"]).arg(ledger).arg("--out").arg(&journal));
    let text = std::fs::read_to_string(&journal).unwrap();
    let count = text.lines().filter(|line| begins_with_date(line)).count();
    assert!(count >= transactions, "{count} transactions");
    std::fs::write(&beans, beancount(&text)).unwrap();
    drop(text);
    let mut ours: Vec<Duration> =
        (0..5).map(|_| run(child::almoner().args(["balances", "--from"]).arg(ledger))).collect();
    ours.sort();
    let ours = ours[2];
    println!("14 balances of {count} transactions, whole process, ours: {ours:.2?} (median of 5)");
    let beside = |program: &str, version: &str, budget: u32, command: &mut dyn FnMut(&mut Command)| {
        if !is_installed(program, version) {
            skipped(&format!("balances beside {program}"), &format!("{program} is not installed"));
            return;
        }
        let mut process = Command::new(program);
        command(&mut process);
        let theirs = run(&mut process);
        let times = theirs.as_secs_f64() / ours.as_secs_f64();
        println!(
            "14 balances of {count} transactions: {times:.1} times as fast as {program} (budget {budget}; {ours:.2?} beside {theirs:.2?})"
        );
    };
    beside("hledger", "--version", 50, &mut |hledger| {
        hledger.arg("-f").arg(&journal).arg("bal");
    });
    beside("bean-check", "--version", 100, &mut |check| {
        // Else the second run reads what the first has kept.
        check.arg("--no-cache").arg(&beans);
    });
}

/// The same transactions for beancount: its accounts have five roots, and a capital in each part.
fn beancount(journal: &str) -> String {
    let mut body = String::new();
    let mut accounts = BTreeSet::new();
    for line in journal.lines() {
        let told = line.split("  ;").next().unwrap_or_default();
        if begins_with_date(line) {
            let (date, what) = told.split_once(' ').unwrap();
            let _ = write!(body, "\n{date} * \"{}\"\n", what.trim());
        } else if let Some((account, amount)) = told.strip_prefix("    ").and_then(|posting| posting.split_once("  ")) {
            let (currency, number) = amount.split_once(' ').unwrap();
            let account = account_of(account);
            let _ = writeln!(body, "  {account}  {number} {currency}");
            accounts.insert(account);
        }
    }
    let opened: String = accounts.iter().fold(String::new(), |mut text, account| {
        let _ = writeln!(text, "1970-01-01 open {account}");
        text
    });
    format!("{opened}{body}")
}

fn account_of(account: &str) -> String {
    let part = |part: &str| {
        let mut chars = part.chars();
        let first = chars.next().unwrap_or('X').to_ascii_uppercase();
        std::iter::once(first).chain(chars).collect::<String>()
    };
    account.split(':').map(part).collect::<Vec<_>>().join(":")
}

fn begins_with_date(line: &str) -> bool {
    line.as_bytes().first().is_some_and(u8::is_ascii_digit)
}

/// Runs a process to its end, which must be good, and gives its time.
fn run(command: &mut Command) -> Duration {
    let line = format!("{command:?}");
    let start = Instant::now();
    let output = command.stdout(Stdio::null()).stderr(Stdio::piped()).output().unwrap();
    let time = start.elapsed();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {}", said.chars().take(2000).collect::<String>());
    time
}
