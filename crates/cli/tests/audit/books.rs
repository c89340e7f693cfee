//! An honest log is verified, and the audit gives the books that it folded.

use super::log::{found, policy, publish, root, run, run_with};
use super::story::honest;
use almoner_cli::audit::{Options, Verdict, audit_into};
use almoner_cli::source::DirSource;
use std::sync::atomic::{AtomicU64, Ordering};

#[test]
fn an_honest_log_is_verified() {
    let story = honest();
    assert!(story.writer.entries.len() > 600, "three bundles and a level-one tile");
    let dir = publish(&story.writer.entries);
    let report = run(&dir.0);
    assert_eq!((report.verdict, &report.findings), (Verdict::Verified, &Vec::new()));
    assert_eq!(report.size, Some(story.writer.entries.len() as u64));
    assert_eq!(report.counts.events, story.writer.entries.len() as u64);
    assert_eq!((report.counts.chains, report.counts.chains_not_admitted), (6, 0));
    assert!(report.to_json().starts_with(r#"{"verdict":"verified","origin":"ledger.example/audit","size":"#));
    assert!(!report.not_checked.is_empty());
}

#[test]
fn every_event_is_shown_once_in_order_with_any_number_of_threads() {
    let story = honest();
    let dir = publish(&story.writer.entries);
    let mut totals = Vec::new();
    for threads in [1, 2, 7] {
        let done = AtomicU64::new(0);
        let progress = |events: u64, _| done.store(events, Ordering::Relaxed);
        let options = Options { policy: Some(found(policy())), threads, progress: &progress, ..Options::default() };
        let mut next = 0;
        let (report, books) = audit_into(&DirSource::new(&dir.0), &options, &mut |admitted| {
            assert_eq!(admitted.done.index, next);
            next += 1;
        });
        assert_eq!(report.verdict, Verdict::Verified);
        assert_eq!((next, done.into_inner()), (books.size(), books.size()));
        totals.push(books.balances().map(|(account, money)| format!("{account:?} {money}")).collect::<Vec<_>>());
    }
    assert!(totals.windows(2).all(|pair| pair[0] == pair[1]) && !totals[0].is_empty());
}

#[test]
fn an_empty_log_and_every_small_size_are_verified() {
    let story = honest();
    for size in [0, 1, 2, 3, 255, 256, 257, 511, 512, 513] {
        let dir = publish(&story.writer.entries[..size]);
        let report = run(&dir.0);
        assert_eq!(report.verdict, Verdict::Verified, "{size}: {:?}", report.findings);
    }
}

#[test]
fn an_accepted_prefix_saves_signatures_and_nothing_else() {
    let story = honest();
    let mut entries = story.writer.entries.clone();
    let accepted = root(&entries[..400]);
    let prefix = Some((400, accepted));
    let dir = publish(&entries);
    let report = run_with(&dir.0, Options { accepted_prefix: prefix, ..Options::default() });
    assert_eq!(report.verdict, Verdict::Verified, "{:?}", report.findings);
    assert!(report.not_checked.iter().any(|what| what.contains("below index 400")));
    // A signature is bent below it, and everything is hashed and signed anew: the root tells.
    let at = story.gift.index;
    let bent = super::cheating::bend_signature(&entries[at]);
    entries[at] = bent;
    let dir = publish(&entries);
    let report = run_with(&dir.0, Options { accepted_prefix: prefix, ..Options::default() });
    assert_eq!(report.verdict, Verdict::Refuted);
    let report = run_with(&dir.0, Options { accepted_prefix: Some((4000, accepted)), ..Options::default() });
    assert_eq!(report.verdict, Verdict::Refuted);
}
