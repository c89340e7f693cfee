//! Every route answers in the shape that is documented, and the figures add up.

use crate::house::{HOUSE, ORIGIN, ask, get, read};
use serde_json::{Value, json};

fn has(value: &Value, members: &[&str]) {
    for member in members {
        assert!(value.get(member).is_some(), "{member} is missing in {value}");
    }
}

fn size() -> u64 {
    HOUSE.node.shared().published_size()
}

#[test]
fn the_log_and_its_chains() {
    let log = read("/v1/log");
    has(&log, &["origin", "size", "root", "vkey", "committed", "chains", "gifts"]);
    assert_eq!(
        (log["origin"].as_str(), log["size"].as_u64(), log["gifts"].as_u64()),
        (Some(ORIGIN), Some(size()), Some(4))
    );
    let chains = read("/v1/chains");
    let ids: Vec<&str> = chains["chains"].as_array().unwrap().iter().map(|c| c["chain"].as_str().unwrap()).collect();
    assert_eq!(ids, ["operator", "importer", "commission", "well", "geo", "village"]);
    let well = read("/v1/chains/well");
    has(&well, &["chain", "name", "identifiers", "role", "supervisor", "next_seq", "head", "keys", "seen"]);
    assert_eq!(well["name"]["zh-Hans"], "水井基金会");
    assert_eq!(
        (&well["role"], &well["supervisor"], &well["next_seq"]),
        (&json!("charity"), &json!("commission"), &json!(18))
    );
    assert_eq!(well["seen"]["size"], log["size"]);
    let last = read("/v1/events/well-17");
    assert_eq!(well["head"], json!({"seq": 17, "hash": last["hash"]}), "a client drafts on the head");
    // As it was before it described itself: the opening's names, and no number.
    let opened = read("/v1/events/well%230")["index"].as_u64().unwrap();
    let early = read(&format!("/v1/chains/well?at={}", opened + 1));
    assert_eq!((&early["identifiers"], &early["role"], &early["name"]["fr"]), (&json!([]), &json!(null), &json!(null)));
    assert_eq!(early["next_seq"], 18, "but its head is of now");
}

#[test]
fn lists_follow_their_next_page() {
    let mut path = "/v1/events?chain=well&limit=4".to_owned();
    let mut seen = Vec::new();
    loop {
        let answer = get(&path);
        let page = answer.json();
        seen.extend(page["events"].as_array().unwrap().iter().map(|e| e["seq"].as_u64().unwrap()));
        match page["next"].as_str() {
            Some(next) => {
                assert!(answer.header("link").starts_with(&format!("<{next}>; rel=\"next\"")));
                path = next.to_owned();
            }
            None => break,
        }
    }
    assert_eq!(seen, (0..18).collect::<Vec<u64>>());
    let by_seq = read("/v1/chains/well/events?after=15&limit=1");
    assert_eq!(by_seq["events"][0]["seq"], 16);
    assert_eq!(by_seq["next"], "/v1/chains/well/events?after=16&limit=1");
    assert_eq!(read("/v1/chains/well/events?after=16")["next"], json!(null));
    let chains = read("/v1/chains?limit=2");
    assert_eq!(read(chains["next"].as_str().unwrap())["chains"][0]["chain"], "commission");
    let gifts = read("/v1/events?type=donation.received/1");
    assert_eq!(gifts["events"].as_array().unwrap().len(), 2);
    let funds = read("/v1/funds?limit=1");
    assert_eq!(funds["funds"][0]["ref"], "well/fund/free");
    assert_eq!(read(funds["next"].as_str().unwrap())["funds"][0]["ref"], "well/fund/water");
    assert_eq!(read("/v1/funds?chain=village")["funds"].as_array().unwrap().len(), 1);
}

#[test]
fn events_are_shown_as_the_command_line_shows_them() {
    let event = read("/v1/events/well-11");
    has(&event, &["index", "event", "hash", "type", "data", "note", "reversed_by", "reverses", "time", "chain", "seq"]);
    assert_eq!(event["event"], "well#11");
    assert_eq!(event["reversed_by"][0]["event"], "well#12");
    let index = event["index"].as_u64().unwrap();
    assert_eq!(read(&format!("/v1/events/{index}")), event);
    assert_eq!(read("/v1/events/well-12")["reverses"], json!({"index": index, "event": "well#11"}));
    let before = read(&format!("/v1/events/{index}?at={}", index + 1));
    assert_eq!(before["reversed_by"], json!([]), "the reversal came later");
    assert!(
        event["note"]
            .as_str()
            .unwrap()
            .starts_with("almoner/event@v1\nlog giving.example/ledger\nchain well\nseq 11\n")
    );
}

