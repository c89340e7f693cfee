//! Texts that turn, hide or begin lines, on pages and in the search; and what is said of a gift that went back.

use crate::house::{Answer, Author, ORIGIN, begin, send, settle};
use almoner_proof::SecretKey;
use almoner_proof::event::Draft;
use almoner_proof::merkle::empty_root;
use almoner_proof::note;
use almoner_server::app::Node;
use serde_json::json;
use std::sync::{Arc, LazyLock};

/// A payee that turns the line, one that writes lines, and an honest one from right to left.
const TURNS: &str = "Oil mill\u{202e}00.007 RUE";
const LINES: &str = "Oil mill\n  7.00 EUR: given to the poor\u{200b}";
const ARABIC: &str = "\u{645}\u{637}\u{62d}\u{646}\u{629} \u{667}";

struct Place {
    base: String,
    node: Arc<Node>,
    _directory: tempfile::TempDir,
}

impl Place {
    fn get(&self, path: &str) -> Answer {
        send(&self.base, "GET", path, &[])
    }

    fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let hidden = |c: char| c != '\n' && almoner_proof::text::is_hidden(c);
        assert!(!answer.body.contains(hidden), "{path} hides something");
        answer.body
    }
}

static PLACE: LazyLock<Place> = LazyLock::new(build);

fn key() -> SecretKey {
    SecretKey::from_seed("mill/book", &[60; 32])
}

fn build() -> Place {
    let directory = tempfile::tempdir().unwrap();
    let (node, base) = begin(directory.path());
    let registrar = SecretKey::from_seed("operator/registrar", &[2; 32]);
    let mut author = Author::new(&node);
    let roles = ["admin", "book", "report", "request", "approve"];
    let mill = [&key()];
    author.open("mill", json!({"en": "The\u{200b} Mill"}), "charity", mill[0], &roles, &registrar);
    for (chain, name, seed) in [("pre", "\u{c9}cole Z\u{fc}rich", 61), ("dec", "E\u{301}cole Zu\u{308}rich", 62)] {
        let key = SecretKey::from_seed(&format!("{chain}/book"), &[seed; 32]);
        author.open(chain, json!({"fr": name}), "charity", &key, &roles, &registrar);
    }
    author.sign(
        "mill",
        "organisation.described/1",
        json!({"identifiers": ["XX-Reg-9"], "names": {"ar": ARABIC}}),
        &mill,
    );
    author.sign(
        "mill",
        "account.opened/1",
        json!({"account": "account/bank", "kind": "bank", "currency": "XCG", "name": {"en": "Main"}}),
        &mill,
    );
    author.sign(
        "mill",
        "fund.opened/1",
        json!({"fund": "fund/oil", "class": "restricted", "purpose": "Oil\nfor lamps\u{202e}"}),
        &mill,
    );
    let gifts =
        json!([{"gross": "90.00", "fee": "0.00"}, {"gross": "10.00", "fee": "0.00"}, {"gross": "5.00", "fee": "0.00"}]);
    let gift = author.sign("mill", "donation.received/1", json!({"account": "account/bank", "currency": "XCG", "fund": "fund/oil", "effective_date": "2026-11-18", "gifts": gifts}), &mill);
    let settled = json!([{"fund": "fund/oil", "amount": "105.00"}]);
    author.sign(
        "mill",
        "settlement.received/1",
        json!({"account": "account/bank", "currency": "XCG", "effective_date": "2026-11-18", "lines": settled}),
        &mill,
    );
    for (nth, name) in [TURNS, LINES, ARABIC].into_iter().enumerate() {
        author.sign("mill", "expenditure.recorded/1", json!({"account": "account/bank", "fund": "fund/oil", "currency": "XCG", "amount": "7.00", "payee": {"organisation": format!("YY-{nth}"), "name": name}, "function": "charitable", "class": "goods", "related_party": false, "effective_date": "2026-11-19"}), &mill);
    }
    let of = |gift_no: u32| json!({"event": "mill#4", "hash": gift.to_base64(), "gift": gift_no});
    for amount in ["2.00", "3.00"] {
        author.sign("mill", "donation.refunded/1", json!({"donation": of(1), "account": "account/bank", "from": "bank", "currency": "XCG", "fund": "fund/oil", "amount": amount, "effective_date": "2026-11-20", "reason": "asked\u{202e} for"}), &mill);
    }
    author.sign("mill", "event.reversed/1", json!({"event": "mill#4", "hash": gift.to_base64(), "items": [2], "effective_date": "2026-11-21", "reason": "twice"}), &mill);
    settle(&node);
    Place { base, node, _directory: directory }
}

