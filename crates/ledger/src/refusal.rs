//! Refusals: each has a stable code, a sentence that says what to do, and a place in the order of checks.

use almoner_proof::event::EnvelopeError;
use almoner_proof::key::KeyError;
use almoner_proof::{Hash, VerifyError};
use std::fmt;

/// What a refusal means to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The event itself is wrong; sending it again will not help (HTTP 422).
    Unprocessable,
    /// The chain's head is elsewhere; draft again on it (HTTP 409).
    Conflict,
    /// Too large (HTTP 413).
    TooLarge,
}

/// Longest detail, in characters: details quote the author's own text, which may be as long as an event.
const DETAIL_MAX: usize = 300;

/// Why an event is not admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    code: &'static str,
    detail: String,
    /// For conflicts: the chain's head, seq and event hash.
    head: Option<(u64, Hash)>,
}

/// Every code, in the order of checks, with what to do. A test table has a row for each.
pub const CODES: &[(&str, &str)] = &[
    ("size.too_large", "the event is over 60 KiB: split it into several events"),
    ("grammar.note", "the bytes are not an event note: text, one empty line, signature lines"),
    ("grammar.line", "a line is missing, out of order or malformed: log, chain, seq, prev, seen, time, type, data"),
    (
        "grammar.signature_line",
        "signature lines are `— <chain>/<label> <base64>`, sorted by name, once each, at most 16",
    ),
    ("log.other", "the event names another log: draft it for this origin"),
    ("data.json", "data is not one JSON object of the strict grammar"),
    ("data.unknown_type", "this type is not known: see the list of events"),
    ("data.unknown_field", "data has a member that this type does not have"),
    ("data.missing_field", "data lacks a member that this type needs"),
    ("data.invalid", "a member of data has a wrong shape"),
    ("ref.not_canonical", "references are `<kind>/<id>` for one's own, `<chain>/<kind>/<id>` for others'"),
    ("amount.malformed", "amounts are decimal strings with exactly the currency's minor digits"),
    ("amount.not_positive", "the amount must be above zero"),
    ("amount.too_large", "the amount is beyond what one event may carry"),
    ("currency.unknown", "the currency is not in the rules' ISO 4217 table"),
    ("currency.mismatch", "the currency differs from that of the account or promise"),
    ("date.invalid", "dates are YYYY-MM-DD and exist"),
    ("chain.unknown", "no such chain: open it first"),
    ("chain.exists", "a chain of this name is open already"),
    ("key.malformed", "the key string is malformed or not of this chain"),
    ("key.weak", "the key is weak or not canonical: make a new one"),
    ("key.unknown", "the signing key is not known to this log"),
    ("signature.invalid", "a signature does not verify: sign the exact text again"),
    ("chain.fork", "another event stands at this seq: draft again on the chain's head"),
    ("chain.gap", "seq is beyond the chain's next: send what lies between first"),
    ("chain.prev", "prev is not the hash of the chain's last event: draft again on the head"),
    ("chain.not_admitted", "the operator has not admitted this chain yet"),
    ("key.inactive", "the key is retired or stands in no chain"),
    ("key.exists", "this key or label has been used already"),
    (
        "key.quorum",
        "fewer admin holders than the quorum would be left, or a quorum of recovery keys that can never be met",
    ),
    ("signers.wrong", "the signature lines are not exactly the required signers"),
    ("signers.role", "the signing key has no role that may sign this type"),
    ("seen.unknown", "seen is not a published size of this log with that root"),
    ("seen.decreasing", "seen is smaller than in an earlier event of the chain"),
    ("ref.unknown", "the reference names nothing that exists"),
    ("ref.hash", "the hash is not that of the event named"),
    ("ref.exists", "the id has been used already: ids are never used again"),
    ("hold.placed", "a hold by the supervisor stands on this: only corrections are possible until it is lifted"),
    ("rules.unknown", "this version of the rules is not known"),
    ("epoch.not_next", "an epoch is one more than the newest: another sequencer has opened one"),
    ("log.order", "log.opened stands at index 1, and only there"),
    ("chain.role", "this chain may not do that"),
    ("state.wrong", "the entity is not in a state that allows this"),
    ("fund.overdrawn", "the fund's spendable money does not suffice: a fund never pays what it does not have"),
    ("approval.missing", "the payment is not approved by as many holders as the policy asks"),
    ("approval.self", "the requester cannot approve, and nobody approves twice"),
    ("approval.changed", "the payment differs from what was approved"),
    ("milestone.unattested", "the milestone is not attested by its quorum"),
    ("milestone.not_reviewer", "this chain is not a reviewer of the milestone"),
    (
        "milestone.not_independent",
        "a reviewer's chain has a public key in common with another reviewer's, the implementer's, or that of a payer whose grant names the milestone: name a reviewer with keys of its own",
    ),
    ("grant.exceeded", "the grant's amount would be exceeded"),
    ("refund.exceeded", "more would be refunded than was received"),
    ("promise.exceeded", "more would be taken than the promise holds"),
    ("reversal.not_reversible", "this type is not undone by a reversal: use its own exit"),
    ("reversal.twice", "each item is reversed at most once, and a reversal is never reversed"),
    ("reversal.dependents", "other events rest on this one: reverse those first"),
    ("gifts.count", "an event carries 1 to 256 gifts, each with fee at most gross"),
    ("attribution.unknown", "the attribution rule is not known: fifo/1"),
    ("observed.duplicate", "this transaction has been imported already"),
];

