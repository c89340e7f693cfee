//! Admission: the order of checks, each with its refusal, ending in an [`Admitted`] event. It runs on the sequencer, and
//! touches no cryptography.

use crate::admitted::{Admitted, Done};
use crate::booking::book;
use crate::books::{Books, Chain};
use crate::candidate::Candidate;
use crate::event::{Context, Event, Prior, Signers};
use crate::id::{ChainNo, KindNo};
use crate::refusal::{Code, Refusal};
use crate::signers::signers;
use almoner_proof::{Envelope, Hash, PublicKey, Verified};

/// What the caller looked up for a decision.
#[derive(Debug, Default)]
pub struct Referenced {
    /// The root at the event's `seen` size, if that is a size that counts (published; for an audit, any).
    pub seen_root: Option<Hash>,
    /// The events that [`crate::Candidate::references`] names, as far as they exist.
    pub priors: Vec<Prior>,
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
    let required = kind.info().signers;
    let chain = in_chain(books, required, envelope)?;
    is_admitted(books, chain)?;
    let holder = signers(books, chain, required, &verified)?;
    has_seen(books, referenced.seen_root, envelope)?;
    in_place(books, envelope)?;
    let context = Context::new(books, chain, &verified, &holder, &referenced.priors);
    let done = decide(books, &context, kind, &*event, envelope)?;
    Ok(Admitted { verified, done })
}

/// A note, and the key that each of its signature lines stands for.
pub(crate) trait Signed {
    fn envelope(&self) -> &Envelope;
    /// H(text).
    fn event_hash(&self) -> Hash;
    fn signers(&self) -> impl Iterator<Item = (&str, &PublicKey)>;
}

impl Signed for Verified {
    fn envelope(&self) -> &Envelope {
        Verified::envelope(self)
    }
    fn event_hash(&self) -> Hash {
        Verified::event_hash(self)
    }
    fn signers(&self) -> impl Iterator<Item = (&str, &PublicKey)> {
        Verified::signers(self)
    }
}

/// The author's chain, on which the event is the next; for an opening the number that it will have.
pub(crate) fn in_chain(books: &Books, required: Signers, envelope: &Envelope) -> Result<ChainNo, Refusal> {
    let opening = matches!(required, Signers::Opening);
    match books.chain_no(envelope.chain()).and_then(|no| books.chain(no)) {
        // At seq 0 it may be the same text again, which the caller tells from a fork.
        Some(chain) if opening && envelope.seq != 0 => Err(Refusal::new(Code::ChainExists, &chain.id)),
        Some(chain) => in_sequence(chain, envelope).map(|()| chain.no),
        None if opening => {
            if envelope.seq != 0 {
                return Err(Refusal::new(Code::ChainGap, "a chain opens at seq 0"));
            }
            if envelope.prev != Hash::default() {
                return Err(Refusal::new(Code::ChainPrev, "prev is 32 zero bytes at seq 0"));
            }
            Ok(books.next_chain())
        }
        None => Err(Refusal::new(Code::ChainUnknown, envelope.chain())),
    }
}

/// Whether the operator has admitted a chain; its own needs none, nor does one that opens.
pub(crate) fn is_admitted(books: &Books, chain: ChainNo) -> Result<(), Refusal> {
    match books.chain(chain) {
        Some(chain) if chain.role.is_none() && chain.no != ChainNo(0) => {
            Err(Refusal::new(Code::ChainNotAdmitted, &chain.id))
        }
        Some(_) | None => Ok(()),
    }
}

/// `seen` is a size that counts, with its root, and never decreases. `root` is that of the size.
pub(crate) fn has_seen(books: &Books, root: Option<Hash>, envelope: &Envelope) -> Result<(), Refusal> {
    if envelope.seen.0 > books.size() || root != Some(envelope.seen.1) {
        return Err(Refusal::new(Code::SeenUnknown, format!("seen {} {}", envelope.seen.0, envelope.seen.1)));
    }
    let known = books.chain_no(envelope.chain()).and_then(|no| books.chain(no));
    if known.is_some_and(|chain| envelope.seen.0 < chain.seen) {
        return Err(Refusal::new(Code::SeenDecreasing, envelope.seen.0));
    }
    Ok(())
}

/// What the first two events of a log are.
pub(crate) fn in_place(books: &Books, envelope: &Envelope) -> Result<(), Refusal> {
    let index = books.size();
    let in_place = match index {
        0 => envelope.kind() == "chain.opened/1" && envelope.chain() == "operator",
        1 => envelope.kind() == "log.opened/1",
        _ => envelope.kind() != "log.opened/1",
    };
    if in_place { Ok(()) } else { Err(Refusal::new(Code::LogOrder, format!("{} at index {index}", envelope.kind()))) }
}

/// References, hold and domain: what the kind says, and whether the books can take it.
pub(crate) fn decide(
    books: &Books,
    context: &Context<'_>,
    kind: KindNo,
    event: &dyn Event,
    envelope: &Envelope,
) -> Result<Done, Refusal> {
    let decided = event.decide(context).map_err(|why| why.located(envelope.data()))?;
    let (opened, effects) = book(books, decided)?;
    let gifts = u32::try_from(event.gifts().map_or(0, |gifts| gifts.count())).unwrap_or(u32::MAX);
    Ok(Done { index: context.index, chain: context.chain, kind, opened, effects, gifts })
}

/// Whether the event is the next of its chain.
pub(crate) fn in_sequence(chain: &Chain, envelope: &Envelope) -> Result<(), Refusal> {
    let head = chain.next_seq.checked_sub(1).map(|seq| (seq, chain.last_hash));
    if envelope.seq < chain.next_seq {
        return Err(Refusal::conflict(Code::ChainFork, format!("{}#{} is taken", chain.id, envelope.seq), head));
    }
    if envelope.seq > chain.next_seq {
        return Err(Refusal::conflict(Code::ChainGap, format!("{} is at seq {}", chain.id, chain.next_seq), head));
    }
    if envelope.prev != chain.last_hash {
        return Err(Refusal::conflict(
            Code::ChainPrev,
            format!("the last event of {} is {}", chain.id, chain.last_hash),
            head,
        ));
    }
    Ok(())
}
