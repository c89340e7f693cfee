//! One thing in several forms: which is given is negotiated, said in `Vary`, and refused by name where there is none.

use crate::house::{HOUSE, ask, get, packed};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

#[test]
fn lists_come_as_json_csv_and_lines() {
    let json = get("/v1/balances").json();
    let rows = json["balances"].as_array().unwrap();
    for (path, accept) in
        [("/v1/balances.csv", "*/*"), ("/v1/balances", "text/csv"), ("/v1/balances.csv", "application/xml")]
    {
        let answer = ask("GET", path, &[("accept", accept)]);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, "text/csv; charset=utf-8; header=present"),
            "{path}"
        );
        let mut lines = answer.body.split("\r\n");
        assert_eq!(lines.next().unwrap().split(',').count(), rows[0].as_object().unwrap().len(), "{}", answer.body);
        assert_eq!(lines.filter(|line| !line.is_empty()).count(), rows.len());
    }
    for (path, accept) in
        [("/v1/balances.ndjson", "*/*"), ("/v1/balances", "application/x-ndjson, application/json;q=0.5")]
    {
        let answer = ask("GET", path, &[("accept", accept)]);
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/x-ndjson"), "{path}");
        let told: Vec<serde_json::Value> =
            answer.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(&told, rows, "{path}");
    }
    assert_eq!(get("/v1/balances.json").json(), json);
    // Each list has every ending; pages lead on in the same form.
    for list in
        ["events", "chains", "funds", "projects", "milestones", "holds", "chains/well/events", "chains/well/balances"]
    {
        for ending in ["json", "csv", "ndjson"] {
            let answer = get(&format!("/v1/{list}.{ending}?limit=1"));
            assert_eq!(answer.status, 200, "{list}.{ending}: {}", answer.body);
        }
    }
    let page = get("/v1/events.csv?limit=2");
    assert_eq!(page.header("link"), "</v1/events.csv?after=1&limit=2>; rel=\"next\"");
    // What may be kept differs by form.
    let tags: std::collections::BTreeSet<String> = ["json", "csv", "ndjson"]
        .iter()
        .map(|form| get(&format!("/v1/funds.{form}")).header("etag").to_owned())
        .collect();
    assert_eq!(tags.len(), 3, "{tags:?}");
}

#[test]
fn what_there_is_not_is_406_and_nothing_is_done_for_it() {
    for (path, accept) in [
        ("/v1/balances", "application/xml"),
        ("/v1/log", "text/csv"),
        ("/v1/events/well-11", "text/plain"),
        ("/v1/receipts/well-10.1", "application/json"),
        ("/c/well", "application/json"),
        ("/v1/stream", "application/json"),
        ("/v1/totals", "application/json;q=0"),
    ] {
        let answer = ask("GET", path, &[("accept", accept)]);
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (406, "application/problem+json"),
            "{path}: {}",
            answer.body
        );
        assert_eq!(answer.json()["code"], "request.not_acceptable");
        assert_eq!(answer.header("vary"), "accept, accept-encoding", "{path}");
    }
    // What is not there is not there in any form.
    assert_eq!(ask("GET", "/v1/chains/nobody", &[("accept", "application/xml")]).status, 404);
    for accept in ["*/*", "application/*", "application/json;q=0.1", "", "application/json; charset=utf-8"] {
        assert_eq!(ask("GET", "/v1/totals", &[("accept", accept)]).status, 200, "{accept}");
    }
    // Files and signs of life are what they are.
    for path in ["/checkpoint", "/tile/0/000.p/1", "/livez", "/readyz", "/style.css"] {
        let answer = ask("GET", path, &[("accept", "application/xml")]);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        assert!(["", "accept-encoding"].contains(&answer.header("vary")), "{path}: {:?}", answer.headers);
    }
}

#[test]
fn text_is_packed_for_whoever_can_unpack_it() {
    let plain = get("/v1/events");
    let (answer, bytes) = packed("/v1/events", &[]);
    assert_eq!((answer.header("content-encoding"), answer.header("vary")), ("gzip", "accept, accept-encoding"));
    assert!(bytes * 2 < plain.body.len(), "{bytes} of {}", plain.body.len());
    assert_eq!(answer.body, plain.body);
    // The bytes differ, so the tag is a weak one; it is told again as any other.
    let tag = plain.header("etag");
    assert_eq!(answer.header("etag"), format!("W/{tag}"));
    for sent in [tag, answer.header("etag")] {
        let again = ask("GET", "/v1/events", &[("accept-encoding", "gzip"), ("if-none-match", sent)]);
        assert_eq!((again.status, again.body.as_str()), (304, ""), "{sent}");
        assert_eq!(again.header("vary"), "accept, accept-encoding");
    }
    // Once more, as it was kept, and to somebody who cannot unpack it.
    let kept = format!("/v1/events?at={}", HOUSE.node.shared().published_size());
    for _ in 0..2 {
        assert_eq!(packed(&kept, &[]).0.body, get(&kept).body);
        assert_eq!(get(&kept).header("content-encoding"), "");
    }
    for path in ["/c/well", "/style.css", "/v1/events.csv", "/tile/entries/000.p/30"] {
        assert_eq!(packed(path, &[]).0.header("content-encoding"), "gzip", "{path}");
    }
    // Hashes cannot be packed, and what is short is not worth it.
    for path in ["/tile/0/000.p/30", "/livez", "/v1/policy"] {
        assert_eq!(ask("GET", path, &[("accept-encoding", "gzip")]).header("content-encoding"), "", "{path}");
    }
    assert_eq!(ask("GET", "/v1/events", &[("accept-encoding", "gzip;q=0")]).header("content-encoding"), "");
    let none = ask("GET", "/v1/events", &[("accept-encoding", "identity;q=0, *;q=0")]);
    assert_eq!((none.status, none.header("content-type")), (406, "application/problem+json"));
}

