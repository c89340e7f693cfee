//! Currencies: ISO 4217 codes, and the table of their minor digits, which is part of the rules.

use crate::refusal::Code;
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
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Currency::parse(&text).filter(|c| minor_digits(*c).is_some()).ok_or_else(|| Code::CurrencyUnknown.says(text))
    }
}

impl Shaped for Currency {
    const SHAPE: Shape = Shape::Text(Form { name: "currency", pattern: "^[A-Z]{3}$" });
}

/// Minor digits of an ISO 4217 currency (list one, 2024-06-25), or `None` if it is not in the table.
/// XDR is listed without minor unit and used with two digits in practice.
///
/// Asked for every amount of every gift, so it is a match and not a search.
#[must_use]
#[rustfmt::skip]
pub fn minor_digits(currency: Currency) -> Option<u32> {
    match &currency.0 {
        b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG" | b"RWF" | b"UGX" | b"UYI"
         | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => Some(0),
        b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => Some(3),
        b"CLF" | b"UYW" => Some(4),
        b"AED" | b"AFN" | b"ALL" | b"AMD" | b"ANG" | b"AOA" | b"ARS" | b"AUD" | b"AWG" | b"AZN" | b"BAM" | b"BBD"
         | b"BDT" | b"BGN" | b"BMD" | b"BND" | b"BOB" | b"BOV" | b"BRL" | b"BSD" | b"BTN" | b"BWP" | b"BYN" | b"BZD"
         | b"CAD" | b"CDF" | b"CHE" | b"CHF" | b"CHW" | b"CNY" | b"COP" | b"COU" | b"CRC" | b"CUC" | b"CUP" | b"CVE"
         | b"CZK" | b"DKK" | b"DOP" | b"DZD" | b"EGP" | b"ERN" | b"ETB" | b"EUR" | b"FJD" | b"FKP" | b"GBP" | b"GEL"
         | b"GHS" | b"GIP" | b"GMD" | b"GTQ" | b"GYD" | b"HKD" | b"HNL" | b"HRK" | b"HTG" | b"HUF" | b"IDR" | b"ILS"
         | b"INR" | b"IRR" | b"JMD" | b"KES" | b"KGS" | b"KHR" | b"KPW" | b"KYD" | b"KZT" | b"LAK" | b"LBP" | b"LKR"
         | b"LRD" | b"LSL" | b"MAD" | b"MDL" | b"MGA" | b"MKD" | b"MMK" | b"MNT" | b"MOP" | b"MRU" | b"MUR" | b"MVR"
         | b"MWK" | b"MXN" | b"MXV" | b"MYR" | b"MZN" | b"NAD" | b"NGN" | b"NIO" | b"NOK" | b"NPR" | b"NZD" | b"PAB"
         | b"PEN" | b"PGK" | b"PHP" | b"PKR" | b"PLN" | b"QAR" | b"RON" | b"RSD" | b"RUB" | b"SAR" | b"SBD" | b"SCR"
         | b"SDG" | b"SEK" | b"SGD" | b"SHP" | b"SLE" | b"SLL" | b"SOS" | b"SRD" | b"SSP" | b"STN" | b"SVC" | b"SYP"
         | b"SZL" | b"THB" | b"TJS" | b"TMT" | b"TOP" | b"TRY" | b"TTD" | b"TWD" | b"TZS" | b"UAH" | b"USD" | b"USN"
         | b"UYU" | b"UZS" | b"VED" | b"VES" | b"WST" | b"XCD" | b"XDR" | b"YER" | b"ZAR" | b"ZMW" | b"ZWL" => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_digits_of_iso_4217() {
        for (code, digits) in
            [("CNY", Some(2)), ("JPY", Some(0)), ("KWD", Some(3)), ("CLF", Some(4)), ("XDR", Some(2)), ("XXX", None)]
        {
            assert_eq!(Currency::parse(code).and_then(minor_digits), digits, "{code}");
        }
    }
}
