//! The closed list of what an event can do. Readers fold these; they never ask which of the many
//! kinds an event was.

use crate::booked::Booked;
use crate::entity::{Entity, Said, Standing};
use crate::id::{ChainNo, EntityNo};
use crate::words::ChainRole;
use almoner_proof::introduction::{Approval, KeyEntry, Recovery};
use almoner_proof::{Hash, VerifierKey};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One effect of an event: with entries as a kind writes them while it decides, as the books keep them once it is admitted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Effect<E = Booked> {
    /// Post a balanced entry.
    Post(E),
    /// Open an entity.
    Open(Box<Entity>),
    /// An entity stands so from here on.
    Stand(EntityNo, Standing),
    /// This is said of an entity from here on.
    Say(EntityNo, Arc<Said>),
    /// Change keys, policy or standing of a chain.
    Chain(ChainChange),
    /// The rules in force from the next event on.
    Rules(u32),
    /// The epoch of the sequencer that writes from here on.
    Epoch(u64),
    /// Note something that others may rest on.
    Note(Note),
}

impl<E> Effect<E> {
    /// The same effect with its entry in other terms.
    ///
    /// # Errors
    /// What `entry` says.
    pub fn map<F, R>(self, entry: impl FnOnce(E) -> Result<F, R>) -> Result<Effect<F>, R> {
        Ok(match self {
            Effect::Post(written) => Effect::Post(entry(written)?),
            Effect::Open(entity) => Effect::Open(entity),
            Effect::Stand(no, standing) => Effect::Stand(no, standing),
            Effect::Say(no, said) => Effect::Say(no, said),
            Effect::Chain(change) => Effect::Chain(change),
            Effect::Rules(version) => Effect::Rules(version),
            Effect::Epoch(epoch) => Effect::Epoch(epoch),
            Effect::Note(note) => Effect::Note(note),
        })
    }
}

/// A change of a chain.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum ChainChange {
    /// It opens.
    Opened {
        /// Its id.
        id: String,
        /// Language → name.
        name: BTreeMap<String, String>,
        /// First keys.
        keys: Vec<(KeyEntry, VerifierKey)>,
        /// Admin quorum.
        admin_quorum: u32,
        /// Thresholds.
        approvals: Vec<Approval>,
        /// Recovery keys.
        recovery: Recovery,
        /// Hash of this event.
        hash: Hash,
    },
    /// The operator admits it.
    Admitted {
        /// Which.
        chain: ChainNo,
        /// As what.
        role: ChainRole,
        /// Who may place holds on it.
        supervisor: Option<ChainNo>,
    },
    /// A key is added to the author's chain.
    KeyAdded(Box<(KeyEntry, VerifierKey)>),
    /// A key of the author's chain is retired.
    KeyRetired(String),
    /// The organisation says who it is.
    Described {
        /// org-id.guide identifiers.
        identifiers: Vec<String>,
        /// Language → name.
        names: BTreeMap<String, String>,
    },
}

/// Something noted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Note {
    /// This event rests on the event at that index, which cannot be reversed before this one is.
    RestsOn(u64),
    /// Of a gift in the event at that index, so much has been refunded in all (minor units).
    Refunded {
        /// Index of the donation.
        index: u64,
        /// Which gift.
        gift: u32,
        /// Refunded so far.
        minor: i64,
        /// Of the gift's fee, recovered so far.
        fee: i64,
    },
    /// The event at that index, or some gifts of it, is reversed by this one.
    Reversed {
        /// Index of what is reversed.
        index: u64,
        /// Gifts, or all.
        items: Option<Vec<u32>>,
    },
    /// A payment that broke a rule and is told all the same.
    Irregular {
        /// The rules' names.
        breaches: Vec<String>,
        /// Until when it must be ratified.
        ratify_by: String,
    },
    /// A transaction or an activity that somebody else reported; its own book, never mixed with signed books.
    Observed {
        /// Key of what is reported.
        key: Hash,
        /// The file.
        import: EntityNo,
        /// The activity, or that of the transaction, where the file has one.
        activity: Option<EntityNo>,
        /// The transaction, where it is one.
        transaction: Option<ReportedMoney>,
    },
    /// An import takes the place of others: all that they hold and is not gone is in it.
    Compared {
        /// The newer file.
        import: EntityNo,
        /// Those whose place it takes.
        replaces: Vec<EntityNo>,
        /// Keys of what is not in it.
        gone: Vec<Hash>,
        /// Keys of what is in it although none of those had it.
        again: Vec<Hash>,
    },
}

/// What a reported transaction says of money, as in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedMoney {
    /// IATI type code.
    pub type_code: Option<String>,
    /// Currency.
    pub currency: Option<String>,
    /// The value in the currency's minor digits, as decimal text; none where the file has no number.
    pub value: Option<String>,
}
