//! Files that are refused, one row per refusal, and that nothing of them is handed over.

use almoner_interchange::iati::{MAX_DEPTH, Refused, Reported, read};

use super::digits;

fn refusal(bytes: &[u8]) -> Refused {
    let mut sink = |_: Reported| -> Result<(), Refused> { panic!("the sink was called for a file that is refused") };
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
    assert_eq!(refusal(b"<catalogue/>"), Refused::NotIati { line: 1, root: "catalogue".into() });
    assert!(matches!(refusal(b"<iati-activities xmlns='urn:x'/>"), Refused::NotIati { .. }));
    assert!(matches!(refusal(b"<x:iati-activities xmlns:x='urn:x'/>"), Refused::NotIati { .. }));
    assert!(
        matches!(refusal(b"<?xml version='1.0' encoding='klingon'?><iati-activities/>"), Refused::Encoding { label } if label == "klingon")
    );
    assert!(matches!(refusal(b"\xFF\xFE\0\0<\0\0\0"), Refused::Encoding { .. }));
    assert_eq!(refusal(b"<a>\n\n\xFF</a>"), Refused::NotText { line: 3, encoding: "UTF-8" });
    let cut = |bytes: &[u8], line: u64, within: &str| {
        assert_eq!(refusal(bytes), Refused::CutShort { line, within: within.into() });
    };
    cut(b"<iati-activities>\n<iati-activity>\n", 3, "while <iati-activity> is open");
    cut(b"<iati-activities>\n<iati-activity", 2, "in the midst of a tag");
    cut(b"<iati-activities>\n<iati-activity a='\xC3", 2, "in the midst of a character");
    malformed(b"<iati-activities>\n<iati-activity>\n</iati-activities>", 3);
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
        refusal(b"<catalogue\n/>"),
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
fn what_was_downloaded_instead_is_called_what_it_is() {
    let page =
        "\u{FEFF}<!-- x -->\n<!doctype HTML>\n<html><head><title>403\n Forbidden</title></head><body>no</body></html>";
    let rows: &[(&[u8], &str, &str)] = &[
        (page.as_bytes(), "file.web_page", "this is a web page (\"403 Forbidden\"), not the file"),
        (b"<?xml version='1.0'?><html xmlns='x'><body/></html>", "file.web_page", "download the file again"),
        (b"<HEAD><title></title></HEAD>", "file.web_page", "this is a web page, not the file"),
        (b"PK\x03\x04\x14\0\0\0\x08\0\x9c\xff", "file.packed", "zip archive"),
        (b"\xFD7zXZ\0\0", "file.packed", "unpack it first"),
        (b"%PDF-1.7", "file.other", "a PDF document"),
        (b" {\"a\": 1}", "file.json", "this is JSON"),
        (b"[]", "file.json", "this is JSON"),
        (b"Not Found", "file.plain_text", "it begins with \"Not Found\""),
        (b"a,b\n1,2\n", "file.plain_text", "plain text"),
        (b"<Error><Code>AccessDenied</Code></Error>", "file.server_error", "error message of a server"),
        (b"\x1F\x8B\x08\0", "file.gzip_damaged", "download it again"),
        (b"", "file.empty", "empty"),
    ];
    for (bytes, code, says) in rows {
        let refused = refusal(bytes);
        assert_eq!(refused.code(), *code, "{refused}");
        assert!(refused.to_string().contains(says), "{refused}");
        assert!(!refused.to_string().contains(char::is_control));
    }
}

/// By gzip, as a stranger packs it.
fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::read::GzEncoder::new(bytes, flate2::Compression::fast());
    let mut packed = Vec::new();
    std::io::Read::read_to_end(&mut packer, &mut packed).unwrap();
    packed
}

#[test]
fn gzip_is_unpacked() {
    let plain = around("");
    let whole = packed(&plain);
    let (report, seen) = super::all(&whole).unwrap();
    assert_eq!(seen, super::all(&plain).unwrap().1);
    assert_eq!((report.remarks[0].code, report.remarks.len()), ("unpacked", 1));
    assert_eq!(refusal(&whole[..whole.len() - 9]), Refused::GzipBroken);
    assert!(matches!(refusal(&packed(&whole)), Refused::Packed { .. }));
    assert!(matches!(refusal(&packed(b"PK\x03\x04")), Refused::Packed { .. }));
    assert!(matches!(refusal(&packed(b"<html></html>")), Refused::WebPage { .. }));
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
