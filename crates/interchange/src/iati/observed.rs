//! One transaction as a publisher's file states it.

use rust_decimal::Decimal;

use super::LeftOut;

/// A transaction of an activity file: what the file says, what could be read from it, and what is odd about it.
///
/// Texts are trimmed, names and descriptions have their white space collapsed, all are at most
/// [`MAX_TEXT_BYTES`](super::MAX_TEXT_BYTES) long; what is blank counts as missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// Identity of the transaction, the same wherever it stands in the file, so that importing again is a diff.
    ///
    /// `H("almoner/iati/key/1\n" || content || ordinal)`, `ordinal` as 8 bytes big-endian, and
    /// `content = H("almoner/iati/transaction/1\n" || field* || count || (field field)*)`, where
    /// a `field` is the byte 0 if missing, else the byte 1, the length in bytes as 8 bytes big-endian, and the UTF-8 text.
    /// The fields are, as in this struct but never cut: `activity`, `reference`, `type_code`, `type_text`, `raw_value`,
    /// `currency`, `date`, `value_date`, `description`, then `reference`, `name`, `activity` of `provider` and of
    /// `receiver`. Then the number of `details` (8 bytes big-endian) and for each, in byte order of (name, value), two
    /// fields. So the order of elements and attributes does not matter, and a currency is the same whether the value
    /// or the activity names it.
    pub key: [u8; 32],
    /// 0 for the first transaction of this content in the file, 1 for the next one that is equal to it, and so on.
    pub ordinal: u64,
    /// Line of the `transaction` start tag, 1-based.
    pub line: u64,
    /// Number in the file of the activity it stands in, from 0; `None` outside of one.
    pub place: Option<usize>,
    /// `iati-identifier` of the activity; empty if it has none.
    pub activity: String,
    /// `@ref`.
    pub reference: Option<String>,
    /// `transaction-type/@code` as in the file: `"1"` to `"13"`, in version 1 `"C"`, `"D"`, `"E"`, `"IF"` …
    pub type_code: Option<String>,
    /// Text of `transaction-type`, or `transaction/@type` of version 1.0 files if there is neither.
    pub type_text: Option<String>,
    /// The type as a number of version 2 (1 to 13), from the code, or, failing one, from the text.
    pub kind: Option<u8>,
    /// Text of `value`.
    pub raw_value: Option<String>,
    /// `raw_value` rounded half to even to exactly the currency's minor digits; `None` if it is no number or the currency
    /// is not known.
    pub value: Option<Decimal>,
    /// `raw_value − value`, exact; `None` if zero (or `value` is `None`).
    pub rounding: Option<Decimal>,
    /// `value/@currency`, else the activity's `@default-currency`.
    pub currency: Option<String>,
    /// `transaction-date/@iso-date`.
    pub date: Option<String>,
    /// `value/@value-date`.
    pub value_date: Option<String>,
    /// `date` as `YYYY-MM-DD`, if it is one.
    pub day: Option<String>,
    /// `value_date` as `YYYY-MM-DD`, if it is one.
    pub value_day: Option<String>,
    /// `provider-org`.
    pub provider: Option<Org>,
    /// `receiver-org`.
    pub receiver: Option<Org>,
    /// `description`: its first narrative, or its text.
    pub description: Option<String>,
    /// Everything else the transaction says, in the order of the file: `("flow-type", "10")` is an element's code,
    /// `("sector/@vocabulary", "1")` another attribute, `("sector/narrative", …)` a narrative, `("flow-type/text", …)` a
    /// text, `("transaction/@humanitarian", "1")` an attribute of the transaction; `(".../narrative/@xml:lang", "FR")`
    /// follows the narrative it belongs to. What may stand once and stands again is `("value#2", …)`, and so on.
    pub details: Vec<(String, String)>,
    /// What of the transaction this does not carry, by path.
    pub left_out: Vec<LeftOut>,
    /// Codes from [`FINDINGS`](super::FINDINGS).
    pub findings: Vec<&'static str>,
}

/// An organisation of a transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Org {
    /// `@ref`.
    pub reference: Option<String>,
    /// First narrative, or text.
    pub name: Option<String>,
    /// `@provider-activity-id` or `@receiver-activity-id`.
    pub activity: Option<String>,
}

impl Org {
    /// The organisation, unless the file says nothing about it.
    pub(super) fn known(self) -> Option<Self> {
        (self != Self::default()).then_some(self)
    }
}