#[test]
fn balances_sum_to_zero_and_strips_add_up() {
    let all = read("/v1/balances");
    has(&all, &["origin", "size", "root", "balances"]);
    let cents = |text: &Value| text.as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
    let rows = all["balances"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| cents(&row["amount"])).sum::<i64>(), 0);
    for row in rows {
        has(row, &["chain", "fund", "project", "account", "currency", "amount"]);
    }
    assert_eq!(read("/v1/chains/well/balances"), read("/v1/balances?chain=well"));
    assert!(
        read("/v1/balances?fund=spring")["balances"].as_array().unwrap().iter().all(|row| row["chain"] == "village")
    );
    let water = read("/v1/funds/well/water");
    let mut checked = vec![water["totals"][0].clone(), read("/v1/totals")["totals"][0].clone()];
    checked
        .extend(water["pools"].as_array().unwrap().iter().flat_map(|pool| pool["totals"].as_array().unwrap().clone()));
    for strip in &checked {
        let figure = |name: &str| cents(&strip[name]);
        let plus = figure("opening") + figure("received") + figure("moved_in");
        let less = figure("fees")
            + figure("spent")
            + figure("passed_on")
            + figure("refunded")
            + figure("reversed")
            + figure("moved_out");
        assert_eq!(plus - less, figure("unspent"), "{strip}");
    }
    assert_eq!((&water["totals"][0]["received"], &water["totals"][0]["fees"]), (&json!("123626.78"), &json!("741.34")));
    let totals = &read("/v1/totals")["totals"][0];
    assert_eq!(totals["received"], "123626.78", "what the village confirmed is not received twice");
    assert_eq!(totals["spent"], "20060.00");
}

