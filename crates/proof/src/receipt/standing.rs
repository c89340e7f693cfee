//! Who may stand on an event: whose signatures it must have, and whose it must not.
//!
//! Source: `docs/FORMATS.md`, "Who may stand there". A verifier judges no money and no other kind; the ledger
//! is stricter in every one of these rules, so a receipt of an honest log always holds.

use super::listed::Listed;
use crate::event::Envelope;
use crate::introduction::{Introduction, Role};
use std::collections::BTreeSet;

/// One whose signature stands on a note, and verifies.
pub(super) struct Standing<'a> {
    pub(super) listed: &'a Listed,
    /// Index of the note that introduces the key.
    pub(super) introduced_at: u64,
    /// Whether this very note introduces it.
    pub(super) is_new: bool,
}

/// The kinds of which a verifier knows the role that signs them.
const BOOKED: [&str; 6] = [
    "donation.received",
    "donation.refunded",
    "settlement.received",
    "disbursement.paid",
    "disbursement.confirmed",
    "expenditure.recorded",
];

/// Whose signatures a kind of event asks for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    Opening,
    Addition,
    Recovery,
    Revocation,
    Booking,
    Other,
}

impl Rule {
    fn of(event: &Envelope) -> Rule {
        let kind = event.kind();
        match kind {
            "chain.opened/1" => Rule::Opening,
            "key.added/1" => Rule::Addition,
            "chain.recovered/1" => Rule::Recovery,
            // A later version of these asks for no less.
            _ => match kind.split('/').next().unwrap_or_default() {
                "key.revoked" => Rule::Revocation,
                name if BOOKED.contains(&name) => Rule::Booking,
                _ => Rule::Other,
            },
        }
    }
}

/// Whether roles are judged on such an event.
pub(super) fn judges_roles(event: &Envelope) -> bool {
    Rule::of(event) != Rule::Other
}

/// Judges who stands on an event. `introduction` is its data if it introduces keys, `opening` that of its
/// chain's opening.
pub(super) fn judge(
    event: &Envelope,
    introduction: Option<&Introduction>,
    opening: Option<&Introduction>,
    standing: &[Standing<'_>],
) -> Result<(), String> {
    let who = Who { chain: event.chain(), standing };
    let listed = introduction.map(Introduction::keys).unwrap_or_default().len();
    match Rule::of(event) {
        Rule::Opening => {
            who.all_listed_sign(listed)?;
            who.one_registrar(&who.others())
        }
        Rule::Addition => {
            who.all_listed_sign(listed)?;
            who.admins(&who.others())
        }
        Rule::Recovery => {
            who.all_listed_sign(listed)?;
            let (recovery, rest): (Keys<'_>, Keys<'_>) = who.others().into_iter().partition(|key| who.is_recovery(key));
            who.recovery_quorum(&recovery, opening)?;
            who.one_registrar(&rest)
        }
        Rule::Revocation => {
            let all = who.all();
            if all.iter().all(|key| who.is_recovery(key)) { Ok(()) } else { who.admins(&all) }
        }
        Rule::Booking => {
            who.own_chain_only()?;
            who.somebody_books()
        }
        Rule::Other => who.own_chain_only(),
    }
}

type Keys<'a> = Vec<&'a Listed>;

/// Those who stand on an event of a chain.
struct Who<'a> {
    chain: &'a str,
    standing: &'a [Standing<'a>],
}

impl<'a> Who<'a> {
    fn all(&self) -> Keys<'a> {
        self.standing.iter().map(|key| key.listed).collect()
    }

    /// Those whom the event does not list with roles itself: its recovery keys are among them.
    fn others(&self) -> Keys<'a> {
        self.standing.iter().filter(|key| !is_listed(key)).map(|key| key.listed).collect()
    }

    fn is_own(&self, key: &Listed) -> bool {
        key.chain() == self.chain
    }

    fn is_recovery(&self, key: &Listed) -> bool {
        key.recovery && self.is_own(key)
    }

    /// Possession: every key that an event lists with roles signs it.
    fn all_listed_sign(&self, listed: usize) -> Result<(), String> {
        let signed = self.standing.iter().filter(|key| is_listed(key)).count();
        if signed == listed { Ok(()) } else { Err("a key that it lists did not sign it".to_owned()) }
    }

    /// Exactly one registrar of the operator; nobody where the event is operator's own.
    fn one_registrar(&self, keys: &[&Listed]) -> Result<(), String> {
        let is_registrar = |key: &&Listed| key.chain() == "operator" && key.has(Role::Registrar);
        if let Some(key) = keys.iter().find(|key| self.chain == "operator" || !is_registrar(key)) {
            return Err(format!("{} may not stand there", key.key.name));
        }
        let needed = usize::from(self.chain != "operator");
        if keys.len() == needed { Ok(()) } else { Err("it is not signed by exactly one registrar".to_owned()) }
    }

    /// One or more keys of the chain itself with the role admin, and nobody else.
    fn admins(&self, keys: &[&Listed]) -> Result<(), String> {
        if let Some(key) = keys.iter().find(|key| !self.is_own(key) || !key.has(Role::Admin)) {
            return Err(format!("{} is no admin of {}", key.key.name, self.chain));
        }
        if keys.is_empty() { Err(format!("no admin of {} signed it", self.chain)) } else { Ok(()) }
    }

    /// At least the quorum of the chain's opening; two labels of one key are one key. One is needed whatever
    /// the quorum is, or the new keys would rest on no opening.
    fn recovery_quorum(&self, keys: &[&Listed], opening: Option<&Introduction>) -> Result<(), String> {
        let Some(Introduction::Opened(opening)) = opening else {
            return Err(format!("no recovery key of {} signed it", self.chain));
        };
        let distinct: BTreeSet<&[u8; 32]> = keys.iter().map(|key| key.key.key.bytes()).collect();
        let needed = usize::try_from(opening.recovery.quorum.max(1)).unwrap_or(usize::MAX);
        if distinct.len() < needed {
            return Err(format!("{} recovery keys signed it, {needed} must", distinct.len()));
        }
        Ok(())
    }

    fn own_chain_only(&self) -> Result<(), String> {
        for Standing { listed, .. } in self.standing {
            if !self.is_own(listed) {
                return Err(format!("{} is a key of another chain than {}", listed.key.name, self.chain));
            }
            if listed.recovery {
                return Err(format!("{} is a recovery key, which signs no such event", listed.key.name));
            }
        }
        Ok(())
    }

    fn somebody_books(&self) -> Result<(), String> {
        if self.standing.iter().any(|key| key.listed.has(Role::Book)) {
            Ok(())
        } else {
            Err("no key with the role book signed it".to_owned())
        }
    }
}

/// Whether the event lists the key with roles itself.
fn is_listed(key: &Standing<'_>) -> bool {
    key.is_new && key.listed.roles.is_some()
}
