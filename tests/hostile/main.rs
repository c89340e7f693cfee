//! A server that means harm: whatever it answers, no command of the client spends more than its limits, writes a control
//! character, asks somebody else, or takes a told number for a true one.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod answers;
mod elsewhere;
mod sizes;
mod told;
mod words;

use acceptance::{House, Ran, run_watched};
use almoner_proof::Hash;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The log that the client's keys and policy belong to.
pub(crate) const ORIGIN: &str = "hostile.example/ledger";

/// One house for all tests: its keys, its policy, an event and a request that it may send.
pub(crate) static HOUSE: LazyLock<House> = LazyLock::new(|| {
    let house = House::new(ORIGIN);
    let key = ["key", "new", "well/alice", "--no-passphrase", "--out", &house.text("alice")];
    house.almoner(key).ok();
    let spec = format!("{}:alice:admin,book", house.text("alice"));
    let request = house.text("request");
    let open =
        ["chain", "open", "well", "--name", "en=The Well", "--key", &spec, "--origin", ORIGIN, "--no-passphrase"];
    house.almoner([&open[..], &["--out", &request]].concat()).ok();
    house
});

/// A path that no test has used.
pub(crate) fn fresh(name: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    HOUSE.text(&format!("{name}-{}", NEXT.fetch_add(1, Ordering::Relaxed)))
}

/// Every command that asks a server.
pub(crate) fn commands(url: &str) -> Vec<Vec<String>> {
    let (policy, alice) = (HOUSE.text("ledger/policy"), HOUSE.text("alice"));
    let (registrar, importer) = (HOUSE.text("ledger/keys/registrar"), HOUSE.text("ledger/keys/importer"));
    let request = HOUSE.text("request");
    let report = acceptance::vectors("vectors/iati/version-1.02.xml").to_str().unwrap().to_owned();
    let tiles = fresh("tiles");
    let lines: Vec<Vec<&str>> = vec![
        vec!["audit", url, "--policy", &policy],
        vec!["audit", url, "--policy", &policy, "--json"],
        vec!["balances", "--from", url],
        vec!["balances", "--from", url, "--json"],
        vec!["receipt", "well-1.0", "--from", url],
        vec!["show", "well-1", "--from", url],
        vec!["show", "1", "--from", url, "--json"],
        vec!["trail", "well-1.0", "--from", url],
        vec!["trail", "well-1.0", "--from", url, "--json"],
        vec!["tail", url],
        vec!["tail", url, "--json"],
        vec!["export", "tiles", "--from", url, "--out", &tiles],
        vec!["export", "hledger", "--from", url],
        vec!["event", "new", "chain.opened", "--chain", "well", "--data", "{}", "--to", url],
        vec![
            "event",
            "new",
            "hold.lifted",
            "--chain",
            "well",
            "--set",
            "hold=hold/a",
            "--set",
            "reason=r",
            "--signer",
            "well/a",
            "--to",
            url,
        ],
        vec!["event", "submit", &request, "--to", url],
        vec!["event", "submit", &request, "--to", url, "--json"],
        vec!["event", "submit", &request, "--to", url, "--dry-run"],
        vec!["chain", "admit", &request, "--key", &registrar, "--to", url, "--no-passphrase"],
        vec!["key", "add", &alice, "--holder", "x", "--roles", "book", "--key", &alice, "--to", url, "--no-passphrase"],
        vec!["import", "iati", &report, "--to", url, "--key", &importer, "--no-passphrase"],
    ];
    lines.into_iter().map(|line| line.into_iter().map(str::to_owned).collect()).collect()
}

/// Runs a command as somebody who keeps no policy.
pub(crate) fn almoner(arguments: &[String]) -> (Ran, u64) {
    run_watched(HOUSE.command().env("XDG_CONFIG_HOME", HOUSE.path("no-config")).args(arguments))
}

/// The same as somebody who keeps a policy for the origin.
pub(crate) fn almoner_with_policy(arguments: &[&str]) -> (Ran, u64) {
    let kept = HOUSE.path("config/almoner/policies");
    std::fs::create_dir_all(&kept).unwrap();
    let name = Hash::of(ORIGIN.as_bytes()).to_hex();
    if !kept.join(&name).exists() {
        // Tests run side by side: whole or not at all.
        let part = fresh("policy");
        std::fs::copy(HOUSE.path("ledger/policy"), &part).unwrap();
        std::fs::rename(part, kept.join(name)).unwrap();
    }
    run_watched(HOUSE.command().args(arguments))
}

/// Nothing that a terminal would obey or hide. Marks of isolation are the program's own: in pairs, none within another.
#[track_caller]
pub(crate) fn is_plain(ran: &Ran) {
    for (name, text) in [("output", &ran.out), ("error", &ran.err)] {
        let mut is_open = false;
        let bad = text.chars().find(|c| match c {
            '\n' => is_open,
            '\u{2068}' | '\u{2069}' => std::mem::replace(&mut is_open, *c == '\u{2068}') == is_open,
            c => almoner_proof::text::is_hidden(*c),
        });
        assert_eq!(bad, None, "{}: in standard {name}:\n{text:?}", ran.line);
    }
}
