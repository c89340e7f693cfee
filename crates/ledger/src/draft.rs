//! What an event would be told that nobody has signed yet: the order of checks with the verification of signatures left
//! out, and what else is wrong beside the first fault, as far as that is certain.
//!
//! Nothing here makes an [`Admitted`](crate::Admitted): what is rehearsed is never stored.

use crate::admit::{Referenced, Signed, decide, has_seen, in_chain, in_place, in_sequence, is_admitted};
use crate::admitted::{ChainHead, Done};
use crate::books::Books;
use crate::candidate::{decode, is_open, own_keys};
use crate::data::EventRef;
use crate::event::{Context, Event, KindNo, Signers, kind_of};
use crate::id::ChainNo;
use crate::refusal::{Code, Refusal};
use crate::signers::signers;
use almoner_proof::note::signature_line;
use almoner_proof::text::{is_chain_id, is_label};
use almoner_proof::{Envelope, EnvelopeError, Hash, PublicKey, VerifierKey, VerifyError};
use serde_json::Value;
use std::collections::BTreeSet;

/// Most faults in the shape of data that are looked for.
const SHAPES_MAX: usize = 32;

/// A text that somebody is about to sign, taken apart as far as that needs no books; or a note that is signed already.
#[derive(Debug)]
pub struct Drafted {
    /// With a line for each signer, so that it has the size of the note; on a draft's lines stand zeros.
    envelope: Envelope,
    is_signed: bool,
    kind: Option<KindNo>,
    /// None where data is not of the kind's shape.
    event: Option<Box<dyn Event>>,
    /// What the text alone is refused for, the first first.
    faults: Vec<Refusal>,
}

/// What an event does that was decided on books on trial.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rehearsed {
    /// What it does.
    pub done: Done,
    /// Where its chain stands after it.
    pub head: ChainHead,
}

/// Why a draft is not admitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What it would be told: the first in the order of checks.
    pub first: Refusal,
    /// Codes of checks that it fails as well, whatever becomes of the first, in the order of [`Code::ALL`]. There may be
    /// more.
    pub also: Vec<Code>,
}

impl From<Refusal> for Refused {
    fn from(first: Refusal) -> Refused {
        Refused { first, also: Vec::new() }
    }
}

impl Drafted {
    /// Takes a text apart that is to be signed by keys of these names, `<chain>/<label>`; without names it may be a note
    /// that is signed.
    ///
    /// # Errors
    /// `size.too_large`, counting a line for each signer, and `grammar.*`: then nothing more can be told. Faults behind
    /// these are told by [`Drafted::decide`].
    pub fn read(text: &str, signers: &[String], origin: &str) -> Result<Drafted, Refusal> {
        if signers.is_empty() && text.contains("\n\n") {
            return Drafted::of_note(text.as_bytes(), origin);
        }
        let names: BTreeSet<&str> = signers.iter().map(String::as_str).collect();
        // In the order of the names, as they would be signed; the id of a key is known to the books alone.
        let mut sorted: Vec<&String> = signers.iter().collect();
        sorted.sort_unstable();
        let lines: String = sorted.iter().map(|name| signature_line(name, 0, &[0; 64])).collect();
        let note = format!("{text}\n{lines}");
        if note.len() > almoner_proof::event::EVENT_MAX {
            return Err(EnvelopeError::TooLarge.into());
        }
        if !text.ends_with('\n') || text.contains("\n\n") {
            let why = "a draft is the text to be signed, which ends in a newline and has no empty line; who signs stands in signers";
            return Err(Refusal::new(Code::GrammarNote, why));
        }
        if names.is_empty() {
            return Err(Refusal::new(
                Code::GrammarNote,
                "signers: at least one key, as <chain>/<label>; or text is a whole note, signed",
            ));
        }
        let is_name =
            |name: &&str| name.split_once('/').is_some_and(|(chain, label)| is_chain_id(chain) && is_label(label));
        if let Some(name) = names.iter().find(|name| !is_name(name)) {
            return Err(Refusal::new(Code::GrammarSignatureLine, format!("a signer is <chain>/<label>, not {name}")));
        }
        Ok(Drafted::new(Envelope::parse(note.as_bytes())?, false, origin))
    }

    /// Takes a signed note apart. Its signatures are verified.
    ///
    /// # Errors
    /// As [`Drafted::read`].
    pub fn of_note(note: &[u8], origin: &str) -> Result<Drafted, Refusal> {
        Ok(Drafted::new(Envelope::parse(note)?, true, origin))
    }

