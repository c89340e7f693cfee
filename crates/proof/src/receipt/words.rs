//! A judgement in words: true of that receipt, and saying what one receipt cannot show. Terminals and pages say the same.

use super::verdict::{Judged, Proven, Signer, Unchecked};
use crate::text::foreign;

/// What *genuine* means, and what it does not.
pub const GENUINE_MEANS: &str = "Genuine means that this was signed with the keys named above, that it stands in the log, \
    and that it cannot be changed unnoticed. It does not prove that the payment happened.";

impl Judged {
    /// The judgement in lines for people; what others wrote in them is marked ([`foreign`]). `by` stands behind the
    /// verdict's word: how the policy was found.
    #[must_use]
    pub fn lines(&self, by: &str) -> Vec<String> {
        let mut lines = vec![format!("{}{by}: {}", self.verdict.word(), self.why)];
        lines.extend(self.mended.iter().map(|mended| format!("  {}", mended.said())));
        if let Some(proven) = &self.proven {
            lines.extend(self.established(proven).iter().map(|line| format!("  {line}")));
        }
        lines
    }

    /// What was not checked, beside a second opening, which has a sentence of its own.
    #[must_use]
    pub fn not_checked_said(&self) -> Option<String> {
        let rest = self.not_checked.iter().filter(|what| **what != Unchecked::SecondOpening);
        let rest: Vec<&str> = rest.map(|what| what.question()).collect();
        (!rest.is_empty()).then(|| format!("Not checked: {}.", rest.join("; ")))
    }

    fn established(&self, proven: &Proven) -> Vec<String> {
        let gift = proven.gift.map(|k| format!(", gift {k}")).unwrap_or_default();
        let (event, size) = (&proven.event, proven.accepted.checkpoint.size);
        let mut lines =
            vec![format!("event {}#{}{gift}, at index {} of a log of {size}", event.chain(), event.seq, proven.index)];
        lines.extend(proven.signers.iter().map(|signer| proven.signed_by(signer)));
        lines.extend(proven.accepted.witnesses.keys().map(|name| format!("cosigned by the witness {name}")));
        lines.extend(proven.openings.iter().map(|(field, value)| format!("{field}: {}", foreign(value))));
        lines.push(GENUINE_MEANS.to_owned());
        if self.not_checked.contains(&Unchecked::SecondOpening) {
            lines.push(proven.second_opening());
        }
        lines.extend(self.not_checked_said());
        lines
    }
}

impl Proven {
    /// The key to compare: one that signed, if the chain was opened with it, or else the first one that it
    /// was opened with. An operator who opens the chain again can list neither.
    #[must_use]
    pub fn key_to_compare(&self) -> Option<String> {
        let first = &self.chain_opening.keys;
        let signed = self.signers.iter().map(|signer| &signer.key).find(|key| first.contains(key));
        signed.or(first.first()).map(ToString::to_string)
    }

    fn signed_by(&self, signer: &Signer) -> String {
        let (name, at) = (&signer.key.name, signer.introduced_at);
        let chain = match name.split('/').next() {
            Some(chain) if chain != self.event.chain() => format!("the chain {chain}"),
            _ => "this chain".to_owned(),
        };
        let registrar = if signer.registrar_signed { ", registrar-signed" } else { "" };
        format!("signed by {name}, a key that {chain} introduced at #{at}{registrar}")
    }

    fn second_opening(&self) -> String {
        let chain = self.event.chain();
        let compare = match self.key_to_compare() {
            Some(key) => format!("The key in the receipt is {key}; compare it with the charity's own (--key)."),
            None => "The opening in the receipt lists no key to compare.".to_owned(),
        };
        format!(
            "One receipt cannot show whether the operator opened {chain} a second time, with keys of his own. {compare}"
        )
    }
}
