//! Other people's reports: every IATI file that we have, over HTTP and into a directory, counted and
//! summed exactly as an independent reader did.

use crate::accounts::plain;
use acceptance::{House, say_skipped, vectors};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Files with what the independent reader found in each.
type Expected = Vec<(PathBuf, Value)>;

/// The fixtures of our own, one per major version.
fn fixtures() -> Expected {
    let folder = vectors("vectors/iati");
    let expected: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("expected.json")).unwrap()).unwrap();
    expected.as_object().unwrap().iter().map(|(name, found)| (folder.join(name), found.clone())).collect()
}

/// What publishers published, if it is here.
fn published() -> Option<Expected> {
    let folder = vectors("../../shared/data");
    let Ok(text) = std::fs::read_to_string(folder.join("EXPECTED.json")) else {
        say_skipped(&format!("{} is not there", folder.display()));
        return None;
    };
    let expected: Value = serde_json::from_str(&text).unwrap();
    let mut files = Vec::new();
    for name in ["iati/activities", "iati/activities-v1"] {
        for file in std::fs::read_dir(folder.join(name)).unwrap() {
            let name = format!("{name}/{}", file.unwrap().file_name().to_str().unwrap());
            let found = expected["iati"].get(&name).unwrap_or_else(|| panic!("{name} is not in EXPECTED.json"));
            files.push((folder.join(&name), found.clone()));
        }
    }
    files.sort_by(|one, other| one.0.cmp(&other.0));
    assert!(files.len() >= 14, "{} files", files.len());
    Some(files)
}

/// Imports all files at once and compares the report; gives how many transactions were imported and events appended.
fn import(house: &House, files: &Expected, to: &str, again: bool) -> (u64, u64) {
    let key = house.text("ledger/keys/importer");
    let mut arguments: Vec<&str> = vec!["import", "iati"];
    arguments.extend(files.iter().map(|(path, _)| path.to_str().unwrap()));
    arguments.extend(["--to", to, "--key", &key, "--json"]);
    let report = house.almoner(arguments).ok().json();
    let told = report["files"].as_array().unwrap();
    assert_eq!(told.len(), files.len());
    for ((path, expected), told) in files.iter().zip(told) {
        assert_eq!(told["file"], path.to_str().unwrap());
        compare(path, expected, told, again);
    }
    let count = |name: &str| told.iter().map(|file| file[name].as_u64().unwrap()).sum::<u64>();
    let declared = if again { 0 } else { files.len() as u64 };
    let least = count("imported") + count("activities_imported") + declared;
    let appended = report["appended"].as_u64().unwrap();
    // Some of them are published again by a later one.
    assert!((least..=least + declared).contains(&appended), "every transaction, activity and file once: {appended}");
    (count("imported"), appended)
}

fn compare(path: &Path, expected: &Value, told: &Value, again: bool) {
    let name = path.display();
    for member in ["version", "activities", "transactions", "without_ref"] {
        assert_eq!(told[member], expected[member], "{name}: {member}");
    }
    let totals = |of: &Value| -> Vec<(String, u64, String)> {
        let rows = of["by_type_currency"].as_object().unwrap().iter();
        rows.map(|(key, total)| (key.clone(), total["count"].as_u64().unwrap(), plain(total["sum"].as_str().unwrap())))
            .collect()
    };
    assert_eq!(totals(told), totals(expected), "{name}: counts and sums");
    let (imported, already) = (told["imported"].as_u64().unwrap(), told["already"].as_u64().unwrap());
    assert_eq!(json!(imported + already), expected["transactions"], "{name}: none is passed over");
    assert!(!again || imported == 0, "{name}: imported again");
}

/// Into a directory, and over HTTP into another ledger; twice each; audited at the end.
fn both_ways(files: &Expected) {
    let into_directory = House::new("import.example/directory");
    let told = import(&into_directory, files, &into_directory.ledger(), false);
    assert_eq!(import(&into_directory, files, &into_directory.ledger(), true), (0, 0));

    let over_http = House::new("import.example/server");
    let served = over_http.serve();
    assert_eq!(import(&over_http, files, served.client.url(), false), told);
    served.published();
    assert_eq!(import(&over_http, files, served.client.url(), true), (0, 0));
    let (imported, appended) = told;
    assert_eq!(served.client.get("/v1/log").ok().json["observed"], imported);
    assert!(served.terminate().success());

    for house in [&into_directory, &over_http] {
        let report = house.almoner(["audit", &house.ledger(), "--json"]).ok().json();
        let size = appended + 4;
        assert_eq!((report["verdict"].as_str(), report["size"].as_u64()), (Some("verified"), Some(size)), "{report}");
    }
}

#[test]
fn our_fixtures_are_imported_exactly() {
    both_ways(&fixtures());
}

#[test]
fn what_publishers_published_is_imported_exactly() {
    if let Some(files) = published() {
        both_ways(&files);
    }
}
