//! Entities: what events open and change. Ids are chosen by the author, unique per kind and chain,
//! and never used again.
//!
//! An entity is what was said of it and how it stands. What was said is long, changes seldom and is shared by all who
//! keep it; how it stands is a few numbers, changes with nearly every event that names it, and is copied.
//!
//! A kind of entity is one file in `entity/` and one line of [`entity_kinds!`](crate::entity_kinds): the file has both
//! structs, the words for its states and its name; everything that goes through all kinds is made from the line.

use crate::id::{ChainNo, EntityNo};
use crate::money::Money;
use crate::refusal::Refusal;
use crate::words::EntityKind;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;
use std::sync::Arc;

/// The registry of entities, handed to a macro: each with what it is, its file, how it stands, and its words. Whoever
/// needs something for every kind asks for it here, so that a kind without it does not compile.
#[macro_export]
macro_rules! entity_kinds {
    ($then:ident) => {
        $then! {
            /// Where money lies.
            Account { in account, stands AccountStanding, "account", list "accounts" }
            /// Money with a purpose and a restriction.
            Fund { in fund, stands FundStanding, "fund", list "funds" }
            /// Work of several chains under one name.
            Programme { in programme, stands ProgrammeStanding, "programme", list "programmes" }
            /// An announced total, owed to nobody.
            Envelope { in envelope, stands EnvelopeStanding, "envelope", list "envelopes" }
            /// Work that a fund pays for.
            Project { in project, stands ProjectStanding, "project", list "projects" }
            /// An appeal.
            Campaign { in campaign, stands CampaignStanding, "campaign", list "campaigns" }
            /// An intention to give.
            Pledge { in pledge, stands PledgeStanding, "pledge", list "pledges" }
            /// A binding promise to the beneficiary.
            Commitment { in commitment, stands CommitmentStanding, "commitment", list "commitments" }
            /// A promise to a recipient.
            Grant { in grant, stands GrantStanding, "grant", list "grants" }
            /// A payment, from request to confirmation.
            Disbursement { in disbursement, stands DisbursementStanding, "disbursement", list "disbursements" }
            /// What is to be achieved, and who attests it.
            Milestone { in milestone, stands MilestoneStanding, "milestone", list "milestones" }
            /// A supervisor's stop.
            Hold { in hold, stands HoldStanding, "hold", list "holds" }
            /// An imported file.
            Import { in import, stands ImportStanding, "import", list "imports" }
            /// Work that an imported file reports.
            Activity { in activity, stands ActivityStanding, "activity", list "activities" }
        }
    };
}

