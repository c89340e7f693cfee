//! Everything that is not a success is problem+json with a code that is explained.

use crate::house::{HOUSE, ask, get};

#[test]
fn problems_have_a_code_a_detail_and_a_page() {
    let beyond = format!("/v1/chains?at={}", HOUSE.node.shared().published_size() + 1);
    let cases: &[(&str, &str, u16)] = &[
        ("GET", "/nothing", 404),
        ("GET", "/v1/nothing", 404),
        ("GET", &beyond, 404),
        ("GET", "/v1/chains/nobody", 404),
        ("GET", "/v1/chains/nobody/events", 404),
        ("GET", "/v1/chains/nobody/balances", 404),
        ("GET", "/v1/balances?chain=nobody", 404),
        ("GET", "/v1/funds/well/none", 404),
        ("GET", "/v1/funds?chain=nobody", 404),
        ("GET", "/v1/events/999999", 404),
        ("GET", "/v1/events/well-999", 404),
        ("GET", "/v1/gifts/well-10.99", 404),
        ("GET", "/v1/gifts/well-3.0", 404),
        ("GET", "/v1/receipts/well-999", 404),
        ("GET", "/v1/receipts/well-10.99", 404),
        ("GET", "/problems/no.such", 404),
        ("GET", "/c/nobody", 404),
        ("GET", "/f/well/none", 404),
        ("GET", "/p/well/none", 404),
        ("GET", "/r/well-999", 404),
        ("GET", "/r/well-10.99", 404),
        ("GET", "/log/999999", 404),
        ("GET", "/v1/events/well", 400),
        ("GET", "/v1/events/well-10.0", 400),
        ("GET", "/v1/gifts/well-10", 400),
        ("GET", "/v1/events?limit=0", 400),
        ("GET", "/v1/events?limit=1001", 400),
        ("GET", "/v1/events?after=x", 400),
        ("GET", "/v1/events?type=no.such/1", 400),
        ("GET", "/v1/chains?at=-1", 400),
        ("GET", "/v1/chains?at=01", 400),
        ("GET", "/v1/chains?at=1&at=2", 400),
        ("GET", "/v1/chains?sort=desc", 400),
        ("GET", "/v1/chains?at=%ff", 400),
        ("GET", "/v1/receipts/well-10.0?at=5", 400),
        ("GET", "/v1/refusals?x=1", 400),
        ("GET", "/log?before=x", 400),
        ("GET", "/v1/chains/%ff", 400),
        ("DELETE", "/v1/chains", 405),
        ("PUT", "/v1/events", 405),
    ];
    for (method, path, status) in cases {
        let answer = ask(method, path, &[("accept", "application/json")]);
        assert_eq!(answer.status, *status, "{method} {path}: {}", answer.body);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{method} {path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{method} {path}");
        let body = answer.json();
        assert_eq!(body["status"], *status, "{method} {path}");
        assert!(body["detail"].as_str().unwrap().len() > 5, "{method} {path}: {body}");
        // A client that says it has an answer is told the same: there is none.
        let tag = get("/v1/totals").header("etag").to_owned();
        for sent in ["*", tag.as_str(), "\"x\", *"] {
            let again = ask(method, path, &[("accept", "application/json"), ("if-none-match", sent)]);
            assert_eq!((again.status, again.header("etag")), (*status, ""), "{method} {path} with {sent}");
        }
        let kind =
            body["type"].as_str().and_then(|kind| kind.strip_prefix(&HOUSE.base)).unwrap_or_else(|| panic!("{body}"));
        assert_eq!(body["instance"], format!("{}{path}", HOUSE.base), "{method} {path}");
        let explained = get(kind);
        assert_eq!(explained.status, 200, "{kind} is not explained");
        assert_eq!(explained.json()["code"], body["code"]);
    }
    let unknown = get("/v1/chains?sort=desc").json();
    assert!(unknown["detail"].as_str().unwrap().contains("sort"), "{unknown}");
}

#[test]
fn every_refusal_is_explained() {
    let all = get("/v1/refusals").json();
    let codes = all["refusals"].as_array().unwrap();
    assert_eq!(codes.len(), almoner_ledger::Code::ALL.len());
    for code in codes {
        let code = code["code"].as_str().unwrap();
        assert_eq!(get(&format!("/problems/{code}")).status, 200, "{code}");
    }
    let page = ask("GET", "/problems/chain.fork", &[("accept", "text/html")]);
    assert!(
        page.header("content-type").starts_with("text/html") && page.body.contains("<h1><code>chain.fork</code></h1>")
    );
}
