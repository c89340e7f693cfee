//! Money: minor units and their currency. Currencies never add; every sum is checked. Decimals stand where amounts are
//! read and written.

use crate::currency::Currency;
use crate::refusal::{Code, Refusal};
use crate::rules::MINOR_MAX;
use crate::shape::{Form, Shape, Shaped};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// An amount as it stands in an event, before its currency is known: `-?` digits, and a fraction
/// with at least one digit. No exponent, no plus, no leading zero, no `-0`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Figure(Decimal);

impl Figure {
    /// Reads the one spelling.
    #[must_use]
    pub fn parse(text: &str) -> Option<Figure> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
        let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !all_digits(whole)
            || fraction.is_some_and(|f| !all_digits(f))
            || (whole.len() > 1 && whole.starts_with('0'))
            || digits.len() > 24
        {
            return None;
        }
        let value = Decimal::from_str_exact(text).ok()?;
        (!(value.is_zero() && text.starts_with('-'))).then_some(Figure(value))
    }

    /// The money it is in this currency.
    ///
    /// # Errors
    /// `amount.malformed` if the digits after the point are not exactly the currency's,
    /// `amount.too_large` beyond [`MINOR_MAX`].
    pub fn signed(self, currency: Currency) -> Result<Money, Refusal> {
        if self.0.scale() != currency.digits() {
            let why = format!(
                "{} has {} digits after the point, {currency} has {}",
                self.0,
                self.0.scale(),
                currency.digits()
            );
            let mut padded = self.0;
            padded.rescale(currency.digits());
            let near = (padded == self.0).then(|| padded.to_string());
            let why = crate::nearest::meant(&why, near.as_deref());
            return Err(Refusal::new(Code::AmountMalformed, why));
        }
        let minor =
            i64::try_from(self.0.mantissa()).ok().filter(|minor| minor.unsigned_abs() <= MINOR_MAX.unsigned_abs());
        let minor = minor.ok_or_else(|| Refusal::new(Code::AmountTooLarge, self.0))?;
        Ok(Money { minor, currency })
    }

    /// Money that is not below zero.
    ///
    /// # Errors
    /// Those of [`Figure::signed`], and `amount.not_positive`.
    pub fn not_negative(self, currency: Currency) -> Result<Money, Refusal> {
        let money = self.signed(currency)?;
        if money.is_negative() { Err(Refusal::new(Code::AmountNotPositive, self.0)) } else { Ok(money) }
    }

    /// Money above zero.
    ///
    /// # Errors
    /// Those of [`Figure::signed`], and `amount.not_positive`.
    pub fn positive(self, currency: Currency) -> Result<Money, Refusal> {
        let money = self.not_negative(currency)?;
        if money.is_zero() { Err(Refusal::new(Code::AmountNotPositive, self.0)) } else { Ok(money) }
    }
}

impl fmt::Debug for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl<'de> Deserialize<'de> for Figure {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl serde::de::Visitor<'_> for Reader {
            type Value = Figure;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal string")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Figure, E> {
                Figure::parse(text).ok_or_else(|| Code::AmountMalformed.says(text))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

impl Shaped for Figure {
    const SHAPE: Shape = Shape::Text(Form { name: "amount", pattern: "^-?(0|[1-9][0-9]*)(\\.[0-9]+)?$" });
}

/// An amount in minor units of its currency.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Money {
    currency: Currency,
    minor: i64,
}

impl Money {
    /// Nothing, in a currency.
    #[must_use]
    pub const fn zero(currency: Currency) -> Money {
        Money::from_minor(0, currency)
    }

    /// From minor units.
    #[must_use]
    pub const fn from_minor(minor: i64, currency: Currency) -> Money {
        Money { currency, minor }
    }

    /// So many minor units of the same currency.
    #[must_use]
    pub fn alike(self, minor: i64) -> Money {
        Money { minor, ..self }
    }

    /// In minor units.
    #[must_use]
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub fn currency(self) -> Currency {
        self.currency
    }
    /// The decimal, with exactly the currency's minor digits.
    #[must_use]
    pub fn amount(self) -> Decimal {
        Decimal::new(self.minor, self.currency.digits())
    }
    /// The amount without its currency.
    #[must_use]
    pub fn figure(self) -> Figure {
        Figure(self.amount())
    }
    /// Below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.minor < 0
    }
    /// Above zero.
    #[must_use]
    pub fn is_positive(self) -> bool {
        self.minor > 0
    }
    /// Exactly zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.minor == 0
    }

    fn with(self, other: Money, sum: fn(i64, i64) -> Option<i64>) -> Result<Money, Refusal> {
        if self.currency != other.currency {
            return Err(Refusal::new(Code::CurrencyMismatch, format!("{} and {}", self.currency, other.currency)));
        }
        let minor = sum(self.minor, other.minor).ok_or_else(|| Refusal::new(Code::AmountTooLarge, self))?;
        Ok(Money { minor, ..self })
    }

    /// Checked sum.
    ///
    /// # Errors
    /// `currency.mismatch`, `amount.too_large`.
    pub fn plus(self, other: Money) -> Result<Money, Refusal> {
        self.with(other, i64::checked_add)
    }

    /// Checked difference.
    ///
    /// # Errors
    /// Those of [`Money::plus`].
    pub fn minus(self, other: Money) -> Result<Money, Refusal> {
        self.with(other, i64::checked_sub)
    }

    /// The other side. Of the one amount that has none the largest there is, which no sum takes.
    #[must_use]
    pub fn negated(self) -> Money {
        Money { minor: self.minor.checked_neg().unwrap_or(i64::MAX), ..self }
    }

    /// The smaller; of different currencies the first.
    #[must_use]
    pub fn at_most(self, other: Money) -> Money {
        if other.currency == self.currency && other.minor < self.minor { other } else { self }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.amount())
    }
}
impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_one_spelling() {
        for good in ["0", "0.00", "1.50", "-3", "50000000000.00"] {
            assert_eq!(Figure::parse(good).unwrap().0.to_string(), good);
        }
        for bad in [
            "",
            "01",
            "1.",
            ".5",
            "+1",
            "1e3",
            "-0",
            "-0.00",
            "1,000",
            " 1",
            "1_0",
            "NaN",
            "99999999999999999999999999",
        ] {
            assert!(Figure::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn digits_are_the_currencys() {
        let (cny, jpy, kwd) =
            (Currency::parse("CNY").unwrap(), Currency::parse("JPY").unwrap(), Currency::parse("KWD").unwrap());
        assert!(Figure::parse("1.00").unwrap().positive(cny).is_ok());
        assert_eq!(Figure::parse("1.0").unwrap().positive(cny).unwrap_err().code(), Code::AmountMalformed);
        assert_eq!(Figure::parse("1.00").unwrap().positive(jpy).unwrap_err().code(), Code::AmountMalformed);
        assert_eq!(Figure::parse("1.000").unwrap().positive(kwd).unwrap().minor(), 1000);
        assert_eq!(Figure::parse("0.00").unwrap().positive(cny).unwrap_err().code(), Code::AmountNotPositive);
        let (a, b) = (Money::from_minor(1, cny), Money::from_minor(1, jpy));
        assert_eq!(a.plus(b).unwrap_err().code(), Code::CurrencyMismatch);
    }
}
