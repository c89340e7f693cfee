//! schemathesis (Python, hypothesis) tries the API against its own document: every operation, right and wrong requests,
//! all checks.

use crate::story::ledger;
use acceptance::{run, skipped};
use std::process::Command;

#[test]
fn schemathesis_finds_no_breach_of_the_document() {
    if skipped("schemathesis") {
        return;
    }
    let house = ledger();
    let served = house.serve();
    let size = served.published();
    let mut command = Command::new("schemathesis");
    command.args(["--config-file", concat!(env!("CARGO_MANIFEST_DIR"), "/strangers/schemathesis.toml"), "run"]);
    command.arg(format!("{}/v1/openapi.json", served.client.url()));
    // The stream has no end that a request could wait for; its own tests read it.
    command.args(["--exclude-path", "/v1/stream"]);
    command.args(["--checks", "all", "--max-examples", "20", "--seed", "1", "--continue-on-failure", "--no-color"]);
    command.current_dir(house.path("."));
    let ran = run(&mut command);
    assert_eq!(ran.code, Some(0), "{}\n{}", ran.out, ran.err);
    assert_eq!(served.published(), size, "nothing that it made up is an event");
}
