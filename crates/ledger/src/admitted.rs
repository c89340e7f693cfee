//! What admission makes of an event, and every fold takes.

use crate::booked::Opened;
use crate::effect::Effect;
use crate::id::{ChainNo, KindNo};
use almoner_proof::Verified;

/// An admitted event and what it does. Only [`admit`](crate::admit()) makes one.
#[derive(Debug)]
#[non_exhaustive]
pub struct Admitted {
    /// Its log index.
    pub index: u64,
    /// The author's chain.
    pub chain: ChainNo,
    /// Its kind.
    pub kind: KindNo,
    /// The note.
    pub verified: Verified,
    /// Pools and accounts that it is the first to name.
    pub opened: Opened,
    /// What it does.
    pub effects: Vec<Effect>,
    /// Gifts that it carries.
    pub gifts: u32,
}
