//! In which form a list is told: JSON, CSV (RFC 4180) or lines of JSON. The ending of the path says which, or `Accept`.
//!
//! The other forms are made of the JSON page, so they have its rows in its order; `Link` leads to the next page in the
//! same form.

// Saturating: counts of what is in memory.

use super::AppState;
use super::Problem;
use super::accept::{Accept, CSV, JSON, NDJSON};
use super::fault::Fault;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Extension;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::MethodRouter;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use tokio::runtime::Handle;

/// A form of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Csv,
    Lines,
}

/// The forms in the order of our preference, as `Accept` names them.
const FORMS: [(Form, &str); 3] = [(Form::Json, JSON), (Form::Csv, CSV), (Form::Lines, NDJSON)];
/// As endings of a path name them.
const ENDINGS: [(Form, &str); 3] = [(Form::Json, ".json"), (Form::Csv, ".csv"), (Form::Lines, ".ndjson")];

/// Says of a route that it tells a list: the member of its JSON that has the rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct ListOf(pub(super) &'static str);

/// A route that tells a list, under its path and under the same with each ending.
pub(super) fn list(
    router: Router<AppState>,
    path: &str,
    word: &'static str,
    handler: &MethodRouter<AppState>,
) -> Router<AppState> {
    let handler = || handler.clone().layer(Extension(ListOf(word)));
    ENDINGS
        .iter()
        .fold(router.route(path, handler()), |router, (_, ending)| router.route(&format!("{path}{ending}"), handler()))
}

impl Form {
    /// The form that a path names.
    pub(super) fn of_path(path: &str) -> Option<Form> {
        ENDINGS.iter().find(|(_, ending)| path.ends_with(ending)).map(|(form, _)| *form)
    }

    /// The form that is asked for, of a list.
    pub(super) fn asked(path: &str, accept: &Accept) -> Result<Form, Problem> {
        let form = Form::of_path(path).or_else(|| accept.best(&FORMS));
        form.ok_or_else(|| not_acceptable(&FORMS.map(|(_, media)| media).join(", ")))
    }

    /// The form that `Accept` alone asks for, whatever the path.
    pub(super) fn accepted(accept: &Accept) -> Form {
        accept.best(&FORMS).unwrap_or(Form::Json)
    }

    /// Tells a page of JSON in this form. `word` is the member with the rows.
    /// Only where blocking is allowed.
    pub(super) fn tell(self, response: Response, word: &str) -> Result<Response, Problem> {
        if self == Form::Json || response.status() != StatusCode::OK {
            return Ok(response);
        }
        let (mut parts, body) = response.into_parts();
        // All our answers are whole: this waits for nothing.
        let bytes = Handle::current().block_on(to_bytes(body, usize::MAX)).map_err(|e| Problem::internal(&e))?;
        let (text, media) = match self {
            Form::Csv => (csv(&bytes, word)?, "text/csv; charset=utf-8; header=present"),
            Form::Lines | Form::Json => (lines(&bytes, word)?, NDJSON),
        };
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
        parts.headers.remove(header::CONTENT_LENGTH);
        Ok(Response::from_parts(parts, Body::from(text)))
    }
}

/// 406, with what there is.
pub(super) fn not_acceptable(there_is: &str) -> Problem {
    Problem::new(Fault::RequestNotAcceptable, &format!("this path answers {there_is}; ask for that, or for */*"))
}

/// The rows of a page, as they are written there.
fn rows(page: &[u8], word: &str) -> Result<Vec<Box<RawValue>>, Problem> {
    let members: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(page).map_err(|e| Problem::internal(&e))?;
    let rows = members.get(word).ok_or_else(|| Problem::internal(&format!("a page without {word}")))?;
    serde_json::from_str(rows.get()).map_err(|e| Problem::internal(&e))
}

fn lines(page: &[u8], word: &str) -> Result<Vec<u8>, Problem> {
    let mut text = Vec::with_capacity(page.len());
    for row in rows(page, word)? {
        text.extend_from_slice(row.get().as_bytes());
        text.push(b'\n');
    }
    Ok(text)
}

/// The columns are the members that any row of the page has, in the order in which they are first met; what is not a text,
/// a number or a truth value is told as JSON.
fn csv(page: &[u8], word: &str) -> Result<Vec<u8>, Problem> {
    let rows = rows(page, word)?;
    let read = |row: &RawValue| serde_json::from_str::<Row>(row.get()).map_err(|e| Problem::internal(&e));
    let mut columns: Vec<String> = Vec::new();
    for row in &rows {
        for (name, _) in read(row)?.0 {
            if !columns.contains(&name) {
                columns.push(name);
            }
        }
    }
    let mut out =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::with_capacity(page.len()));
    out.write_record(&columns).map_err(|e| Problem::internal(&e))?;
    for row in &rows {
        let row = read(row)?;
        let cells = columns.iter().map(|name| row.get(name).map_or_else(String::new, cell));
        out.write_record(cells).map_err(|e| Problem::internal(&e))?;
    }
    out.into_inner().map_err(|e| Problem::internal(&e))
}

/// The members of an object in the order in which they are written.
struct Row(Vec<(String, Value)>);

impl Row {
    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(one, _)| one == name).map(|(_, value)| value)
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(object: D) -> Result<Row, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Row;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Row, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = object.next_entry()? {
                    members.push(member);
                }
                Ok(Row(members))
            }
        }
        object.deserialize_map(Members)
    }
}

/// A cell. A text that a spreadsheet would take for a formula gets an apostrophe before it; amounts and hashes never do.
fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => return String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => return value.to_string(),
    };
    let is_harmless =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'.' | b'-' | b':');
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !text.bytes().all(is_harmless) {
        return format!("'{text}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &[u8] = br#"{"rows":[{"a":"x, \"y\"","n":-1.50},{"a":"=cmd|' /C calc'!A0","b":{"en":"Wells"},"c":"-12.00"},{"c":"+aGFzaA=="}],"next":null}"#;

    #[test]
    fn lines_are_the_rows_as_they_stand() {
        let text = String::from_utf8(lines(PAGE, "rows").unwrap()).unwrap();
        assert_eq!(text.lines().count(), 3);
        assert_eq!(text.lines().next(), Some(r#"{"a":"x, \"y\"","n":-1.50}"#));
        assert!(lines(PAGE, "others").is_err());
    }

    #[test]
    fn cells_are_quoted_and_no_formula() {
        let text = String::from_utf8(csv(PAGE, "rows").unwrap()).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap(), vec!["a", "n", "b", "c"]);
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows[0], vec!["x, \"y\"", "-1.5", "", ""]);
        assert_eq!(rows[1], vec!["'=cmd|' /C calc'!A0", "", r#"{"en":"Wells"}"#, "-12.00"]);
        assert_eq!(rows[2], vec!["", "", "", "+aGFzaA=="]);
        assert!(text.contains("\r\n"));
    }

    #[test]
    fn the_ending_wins_over_accept() {
        let mut headers = axum::http::HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/xml"));
        let accept = Accept::of(&headers);
        assert_eq!(Form::asked("/v1/funds.csv", &accept).unwrap(), Form::Csv);
        assert!(Form::asked("/v1/funds", &accept).is_err());
    }
}
