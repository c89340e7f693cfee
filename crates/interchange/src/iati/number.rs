//! Numbers as publishers write them, kept as decimal text.

/// Most digits on one side of the point. IATI amounts have at most 15 before it; float noise such as Python's
/// `Decimal(0.1)` has up to 55 behind it; 63 is the next multiple of nine, which [`super::Exact`] computes in.
pub(super) const MAX_SIDE_DIGITS: usize = 63;

/// A decimal number: `whole.fraction`, ASCII digits only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) negative: bool,
    /// Digits before the point, without leading zeros; may be empty.
    pub(super) whole: String,
    /// Digits behind the point, with trailing zeros as written; may be empty.
    pub(super) fraction: String,
    /// Whether thousands were grouped, by commas or spaces.
    pub(super) grouped: bool,
    /// Whether it had an exponent.
    pub(super) exponent: bool,
}

impl Number {
    /// Reads trimmed text: `xsd:decimal` (<https://www.w3.org/TR/xmlschema-2/#decimal>), which the standard demands,
    /// and what is found beside it and means only one thing: exponents, and digits grouped by comma or space. A lone
    /// comma is a thousands separator only before exactly three digits; `1,5` and `1.234,56` are not read at all,
    /// because to guess wrongly is to change an amount.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, rest) = match text.strip_prefix(['-', '+']) {
            Some(rest) => (text.starts_with('-'), rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, Some(power(exponent)?)),
            None => (rest, None),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let grouped = whole.contains(|c| separators(c).is_some());
        let whole = if grouped { ungroup(whole)? } else { whole.to_owned() };
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if !digits(&whole) || !digits(fraction) || (whole.is_empty() && fraction.is_empty()) {
            return None;
        }
        let (whole, fraction) = shift(&whole, fraction, exponent.unwrap_or(0))?;
        let whole = whole.trim_start_matches('0').to_owned();
        if whole.len() > MAX_SIDE_DIGITS || fraction.len() > MAX_SIDE_DIGITS {
            return None;
        }
        Some(Self { negative, whole, fraction, grouped, exponent: exponent.is_some() })
    }

    /// Whether every digit is zero.
    pub(super) fn is_zero(&self) -> bool {
        self.whole.bytes().chain(self.fraction.bytes()).all(|b| b == b'0')
    }

    /// Rounded to `digits` behind the point, half to even, with exactly so many written; `None` if there is no room.
    pub(super) fn rounded(&self, digits: usize) -> Option<Self> {
        if digits > MAX_SIDE_DIGITS {
            return None;
        }
        let kept = self.fraction.get(..digits).unwrap_or(&self.fraction);
        let cut = self.fraction.get(digits..).unwrap_or_default();
        let mut all: Vec<u8> = self.whole.bytes().chain(format!("{kept:0<digits$}").bytes()).collect();
        let odd = all.last().is_some_and(|digit| digit % 2 == 1);
        let up = match cut.as_bytes().split_first() {
            Some((b'5', rest)) => odd || rest.iter().any(|b| *b != b'0'),
            Some((first, _)) => *first > b'5',
            None => false,
        };
        if up {
            match all.iter().rposition(|digit| *digit != b'9') {
                Some(at) => {
                    all.iter_mut()
                        .skip(at)
                        .for_each(|digit| *digit = if *digit == b'9' { b'0' } else { digit.saturating_add(1) });
                }
                None => {
                    all.fill(b'0');
                    all.insert(0, b'1');
                }
            }
        }
        let text = String::from_utf8(all).ok()?;
        let (whole, fraction) = text.split_at_checked(text.len().checked_sub(digits)?)?;
        Some(Self { whole: whole.to_owned(), fraction: fraction.to_owned(), ..self.clone() })
    }

    /// Plain decimal text; zero has no sign.
    pub(super) fn text(&self) -> String {
        let sign = if self.negative && !self.is_zero() { "-" } else { "" };
        let whole = if self.whole.is_empty() { "0" } else { &self.whole };
        let point = if self.fraction.is_empty() { "" } else { "." };
        format!("{sign}{whole}{point}{}", self.fraction)
    }
}

/// The characters that group digits: comma, space, no-break space, thin space, narrow no-break space.
fn separators(c: char) -> Option<char> {
    matches!(c, ',' | ' ' | '\u{A0}' | '\u{2009}' | '\u{202F}').then_some(c)
}

/// Joins groups: one separator throughout, first group without leading zero, last of three digits, those between of
/// three or (Indian lakh and crore) two.
fn ungroup(text: &str) -> Option<String> {
    let separator = text.chars().find_map(separators)?;
    let groups: Vec<&str> = text.split(separator).collect();
    let (first, rest) = groups.split_first()?;
    let (last, middle) = rest.split_last()?;
    let fits = (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && last.len() == 3
        && middle.iter().all(|group| matches!(group.len(), 2 | 3));
    fits.then(|| groups.concat())
}

/// An exponent of one to three digits; more is no amount of money.
fn power(text: &str) -> Option<isize> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sane = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    if sane { text.parse().ok() } else { None }
}

/// Moves the point to the right by `power` digits.
fn shift(whole: &str, fraction: &str, power: isize) -> Option<(String, String)> {
    let by = power.unsigned_abs();
    if power >= 0 {
        let moved = fraction.get(..by).unwrap_or(fraction);
        let zeros = "0".repeat(by.checked_sub(moved.len())?);
        Some((format!("{whole}{moved}{zeros}"), fraction.get(by..).unwrap_or_default().to_owned()))
    } else {
        let padded = format!("{whole:0>by$}");
        let (left, moved) = padded.split_at_checked(padded.len().checked_sub(by)?)?;
        Some((left.to_owned(), format!("{moved}{fraction}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_number() {
        for (text, expected) in [
            ("100", Some("100")),
            ("-0012.50", Some("-12.50")),
            ("+.5", Some("0.5")),
            ("5.", Some("5")),
            ("-0.00", Some("0.00")),
            ("1,234", Some("1234")),
            ("1,234,567.89", Some("1234567.89")),
            ("12,34,567", Some("1234567")),
            ("1 234 567", Some("1234567")),
            ("1\u{A0}234", Some("1234")),
            ("1E3", Some("1000")),
            ("1.25e+1", Some("12.5")),
            ("1.5E-3", Some("0.0015")),
            ("-2e-2", Some("-0.02")),
            ("1,5", None),
            ("0,500", None),
            ("1.234,56", None),
            ("1,234 567", None),
            ("1,,234", None),
            ("1e", None),
            ("1e9999", None),
            ("1e100", None),
            (".", None),
            ("", None),
            ("-", None),
            ("--1", None),
            ("NaN", None),
            ("INF", None),
            ("$5", None),
            ("5 USD", None),
            ("1_000", None),
            ("٣", None),
        ] {
            assert_eq!(Number::parse(text).map(|n| n.text()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn half_to_even() {
        for (text, digits, expected) in [
            ("12.345", 2, "12.34"),
            ("12.355", 2, "12.36"),
            ("12.3450000001", 2, "12.35"),
            ("0.5", 0, "0"),
            ("1.5", 0, "2"),
            ("-2.5", 0, "-2"),
            ("-0.004", 2, "0.00"),
            ("9.995", 2, "10.00"),
            ("0.995", 2, "1.00"),
            ("7", 3, "7.000"),
            ("3840031.83948867", 2, "3840031.84"),
            ("0.1000000000000000055511151231257827021181583404541015625", 2, "0.10"),
        ] {
            assert_eq!(Number::parse(text).unwrap().rounded(digits).unwrap().text(), expected, "{text}");
        }
    }
}
