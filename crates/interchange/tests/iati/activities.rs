//! What an import takes of activities beside their transactions, and characters that a wrong conversion left.

use super::{all, reasons, whole};
use almoner_interchange::iati::{Activity, MAX_ACTIVITY_BYTES, MAX_DESCRIPTION_BYTES};
use serde_json::json;

/// One activity of version 2 with a part of every kind, and parts that nobody takes.
const FULL: &str = r#"<iati-activities version="2.03">
<iati-activity default-currency="EUR" xml:lang="en" last-updated-datetime="2026-01-01T00:00:00Z" humanitarian="1">
<iati-identifier>XX-9-A</iati-identifier>
<reporting-org ref="XX-9" type="22"><narrative>Lantern Fund</narrative></reporting-org>
<title><narrative>Light for schools</narrative><narrative xml:lang="fr">Lumière</narrative></title>
<description type="1"><narrative>Lamps and oil.</narrative></description>
<activity-status code="2"/>
<activity-date type="1" iso-date="2026-01-01"/><activity-date type="3" iso-date="soon"/>
<participating-org role="1" ref="XX-8" type="40" activity-id="XX-8-P"><narrative>A bank</narrative></participating-org>
<sector code="11220" vocabulary="1" percentage="60"/><sector code="7" vocabulary="99" vocabulary-uri="https://e.example/"><narrative>Oil</narrative></sector>
<recipient-country code="KE" percentage="100"><narrative>Kenya</narrative></recipient-country>
<recipient-region code="289" vocabulary="1"/>
<budget type="1" status="2"><period-start iso-date="2026-01-01"/><period-end iso-date="2026-12-31"/><value value-date="2026-01-01">1,500.5</value></budget>
<budget><value currency="EUR">a lot</value></budget>
<budget><value>1<b/>2</value></budget>
<result type="1"><title><narrative>Lamps</narrative></title>
<indicator measure="1"><title><narrative>Lamps lit</narrative></title><baseline year="2025" value="0"/>
<period><period-start iso-date="2026-01-01"/><period-end iso-date="2026-12-31"/><target value="10"><comment><narrative>all</narrative></comment></target><actual value="7"/></period></indicator></result>
<collaboration-type code="1"/><policy-marker vocabulary="1" code="2" significance="3"/>
<contact-info><email>somebody@e.example</email></contact-info>
<location ref="L"><point><pos>1 2</pos></point></location><location/>
<transaction><transaction-type code="3"/><transaction-date iso-date="2026-02-02"/><value>5</value></transaction>
</iati-activity>
</iati-activities>"#;

fn one(file: &str) -> Activity {
    let (_, _, mut activities) = whole(file.as_bytes()).unwrap();
    assert_eq!(activities.len(), 1);
    activities.remove(0)
}

#[test]
fn what_makes_transactions_readable_is_taken() {
    let (report, seen, activities) = whole(FULL.as_bytes()).unwrap();
    let activity = &activities[0];
    let mut told = serde_json::to_value(activity).unwrap();
    for member in ["activity", "key"] {
        assert!(told.as_object_mut().unwrap().remove(member).unwrap().as_str().unwrap().len() > 30);
    }
    assert_eq!(
        told,
        json!({
            "line": 2,
            "identifier": "XX-9-A",
            "publisher": {"ref": "XX-9", "name": "Lantern Fund", "type": "22"},
            "titles": [{"text": "Light for schools", "lang": "en"}, {"text": "Lumière", "lang": "fr"}],
            "descriptions": [{"text": "Lamps and oil.", "lang": "en", "type": "1"}],
            "status": "2",
            "dates": [{"type": "1", "date": "2026-01-01"}, {"type": "3", "date": "soon"}],
            "organisations": [{"role": "1", "ref": "XX-8", "name": "A bank", "type": "40", "activity": "XX-8-P"}],
            "sectors": [{"code": "11220", "vocabulary": "1", "percentage": "60"}, {"code": "7", "vocabulary": "99", "name": "Oil"}],
            "countries": [{"code": "KE", "percentage": "100", "name": "Kenya"}],
            "regions": [{"code": "289", "vocabulary": "1"}],
            "budgets": [
                {"type": "1", "status": "2", "from": "2026-01-01", "to": "2026-12-31", "raw_value": "1,500.5", "value": "1500.50", "currency": "EUR", "value_date": "2026-01-01"},
                {"raw_value": "a lot", "currency": "EUR"},
                {"raw_value": "12", "currency": "EUR"},
            ],
            "results": [{"type": "1", "title": "Lamps", "indicators": [{
                "measure": "1", "title": "Lamps lit", "baseline": "0", "baseline_year": "2025",
                "periods": [{"from": "2026-01-01", "to": "2026-12-31", "target": "10", "actual": "7"}],
            }]}],
            "details": [
                {"name": "@default-currency", "value": "EUR"}, {"name": "@humanitarian", "value": "1"},
                {"name": "collaboration-type", "value": "1"}, {"name": "policy-marker/@vocabulary", "value": "1"},
                {"name": "policy-marker", "value": "2"}, {"name": "policy-marker/@significance", "value": "3"},
            ],
            "left_out": [
                {"path": "contact-info", "count": 1}, {"path": "location", "count": 2},
                {"path": "@last-updated-datetime", "count": 1}, {"path": "sector/@vocabulary-uri", "count": 1},
                {"path": "budget/value/b", "count": 1}, {"path": "result/indicator/period/target/comment", "count": 1},
            ],
            "findings": ["bad-activity-date", "budget-without-number", "left-out"],
        })
    );
    assert_eq!((seen[0].place, seen[0].activity.as_str()), (Some(0), "XX-9-A"));
    let groups = report.groups();
    let group = |path: &str| groups.iter().find(|group| &*group.path == path).unwrap();
    let location = group("iati-activity/location");
    assert_eq!((location.count, location.elements, location.lines.as_slice()), (2, 4, &[21, 21][..]));
    assert!(group("iati-activity/contact-info").reason.contains("persons"));
    assert!(!reasons(&report).iter().any(|(_, reason)| reason.contains("somebody@")));
}

