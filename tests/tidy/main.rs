//! Tidy is a test: the walls of the house, and what documents say of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::float_arithmetic,
    reason = "a test that cannot go on should stop; rates are no money"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Allowed edges between rooms: docs/ARCHITECTURE.md, "Allowed edges".
const EDGES: &[(&str, &[&str])] = &[
    ("proof", &[]),
    ("wire", &[]),
    ("ledger", &["proof"]),
    ("views", &["wire", "ledger", "proof"]),
    ("interchange", &["views", "ledger", "proof"]),
    ("site", &["views", "wire", "ledger", "proof"]),
    ("store", &[]),
    ("server", &["site", "interchange", "views", "wire", "ledger", "proof", "store"]),
    ("cli", &["server", "site", "interchange", "views", "wire", "ledger", "proof"]),
];

/// External crates that live only in these rooms.
const HOMES: &[(&str, &[&str])] = &[
    ("ed25519-dalek", &["proof"]),
    ("hmac", &["proof"]),
    // The store checks its anchor slots by itself, because it may not know proof.
    ("sha2", &["proof", "store"]),
    ("rust_decimal", &["ledger", "views", "interchange"]),
    ("hashbrown", &["ledger"]),
    ("postcard", &["ledger"]),
    ("quick_cache", &["server"]),
    ("prometheus-client", &["server"]),
    ("csv", &["server"]),
    ("tokio-stream", &["server"]),
    ("rusqlite", &["store"]),
    ("eventstore", &["store"]),
    ("bytes", &["store"]),
    ("uuid", &["store"]),
    ("rustls", &["store"]),
    ("rustls-native-certs", &["store"]),
    ("axum", &["server"]),
    ("hyper", &["server"]),
    ("rlimit", &["server"]),
    ("unicode-normalization", &["server"]),
    ("caseless", &["server"]),
    ("tokio", &["store", "server", "cli"]),
    ("quick-xml", &["interchange"]),
    ("flate2", &["interchange"]),
    ("askama", &["site"]),
    ("fluent-bundle", &["site"]),
    ("jiff", &["server"]),
    ("tracing", &["store", "server", "cli"]),
    ("clap", &["cli"]),
    ("utoipa", &["wire", "server"]),
];

/// Rooms without I/O, clock, randomness, threads.
const PURE: &[&str] = &["proof", "wire", "ledger", "views", "interchange", "site"];
const IMPURE_WORDS: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::thread",
    "std::process",
    "SystemTime",
    "Instant::now",
    "HashMap",
    "HashSet",
    "tokio",
    "rand::",
    "getrandom",
    "f64",
    "f32",
];

fn dependencies(room: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("crates").join(room).join("Cargo.toml")).unwrap();
    let mut names = BTreeSet::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with('[') {
            inside = line == "[dependencies]";
        } else if inside && let Some((name, _)) = line.split_once(['.', ' ', '=']) {
            names.insert(name.to_owned());
        }
    }
    names
}

fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            if !["target", ".git", "vectors", "node_modules"].contains(&name.as_str()) {
                files(&path, ending, found);
            }
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
}

