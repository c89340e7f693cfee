//! IATI activity files, in: every transaction and every activity of a publisher's file as *observed*.
//!
//! Here: versions 1.01–1.05 and 2.01–2.03 of the International Aid Transparency Initiative's activity standard
//! (<https://iatistandard.org/en/iati-standard/203/activity-standard/>), files that name another version or none, and
//! copies that aggregators such as d-portal wrote out again. Not here: deciding what an observed transaction does to
//! the books (the ledger's), reading files from disk and printing (the command line's), writing IATI (another module).
//! Pure: bytes in, values out; no clock, no I/O, and the currency table is a parameter.
//!
//! What the module promises:
//! * **A file is never refused for its content.** A value that is not a number, a date that is none, a missing type:
//!   the transaction is handed over with what the file says, with findings, and with a line in [`Report::unmapped`].
//! * **Nothing is dropped in silence.** Every element is a container, mapped, or listed by line with a reason; so are
//!   attributes, stray text and whatever was cut. Only comments and processing instructions are passed over.
//! * **Nothing is half imported.** What is not well-formed, or could hurt, is refused as a whole ([`Refused`]): [`read`]
//!   walks the file once to check it, and calls the sink only on a second walk, which cannot fail.
//! * **Sums are the file's own.** Counted and added as decimal text, never as floating point, never rounded ([`Exact`]).
//!
//! The life of a file: `instead` (is it one at all) → `decode` (bytes to text) → `tokens` (well-formedness, bounds, line numbers; used twice) →
//! `scan` (first walk: is it IATI, which identifiers) → `map` (second walk: what goes where) → `draft` (one transaction
//! put together, judged, keyed), `tree` and `parts` (one activity, the same).

mod activity;
mod codes;
mod day;
mod decode;
mod draft;
mod exact;
mod instead;
mod key;
mod map;
mod node;
mod number;
mod observed;
mod parts;
mod refused;
mod report;
mod scan;
mod tokens;
mod tree;

pub use activity::{
    Activity, Budget, Coded, Dated, Detail, Indicator, MAX_DESCRIPTION_BYTES, Outcome, Party, Period, Text,
};
pub use codes::{FINDINGS, type_number};
pub use decode::MAX_BYTES;
pub use draft::{MAX_DETAILS, MAX_TEXT_BYTES};
pub use exact::Exact;
pub use observed::{Observed, Org};
pub use parts::MAX_ACTIVITY_BYTES;
pub use refused::Refused;
pub use report::{Elements, Group, LeftOut, Publisher, Remark, Report, Total, Unmapped};
pub use scan::{MAX_ELEMENTS, MAX_TRANSACTIONS};
pub use tokens::{MAX_ATTRIBUTES, MAX_DEPTH, MAX_TAG_BYTES};
pub use tree::MAX_PART_ELEMENTS;

/// Version of this mapping, for `import.declared`; it changes whenever the same file would give other transactions,
/// findings or keys.
pub const MAPPER_VERSION: &str = "iati-1";

/// Something that a file reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reported {
    /// A transaction.
    Transaction(Box<Observed>),
    /// An activity; it comes behind its transactions, where the file ends it.
    Activity(Box<Activity>),
}

/// Reads a whole activity file, also one that gzip has compressed, and hands each of its transactions and activities to
/// `sink`, in the order in which they end.
///
/// `digits` gives a currency's minor digits (`"JPY"` → 0), `None` for a code it does not know. `sink` may stop the
/// reading with an error of its own; otherwise it is called for all of them, and never for a file that is refused.
///
/// Memory: the decoded text (borrowed if the file is UTF-8), one activity, 32 bytes per transaction for the ordinals
/// and about 40 bytes per listed element.
///
/// # Errors
/// [`Refused`] before the first call of `sink`; whatever `sink` returns afterwards.
///
/// ```
/// use almoner_interchange::iati::{Refused, Reported, read};
/// let file = br#"<iati-activities version="2.03"><iati-activity default-currency="EUR">
///   <iati-identifier>XX-1-A</iati-identifier><title><narrative>Wells</narrative></title>
///   <transaction ref="t1"><transaction-type code="3"/><transaction-date iso-date="2020-01-31"/>
///     <value value-date="2020-01-31">12.345</value></transaction>
/// </iati-activity></iati-activities>"#;
/// let mut seen = Vec::new();
/// let report = read(file, &|_| Some(2), &mut |reported| {
///     seen.push(reported);
///     Ok::<(), Refused>(())
/// })?;
/// let [Reported::Transaction(transaction), Reported::Activity(activity)] = &seen[..] else { panic!("{seen:?}") };
/// assert_eq!(transaction.value.unwrap().to_string(), "12.34"); // half to even
/// assert_eq!(transaction.findings, ["rounded"]);
/// assert_eq!(activity.titles[0].text, "Wells");
/// assert_eq!(report.by_type_currency["3|EUR"].sum.to_string(), "12.345");
/// # Ok::<(), Refused>(())
/// ```
pub fn read<E: From<Refused>>(
    bytes: &[u8],
    digits: &dyn Fn(&str) -> Option<u32>,
    sink: &mut dyn FnMut(Reported) -> Result<(), E>,
) -> Result<Report, E> {
    let (bytes, was_packed) = instead::unpacked(bytes)?;
    let text = decode::decode(&bytes)?;
    let identifiers = scan::scan(&text)?;
    let mut report = map::map(&text, identifiers, digits, sink)?;
    if was_packed {
        let what = "compressed by gzip; lines are those of what was in it".to_owned();
        report.remarks.insert(0, Remark { code: "unpacked", line: None, what });
    }
    Ok(report)
}
