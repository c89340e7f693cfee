//! Refusals: a typed table. Each has a stable word, a class, a sentence that says what to do, and a place in the order of
//! checks, in one row.

use crate::touched::Short;
use almoner_proof::event::EnvelopeError;
use almoner_proof::key::KeyError;
use almoner_proof::{Hash, VerifyError};
use std::fmt;

/// What a refusal means to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The event itself is wrong; sending it again will not help.
    Unprocessable,
    /// The chain's head is elsewhere; draft again on it.
    Conflict,
    /// Too large.
    TooLarge,
    /// A defect of this program.
    Defect,
}

impl Class {
    /// The status of HTTP (RFC 9110 §15).
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Class::Unprocessable => 422,
            Class::Conflict => 409,
            Class::TooLarge => 413,
            Class::Defect => 500,
        }
    }
}

macro_rules! codes {
    ($($variant:ident = $word:literal, $class:ident, $advice:literal;)+) => {
        /// Every refusal, in the order of checks: where an event has several faults, the first is told.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $(#[doc = $advice] $variant),+ }

        impl Code {
            /// Every code, in the order of checks. A test table has a row for each.
            pub const ALL: &'static [Code] = &[$(Code::$variant),+];

            /// The stable word.
            #[must_use]
            pub fn word(self) -> &'static str { match self { $(Code::$variant => $word),+ } }

            /// What it means to a client.
            #[must_use]
            pub fn class(self) -> Class { match self { $(Code::$variant => Class::$class),+ } }

            /// What to do.
            #[must_use]
            pub fn advice(self) -> &'static str { match self { $(Code::$variant => $advice),+ } }
        }
    };
}

