//! Amounts as people read them: the ISO code, separators, every digit.

use almoner_ledger::money::Figure;
use almoner_ledger::{Currency, Money};
use almoner_views::figures::Sum;

/// `CNY 1,234.00`; below zero with a minus sign.
pub(crate) fn money(money: Money) -> String {
    shown(money.amount(), money.currency())
}

/// The same of a sum.
pub(crate) fn sum(sum: Sum) -> String {
    shown(sum.amount(), sum.currency())
}

fn shown(amount: impl ToString, currency: Currency) -> String {
    let text = amount.to_string();
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let sign = if text.starts_with('-') { "\u{2212}" } else { "" };
    // A no-break space: the code never stands on another line than its number.
    format!("{}\u{a0}{sign}{}", currency, grouped(digits))
}

/// Thousands separators, for the part before the point.
pub(crate) fn grouped(text: &str) -> String {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut out = String::with_capacity(text.len().saturating_mul(2));
    for (at, digit) in whole.char_indices() {
        // Each place is below the length.
        if at > 0 && whole.len().saturating_sub(at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// An amount as the log writes it.
pub(crate) fn read(text: &str, currency: Currency) -> Option<Money> {
    Figure::parse(text)?.signed(currency).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digit_is_shown() {
        let cny = Currency::parse("CNY").unwrap();
        let jpy = Currency::parse("JPY").unwrap();
        for (minor, currency, text) in [
            (0, cny, "CNY\u{a0}0.00"),
            (99, cny, "CNY\u{a0}0.99"),
            (-123_456_789, cny, "CNY\u{a0}\u{2212}1,234,567.89"),
            (1000, jpy, "JPY\u{a0}1,000"),
            (100, jpy, "JPY\u{a0}100"),
        ] {
            assert_eq!(money(Money::from_minor(minor, currency)), text);
        }
    }
}