#[test]
fn pages_of_other_origins_may_read_and_not_write() {
    let answer = ask("GET", "/v1/events?limit=1", &[("origin", "https://elsewhere.example")]);
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let exposed = answer.header("access-control-expose-headers").to_ascii_lowercase();
    for name in ["link", "etag", "retry-after", "location", "ratelimit", "ratelimit-policy"] {
        assert!(exposed.split(',').any(|one| one.trim() == name), "{name} is not in {exposed}");
    }
    let problem = ask("GET", "/v1/nothing", &[("origin", "https://elsewhere.example")]);
    assert_eq!(problem.header("access-control-allow-origin"), "*");
    let written = ask("POST", "/v1/events", &[("origin", "https://elsewhere.example"), ("content-type", "text/plain")]);
    assert!(written.status >= 400);
    assert_eq!(
        (written.header("access-control-allow-origin"), written.header("access-control-expose-headers")),
        ("", "")
    );
    let preflight = ask(
        "OPTIONS",
        "/v1/events",
        &[("origin", "https://elsewhere.example"), ("access-control-request-method", "POST")],
    );
    assert!(!preflight.header("access-control-allow-methods").contains("POST"), "{:?}", preflight.headers);
}

#[test]
fn a_browser_is_told_in_html_and_led_to_pages() {
    for (path, location) in
        [("/c/well/", "/c/well"), ("/f/well/water/?at=30", "/f/well/water?at=30"), ("/log/", "/log")]
    {
        let answer = ask("GET", path, &[("accept", BROWSER)]);
        assert_eq!((answer.status, answer.header("location")), (308, location), "{path}");
        let program = ask("GET", path, &[("accept", "*/*")]);
        assert_eq!((program.status, program.header("content-type")), (404, "application/problem+json"), "{path}");
        assert!(program.json()["detail"].as_str().unwrap().contains(location.split('?').next().unwrap()));
    }
    for path in [
        "/nothing-here",
        "/C/well",
        "/c/nobody",
        "/v1/nothing",
        "/c/",
        "/log/999999",
        "//elsewhere.example/",
        "/\\elsewhere.example/",
    ] {
        let answer = ask("GET", path, &[("accept", BROWSER)]);
        if path == "/c/" {
            assert_eq!((answer.status, answer.header("location")), (308, "/c"));
            continue;
        }
        assert_eq!(answer.status, 404, "{path}: {}", answer.header("location"));
        assert!(answer.header("content-type").starts_with("text/html"), "{path}");
        assert_eq!((answer.header("vary"), answer.header("cache-control")), ("accept, accept-encoding", "no-store"));
    }
    for (path, status) in [("/v1/events?limit=0", 400), ("/c/well?at=x", 400), ("/v1/stream?from=999999", 404)] {
        let answer = ask("GET", path, &[("accept", BROWSER)]);
        assert_eq!(answer.status, status, "{path}");
        assert!(answer.header("content-type").starts_with("text/html"), "{path}");
    }
    let explained = ask("GET", "/problems/chain.fork", &[("accept", BROWSER)]);
    assert_eq!(explained.header("vary"), "accept, accept-encoding");
    assert_eq!(explained.header("cache-control"), "public, max-age=3600");
}

#[test]
fn no_control_character_comes_back() {
    for path in
        ["/search?q=%01a%1b%5B31m%C2%9B", "/v1/chains?at=%01", "/v1/balances?chain=%1b%0d%0aX", "/v1/x%1b?y=%00"]
    {
        for accept in [BROWSER, "*/*"] {
            let answer = ask("GET", path, &[("accept", accept)]);
            let control = |c: char| c.is_control() && c != '\n';
            assert!(!answer.body.contains(control), "{path}: {:?}", answer.body);
            assert!(answer.headers.values().all(|value| !value.contains(char::is_control)), "{path}");
        }
    }
}
