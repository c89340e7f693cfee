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
#[must_use]
pub fn minor_digits(currency: Currency) -> Option<u32> {
    let code = currency.code();
    if ZERO.contains(&code) {
        Some(0)
    } else if THREE.contains(&code) {
        Some(3)
    } else if FOUR.contains(&code) {
        Some(4)
    } else if TWO.contains(&code) {
        Some(2)
    } else {
        None
    }
}

const ZERO: &[&str] = &[
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF",
    "XPF",
];
const THREE: &[&str] = &["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"];
const FOUR: &[&str] = &["CLF", "UYW"];
const TWO: &[&str] = &[
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN", "BMD", "BND",
    "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHE", "CHF", "CHW", "CNY", "COP", "COU",
    "CRC", "CUC", "CUP", "CVE", "CZK", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL",
    "GHS", "GIP", "GMD", "GTQ", "GYD", "HKD", "HNL", "HRK", "HTG", "HUF", "IDR", "ILS", "INR", "IRR", "JMD", "KES",
    "KGS", "KHR", "KPW", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT",
    "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD", "PAB",
    "PEN", "PGK", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP",
    "SLE", "SLL", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TOP", "TRY", "TTD", "TWD",
    "TZS", "UAH", "USD", "USN", "UYU", "UZS", "VED", "VES", "WST", "XCD", "XDR", "YER", "ZAR", "ZMW", "ZWL",
];
