//! The table of refusals: every documented code has a row, and the order of checks is as stated.

use crate::script::{TEXT, play, read};
use almoner_ledger::Code;
use almoner_ledger::refusal::Class;
use std::collections::BTreeSet;

#[test]
fn every_row_is_answered_as_it_says() {
    let script = read(TEXT);
    let mut wrong = Vec::new();
    for row in &script.rows {
        let mut world = script.world(&row.after);
        let before = world.picture();
        let got = play(&mut world, &row.event);
        let told = got.as_ref().map_or_else(|why| why.to_string(), |_| "admitted".to_owned());
        let code = got.as_ref().map_or_else(|why| why.code().word(), |_| "admitted");
        if code != row.code {
            wrong.push(format!("{} after {}: {} {} → {told}", row.code, row.after, row.event.kind, row.event.data));
        } else if got.is_err() && before != world.picture() {
            wrong.push(format!("{}: a refused event changed something", row.code));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), script.rows.len(), wrong.join("\n"));
}

#[test]
fn every_code_has_a_row() {
    let script = read(TEXT);
    let have: BTreeSet<&str> = script.rows.iter().map(|row| row.code.as_str()).collect();
    let missing: Vec<&str> = reachable().filter(|code| !have.contains(code)).collect();
    assert!(missing.is_empty(), "without a row: {}", missing.join(", "));
    let known: BTreeSet<&str> = reachable().chain(["admitted"]).collect();
    let invented: Vec<&&str> = have.iter().filter(|code| !known.contains(**code)).collect();
    assert!(invented.is_empty(), "not documented: {invented:?}");
}

#[test]
fn both_kinds_of_rows_stand_in_the_table() {
    let script = read(TEXT);
    let count = |section: &str| script.rows.iter().filter(|row| row.section.starts_with(section)).count();
    assert!(count("one fault") >= reachable().count());
    assert!(count("several faults") >= 20);
}

/// All codes but that of our own defects, which no event shows.
fn reachable() -> impl Iterator<Item = &'static str> {
    Code::ALL.iter().filter(|code| code.class() != Class::Defect).map(|code| code.word())
}
