//! hledger reads our journal, and finds in every account what we say is there.

use crate::story::ledger;
use acceptance::{House, run, skipped};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// Account and currency → amount without trailing zeros.
type Balances = BTreeMap<(String, String), String>;

/// `12.50` and `12.5`, `7.` and `7` are the same amount.
pub(crate) fn plain(amount: &str) -> String {
    match amount.split_once('.') {
        Some((whole, digits)) if digits.trim_end_matches('0').is_empty() => whole.to_owned(),
        Some((whole, digits)) => format!("{whole}.{}", digits.trim_end_matches('0')),
        None => amount.to_owned(),
    }
}

fn ours(house: &House, at: &[&str]) -> (Balances, u64) {
    let ledger = house.ledger();
    let body = house.almoner([&["balances", "--from", &ledger, "--json"], at].concat()).ok().json();
    let mut balances = Balances::new();
    for row in body["balances"].as_array().unwrap() {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        let before = balances.insert((text("account"), text("currency")), plain(&text("amount")));
        assert_eq!(before, None, "an account stands once: {row}");
    }
    (balances, body["size"].as_u64().unwrap())
}

fn theirs(journal: &Path) -> Balances {
    let mut command = Command::new("hledger");
    command.args(["balance", "--flat", "--no-total", "--empty", "--layout=bare", "-O", "csv", "-f"]).arg(journal);
    let table = run(&mut command).ok().out;
    let mut balances = Balances::new();
    for line in table.lines().skip(1) {
        // "account","commodity","balance"; no account of ours has a comma or a quote in its name.
        let cells: Vec<&str> = line.split(',').map(|cell| cell.trim_matches('"')).collect();
        let [account, currency, amount] = cells[..] else { panic!("{line}") };
        if !plain(amount).trim_matches(['-', '0', '.']).is_empty() {
            balances.insert((account.to_owned(), currency.to_owned()), plain(amount));
        }
    }
    balances
}

#[test]
fn hledger_agrees_on_every_account_in_every_currency() {
    if skipped("hledger") {
        return;
    }
    let house = ledger();
    let whole = ours(house, &[]).1;
    assert!(whole > 300, "{whole} events");
    for at in [whole, whole / 2, whole / 3, 60] {
        let size = at.to_string();
        let journal = house.path(&format!("at-{at}.journal"));
        house
            .almoner([
                "export",
                "hledger",
                "--from",
                &house.ledger(),
                "--at",
                &size,
                "--out",
                journal.to_str().unwrap(),
            ])
            .ok();
        run(Command::new("hledger").args(["check", "--strict", "ordereddates", "-f"]).arg(&journal)).ok();
        let (ours, theirs) = (ours(house, &["--at", &size]).0, theirs(&journal));
        assert!(ours.len() > 5, "{ours:?}");
        assert_eq!(ours, theirs, "after {at} events");
    }
    // Without --at it is the whole log.
    let journal = house.path("whole.journal");
    house.almoner(["export", "hledger", "--from", &house.ledger(), "--out", journal.to_str().unwrap()]).ok();
    let (ours, theirs) = (ours(house, &[]).0, theirs(&journal));
    assert_eq!(ours, theirs);
    let currencies: std::collections::BTreeSet<_> = ours.keys().map(|(_, currency)| currency.as_str()).collect();
    assert_eq!(currencies.into_iter().collect::<Vec<_>>(), ["CNY", "GBP", "JPY"]);
}
