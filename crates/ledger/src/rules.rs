//! Rules, version 1: the currency table and the limits. A changed precondition is a new version,
//! never an edit; admission and audit use the version in force at the index.

use crate::money::Currency;

/// The newest version that this program knows.
pub const RULES_KNOWN: u32 = 1;
/// Gifts in one event: with 256 a signature costs 0.2 µs a gift, and 256 gifts of about 90 bytes stay below 60 KiB.
pub const GIFTS_MAX: usize = 256;
/// Largest amount of one event, in minor units: 256 such still fit an i64.
pub const MINOR_MAX: i64 = 10_000_000_000_000_000;
/// Longest free text, in characters.
pub const TEXT_MAX: usize = 2_000;
/// Lines in one event (settlements, budgets, opening balances).
pub const LINES_MAX: usize = 256;

/// Minor digits of an ISO 4217 currency (list one, 2024-06-25), or `None` if it is not in the table.
/// XDR is listed without minor unit and used with two digits in practice.
///
/// Asked for every amount of every gift, so it is a match and not a search.
#[must_use]
#[rustfmt::skip]
pub fn minor_digits(currency: Currency) -> Option<u32> {
    match currency.bytes() {
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