impl Refusal {
    /// A refusal of a code in [`CODES`], with what this case is about.
    #[must_use]
    pub fn new(code: &'static str, detail: impl fmt::Display) -> Refusal {
        debug_assert!(CODES.iter().any(|(known, _)| *known == code), "{code} is not documented");
        let mut detail = detail.to_string();
        if let Some((at, _)) = detail.char_indices().nth(DETAIL_MAX) {
            detail.truncate(at);
            detail.push('…');
        }
        Refusal { code, detail, head: None }
    }

    /// A conflict that tells the chain's head.
    #[must_use]
    pub fn conflict(code: &'static str, detail: impl fmt::Display, head: Option<(u64, Hash)>) -> Refusal {
        Refusal { head, ..Refusal::new(code, detail) }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// What to do, as documented.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        CODES.iter().find(|(code, _)| *code == self.code).map_or("", |(_, advice)| advice)
    }

    /// What this case is about.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The chain's head, for conflicts.
    #[must_use]
    pub fn head(&self) -> Option<(u64, Hash)> {
        self.head
    }

    /// What it means to a client.
    #[must_use]
    pub fn class(&self) -> Class {
        match self.code {
            "size.too_large" => Class::TooLarge,
            "chain.fork" | "chain.gap" | "chain.prev" | "chain.exists" => Class::Conflict,
            _ => Class::Unprocessable,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.code, self.advice(), self.detail)
    }
}

impl std::error::Error for Refusal {}

impl From<EnvelopeError> for Refusal {
    fn from(error: EnvelopeError) -> Refusal {
        let code = match &error {
            EnvelopeError::TooLarge => "size.too_large",
            EnvelopeError::Note(_) => "grammar.note",
            EnvelopeError::Line(_) => "grammar.line",
            EnvelopeError::SignatureLine(_) | EnvelopeError::SignatureOrder | EnvelopeError::TooManySignatures => {
                "grammar.signature_line"
            }
            EnvelopeError::Data(_) => "data.json",
        };
        Refusal::new(code, error)
    }
}

impl From<VerifyError> for Refusal {
    fn from(error: VerifyError) -> Refusal {
        let code = match &error {
            VerifyError::UnknownKey(..) => "key.unknown",
            VerifyError::BadSignature(_) => "signature.invalid",
        };
        Refusal::new(code, error)
    }
}

impl From<KeyError> for Refusal {
    fn from(error: KeyError) -> Refusal {
        let code = match error {
            KeyError::Weak | KeyError::NotCanonical => "key.weak",
            KeyError::Malformed | KeyError::WrongId | KeyError::Algorithm => "key.malformed",
        };
        Refusal::new(code, error)
    }
}

/// A serde error whose text may begin with one of our codes.
pub(crate) fn from_serde(error: &serde_json::Error) -> Refusal {
    let text = error.to_string();
    if let Some((code, rest)) = CODES.iter().find_map(|(code, _)| Some((code, text.strip_prefix(code)?))) {
        return Refusal::new(code, rest.get(2..).unwrap_or_default());
    }
    let code = if text.starts_with("unknown field") {
        "data.unknown_field"
    } else if text.starts_with("missing field") {
        "data.missing_field"
    } else {
        "data.invalid"
    };
    Refusal::new(code, text)
}
