//! `/c/{chain}`: a charity, or whoever else keeps a chain.

// Saturating: waits, sizes and limits. The most that can be said is what is meant beyond the edge, and no time or room
// left is none.

use crate::fit::{self, Cut, fit};
use crate::words::{self, Word};
use crate::{Frame, Line, Link, Scene, StripTable};
use almoner_ledger::ChainNo;
use almoner_ledger::entity::{Fund, HoldTarget, Import, Milestone, Project};
use almoner_views::figures::Selection;
use askama::Template;

/// Events and corrections that are listed.
const LATEST: usize = 20;

/// A chain's page.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "chain.html")]
pub struct ChainPage {
    /// Its surroundings.
    pub frame: Frame,
    /// Its id.
    pub id: String,
    /// The name that is the headline.
    pub name: Word,
    /// Its names in all other languages.
    pub names: Vec<Word>,
    /// Registration numbers.
    pub identifiers: Vec<String>,
    /// What it was admitted as.
    pub role: Option<&'static str>,
    /// Who may place holds on it.
    pub supervisor: Option<Link>,
    /// Keys in force.
    pub keys: Vec<KeyRow>,
    /// Keys that are no longer.
    pub retired: usize,
    /// All its money.
    pub strips: Vec<StripTable>,
    /// Funds.
    pub funds: Vec<FundRow>,
    /// Projects.
    pub projects: Vec<ProjectRow>,
    /// Files of others that it imported, but those that a newer one replaced.
    pub files: Vec<Link>,
    /// Milestones.
    pub milestones: Vec<crate::project::MilestoneRow>,
    /// Holds on the chain as a whole.
    pub holds: Vec<crate::fund::HoldRow>,
    /// Its newest reversals.
    pub corrections: Vec<Line>,
    /// Its newest events.
    pub latest: Vec<Line>,
    /// Lists of which not all is shown.
    pub cut: Vec<Cut>,
}

/// A key in force.
#[derive(Debug, Clone, Default)]
pub struct KeyRow {
    /// `<chain>/<label>`
    pub name: String,
    /// Whose.
    pub holder: String,
    /// What it may sign.
    pub roles: String,
    /// The whole key.
    pub vkey: String,
    /// Index of the event that introduced it.
    pub introduced: u64,
    /// Whether the chain was opened with it: what to compare a receipt with.
    pub first: bool,
}

/// A fund of the chain.
#[derive(Debug, Clone, Default)]
pub struct FundRow {
    /// Name and page.
    pub link: Link,
    /// Its class.
    pub class: &'static str,
    /// Per currency: received, fees, spent, not spent.
    pub strips: Vec<StripTable>,
}

/// A project of the chain.
#[derive(Debug, Clone, Default)]
pub struct ProjectRow {
    /// Title and page.
    pub link: Link,
    /// Its status in a word.
    pub status: &'static str,
}

impl ChainPage {
    /// Fills the page; `None` if the chain was not open yet.
    #[must_use]
    pub fn of(scene: &Scene<'_>, no: ChainNo, frame: Frame) -> Option<ChainPage> {
        let views = scene.views;
        let chain = views.chain_at(no, scene.size())?;
        let name = words::one(chain.names, chain.id);
        let (id, mut cut) = (chain.id, Vec::new());
        let all = |name: &'static str, path: &str| (name, format!("/v1/{path}?chain={id}"));
        let reversals = views.reversals_of(no, scene.at);
        let keys = chain.keys.iter().filter(|key| key.retired.is_none()).map(|key| KeyRow {
            name: key.name.clone(),
            holder: key.holder.clone(),
            roles: key.roles.join(", "),
            vkey: key.vkey.clone(),
            introduced: key.introduced,
            first: chain.keys.first().is_some_and(|opening| opening.introduced == key.introduced),
        });
        let keys = fit(&mut cut, || ("keys", format!("/v1/chains/{id}")), keys, |key| fit::text(&key.holder));
        let funds = views.entities::<Fund>(Some(no), scene.size()).map(|fund| FundRow {
            link: scene.entity_link(fund.no),
            class: fund.said.class.word(),
            strips: scene.strips(Selection::Fund(fund.no)),
        });
        let funds = fit(
            &mut cut,
            || all("funds", "funds"),
            funds,
            |fund| fit::word(&fund.link.word).saturating_add(fit::strips(&fund.strips)),
        );
        let files = views.entities::<Import>(Some(no), scene.size());
        let files = files.filter(|file| file.standing.replaced_by.is_none()).map(|file| scene.entity_link(file.no));
        let files = fit(&mut cut, || all("files", "imports"), files, |link| fit::word(&link.word));
        let projects = views
            .entities::<Project>(Some(no), scene.size())
            .map(|project| ProjectRow { link: scene.entity_link(project.no), status: project.standing.status.word() });
        let projects = fit(&mut cut, || all("projects", "projects"), projects, |project| fit::word(&project.link.word));
        let milestones = views
            .entities::<Milestone>(Some(no), scene.size())
            .map(|milestone| crate::project::MilestoneRow::of(scene, milestone));
        let milestones =
            fit(&mut cut, || all("milestones", "milestones"), milestones, crate::project::MilestoneRow::bytes);
        Some(ChainPage {
            id: chain.id.to_owned(),
            names: words::all(chain.names).into_iter().filter(|word| *word != name).collect(),
            identifiers: chain.identifiers.to_vec(),
            role: chain.role,
            supervisor: chain.supervisor.and_then(|id| views.chain_no(id)).map(|no| scene.chain_link(no)),
            retired: chain.keys.iter().filter(|key| key.retired.is_some()).count(),
            keys,
            strips: scene.strips(Selection::Chain(no)),
            funds,
            projects,
            files,
            milestones,
            holds: crate::fund::HoldRow::all(scene, &[HoldTarget::Chain(no)], &mut cut),
            corrections: scene.lines(reversals.take(LATEST)),
            latest: scene.lines(chain.events.iter().rev().take(LATEST)),
            cut,
            name,
            frame,
        })
    }
}