macro_rules! entities {
    ($($(#[$about:meta])+ $kind:ident { in $file:ident, stands $standing:ident, $word:literal, list $list:literal })+) => {
        $(mod $file;)+
        $(pub use $file::{$kind, $standing};)+

        #[cfg(test)]
        const FILES: &[&str] = &[$(stringify!($file)),+];

        /// What events said of an entity. Texts are what pages show. What changes here changes seldom: each change is a
        /// new one as a whole.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Said {
            $($(#[$about])+ $kind($kind)),+
        }

        /// How an entity stands. Amounts are minor units of the currency that stands in its [`Said`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Standing {
            $($(#[$about])+ $kind($standing)),+
        }

        /// What was said of an entity with how it stands, for readers of any kind: never those of two kinds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Told<'a> {
            $($(#[$about])+ $kind(&'a $kind, $standing)),+
        }

        impl Standing {
            /// Of which kind of entity.
            #[must_use]
            pub fn kind(self) -> EntityKind {
                match self { $(Standing::$kind(_) => EntityKind::$kind),+ }
            }
        }

        impl<'a> Told<'a> {
            /// Both, unless they are of two kinds.
            #[must_use]
            pub fn of(said: &'a Said, standing: Standing) -> Option<Told<'a>> {
                match (said, standing) {
                    $((Said::$kind(said), Standing::$kind(standing)) => Some(Told::$kind(said, standing)),)+
                    _ => None,
                }
            }

            /// Of which kind of entity.
            #[must_use]
            pub fn kind(self) -> EntityKind {
                match self { $(Told::$kind(..) => EntityKind::$kind),+ }
            }

            /// What it is called.
            #[must_use]
            pub fn name(self) -> Name<'a> {
                match self { $(Told::$kind(said, _) => said.name()),+ }
            }
        }

        $(impl EntityType for $kind {
            const KIND: EntityKind = EntityKind::$kind;
            type Standing = $standing;

            fn said(self) -> Said {
                Said::$kind(self)
            }

            fn stands(standing: $standing) -> Standing {
                Standing::$kind(standing)
            }

            fn told(told: Told<'_>) -> Option<(&Self, $standing)> {
                if let Told::$kind(said, standing) = told { Some((said, standing)) } else { None }
            }

            fn name(&self) -> Name<'_> {
                $kind::name(self)
            }
        })+
    };
}
entity_kinds!(entities);

pub use account::AccountKind;
pub use campaign::CampaignState;
pub use disbursement::PaymentState;
pub use fund::FundClass;
pub use grant::Tranche;
pub use hold::{HoldState, HoldTarget};
pub use milestone::MilestoneState;
pub use pledge::PromiseState;
pub use project::{Gone, ProjectStatus};

// Books and readers keep one for every change of every entity.
const _: () = assert!(size_of::<Standing>() == 32);

/// A kind of entity: what is said of one. Implemented by the registry.
pub trait EntityType: Debug + Clone + 'static {
    /// How one stands.
    type Standing: Debug + Copy + PartialEq;
    /// Its word.
    const KIND: EntityKind;

    /// As what is said of an entity of any kind.
    fn said(self) -> Said;
    /// As how an entity of any kind stands.
    fn stands(standing: Self::Standing) -> Standing;
    /// What is told of an entity, if it is one of these.
    fn told(told: Told<'_>) -> Option<(&Self, Self::Standing)>;
    /// What it is called.
    fn name(&self) -> Name<'_>;
}

/// How an entity stands of which nothing changes but what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fixed;

/// What an entity is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name<'a> {
    /// In several languages; by its id if there is none.
    Words(&'a crate::data::Words),
    /// In a text of no language.
    Text(&'a str),
    /// By its id.
    Id,
}

/// An entity whose kind is known: as it is in the books, or as it was.
#[derive(Debug)]
pub struct Found<'a, K: EntityType> {
    /// Number in the books.
    pub no: EntityNo,
    /// Whose.
    pub chain: ChainNo,
    /// Its id.
    pub id: &'a str,
    /// Log index of the event that opened it.
    pub opened: u64,
    /// What events said of it.
    pub said: &'a K,
    /// How it stands.
    pub standing: K::Standing,
}

impl<K: EntityType> Clone for Found<'_, K> {
    fn clone(&self) -> Self {
        *self
    }
}

// A derived one would ask it of what is said, which is only referred to.
impl<K: EntityType> Copy for Found<'_, K> {}

/// An opened entity as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// Number in the books.
    pub no: EntityNo,
    /// Whose.
    pub chain: ChainNo,
    /// Its id.
    pub id: String,
    /// Log index of the event that opened it.
    pub opened: u64,
    /// What events said of it; the books and every reader keep the same one.
    pub said: Arc<Said>,
    /// How it stands.
    pub standing: Standing,
}

impl Entity {
    /// What it is.
    #[must_use]
    pub fn kind(&self) -> EntityKind {
        self.standing.kind()
    }

    /// What was said of it with how it stands, to take apart together. None where these are of two kinds, which no event
    /// of a kind makes so; it would take a replay file of somebody else's.
    #[must_use]
    pub fn told(&self) -> Option<Told<'_>> {
        Told::of(&self.said, self.standing)
    }

    /// The entity, if it is one of these.
    #[must_use]
    pub fn of<K: EntityType>(&self) -> Option<Found<'_, K>> {
        let Entity { no, chain, opened, .. } = *self;
        let (said, standing) = K::told(self.told()?)?;
        Some(Found { no, chain, id: &self.id, opened, said, standing })
    }
}

/// Adds to an amount of a [`Standing`].
///
/// # Errors
/// `amount.too_large`.
pub(crate) fn raise(minor: &mut i64, by: Money) -> Result<(), Refusal> {
    *minor = by.alike(*minor).plus(by)?.minor();
    Ok(())
}

/// Takes from an amount of a [`Standing`].
///
/// # Errors
/// `amount.too_large`.
pub(crate) fn lower(minor: &mut i64, by: Money) -> Result<(), Refusal> {
    *minor = by.alike(*minor).minus(by)?.minor();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_file_has_its_line_in_the_registry() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/entity");
        let name = |file: std::io::Result<std::fs::DirEntry>| file.unwrap().path().file_stem().unwrap().to_owned();
        let files: BTreeSet<_> = std::fs::read_dir(folder).unwrap().map(name).collect();
        assert_eq!(files, FILES.iter().map(Into::into).collect::<BTreeSet<_>>());
    }

    #[test]
    fn no_two_kinds_have_one_word_or_one_list() {
        let words: BTreeSet<&str> = EntityKind::ALL.iter().flat_map(|kind| [kind.word(), kind.list()]).collect();
        assert_eq!(words.len(), 2 * EntityKind::ALL.len());
    }

    #[test]
    fn what_is_said_of_one_kind_is_not_told_with_how_another_stands() {
        let said = Import { sha256: "0".repeat(64), publisher: String::new(), name: "f.xml".to_owned() };
        let stands = ImportStanding { replaced_by: None };
        let (no, chain, id) = (EntityNo(0), ChainNo(0), "f".to_owned());
        let mut entity =
            Entity { no, chain, id, opened: 3, said: Arc::new(said.clone().said()), standing: Import::stands(stands) };
        assert_eq!((entity.kind(), entity.told()), (EntityKind::Import, Some(Told::Import(&said, stands))));
        let found = entity.of::<Import>().unwrap();
        assert_eq!((found.said, found.standing, found.id, found.opened), (&said, stands, "f", 3));
        assert!(entity.of::<Programme>().is_none());
        entity.standing = Standing::Programme(Fixed);
        assert!(entity.told().is_none() && entity.of::<Import>().is_none() && entity.of::<Programme>().is_none());
    }
}
