//! The pages: there, escaped, without scripts, with the same numbers at the same size for ever.

use crate::house::{HOUSE, ORIGIN, ask, get};

const PAGES: &[&str] = &[
    "/",
    "/c/well",
    "/c/operator",
    "/c/village",
    "/f/well/water",
    "/f/well/free",
    "/f/village/spring",
    "/p/well/wells",
    "/r/well-10",
    "/r/well-10.0",
    "/r/well-10.1",
    "/r/well-11",
    "/r/well-3",
    "/log",
    "/log?before=5",
    "/log/0",
    "/log/12",
    "/log/well-10",
    "/search",
    "/search?q=e",
];

fn page(path: &str) -> String {
    let answer = ask("GET", path, &[("accept", "text/html,application/xhtml+xml")]);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8", "{path}");
    assert!(answer.header("content-security-policy").starts_with("default-src 'self'"), "{path}");
    answer.body
}

#[test]
fn pages_are_whole_and_escaped() {
    for path in PAGES {
        let body = page(path);
        assert_eq!(body.matches("<h1").count(), 1, "{path}");
        assert!(!body.contains("<script"), "{path}");
        assert!(!body.contains(" style=") && !body.contains(" onclick"), "{path}");
        for wanted in ["<main", "<header", "<footer", "lang=\"en\"", ORIGIN, "almoner verify", "The same as JSON"] {
            assert!(body.contains(wanted), "{path} lacks {wanted}");
        }
    }
    assert!(page("/p/well/wells").contains("&#60;script&#62;alert(1)&#60;/script&#62;"));
    assert!(page("/c/well").contains("<bdi lang=\"zh-Hans\">水井基金会</bdi>"));
}

#[test]
fn every_link_of_ours_leads_somewhere() {
    let mut links = std::collections::BTreeSet::new();
    for path in PAGES {
        let at =
            format!("{path}{}at={}", if path.contains('?') { '&' } else { '?' }, HOUSE.node.shared().published_size());
        for body in [page(path), page(&at)] {
            links.extend(
                body.split("href=\"")
                    .skip(1)
                    .filter_map(|rest| rest.split('"').next())
                    .filter(|link| link.starts_with('/'))
                    .map(|link| link.replace("&#38;", "&")),
            );
        }
    }
    assert!(links.len() > 60, "{links:?}");
    for link in &links {
        assert_eq!(get(link).status, 200, "{link}");
    }
}

#[test]
fn a_size_has_one_page() {
    let size = HOUSE.node.shared().published_size();
    for path in ["/", "/f/well/water", "/r/well-10.1", "/log"] {
        let now = page(path);
        assert!(now.contains(&format!("{path}?at={size}")), "{path} has a permanent link");
        let then = page(&format!("{path}?at={size}"));
        assert!(then.contains("This page will never change") && then.contains("This page now"), "{path}");
    }
    assert!(page("/f/well/water").contains("CNY\u{a0}123,626.78"));
    let early = page("/c/well?at=12");
    assert!(!early.contains("Le Puits") && !early.contains("GB-CHC-313139"), "what it said later is not told");
}

#[test]
fn an_old_size_says_what_it_said_when_it_was_new() {
    assert!(HOUSE.early.len() > 20);
    for (path, said) in &HOUSE.early {
        assert_eq!(&get(path).body, said, "{path}");
    }
}

#[test]
fn the_receipt_says_what_it_is_worth() {
    let body = page("/r/well-10.1");
    for wanted in [
        "A gift of CNY\u{a0}123,456.78",
        "This server checked the receipt: <b>genuine</b>",
        "Genuine means that this was signed with the keys named above, that it stands in the log, and that it cannot be changed unnoticed. It does not prove that the payment happened.",
        "It is not a tax receipt.",
        "The text matches your receipt.",
        "It is signed.",
        "no single receipt can show it",
        "The key in the receipt is",
        "compare it with the charity's own",
        "It is in the log.",
        "Witnesses saw the same log.",
        "Spent so far.",
        "not spent yet",
        "Drilling, first well",
        "/v1/receipts/well-10.1",
    ] {
        assert!(body.contains(wanted), "{wanted:?} is missing");
    }
    assert!(!page("/r/operator-1").contains("a second time"), "operator's chain has one place to open");
    assert!(!body.contains("charity signed"), "an operator's second opening could explain the signature");
    assert!(page("/r/well-11").contains("was reversed"));
    assert!(page("/c/well").contains("<b>first</b>, <a href="), "the keys to compare are marked");
    assert!(page("/f/well/free").contains("A hold stands on this"));
    assert!(page("/p/well/wells").contains("attested"));
}

#[test]
fn searches_lead_to_the_thing() {
    for (query, place) in [
        ("well", "/c/well"),
        ("well-10.1", "/r/well-10.1"),
        ("well%2310", "/r/well-10"),
        ("12", "/log/12"),
        ("GB-CHC-313139", "/c/well"),
        ("well/fund/water", "/f/well/water"),
        ("%E6%B0%B4%E4%BA%95", "/c/well"),
        ("https://giving.example/r/well-10.1%23s1.AAAA", "/r/well-10.1"),
        ("hydrology", "/c/geo"),
    ] {
        let answer = get(&format!("/search?q={query}"));
        assert_eq!((answer.status, answer.header("location")), (303, place), "{query}");
    }
    let nothing = page("/search?q=%3Cscript%3Enothing");
    assert!(nothing.contains("Nothing was found for “<bdi>&#60;script&#62;nothing</bdi>”"));
    assert!(page("/search?q=123456.78").contains("Nothing was found"), "amounts are not searched");
}

#[test]
fn the_stylesheet_is_ours_alone() {
    let style = get("/style.css");
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(!style.body.contains("url(") && !style.body.contains("@import"));
}

#[test]
fn a_browser_without_a_page_gets_one() {
    let html = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    for (path, to) in [("/c/well/", "/c/well"), ("/log/?before=5", "/log?before=5")] {
        let answer = ask("GET", path, &html);
        assert_eq!((answer.status, answer.header("location")), (308, to), "{path}");
    }
    for path in ["/nothing", "//evil.example/", "/nothing/%5c/"] {
        let answer = ask("GET", path, &html);
        assert!(matches!(answer.status, 404 | 308), "{path}: {}", answer.status);
        assert!(answer.status == 404 || answer.header("location").starts_with("/nothing"), "{path}");
    }
    assert!(ask("GET", "/nothing", &html).header("content-type").starts_with("text/html"));
    assert_eq!(ask("GET", "/c/well/", &[]).header("content-type"), "application/problem+json");
}
