//! What page models are filled from: the views at one size, and notes when asked for.

use crate::words::{self, Word};
use almoner_ledger::entity::{EntityType, Found, Name};
use almoner_ledger::{ChainNo, EntityKind, EntityNo};
use almoner_proof::Envelope;
use almoner_views::figures::Selection;
use almoner_views::gift::NoteAt;
use almoner_views::{EntityAt, Views};

/// The views at one size of the log.
pub struct Scene<'a> {
    /// Folded state.
    pub views: &'a Views,
    /// The size.
    pub at: u64,
    /// Notes, by index.
    pub note_at: NoteAt<'a>,
}

/// A link with a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    /// Where to, without `at`.
    pub path: String,
    /// Its text.
    pub word: Word,
}

impl<'a> Scene<'a> {
    /// As the views take it.
    #[must_use]
    pub fn size(&self) -> Option<u64> {
        Some(self.at)
    }

    /// The note at an index, if it was in the log.
    pub(crate) fn note(&self, index: u64) -> Option<Envelope> {
        (index < self.at).then(|| (self.note_at)(index))?
    }

    /// A chain's name.
    pub(crate) fn chain_name(&self, no: ChainNo) -> Word {
        self.views.chain_at(no, self.size()).map(|chain| words::one(chain.names, chain.id)).unwrap_or_default()
    }

    /// A chain's id.
    pub(crate) fn chain_id(&self, no: ChainNo) -> &'a str {
        self.views.chain(no).map_or("", |chain| chain.id.as_str())
    }

    /// A chain's page.
    pub(crate) fn chain_link(&self, no: ChainNo) -> Link {
        Link { path: format!("/c/{}", self.chain_id(no)), word: self.chain_name(no) }
    }

    /// An entity as it was.
    pub(crate) fn entity(&self, no: EntityNo) -> Option<EntityAt<'a>> {
        self.views.entity(no, self.size())
    }

    /// An entity as it was, if it is of a kind.
    pub(crate) fn typed<K: EntityType>(&self, no: EntityNo) -> Option<Found<'a, K>> {
        self.views.typed(no, self.size())
    }

    /// Name and page of an entity; kinds without a page of their own lead to their chain's.
    pub(crate) fn entity_link(&self, no: EntityNo) -> Link {
        let Some(entity) = self.entity(no) else { return Link::default() };
        let chain = self.chain_id(entity.chain);
        let path = page_of(entity.kind(), chain, entity.id).unwrap_or_else(|| format!("/c/{chain}"));
        Link { path, word: name_of(&entity) }
    }

    /// Strips of a selection.
    pub(crate) fn strips(&self, selection: Selection) -> Vec<crate::StripTable> {
        self.views.strips(selection, self.size()).iter().map(crate::StripTable::of).collect()
    }
}

/// The path of an entity's page, for kinds that have one of their own.
#[must_use]
pub fn page_of(kind: EntityKind, chain: &str, id: &str) -> Option<String> {
    let page = match kind {
        EntityKind::Fund => "f",
        EntityKind::Project => "p",
        EntityKind::Import => "i",
        EntityKind::Activity => "a",
        EntityKind::Account
        | EntityKind::Programme
        | EntityKind::Envelope
        | EntityKind::Campaign
        | EntityKind::Pledge
        | EntityKind::Commitment
        | EntityKind::Grant
        | EntityKind::Disbursement
        | EntityKind::Milestone
        | EntityKind::Hold => return None,
    };
    Some(format!("/{page}/{chain}/{id}"))
}

/// An entity's name in English or the first language, or its id.
pub(crate) fn name_of(entity: &EntityAt<'_>) -> Word {
    named(entity.name(), entity.id)
}

/// A name as it is shown, of an entity with this id.
pub(crate) fn named(name: Name<'_>, id: &str) -> Word {
    match name {
        Name::Words(names) => words::one(names, id),
        Name::Text(name) => Word::id(name),
        Name::Id => Word::id(id),
    }
}
