//! Files with expected results computed elsewhere: our own fixtures (tests/vectors/iati), and, where they are at hand,
//! real publishers' files (shared/data, whose EXPECTED.json was made with lxml and Python's Decimal).

use std::fs;
use std::path::{Path, PathBuf};

use almoner_interchange::iati::{Report, Unmapped};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use super::all;

fn folder(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

/// Compares a report with one entry of an expected-results file, to the last digit.
fn same(report: &Report, expected: &Value, name: &str) {
    assert_eq!(report.version.as_deref(), expected["version"].as_str(), "{name}: version");
    for (member, found) in
        [("activities", report.activities), ("transactions", report.transactions), ("without_ref", report.without_ref)]
    {
        assert_eq!(Some(found), expected[member].as_u64(), "{name}: {member}");
    }
    let expected = expected["by_type_currency"].as_object().unwrap();
    let found: Vec<_> = report.by_type_currency.iter().map(|(k, t)| (k.as_str(), t.count, t.sum.to_string())).collect();
    let mut wanted: Vec<_> = expected
        .iter()
        .map(|(k, t)| (k.as_str(), t["count"].as_u64().unwrap(), t["sum"].as_str().unwrap().to_owned()))
        .collect();
    wanted.sort();
    assert_eq!(found, wanted, "{name}: by_type_currency");
}

/// Every element of the file is a container, mapped, or listed: counted without the reader under test.
fn nothing_dropped(bytes: &[u8], report: &Report, name: &str) {
    let text = std::str::from_utf8(bytes).unwrap();
    let mut reader = Reader::from_str(text);
    let mut elements = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(_) | Event::Empty(_) => elements += 1,
            Event::Eof => break,
            _ => {}
        }
    }
    let sorted = report.elements;
    assert_eq!(sorted.containers + sorted.mapped + sorted.listed, elements, "{name}: elements");
    assert_eq!(report.unmapped.iter().map(|u| u.elements).sum::<u64>(), sorted.listed, "{name}: listed");
    // Each line listed for an element does hold the start tag of one, by that name.
    let lines: Vec<&str> = text.lines().collect();
    for Unmapped { line, path, .. } in report.unmapped.iter().filter(|u| u.elements > 0) {
        let local = path.rsplit('/').next().unwrap();
        let at = usize::try_from(*line - 1).unwrap();
        assert!(lines[at].contains(&format!("<{local}")), "{name}:{line}: {path}");
    }
}

#[test]
fn our_fixtures_give_the_expected_counts_sums_and_keys() {
    let folder = folder("../../tests/vectors/iati");
    let expected: Value = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
    for (name, expected) in expected.as_object().unwrap() {
        let bytes = fs::read(folder.join(name)).unwrap();
        let (report, seen) = all(&bytes).unwrap();
        same(&report, expected, name);
        nothing_dropped(&bytes, &report, name);
        let keys: Vec<String> = seen.iter().map(|t| t.key.iter().map(|b| format!("{b:02x}")).collect()).collect();
        let wanted: Vec<&str> = expected["keys"].as_array().unwrap().iter().map(|k| k.as_str().unwrap()).collect();
        assert_eq!(keys, wanted, "{name}: keys");
        let sorted = report.elements;
        let total = sorted.containers + sorted.mapped + sorted.listed;
        assert_eq!(Some(total), expected["elements"].as_u64(), "{name}: elements");
    }
}

#[test]
fn real_files_give_the_expected_counts_and_sums() {
    let data = folder("../../../shared/data");
    let Ok(expected) = fs::read(data.join("EXPECTED.json")) else {
        eprintln!("SKIPPED: ../shared/data is not here, so real IATI files were not compared with EXPECTED.json");
        return;
    };
    let expected: Value = serde_json::from_slice(&expected).unwrap();
    let mut compared = 0;
    for (name, expected) in expected["iati"].as_object().unwrap() {
        let bytes = fs::read(data.join(name)).unwrap();
        let (report, seen) = all(&bytes).unwrap();
        same(&report, expected, name);
        nothing_dropped(&bytes, &report, name);
        assert!(report.unmapped.is_sorted_by_key(|u| u.line));
        let lines: Vec<&str> = std::str::from_utf8(&bytes).unwrap().lines().collect();
        for transaction in &seen {
            let line = transaction.line;
            assert!(lines[usize::try_from(line - 1).unwrap()].contains("<transaction"), "{name}:{line}");
            let sum = transaction.value.unwrap_or_default() + transaction.rounding.unwrap_or_default();
            if transaction.value.is_some() {
                assert_eq!(sum, transaction.raw_value.as_deref().unwrap().parse().unwrap(), "{name}:{line}");
            }
        }
        compared += 1;
    }
    assert!(compared >= 14);
}

#[test]
fn what_real_files_are_known_to_hold() {
    let folder = folder("../../../shared/data/iati");
    let Ok(bytes) = fs::read(folder.join("activities/covid-multi-publisher-dportal.xml")) else {
        eprintln!("SKIPPED: ../shared/data is not here, so the dirt of real IATI files was not looked for");
        return;
    };
    let (report, seen) = all(&bytes).unwrap();
    assert_eq!(report.publisher(), Some("XM-DAC-41114"));
    assert_eq!(report.publishers.len(), 18);
    assert_eq!(report.publishers[0].activities, 100);
    let odd = seen.iter().find(|t| t.date.as_deref() == Some("961963")).unwrap();
    assert_eq!((odd.line, &odd.day, odd.value_day.as_deref()), (21562, &None, Some("2021-03-30")));
    assert_eq!((odd.type_code.as_deref(), odd.type_text.as_deref(), odd.kind), (None, Some("1"), Some(1)));
    assert!(report.unmapped.iter().any(|u| u.line == 21564 && u.reason.contains("\"961963\": not a date")));
    assert_eq!((report.findings["no-type"], report.findings["no-value"]), (21, 21));
    let noisy = seen.iter().find(|t| t.raw_value.as_deref().is_some_and(|v| v.ends_with("948867"))).unwrap();
    assert!(noisy.findings.contains(&"rounded"), "{noisy:?}");

    let bytes = fs::read(folder.join("activities-v1/globalfund-1.0.xml")).unwrap();
    let (report, seen) = all(&bytes).unwrap();
    assert_eq!(report.publisher(), Some("Global Fund"));
    assert_eq!((seen[0].type_text.as_deref(), seen[0].kind), (Some("commitment"), Some(2)));
    assert_eq!((seen[0].currency.as_deref(), seen[0].activity.as_str()), (Some("USD"), ""));
    for wrong in ["examples/organisation-standard-example-annotated.xml", "codelists/Currency.xml"] {
        assert!(all(&fs::read(folder.join(wrong)).unwrap()).is_err(), "{wrong}");
    }
}