    fn new(envelope: Envelope, is_signed: bool, origin: &str) -> Drafted {
        let mut faults = Faults::default();
        if envelope.log() != origin {
            faults.0.push(Refusal::new(Code::LogOther, format!("{} is not {origin}", envelope.log())));
        }
        let (kind, mut event) = (kind_of(envelope.kind()), None);
        if faults.keep(envelope.check_data().map_err(Refusal::from)).is_some() {
            match decode(&envelope) {
                Ok((_, typed)) => event = Some(typed),
                Err(first) => faults.0.extend(shape_faults(kind, first, envelope.data())),
            }
        }
        Drafted { envelope, is_signed, kind, event, faults: faults.0 }
    }

    /// The text, taken apart.
    #[must_use]
    pub fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// Its kind, if there is one of this name.
    #[must_use]
    pub fn kind(&self) -> Option<KindNo> {
        self.kind
    }

    /// Its typed data, if it is of the kind's shape.
    #[must_use]
    pub fn event(&self) -> Option<&dyn Event> {
        self.event.as_deref()
    }

    /// Events whose bytes the decision needs.
    #[must_use]
    pub fn references(&self) -> Vec<EventRef> {
        self.event.as_ref().map_or_else(Vec::new, |event| event.references())
    }

    /// Decides on these books as [`admit`](crate::admit()) would if it were signed. What is admitted is folded in by
    /// [`Rehearsal::apply`](crate::books::Rehearsal::apply).
    ///
    /// # Errors
    /// The first refusal in the order of checks, and what is certain beside it. A check that needs what failed is not
    /// made: of an event of another log only the text is looked at; without the chain, or over a gap in it, nobody knows
    /// signers and books; data that is not of its shape has no domain. What the kind says is asked once more as if no
    /// hold stood.
    pub fn decide(&self, books: &Books, referenced: &Referenced) -> Result<Rehearsed, Refused> {
        let envelope = &self.envelope;
        let mut faults = Faults(self.faults.clone());
        if faults.has(Code::LogOther) {
            return Err(faults.told());
        }
        let known = books.chain_no(envelope.chain());
        let Some((kind, rule)) = self.kind.map(|kind| (kind, kind.info().signers)) else {
            if let Some(chain) = known.and_then(|no| books.chain(no)) {
                faults.keep(in_sequence(chain, envelope));
            }
            faults.keep(has_seen(books, referenced.seen_root, envelope));
            return Err(faults.told());
        };
        let is_open = faults.keep(is_open(rule, known.is_some(), envelope)).is_some();
        // Who signs these stands in their data.
        let lists_keys = matches!(rule, Signers::Opening | Signers::AdminQuorumAndNewKey);
        let keys = if is_open && (self.event.is_some() || !lists_keys) { faults.keep(self.keys(books)) } else { None };
        let place = if is_open { faults.keep(in_chain(books, rule, envelope)) } else { None };
        // What lies in a gap may change signers and books.
        let meets = is_open && !faults.has(Code::ChainGap);
        let chain = place.or(known).unwrap_or_else(|| books.next_chain());
        let is_admitted = meets && faults.keep(is_admitted(books, chain)).is_some();
        let signed = By { envelope, hash: envelope.hash(), keys: keys.clone().unwrap_or_default() };
        let holder = match &keys {
            Some(_) if meets => faults.keep(signers(books, chain, rule, &signed)),
            Some(_) | None => None,
        };
        faults.keep(has_seen(books, referenced.seen_root, envelope));
        let in_place = faults.keep(in_place(books, envelope)).is_some();
        let decided = match &self.event {
            Some(event) if is_admitted && in_place => {
                // No holder has an empty name: whoever signs, this is refused.
                let holder = holder.as_deref().unwrap_or_default();
                let mut context = Context::new(books, chain, &signed, holder, &referenced.priors);
                let decided = faults.keep(decide(books, &context, kind, &**event, envelope));
                if faults.has(Code::HoldPlaced) {
                    context.is_without_holds = true;
                    faults.keep(decide(books, &context, kind, &**event, envelope));
                }
                decided
            }
            Some(_) | None => None,
        };
        match decided {
            Some(done) if faults.0.is_empty() => Ok(Rehearsed { head: self.head(chain), done }),
            Some(_) | None => Err(faults.told()),
        }
    }

    fn head(&self, chain: ChainNo) -> ChainHead {
        let Envelope { seq, seen, .. } = self.envelope;
        ChainHead { chain, next_seq: seq.saturating_add(1), hash: self.envelope.hash(), seen: seen.0 }
    }

