//! A bookkeeper at the command line: what is tried first, what is signed twice by mistake, and what is said then.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod journal;
mod tries;

use acceptance::{House, Ran};

/// The log's name.
pub(crate) const ORIGIN: &str = "books.example/ledger";

/// A ledger with a charity, `well`, whose key is `alice`.
pub(crate) fn charity() -> House {
    let house = House::new(ORIGIN);
    let (alice, request) = (house.text("alice"), house.text("well.request"));
    house.almoner(["key", "new", "well/alice", "--no-passphrase", "--out", &alice]).ok();
    let key = format!("{alice}:alice:admin,book,report,request");
    let open = ["chain", "open", "well", "--name", "en=The Well", "--key", &key, "--origin", ORIGIN];
    house.almoner([&open[..], &["--out", &request, "--no-passphrase"]].concat()).ok();
    let registrar = house.text("ledger/keys/registrar");
    house.almoner(["chain", "admit", &request, "--key", &registrar, "--to", &house.ledger(), "--no-passphrase"]).ok();
    house
}

/// Drafts an event of `well`.
pub(crate) fn draft(house: &House, to: &str, file: &str, kind: &str, members: &[&str]) -> Ran {
    let file = house.text(file);
    let mut line = vec!["event", "new", kind, "--chain", "well", "--to", to, "--out", &file, "--no-dry-run"];
    line.extend(members.iter().flat_map(|member| ["--set", member]));
    house.almoner(line)
}

/// Signs a draft with alice's key.
pub(crate) fn sign(house: &House, to: &str, file: &str) -> Ran {
    let (file, alice) = (house.text(file), house.text("alice"));
    house.almoner(["event", "sign", &file, "--key", &alice, "--to", to, "--no-passphrase"])
}

/// Submits what is signed.
pub(crate) fn submit(house: &House, to: &str, file: &str) -> Ran {
    house.almoner(["event", "submit", &house.text(file), "--to", to])
}

/// Drafts, signs and submits.
pub(crate) fn post(house: &House, to: &str, kind: &str, members: &[&str]) {
    draft(house, to, "next", kind, members).ok();
    sign(house, to, "next").ok();
    submit(house, to, "next").ok();
}

pub(crate) const BANK: &[&str] = &["account=account/bank", "kind=bank", "currency=CNY"];
pub(crate) const WATER: &[&str] = &["fund=fund/water", "class=restricted", "purpose=Wells for villages"];
pub(crate) const GIFT: &[&str] = &[
    "account=account/bank",
    "currency=CNY",
    "fund=fund/water",
    "effective_date=2026-11-20",
    "gifts.0.gross=100.00",
    "gifts.0.fee=0.60",
];