codes! {
    SizeTooLarge = "size.too_large", TooLarge, "the event is over 60 KiB: split it into several events";
    GrammarNote = "grammar.note", Unprocessable, "the bytes are not an event note: text, one empty line, signature lines";
    GrammarLine = "grammar.line", Unprocessable, "a line is missing, out of order or malformed: log, chain, seq, prev, seen, time, type, data";
    GrammarSignatureLine = "grammar.signature_line", Unprocessable, "signature lines are `— <chain>/<label> <base64>`, sorted by name, once each, at most 16";
    LogOther = "log.other", Unprocessable, "the event names another log: draft it for this origin";
    DataJson = "data.json", Unprocessable, "data is not one JSON object of the strict grammar";
    DataUnknownType = "data.unknown_type", Unprocessable, "this type is not known: see the list of events";
    DataUnknownField = "data.unknown_field", Unprocessable, "data has a member that this type does not have";
    DataMissingField = "data.missing_field", Unprocessable, "data lacks a member that this type needs";
    DataType = "data.type", Unprocessable, "a member of data is of another JSON type than it must be";
    DataWord = "data.word", Unprocessable, "a member of data is none of the words that may stand there";
    DataDigest = "data.digest", Unprocessable, "hashes, commitments and tags are 32 bytes in canonical base64, and never the text itself: leave the member out where you have none; the hash of a file is 64 lowercase hex digits";
    DataText = "data.text", Unprocessable, "a text is empty, too long, or holds control characters: shorten it, or leave the member out";
    DataName = "data.name", Unprocessable, "a name or title is one line in which something is to be seen: write it without line breaks, and not of blanks or hidden characters alone";
    DataLanguage = "data.language", Unprocessable, "names and titles are an object from language tags to texts, with one language at least: {\"en\":\"Wells\"}";
    DataCount = "data.count", Unprocessable, "a list holds too few or too many items";
    DataRange = "data.range", Unprocessable, "a number is outside what may stand there";
    DataTwice = "data.twice", Unprocessable, "something stands twice in a list: name it once";
    DataSame = "data.same", Unprocessable, "two members name the same thing and must differ";
    DataTogether = "data.together", Unprocessable, "members stand together that exclude each other, or one is missing that belongs to another";
    DataOrder = "data.order", Unprocessable, "of two days or years the first is after the second";
    DataSign = "data.sign", Unprocessable, "assets are above zero and liabilities below";
    DataSum = "data.sum", Unprocessable, "the parts do not add up to the whole";
    PayeeSelf = "payee.self", Unprocessable, "a chain does not pay itself, and another chain of the log is paid by a disbursement, which it confirms";
    RefNotCanonical = "ref.not_canonical", Unprocessable, "references are `<kind>/<id>` for one's own, `<chain>/<kind>/<id>` for others'";
    AmountMalformed = "amount.malformed", Unprocessable, "amounts are decimal strings with exactly the currency's minor digits";
    AmountNotPositive = "amount.not_positive", Unprocessable, "the amount must be above zero";
    AmountTooLarge = "amount.too_large", Unprocessable, "the amount is beyond what one event may carry";
    CurrencyUnknown = "currency.unknown", Unprocessable, "no account, fund or promise is kept in such a currency: use a code of ISO 4217";
    CurrencyWithdrawn = "currency.withdrawn", Unprocessable, "the currency is not in force any more: open in the one that followed it; what others reported in it can be imported";
    CurrencyMismatch = "currency.mismatch", Unprocessable, "the currency differs from that of the account or promise";
    DateInvalid = "date.invalid", Unprocessable, "dates are YYYY-MM-DD and exist; years begin with 0001";
    ChainUnknown = "chain.unknown", Unprocessable, "no such chain: open it first";
    ChainExists = "chain.exists", Conflict, "a chain of this name is open already";
    KeyMalformed = "key.malformed", Unprocessable, "the key string is malformed or not of this chain";
    KeyWeak = "key.weak", Unprocessable, "the key is weak or not canonical: make a new one";
    KeyUnknown = "key.unknown", Unprocessable, "the signing key is not known to this log";
    SignatureInvalid = "signature.invalid", Unprocessable, "a signature does not verify: sign the exact text again";
    ChainFork = "chain.fork", Conflict, "another event stands at this seq: draft again on the chain's head";
    ChainGap = "chain.gap", Conflict, "seq is beyond the chain's next: send what lies between first";
    ChainPrev = "chain.prev", Conflict, "prev is not the hash of the chain's last event: draft again on the head";
    ChainNotAdmitted = "chain.not_admitted", Unprocessable, "the operator has not admitted this chain yet";
    KeyInactive = "key.inactive", Unprocessable, "the key is retired or stands in no chain";
    KeyExists = "key.exists", Unprocessable, "this key or label has been used already";
    KeyQuorum = "key.quorum", Unprocessable, "fewer admin holders than the quorum would be left, or a quorum of recovery keys that can never be met";
    SignersWrong = "signers.wrong", Unprocessable, "the signature lines are not exactly the required signers";
    SignersRole = "signers.role", Unprocessable, "the signing key has no role that may sign this type";
    SeenUnknown = "seen.unknown", Unprocessable, "seen is not a published size of this log with that root";
    SeenDecreasing = "seen.decreasing", Unprocessable, "seen is smaller than in an earlier event of the chain";
    RefUnknown = "ref.unknown", Unprocessable, "the reference names nothing that exists";
    RefHash = "ref.hash", Unprocessable, "the hash is not that of the event named";
    RefExists = "ref.exists", Unprocessable, "the id has been used already: ids are never used again";
    HoldPlaced = "hold.placed", Unprocessable, "a hold by the supervisor stands on this: only corrections are possible until it is lifted";
    RulesUnknown = "rules.unknown", Unprocessable, "this version of the rules is not known";
    EpochNotNext = "epoch.not_next", Unprocessable, "an epoch is one more than the newest: another sequencer has opened one";
    LogOrder = "log.order", Unprocessable, "log.opened stands at index 1, and only there";
    ChainRole = "chain.role", Unprocessable, "this chain may not do that";
    StateWrong = "state.wrong", Unprocessable, "the entity is not in a state that allows this";
    FundOverdrawn = "fund.overdrawn", Unprocessable, "the fund's spendable money does not suffice: a fund never pays what it does not have";
    ApprovalMissing = "approval.missing", Unprocessable, "the payment is not approved by as many holders as the policy asks";
    ApprovalSelf = "approval.self", Unprocessable, "the requester cannot approve, and nobody approves twice";
    ApprovalChanged = "approval.changed", Unprocessable, "the payment differs from what was approved";
    MilestoneUnattested = "milestone.unattested", Unprocessable, "the milestone is not attested by its quorum";
    MilestoneNotReviewer = "milestone.not_reviewer", Unprocessable, "this chain is not a reviewer of the milestone";
    MilestoneNotIndependent = "milestone.not_independent", Unprocessable, "a reviewer's chain has a public key in common with another reviewer's, the implementer's, or that of a payer whose grant names the milestone: name a reviewer with keys of its own";
    GrantExceeded = "grant.exceeded", Unprocessable, "the grant's amount would be exceeded";
    RefundExceeded = "refund.exceeded", Unprocessable, "more would be refunded than was received";
    PromiseExceeded = "promise.exceeded", Unprocessable, "more would be taken than the promise holds";
    ReversalNotReversible = "reversal.not_reversible", Unprocessable, "this type is not undone by a reversal: use its own exit";
    ReversalTwice = "reversal.twice", Unprocessable, "each item is reversed at most once, and a reversal is never reversed";
    ReversalDependents = "reversal.dependents", Unprocessable, "other events rest on this one: reverse those first";
    GiftsCount = "gifts.count", Unprocessable, "an event carries 1 to 256 gifts, each with fee at most gross";
    AttributionUnknown = "attribution.unknown", Unprocessable, "the attribution rule is not known: fifo/1";
    ObservedDuplicate = "observed.duplicate", Unprocessable, "this transaction or activity has been imported already";
    BooksDefect = "books.defect", Defect, "this program would have written an entry that does not balance: nothing happened; tell its developers";
}