    /// The key of each signature line, in their order.
    fn keys(&self, books: &Books) -> Result<Vec<PublicKey>, Refusal> {
        let own = own_keys(&self.envelope)?;
        let of_books = |name: &str| {
            let (chain, _) = name.split_once('/')?;
            Some(&books.chain(books.chain_no(chain)?)?.keys.get(name)?.vkey)
        };
        // A draft's lines have no ids: a label binds one key for ever.
        let is_it = |vkey: &&VerifierKey, id: u32| !self.is_signed || vkey.id == id;
        let key = |name: &str, id: u32| {
            let new = own.iter().find(|vkey| vkey.name == name && is_it(vkey, id));
            new.or_else(|| of_books(name).filter(|vkey| is_it(vkey, id))).map(|vkey| vkey.key.clone())
        };
        let mut keys = Vec::with_capacity(2);
        for (name, line) in self.envelope.signatures() {
            let unknown = || match self.is_signed {
                true => VerifyError::UnknownKey(name.to_owned(), line.key_id).into(),
                false => Refusal::new(Code::KeyUnknown, format!("no key {name} is known to this log")),
            };
            keys.push(key(name, line.key_id).ok_or_else(unknown)?);
        }
        for ((name, line), key) in self.envelope.signatures().zip(&keys).filter(|_| self.is_signed) {
            if !key.verifies(self.envelope.text().as_bytes(), &line.signature) {
                return Err(VerifyError::BadSignature(name.to_owned()).into());
            }
        }
        Ok(keys)
    }
}

/// A note as its signers would have signed it.
struct By<'a> {
    envelope: &'a Envelope,
    hash: Hash,
    keys: Vec<PublicKey>,
}

impl Signed for By<'_> {
    fn envelope(&self) -> &Envelope {
        self.envelope
    }
    fn event_hash(&self) -> Hash {
        self.hash
    }
    fn signers(&self) -> impl Iterator<Item = (&str, &PublicKey)> {
        self.envelope.signatures().map(|(name, _)| name).zip(&self.keys)
    }
}

/// What was found wrong, in the order of checks.
#[derive(Debug, Default)]
struct Faults(Vec<Refusal>);

impl Faults {
    fn keep<T>(&mut self, checked: Result<T, Refusal>) -> Option<T> {
        checked.map_err(|refusal| self.0.push(refusal)).ok()
    }

    fn has(&self, code: Code) -> bool {
        self.0.iter().any(|fault| fault.code() == code)
    }

    /// Only where there are some.
    fn told(self) -> Refused {
        let also: BTreeSet<Code> = self.0.iter().map(Refusal::code).collect();
        let first = self.0.into_iter().next();
        let first = first.unwrap_or_else(|| Refusal::new(Code::BooksDefect, "a refusal without a reason"));
        let also = also.into_iter().filter(|code| *code != first.code()).collect();
        Refused { first, also }
    }
}

/// Faults in the shape of data beside the first. What a member holds is judged by itself, so once one is told, the
/// example's takes its place and the rest is read again.
fn shape_faults(kind: Option<KindNo>, first: Refusal, data: &str) -> Vec<Refusal> {
    let mut faults = vec![first];
    let (Some(info), Ok(mut data)) = (kind.map(KindNo::info), serde_json::from_str::<Value>(data)) else {
        return faults;
    };
    let example: Value = serde_json::from_str(info.example).unwrap_or_default();
    while faults.len() < SHAPES_MAX {
        let Some(fault) = faults.last() else { break };
        if heal(&mut data, fault.path(), &example, fault.code() == Code::DataUnknownField).is_none() {
            break;
        }
        match info.decode(&data.to_string()) {
            // The same once more is what was put there.
            Err(next) if faults.iter().all(|fault| fault.path() != next.path()) => faults.push(next),
            Err(_) | Ok(_) => break,
        }
    }
    faults
}

/// Puts the example's member in the place of one, or takes it out; none where neither can be done.
fn heal(data: &mut Value, path: &[String], example: &Value, is_unknown: bool) -> Option<()> {
    let (last, path) = path.split_last()?;
    let (mut at, mut like) = (data, Some(example));
    for part in path {
        like = like.and_then(|like| like.get(part).or_else(|| like.get(0)));
        at = match at {
            Value::Array(items) => items.get_mut(part.parse::<usize>().ok()?)?,
            Value::Object(members) => members.get_mut(part)?,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
        };
    }
    let like = like.and_then(|like| like.get(last).or_else(|| like.get(0))).filter(|_| !is_unknown);
    match (at, like) {
        (Value::Object(members), Some(like)) => {
            members.insert(last.clone(), like.clone());
        }
        (Value::Object(members), None) => {
            members.remove(last)?;
        }
        (Value::Array(items), Some(like)) => *items.get_mut(last.parse::<usize>().ok()?)? = like.clone(),
        (Value::Array(_) | Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_), _) => return None,
    }
    Some(())
}
