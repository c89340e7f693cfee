//! What is checked of an event without the books, in parallel and off the sequencer: size, grammar, the shape of its data,
//! every signature.

use crate::data::EventRef;
use crate::event::{Event, KindNo, Signers, kind_meant, kind_of};
use crate::nearest::meant;
use crate::refusal::{Code, Refusal};
use crate::ring::KeyRing;
use almoner_proof::introduction::introduced;
use almoner_proof::{Envelope, PublicKey, Verified, VerifierKey, VerifyError, recall, verify};
use std::sync::Arc;

/// An event that passed everything which needs no books.
#[derive(Debug)]
#[non_exhaustive]
pub struct Candidate {
    /// The verified note.
    pub verified: Verified,
    /// Its typed data.
    pub event: Box<dyn Event>,
    /// Its kind.
    pub kind: KindNo,
}

impl Candidate {
    /// Events whose bytes must be handed to [`admit`](crate::admit()).
    #[must_use]
    pub fn references(&self) -> Vec<EventRef> {
        self.event.references()
    }
}

/// First checks: size, grammar, log, then the JSON of data.
///
/// # Errors
/// `size.too_large`, `grammar.*`, `log.other`, `data.json`.
pub fn read_envelope(bytes: &[u8], origin: &str) -> Result<Envelope, Refusal> {
    let envelope = Envelope::parse(bytes)?;
    if envelope.log() != origin {
        return Err(Refusal::new(Code::LogOther, format!("{} is not {origin}", envelope.log())));
    }
    envelope.check_data()?;
    Ok(envelope)
}

/// Types the data by the closed schema of the kind.
///
/// # Errors
/// `data.unknown_type` and what [`KindInfo::decode`](crate::KindInfo::decode) refuses.
pub fn decode(envelope: &Envelope) -> Result<(KindNo, Box<dyn Event>), Refusal> {
    let kind = kind_of(envelope.kind()).ok_or_else(|| unknown_kind(envelope.kind()))?;
    Ok((kind, kind.info().decode(envelope.data())?))
}

/// A kind that is not in the registry, with the one that was meant.
#[must_use]
pub fn unknown_kind(name: &str) -> Refusal {
    let near = kind_meant(name).map(|info| info.kind.split('/').next().unwrap_or(info.kind));
    Refusal::new(Code::DataUnknownType, meant(&format!("there is no kind {name}"), near))
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

/// "Chain known" stands before "key known": a chain of which no key is known has not been opened.
pub(crate) fn is_open(signers: Signers, is_known: bool, envelope: &Envelope) -> Result<(), Refusal> {
    if signers != Signers::Opening && !is_known {
        return Err(Refusal::new(Code::ChainUnknown, envelope.chain()));
    }
    if signers == Signers::Opening && envelope.seq != 0 {
        let code = if is_known { Code::ChainExists } else { Code::ChainGap };
        return Err(Refusal::new(code, "a chain opens at seq 0, once"));
    }
    Ok(())
}

/// The keys that an event introduces itself.
pub(crate) fn own_keys(envelope: &Envelope) -> Result<Vec<VerifierKey>, Refusal> {
    introduced(envelope).iter().map(|entry| Ok(entry.admit(envelope.chain())?)).collect()
}

type Lookup<'a> = &'a dyn Fn(&str, u32) -> Option<Arc<PublicKey>>;

fn candidate(
    envelope: Envelope,
    ring: &KeyRing,
    make: fn(Envelope, Lookup<'_>) -> Result<Verified, VerifyError>,
) -> Result<Candidate, Refusal> {
    let (kind, event) = decode(&envelope)?;
    is_open(kind.info().signers, ring.knows_chain(envelope.chain()), &envelope)?;
    let own = own_keys(&envelope)?;
    let lookup = |name: &str, id: u32| {
        let new = own.iter().find(|vkey| vkey.name == name && vkey.id == id).map(|vkey| Arc::new(vkey.key.clone()));
        new.or_else(|| ring.get(name, id))
    };
    let verified = make(envelope, &lookup)?;
    Ok(Candidate { verified, event, kind })
}
