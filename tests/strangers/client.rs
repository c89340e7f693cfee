//! The clients of `docs/CLIENT.md`, as they stand there, against a server: each opens a chain, gives, is refused, and
//! judges its receipt; our own judge says the same of it.

use acceptance::{House, run, skipped};
use std::process::Command;

/// The one block of a language in the document.
fn program(language: &str) -> String {
    let document = include_str!("../../docs/CLIENT.md");
    let (_, rest) = document.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

fn tried(language: &str, interpreter: &str, file: &str) {
    let house = House::new("client.example/ledger");
    std::fs::write(house.path(file), program(language)).unwrap();
    let served = house.serve();
    let client = |arguments: &[&str]| {
        run(Command::new(interpreter).arg(house.path(file)).args(arguments).current_dir(house.path(".")))
    };
    client(&["open", "mill", &house.origin]).ok();
    let (request, registrar) = (house.text("mill.request"), house.text("ledger/keys/registrar"));
    house.almoner(["chain", "countersign", &request, "--key", &registrar, "--no-passphrase"]).ok();
    let to = ["--to", served.client.url(), "--no-passphrase"];
    house.almoner(["chain", "admit", &request, "--key", &registrar].into_iter().chain(to)).ok();
    let gave = client(&["give", "mill", &house.origin, served.client.url()]).ok();
    for line in ["refused: chain.fork", "refused: chain.gap", "receipt: mill.tlog-proof"] {
        assert!(gave.out.contains(line), "{gave:?}");
    }
    let policy = house.text("ledger/policy");
    assert_eq!(client(&["judge", "mill.tlog-proof", &policy]).ok().out.trim(), "genuine");
    let ours = house.almoner(["verify", &house.text("mill.tlog-proof"), "--policy", &policy]).ok();
    assert!(ours.out.contains("Ada, member 17"), "the donor is opened: {ours:?}");
    // A donor who was not committed to, and another log's policy.
    let receipt = std::fs::read_to_string(house.path("mill.tlog-proof")).unwrap();
    let line = receipt.lines().nth(1).unwrap();
    let extra = almoner_proof::b64::decode(line.strip_prefix("extra ").unwrap()).unwrap();
    let extra = String::from_utf8(extra).unwrap().replace("Ada", "Eve");
    let false_one = receipt.replace(line, &format!("extra {}", almoner_proof::b64::encode(extra.as_bytes())));
    std::fs::write(house.path("false.tlog-proof"), false_one).unwrap();
    assert!(client(&["judge", "false.tlog-proof", &policy]).ended(3).out.starts_with("different"));
    let other = House::new("other.example/ledger");
    assert_eq!(client(&["judge", "mill.tlog-proof", &other.text("ledger/policy")]).ended(5).out.trim(), "cannot-check");
}

#[test]
fn the_client_in_python_does_what_its_page_says() {
    if skipped("python3") {
        return;
    }
    if run(Command::new("python3").args(["-c", "import cryptography"])).code != Some(0) {
        acceptance::say_skipped("python3 has no package cryptography: the client in Python was not run");
        return;
    }
    tried("python", "python3", "client.py");
}

#[test]
fn the_client_in_javascript_does_what_its_page_says() {
    if skipped("node") {
        return;
    }
    tried("js", "node", "client.mjs");
}
