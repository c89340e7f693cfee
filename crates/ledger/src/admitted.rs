//! What admission makes of an event, and every fold takes.

use crate::booked::Opened;
use crate::effect::Effect;
use crate::id::{ChainNo, KindNo};
use almoner_proof::{Hash, Verified};
use serde::{Deserialize, Serialize};

/// An admitted event. Only [`admit`](crate::admit()) makes one.
#[derive(Debug)]
#[non_exhaustive]
pub struct Admitted {
    /// The note.
    pub verified: Verified,
    /// What it does.
    pub done: Done,
}

impl Admitted {
    /// Where the author's chain stands after it.
    #[must_use]
    pub fn head(&self) -> ChainHead {
        let envelope = self.verified.envelope();
        ChainHead {
            chain: self.done.chain,
            next_seq: envelope.seq.saturating_add(1),
            hash: self.verified.event_hash(),
            seen: envelope.seen.0,
        }
    }
}

/// What an event does: all that books and readers need of it but the hash of its note. Admission makes one, or it is read
/// back from where it was written down ([`replay`](crate::replay)).
#[derive(Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Done {
    /// Its log index; where it is written down its place says it.
    #[serde(skip)]
    pub index: u64,
    /// The author's chain.
    pub chain: ChainNo,
    /// Its kind.
    pub kind: KindNo,
    /// Pools and accounts that it is the first to name.
    pub opened: Opened,
    /// What it does.
    pub effects: Vec<Effect>,
    /// Gifts that it carries.
    pub gifts: u32,
}

/// Where a chain stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainHead {
    /// Which.
    pub chain: ChainNo,
    /// The seq that its next event must have.
    pub next_seq: u64,
    /// Hash of its last event.
    pub hash: Hash,
    /// Largest size that an event of it has seen.
    pub seen: u64,
}
