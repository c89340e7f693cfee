//! Receipts and policies that mail or an editor has touched, and `extra` in other spellings.

use crate::tree::{Tree, policy, policy_text};
use almoner_proof::Policy;
use almoner_proof::receipt::{Verdict, judge, origin};

const BASE: &str = "well/alice@2 operator/registrar@0";
const MARK: &str = "\u{feff}";

fn receipt() -> String {
    let mut tree = Tree::new();
    let event = tree.says("well", "donation.received/1", "well/alice");
    tree.receipt(event, BASE)
}

fn crlf(text: &str) -> String {
    text.replace('\n', "\r\n")
}

/// The verdict's word and what was mended, as `file:what`.
fn judged(receipt: &str, policy: &str) -> (Verdict, Vec<String>) {
    let judged = judge(receipt.as_bytes(), Policy::parse(policy).ok().as_ref());
    let mended = judged.mended.iter().map(|m| format!("{}:{}", m.file.word(), m.what.word())).collect();
    (judged.verdict, mended)
}

#[test]
fn four_changes_are_mended_and_named() {
    let (whole, policy) = (receipt(), policy_text());
    let cut = whole.trim_end_matches('\n').to_owned();
    let rows: [(String, &[&str]); 12] = [
        (whole.clone(), &[]),
        (format!("{MARK}{whole}"), &["receipt:byte-order-mark"]),
        (crlf(&whole), &["receipt:line-endings"]),
        (cut.clone(), &["receipt:last-newline"]),
        (format!("{whole}\n\n"), &["receipt:last-newline"]),
        (format!("{MARK}{}", crlf(&whole)), &["receipt:byte-order-mark", "receipt:line-endings"]),
        (crlf(&cut), &["receipt:line-endings", "receipt:last-newline"]),
        (crlf(&format!("{whole}\n")), &["receipt:line-endings", "receipt:last-newline"]),
        (format!("{MARK}{}", crlf(&cut)), &["receipt:byte-order-mark", "receipt:line-endings", "receipt:last-newline"]),
        (format!("{cut} \n"), &["receipt:trailing-blanks"]),
        (whole.replace('\n', " \t\n"), &["receipt:trailing-blanks"]),
        (crlf(&whole.replace('\n', " \n")), &["receipt:line-endings", "receipt:trailing-blanks"]),
    ];
    for (touched, mended) in rows {
        assert_eq!(judged(&touched, &policy), (Verdict::Genuine, mended.iter().map(|m| (*m).to_owned()).collect()));
        // What a policy is looked for by is read as the judgement reads it.
        assert_eq!(origin(touched.as_bytes()).as_deref(), Some("operator.example/own"));
    }
}

#[test]
fn any_other_change_is_judged_as_it_stands() {
    let (whole, policy) = (receipt(), policy_text());
    let first = whole.replacen('\n', "\r\n", 1);
    let last = format!("{}\r\n", whole.trim_end_matches('\n'));
    let inside = whole.replacen("extra ", "extra \r", 1);
    let rows = [
        ("two marks", format!("{MARK}{MARK}{whole}")),
        ("a mark in the middle", whole.replacen('\n', &format!("\n{MARK}"), 1)),
        ("a mark at the end", format!("{whole}{MARK}")),
        ("a newline before it", format!("\n{whole}")),
        ("a space before each line", whole.replace('\n', "\n ")),
        ("a no-break space behind each line", whole.replace('\n', "\u{a0}\n")),
        ("one carriage return", first),
        ("one carriage return at the end", last),
        ("a carriage return within a line", inside.clone()),
        ("carriage returns throughout and one within a line", crlf(&inside)),
        ("two carriage returns behind each line", whole.replace('\n', "\r\r\n")),
        ("carriage returns instead of newlines", whole.replace('\n', "\r")),
        ("carriage returns, the last one without its newline", crlf(&whole).trim_end_matches('\n').to_owned()),
        ("newlines doubled", whole.replace('\n', "\n\n")),
        ("a tab for a space", whole.replacen("index ", "index\t", 1)),
        ("nothing", String::new()),
        ("a mark and nothing", MARK.to_owned()),
        ("newlines and nothing", "\n\n\n".to_owned()),
    ];
    for (why, touched) in rows {
        let judged = judge(touched.as_bytes(), Some(&Policy::parse(&policy).unwrap()));
        assert_eq!(judged.verdict, Verdict::Different, "{why}: {}", judged.why);
    }
}

#[test]
fn policies_are_mended_and_named_likewise() {
    let (whole, policy) = (receipt(), policy_text());
    let rows: [(String, &[&str]); 6] = [
        (format!("{MARK}{policy}"), &["policy:byte-order-mark"]),
        (crlf(&policy), &["policy:line-endings"]),
        (policy.trim_end_matches('\n').to_owned(), &["policy:last-newline"]),
        (format!("{policy}\n\n"), &["policy:last-newline"]),
        (format!("{MARK}{}", crlf(&policy)), &["policy:byte-order-mark", "policy:line-endings"]),
        (format!("{MARK}{}", crlf(&policy)), &["policy:byte-order-mark", "policy:line-endings"]),
    ];
    for (touched, mended) in rows {
        assert_eq!(judged(&whole, &touched), (Verdict::Genuine, mended.iter().map(|m| (*m).to_owned()).collect()));
    }
    let both = judged(&crlf(&whole), &format!("{MARK}{policy}"));
    assert_eq!(both.1, ["receipt:line-endings", "policy:byte-order-mark"]);
    for unusable in [
        format!("{MARK}{MARK}{policy}"),
        policy.replacen('\n', "\r\n", 1),
        policy.replace('\n', "\r"),
        policy.replacen(' ', " \r", 1),
        policy.replacen(' ', "\u{c}", 1),
        policy.replacen(' ', "\u{a0}", 1),
        String::new(),
        MARK.to_owned(),
    ] {
        assert_eq!(judged(&whole, &unusable), (Verdict::CannotCheck, Vec::new()), "{unusable:?}");
    }
    assert_eq!(judged(&whole, &policy.replace(' ', "\t \t")).0, Verdict::Genuine, "tabs and spaces part words");
}

