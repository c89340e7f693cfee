//! What a file may say, and what becomes of it: one row per oddity.

use almoner_interchange::iati::{FINDINGS, MAX_DETAILS, MAX_TEXT_BYTES, Org, type_number};

use super::{activity, all, reasons, valued};

#[test]
fn values() {
    // value element, raw text, value, rounding, findings
    type Row<'a> = (&'a str, Option<&'a str>, Option<&'a str>, Option<&'a str>, &'a [&'a str]);
    let rows: &[Row<'_>] = &[
        ("<value>100</value>", Some("100"), Some("100.00"), None, &[]),
        ("<value>\n 1,234.5 \n</value>", Some("1,234.5"), Some("1234.50"), None, &["grouped"]),
        ("<value>1 234 567</value>", Some("1 234 567"), Some("1234567.00"), None, &["grouped"]),
        ("<value>1.5E3</value>", Some("1.5E3"), Some("1500.00"), None, &["exponent"]),
        ("<value>-0.125</value>", Some("-0.125"), Some("-0.12"), Some("-0.005"), &["negative", "rounded"]),
        ("<value>0.135</value>", Some("0.135"), Some("0.14"), Some("-0.005"), &["rounded"]),
        ("<value>1.10000</value>", Some("1.10000"), Some("1.10"), None, &[]),
        ("<value currency='JPY'>2.5</value>", Some("2.5"), Some("2"), Some("0.5"), &["rounded"]),
        ("<value currency='KWD'>2.5</value>", Some("2.5"), Some("2.500"), None, &[]),
        ("<value currency=' USD '>1</value>", Some("1"), Some("1.00"), None, &[]),
        ("<value currency='usd'>1</value>", Some("1"), None, None, &["unknown-currency"]),
        ("<value><![CDATA[42]]></value>", Some("42"), Some("42.00"), None, &[]),
        ("<value>&#52;<!-- c -->2<?pi?></value>", Some("42"), Some("42.00"), None, &[]),
        ("<value>4<b/>2</value>", Some("4"), None, None, &["left-out", "broken-value"]),
        ("<value>4</value><value>5</value>", Some("4"), Some("4.00"), None, &["second-value"]),
        ("<value> </value>", None, None, None, &["no-value"]),
        ("<value/>", None, None, None, &["no-value"]),
        ("", None, None, None, &["no-value"]),
        ("<value>n/a</value>", Some("n/a"), None, None, &["not-a-number"]),
        ("<value>1.234,56</value>", Some("1.234,56"), None, None, &["not-a-number"]),
        ("<value>NaN</value>", Some("NaN"), None, None, &["not-a-number"]),
        (
            "<value>123456789012345678901234567890.12</value>",
            Some("123456789012345678901234567890.12"),
            None,
            None,
            &["too-many-digits"],
        ),
        ("<value value-date='2020-02-01'>1</value>", Some("1"), Some("1.00"), None, &["value-date-differs"]),
        ("<value value-date='2020-01-31Z'>1</value>", Some("1"), Some("1.00"), None, &[]),
        (
            "<value value-date='soon'>1</value>",
            Some("1"),
            Some("1.00"),
            None,
            &["bad-value-date", "value-date-differs"],
        ),
    ];
    for (element, raw, value, rounding, findings) in rows {
        let (report, seen) = valued(element);
        assert_eq!(seen.raw_value.as_deref(), *raw, "{element}");
        assert_eq!(seen.value.map(|v| v.to_string()).as_deref(), *value, "{element}");
        assert_eq!(seen.rounding.map(|v| v.to_string()).as_deref(), *rounding, "{element}");
        assert_eq!(seen.findings, *findings, "{element}");
        assert_eq!(report.by_type_currency.values().map(|t| t.count).sum::<u64>(), 1, "{element}");
        for finding in &seen.findings {
            assert!(FINDINGS.iter().any(|(code, _)| code == finding), "{finding}");
        }
    }
}

#[test]
fn what_is_no_number_is_listed_counted_and_adds_nothing() {
    let (report, _) = activity(
        "<transaction><transaction-type code='3'/><value>ten</value></transaction>\n\
         <transaction><transaction-type code='3'/><value>10.50</value></transaction>",
    );
    let total = &report.by_type_currency["3|EUR"];
    assert_eq!((total.count, total.sum.to_string().as_str()), (2, "10.50"));
    let listed = reasons(&report);
    let ten = "iati-activity/transaction: value \"ten\": not a number, kept as text and left out of the sums";
    assert!(listed.contains(&(3, ten.to_owned())), "{listed:?}");
}

#[test]
fn keys_of_the_sums_say_what_is_missing() {
    let (report, seen) =
        all(b"<iati-activities><iati-activity><transaction><transaction-type code='1'/><value>1</value></transaction>\
          <transaction/></iati-activity><transaction><value currency='EUR'>2</value></transaction></iati-activities>")
        .unwrap();
    let keys: Vec<_> = report.by_type_currency.keys().map(String::as_str).collect();
    assert_eq!(keys, ["1|(none)", "None|(no value)", "None|EUR"]);
    assert_eq!((report.version, report.activities, report.without_ref), (None, 1, 3));
    assert!(seen[2].findings.contains(&"outside-activity"));
    assert_eq!(seen[1].findings, ["no-activity-id", "no-ref", "no-type", "no-date", "no-currency", "no-value"]);
}

#[test]
fn every_part_of_a_transaction_is_carried() {
    let bytes =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/iati/version-2.03.xml")).unwrap();
    let (report, seen) = all(&bytes).unwrap();
    let first = &seen[0];
    assert_eq!((first.line, first.activity.as_str(), first.reference.as_deref()), (11, "XX-2-PROJECT", Some("T1")));
    let org = |reference: &str, name: &str, activity: &str| {
        Some(Org { reference: Some(reference.into()), name: Some(name.into()), activity: Some(activity.into()) })
    };
    assert_eq!(first.provider, org("XX-2", "Example Ministry", "XX-2-PROJECT"));
    assert_eq!(first.receiver, org("XX-3", "Well Builders", "XX-3-WELLS"));
    assert_eq!(first.description.as_deref(), Some("First well"));
    assert_eq!(first.findings, ["left-out", "value-date-differs", "rounded"]);
    let details: Vec<_> = first.details.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(
        details,
        [
            ("transaction/@humanitarian", "1"),
            ("description/narrative/@xml:lang", "en"),
            ("description/narrative", "Premier puits"),
            ("description/narrative/@xml:lang", "fr"),
            ("provider-org/@type", "10"),
            ("disbursement-channel", "2"),
            ("sector", "14030"),
            ("sector/@vocabulary", "1"),
            ("sector", "7"),
            ("sector/@vocabulary", "99"),
            ("sector/@vocabulary-uri", "https://example.org/v"),
            ("sector/narrative", "Wells"),
            ("recipient-country", "KE"),
            ("flow-type", "10"),
            ("finance-type", "110"),
            ("aid-type", "C01"),
            ("aid-type", "1"),
            ("aid-type/@vocabulary", "2"),
            ("tied-status", "5"),
        ]
    );
    let listed = reasons(&report);
    for (line, expected) in [
        (2, "iati-activities/@generated-datetime: not part of an import"),
        (4, "iati-activities/ex:transaction: foreign element ex:transaction in iati-activities: not IATI's"),
        (5, "iati-activity/@ns0:index: foreign: not IATI's"),
        (5, "iati-activity/@ns0:default-currency: foreign: not IATI's"),
        (7, "iati-activity/reporting-org/narrative: a further narrative: the first is kept"),
        (11, "iati-activity/transaction/@ex:ref: foreign: not IATI's"),
        (27, "iati-activity/transaction/ex:value: foreign element ex:value in transaction: not IATI's"),
        (28, "iati-activity/transaction/value: foreign element value in transaction: not IATI's"),
        (35, "iati-activity/result/indicator/transaction: named transaction, but not where transactions stand"),
    ] {
        assert!(listed.contains(&(line, expected.to_owned())), "{expected:?} not in {listed:#?}");
    }
    let left_out: Vec<_> = first.left_out.iter().map(|one| (one.path.as_str(), one.count)).collect();
    assert_eq!(left_out, [("@ex:ref", 1), ("ex:value", 1), ("value", 1)]);
    assert_eq!((report.publisher(), report.publishers[0].activities), (Some("XX-2"), 2));
}

#[test]
fn version_1_says_the_same_in_other_places() {
    let bytes =
        std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/iati/version-1.02.xml")).unwrap();
    let (_, seen) = all(&bytes).unwrap();
    let first = &seen[0];
    assert_eq!((first.activity.as_str(), first.kind, first.currency.as_deref()), ("XX-1-AAA", Some(3), Some("GBP")));
    assert_eq!(first.description.as_deref(), Some("Books & <desks>"));
    assert_eq!(first.receiver.as_ref().unwrap().name.as_deref(), Some("A school in the hills"));
    assert!(first.details.contains(&("description/text".into(), "Livres".into())), "{:?}", first.details);
    assert!(first.details.contains(&("transaction-date/text".into(), "31 March 2012".into())));
    assert_eq!((seen[1].type_text.as_deref(), seen[1].kind), (Some("commitment"), Some(2)));
    assert_eq!(seen[2].kind, Some(4));
    assert_eq!(seen[2].findings, ["no-type", "type-in-text", "bad-date", "negative", "rounded"]);
    assert_eq!(("C D E IF IR LR R QP QS CG".split(' ').filter_map(type_number)).sum::<u8>(), 55);
}

#[test]
fn what_is_met_twice_or_out_of_place_is_listed() {
    let (report, seen) = activity(
        "\nstray<transaction>\nloose<transaction-type code='3'><x/></transaction-type>\
         <value>1<b/>2</value>\n<value>3</value><unknown a='1'><y/></unknown>\
         </transaction>\n<iati-identifier>B</iati-identifier><transaction><transaction><value>5</value></transaction></transaction>",
    );
    assert_eq!((seen.len(), seen[0].raw_value.as_deref(), seen[0].activity.as_str()), (2, Some("1"), "A"));
    let listed = reasons(&report);
    for (line, expected) in [
        (4, "iati-activity/text: text where none belongs"),
        (5, "iati-activity/transaction/text: text where none belongs"),
        (5, "iati-activity/transaction/transaction-type/x: not expected in transaction-type"),
        (5, "iati-activity/transaction/value/b: not expected in value"),
        (5, "iati-activity/transaction/value/text: text where none belongs"),
        (6, "iati-activity/transaction: a second value in one transaction: the first counts"),
        (6, "iati-activity/transaction/unknown: not known in a transaction"),
        (7, "iati-activity/iati-identifier: a second one in one activity: the first is kept"),
        (7, "iati-activity/transaction/transaction: not known in a transaction"),
    ] {
        let found = listed.iter().any(|(at, text)| *at == line && text.starts_with(expected));
        assert!(found, "{expected:?} not in {listed:#?}");
    }
    assert!(seen[0].details.contains(&("value#2".into(), "3".into())), "{:?}", seen[0].details);
    assert!(seen[0].findings.contains(&"second-value") && seen[0].findings.contains(&"left-out"));
    let left_out: Vec<_> = seen[0].left_out.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(left_out, ["transaction-type/x", "value/b", "value/text", "unknown", "text"]);
}

#[test]
fn long_texts_and_many_details_are_cut_and_listed() {
    let long = "é".repeat(MAX_TEXT_BYTES);
    let many = "<sector code='1'/>".repeat(MAX_DETAILS + 3);
    let (report, seen) =
        activity(&format!("<transaction><description><narrative>{long}</narrative></description>{many}</transaction>"));
    assert_eq!(seen[0].description.as_ref().map(String::len), Some(MAX_TEXT_BYTES));
    assert_eq!(seen[0].details.len(), MAX_DETAILS);
    assert!(seen[0].findings.contains(&"text-cut") && seen[0].findings.contains(&"too-many-details"));
    assert_eq!(
        reasons(&report)
            .iter()
            .filter(|(_, r)| r == "iati-activity/transaction: sector: not carried, over 256 details")
            .count(),
        3
    );
    let (_, other) = activity(&format!("<transaction><description>{long}!</description>{many}</transaction>"));
    assert_ne!(other[0].key, seen[0].key, "the key covers what is cut");
}

#[test]
fn encodings() {
    let file = |declared: &str| {
        format!(
            "<?xml version='1.0'{declared}?><iati-activities><iati-activity><transaction>\
             <description>café</description></transaction></iati-activity></iati-activities>"
        )
    };
    let utf16 = |text: &str, swap: bool| -> Vec<u8> {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units.flat_map(|u| if swap { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
    };
    let latin = |text: &str| -> Vec<u8> { text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect() };
    for bytes in [
        file("").into_bytes(),
        format!("\u{FEFF}{}", file("")).into_bytes(),
        format!("\n{}", file(" encoding='utf-8'")).into_bytes(),
        file(" encoding='UTF-16'").into_bytes(),
        utf16(&file(" encoding='UTF-16'"), false),
        utf16(&file(""), true),
        utf16(&file(""), true)[2..].to_vec(),
        latin(&file(" encoding=\"ISO-8859-1\"")),
        latin(&file(" encoding = 'windows-1252' standalone='yes'")),
    ] {
        let (_, seen) = all(&bytes).unwrap();
        assert_eq!(seen[0].description.as_deref(), Some("café"));
    }
}
