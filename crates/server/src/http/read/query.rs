//! Query parameters, read here so that a wrong one is told by name, as problem+json.

use super::super::Problem;
use almoner_proof::text::parse_decimal;
use axum::http::Uri;
use std::collections::BTreeMap;

/// Most rows of one page.
pub(super) const LIMIT_MAX: u64 = 1000;
/// Rows of a page that asks for no number.
const LIMIT_DEFAULT: u64 = 100;

/// The parameters of a request, each known and standing once.
#[derive(Debug)]
pub(in crate::http) struct Query(BTreeMap<String, String>);

/// Which part of a list is asked for.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Page {
    /// Only what comes after this index.
    pub after: Option<u64>,
    /// How many.
    pub limit: usize,
}

impl Query {
    /// Reads the query of a request; every parameter must be one of `allowed`.
    pub(in crate::http) fn parse(uri: &Uri, allowed: &[&str]) -> Result<Query, Problem> {
        let mut query = BTreeMap::new();
        for pair in uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let unreadable = || Problem::bad_request("the query is not percent-encoded UTF-8");
            let (name, value) = (decode(name).ok_or_else(unreadable)?, decode(value).ok_or_else(unreadable)?);
            if !allowed.contains(&name.as_str()) {
                let known = if allowed.is_empty() { "none".to_owned() } else { allowed.join(", ") };
                return Err(Problem::bad_request(&format!(
                    "unknown query parameter {name:?}; this path takes: {known}"
                )));
            }
            if query.insert(name.clone(), value).is_some() {
                return Err(Problem::bad_request(&format!("the query parameter {name} stands twice")));
            }
        }
        Ok(Query(query))
    }

    /// A parameter as text.
    pub(in crate::http) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that is a decimal number.
    pub(in crate::http) fn number(&self, name: &str) -> Result<Option<u64>, Problem> {
        let read = |text: &str| {
            parse_decimal(text).ok_or_else(|| {
                Problem::bad_request(&format!("{name} is a decimal number from 0, without sign or leading zero"))
            })
        };
        self.text(name).map(read).transpose()
    }

    /// `after` and `limit`.
    pub(in crate::http) fn page(&self) -> Result<Page, Problem> {
        self.page_of(LIMIT_DEFAULT)
    }

    /// The same where a page that asks for no number has this many.
    pub(in crate::http) fn page_of(&self, limit: u64) -> Result<Page, Problem> {
        let limit = self.number("limit")?.unwrap_or(limit);
        if !(1..=LIMIT_MAX).contains(&limit) {
            return Err(Problem::bad_request("limit is 1 to 1000"));
        }
        Ok(Page { after: self.number("after")?, limit: usize::try_from(limit).unwrap_or(1) })
    }

    /// The same query with another `after`.
    pub(in crate::http) fn next(&self, path: &str, after: u64) -> String {
        self.with(path, &[("after", after)])
    }

    /// The same at a size.
    pub(in crate::http) fn next_at(&self, path: &str, after: u64, at: u64) -> String {
        self.with(path, &[("after", after), ("at", at)])
    }

    fn with(&self, path: &str, new: &[(&str, u64)]) -> String {
        let mut pairs: Vec<String> = new.iter().map(|(name, number)| format!("{name}={number}")).collect();
        let others = self.0.iter().filter(|(name, _)| new.iter().all(|(new, _)| name != new));
        pairs.extend(others.map(|(name, value)| format!("{name}={}", encode(value))));
        format!("{path}?{}", pairs.join("&"))
    }
}

/// Undoes percent-encoding as forms and links write it.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(rest.next())?, digit(rest.next())?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok().map(|text| text.chars().map(visible).collect())
}

/// No control character goes on from here, whoever shows the text: white space is a space, and the others are shown as
/// what cannot be shown.
fn visible(of: char) -> char {
    match of {
        '\t' | '\n' | '\r' => ' ',
        other if other.is_control() => char::REPLACEMENT_CHARACTER,
        other => other,
    }
}

/// Percent-encodes all but what never needs it.
pub(in crate::http) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_reads_back() {
        for text in ["a b", "well#7", "100 %", "水の基金", "a&b=c+d"] {
            assert_eq!(decode(&encode(text)).as_deref(), Some(text));
        }
        for bad in ["%", "%2", "%zz", "%ff"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
        assert_eq!(decode("a%09b%0D%0A%01%1B%C2%9B").as_deref(), Some("a b  \u{fffd}\u{fffd}\u{fffd}"));
    }

    #[test]
    fn wrong_parameters_are_refused() {
        let parse = |uri: &str| Query::parse(&uri.parse().unwrap(), &["at", "after", "limit"]);
        for bad in ["/x?on=1", "/x?at=1&at=2", "/x?at=%ff"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        for bad in ["/x?limit=0", "/x?limit=1001", "/x?after=-1", "/x?after=01", "/x?limit="] {
            assert!(parse(bad).unwrap().page().is_err(), "{bad}");
        }
        let query = parse("/x?at=7&limit=2").unwrap();
        assert_eq!(query.next("/x", 5), "/x?after=5&at=7&limit=2");
    }
}