#[test]
fn a_gift_is_followed_to_the_village() {
    let trail = read("/v1/gifts/well-10.1");
    has(
        &trail,
        &[
            "gift",
            "currency",
            "gross",
            "fee",
            "free",
            "spent",
            "lent",
            "in_transit",
            "passed_on",
            "refunded",
            "taken_over",
            "totals",
            "segments",
            "event",
            "index",
        ],
    );
    // The gift before it had 39.40 left, which the rule takes first.
    assert_eq!(
        (&trail["gift"], &trail["gross"], &trail["passed_on"]),
        (&json!("well#10.1"), &json!("123456.78"), &json!("49960.60"))
    );
    let hops: Vec<Vec<&str>> = trail["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["hops"].as_array().unwrap().iter().map(|h| h["event"].as_str().unwrap()).collect())
        .collect();
    assert!(hops.contains(&vec!["well#16", "village#4"]), "{hops:?}");
    assert_eq!(trail["event"], "well#10");
    let early = read(&format!("/v1/gifts/well-10.1?at={}", trail["index"].as_u64().unwrap() + 1));
    assert_eq!((&early["free"], &early["fee"]), (&json!("122716.04"), &json!("740.74")));
}

#[test]
fn receipts_are_genuine_files() {
    let policy = get("/v1/policy");
    assert!(policy.header("content-type").starts_with("text/plain"));
    let policy = almoner_proof::Policy::parse(&policy.body).unwrap();
    for (path, name) in [
        ("/v1/receipts/well-10.1", "well-10.1"),
        ("/v1/receipts/well%2310.1", "well-10.1"),
        ("/v1/receipts/well-3", "well-3"),
        ("/v1/receipts/0", "operator-0"),
    ] {
        let receipt = get(path);
        assert_eq!((receipt.status, receipt.header("content-type")), (200, "text/plain; charset=utf-8"), "{path}");
        assert_eq!(receipt.header("content-disposition"), format!("attachment; filename=\"{name}.tlog-proof\""));
        let judged = almoner_proof::receipt::judge(receipt.body.as_bytes(), Some(&policy));
        assert_eq!(judged.verdict.word(), "genuine", "{path}: {}", judged.why);
    }
}

#[test]
fn what_is_cut_into_pages_fits_together() {
    for (path, rows) in [
        ("/v1/balances", "balances"),
        ("/v1/balances?chain=well", "balances"),
        ("/v1/balances?at=30", "balances"),
        ("/v1/chains/well/balances?fund=water", "balances"),
        ("/v1/gifts/well-10.1", "segments"),
    ] {
        let whole = read(path);
        assert!(whole.get("next").is_none_or(Value::is_null), "{path}");
        let mut seen = Vec::new();
        let mut page = format!("{path}{}limit=1", if path.contains('?') { '&' } else { '?' });
        loop {
            let told = read(&page);
            assert_eq!((told[rows].as_array().unwrap().len(), &told["root"]), (1, &whole["root"]), "{page}");
            seen.push(told[rows][0].clone());
            match told["next"].as_str() {
                Some(next) => page = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(whole[rows], Value::from(seen), "{path}");
    }
    assert_eq!(read("/v1/balances?after=9999")["balances"], json!([]));
}

#[test]
fn entities_tell_their_members() {
    for (path, members) in [
        ("/v1/funds/well/water", &["class", "purpose", "name", "until", "totals", "pools", "latest_events"][..]),
        ("/v1/projects/well/wells", &["name", "summary", "state", "target", "budget", "totals"]),
        ("/v1/disbursements/well/d1", &["amount", "currency", "payee", "purpose", "state", "paid_at"]),
        ("/v1/milestones/well/m1", &["name", "quorum", "reviewers", "attested_by", "state", "due"]),
        ("/v1/accounts/well/bank", &["type", "name", "currency"]),
        ("/v1/holds/commission/h1", &["on", "basis", "state"]),
    ] {
        let entity = read(path);
        has(&entity, &["ref", "chain", "kind", "id", "opened", "latest_events"]);
        has(&entity, members);
    }
    assert_eq!(read("/v1/milestones/well/m1")["attested_by"], json!(["geo"]));
    let payment = read("/v1/disbursements/well/d1");
    assert_eq!((&payment["state"], &payment["fund"]), (&json!("confirmed"), &json!("well/fund/water")));
    for pointer in [&payment["opened"], &payment["paid_at"], &payment["latest_events"][0]] {
        let event = read(&format!("/v1/events/{}", pointer["index"]));
        assert_eq!(*pointer, json!({"event": event["event"], "index": event["index"]}));
    }
    for list in ["pledges", "grants", "campaigns", "projects", "programmes", "commitments", "imports", "envelopes"] {
        assert!(read(&format!("/v1/{list}"))[list].is_array(), "{list}");
    }
}

#[test]
fn full_pages_below_the_head_never_change() {
    for list in ["/v1/events", "/v1/events?type=donation.received/1", "/v1/chains/well/events", "/v1/events.csv"] {
        let join = if list.contains('?') { '&' } else { '?' };
        let full = get(&format!("{list}{join}limit=1"));
        assert_eq!(
            (full.header("cache-control"), full.header("etag")),
            ("public, max-age=604800, immutable", ""),
            "{list}"
        );
        let head = get(&format!("{list}{join}limit=1000"));
        assert_eq!(head.header("cache-control"), "no-cache", "{list}");
        assert!(!head.header("etag").is_empty());
    }
    // What a later event says of an earlier one is told where it may change.
    let corrected = read("/v1/events/well-11");
    assert_eq!(corrected["reversed_by"][0]["event"], "well#12");
    let listed = read("/v1/chains/well/events?after=10&limit=1");
    assert_eq!((&listed["events"][0]["seq"], listed["events"][0].get("reversed_by")), (&json!(11), None));
    assert_eq!(get("/v1/funds?limit=1").header("cache-control"), "no-cache", "how an entity stands may change");
}

#[test]
fn old_sizes_are_kept_and_new_ones_asked_again() {
    for path in ["/v1/balances", "/", "/c/well", "/log"] {
        let named = get(&format!("{path}?at={}", size() - 1));
        assert_eq!((named.status, named.header("cache-control")), (200, "public, max-age=604800, immutable"), "{path}");
        let head = get(path);
        assert_eq!(head.header("cache-control"), "no-cache", "{path}");
        let again = ask("GET", path, &[("if-none-match", head.header("etag"))]);
        assert_eq!((again.status, again.body.as_str(), again.header("etag")), (304, "", head.header("etag")), "{path}");
        assert_eq!(ask("GET", path, &[("if-none-match", "\"0-0\"")]).status, 200, "{path}");
        let weak = format!("\"0-0\", W/{}", head.header("etag"));
        assert_eq!(ask("GET", path, &[("if-none-match", &weak)]).status, 304, "{path}");
        assert_eq!(ask("GET", path, &[("if-none-match", "*")]).status, 304, "{path}");
    }
    assert_eq!(get("/v1/chains/well").header("cache-control"), "no-store", "a head to draft on is never kept");
}
