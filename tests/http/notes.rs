//! The note itself: its size, its lines, its signature lines, and the JSON grammar of its data.

use crate::stage::{Stage, gift, well};
use crate::{Row, row};
use acceptance::Pen;
use almoner_proof::note;

pub(crate) fn rows(stage: &Stage) -> Vec<Row> {
    let fund =
        |id: &str| stage.well("fund.opened/1", format!(r#"{{"fund":"fund/{id}","class":"restricted","purpose":"p"}}"#));
    let good = || fund("new");
    let note = good().note();
    let gift = || stage.well("donation.received/1", gift());
    let (text, signature_line) =
        note.split_once("\n\n").map(|(text, lines)| (format!("{text}\n"), lines.to_owned())).unwrap();
    let seventeen: Vec<_> = (10..27).map(|n| Pen::key(&format!("well/k{n}"))).collect();
    let long = fund("long").but(r#""purpose":"p""#, &format!(r#""purpose":"{}""#, "p".repeat(61 * 1024)));
    let (alice, dave) = (well("alice"), well("dave"));
    let two = good().by(&[&alice, &dave]).note();
    let (head, lines) = two.split_once("\n\n").unwrap();
    let (first, second) = lines.split_once('\n').unwrap();

    vec![
        row("a note of 61 KiB", long, 413, "size.too_large"),
        row("nothing at all", "", 422, "grammar.note"),
        row("a text without signatures", text.clone(), 422, "grammar.note"),
        row("a text with an empty line and no signatures", format!("{text}\n"), 422, "grammar.note"),
        row("a tab", note.replacen("fund/new", "fund/\t", 1), 422, "grammar.note"),
        row("lines that end as on Windows", note.replace('\n', "\r\n"), 422, "grammar.note"),
        row("another first line", note.replacen("event@v1", "event@v2", 1), 422, "grammar.line"),
        row("chain before log", good().swapped("log", "chain"), 422, "grammar.line"),
        row("prev before seq", good().swapped("seq", "prev"), 422, "grammar.line"),
        row("data before type", good().swapped("type", "data"), 422, "grammar.line"),
        row("no chain", good().without("chain"), 422, "grammar.line"),
        row("no prev", good().without("prev"), 422, "grammar.line"),
        row("no seen", good().without("seen"), 422, "grammar.line"),
        row("no time", good().without("time"), 422, "grammar.line"),
        row("no data", good().without("data"), 422, "grammar.line"),
        row("a line too many", good().but("{", "{}\nmore {"), 422, "grammar.line"),
        row("a seq with a leading zero", good().with("seq", "07"), 422, "grammar.line"),
        row("a seq below zero", good().with("seq", "-1"), 422, "grammar.line"),
        row("a seq beyond 2^63", good().with("seq", "9223372036854775808"), 422, "grammar.line"),
        row("a chain in capitals", good().with("chain", "WELL"), 422, "grammar.line"),
        row(
            "prev in another spelling of base64",
            good().with("prev", respelled(&line(&note, "prev"))),
            422,
            "grammar.line",
        ),
        row("prev in hex", good().with("prev", "00".repeat(32)), 422, "grammar.line"),
        row(
            "seen 0 with another root than that of the empty tree",
            good().with("seen", format!("0 {}", line(&note, "prev"))),
            422,
            "grammar.line",
        ),
        row("a time without Z", good().with("time", "2026-11-21T10:00:00"), 422, "grammar.line"),
        row("a time with an offset", good().with("time", "2026-11-21T10:00:00+08:00"), 422, "grammar.line"),
        row("a 30th of February", good().with("time", "2026-02-30T10:00:00Z"), 422, "grammar.line"),
        row("a leap second", good().with("time", "2026-11-21T10:00:60Z"), 422, "grammar.line"),
        row("a type without a version", good().with("type", "fund.opened"), 422, "grammar.line"),
        row(
            "a signature in another spelling of base64",
            format!("{text}\n{}", respelled_line(&signature_line)),
            422,
            "grammar.signature_line",
        ),
        row(
            "a signature that is cut",
            format!("{text}\n\u{2014} well/alice AAAAAAA=\n"),
            422,
            "grammar.signature_line",
        ),
        row("a hyphen for the dash", note.replacen('\u{2014}', "-", 1), 422, "grammar.signature_line"),
        row("signatures not sorted by name", format!("{head}\n\n{second}{first}\n"), 422, "grammar.signature_line"),
        row("one signature twice", format!("{text}\n{signature_line}{signature_line}"), 422, "grammar.signature_line"),
        row("17 signatures", note::sign(&text, &seventeen.iter().collect::<Vec<_>>()), 422, "grammar.signature_line"),
        row("an event for another log", good().with("log", "other.example/ledger"), 422, "log.other"),
        row("a member twice", good().but(r#""class""#, r#""fund":"fund/b","class""#), 422, "data.json"),
        row(
            "a member twice, once with an escape",
            good().but(r#""class""#, r#""\u0066und":"fund/b","class""#),
            422,
            "data.json",
        ),
        row("a floating-point number", good().but(r#""purpose""#, r#""sensitive":1.5,"purpose""#), 422, "data.json"),
        row(
            "a number with a fraction of zero",
            stage.pen.draft("operator", "log.rules_set/1", r#"{"rules":1.0}"#),
            422,
            "data.json",
        ),
        row(
            "a number with an exponent",
            stage.pen.draft("operator", "log.rules_set/1", r#"{"rules":1e0}"#),
            422,
            "data.json",
        ),
        row("minus zero", stage.pen.draft("operator", "log.rules_set/1", r#"{"rules":-0}"#), 422, "data.json"),
        row(
            "a number beyond 2^53",
            stage.pen.draft("operator", "log.rules_set/1", r#"{"rules":9007199254740993}"#),
            422,
            "data.json",
        ),
        row("half of a surrogate pair", good().but(r#""p""#, r#""\ud800""#), 422, "data.json"),
        row("a list for data", good().with("data", "[]"), 422, "data.json"),
        row("something after the object", good().but("}", "} {}"), 422, "data.json"),
        row(
            "nine levels of nesting",
            good().with("data", format!("{}{}", r#"{"a":"#.repeat(8) + "{", "}".repeat(9))),
            422,
            "data.json",
        ),
        row("an amount that is a number", gift().but(r#""gross":"10.00""#, r#""gross":10.00"#), 422, "data.json"),
    ]
}

/// The value of a line.
fn line(note: &str, word: &str) -> String {
    note.lines().find_map(|line| line.strip_prefix(word)).unwrap().trim().to_owned()
}

/// The same bytes, spelled so that a lax decoder takes them: a bit is set that is not used.
fn respelled(base64: &str) -> String {
    let mut text = base64.to_owned();
    let body = text.trim_end_matches('=').len();
    assert!(body < text.len(), "{base64} is padded");
    let last = text.remove(body - 1);
    text.insert(body - 1, char::from(last as u8 + 1));
    text
}

fn respelled_line(line: &str) -> String {
    let (name, base64) = line.trim_end().rsplit_once(' ').unwrap();
    format!("{name} {}\n", respelled(base64))
}
