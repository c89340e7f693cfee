//! Admission: the order of checks, each with its refusal, ending in an [`Admitted`] event.
//!
//! [`read_envelope`], [`decode`] and [`verify_candidate`] run in parallel, off the sequencer;
//! [`admit`] runs on it, and touches no cryptography.

use crate::books::{Books, Chain, ChainNo};
use crate::data::EventRef;
use crate::effect::Effect;
use crate::entry::AccountKey;
use crate::event::{Context, Event, KindInfo, Prior, Signers, kind_of};
use crate::money::Money;
use crate::refusal::Refusal;
use almoner_proof::introduction::{Role, introduced};
use almoner_proof::{Envelope, Hash, PublicKey, Verified, VerifyError, recall, verify};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, RwLock};

/// Keys by name and id, append-only: what the parallel verifiers look up. Holding a key here says
/// nothing of authority; admission judges that.
#[derive(Debug, Default)]
pub struct KeyRing {
    keys: RwLock<BTreeMap<String, KeysOfName>>,
}

/// In an honest log a label binds one key for ever; in one that is audited it need not.
type KeysOfName = Vec<(u32, Arc<PublicKey>)>;

impl KeyRing {
    /// The key of a name and id.
    #[must_use]
    pub fn get(&self, name: &str, id: u32) -> Option<Arc<PublicKey>> {
        let keys = self.keys.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        keys.get(name)?.iter().find(|(known, _)| *known == id).map(|(_, key)| Arc::clone(key))
    }

    /// Whether any key of this chain is known.
    #[must_use]
    pub fn knows_chain(&self, chain: &str) -> bool {
        let keys = self.keys.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let first = format!("{chain}/");
        keys.range(first.clone()..).next().is_some_and(|(name, _)| name.starts_with(&first))
    }

    /// Adds a key that an event introduced.
    pub fn add(&self, name: &str, id: u32, key: PublicKey) {
        let mut keys = self.keys.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        let same_name = keys.entry(name.to_owned()).or_default();
        if !same_name.iter().any(|(known, _)| *known == id) {
            same_name.push((id, Arc::new(key)));
        }
    }

    /// Adds the keys that an event introduces, as far as they are admissible.
    pub fn add_introduced(&self, envelope: &Envelope) {
        for entry in introduced(envelope) {
            if let Ok(vkey) = entry.admit(envelope.chain()) {
                self.add(&vkey.name, vkey.id, vkey.key);
            }
        }
    }
}

/// An event that passed everything which needs no books.
#[derive(Debug)]
#[non_exhaustive]
pub struct Candidate {
    /// The verified note.
    pub verified: Verified,
    /// Its typed data.
    pub event: Box<dyn Event>,
    /// Its kind.
    pub kind: &'static KindInfo,
}

impl Candidate {
    /// Events whose bytes must be handed to [`admit`].
    #[must_use]
    pub fn references(&self) -> Vec<EventRef> {
        self.event.references()
    }
}

impl std::fmt::Debug for KindInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind)
    }
}

/// What the caller looked up for a decision.
#[derive(Debug, Default)]
pub struct Referenced {
    /// The root at the event's `seen` size, if that is a size that counts (published; for an audit, any).
    pub seen_root: Option<Hash>,
    /// The events that [`Candidate::references`] names, as far as they exist.
    pub priors: Vec<Prior>,
}

/// An admitted event and what it does. Only [`admit`] makes one.
#[derive(Debug)]
#[non_exhaustive]
pub struct Admitted {
    /// Its log index.
    pub index: u64,
    /// The author's chain.
    pub chain: ChainNo,
    /// Its kind.
    pub kind: &'static KindInfo,
    /// The note.
    pub verified: Verified,
    /// What it does.
    pub effects: Vec<Effect>,
    /// Gifts that it carries.
    pub gifts: u32,
}

/// First checks: size, grammar, log, then the JSON of data.
///
/// # Errors
/// `size.too_large`, `grammar.*`, `log.other`, `data.json`.
pub fn read_envelope(bytes: &[u8], origin: &str) -> Result<Envelope, Refusal> {
    let envelope = Envelope::parse(bytes)?;
    if envelope.log() != origin {
        return Err(Refusal::new("log.other", format!("{} is not {origin}", envelope.log())));
    }
    envelope.check_data()?;
    Ok(envelope)
}

/// Types the data by the closed schema of the kind.
///
/// # Errors
/// `data.unknown_type` and what [`KindInfo::decode`] refuses.
pub fn decode(envelope: &Envelope) -> Result<(&'static KindInfo, Box<dyn Event>), Refusal> {
    let kind = kind_of(envelope.kind()).ok_or_else(|| Refusal::new("data.unknown_type", envelope.kind()))?;
    Ok((kind, kind.decode(envelope.data())?))
}

