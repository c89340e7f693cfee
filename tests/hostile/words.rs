//! What a terminal would obey, in every text that a server, a file or an argument can bring.

use crate::{HOUSE, almoner, commands, fresh, is_plain, told};
use acceptance::hostile::{Hostile, reply};
use acceptance::{DAY, TIME, run};
use almoner_proof::commitment::commit;
use almoner_proof::event::Draft;
use almoner_proof::merkle::{empty_root, leaf_hash, node_hash};
use almoner_proof::receipt::{Extra, KeyIntroduction, Opening, Receipt};
use almoner_proof::{Checkpoint, Envelope, Hash, SecretKey, b64, note};
use serde_json::json;

/// ESC, BEL, CR, backspace, tab, DEL, the C1 that begins a control sequence, a name from right to left, directions, what
/// nobody sees, and a line that looks like one of ours.
const WORD: &str = "a\u{1b}]0;b\u{7}\r\u{8}\t\u{7f}\u{9b}31m\u{85}\u{634}\u{631} 5\u{202e}\u{2067}\u{2068}\u{200b}\u{200d}\u{2028}\u{e0041}\u{feff}\nverified: everything";

#[test]
fn no_word_of_a_server_reaches_a_terminal() {
    // What HTTP itself does not allow in a head is a failure; the bytes from 0x80 on it allows.
    for (status, headers) in [
        ("200 OK", "Content-Type: application/json"),
        ("200 \u{9b}31mOK", "Content-Type: text/plain\u{9b}31m"),
        ("302 \u{9b}31m", "Location: http://\u{9b}31m/"),
        ("200 OK", "X-Word: \u{1b}c\u{9b}\u{7}"),
        ("200 \u{1b}[31mOK\u{7}", "Content-Type: text/plain\u{1b}[31m"),
        ("422 No", "Content-Type: application/problem+json"),
        ("404 No\u{9b}31m", "\u{1b}[31m: \u{1b}[31m"),
        ("401 \u{7f}", "WWW-Authenticate: \u{1b}]0;x\u{7}"),
        ("307 \u{1b}[31m", "Location: http://\u{1b}[31m\u{9b}/"),
    ] {
        let head = format!("{status}\r\n{headers}");
        let server = Hostile::new(move |request, stream| {
            // Without a log that can be drafted on nothing else would be asked.
            if request.ends_with("/v1/log") {
                return reply(stream, "200 OK", told::log(crate::ORIGIN).as_bytes());
            }
            reply(stream, &head, told::said(request, WORD).to_string().as_bytes())
        });
        for command in commands(&server.url()) {
            let (ran, _) = almoner(&command);
            is_plain(&ran);
            // A note has lines of its own.
            assert!(!ran.out.lines().any(|line| line.starts_with("verified")) || command[0] == "show", "{ran:?}");
            assert!(!ran.err.lines().any(|line| line.starts_with("verified")), "{ran:?}");
            assert!(matches!(ran.code, Some(0 | 1 | 2 | 3 | 5)), "{ran:?}");
        }
    }
}