#[test]
fn what_others_wrote_stands_apart_and_hides_nothing() {
    let turned = "paid to <bdi>Oil mill\\u{202e}00.007 RUE</bdi> (<bdi>YY-0</bdi>) (goods)";
    let lined = "paid to <bdi>Oil mill\\u{a}  7.00 EUR: given to the poor\\u{200b}</bdi> (<bdi>YY-1</bdi>) (goods)";
    let arabic = format!("paid to <bdi>{ARABIC}</bdi> (<bdi>YY-2</bdi>) (goods)");
    for path in ["/c/mill", "/f/mill/oil", "/log"] {
        let page = PLACE.page(path);
        for wanted in [turned, lined, &arabic] {
            assert!(page.contains(wanted), "{wanted:?} is missing on {path}");
        }
    }
    for (seq, wanted) in [(6, turned), (7, lined), (8, &arabic)] {
        for page in [PLACE.page(&format!("/log/mill-{seq}")), PLACE.page(&format!("/r/mill-{seq}"))] {
            assert!(page.contains(wanted), "{wanted:?} is missing on the pages of mill#{seq}");
        }
    }
    let trail = PLACE.page("/r/mill-4.0");
    assert!(trail.contains("paid to <bdi>Oil mill\\u{202e}00.007 RUE</bdi> (<bdi>YY-0</bdi>)"));
    // The signed text shows what is in it, and a name in it moves nothing.
    let signed = PLACE.page("/log/mill-8");
    assert!(signed.contains(&format!("name&#34;:&#34;<bdi>{ARABIC}</bdi>&#34;")), "{signed}");
    assert!(PLACE.page("/").contains("<bdi lang=\"en\">The\\u{200b} Mill</bdi>"));
    assert!(PLACE.page("/f/mill/oil").contains("<bdi>Oil\nfor lamps\\u{202e}</bdi>"), "lines of a purpose are blanks");
}

#[test]
fn a_query_comes_back_with_nothing_hidden() {
    for query in ["%01", "a%00b", "%E2%80%AEx", "%0A%0Dy", "%C2%85", "%F3%A0%81%81", "%EF%BB%BF", "%1B%5B31m"] {
        PLACE.page(&format!("/search?q={query}"));
    }
    assert!(PLACE.page("/search?q=x%01y").contains("<bdi>x\\u{1}y</bdi>"));
    let browser = [("accept", "text/html")];
    for path in ["/c/%E2%80%AEx", "/r/%01", "/log/%C2%85", "/f/mill/%E2%81%A6"] {
        let answer = send(&PLACE.base, "GET", path, &browser);
        assert!(matches!(answer.status, 400 | 404), "{path}");
        assert!(!answer.body.contains(|c| c != '\n' && almoner_proof::text::is_hidden(c)), "{path}: {}", answer.body);
    }
}

#[test]
fn spellings_that_look_alike_find_the_same() {
    for query in ["%C3%89cole", "E%CC%81cole", "%C3%A9COLE", "z%C3%BCrich", "ZU%CC%88RICH", "%EF%BC%BA%C3%BCrich"] {
        let page = PLACE.page(&format!("/search?q={query}"));
        assert!(page.contains("href=\"/c/pre\"") && page.contains("href=\"/c/dec\""), "{query}");
    }
    for query in ["ecole", "zurich"] {
        let page = PLACE.page(&format!("/search?q={query}"));
        assert_eq!(page.contains("href=\"/c/pre\""), page.contains("href=\"/c/dec\""), "{query}");
    }
    for (query, place) in [
        ("the%20mill", "/c/mill"),
        ("THE%C2%A0MILL", "/c/mill"),
        ("MILL", "/c/mill"),
        ("MILL-4.1", "/r/mill-4.1"),
        ("Mill%230", "/r/mill-0"),
        ("%EF%BC%AD%EF%BC%A9%EF%BC%AC%EF%BC%AC%EF%BC%8D%EF%BC%94", "/r/mill-4"),
        ("xx-reg-9", "/c/mill"),
        ("MILL/FUND/OIL", "/f/mill/oil"),
    ] {
        let answer = PLACE.get(&format!("/search?q={query}"));
        assert_eq!((answer.status, answer.header("location")), (303, place), "{query}");
    }
}

