//! What a client takes: `Accept` (RFC 9110, section 12.5.1).

// Saturating: a quality has three digits behind its point.

use axum::http::{HeaderMap, HeaderValue, header};

/// Longest header that is read; in a longer one nobody says anything that matters here.
const LONGEST: usize = 2 << 10;
/// The quality 1, in thousandths.
const BEST: u16 = 1000;

pub(super) const JSON: &str = "application/json";
pub(super) const PROBLEM: &str = "application/problem+json";
pub(super) const HTML: &str = "text/html";
pub(super) const CSV: &str = "text/csv";
pub(super) const NDJSON: &str = "application/x-ndjson";

/// Media ranges with their qualities. None: everything is taken.
#[derive(Debug, Clone, Default)]
pub(super) struct Accept(Vec<(String, u16)>);

impl Accept {
    pub(super) fn of(headers: &HeaderMap) -> Accept {
        let sent = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
        Accept(
            sent.filter(|value| value.len() <= LONGEST).flat_map(|value| value.split(',')).filter_map(range).collect(),
        )
    }

    /// How gladly a media type is taken, in thousandths; 0: not at all. The most exact range that matches counts.
    pub(super) fn quality(&self, media: &str) -> u16 {
        if self.0.is_empty() {
            return BEST;
        }
        let kind = media.split('/').next().unwrap_or_default();
        let any_of_kind = |range: &str| range.strip_suffix("/*").is_some_and(|of| of == kind);
        let exact = self.find(|range| range == media);
        exact.or_else(|| self.find(any_of_kind)).or_else(|| self.find(|range| range == "*/*")).unwrap_or(0)
    }

    fn find(&self, is_meant: impl Fn(&str) -> bool) -> Option<u16> {
        self.0.iter().filter(|(range, _)| is_meant(range)).map(|(_, quality)| *quality).max()
    }

    /// Which of these is taken most gladly; of equals the first. None: none of them is taken.
    pub(super) fn best<T: Copy>(&self, offers: &[(T, &str)]) -> Option<T> {
        let mut best = None;
        for (offer, media) in offers {
            let quality = self.quality(media);
            if quality > best.map_or(0, |(most, _)| most) {
                best = Some((quality, *offer));
            }
        }
        best.map(|(_, offer)| offer)
    }

    /// Whether a browser asks: it says that it would rather have a page than JSON.
    pub(super) fn wants_html(&self) -> bool {
        self.quality(HTML) > self.quality(JSON).max(self.quality(PROBLEM))
            || (self.find(|range| range == HTML).is_some_and(|quality| quality > 0)
                && self.find(|range| range == JSON || range == PROBLEM).is_none())
    }

    /// Whether an answer with this `Content-Type` is taken. Problems always are: what else could be told?
    pub(super) fn takes(&self, content_type: Option<&HeaderValue>) -> bool {
        let media = content_type.and_then(|value| value.to_str().ok()).and_then(|value| value.split(';').next());
        media.is_none_or(|media| media == PROBLEM || self.quality(media.trim()) > 0)
    }
}

/// One range and its quality. Parameters other than `q` do not matter: nothing here has a variant by them.
fn range(text: &str) -> Option<(String, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().filter(|range| range.contains('/'))?.to_ascii_lowercase();
    let quality = parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
    let quality = quality.map_or(Some(BEST), |(_, value)| thousandths(value.trim()))?;
    Some((range, quality))
}

/// `0`, `1`, or `0.` and up to three digits.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    if rest.len() > 3 || !rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match whole {
        "1" => Some(BEST),
        "0" => format!("{rest:0<3}").parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(values: &[&str]) -> Accept {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::ACCEPT, HeaderValue::from_str(value).unwrap());
        }
        Accept::of(&headers)
    }

    #[test]
    fn the_most_exact_range_counts() {
        let all = accept(&["text/*;q=0.3, text/html;q=0.7", "*/*;q=0.5, application/json;q=0"]);
        for (media, quality) in [("text/html", 700), ("text/csv", 300), ("image/png", 500), (JSON, 0)] {
            assert_eq!(all.quality(media), quality, "{media}");
        }
        assert_eq!(accept(&[]).quality(JSON), 1000);
        assert_eq!(accept(&["nonsense, text/html;q=2"]).quality(JSON), 1000, "what cannot be read says nothing");
        assert_eq!(accept(&["TEXT/CSV ; Q=0.25"]).quality(CSV), 250);
        assert_eq!(accept(&["application/xml"]).quality(JSON), 0);
    }

    #[test]
    fn the_best_is_what_is_taken_most_gladly() {
        let offers = [('j', JSON), ('c', CSV), ('n', NDJSON)];
        for (sent, best) in [
            ("*/*", Some('j')),
            ("text/csv", Some('c')),
            ("text/csv, application/json;q=0.9", Some('c')),
            ("text/csv;q=0.5, application/json", Some('j')),
            ("application/xml", None),
            ("application/json;q=0, application/*", Some('n')),
        ] {
            assert_eq!(accept(&[sent]).best(&offers), best, "{sent}");
        }
    }

    #[test]
    fn browsers_are_told_from_programs() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for (sent, is_browser) in [
            (browser, true),
            ("text/html", true),
            ("text/html, */*", true),
            ("*/*", false),
            ("application/json", false),
            ("application/json, text/html;q=0.5", false),
            ("text/html;q=0", false),
        ] {
            assert_eq!(accept(&[sent]).wants_html(), is_browser, "{sent}");
        }
        assert!(!accept(&[]).wants_html());
    }
}