impl Code {
    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Code> {
        Code::ALL.iter().copied().find(|code| code.word() == word)
    }

    /// As an error of a type that is read from JSON: the word first, so that [`Refusal`] finds it again.
    pub(crate) fn says<E: serde::de::Error>(self, what: impl fmt::Display) -> E {
        E::custom(format_args!("{self}: {what}"))
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Longest detail, in characters: details quote the author's own text, which may be as long as an event.
const DETAIL_MAX: usize = 300;

/// Why an event is not admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    code: Code,
    /// Boxed: results that carry it stay small.
    case: Box<Case>,
}

/// What one case of a refusal is about.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Case {
    detail: String,
    /// Path of the member of data that it is about, from the outermost: `gifts`, `3`, `fee`.
    member: Vec<String>,
    /// The value that is at fault, where a look-up knows that and not the member.
    subject: Option<String>,
    /// For conflicts: the chain's head, seq and event hash.
    head: Option<(u64, Hash)>,
    short: Option<Short>,
}

impl Refusal {
    /// A refusal, with what this case is about.
    #[must_use]
    pub fn new(code: Code, detail: impl fmt::Display) -> Refusal {
        let mut detail = detail.to_string();
        if let Some((at, _)) = detail.char_indices().nth(DETAIL_MAX) {
            detail.truncate(at);
            detail.push('…');
        }
        Refusal { code, case: Box::new(Case { detail, member: Vec::new(), subject: None, head: None, short: None }) }
    }

    /// A conflict that tells the chain's head.
    #[must_use]
    pub fn conflict(code: Code, detail: impl fmt::Display, head: Option<(u64, Hash)>) -> Refusal {
        let mut refusal = Refusal::new(code, detail);
        refusal.case.head = head;
        refusal
    }

    /// The same, about a member of data; of several that are named the outermost comes last.
    #[must_use]
    pub fn at(mut self, member: impl fmt::Display) -> Refusal {
        self.case.member.insert(0, member.to_string());
        self
    }

    /// The same, about a value of data; [`Refusal::located`] finds where it stands.
    #[must_use]
    pub(crate) fn about(mut self, value: impl fmt::Display) -> Refusal {
        self.case.subject = Some(value.to_string());
        self
    }

