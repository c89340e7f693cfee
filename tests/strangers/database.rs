//! The sqlite3 command line looks into the ledger's file, and is not let near what is stored.

use acceptance::{House, Ran, run, skipped};
use std::path::Path;
use std::process::Command;

fn sql(file: &Path, statement: &str) -> Ran {
    run(Command::new("sqlite3").arg("-batch").arg(file).arg(statement))
}

#[test]
fn sqlite3_finds_a_sound_file_and_may_change_nothing() {
    if skipped("sqlite3") {
        return;
    }
    let house = House::new("sqlite.example/ledger");
    let served = house.serve();
    let size = served.published();
    assert!(served.terminate().success());
    let file = house.path("ledger/ledger.sqlite");
    assert_eq!(sql(&file, "PRAGMA integrity_check").ok().out, "ok\n");
    // "Almn"
    assert_eq!(sql(&file, "PRAGMA application_id").ok().out, format!("{}\n", 0x416c_6d6e));
    assert_eq!(sql(&file, "SELECT count(*) FROM entry").ok().out, format!("{size}\n"));
    for statement in [
        "UPDATE entry SET bytes = x'00' WHERE idx = 1",
        "UPDATE entry SET idx = idx + 1",
        "DELETE FROM entry",
        "DELETE FROM entry WHERE idx = (SELECT max(idx) FROM entry)",
        "REPLACE INTO entry VALUES (1, x'00')",
        "INSERT INTO entry VALUES (999, x'00')",
        "UPDATE leaf SET hash = zeroblob(32)",
        "DELETE FROM leaf",
        "UPDATE chain_key SET idx = 0",
        "DELETE FROM chain_key",
        "UPDATE checkpoint SET note = x'00'",
        "DELETE FROM checkpoint",
        "REPLACE INTO checkpoint SELECT size, zeroblob(32), note FROM checkpoint",
    ] {
        let refused = sql(&file, statement);
        assert_ne!(refused.code, Some(0), "{statement}");
        assert!(refused.err.contains("append-only"), "{statement}: {}", refused.err);
    }
    let report = house.almoner(["audit", &house.ledger(), "--json"]).ok().json();
    assert_eq!((report["verdict"].as_str(), report["size"].as_u64()), (Some("verified"), Some(size)));
    // And it serves as before.
    assert_eq!(house.serve().published(), size);
}
