//! Small words that several formats share: decimals, names, times; and how a text is shown to a person.

mod shown;

pub use shown::{Part, foreign, has_something_to_see, is_hidden, parts, visible, visible_lines};

/// Longest chain id, in characters.
pub const CHAIN_ID_MAX: usize = 63;
/// Longest key label or holder, in characters.
pub const LABEL_MAX: usize = 32;

/// An ASCII decimal without leading zero (except `0` itself), at most 2^63−1.
#[must_use]
pub fn parse_decimal(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    if bytes.is_empty() || bytes.len() > 19 || (bytes.len() > 1 && bytes.first() == Some(&b'0')) {
        return None;
    }
    if !bytes.iter().all(u8::is_ascii_digit) {
        return None;
    }
    text.parse::<u64>().ok().filter(|n| i64::try_from(*n).is_ok())
}

/// `[a-z0-9][a-z0-9.-]{0,62}`
#[must_use]
pub fn is_chain_id(text: &str) -> bool {
    starts_alnum(text) && text.len() <= CHAIN_ID_MAX && text.bytes().all(|b| is_slug(b) || b == b'.')
}

/// `[a-z0-9-]{1,32}`: a key's label, or a holder.
#[must_use]
pub fn is_label(text: &str) -> bool {
    !text.is_empty() && text.len() <= LABEL_MAX && text.bytes().all(is_slug)
}

/// `[a-z0-9][a-z0-9-]{0,62}`: the id of an account, fund, project …
#[must_use]
pub fn is_entity_id(text: &str) -> bool {
    starts_alnum(text) && text.len() <= 63 && text.bytes().all(is_slug)
}

fn starts_alnum(text: &str) -> bool {
    text.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn is_slug(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

/// `[a-z_]+\.[a-z_]+/[1-9][0-9]*`: the type of an event.
#[must_use]
pub fn is_event_type(text: &str) -> bool {
    let Some((name, version)) = text.split_once('/') else { return false };
    let Some((noun, verb)) = name.split_once('.') else { return false };
    let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    let digits = !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit()) && !version.starts_with('0');
    word(noun) && word(verb) && digits
}

/// A date `YYYY-MM-DD` that exists in the proleptic Gregorian calendar, which has no year 0.
#[must_use]
pub fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(year), Some(month), Some(day)) = (number(bytes, 0, 4), number(bytes, 5, 7), number(bytes, 8, 10)) else {
        return false;
    };
    if year == 0 || bytes.len() != 10 || bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
        return false;
    }
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let last = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=last).contains(&day)
}

/// `YYYY-MM-DDTHH:MM:SSZ` with a date that exists and seconds 00–59.
#[must_use]
pub fn is_time(text: &str) -> bool {
    let (Some(date), Some(clock)) = (text.get(..10), text.get(10..)) else { return false };
    let bytes = clock.as_bytes();
    let (Some(hour), Some(minute), Some(second)) = (number(bytes, 1, 3), number(bytes, 4, 6), number(bytes, 7, 9))
    else {
        return false;
    };
    let marks = [(0, b'T'), (3, b':'), (6, b':'), (9, b'Z')];
    is_date(date)
        && bytes.len() == 10
        && marks.iter().all(|(at, mark)| bytes.get(*at) == Some(mark))
        && hour < 24
        && minute < 60
        && second < 60
}

fn number(bytes: &[u8], from: usize, to: usize) -> Option<u32> {
    let digits = bytes.get(from..to)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_one_spelling() {
        assert_eq!(parse_decimal("0"), Some(0));
        assert_eq!(parse_decimal("9223372036854775807"), Some(9_223_372_036_854_775_807));
        for bad in ["", "01", "+1", "-1", "9223372036854775808", "1 ", "1_0", "٣"] {
            assert_eq!(parse_decimal(bad), None, "{bad}");
        }
    }

    #[test]
    fn dates_exist() {
        for good in ["2026-11-21", "2024-02-29", "2000-02-29", "0001-01-01"] {
            assert!(is_date(good), "{good}");
        }
        for bad in [
            "2026-11-31",
            "2023-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-1-01",
            "961963",
            "0000-01-01",
            "2026-11-21 ",
        ] {
            assert!(!is_date(bad), "{bad}");
        }
        assert!(is_time("2026-11-21T23:59:59Z"));
        for bad in [
            "2026-11-21T24:00:00Z",
            "2026-11-21T23:59:60Z",
            "2026-11-21T23:59Z",
            "2026-11-21T23:59:59+00:00",
            "2026-11-21T23:59:59.5Z",
        ] {
            assert!(!is_time(bad), "{bad}");
        }
    }
}