fn rust_files(folder: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    files(&root().join(folder), ".rs", &mut found);
    found.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn rooms_use_only_the_rooms_they_may() {
    let rooms: BTreeMap<&str, &[&str]> = EDGES.iter().copied().collect();
    let folders: BTreeSet<String> = std::fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(
        folders,
        rooms.keys().map(|r| (*r).to_owned()).collect(),
        "a room without its row, or a row without its room"
    );
    for (room, allowed) in rooms {
        for name in dependencies(room).iter().filter_map(|d| d.strip_prefix("almoner-")) {
            assert!(allowed.contains(&name), "{room} must not use {name}");
        }
    }
}

#[test]
fn external_crates_stay_at_home() {
    for (room, _) in EDGES {
        let has = dependencies(room);
        for (name, homes) in HOMES {
            assert!(!has.contains(*name) || homes.contains(room), "{name} is not at home in {room}");
        }
    }
}

/// The crates that a package is built with, features as they are by default.
fn tree(package: &str) -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = std::process::Command::new(cargo);
    command.current_dir(root()).args(["tree", "--locked", "--offline", "-e", "normal", "--prefix", "none"]);
    let output = command.args(["-p", package]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// What strangers reach holds no second HTTP, no HTTP/2 and no TLS. The command line has TLS of its own, as a client.
#[test]
fn the_default_build_has_nothing_of_the_clusters_client() {
    for package in ["almoner-cli", "almoner-server"] {
        let crates = tree(package);
        assert!(crates.contains("hyper") && crates.contains("rusqlite"), "{package}: {crates:?}");
        for name in ["eventstore", "tonic", "h2", "reqwest", "hyper-rustls", "native-tls", "openssl"] {
            assert!(!crates.contains(name), "{package} is built with {name}");
        }
    }
    for name in ["rustls", "ring", "aws-lc-rs"] {
        assert!(!tree("almoner-server").contains(name), "the server is built with {name}");
    }
}

#[test]
fn pure_rooms_do_not_wait_read_or_guess() {
    for room in PURE {
        for (path, text) in rust_files(&format!("crates/{room}/src")) {
            // The tiny binary of proof reads its two files; everything else there is pure.
            if path.ends_with("bin/almoner-verify.rs") {
                continue;
            }
            let code = text.split("#[cfg(test)]").next().unwrap();
            for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
                for word in IMPURE_WORDS {
                    assert!(!line.contains(word), "{}: {word} in a pure room: {line}", path.display());
                }
            }
        }
    }
}

#[test]
fn one_door_to_servers_and_one_to_the_terminal() {
    for (path, text) in rust_files("crates/cli/src") {
        let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let has = |word: &str| code.iter().any(|line| line.contains(word));
        assert!(!has("ureq::") || path.ends_with("web.rs"), "{} asks a server by itself", path.display());
        for word in ["println!(", "print!(", "::stdout()", "::stderr()", "dbg!("] {
            assert!(!has(word) || path.ends_with("output.rs"), "{}: {word} goes past the filter", path.display());
        }
    }
}

#[test]
fn proof_never_sees_money() {
    for (path, text) in rust_files("crates/proof/src") {
        for word in ["rust_decimal", "Decimal", "Money", "currency_of"] {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
}

/// Files that name kinds of event because the protocol does, or because they write such events.
const KNOW_KINDS: &[&str] = &[
    // What a verifier of receipts reads, and what the first two events of a log are.
    "crates/proof/src/introduction.rs",
    "crates/proof/src/receipt/standing.rs",
    "crates/ledger/src/admit.rs",
    // Who writes events.
    "crates/server/src/app/found.rs",
    "crates/server/src/app/epoch.rs",
    "crates/cli/src/audit/priors.rs",
    "crates/cli/src/commands/chain.rs",
    "crates/cli/src/commands/import/file.rs",
    "crates/cli/src/commands/import/known.rs",
    "crates/cli/src/commands/key.rs",
    "crates/cli/src/demo/people.rs",
];

#[test]
fn readers_do_not_ask_which_kind_an_event_is() {
    for (path, text) in rust_files("crates") {
        let path = path.strip_prefix(root()).unwrap_or(&path).to_owned();
        let name = path.to_str().unwrap();
        let is_reader = name.contains("/src/") && !name.starts_with("crates/ledger/src/event/");
        if !is_reader || KNOW_KINDS.contains(&name) {
            continue;
        }
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//") && !line.contains("example =")) {
            let named = line.split('"').skip(1).step_by(2).find(|text| almoner_proof::text::is_event_type(text));
            assert!(
                named.is_none(),
                "{name} names {named:?}: let the kind say what is needed (docs/ADDING_AN_EVENT.md)"
            );
        }
    }
}

#[test]
fn every_file_says_what_it_is_and_none_is_put_off() {
    for (path, text) in rust_files(".") {
        assert!(text.starts_with("//!") || text.starts_with("#!"), "{} has no module comment", path.display());
        // Written in two parts, so that this file does not find itself.
        for word in [
            concat!("todo", "!("),
            concat!("unimpl", "emented!("),
            concat!("#[ign", "ore"),
            concat!("Being ", "written."),
        ] {
            assert!(!text.contains(word), "{}: {word}", path.display());
        }
    }
}

#[test]
fn architecture_names_every_room_and_no_other() {
    let text = std::fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    for (room, _) in EDGES {
        assert!(text.contains(&format!("crates/{room}")), "ARCHITECTURE does not name crates/{room}");
    }
    for part in text.split("crates/").skip(1) {
        let name: String = part.chars().take_while(char::is_ascii_alphanumeric).collect();
        let glob = name.is_empty();
        assert!(
            glob || EDGES.iter().any(|(room, _)| *room == name),
            "ARCHITECTURE names crates/{name}, which is not there"
        );
    }
}

#[test]
fn documents_name_files_that_exist() {
    let mut documents = vec![root().join("README.md"), root().join("CHANGELOG.md")];
    files(&root().join("docs"), ".md", &mut documents);
    for document in documents {
        let text = std::fs::read_to_string(&document).unwrap();
        for code in text.split('`').skip(1).step_by(2) {
            let looks = ["crates/", "docs/", "tests/", "scripts/"].iter().any(|start| code.starts_with(start));
            let plain = code.chars().all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
            if looks && plain {
                assert!(root().join(code).exists(), "{} names {code}, which does not exist", document.display());
            }
        }
    }
}

#[test]
fn the_reference_of_events_is_fresh() {
    let stored = std::fs::read_to_string(root().join("docs/EVENTS.md")).unwrap();
    assert!(stored == almoner_cli::event_reference(), "docs/EVENTS.md is stale: run scripts/bless");
}

#[test]
fn nothing_of_a_machine_is_written_down() {
    let mut all = Vec::new();
    for ending in [".rs", ".md", ".toml", ".go", ".sh", ".yml", ".html", ".css", ".json"] {
        files(&root(), ending, &mut all);
    }
    for folder in ["scripts", ".ci"] {
        files(&root().join(folder), "", &mut all);
    }
    for path in all {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        // In two parts each, so that this file does not find itself.
        for word in [concat!("/wo", "rk/"), concat!("/fa", "rm/"), concat!("/root", "/.")] {
            assert!(!text.contains(word), "{} holds {word}", path.display());
        }
    }
}
