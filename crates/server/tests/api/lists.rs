//! Which rows of a list are asked for, in which order, and how its pages lead to each other.

use crate::house::{get, read};
use serde_json::Value;

fn names(page: &Value) -> Vec<String> {
    page["events"].as_array().unwrap().iter().map(|row| row["event"].as_str().unwrap().to_owned()).collect()
}

/// All rows, page by page.
fn all(path: &str) -> Vec<String> {
    let (mut path, mut seen) = (path.to_owned(), Vec::new());
    for _ in 0..100 {
        let page = read(&path);
        seen.extend(names(&page));
        match page["next"].as_str() {
            Some(next) => path = next.to_owned(),
            None => return seen,
        }
    }
    panic!("{path} has no end");
}

fn link(path: &str, rel: &str) -> Option<String> {
    let answer = get(path);
    assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    let all = answer.header("link").split(", ").map(str::to_owned).collect::<Vec<_>>();
    let found = all.iter().find_map(|one| one.strip_suffix(&format!(">; rel=\"{rel}\""))?.strip_prefix('<'));
    found.map(str::to_owned)
}

#[test]
fn events_are_found_by_what_they_touch_and_tell() {
    for (query, expected) in [
        ("chain=well&type=donation.received/1", &["well#10", "well#11"][..]),
        ("fund=well/fund/water&type=donation.received/1", &["well#10", "well#11"]),
        ("fund=well/fund/water&project=well/project/wells&type=donation.received/1", &["well#10"]),
        ("project=project/wells&chain=well&type=expenditure.recorded/1", &["well#14"]),
        ("fund=village/fund/spring&order=desc", &["village#4", "village#3", "village#2"]),
        ("payee=CN-USCI-91330100MA0000000X", &["well#14"]),
        ("payee=pump%20works", &["well#14"]),
        ("payee=village&type=disbursement.requested/1", &["well#15"]),
        ("payee=village&type=disbursement.paid/1", &["well#16"]),
        ("payee=nobody", &[]),
        ("effective_from=2026-11-18&effective_to=2026-11-18", &["well#10", "well#11"]),
        ("effective_from=2026-11-21", &["village#3", "village#4"]),
        ("effective_from=2026-11-21&effective_to=2026-11-20", &[]),
        ("amount_min=5.00&amount_max=4.00", &[]),
        ("amount_min=100000.00&currency=CNY&type=donation.received/1", &["well#10"]),
        ("amount_min=20.00&amount_max=20.00&currency=CNY", &["well#11"]),
        ("amount_min=60.00&amount_max=60.00&currency=CNY&order=desc", &["well#14"]),
        ("amount_min=100.00&currency=EUR", &[]),
        ("amount_min=100000&type=donation.received/1", &["well#10"]),
    ] {
        assert_eq!(all(&format!("/v1/events?{query}")), expected, "{query}");
        let limit = all(&format!("/v1/events?{query}&limit=1"));
        assert_eq!(limit, expected, "{query}, one by one");
    }
}

#[test]
fn the_newest_come_first_where_that_is_asked() {
    let rising = all("/v1/events?limit=1000");
    let mut falling = all("/v1/events?order=desc&limit=7");
    falling.reverse();
    assert_eq!(falling, rising);
    let mut own = all("/v1/chains/well/events?order=desc&limit=5");
    own.reverse();
    assert_eq!(own, all("/v1/chains/well/events"));
    let funds = |path: &str| -> Vec<Value> {
        let (mut path, mut seen) = (path.to_owned(), Vec::new());
        loop {
            let page = read(&path);
            seen.extend(page["funds"].as_array().unwrap().iter().map(|fund| fund["ref"].clone()));
            match page["next"].as_str() {
                Some(next) => path = next.to_owned(),
                None => return seen,
            }
        }
    };
    let mut newest = funds("/v1/funds?order=desc&limit=1");
    newest.reverse();
    assert_eq!(newest, funds("/v1/funds"));
    assert!(newest.len() >= 3);
    // The head's page changes with the next event; those behind it never do.
    let head = get("/v1/events?order=desc&limit=2");
    assert_eq!(head.header("cache-control"), "no-cache");
    let behind = get(head.json()["next"].as_str().unwrap());
    assert_eq!(behind.header("cache-control"), "public, max-age=604800, immutable");
}

#[test]
fn pages_lead_on_back_and_to_the_first() {
    for path in [
        "/v1/events?limit=3",
        "/v1/events?limit=3&order=desc",
        "/v1/events?chain=well&limit=4",
        "/v1/events.csv?limit=5",
    ] {
        assert_eq!((link(path, "prev"), link(path, "first")), (None, None), "{path}");
        let second = link(path, "next").unwrap();
        assert_eq!(get(&link(&second, "prev").unwrap()).body, get(path).body, "{path}");
        assert_eq!(get(&link(&second, "first").unwrap()).body, get(path).body, "{path}");
        let third = link(&second, "next").unwrap();
        assert_eq!(get(&link(&third, "prev").unwrap()).body, get(&second).body, "{path}");
    }
    assert_eq!(link("/v1/funds?limit=1&after=0", "first").as_deref(), Some("/v1/funds?limit=1"));
}

#[test]
fn what_cannot_be_meant_is_refused_by_name() {
    for (query, status, words) in [
        ("order=newest", 400, "desc"),
        ("type=donation.recieved/1", 400, "did you mean donation.received/1?"),
        ("fund=well/fund/watre", 404, "did you mean water?"),
        ("fund=nobody/fund/water", 404, "nobody"),
        ("fund=water", 404, "chain"),
        ("fund=well/project/wells", 400, "fund"),
        ("project=a/b/c/d", 400, "project"),
        ("effective_from=2026-02-30", 400, "effective_from"),
        ("amount_min=five", 400, "amount_min"),
        ("currency=EURO", 400, "did you mean EUR?"),
        ("payee=", 400, "payee"),
        ("currency=CNY&amount_max=-", 400, "amount_max"),
        ("before=x", 400, "before"),
        ("fields=index", 400, "fields"),
    ] {
        let answer = get(&format!("/v1/events?{query}"));
        assert_eq!(answer.status, status, "{query}: {}", answer.body);
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(words), "{query}: {detail}");
    }
}
