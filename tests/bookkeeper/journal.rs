//! A key signs no second text where the first may still be taken, and the ledger is asked which.

use crate::{BANK, GIFT, ORIGIN, WATER, charity, draft, post, sign, submit};
use acceptance::{House, copy_folder};

fn journal(house: &House) -> String {
    std::fs::read_to_string(house.text("alice.journal")).unwrap()
}

fn last_state(house: &House) -> String {
    let text = journal(house);
    text.lines().last().unwrap().split(' ').skip(3).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_refused_event_never_blocks_the_next() {
    let house = charity();
    let served = house.serve();
    let to = served.client.url();
    post(&house, to, "account.opened", BANK);
    post(&house, to, "fund.opened", WATER);
    // A payment from an empty fund.
    let payment = [
        "account=account/bank",
        "fund=fund/water",
        "currency=CNY",
        "amount=60.00",
        "payee.organisation=XX-1",
        "payee.name=Pump works",
        "function=charitable",
        "class=equipment",
        "related_party=false",
        "effective_date=2026-11-22",
    ];
    draft(&house, to, "payment", "expenditure.recorded", &payment).ok();
    sign(&house, to, "payment").ok();
    let refused = submit(&house, to, "payment").ended(1);
    assert!(refused.err.contains("fund.overdrawn"), "{}", refused.err);
    assert_eq!(last_state(&house), "sent", "who submitted did not have the key");
    draft(&house, to, "gift", "donation.received", GIFT).ok();
    sign(&house, to, "gift").ok();
    assert!(journal(&house).contains(" refused fund.overdrawn\n"), "{}", journal(&house));
    submit(&house, to, "gift").ok();
    let pending = std::fs::read_to_string(house.text("alice.pending")).unwrap();
    assert_eq!(pending.lines().count(), 1, "only the newest is not known to be taken");
    let told = house.almoner(["event", "resume", "--key", &house.text("alice"), "--to", to]).ok();
    assert!(told.out.contains("well#3 ") && told.out.contains(": taken "), "{}", told.out);
    assert_eq!(std::fs::read_to_string(house.text("alice.pending")).unwrap(), "");
}

#[test]
fn a_text_that_may_still_be_taken_comes_first() {
    let house = charity();
    let to = house.ledger();
    draft(&house, &to, "first", "account.opened", BANK).ok();
    sign(&house, &to, "first").ok();
    // The same again is no second text.
    sign(&house, &to, "first").ok();
    draft(&house, &to, "second", "account.opened", &["account=account/cash", "kind=cash", "currency=CNY"]).ok();
    let unsure = sign(&house, &to, "second").ended(1);
    assert!(unsure.err.contains("journal.unsure") && unsure.err.contains("almoner event resume"), "{}", unsure.err);
    let policy = house.text("ledger/policy");
    let (second, alice) = (house.text("second"), house.text("alice"));
    let offline = ["event", "sign", &second, "--key", &alice, "--policy", &policy, "--no-passphrase"];
    assert!(house.almoner(offline).ended(1).err.contains("--to LEDGER"));
    house.almoner(["event", "resume", "--key", &alice, "--to", &to]).ok();
    assert!(last_state(&house).starts_with("taken "), "{}", last_state(&house));
    let fork = sign(&house, &to, "second").ended(1);
    assert!(fork.err.contains("chain.fork") && fork.err.contains("an event of this key"), "{}", fork.err);
    draft(&house, &to, "second", "account.opened", &["account=account/cash", "kind=cash", "currency=CNY"]).ok();
    sign(&house, &to, "second").ok();
    submit(&house, &to, "second").ok();
}

#[test]
fn a_ledger_made_anew_is_another_and_one_that_lost_something_is_told() {
    let house = charity();
    let to = house.ledger();
    for folder in ["ledger", "state"] {
        copy_folder(&house.path(folder), &house.path(&format!("kept-{folder}")));
    }
    post(&house, &to, "account.opened", BANK);
    post(&house, &to, "fund.opened", WATER);
    // What was acknowledged is gone: an older copy, with the anchor of then.
    for folder in ["ledger", "state"] {
        copy_folder(&house.path(&format!("kept-{folder}")), &house.path(folder));
    }
    draft(&house, &to, "next", "account.opened", &["account=account/other", "kind=bank", "currency=CNY"]).ok();
    let lost = sign(&house, &to, "next").ended(3);
    assert!(lost.err.contains("ledger.lost") && lost.err.contains("well#1"), "{}", lost.err);
    // The same name with other keys.
    let other = House::new(ORIGIN);
    for file in ["alice", "alice.pub", "alice.journal", "well.request"] {
        std::fs::copy(house.text(file), other.text(file)).unwrap();
    }
    let (request, registrar, to) = (other.text("well.request"), other.text("ledger/keys/registrar"), other.ledger());
    other.almoner(["chain", "admit", &request, "--key", &registrar, "--to", &to, "--no-passphrase"]).ok();
    post(&other, &to, "account.opened", BANK);
}

#[test]
fn half_a_line_of_the_journal_is_none_and_a_wrong_one_stops() {
    let house = charity();
    let to = house.ledger();
    post(&house, &to, "account.opened", BANK);
    let whole = journal(&house);
    std::fs::write(house.text("alice.journal"), format!("{whole}0123456789abcdef well#2 half")).unwrap();
    post(&house, &to, "fund.opened", WATER);
    std::fs::write(house.text("alice.journal"), format!("{whole}no entry\n")).unwrap();
    draft(&house, &to, "next", "account.opened", &["account=account/b2", "kind=bank", "currency=CNY"]).ok();
    let stopped = sign(&house, &to, "next").ended(1);
    assert!(stopped.err.contains("line 2 of it is no entry"), "{}", stopped.err);
}