#[test]
fn a_payee_holds_one_line_and_turns_nothing() {
    const NAMES: [(&str, &str); 4] = [
        ("Oil mill\u{202e}00.007 RUE (YY-1)", "Oil mill\\u{202e}00.007 RUE (YY-1)"),
        ("Oil\n  7.00 EUR: spent\n (YY-2)", "Oil\\u{a}  7.00 EUR: spent\\u{a} (YY-2)"),
        (
            "\u{645}\u{637}\u{62d}\u{646}\u{629} 45 (YY-3)",
            "\u{2068}\u{645}\u{637}\u{62d}\u{646}\u{629} 45\u{2069} (YY-3)",
        ),
        ("\u{2068}x\u{2069}\u{200b} (YY-4)", "\\u{2068}x\\u{2069}\\u{200b} (YY-4)"),
    ];
    let mut body = told::said("GET /v1/gifts/well-1.0", "x");
    let hops = NAMES.iter().map(|(payee, _)| {
        let mut hop = body["segments"][0]["hops"][0].clone();
        let said = [("date", DAY), ("chain", "well"), ("type", "expenditure.recorded/1"), ("event", "well#6")];
        said.into_iter().chain([("payee", *payee)]).for_each(|(name, text)| hop[name] = json!(text));
        hop
    });
    body["segments"][0]["hops"] = hops.collect();
    body["given_back"] = json!([{"event": "well#9", "index": 9, "how": "refunded", "gift": 0, "amount": "2.00", "currency": "EUR",
        "date": DAY, "reason": "wish\u{202e}\nlater: nothing"}]);
    let server = Hostile::new(move |_, stream| reply(stream, "200 OK", body.to_string().as_bytes()));
    let line = ["trail", "WELL-1.0", "--from", &server.url()].map(str::to_owned);
    let ran = almoner(&line).0.ok();
    is_plain(&ran);
    let told: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("    ") && line.contains(" to ")).collect();
    let wanted: Vec<String> =
        NAMES.iter().map(|(_, shown)| format!("    {DAY} well expenditure.recorded/1 to {shown} (well#6)")).collect();
    assert_eq!(told, wanted);
    let later = format!(
        "  later: gift 0 EUR 2.00 given back to the donor on {DAY}, by well#9: wish\\u{{202e}}\\u{{a}}later: nothing"
    );
    assert!(ran.out.lines().any(|line| line == later), "{}", ran.out);
}

#[test]
fn a_body_that_is_no_json_is_quoted_plainly_and_briefly() {
    for status in ["200 OK", "422 No"] {
        let server = Hostile::new(move |_, stream| reply(stream, status, WORD.repeat(1000).as_bytes()));
        for command in commands(&server.url()) {
            let (ran, _) = almoner(&command);
            is_plain(&ran);
            assert!(ran.err.len() < 4000, "{} bytes: {}", ran.err.len(), ran.line);
        }
    }
}

#[test]
fn answers_are_marked_unchecked_and_json_keeps_its_values() {
    let answer = |request: &str| told::said(request, WORD);
    let server = Hostile::new(move |request, stream| reply(stream, "200 OK", answer(request).to_string().as_bytes()));
    for (line, path) in [
        (vec!["balances"], "/v1/balances"),
        (vec!["show", "1"], "/v1/events/1"),
        (vec!["trail", "well-1.0"], "/v1/gifts/well-1.0"),
    ] {
        let url = server.url();
        let line: Vec<String> = line.into_iter().chain(["--from", &url]).map(str::to_owned).collect();
        let ran = almoner(&line).0.ok();
        assert!(ran.err.starts_with("unchecked: ") && ran.out.contains(r"a\u{1b}]0;b\u{7}"), "{ran:?}");
        let ran = almoner(&[line, vec!["--json".to_owned()]].concat()).0.ok();
        is_plain(&ran);
        let (said, told) = (answer(path), ran.json());
        assert_eq!((&told["checked"], ran.out.lines().count(), ran.err.as_str()), (&json!(false), 1, ""));
        // What the command knows is what the server said; what it does not know is left out.
        for (member, value) in told.as_object().unwrap().iter().filter(|(member, _)| *member != "checked") {
            assert_eq!(&said[member], value, "{path}: {member}");
        }
        assert!(told.get(WORD).is_none(), "{told}");
    }
}

#[test]
fn nor_does_a_word_of_a_file_or_an_argument() {
    let house = &*HOUSE;
    let name = format!("{}\u{1b}[31m\u{9b}", fresh("name"));
    let witness = "w.example+00000000+BA==";
    let policy = format!("{name}.policy");
    std::fs::write(&policy, format!("witness {WORD} {witness}\nquorum \u{1b}[31m\n")).unwrap();
    std::fs::write(&name, WORD).unwrap();
    let good = fresh("operator-0.tlog-proof");
    house.almoner(["receipt", "operator-0", "--from", &house.ledger(), "--out", &good]).ok();
    for line in [
        vec!["verify", &name, "--policy", &policy],
        vec!["verify", &good, "--policy", &policy],
        vec!["verify", &good, "--policy", &policy, "--json"],
        vec!["audit", &house.ledger(), "--policy", &policy],
        vec!["audit", &name],
        vec!["audit", &name, "--json"],
        vec!["tail", &name],
        vec!["event", "submit", &name, "--to", &house.ledger()],
        vec!["event", "submit", &name, "--to", &house.ledger(), "--dry-run"],
        vec!["event", "submit", &name, "--to", &house.ledger(), "--json"],
        vec!["event", "sign", &name, "--key", &name, "--no-passphrase"],
        vec!["key", "show", &name],
        vec!["key", "new", &name, "--no-passphrase"],
        vec!["show", &name, "--from", &house.ledger()],
        vec!["import", "iati", &name, "--to", &house.ledger()],
        vec![&name],
        vec!["tail", "--nothing", &name],
        vec!["tail", &name, "-n", WORD],
        vec!["balances", "--from", WORD],
    ] {
        let ran = run(house.command().args(&line));
        assert!(matches!(ran.code, Some(1 | 2 | 3 | 5)), "{ran:?}");
        is_plain(&ran);
    }
}

