//! Rules, version 1: the limits, and the date of the currency table (`currency/table.csv`), which is part of them. A
//! changed precondition is a new version, never an edit; admission and audit use the version in force at the index.

/// The newest version that this program knows.
pub const RULES_KNOWN: u32 = 1;
/// The publication of ISO 4217 that says which currencies may be opened. A later one is a new version of the rules.
pub const CURRENCIES_AS_OF: &str = "2026-01-01";
/// Gifts in one event: with 256 a signature costs 0.2 µs a gift, and 256 gifts of about 90 bytes stay below 60 KiB.
pub const GIFTS_MAX: usize = 256;
/// Largest amount of one event, in minor units: 256 such still fit an i64.
pub const MINOR_MAX: i64 = 10_000_000_000_000_000;
/// Longest free text, in characters.
pub const TEXT_MAX: usize = 2_000;
/// Lines in one event (settlements, budgets, opening balances).
pub const LINES_MAX: usize = 256;
