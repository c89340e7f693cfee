//! Admission: the order of checks, each with its refusal, ending in an [`Admitted`] event. It runs on the sequencer, and
//! touches no cryptography.

use crate::admitted::{Admitted, Done};
use crate::booking::book;
use crate::books::{Books, Chain};
use crate::candidate::Candidate;
use crate::event::{Context, Prior, Signers};
use crate::id::ChainNo;
use crate::refusal::{Code, Refusal};
use crate::signers::signers;
use almoner_proof::{Envelope, Hash};

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
    let index = books.size();
    let required = kind.info().signers;
    let opening = matches!(required, Signers::Opening);
    let known = books.chain_no(envelope.chain()).and_then(|no| books.chain(no));
    let chain = match known {
        // At seq 0 it may be the same text again, which the caller tells from a fork.
        Some(chain) if opening && envelope.seq != 0 => return Err(Refusal::new(Code::ChainExists, &chain.id)),
        Some(chain) => {
            in_sequence(chain, envelope)?;
            if chain.role.is_none() && chain.no != ChainNo(0) {
                return Err(Refusal::new(Code::ChainNotAdmitted, &chain.id));
            }
            chain.no
        }
        None if opening => {
            if envelope.seq != 0 {
                return Err(Refusal::new(Code::ChainGap, "a chain opens at seq 0"));
            }
            if envelope.prev != Hash::default() {
                return Err(Refusal::new(Code::ChainPrev, "prev is 32 zero bytes at seq 0"));
            }
            books.next_chain()
        }
        None => return Err(Refusal::new(Code::ChainUnknown, envelope.chain())),
    };
    let holder = signers(books, chain, required, &verified)?;
    if envelope.seen.0 > index || referenced.seen_root != Some(envelope.seen.1) {
        return Err(Refusal::new(Code::SeenUnknown, format!("seen {} {}", envelope.seen.0, envelope.seen.1)));
    }
    if known.is_some_and(|chain| envelope.seen.0 < chain.seen) {
        return Err(Refusal::new(Code::SeenDecreasing, envelope.seen.0));
    }
    let in_place = match index {
        0 => envelope.kind() == "chain.opened/1" && envelope.chain() == "operator",
        1 => envelope.kind() == "log.opened/1",
        _ => envelope.kind() != "log.opened/1",
    };
    if !in_place {
        return Err(Refusal::new(Code::LogOrder, format!("{} at index {index}", envelope.kind())));
    }
    let context = Context::new(books, chain, &verified, &holder, &referenced.priors);
    let decided = event.decide(&context).map_err(|why| why.located(verified.envelope().data()))?;
    let (opened, effects) = book(books, decided)?;
    let gifts = u32::try_from(event.gifts().map_or(0, |gifts| gifts.count())).unwrap_or(u32::MAX);
    Ok(Admitted { verified, done: Done { index, chain, kind, opened, effects, gifts } })
}

fn in_sequence(chain: &Chain, envelope: &Envelope) -> Result<(), Refusal> {
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