#[test]
fn a_receipt_tells_what_went_back_later() {
    let trail = PLACE.get("/v1/gifts/mill-4.1").json();
    let back = trail["given_back"].as_array().unwrap();
    let told: Vec<_> = back
        .iter()
        .map(|row| {
            (
                row["event"].as_str().unwrap(),
                row["how"].as_str().unwrap(),
                row["amount"].as_str().unwrap(),
                row["date"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("mill#9", "refunded", "2.00", "2026-11-20"), ("mill#10", "refunded", "3.00", "2026-11-20")]);
    assert_eq!(back[0]["currency"], "XCG");
    assert_eq!(PLACE.get("/v1/gifts/mill-4.0").json()["given_back"], json!([]));
    let reversed = PLACE.get("/v1/gifts/mill-4.2").json();
    assert_eq!(
        (&reversed["given_back"][0]["how"], &reversed["given_back"][0]["event"]),
        (&json!("reversed"), &json!("mill#11"))
    );
    let size = PLACE.get("/v1/events/mill-10").json()["index"].as_u64().unwrap();
    let before = PLACE.get(&format!("/v1/gifts/mill-4.1?at={size}")).json();
    assert_eq!(before["given_back"].as_array().unwrap().len(), 1, "what came later is not told");

    let page = PLACE.page("/r/mill-4.1");
    for wanted in [
        "This gift: XCG\u{a0}2.00 given back to the donor</b> on",
        "XCG\u{a0}3.00 given back",
        "<bdi>asked\\u{202e} for</bdi>",
    ] {
        assert!(page.contains(wanted), "{wanted:?} is missing");
    }
    assert!(!PLACE.page("/r/mill-4.0").contains("given back to the donor</b>"));
    let all = PLACE.page("/r/mill-4");
    assert!(all.contains("Gift 1: XCG\u{a0}2.00") && all.contains("Gift 2: taken back: it was entered by mistake</b>"));
    // The words of the judgement, as `verify` prints them.
    let receipt = PLACE.get("/v1/receipts/mill-4.1").body;
    let policy = almoner_proof::Policy::parse(&format!("log {}\nquorum none\n", PLACE.node.vkey())).unwrap();
    let judged = almoner_proof::receipt::judge(receipt.as_bytes(), Some(&policy));
    let said = judged.lines("");
    for wanted in [almoner_proof::receipt::GENUINE_MEANS, &judged.not_checked_said().unwrap()] {
        assert!(page.contains(wanted) && said.iter().any(|line| line.trim() == wanted), "{wanted}");
    }
}

#[test]
fn a_dry_run_asks_about_unlikely_days() {
    let dry_run = |day: &str| {
        let data = json!({"account": "account/bank", "currency": "XCG", "fund": "fund/oil", "effective_date": day, "gifts": [{"gross": "1.00", "fee": "0.00"}]}).to_string();
        let (seq, prev) = PLACE.node.shared().head("mill").unwrap();
        let draft = Draft {
            log: ORIGIN,
            chain: "mill",
            seq,
            prev,
            seen: (0, empty_root()),
            time: "2026-11-20T09:00:00Z",
            kind: "donation.received/1",
            data: &data,
        };
        let answer = ureq::post(format!("{}/v1/events?dry_run=true", PLACE.base))
            .header("content-type", "text/plain")
            .send(note::sign(&draft.text(), &[&key()]));
        answer.unwrap().body_mut().read_to_string().unwrap()
    };
    let today = &almoner_server::clock::now()[..10];
    assert!(dry_run(today).contains(r#""findings":[]"#));
    for (day, code) in [("9999-12-31", "date.ahead"), ("0226-11-20", "date.back")] {
        let found = format!(r#"{{"code":"{code}","member":"effective_date","about":"{day} is "#);
        assert!(dry_run(day).contains(&found), "{}", dry_run(day));
    }
}

#[test]
fn the_log_names_the_date_of_its_currencies() {
    assert_eq!(PLACE.get("/v1/log").json()["rules"], json!({"version": 1, "currencies": "2026-01-01"}));
    assert!(PLACE.page("/log").contains("version 1, with the currencies of ISO 4217 as published on 2026-01-01"));
}