/// Verifies every signature line under known keys: those that the event itself introduces (proof of
/// possession), and those of the ring.
///
/// # Errors
/// `chain.unknown`, `chain.exists`, `chain.gap`, `key.malformed`, `key.weak`, `key.unknown`, `signature.invalid`, and
/// those of [`decode`].
pub fn verify_candidate(envelope: Envelope, ring: &KeyRing) -> Result<Candidate, Refusal> {
    candidate(envelope, ring, verify)
}

/// Takes a stored event back as a candidate without checking its signatures: see [`almoner_proof::recall`].
///
/// # Errors
/// As [`verify_candidate`], but for `signature.invalid`.
pub fn recall_candidate(envelope: Envelope, ring: &KeyRing) -> Result<Candidate, Refusal> {
    candidate(envelope, ring, recall)
}

type Lookup<'a> = &'a dyn Fn(&str, u32) -> Option<Arc<PublicKey>>;

fn candidate(
    envelope: Envelope,
    ring: &KeyRing,
    make: fn(Envelope, Lookup<'_>) -> Result<Verified, VerifyError>,
) -> Result<Candidate, Refusal> {
    let (kind, event) = decode(&envelope)?;
    if kind.signers != Signers::Opening && !is_chain_known(&envelope, ring) {
        return Err(Refusal::new("chain.unknown", envelope.chain()));
    }
    if kind.signers == Signers::Opening && envelope.seq != 0 {
        let known = ring.knows_chain(envelope.chain());
        let code = if known { "chain.exists" } else { "chain.gap" };
        return Err(Refusal::new(code, "a chain opens at seq 0, once"));
    }
    let mut own = Vec::new();
    for entry in introduced(&envelope) {
        let vkey = entry.admit(envelope.chain())?;
        own.push((vkey.name, vkey.id, Arc::new(vkey.key)));
    }
    let lookup = |name: &str, id: u32| {
        let new = own.iter().find(|(n, i, _)| n == name && *i == id).map(|(_, _, key)| Arc::clone(key));
        new.or_else(|| ring.get(name, id))
    };
    let verified = make(envelope, &lookup)?;
    Ok(Candidate { verified, event, kind })
}

/// "Chain known" stands before "key known": a chain of which no key is known has not been opened.
fn is_chain_known(envelope: &Envelope, ring: &KeyRing) -> bool {
    let own = |name: &str| name.split_once('/').is_some_and(|(chain, _)| chain == envelope.chain());
    // Nearly always the signer is known, and the ring need not be searched for others of the chain.
    let mut lines = envelope.signatures().filter(|(name, _)| own(name));
    lines.any(|(name, line)| ring.get(name, line.key_id).is_some()) || ring.knows_chain(envelope.chain())
}

/// Decides over a candidate on these books. Nothing changes; fold the result with [`Books::apply`].
///
/// # Errors
/// In this order: `chain.unknown`, `chain.exists`, `chain.fork` (also for the same text again: the
/// caller, who can look it up, tells a duplicate), `chain.gap`, `chain.prev`, `chain.not_admitted`,
/// `key.*`, `signers.*`, `seen.*`, then references, hold and domain.
pub fn admit(books: &Books, referenced: &Referenced, candidate: Candidate) -> Result<Admitted, Refusal> {
    let Candidate { verified, event, kind } = candidate;
    let envelope = verified.envelope();
    let index = books.size();
    let opening = matches!(kind.signers, Signers::Opening);
    let known = books.chain_no(envelope.chain()).and_then(|no| books.chain(no));
    let chain = match known {
        // At seq 0 it may be the same text again, which the caller tells from a fork.
        Some(chain) if opening && envelope.seq != 0 => return Err(Refusal::new("chain.exists", &chain.id)),
        Some(chain) => {
            in_sequence(chain, envelope)?;
            if chain.role.is_none() && chain.no != ChainNo(0) {
                return Err(Refusal::new("chain.not_admitted", &chain.id));
            }
            chain.no
        }
        None if opening => {
            if envelope.seq != 0 {
                return Err(Refusal::new("chain.gap", "a chain opens at seq 0"));
            }
            if envelope.prev != Hash::default() {
                return Err(Refusal::new("chain.prev", "prev is 32 zero bytes at seq 0"));
            }
            books.next_chain()
        }
        None => return Err(Refusal::new("chain.unknown", envelope.chain())),
    };
    let holder = signers(books, chain, kind.signers, &verified)?;
    if envelope.seen.0 > index || referenced.seen_root != Some(envelope.seen.1) {
        return Err(Refusal::new("seen.unknown", format!("seen {} {}", envelope.seen.0, envelope.seen.1)));
    }
    if known.is_some_and(|chain| envelope.seen.0 < chain.seen) {
        return Err(Refusal::new("seen.decreasing", envelope.seen.0));
    }
    let context = Context {
        books,
        chain,
        chain_id: envelope.chain(),
        seq: envelope.seq,
        index,
        event_hash: verified.event_hash(),
        holder: &holder,
        priors: &referenced.priors,
    };
    let in_place = match index {
        0 => kind.kind == "chain.opened/1" && envelope.chain() == "operator",
        1 => kind.kind == "log.opened/1",
        _ => kind.kind != "log.opened/1",
    };
    if !in_place {
        return Err(Refusal::new("log.order", format!("{} at index {index}", kind.kind)));
    }
    let effects = event.decide(&context)?;
    check_postings(books, &effects)?;
    drop(holder);
    let gifts = u32::try_from(event.gift_count()).unwrap_or(u32::MAX);
    Ok(Admitted { index, chain, kind, effects, gifts, verified })
}

fn in_sequence(chain: &Chain, envelope: &Envelope) -> Result<(), Refusal> {
    let head = chain.next_seq.checked_sub(1).map(|seq| (seq, chain.last_hash));
    if envelope.seq < chain.next_seq {
        return Err(Refusal::conflict("chain.fork", format!("{}#{} is taken", chain.id, envelope.seq), head));
    }
    if envelope.seq > chain.next_seq {
        return Err(Refusal::conflict("chain.gap", format!("{} is at seq {}", chain.id, chain.next_seq), head));
    }
    if envelope.prev != chain.last_hash {
        return Err(Refusal::conflict(
            "chain.prev",
            format!("the last event of {} is {}", chain.id, chain.last_hash),
            head,
        ));
    }
    Ok(())
}

/// Checks that the signature lines are exactly the required signers; gives the holder of the
/// chain's own (first) signing key.
fn signers(books: &Books, chain: ChainNo, required: Signers, verified: &Verified) -> Result<String, Refusal> {
    let wrong = |why: &str| Refusal::new("signers.wrong", why);
    let envelope = verified.envelope();
    if required == Signers::Opening {
        return opening_signers(books, verified);
    }
    let own = books.chain(chain).ok_or_else(|| Refusal::new("chain.unknown", envelope.chain()))?;
    let new = match required {
        Signers::AdminQuorumAndNewKey => new_keys(envelope)?,
        Signers::One(_) | Signers::Opening | Signers::AdminQuorum | Signers::TwoHolders => BTreeMap::new(),
    };
    if let Some(name) = new.keys().find(|name| own.keys.contains_key(*name)) {
        return Err(Refusal::new("key.exists", name));
    }
    let mut holders = BTreeSet::new();
    let mut first = None;
    let mut new_seen = 0usize;
    for (name, key) in verified.signers() {
        if let Some(listed) = new.get(name) {
            same_key(name, listed, key)?;
            new_seen += 1;
            continue;
        }
        let state = own
            .keys
            .get(name)
            .ok_or_else(|| Refusal::new("signers.wrong", format!("{name} is not a key of {}", own.id)))?;
        same_key(name, &state.vkey.key, key)?;
        if !state.active {
            return Err(Refusal::new("key.inactive", name));
        }
        let may = match required {
            Signers::One(roles) => roles.iter().any(|role| state.roles.contains(role)),
            _ => state.roles.contains(&Role::Admin),
        };
        if !may {
            return Err(Refusal::new("signers.role", name));
        }
        if !holders.insert(state.holder.clone()) {
            return Err(wrong("two signatures of one holder"));
        }
        first.get_or_insert_with(|| state.holder.clone());
    }
    let admins = own.holders(Role::Admin).len();
    let quorum = usize::try_from(own.admin_quorum).unwrap_or(usize::MAX);
    let needed = match required {
        Signers::One(_) | Signers::Opening => 1,
        Signers::AdminQuorum | Signers::AdminQuorumAndNewKey => quorum,
        // Two holders where there are two; a charity of one person must still be able to tell the truth.
        Signers::TwoHolders => quorum.max(admins.min(2)),
    };
    if holders.len() != needed || new_seen != new.len() {
        return Err(wrong(&format!("{} of the chain's holders signed, exactly {needed} must", holders.len())));
    }
    first.ok_or_else(|| wrong("nobody of the chain signed"))
}

/// A line counts as a key's only if it verified under that key: a name says nothing.
fn same_key(name: &str, expected: &PublicKey, verified_under: &PublicKey) -> Result<(), Refusal> {
    if expected == verified_under { Ok(()) } else { Err(Refusal::new("key.unknown", name)) }
}

/// The keys that an event lists as new, by name.
fn new_keys(envelope: &Envelope) -> Result<BTreeMap<String, PublicKey>, Refusal> {
    let mut keys = BTreeMap::new();
    for entry in introduced(envelope) {
        let vkey = entry.admit(envelope.chain())?;
        if keys.insert(vkey.name.clone(), vkey.key).is_some() {
            return Err(Refusal::new("key.exists", vkey.name));
        }
    }
    Ok(keys)
}

fn opening_signers(books: &Books, verified: &Verified) -> Result<String, Refusal> {
    let envelope = verified.envelope();
    let entries = introduced(envelope);
    let own = new_keys(envelope)?;
    let mut signed = 0usize;
    let mut registrars = 0usize;
    for (name, key) in verified.signers() {
        if let Some(listed) = own.get(name) {
            same_key(name, listed, key)?;
            signed += 1;
            continue;
        }
        let operator = books.chain(ChainNo(0));
        let state = operator
            .and_then(|o| o.keys.get(name))
            .ok_or_else(|| Refusal::new("signers.wrong", format!("{name} is neither a new key nor a registrar")))?;
        same_key(name, &state.vkey.key, key)?;
        if !state.active {
            return Err(Refusal::new("key.inactive", name));
        }
        if !state.roles.contains(&Role::Registrar) {
            return Err(Refusal::new("signers.role", name));
        }
        registrars += 1;
    }
    let needed = usize::from(envelope.chain() != "operator");
    if signed != own.len() || registrars != needed {
        return Err(Refusal::new("signers.wrong", format!("every new key signs, and {needed} registrar")));
    }
    Ok(entries.first().map(|e| e.holder.clone()).unwrap_or_default())
}

/// The books must be able to take what was decided: balanced entries, and sums that fit, all
/// postings of the event together. Balances stay within an i64 of minor units, pool by pool too,
/// because readers count in those; so [`Books::apply`] cannot fail after this.
fn check_postings(books: &Books, effects: &[Effect]) -> Result<(), Refusal> {
    // An entry has two to a few hundred postings, nearly always three: a list is faster than a map.
    let mut accounts: Vec<(AccountKey, Money)> = Vec::with_capacity(4);
    let mut large = false;
    for effect in effects {
        let Effect::Post(entry) = effect else { continue };
        if !entry.balances()? {
            // A kind that builds an unbalanced entry is a defect of ours; refusing keeps the books right.
            return Err(Refusal::new("data.invalid", "the entry does not balance in every fund"));
        }
        for posting in &entry.postings {
            posting.amount.minor()?;
            let after = match accounts.iter_mut().find(|(account, _)| *account == posting.account) {
                Some((_, sum)) => {
                    *sum = sum.plus(posting.amount)?;
                    *sum
                }
                None => {
                    let sum = books.balance(posting.account).plus(posting.amount)?;
                    accounts.push((posting.account, sum));
                    sum
                }
            };
            large |= after.minor()?.unsigned_abs() > SUMS_FIT;
        }
    }
    if large { check_sums(books, effects) } else { Ok(()) }
}

/// While every account stays below this, the sums over a fund's accounts, of which there are fewer
/// than a million, stay within an i64.
const SUMS_FIT: u64 = 1 << 41;

/// A large sum leaves room for what a million small accounts beside it can add unchecked.
const SUM_MAX: u64 = 1 << 62;

fn fits(sum: Money) -> Result<(), Refusal> {
    if sum.minor()?.unsigned_abs() > SUM_MAX { Err(Refusal::new("amount.too_large", sum)) } else { Ok(()) }
}

/// The sums over funds and pools, for the rare case that one account alone is very large.
fn check_sums(books: &Books, effects: &[Effect]) -> Result<(), Refusal> {
    let mut funds = BTreeMap::new();
    let mut pools = BTreeMap::new();
    for effect in effects {
        let Effect::Post(entry) = effect else { continue };
        for posting in entry.postings.iter().filter(|posting| posting.account.head.is_spendable()) {
            let pool = posting.account.pool;
            let fund =
                funds.entry((pool.fund, pool.currency)).or_insert_with(|| books.spendable(pool.fund, pool.currency));
            *fund = fund.plus(posting.amount)?;
            fits(*fund)?;
            let before = match pools.get(&pool) {
                Some(sum) => *sum,
                None => books.pool_spendable(pool)?,
            };
            let after = before.plus(posting.amount)?;
            fits(after)?;
            pools.insert(pool, after);
        }
    }
    Ok(())
}
