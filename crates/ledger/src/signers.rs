//! Who must have signed, and who has.

use crate::admit::Signed;
use crate::books::Books;
use crate::event::Signers;
use crate::id::ChainNo;
use crate::refusal::{Code, Refusal};
use almoner_proof::introduction::{Role, introduced};
use almoner_proof::{Envelope, PublicKey};
use std::collections::BTreeMap;

/// Checks that the signature lines are exactly the required signers; gives the holder of the
/// chain's own (first) signing key.
pub(crate) fn signers(
    books: &Books,
    chain: ChainNo,
    required: Signers,
    verified: &impl Signed,
) -> Result<String, Refusal> {
    let wrong = |why: &str| Refusal::new(Code::SignersWrong, why);
    let envelope = verified.envelope();
    if required == Signers::Opening {
        return opening_signers(books, verified);
    }
    let own = books.chain(chain).ok_or_else(|| Refusal::new(Code::ChainUnknown, envelope.chain()))?;
    let new = match required {
        Signers::AdminQuorumAndNewKey => new_keys(envelope)?,
        Signers::One(_) | Signers::Opening | Signers::AdminQuorum | Signers::TwoHolders => BTreeMap::new(),
    };
    if let Some(name) = new.keys().find(|name| own.keys.contains_key(*name)) {
        return Err(Refusal::new(Code::KeyExists, name));
    }
    // One or two, nearly always: a list is faster than a set.
    let mut holders: Vec<&str> = Vec::with_capacity(2);
    let new_seen = verified.signers().filter(|(name, _)| new.contains_key(*name)).count();
    for (name, key) in verified.signers() {
        if let Some(listed) = new.get(name) {
            same_key(name, listed, key)?;
            continue;
        }
        let state = own
            .keys
            .get(name)
            .ok_or_else(|| Refusal::new(Code::SignersWrong, format!("{name} is not a key of {}", own.id)))?;
        same_key(name, &state.vkey.key, key)?;
        if !state.active {
            return Err(Refusal::new(Code::KeyInactive, name));
        }
        let may = match required {
            Signers::One(roles) => roles.iter().any(|role| state.roles.contains(role)),
            Signers::Opening | Signers::AdminQuorum | Signers::AdminQuorumAndNewKey | Signers::TwoHolders => {
                state.roles.contains(&Role::Admin)
            }
        };
        if !may {
            return Err(Refusal::new(Code::SignersRole, name));
        }
        if holders.contains(&state.holder.as_str()) {
            return Err(wrong("two signatures of one holder"));
        }
        holders.push(&state.holder);
    }
    let quorum = usize::try_from(own.admin_quorum).unwrap_or(usize::MAX);
    let needed = match required {
        Signers::One(_) | Signers::Opening => 1,
        Signers::AdminQuorum | Signers::AdminQuorumAndNewKey => quorum,
        // Two holders where there are two; a charity of one person must still be able to tell the truth.
        Signers::TwoHolders => quorum.max(own.holders(Role::Admin).len().min(2)),
    };
    if holders.len() != needed || new_seen != new.len() {
        return Err(wrong(&format!("{} of the chain's holders signed, exactly {needed} must", holders.len())));
    }
    holders.first().map(|holder| (*holder).to_owned()).ok_or_else(|| wrong("nobody of the chain signed"))
}

/// A line counts as a key's only if it verified under that key: a name says nothing.
fn same_key(name: &str, expected: &PublicKey, verified_under: &PublicKey) -> Result<(), Refusal> {
    if expected == verified_under { Ok(()) } else { Err(Refusal::new(Code::KeyUnknown, name)) }
}

/// The keys that an event lists as new, by name.
fn new_keys(envelope: &Envelope) -> Result<BTreeMap<String, PublicKey>, Refusal> {
    let mut keys = BTreeMap::new();
    for entry in introduced(envelope) {
        let vkey = entry.admit(envelope.chain())?;
        if keys.insert(vkey.name.clone(), vkey.key).is_some() {
            return Err(Refusal::new(Code::KeyExists, vkey.name));
        }
    }
    Ok(keys)
}

fn opening_signers(books: &Books, verified: &impl Signed) -> Result<String, Refusal> {
    let envelope = verified.envelope();
    let entries = introduced(envelope);
    let own = new_keys(envelope)?;
    let (new, registrars): (Vec<_>, Vec<_>) = verified.signers().partition(|(name, _)| own.contains_key(*name));
    for (name, key) in verified.signers() {
        if let Some(listed) = own.get(name) {
            same_key(name, listed, key)?;
            continue;
        }
        let operator = books.chain(ChainNo(0));
        let state = operator
            .and_then(|o| o.keys.get(name))
            .ok_or_else(|| Refusal::new(Code::SignersWrong, format!("{name} is neither a new key nor a registrar")))?;
        same_key(name, &state.vkey.key, key)?;
        if !state.active {
            return Err(Refusal::new(Code::KeyInactive, name));
        }
        if !state.roles.contains(&Role::Registrar) {
            return Err(Refusal::new(Code::SignersRole, name));
        }
    }
    let needed = usize::from(envelope.chain() != "operator");
    if new.len() != own.len() || registrars.len() != needed {
        return Err(Refusal::new(Code::SignersWrong, format!("every new key signs, and {needed} registrar")));
    }
    Ok(entries.first().map(|e| e.holder.clone()).unwrap_or_default())
}
