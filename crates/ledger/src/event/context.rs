//! What every kind implements, and what it may ask while it decides. No kind touches the books but through [`Context`].

mod corrections;
mod guards;
mod lookups;

use super::reported::Reported;
use crate::admit::Signed;
use crate::books::Books;
use crate::currency::Currency;
use crate::data::{Date, EventRef, Ref};
use crate::effect::Effect;
use crate::entry::{Entry, GiftPlace};
use crate::id::ChainNo;
use crate::refusal::{Code, Refusal};
use crate::shape::Shaped;
use crate::telling::{Moved, TakenBack, Telling};
use almoner_proof::introduction::Role;
use almoner_proof::{Envelope, Hash};
use serde::de::DeserializeOwned;
use std::fmt::{self, Debug};

/// An event's data, typed. Decoded once, off the sequencer.
pub trait Event: Debug + Send + Sync {
    /// Events whose bytes the decision needs.
    fn references(&self) -> Vec<EventRef> {
        Vec::new()
    }

    /// What it does to the books, or why it may not.
    ///
    /// # Errors
    /// A named refusal; nothing has happened then.
    fn decide(&self, context: &Context<'_>) -> Decision;

    /// What undoing it does, for kinds whose effects are postings or promises.
    ///
    /// # Errors
    /// `reversal.not_reversible` for kinds with an exit of their own.
    fn reverse(&self, _context: &Context<'_>, _reversal: &Reversal<'_>) -> Decision {
        Err(Refusal::new(Code::ReversalNotReversible, "this type has an exit of its own, or none"))
    }

    /// What it says to a person: what fills the sentence of its kind.
    fn tell(&self) -> Telling<'_>;

    /// The gifts in it, for kinds that have some.
    fn gifts(&self) -> Option<&dyn Gifts> {
        None
    }

    /// What leaves a pool with it, for kinds whose entries have an outflow.
    fn moved(&self) -> Option<Moved<'_>> {
        None
    }

    /// What it says of somebody else's report, for kinds that bring one in.
    fn reported(&self) -> Option<Reported<'_>> {
        None
    }

    /// What it says of what it takes back, for kinds that take back what an earlier event did.
    fn takes_back(&self) -> Option<TakenBack<'_>> {
        None
    }
}

/// The gifts in an event. One kind has them today; whoever asks does not ask which.
pub trait Gifts {
    /// How many; without working out where they lie.
    fn count(&self) -> usize;
    /// Where each of them lies.
    fn places(&self) -> Vec<GiftPlace>;
    /// What they are in.
    fn currency(&self) -> Currency;
    /// When they came, as the author says.
    fn date(&self) -> Date;
    /// The fund and the project that they went to.
    fn place(&self) -> (&Ref, Option<&Ref>);
    /// The promise that they pay on.
    fn promise(&self) -> Option<&Ref>;
    /// The appeal that they answer.
    fn campaign(&self) -> Option<&Ref>;
}

/// What a kind decides: effects with entries as it writes them.
pub type Decision = Result<Vec<Effect<Entry>>, Refusal>;

/// Who must sign a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signers {
    /// Exactly one active key of the chain with one of these roles.
    One(&'static [Role]),
    /// Every key in its data, and one active registrar key (but for operator's own first event).
    Opening,
    /// The admin quorum, distinct holders.
    AdminQuorum,
    /// The admin quorum and the key that is added.
    AdminQuorumAndNewKey,
    /// The admin quorum, and at least two holders where the chain has two.
    TwoHolders,
}

impl fmt::Display for Signers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Signers::One(roles) => {
                let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
                write!(f, "exactly one active key of the chain with the role {}", words.join(" or "))
            }
            Signers::Opening => f.write_str("every key in its data and one registrar key of operator"),
            Signers::AdminQuorum => f.write_str("the admin quorum, distinct holders"),
            Signers::AdminQuorumAndNewKey => f.write_str("the admin quorum and the new key"),
            Signers::TwoHolders => f.write_str("the admin quorum, and two holders where the chain has two"),
        }
    }
}

/// A kind's file implements this beside [`Event`].
pub trait Kind: Event + DeserializeOwned + Shaped + 'static {
    /// `noun.verb/version`
    const TYPE: &'static str;
    /// Who signs.
    const SIGNERS: Signers;
    /// One sentence for the reference.
    const SUMMARY: &'static str;
    /// What it does to the books, by examples: its vector, which `scripts/bless` writes (empty before the first time).
    const EFFECT: &'static str;
    /// An example that decodes.
    const EXAMPLE: &'static str;
}

/// An earlier event that the decision needs, as the caller looked it up.
#[derive(Debug)]
pub struct Prior {
    /// Its log index.
    pub index: u64,
    /// Its event hash.
    pub hash: Hash,
    /// Its note.
    pub envelope: Envelope,
    /// Its data.
    pub event: Box<dyn Event>,
}

/// What a reversal is about.
#[derive(Debug)]
pub struct Reversal<'a> {
    /// The event to undo.
    pub prior: &'a Prior,
    /// Gifts of it, or all.
    pub items: Option<&'a [u32]>,
    /// When.
    pub date: Date,
}

/// The books as they are before the event, and the event's own place.
#[derive(Debug)]
pub struct Context<'a> {
    books: &'a Books,
    /// The author's chain; for `chain.opened` the number it will have.
    pub chain: ChainNo,
    /// The author's chain id.
    pub chain_id: &'a str,
    /// Position in the chain.
    pub seq: u64,
    /// Log index that the event will have.
    pub index: u64,
    /// Its event hash.
    pub event_hash: Hash,
    /// Holder of the first signing key of the chain.
    pub holder: &'a str,
    priors: &'a [Prior],
    /// Holds stop nothing: what would be refused if they were lifted?
    pub(crate) is_without_holds: bool,
}

impl<'a> Context<'a> {
    /// Of an event that comes next.
    pub(crate) fn new(
        books: &'a Books,
        chain: ChainNo,
        verified: &'a impl Signed,
        holder: &'a str,
        priors: &'a [Prior],
    ) -> Context<'a> {
        let envelope = verified.envelope();
        Context {
            books,
            chain,
            chain_id: envelope.chain(),
            seq: envelope.seq,
            index: books.size(),
            event_hash: verified.event_hash(),
            holder,
            priors,
            is_without_holds: false,
        }
    }
}
