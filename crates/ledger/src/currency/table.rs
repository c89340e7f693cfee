//! The table of currencies, read once.

use super::Currency;
use std::sync::LazyLock;

/// A currency, or a unit that has a code as currencies do.
#[derive(Debug)]
pub(super) struct Row {
    /// Digits behind the point.
    pub(super) digits: u32,
    /// Whether accounts may be kept in it, as long as it is in force.
    pub(super) is_money: bool,
    /// Year and month in which it was withdrawn.
    pub(super) withdrawn: Option<&'static str>,
    /// The code that took its place.
    pub(super) followed_by: Option<&'static str>,
}

/// Names in use that are no codes of ISO 4217, and the code that is meant.
const IN_USE: [(&str, &str); 12] = [
    ("RMB", "CNY"),
    ("CNH", "CNY"),
    ("YUAN", "CNY"),
    ("YEN", "JPY"),
    ("NTD", "TWD"),
    ("NIS", "ILS"),
    ("STG", "GBP"),
    ("UKP", "GBP"),
    ("SFR", "CHF"),
    ("FCFA", "XOF"),
    ("CFA", "XOF"),
    ("DOLLAR", "USD"),
];

/// Codes of three letters.
const LETTERS: usize = 26 * 26 * 26;

/// Every row. Indexed by the letters, because it is asked for every amount of every gift.
static TABLE: LazyLock<Vec<Option<Row>>> = LazyLock::new(|| {
    let mut table: Vec<Option<Row>> = (0..LETTERS).map(|_| None).collect();
    for line in include_str!("table.csv").lines() {
        let fields: Vec<&'static str> = line.split(',').collect();
        let &[code, digits, used, withdrawn, followed_by] = fields.as_slice() else { continue };
        // The heading has no number there; a test looks at every line.
        let (Some(place), Ok(digits)) = (Currency::parse(code).and_then(place), digits.parse()) else { continue };
        let some = |text: &'static str| Some(text).filter(|text| !text.is_empty());
        let row = Row { digits, is_money: used == "money", withdrawn: some(withdrawn), followed_by: some(followed_by) };
        if let Some(free) = table.get_mut(place) {
            *free = Some(row);
        }
    }
    table
});

/// Three letters as a number.
fn place(currency: Currency) -> Option<usize> {
    currency
        .0
        .iter()
        .try_fold(0usize, |sum, letter| sum.checked_mul(26)?.checked_add(usize::from(letter.checked_sub(b'A')?)))
}

/// What is known of a code.
pub(super) fn row(currency: Currency) -> Option<&'static Row> {
    TABLE.get(place(currency)?)?.as_ref()
}

/// Every row with its code, in the order of codes.
pub(super) fn rows() -> impl Iterator<Item = (&'static str, &'static Row)> {
    let codes = include_str!("table.csv").lines().filter_map(|line| line.get(..3));
    codes.filter_map(|code| Some((code, row(Currency::parse(code)?)?)))
}

/// The code in force that somebody most likely meant.
pub(super) fn nearest(text: &str) -> Option<&'static str> {
    let text = text.trim().to_uppercase();
    let in_force = || rows().filter(|(_, row)| row.is_money && row.withdrawn.is_none()).map(|(code, _)| code);
    IN_USE
        .iter()
        .find_map(|(name, code)| (*name == text).then_some(*code))
        .or_else(|| in_force().find(|code| *code == text))
        .or_else(|| crate::nearest::nearest(&text, in_force()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read_and_none_twice() {
        let lines: Vec<&str> =
            include_str!("table.csv").lines().filter(|line| !line.starts_with('#')).skip(1).collect();
        assert!(lines.is_sorted() && lines.len() > 300);
        assert_eq!(rows().count(), lines.len());
        for line in lines {
            let fields: Vec<&str> = line.split(',').collect();
            let row = row(Currency::parse(fields[0]).unwrap()).unwrap();
            assert_eq!(row.digits.to_string(), fields[1], "{line}");
            assert!(["money", "unit"].contains(&fields[2]), "{line}");
            assert_eq!((row.withdrawn.unwrap_or(""), row.followed_by.unwrap_or("")), (fields[3], fields[4]), "{line}");
            assert!(fields[3].is_empty() || fields[3].starts_with(['1', '2']), "{line}");
        }
    }
}