#[test]
fn extra_has_one_spelling_and_is_never_mended() {
    let mut tree = Tree::new();
    let event = tree.says("well", "donation.received/1", "well/alice");
    let extra = tree.extra(event, BASE).to_json();
    let verdict = |extra: &str| judge(tree.receipt_with(event, extra).as_bytes(), Some(&policy())).verdict;
    assert_eq!(verdict(&extra), Verdict::Genuine);
    let swap = |from: &str, to: &str| {
        let changed = extra.replacen(from, to, 1);
        assert_ne!(changed, extra, "{from}");
        changed
    };
    let rows = [
        ("a space before it", format!(" {extra}")),
        ("a newline at the end", format!("{extra}\n")),
        ("a byte order mark before it", format!("{MARK}{extra}")),
        ("a space behind a colon", swap("\"v\":1", "\"v\": 1")),
        ("a space behind a comma", swap(",\"event\"", ", \"event\"")),
        ("an escape in a name", swap("\"event\"", "\"\\u0065vent\"")),
        ("an escape in a value", swap("well/alice+", "well\\u002falice+")),
        ("an escaped slash", swap("well/alice+", "well\\/alice+")),
        ("members in another order", swap("{\"v\":1,", "{").replacen(",\"keys\":", ",\"v\":1,\"keys\":", 1)),
        ("members of an entry in another order", swap("\"index\":2,", "").replacen("}", ",\"index\":2}", 1)),
        ("a member twice", swap("{\"v\":1", "{\"v\":1,\"v\":1")),
        ("a member more", swap("{\"v\":1", "{\"v\":1,\"w\":1")),
        ("a member of an entry more", swap("\"index\":2", "\"index\":2,\"note\":\"\"")),
        ("another version", swap("\"v\":1", "\"v\":2")),
        ("a version with a fraction", swap("\"v\":1", "\"v\":1.0")),
        ("a version as text", swap("\"v\":1", "\"v\":\"1\"")),
        ("an index with an exponent", swap("\"index\":2", "\"index\":2e0")),
        ("an index with a sign", swap("\"index\":2", "\"index\":+2")),
        ("an index of minus zero", swap("\"index\":0", "\"index\":-0")),
        ("an index with a leading zero", swap("\"index\":2", "\"index\":02")),
        ("an index as text", swap("\"index\":2", "\"index\":\"2\"")),
        ("gift is null", swap(",\"keys\":", ",\"gift\":null,\"keys\":")),
        ("openings is null", swap("]}]}", "]}],\"openings\":null}")),
        ("openings is empty", swap("]}]}", "]}],\"openings\":[]}")),
        ("no keys", swap("\"keys\":[", "\"keyz\":[")),
        ("a comma at the end", swap("]}]}", "]}],}")),
        ("nothing", String::new()),
        ("a list", format!("[{extra}]")),
    ];
    for (why, changed) in rows {
        assert_eq!(verdict(&changed), Verdict::Different, "{why}");
    }
    // What stands inside is judged by its bytes, mended nowhere.
    let note = tree.note(event).to_owned();
    for (why, touched) in [
        ("carriage returns in the event", crlf(&note)),
        ("no last newline on the event", note.trim_end().to_owned()),
        ("a newline more on the event", format!("{note}\n")),
        ("a byte order mark before the event", format!("{MARK}{note}")),
    ] {
        let changed = extra.replacen(&almoner_proof::b64::encode(&note), &almoner_proof::b64::encode(touched), 1);
        assert_ne!(changed, extra);
        assert_eq!(verdict(&changed), Verdict::Different, "{why}");
    }
}

#[test]
fn extra_is_spelled_as_javascript_spells_it() {
    use almoner_proof::receipt::{Extra, Opening};
    let field = "\u{7f}\u{2028}\u{1f}\u{8}\u{c}\n\r\t\"\\/<é>".to_owned();
    let opening = Opening { field, salt: String::new(), value: "李雷 😀".to_owned() };
    let extra = Extra { v: 1, event: String::new(), gift: Some(0), keys: Vec::new(), openings: vec![opening] };
    // As node prints it.
    let spelled = "{\"v\":1,\"event\":\"\",\"gift\":0,\"keys\":[],\"openings\":[{\"field\":\"\u{7f}\u{2028}\\u001f\\b\\f\\n\\r\\t\\\"\\\\/<é>\",\"salt\":\"\",\"value\":\"李雷 😀\"}]}";
    assert_eq!(extra.to_json(), spelled);
    assert_eq!(Extra::parse(spelled.as_bytes()), Some(extra));
    for other in [
        spelled.replace("\\u001f", "\\u001F"),
        spelled.replace("\\b", "\\u0008"),
        spelled.replace('😀', "\\ud83d\\ude00"),
        spelled.replace('😀', "\\ud83d"),
        spelled.replace('\u{2028}', "\\u2028"),
        spelled.replace("\"gift\":0", "\"gift\":9007199254740994"),
    ] {
        assert_eq!(Extra::parse(other.as_bytes()), None, "{other}");
    }
}