/// A genuine receipt whose donor is called what is given: the operator's first event, a charity's, and its donation.
fn receipt(donor: &str) -> Receipt {
    let house = &*HOUSE;
    let request = fresh("request");
    std::fs::copy(house.path("request"), &request).unwrap();
    let registrar = house.text("ledger/keys/registrar");
    house.almoner(["chain", "countersign", &request, "--key", &registrar, "--no-passphrase"]).ok();
    let opened = std::fs::read(&request).unwrap();
    let operator = house.almoner(["show", "0", "--from", &house.ledger(), "--json"]).ok().json();
    let operator = operator["note"].as_str().unwrap().as_bytes().to_vec();
    let alice = SecretKey::parse(&std::fs::read_to_string(house.path("alice")).unwrap()).unwrap();
    let field = "gifts/0/donor";
    let donated = json!({"account": "account/bank", "currency": "CNY", "fund": "fund/water", "effective_date": DAY,
        "gifts": [{"gross": "1.00", "fee": "0.00", "donor": commit(&[7; 32], field, donor).to_base64()}]});
    let (data, prev) = (donated.to_string(), Envelope::parse(&opened).unwrap().hash());
    let kind = "donation.received/1";
    let draft = Draft {
        log: crate::ORIGIN,
        chain: "well",
        seq: 1,
        prev,
        seen: (0, empty_root()),
        time: TIME,
        kind,
        data: &data,
    };
    let event = note::sign(&draft.text(), &[&alice]).into_bytes();
    let [first, second, third] = [&operator, &opened, &event].map(|entry| leaf_hash(entry));
    let checkpoint =
        Checkpoint { origin: crate::ORIGIN.to_owned(), size: 3, root: node_hash(&node_hash(&first, &second), &third) };
    let introduced = |key: &SecretKey, note: &[u8], index: u64, proof: [Hash; 2]| KeyIntroduction {
        vkey: key.verifier().to_string(),
        event: b64::encode(note),
        index,
        proof: proof.map(Hash::to_base64).to_vec(),
    };
    let opening = Opening { field: field.to_owned(), salt: b64::encode([7; 32]), value: donor.to_owned() };
    let keys = vec![
        introduced(&house.key("registrar"), &operator, 0, [second, third]),
        introduced(&alice, &opened, 1, [first, third]),
    ];
    let extra = Extra { v: 1, event: b64::encode(&event), gift: Some(0), keys, openings: vec![opening] };
    Receipt {
        extra: Some(extra.to_json().into_bytes()),
        index: 2,
        path: vec![node_hash(&first, &second)],
        checkpoint: checkpoint.sign(&house.key("log")),
    }
}

#[test]
fn no_donor_writes_a_line_of_a_verdict() {
    let (file, policy) = (fresh("donor.tlog-proof"), HOUSE.text("ledger/policy"));
    std::fs::write(&file, receipt(WORD).to_text()).unwrap();
    let ran = HOUSE.almoner(["verify", &file, "--policy", &policy]).ok();
    is_plain(&ran);
    assert!(ran.out.starts_with("genuine: ") && ran.out.contains(r"a\u{1b}]0;b\u{7}"), "{ran:?}");
    assert!(!ran.out.lines().any(|line| line.starts_with("verified")), "{ran:?}");
    let ran = HOUSE.almoner(["verify", &file, "--policy", &policy, "--json"]).ok();
    is_plain(&ran);
    assert_eq!(ran.json()["openings"][0]["value"], WORD);
}
