//! First tries of a bookkeeper, each in a row of `tries.txt`: the command, how it ends, and what it says to type next.

use crate::{BANK, GIFT, ORIGIN, WATER, charity, draft, post};
use acceptance::House;

/// The rows: lines of a command (`$`), the exit code, and what must be said.
const TRIES: &str = include_str!("tries.txt");

struct Try {
    command: Vec<String>,
    code: i32,
    says: Vec<String>,
}

fn tries() -> Vec<Try> {
    let mut tries: Vec<Try> = Vec::new();
    for line in TRIES.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        if let Some(command) = line.strip_prefix("$ ") {
            tries.push(Try { command: words(command), code: 0, says: Vec::new() });
        } else if let Some(code) = line.strip_prefix("exit ") {
            tries.last_mut().unwrap().code = code.parse().unwrap();
        } else {
            tries.last_mut().unwrap().says.push(line.strip_prefix("  ").expect(line).to_owned());
        }
    }
    tries
}

/// Words as a shell reads them, as far as quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            other => word.push(other),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

fn week() -> House {
    let house = charity();
    let to = house.ledger();
    post(&house, &to, "account.opened", BANK);
    post(&house, &to, "fund.opened", WATER);
    post(&house, &to, "project.proposed", &["project=project/wells", "title.en=Wells"]);
    post(&house, &to, "donation.received", GIFT);
    let arrived = ["account=account/bank", "currency=CNY", "effective_date=2026-11-21", "lines.0.fund=fund/water"];
    post(&house, &to, "settlement.received", &[&arrived[..], &["lines.0.amount=99.40"]].concat());
    draft(&house, &to, "draft", "donation.received", GIFT).ok();
    let receipt = house.text("receipt");
    house.almoner(["receipt", "well-4.0", "--from", &to, "--out", &receipt]).ok();
    house
}

#[test]
fn every_first_try_is_told_what_to_type_next() {
    let house = week();
    let tries = tries();
    assert!(tries.len() >= 38, "{}", tries.len());
    let mut wrong = Vec::new();
    for Try { command, code, says } in &tries {
        // Names that stand for files of this house; every command is given in its folder.
        let ran = acceptance::run(house.command().current_dir(house.path(".")).args(command));
        let said = format!("{}{}", ran.out, ran.err);
        let missing: Vec<&String> = says.iter().filter(|says| !said.contains(says.as_str())).collect();
        if ran.code != Some(*code) || !missing.is_empty() || says.is_empty() {
            wrong.push(format!("$ {}\n{:?}, missing {missing:?}\n{said}", command.join(" "), ran.code));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), tries.len(), wrong.join("\n"));
    assert!(TRIES.contains(ORIGIN));
}