    /// The same, with the first member of data that has the value at fault, if none is named yet.
    #[must_use]
    pub(crate) fn located(mut self, data: &str) -> Refusal {
        if let Some(subject) = self.case.subject.take()
            && self.case.member.is_empty()
            && let Ok(data) = serde_json::from_str(data)
        {
            self.case.member = path_of(&data, &subject).unwrap_or_default();
        }
        self
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> Code {
        self.code
    }

    /// What to do, as documented.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        self.code.advice()
    }

    /// What this case is about, with the member where it is about one: `gifts/3/fee: …`.
    #[must_use]
    pub fn detail(&self) -> String {
        match self.case.member.as_slice() {
            [] => self.case.detail.clone(),
            path => format!("{}: {}", path.join("/"), self.case.detail),
        }
    }

    /// The member of data, as `event new --set` takes it: `gifts.3.fee`.
    #[must_use]
    pub fn member(&self) -> Option<String> {
        (!self.case.member.is_empty()).then(|| self.case.member.join("."))
    }

    /// The same, from the outermost.
    pub(crate) fn path(&self) -> &[String] {
        &self.case.member
    }

    /// A pool that lacks money at an account, where the case is about one.
    #[must_use]
    pub fn short(&self) -> Option<Short> {
        self.case.short
    }

    /// The same, about a pool that lacks money.
    #[must_use]
    pub(crate) fn lacking(mut self, short: Short) -> Refusal {
        self.case.short = Some(short);
        self
    }

    /// The chain's head, for conflicts.
    #[must_use]
    pub fn head(&self) -> Option<(u64, Hash)> {
        self.case.head
    }
}

/// The path to the first text in a value that is `wanted`. Data is nested 8 deep at most (FORMATS, section 6).
fn path_of(value: &serde_json::Value, wanted: &str) -> Option<Vec<String>> {
    use serde_json::Value;
    let within = |name: String, inner: &Value| {
        let mut path = path_of(inner, wanted)?;
        path.insert(0, name);
        Some(path)
    };
    match value {
        Value::String(text) => (text == wanted).then(Vec::new),
        Value::Array(items) => items.iter().enumerate().find_map(|(nth, item)| within(nth.to_string(), item)),
        Value::Object(members) => members.iter().find_map(|(name, inner)| within(name.clone(), inner)),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Names the member of data that a refusal is about.
pub(crate) trait At: Sized {
    /// See [`Refusal::at`].
    fn at(self, member: impl fmt::Display) -> Self;

    /// Of a member of the nth item of a list.
    fn item(self, list: &str, nth: usize, member: &str) -> Self {
        self.at(member).at(nth).at(list)
    }
}

impl<T> At for Result<T, Refusal> {
    fn at(self, member: impl fmt::Display) -> Self {
        self.map_err(|refusal| refusal.at(member))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.code, self.advice(), self.detail())
    }
}

impl std::error::Error for Refusal {}

impl From<EnvelopeError> for Refusal {
    fn from(error: EnvelopeError) -> Refusal {
        let code = match &error {
            EnvelopeError::TooLarge => Code::SizeTooLarge,
            EnvelopeError::Note(_) => Code::GrammarNote,
            EnvelopeError::Line(_) => Code::GrammarLine,
            EnvelopeError::SignatureLine(_) | EnvelopeError::SignatureOrder | EnvelopeError::TooManySignatures => {
                Code::GrammarSignatureLine
            }
            EnvelopeError::Data(_) => Code::DataJson,
        };
        Refusal::new(code, error)
    }
}

impl From<VerifyError> for Refusal {
    fn from(error: VerifyError) -> Refusal {
        let code = match &error {
            VerifyError::UnknownKey(..) => Code::KeyUnknown,
            VerifyError::BadSignature(_) => Code::SignatureInvalid,
        };
        Refusal::new(code, error)
    }
}

impl From<KeyError> for Refusal {
    fn from(error: KeyError) -> Refusal {
        let code = match error {
            KeyError::Weak | KeyError::NotCanonical => Code::KeyWeak,
            KeyError::Malformed | KeyError::WrongId | KeyError::Algorithm => Code::KeyMalformed,
        };
        Refusal::new(code, error)
    }
}
