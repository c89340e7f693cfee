//! A reader and writer in Go, on golang.org/x/mod/sumdb, that shares no code with us: see `interop/`.

use crate::story::ledger;
use acceptance::{Chance, Ran, run, skipped, vectors};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The program, built once.
fn interop<const N: usize>(arguments: [&str; N]) -> Ran {
    static PROGRAM: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, program) = PROGRAM.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("interop");
        run(Command::new("go").current_dir(vectors("interop")).args(["build", "-o"]).arg(&program).arg(".")).ok();
        (folder, program)
    });
    run(Command::new(program).args(arguments))
}

fn flip(file: &Path, at: usize) {
    let mut bytes = std::fs::read(file).unwrap();
    bytes[at] ^= 1;
    std::fs::write(file, bytes).unwrap();
}

#[test]
fn go_accepts_our_tiles_and_notices_one_flipped_byte() {
    if skipped("go") {
        return;
    }
    let mut chance = Chance::new("go_accepts_our_tiles_and_notices_one_flipped_byte");
    let house = ledger();
    let (tiles, policy) = (house.text("tiles"), house.text("ledger/policy"));
    house.almoner(["export", "tiles", "--from", &house.ledger(), "--out", &tiles]).ok();
    let report = interop(["check", &tiles, "--policy", &policy, "--json"]).ok().json();
    assert_eq!(report["ok"], true, "{report}");
    for name in ["checkpoint", "tile/entries/000", "tile/0/000"] {
        let file = house.path("tiles").join(name);
        let at = chance.between(0, std::fs::metadata(&file).unwrap().len() - 1) as usize;
        flip(&file, at);
        let judged = interop(["check", &tiles, "--policy", &policy]);
        assert_eq!(judged.code, Some(1), "{name}, byte {at}: {}", judged.out);
        // Ours notices it too, and never merges refuted with could not check.
        let own = house.almoner(["audit", &tiles, "--policy", &policy, "--json"]);
        assert!(matches!(own.code, Some(3 | 5)), "{name}, byte {at}: {}", own.out);
        flip(&file, at);
    }
    interop(["check", &tiles, "--policy", &policy]).ok();
    house.almoner(["audit", &tiles, "--policy", &policy]).ok();
}

#[test]
fn go_accepts_our_receipts_and_notices_flipped_bytes() {
    if skipped("go") {
        return;
    }
    let mut chance = Chance::new("go_accepts_our_receipts_and_notices_flipped_bytes");
    let house = ledger();
    let policy = house.text("ledger/policy");
    for event in ["operator-0", "importer-0", "well-0", "well-8.1", "lantern#11.0", "clinic-20"] {
        let receipt = house.text(&format!("go-{}.tlog-proof", event.replace('#', "-")));
        house.almoner(["receipt", event, "--from", &house.ledger(), "--out", &receipt]).ok();
        house.almoner(["verify", &receipt, "--policy", &policy]).ok();
        interop(["receipt", &receipt, "--policy", &policy]).ok();
        let length = std::fs::metadata(&receipt).unwrap().len();
        for _ in 0..25 {
            let at = chance.between(0, length - 1) as usize;
            flip(Path::new(&receipt), at);
            let judged = interop(["receipt", &receipt, "--policy", &policy]);
            assert_eq!(judged.code, Some(1), "{event}, byte {at}: {}", judged.out);
            flip(Path::new(&receipt), at);
        }
    }
}

#[test]
fn our_audit_verifies_a_log_that_go_wrote() {
    if skipped("go") {
        return;
    }
    let house = ledger();
    let written = house.text("written-by-go");
    interop(["write", &written, "--origin", "go.example/log", "--events", "600", "--seed", "acceptance"]).ok();
    let report = house.almoner(["audit", &written, "--json"]).ok().json();
    assert_eq!((report["verdict"].as_str(), report["size"].as_u64()), (Some("verified"), Some(600)), "{report}");
    let balances = house.almoner(["balances", "--from", &written, "--json"]).ok().json();
    assert!(!balances["balances"].as_array().unwrap().is_empty());
}

#[test]
fn its_own_tests_pass_on_the_shared_vectors() {
    if skipped("go") {
        return;
    }
    let mut test = Command::new("go");
    test.current_dir(vectors("interop")).args(["test", "-count=1", "-v", "./..."]);
    let ran = run(test.env("INTEROP_VECTORS", vectors("vectors/almoner"))).ok();
    assert!(!ran.out.contains("--- SKIP"), "the vectors were read:\n{}", ran.out);
}
