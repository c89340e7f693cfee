//! Pages rendered from models that a hostile author filled, and the arithmetic of the strip.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

use almoner_ledger::{Currency, Money};
use almoner_site::{
    ChainPage, EntryPage, Frame, FundPage, HomePage, Line, Link, LogPage, MissingPage, ProblemPage, ProjectPage,
    ReceiptPage, SearchPage, StripTable, Template, Word, html,
};
use almoner_views::figures::{Strip, Sum};

const HOSTILE: &str = "</title><script>alert('x')</script>\" onmouseover=\"alert(1)";

fn frame() -> Frame {
    Frame {
        title: HOSTILE.to_owned(),
        origin: HOSTILE.to_owned(),
        size: 1234,
        root: "AAAA".to_owned(),
        named: true,
        path: "/c/well".to_owned(),
        json: "/v1/chains/well".to_owned(),
    }
}

fn word() -> Word {
    Word { lang: HOSTILE.to_owned(), text: HOSTILE.to_owned() }
}

fn link() -> Link {
    Link { path: "/c/well".to_owned(), word: word() }
}

fn lines() -> Vec<Line> {
    vec![Line {
        index: 7,
        citation: HOSTILE.to_owned(),
        day: HOSTILE.to_owned(),
        story: HOSTILE.to_owned(),
        reversed: true,
    }]
}

fn check(name: &str, page: &impl Template) {
    let body = html(page);
    assert!(body.starts_with("<!doctype html>"), "{name}");
    assert!(!body.contains("<script"), "{name} lets a script through");
    assert!(!body.contains("\" onmouseover"), "{name} lets an attribute through");
    assert!(body.contains("&#60;script&#62;"), "{name} shows what was written");
    assert_eq!(body.matches("<h1").count(), 1, "{name} has one headline");
    assert_eq!(body.matches("<table").count(), body.matches("</table>").count(), "{name}");
}

#[test]
fn hostile_texts_are_escaped_on_every_page() {
    let text = HOSTILE.to_owned();
    check("home", &HomePage { frame: frame(), latest: lines(), ..HomePage::default() });
    check("log", &LogPage { frame: frame(), lines: lines(), ..LogPage::default() });
    check(
        "entry",
        &EntryPage {
            frame: frame(),
            note: text.clone(),
            line: lines().remove(0),
            chain: link(),
            ..EntryPage::default()
        },
    );
    check(
        "chain",
        &ChainPage {
            frame: frame(),
            name: word(),
            names: vec![word()],
            identifiers: vec![text.clone()],
            latest: lines(),
            ..ChainPage::default()
        },
    );
    check(
        "fund",
        &FundPage {
            frame: frame(),
            name: word(),
            purpose: text.clone(),
            chain: link(),
            latest: lines(),
            ..FundPage::default()
        },
    );
    check(
        "project",
        &ProjectPage {
            frame: frame(),
            title: word(),
            summary: text.clone(),
            budget: vec![(text.clone(), text.clone())],
            ..ProjectPage::default()
        },
    );
    check(
        "receipt",
        &ReceiptPage {
            frame: frame(),
            code: text.clone(),
            hash: text.clone(),
            chain: link(),
            reversed_by: lines(),
            ..ReceiptPage::default()
        },
    );
    check("search", &SearchPage { frame: frame(), query: text.clone(), found: vec![("Fund", link())], more: true });
    check("missing", &MissingPage { title: &text, detail: &text, origin: &text });
    check("problem", &ProblemPage { code: &text, advice: &text, origin: &text });
}

#[test]
fn links_stay_at_the_size_that_was_asked_for() {
    let mut frame = frame();
    assert_eq!(
        (frame.link("/log"), frame.link("/log?before=5")),
        ("/log?at=1234".to_owned(), "/log?before=5&at=1234".to_owned())
    );
    frame.named = false;
    assert_eq!((frame.link("/log"), frame.permalink()), ("/log".to_owned(), "/c/well?at=1234".to_owned()));
}

#[test]
fn a_strip_adds_up_as_it_is_shown() {
    let cny = Currency::parse("CNY").unwrap();
    let money = |minor| Sum::from(Money::from_minor(minor, cny));
    let strip = Strip {
        currency: cny,
        opening: money(100_000),
        received: money(12_345_678),
        fees: money(74_134),
        spent: money(19_000_000),
        passed_on: money(1_000_000),
        refunded: money(5),
        reversed: money(0),
        moved_in: money(0),
        moved_out: money(1),
        unspent: money(100_000 + 12_345_678 - 74_134 - 20_000_000 - 5 - 1),
    };
    let table = StripTable::of(&strip);
    // From the texts that people read, and from nothing else.
    let minor = |text: &str| -> i64 {
        let number = text.strip_prefix("CNY\u{a0}").unwrap().replace([',', '.'], "").replace('\u{2212}', "-");
        number.parse().unwrap()
    };
    let sum = table
        .rows
        .iter()
        .fold(0, |sum, row| if row.sign == "\u{2212}" { sum - minor(&row.amount) } else { sum + minor(&row.amount) });
    assert_eq!(sum, minor(&table.unspent));
    assert!(table.below_zero);
    let labels: Vec<&str> = table.rows.iter().map(|row| row.label).collect();
    assert!(
        labels.contains(&"Fees of payment channels") && !labels.iter().any(|label| label.contains("reversed")),
        "{labels:?}"
    );
    let none = StripTable::of(&Strip {
        opening: money(0),
        received: money(0),
        fees: money(0),
        spent: money(0),
        passed_on: money(0),
        refunded: money(0),
        moved_out: money(0),
        unspent: money(0),
        ..strip
    });
    assert!(none.rows.iter().any(|row| row.label.starts_with("Fees")), "fees always have their line");
}
