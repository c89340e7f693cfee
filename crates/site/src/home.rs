//! `/`: what this log is and how it stands.

// Saturating: before the first event there is none.

use crate::fit::{self, fit};
use crate::words::{self, Word};
use crate::{Frame, Line, Scene, StripTable};
use askama::Template;

/// The first page.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "home.html")]
pub struct HomePage {
    /// Its surroundings.
    pub frame: Frame,
    /// Per currency, money passed between chains counted once.
    pub totals: Vec<StripTable>,
    /// Gifts.
    pub gifts: String,
    /// Chains.
    pub chains: String,
    /// Transactions that others reported, as of the newest file of each publisher.
    pub observed: Option<String>,
    /// Those that are no longer in it.
    pub gone: Option<String>,
    /// The chains that are listed.
    pub listed: Vec<ChainRow>,
    /// Whether there are more than those.
    pub more: bool,
    /// The newest events.
    pub latest: Vec<Line>,
}

/// A chain in the list.
#[derive(Debug, Clone, Default)]
pub struct ChainRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Word,
    /// What it was admitted as.
    pub role: &'static str,
    /// How many events it signed.
    pub events: String,
}

impl HomePage {
    /// Fills the page.
    #[must_use]
    pub fn of(scene: &Scene<'_>, frame: Frame) -> HomePage {
        let number = |n: usize| crate::money::grouped(&n.to_string());
        let count = scene.views.chains_at(scene.size()).count();
        // Charities are what people come for; the house's own chains stand last.
        let mut listed: Vec<_> = scene.views.chains_at(scene.size()).collect();
        listed.sort_by_key(|chain| {
            (chain.role != Some("charity"), chain.role.is_none_or(|_| chain.id == "operator" || chain.id == "importer"))
        });
        let (all, observed) = scene.views.observed().counts(scene.size());
        let rows = listed.iter().map(|chain| ChainRow {
            id: chain.id.to_owned(),
            name: words::one(chain.names, chain.id),
            role: chain.role.unwrap_or("not admitted yet"),
            events: number(chain.events.len()),
        });
        let listed = fit(&mut Vec::new(), || ("chains", String::new()), rows, |row| fit::word(&row.name));
        HomePage {
            totals: scene.views.totals(scene.size()).iter().map(StripTable::of).collect(),
            gifts: crate::money::grouped(&scene.views.gift_count(scene.size()).to_string()),
            chains: number(count),
            observed: (all > 0).then(|| crate::money::grouped(&observed.to_string())),
            gone: (all > observed).then(|| crate::money::grouped(&all.saturating_sub(observed).to_string())),
            more: listed.len() < count,
            listed,
            latest: scene.lines((scene.at.saturating_sub(8)..scene.at).rev()),
            frame,
        }
    }
}