#[test]
fn the_key_is_what_is_said_and_the_id_who_says_it() {
    let first = one(FULL);
    assert_eq!(one(&FULL.replace("<iati-identifier>", "\n\n<iati-identifier>")).key, first.key, "lines do not count");
    assert_eq!(one(&FULL.replace("2026-01-01T00:00:00Z", "2026-02-02T00:00:00Z")).key, first.key);
    for (from, to, same_id) in
        [("Light for", "Lights for", true), ("XX-9-A", "XX-9-B", false), ("ref=\"XX-9\"", "ref=\"XX-7\"", false)]
    {
        let other = one(&FULL.replace(from, to));
        assert_ne!(other.key, first.key, "{from}");
        assert_eq!(other.activity == first.activity, same_id, "{from}");
    }
    let twice = FULL.replace("</iati-activities>", "<iati-activity><iati-identifier>XX-9-A</iati-identifier><reporting-org ref=\"XX-9\"/></iati-activity></iati-activities>");
    let (_, _, activities) = whole(twice.as_bytes()).unwrap();
    assert_eq!(activities[0].activity, activities[1].activity);
    assert!(
        activities[1].findings.contains(&"same-identifier") && !activities[0].findings.contains(&"same-identifier")
    );
}

#[test]
fn whatever_an_activity_holds_it_fits_into_an_event() {
    let long = "é\"".repeat(MAX_DESCRIPTION_BYTES);
    let around = |inside: &str| {
        format!(
            "<iati-activities><iati-activity><iati-identifier>{long}</iati-identifier><reporting-org ref=\"{}\"><narrative>{long}</narrative></reporting-org>{inside}</iati-activity></iati-activities>",
            "'".repeat(9_000)
        )
    };
    let period = "<period><target value='1'/></period>";
    for (path, inside) in [
        ("description", format!("<description>{long}</description>").repeat(20)),
        ("title/narrative", format!("<title>{}</title>", "<narrative>word</narrative>".repeat(9_000))),
        ("sector", "<sector code='1'/>".repeat(9_000)),
        ("budget", "<budget><value>1</value></budget>".repeat(9_000)),
        ("participating-org", "<participating-org ref='1'/>".repeat(9_000)),
        ("result", format!("<result><title>{long}</title></result>").repeat(50)),
        ("result/indicator", format!("<result>{}</result>", "<indicator measure='1'/>".repeat(9_000))),
        ("result/indicator/period", format!("<result><indicator>{}</indicator></result>", period.repeat(9_000))),
        ("(further codes)", "<tag code='1'/>".repeat(9_000)),
        ("(further paths)", (0..9_000).map(|n| format!("<unknown-{n}/>")).collect()),
    ] {
        let activity = one(&around(&inside));
        let bytes = serde_json::to_vec(&activity).unwrap().len();
        assert!(bytes <= MAX_ACTIVITY_BYTES, "{path}: {bytes}");
        assert!(activity.findings.contains(&"cut") && activity.findings.contains(&"text-cut"), "{path}");
        let told = activity.left_out.iter().find(|one| one.path == path);
        assert!(told.is_some_and(|one| one.count > 0), "{path}: {:?}", activity.left_out.len());
    }
}

#[test]
fn control_characters_of_a_wrong_conversion_are_read_and_told_by_line() {
    let file = "<iati-activities>\n<iati-activity>\n<reporting-org><narrative>Women\u{92}s Fund</narrative></reporting-org>\n\
        <title><narrative>&#147;Light&#x94;</narrative></title>\n\
        <transaction ref='a\u{96}b'><value currency='EUR'>5</value><description>\n<narrative>x\u{81}\u{7F}</narrative></description></transaction>\n\
        <transaction><value currency='EUR'>6</value></transaction>\n</iati-activity>\n</iati-activities>";
    let (report, seen, activities) = whole(file.as_bytes()).unwrap();
    assert_eq!(report.publisher(), Some("Women\u{2019}s Fund"));
    assert_eq!(activities[0].titles[0].text, "\u{201C}Light\u{201D}");
    assert_eq!(seen[0].reference.as_deref(), Some("a\u{2013}b"));
    assert_eq!(seen[0].description.as_deref(), Some("x\u{FFFD}\u{FFFD}"));
    assert!(seen[0].findings.contains(&"replaced-character") && activities[0].findings.contains(&"replaced-character"));
    assert!(!seen[1].findings.contains(&"replaced-character"));
    let lines: Vec<_> =
        report.remarks.iter().filter(|one| one.code == "replaced-character").map(|one| one.line).collect();
    assert_eq!(lines, [3, 4, 4, 5, 6, 6].map(Some));
    assert!(
        report.remarks[0].what.ends_with("reporting-org/narrative: U+0092 read as \u{2019}"),
        "{:?}",
        report.remarks[0]
    );
    let listed = reasons(&report).into_iter().filter(|(_, reason)| reason.contains("wrong conversion")).count();
    assert_eq!(listed, 6);
    // As itself it is none of these.
    let (report, _) =
        all("<iati-activities><iati-activity><title>caf\u{E9}\u{A0}\u{2019}</title></iati-activity></iati-activities>"
            .as_bytes())
        .unwrap();
    assert!(report.remarks.is_empty());
}
