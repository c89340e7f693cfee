//! Query parameters, read here so that a wrong one is told by name, as problem+json.

use super::super::Problem;
use almoner_proof::text::parse_decimal;
use axum::http::Uri;
use std::collections::BTreeMap;
use std::ops::Range;

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
    /// Only what comes before it.
    pub before: Option<u64>,
    /// Whether the newest comes first.
    pub newest_first: bool,
    /// How many.
    pub limit: usize,
}

/// The largest number that JavaScript counts exactly; no log comes near it.
const NUMBER_MAX: u64 = (1 << 53) - 1;

impl Page {
    /// The indices that are asked for, of so many.
    pub(in crate::http) fn within(&self, size: u64) -> Range<u64> {
        let from = self.after.map_or(0, |after| after.saturating_add(1));
        from..self.before.map_or(size, |before| before.min(size))
    }

    /// Whether what a page tells of events stays as it is: no later event is asked for, or there would be no room for one.
    pub(in crate::http) fn is_settled(&self, size: u64, has_next: bool) -> bool {
        (has_next && !self.newest_first) || self.before.is_some_and(|before| before <= size)
    }
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
            parse_decimal(text).filter(|number| *number <= NUMBER_MAX).ok_or_else(|| {
                let what = format!("{name} is a decimal number from 0 to {NUMBER_MAX}, without sign or leading zero");
                Problem::bad_request(&what)
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
        let newest_first = match self.text("order") {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(other) => {
                return Err(Problem::bad_request(&format!(
                    "order {other:?} is none: asc tells the oldest first, desc the newest"
                )));
            }
        };
        let limit = usize::try_from(limit).unwrap_or(1);
        Ok(Page { after: self.number("after")?, before: self.number("before")?, newest_first, limit })
    }

    /// The same query, going on behind an index in the order that is asked for.
    pub(in crate::http) fn beyond(&self, path: &str, page: Page, index: u64) -> String {
        self.with(path, &[(if page.newest_first { "before" } else { "after" }, index)])
    }

    /// The same query from its beginning. None where it stands there.
    pub(in crate::http) fn first(&self, path: &str) -> Option<String> {
        let cursor = if self.text("order") == Some("desc") { "before" } else { "after" };
        self.text(cursor)?;
        let rest = self.0.iter().filter(|(name, _)| name.as_str() != cursor);
        let pairs: Vec<String> = rest.map(|(name, value)| format!("{name}={}", encode(value))).collect();
        Some(if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) })
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
    String::from_utf8(bytes).ok()
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
        assert_eq!(query.first("/x"), None);
        let paged =
            Query::parse(&"/x?before=9&order=desc&after=1".parse().unwrap(), &["before", "order", "after"]).unwrap();
        assert_eq!(paged.first("/x").as_deref(), Some("/x?after=1&order=desc"));
        let page = paged.page().unwrap();
        assert_eq!((page.within(20), page.within(5)), (2..9, 2..5));
        assert_eq!(paged.beyond("/x", page, 4), "/x?before=4&after=1&order=desc");
        // A page changes where a later event may come into it.
        assert_eq!([(20, true), (8, true)].map(|(size, next)| page.is_settled(size, next)), [true, false]);
        let rising = Query::parse(&"/x".parse().unwrap(), &[]).unwrap().page().unwrap();
        assert_eq!([true, false].map(|next| rising.is_settled(20, next)), [true, false]);
    }
}
