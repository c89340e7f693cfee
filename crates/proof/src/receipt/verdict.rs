//! What is said of a receipt: the verdict, what was mended, what is proven, and what one receipt cannot show.

use crate::event::Envelope;
use crate::hash::Hash;
use crate::key::VerifierKey;
use crate::mend::Mended;
use crate::policy::Accepted;
use serde::Serialize;

/// What is said of a receipt. Three verdicts, never two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every step holds.
    Genuine,
    /// A step does not hold.
    Different,
    /// Nothing can be said, for want of a policy that names this log.
    CannotCheck,
}

impl Verdict {
    /// As in the settled JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Genuine => "genuine",
            Verdict::Different => "different",
            Verdict::CannotCheck => "cannot-check",
        }
    }
}

/// Where the judgement ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// No policy, an unusable one, or one that does not name the origin.
    Policy,
    /// The file is not a receipt with our extra.
    Format,
    /// Log signature, cosignatures, quorum.
    Checkpoint,
    /// The event is not at its index under the checkpoint.
    Inclusion,
    /// The event note breaks the grammar or is of another log.
    Event,
    /// A key's introduction does not hold.
    Introduction,
    /// A signature on the event does not hold, or its key may not sign this.
    Signature,
    /// The gift or an opening does not belong to the event.
    Opening,
    /// The chain's opening does not list the key that was asked for.
    Key,
    /// Everything held.
    Done,
}

impl Step {
    /// As in the settled JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Step::Policy => "policy",
            Step::Format => "format",
            Step::Checkpoint => "checkpoint",
            Step::Inclusion => "inclusion",
            Step::Event => "event",
            Step::Introduction => "introduction",
            Step::Signature => "signature",
            Step::Opening => "opening",
            Step::Key => "key",
            Step::Done => "done",
        }
    }
}

/// What an audit judges and this judgement did not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unchecked {
    /// Whether each key was still active.
    Revocation,
    /// Whether the keys' roles may sign this kind of event.
    Roles,
    /// How many admins or holders had to sign.
    Thresholds,
    /// Refunds, charge-backs and reversals after it.
    Later,
    /// Whether the operator opened the chain a second time, with keys of his own.
    SecondOpening,
}

impl Unchecked {
    /// Every one of them: what is not checked where no step was gone to its end.
    pub const ALL: [Unchecked; 5] =
        [Unchecked::Revocation, Unchecked::Roles, Unchecked::Thresholds, Unchecked::Later, Unchecked::SecondOpening];

    /// As in the settled JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Unchecked::Revocation => "revocation",
            Unchecked::Roles => "roles",
            Unchecked::Thresholds => "thresholds",
            Unchecked::Later => "later",
            Unchecked::SecondOpening => "second-opening",
        }
    }

    /// The same for people, as a question.
    #[must_use]
    pub fn question(self) -> &'static str {
        match self {
            Unchecked::Revocation => "whether each key was still active",
            Unchecked::Roles => "whether these keys may sign this kind of event",
            Unchecked::Thresholds => "how many people had to sign",
            Unchecked::Later => "refunds, charge-backs and reversals after it",
            Unchecked::SecondOpening => "whether the operator opened this chain a second time, with keys of his own",
        }
    }
}

/// The verdict with its reason and, when genuine, what was established.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// The step that decided.
    pub step: Step,
    /// One sentence.
    pub why: String,
    /// What was undone before anything was read.
    pub mended: Vec<Mended>,
    /// What an audit judges and this did not.
    pub not_checked: Vec<Unchecked>,
    /// What holds, for a genuine receipt.
    pub proven: Option<Proven>,
}

/// What a genuine receipt establishes.
#[derive(Debug, Clone)]
pub struct Proven {
    /// The accepted checkpoint and its witnesses.
    pub accepted: Accepted,
    /// The event.
    pub event: Envelope,
    /// Its index.
    pub index: u64,
    /// The gift inside it.
    pub gift: Option<u64>,
    /// The keys that signed it, in the order of their names.
    pub signers: Vec<Signer>,
    /// The opening that the keys of the event's chain rest on.
    pub chain_opening: ChainOpening,
    /// Opened commitments: field and value.
    pub openings: Vec<(String, String)>,
}

/// A key that signed the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// The key.
    pub key: VerifierKey,
    /// Index of the event that introduced it.
    pub introduced_at: u64,
    /// Whether that event is signed by a registrar: an opening or a recovery, and not operator's own.
    pub registrar_signed: bool,
}

/// The `chain.opened` of the event's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainOpening {
    /// Its index in the log.
    pub index: u64,
    /// Its event hash.
    pub hash: Hash,
    /// The chain's first keys. Each of them signed it, so nobody else could list them.
    pub keys: Vec<VerifierKey>,
    /// Its recovery keys. They need not sign it: who knows them can list them.
    pub recovery: Vec<VerifierKey>,
}

/// A key that cannot be asked for with this receipt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyMisplaced {
    /// It belongs to a chain that the receipt is not of.
    #[error("the receipt is of the chain {receipt}, and this key belongs to {key}")]
    OtherChain {
        /// The event's chain.
        receipt: String,
        /// The key's name.
        key: String,
    },
    /// A recovery key.
    #[error(
        "{0} is a recovery key: it does not sign the opening of its chain, so anybody could list it in a false one; \
        give one of the keys that the chain was opened with"
    )]
    Recovery(String),
}

impl Judged {
    pub(super) fn unproven(verdict: Verdict, step: Step, why: String) -> Judged {
        Judged { verdict, step, why, mended: Vec::new(), not_checked: Unchecked::ALL.to_vec(), proven: None }
    }

    /// Compares the opening that a genuine receipt rests on with a key that its reader knows: one of those
    /// that the chain was opened with. The operator can open a chain a second time, but not with that key.
    ///
    /// # Errors
    /// [`KeyMisplaced`] if this key says nothing about this receipt.
    pub fn with_key(mut self, key: &VerifierKey) -> Result<Judged, KeyMisplaced> {
        let Some(proven) = &self.proven else { return Ok(self) };
        let chain = proven.event.chain();
        if key.name.split_once('/').is_none_or(|(owner, _)| owner != chain) {
            return Err(KeyMisplaced::OtherChain { receipt: chain.to_owned(), key: key.name.clone() });
        }
        let opening = &proven.chain_opening;
        self.not_checked.retain(|what| *what != Unchecked::SecondOpening);
        if opening.keys.contains(key) {
            return Ok(self);
        }
        if opening.recovery.contains(key) {
            return Err(KeyMisplaced::Recovery(key.name.clone()));
        }
        let why = format!(
            "the opening of {chain} in this receipt, #{}, does not list {key}: either the chain was opened a second \
            time with other keys, or this key was added later, which is not what is asked for: give one of the keys \
            that the chain was opened with",
            opening.index
        );
        Ok(Judged { verdict: Verdict::Different, step: Step::Key, why, proven: None, ..self })
    }
}
