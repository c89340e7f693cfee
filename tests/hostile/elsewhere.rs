//! Servers that send the client to others, or in a circle, or tell what nobody should sign.

use crate::{HOUSE, almoner, commands, is_plain, told};
use acceptance::hostile::{Hostile, reply};
use serde_json::json;

#[test]
fn nobody_is_asked_but_who_was_named() {
    let other = Hostile::new(|_, stream| reply(stream, "200 OK", b"{}"));
    for status in ["301 Moved", "302 Found", "303 See", "307 There", "308 There", "300 Many"] {
        let target = format!("{}/evil", other.url());
        let server = Hostile::new({
            let target = target.clone();
            move |_, stream| reply(stream, &format!("{status}\r\nLocation: {target}"), b"")
        });
        for command in commands(&server.url()) {
            let (ran, _) = almoner(&command);
            assert!(matches!(ran.code, Some(1 | 2 | 5)), "{status}: {ran:?}");
            assert!(ran.code == Some(2) || format!("{}{}", ran.out, ran.err).contains(&target), "{status}: {ran:?}");
            is_plain(&ran);
        }
    }
    assert_eq!(other.asked(), [""; 0]);
}

#[test]
fn the_next_page_is_not_where_a_server_says() {
    let other = Hostile::new(|_, stream| reply(stream, "200 OK", b"{}"));
    let importer = HOUSE.text("ledger/keys/importer");
    let report = acceptance::vectors("vectors/iati/version-1.02.xml").to_str().unwrap().to_owned();
    let import = |url: &str| {
        let line = ["import", "iati", &report, "--to", url, "--key", &importer, "--no-passphrase"];
        almoner(&line.map(str::to_owned)).0
    };
    // Whether all is published is asked before.
    let page_or_log = |request: &str, page: &str| -> String {
        if request.ends_with("/v1/log") { told::log(crate::ORIGIN) } else { page.to_owned() }
    };
    let pages = |server: &Hostile| server.asked().iter().filter(|asked| asked.contains("/events")).count();
    // In a circle: always the same page.
    let row = told::event(0, "import.declared/1", json!({"import": "import/a"}));
    let page = told::events(vec![row], Some("/v1/chains/importer/events?after=0"));
    let server = Hostile::new(move |request, stream| reply(stream, "200 OK", page_or_log(request, &page).as_bytes()));
    let ran = import(&server.url()).ended(1);
    assert!(ran.err.contains("out of order") && pages(&server) == 2, "{ran:?} {:?}", server.asked());
    // Empty pages, one after the other.
    let page = told::events(Vec::new(), Some("/x"));
    let server = Hostile::new(move |request, stream| reply(stream, "200 OK", page_or_log(request, &page).as_bytes()));
    let ran = import(&server.url()).ended(1);
    assert!(ran.err.contains("without an end") && pages(&server) == 1, "{ran:?}");
    // What stands behind an address may make another one of it.
    let target = other.url().replace("http://", "@");
    let server = Hostile::new(move |request, stream| {
        let seq = request.rsplit_once("after=").map_or(0, |(_, after)| after.parse::<u64>().unwrap() + 1);
        let body = told::events(vec![told::event(seq, "x", json!({}))], (seq < 3).then_some(target.as_str()));
        let is_known = request.contains("/events") || request.ends_with("/v1/log");
        reply(stream, if is_known { "200 OK" } else { "403 No" }, page_or_log(request, &body).as_bytes())
    });
    import(&server.url()).ended(1);
    // What the chain has is read twice, for what is known and for what is newer: four pages each time.
    assert_eq!((pages(&server), other.asked().len()), (8, 0), "{:?}", server.asked());
}

#[test]
fn what_is_signed_names_a_log_on_one_line() {
    for origin in ["", "a b", "a\nchain well", "a\u{7f}", "a\u{9b}31m"] {
        let log = told::log(origin);
        let server = Hostile::new(move |_, stream| reply(stream, "200 OK", log.as_bytes()));
        for command in commands(&server.url()).iter().filter(|line| line[1] == "new" || line[0] == "key") {
            let (ran, _) = almoner(command);
            assert_ne!(ran.code, Some(0), "{origin:?}: {ran:?}");
            is_plain(&ran);
        }
    }
}

#[test]
fn as_many_answers_as_events_or_none_counts() {
    let request = HOUSE.text("request");
    for count in [0, 1, 3] {
        let body = told::taken(count);
        let server = Hostile::new(move |_, stream| reply(stream, "200 OK", body.as_bytes()));
        let line = ["event", "submit", &request, &request, "--to", &server.url()].map(str::to_owned);
        let ran = almoner(&line).0.ended(1);
        assert!(ran.err.contains("answers to 2 events") && ran.out.is_empty(), "{ran:?}");
    }
}

#[test]
fn a_receipt_is_of_what_was_asked_for() {
    let house = &*HOUSE;
    let file = crate::fresh("operator-0.tlog-proof");
    house.almoner(["receipt", "operator-0", "--from", &house.ledger(), "--out", &file]).ok();
    let good = std::fs::read(&file).unwrap();
    let escapes = [b"\x1b[31mc2sp.org/tlog-proof@v1\n".as_slice(), &good].concat();
    for (body, event, code) in [
        (good.clone(), "operator-0", 0),
        (good.clone(), "operator-1", 1),
        (good, "operator-0.0", 1),
        (escapes, "operator-0", 1),
    ] {
        let answer = body.clone();
        let server = Hostile::new(move |_, stream| reply(stream, "200 OK", &answer));
        let ran = almoner(&["receipt", event, "--from", &server.url()].map(str::to_owned)).0.ended(code);
        is_plain(&ran);
        assert_eq!(ran.out.as_bytes(), if code == 0 { body.as_slice() } else { b"" }, "{event}");
        assert!(code != 0 || ran.err.starts_with("unchecked: "), "{ran:?}");
    }
}
