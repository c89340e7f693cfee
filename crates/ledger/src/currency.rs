//! Currencies: the codes, their minor digits, and which of them are in force. The table is data, `currency/table.csv`,
//! and part of the rules.

mod table;

use crate::refusal::{Code, Refusal};
use crate::rules::CURRENCIES_AS_OF;
use crate::shape::{Form, Shape, Shaped};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// An ISO 4217 code, three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Sorts before every other code: where a range over accounts begins.
    pub const FIRST: Currency = Currency(*b"AAA");

    /// Reads three capital letters; whether the rules know the code is another question.
    #[must_use]
    pub fn parse(text: &str) -> Option<Currency> {
        let bytes: [u8; 3] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_uppercase).then_some(Currency(bytes))
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// Minor digits under the rules; 2 for a code that no admitted event can carry.
    #[must_use]
    pub fn digits(&self) -> u32 {
        minor_digits(*self).unwrap_or(2)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Data of events is JSON; the replay file, which is not, gives back what was admitted.
        let is_data = deserializer.is_human_readable();
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let admitted = Currency::parse(&text).filter(|currency| !is_data && minor_digits(*currency).is_some());
        admitted.map_or_else(|| openable(&text), Ok).map_err(|refusal| refusal.code().says(refusal.detail()))
    }
}

impl Shaped for Currency {
    const SHAPE: Shape = Shape::Text(Form { name: "currency", pattern: "^[A-Z]{3}$" });
}

/// Minor digits of a currency that ISO 4217 or IATI's list ever had, or `None` of any other code. Codes without a minor
/// unit (XDR, metals) have two, as they are used.
#[must_use]
pub fn minor_digits(currency: Currency) -> Option<u32> {
    table::row(currency).map(|row| row.digits)
}

/// A currency by a code that ISO 4217 or IATI's list ever had.
///
/// # Errors
/// `currency.unknown`, with the code that was meant.
pub fn ever_known(text: &str) -> Result<Currency, Refusal> {
    let known = Currency::parse(text).filter(|currency| minor_digits(*currency).is_some());
    known.ok_or_else(|| Refusal::new(Code::CurrencyUnknown, crate::nearest::meant(text, table::nearest(text))))
}

/// Whether accounts, funds and promises may be opened in a currency under the table of [`CURRENCIES_AS_OF`]: it is money, and in
/// force.
///
/// # Errors
/// `currency.withdrawn`, `currency.unknown`.
pub fn openable(text: &str) -> Result<Currency, Refusal> {
    let unknown = |what: String| Err(Refusal::new(Code::CurrencyUnknown, what));
    let currency = ever_known(text)?;
    let Some(row) = table::row(currency) else { return unknown(text.to_owned()) };
    match (row.is_money, &row.withdrawn) {
        (true, None) => Ok(currency),
        (true, Some(withdrawn)) => {
            let followed = row.followed_by.map(|code| format!("; {code} followed it")).unwrap_or_default();
            Err(Refusal::new(
                Code::CurrencyWithdrawn,
                format!("{text} was withdrawn in {withdrawn}{followed} (table of {CURRENCIES_AS_OF})"),
            ))
        }
        (false, _) => unknown(format!("{text} stands for a unit that is no money of a country")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_that_ever_was_has_the_digits_that_it_had() {
        for (code, digits) in [
            ("CNY", Some(2)),
            ("JPY", Some(0)),
            ("KWD", Some(3)),
            ("CLF", Some(4)),
            ("XDR", Some(2)),
            ("BYR", Some(0)),
            ("LTL", Some(2)),
            ("ITL", Some(0)),
            ("ZMK", Some(2)),
            ("XBT", Some(8)),
            ("XCG", Some(2)),
            ("XAU", Some(2)),
            ("QQQ", None),
        ] {
            assert_eq!(Currency::parse(code).and_then(minor_digits), digits, "{code}");
        }
    }

    #[test]
    fn only_money_that_is_in_force_is_opened() {
        for code in ["CNY", "XCG", "ZWG", "XDR"] {
            assert_eq!(openable(code).map(|currency| currency.to_string()), Ok(code.to_owned()));
        }
        for (code, refusal, said) in [
            ("LVL", Code::CurrencyWithdrawn, "LVL was withdrawn in 2014-01; EUR followed it"),
            ("ZWL", Code::CurrencyWithdrawn, "ZWL was withdrawn in 2024-09; ZWG followed it"),
            ("XAU", Code::CurrencyUnknown, "no money"),
            ("XTS", Code::CurrencyUnknown, "no money"),
            ("eur", Code::CurrencyUnknown, "did you mean EUR?"),
            ("EURO", Code::CurrencyUnknown, "did you mean EUR?"),
            ("RMB", Code::CurrencyUnknown, "did you mean CNY?"),
            ("GPB", Code::CurrencyUnknown, "did you mean GBP?"),
            ("", Code::CurrencyUnknown, ""),
        ] {
            let why = openable(code).unwrap_err();
            assert_eq!(why.code(), refusal, "{code}");
            assert!(why.detail().contains(said), "{code}: {}", why.detail());
        }
    }

    #[test]
    fn what_follows_a_code_is_a_code_and_in_the_end_one_in_force() {
        for (code, row) in table::rows() {
            let mut followed = row.followed_by;
            for _ in 0..10 {
                let Some(next) = followed else { break };
                let row = table::row(Currency::parse(next).unwrap()).unwrap_or_else(|| panic!("{code}: {next}"));
                followed = row.followed_by;
            }
            assert_eq!(followed, None, "{code} goes in a circle");
            assert!(row.followed_by.is_none() || row.withdrawn.is_some(), "{code} is in force");
        }
    }
}
