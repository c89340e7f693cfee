//! What is read of a file, as data of events.

use almoner_interchange::iati::{Activity, MAPPER_VERSION, Observed, Org, Report};
use almoner_proof::b64;
use serde_json::{Map, Value, json};

/// Most remarks and paths that the declaration of a file names; the report of the import has all.
pub(super) const LISTED_MAX: usize = 200;
/// Longest text of a declaration, in characters: the ledger's limit is 2,000, and a name is one of many members.
const TEXT_CHARS: usize = 300;

/// Data of `import.declared/1`, with so many of its remarks and paths.
pub(super) fn declared(import: &str, sha256: &str, name: &str, report: &Report, listed: usize) -> Value {
    let version = report.version.as_deref().unwrap_or("unknown");
    let left_out = report.left_out();
    let mut remarks = report.remarks.clone();
    let left = remarks.len().saturating_sub(listed);
    remarks.truncate(listed);
    for remark in &mut remarks {
        remark.what = plain(&remark.what);
    }
    let mut findings = json!(remarks);
    let mut remark = |code: &str, what: String| {
        findings.as_array_mut().into_iter().for_each(|all| all.push(json!({ "code": code, "what": what })));
    };
    if left > 0 {
        remark("cut", format!("{left} more findings"));
    }
    if let Some(more) = left_out.len().checked_sub(listed).filter(|more| *more > 0) {
        remark("cut", format!("{more} more paths are left out"));
    }
    let mut data = json!({
        "import": import,
        "sha256": sha256,
        "name": plain(name),
        "standard": plain(&format!("iati {version}")),
        "mapper": MAPPER_VERSION,
    });
    if let Value::Object(map) = &mut data {
        if let Some(publisher) = report.publisher().map(plain) {
            map.insert("publisher".to_owned(), publisher.into());
        }
        if !left_out.is_empty() {
            let paths = left_out.iter().take(listed);
            let told = paths.map(|one| json!({ "path": plain(&one.path), "count": one.count }));
            map.insert("left_out".to_owned(), told.collect());
        }
        map.insert("findings".to_owned(), findings);
    }
    data
}

/// A text that the ledger takes whatever somebody wrote: on one line, control characters written as `\u{7}`, cut to size,
/// never empty.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for (place, c) in text.trim().chars().enumerate() {
        if place >= TEXT_CHARS {
            plain.push('…');
            break;
        }
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}') {
            plain.extend(c.escape_unicode());
        } else {
            plain.push(c);
        }
    }
    if plain.is_empty() { "(no name)".to_owned() } else { plain }
}

/// Data of `activity.observed/1`.
pub(super) fn activity(import: &str, activity: &Activity) -> Value {
    let mut data = json!(activity);
    if let Value::Object(map) = &mut data {
        map.insert("import".to_owned(), import.into());
    }
    data
}

/// Data of `transaction.observed/1`, with so many of its details.
pub(super) fn transaction(import: &str, of: Option<&str>, o: &Observed, details: usize) -> Value {
    let mut map = Map::new();
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            map.insert(name.to_owned(), value);
        }
    };
    let text = |value: &Option<String>| value.as_ref().map(|v| json!(v));
    set("import", Some(json!(import)));
    set("key", Some(json!(b64::encode(o.key))));
    set("line", Some(json!(o.line)));
    set("activity", Some(json!(o.activity)));
    set("of", of.map(|of| json!(of)));
    set("ref", text(&o.reference));
    set("type", text(&o.type_code));
    set("type_text", text(&o.type_text));
    set("raw_value", text(&o.raw_value));
    set("value", o.value.map(|v| json!(v.to_string())));
    set("rounding", o.rounding.map(|v| json!(v.to_string())));
    set("currency", text(&o.currency));
    set("date", text(&o.date));
    set("value_date", text(&o.value_date));
    set("provider", o.provider.as_ref().map(org));
    set("receiver", o.receiver.as_ref().map(org));
    set("description", text(&o.description));
    if details > 0 {
        let told = o.details.iter().take(details).map(|(name, value)| json!({ "name": name, "value": value }));
        set("details", Some(told.collect()));
    }
    let mut left_out = json!(o.left_out);
    let mut findings = json!(o.findings);
    if details < o.details.len() {
        let row = json!({ "path": "(details)", "count": o.details.len().saturating_sub(details) });
        left_out.as_array_mut().into_iter().for_each(|list| list.push(row.clone()));
        findings.as_array_mut().into_iter().for_each(|list| list.push("cut".into()));
    }
    if left_out.as_array().is_some_and(|list| !list.is_empty()) {
        set("left_out", Some(left_out));
    }
    set("findings", Some(findings));
    Value::Object(map)
}

fn org(org: &Org) -> Value {
    let mut map = Map::new();
    for (name, value) in [("ref", &org.reference), ("name", &org.name), ("activity", &org.activity)] {
        if let Some(value) = value {
            map.insert(name.to_owned(), json!(value));
        }
    }
    Value::Object(map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_name_is_it_is_taken() {
        for (text, expected) in [
            ("a.xml", "a.xml"),
            ("", "(no name)"),
            (" \n ", "(no name)"),
            ("a\nb\u{7}\u{85}.xml", "a\\u{a}b\\u{7}\\u{85}.xml"),
            ("a\u{fffe}", "a\\u{fffe}"),
        ] {
            let text = plain(text);
            assert_eq!(text, expected);
            almoner_ledger::data::check_text("name", &text).unwrap();
        }
        let long = plain(&"é".repeat(5_000));
        assert_eq!(long.chars().count(), TEXT_CHARS + 1);
        almoner_ledger::data::check_text("name", &long).unwrap();
        almoner_ledger::data::check_text("name", &plain(&"\u{1}".repeat(5_000))).unwrap();
    }
}
