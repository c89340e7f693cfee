//! The code lists and element names this mapping knows, and the findings it makes.

/// Every finding, with what it says. A finding is a remark about a transaction, an activity or a file, never a refusal of it.
pub const FINDINGS: &[(&str, &str)] = &[
    ("bad-activity-date", "an activity-date/@iso-date is not a date; it is kept as text"),
    ("bad-date", "transaction-date/@iso-date is not a date"),
    ("bad-value-date", "value/@value-date is not a date"),
    ("broken-value", "an element interrupts the text of the value; the text is kept, and no number is made of it"),
    ("budget-without-number", "a budget's value is not a number in a known currency; it is kept as text"),
    ("cut", "more than one event can carry; the ends of lists are left out"),
    ("exponent", "the value is written with an exponent"),
    ("grouped", "the value has thousands separators; they were read as such"),
    ("left-out", "something that the file says is not carried; left_out names it"),
    ("negative", "the value is below zero"),
    ("no-activity-id", "the activity has no iati-identifier"),
    ("no-currency", "neither the value nor the activity names a currency"),
    ("no-date", "no transaction-date/@iso-date"),
    ("no-ref", "no transaction/@ref"),
    ("no-title", "the activity has no title"),
    ("no-type", "no transaction-type/@code"),
    ("no-value", "no value, or an empty one"),
    ("not-a-number", "the value is not a number this reader takes; it is kept as text and not in the sums"),
    ("outside-activity", "the transaction stands outside of any activity"),
    ("replaced-character", "a control character that a wrong conversion left was read as what was meant, or replaced"),
    ("rounded", "the value has more digits than its currency; the difference is kept"),
    ("same-identifier", "an activity before this one has the same publisher and identifier"),
    ("second-date", "two transaction dates; the first is the transaction's, the other is among the details"),
    ("second-element", "something that may stand once stands again; the first counts, the other is among the details"),
    ("second-type", "two transaction types; the first is the transaction's, the other is among the details"),
    ("second-value", "two values; the first is the transaction's, the other is among the details"),
    ("several-publishers", "the file reports for several organisations; the one with most activities is named"),
    ("text-cut", "a text was longer than is carried; its end is left out"),
    ("too-many-details", "more details than are carried; the last are left out"),
    ("too-many-digits", "the value has more digits than a decimal number here can hold; it is kept as text"),
    ("type-in-text", "the type stands as text, not as code; it was recognised"),
    ("unknown-currency", "the currency is not in the table; the value is kept as text"),
    ("unknown-type", "the type code is not in the code list"),
    ("unpacked", "the file was compressed by gzip; lines are those of what was in it"),
    ("value-date-differs", "value/@value-date is another day than the transaction's"),
];

/// `TransactionType`, versions 2 and 1, and its English names of both
/// (<https://iatistandard.org/en/iati-standard/203/codelists/transactiontype/>, and 105 for the letters).
const TYPES: &[(u8, &str, &[&str])] = &[
    (1, "IF", &["incoming funds"]),
    (2, "C", &["outgoing commitment", "commitment"]),
    (3, "D", &["disbursement"]),
    (4, "E", &["expenditure"]),
    (5, "IR", &["interest payment", "interest repayment"]),
    (6, "LR", &["loan repayment"]),
    (7, "R", &["reimbursement"]),
    (8, "QP", &["purchase of equity"]),
    (9, "QS", &["sale of equity"]),
    (10, "CG", &["credit guarantee"]),
    (11, "", &["incoming commitment"]),
    (12, "", &["outgoing pledge"]),
    (13, "", &["incoming pledge"]),
];

/// The version 2 number (1 to 13) of a transaction type code of either version: `"3"` and `"D"` give 3.
#[must_use]
pub fn type_number(code: &str) -> Option<u8> {
    let same = |number: u8, letters: &str| !code.is_empty() && (letters == code || number.to_string() == code);
    TYPES.iter().find(|(number, letters, _)| same(*number, letters)).map(|(number, ..)| *number)
}

/// The same for a type written as text: a code, or a name of the code list in any case.
pub(super) fn type_in_text(text: &str) -> Option<u8> {
    let named = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(text));
    type_number(text).or_else(|| TYPES.iter().find(|(.., names)| named(names)).map(|(number, ..)| *number))
}

/// What an element of a transaction becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `transaction-type`.
    Type,
    /// `transaction-date`.
    Date,
    /// `value`.
    Value,
    /// `description`.
    Description,
    /// `provider-org`.
    Provider,
    /// `receiver-org`.
    Receiver,
    /// An element whose `@code` goes to the details.
    Coded,
}

/// The elements of `iati-activity/transaction`, versions 1.01 to 2.03
/// (<https://iatistandard.org/en/iati-standard/203/activity-standard/iati-activities/iati-activity/transaction/>).
const CHILDREN: &[(&str, Kind)] = &[
    ("transaction-type", Kind::Type),
    ("transaction-date", Kind::Date),
    ("value", Kind::Value),
    ("description", Kind::Description),
    ("provider-org", Kind::Provider),
    ("receiver-org", Kind::Receiver),
    ("disbursement-channel", Kind::Coded),
    ("sector", Kind::Coded),
    ("recipient-country", Kind::Coded),
    ("recipient-region", Kind::Coded),
    ("flow-type", Kind::Coded),
    ("finance-type", Kind::Coded),
    ("aid-type", Kind::Coded),
    ("tied-status", Kind::Coded),
];

/// The mapped child of a transaction of this name.
pub(super) fn child(name: &str) -> Option<(&'static str, Kind)> {
    CHILDREN.iter().find(|(known, _)| *known == name).copied()
}

impl Kind {
    /// Whether one transaction may have several (2.03 for sectors and aid types; version 1 repeats texts by language).
    pub(super) fn repeats(self) -> bool {
        matches!(self, Self::Description | Self::Coded)
    }

    /// What to say of a second one where one may stand.
    pub(super) fn second(self) -> &'static str {
        match self {
            Self::Type => "second-type",
            Self::Date => "second-date",
            Self::Value => "second-value",
            Self::Description | Self::Provider | Self::Receiver | Self::Coded => "second-element",
        }
    }

    /// Whether `narrative` is expected inside.
    pub(super) fn narrates(self) -> bool {
        matches!(self, Self::Description | Self::Provider | Self::Receiver | Self::Coded)
    }
}
