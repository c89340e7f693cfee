//! Files that are refused, one row per refusal, and that nothing of them is handed over.

use almoner_interchange::iati::{MAX_DEPTH, Observed, Refused, read};

use super::digits;

fn refusal(bytes: &[u8]) -> Refused {
    let mut sink = |_: Observed| -> Result<(), Refused> { panic!("the sink was called for a file that is refused") };
    read(bytes, &digits, &mut sink).unwrap_err()
}

fn around(content: &str) -> Vec<u8> {
    format!(
        "<iati-activities>\n<iati-activity>\n<transaction><value>1</value></transaction>\n{content}</iati-activity></iati-activities>"
    )
    .into_bytes()
}

#[test]
fn each_refusal_by_name() {
    let laughs = "<?xml version='1.0'?>\n<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]>\n<iati-activities>&b;</iati-activities>";
    let many = (0..300).map(|n| format!(" a{n}=''")).collect::<String>();
    let malformed = |bytes: &[u8], line: u64| {
        let refused = refusal(bytes);
        assert!(matches!(refused, Refused::Malformed { line: at, .. } if at == line), "{refused:?}");
    };
    assert_eq!(refusal(b""), Refused::Empty);
    assert_eq!(refusal(b" \n\t"), Refused::Empty);
    assert_eq!(refusal(laughs.as_bytes()), Refused::Doctype { line: 2 });
    assert_eq!(
        refusal(b"<!DOCTYPE iati-activities SYSTEM 'http://example.org/x'><iati-activities/>"),
        Refused::Doctype { line: 1 }
    );
    assert_eq!(refusal(b"\n<!DOCTYPE x [ <!ENTITY"), Refused::Doctype { line: 2 });
    assert_eq!(refusal(&around("&b;")), Refused::Entity { line: 4, name: "b".into() });
    assert_eq!(refusal(&around("<t a='&nbsp;'/>")), Refused::Entity { line: 4, name: "nbsp".into() });
    assert_eq!(refusal(&around("\u{1b}[2J")), Refused::Character { line: 4, code: 0x1B });
    assert_eq!(refusal(&around("\n\nx\u{0}")), Refused::Character { line: 6, code: 0 });
    assert_eq!(refusal(&around("<t a='&#7;'/>")), Refused::Character { line: 4, code: 7 });
    assert_eq!(refusal(&around("&#xFFFF;")), Refused::Character { line: 4, code: 0xFFFF });
    assert_eq!(refusal(&around(&"<d>".repeat(MAX_DEPTH))), Refused::TooDeep { line: 4, limit: MAX_DEPTH });
    assert!(matches!(refusal(&around(&format!("<t{many}/>"))), Refused::TooManyAttributes { line: 4, limit: 256 }));
    let huge = "x".repeat(70_000);
    assert!(matches!(
        refusal(&around(&format!("<t a='{huge}'/>"))),
        Refused::TagTooLong { line: 4, bytes: 70_009, .. }
    ));
    assert_eq!(refusal(b"\n<iati-organisations version='2.03'/>"), Refused::Organisations { line: 2 });
    assert_eq!(refusal(b"<html/>"), Refused::NotIati { line: 1, root: "html".into() });
    assert!(matches!(refusal(b"<iati-activities xmlns='urn:x'/>"), Refused::NotIati { .. }));
    assert!(matches!(refusal(b"<x:iati-activities xmlns:x='urn:x'/>"), Refused::NotIati { .. }));
    assert!(
        matches!(refusal(b"<?xml version='1.0' encoding='klingon'?><iati-activities/>"), Refused::Encoding { label } if label == "klingon")
    );
    assert!(matches!(refusal(b"\xFF\xFE\0\0<\0\0\0"), Refused::Encoding { .. }));
    assert_eq!(refusal(b"<a>\n\n\xFF</a>"), Refused::NotText { line: 3, encoding: "UTF-8" });
    assert!(matches!(
        refusal(b"PK\x03\x04\x14\0\0\0\x08\0\x9c\xff"),
        Refused::NotText { .. } | Refused::Character { .. }
    ));
    malformed(b"{\"a\": 1}", 1);
    malformed(b"<iati-activities>\n<iati-activity>\n", 3);
    malformed(b"<iati-activities>\n<iati-activity>\n</iati-activities>", 3);
    malformed(b"<iati-activities>\n<iati-activity", 2);
    malformed(b"<iati-activities/>\n<iati-activities/>", 2);
    malformed(b"<iati-activities/>\ntail", 2);
    malformed(b"</iati-activities>", 1);
    malformed(&around("<t a='1' a='2'/>"), 4);
    malformed(&around("<t a=1/>"), 4);
    malformed(&around("<t a='<'/>"), 4);
    malformed(&around("<1t/>"), 4);
    malformed(&around("< t/>"), 4);
    malformed(&around("a & b"), 4);
    malformed(&around("<!-- never closed"), 4);
    malformed(&around("<?xml version='1.0'?>"), 4);
}

#[test]
fn refusals_say_the_line_and_what_to_do_without_control_characters() {
    let texts = [
        refusal(&around("&b;")),
        refusal(b"<html\n/>"),
        refusal(format!("<{}/>", "é".repeat(5_000)).as_bytes()),
        refusal(b"<iati-organisations/>"),
    ];
    for refused in texts {
        let text = refused.to_string();
        assert!(text.starts_with("line ") && text.contains(':') && text.len() < 400, "{text}");
        assert!(!text.contains(char::is_control), "{text}");
    }
}

#[test]
fn a_sink_may_stop_the_reading() {
    #[derive(Debug, PartialEq)]
    enum Stop {
        Refused(Refused),
        Enough,
    }
    impl From<Refused> for Stop {
        fn from(refused: Refused) -> Self {
            Self::Refused(refused)
        }
    }
    let mut calls = 0;
    let result = read(&around("<transaction/><transaction/>"), &digits, &mut |_| {
        calls += 1;
        if calls == 2 { Err(Stop::Enough) } else { Ok(()) }
    });
    assert_eq!((result.unwrap_err(), calls), (Stop::Enough, 2));
    assert!(matches!(read(b"", &digits, &mut |_| Ok(())), Err(Stop::Refused(Refused::Empty))));
}

#[test]
fn one_line_of_megabytes_is_read_in_one_go() {
    // Quadratic counting of lines or copying of text would take minutes here.
    let count = 50_000;
    let file = around(&"<transaction><value currency='EUR'>0.01</value></transaction>".repeat(count));
    let report = read(&file, &digits, &mut |_| Ok::<(), Refused>(())).unwrap();
    assert_eq!(report.by_type_currency["None|EUR"].sum.to_string(), "500.00");
}
