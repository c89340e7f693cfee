//! `/f/{chain}/{fund}`: a fund, reconciled.

// Saturating: waits, sizes and limits. The most that can be said is what is meant beyond the edge, and no time or room
// left is none.

use crate::fit::{self, Cut, fit};
use crate::words::{self, Word};
use crate::{Frame, Line, Link, Scene, StripTable};
use almoner_ledger::EntityNo;
use almoner_ledger::entity::{Found, Fund, FundClass, Hold, HoldTarget};
use almoner_views::figures::Selection;
use askama::Template;

/// A fund's page.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "fund.html")]
pub struct FundPage {
    /// Its surroundings.
    pub frame: Frame,
    /// Whose it is.
    pub chain: Link,
    /// Its name.
    pub name: Word,
    /// Its name in other languages.
    pub names: Vec<Word>,
    /// What the money is for.
    pub purpose: String,
    /// Its class.
    pub class: &'static str,
    /// What the class means.
    pub class_meaning: &'static str,
    /// Until when the money must be used.
    pub until: Option<String>,
    /// Only totals and commitments are published.
    pub sensitive: bool,
    /// One strip for each currency.
    pub strips: Vec<StripTable>,
    /// Its pools.
    pub pools: Vec<PoolRow>,
    /// Holds on it, or on its chain.
    pub holds: Vec<HoldRow>,
    /// Its newest events.
    pub latest: Vec<Line>,
    /// Lists of which not all is shown.
    pub cut: Vec<Cut>,
}

/// The money of a fund for one project.
#[derive(Debug, Clone, Default)]
pub struct PoolRow {
    /// The project; `None`: for no project in particular.
    pub project: Option<Link>,
    /// One strip for each currency.
    pub strips: Vec<StripTable>,
}

/// A supervisor's stop.
#[derive(Debug, Clone, Default)]
pub struct HoldRow {
    /// Who placed it.
    pub by: Link,
    /// On which legal basis.
    pub basis: String,
    /// When it is meant to end.
    pub expires: Option<String>,
    /// Index of the event that placed it.
    pub index: u64,
}

impl HoldRow {
    /// Holds that stand on any of these.
    pub(crate) fn all(scene: &Scene<'_>, targets: &[HoldTarget], cut: &mut Vec<Cut>) -> Vec<HoldRow> {
        let row = |hold: Found<'_, Hold>| HoldRow {
            by: scene.chain_link(hold.chain),
            basis: hold.said.basis.clone(),
            expires: hold.said.expires.map(|day| day.to_string()),
            index: hold.opened,
        };
        let holds = scene.views.holds_on(targets, scene.size()).into_iter().map(row);
        fit(
            cut,
            || ("holds", "/v1/holds".to_owned()),
            holds,
            |hold| fit::word(&hold.by.word).saturating_add(fit::text(&hold.basis)),
        )
    }
}

fn meaning(class: FundClass) -> &'static str {
    match class {
        FundClass::Unrestricted => "free to be used for anything the charity does",
        FundClass::Designated => "free money that the trustees have set aside",
        FundClass::Restricted => "only for the purpose that the donors gave it for",
        FundClass::EndowmentExpendable => "capital that the trustees may decide to spend",
        FundClass::EndowmentPermanent => "capital that must be kept",
        FundClass::Agency => "other people's money, held for them and never the charity's own",
    }
}

impl FundPage {
    /// Fills the page; `None` if there is no such fund yet.
    #[must_use]
    pub fn of(scene: &Scene<'_>, no: EntityNo, frame: Frame) -> Option<FundPage> {
        let fund = scene.typed::<Fund>(no)?;
        let Fund { class, purpose, name, until, sensitive, .. } = fund.said;
        let own = words::one(name, fund.id);
        let pool = |project: Option<EntityNo>| PoolRow {
            project: project.map(|no| scene.entity_link(no)),
            strips: scene.strips(Selection::Pool(no, project)),
        };
        let mut cut = Vec::new();
        let pools = scene.views.pools_of(no, scene.size()).into_iter().map(pool);
        let chain = scene.chain_id(fund.chain);
        let pools = fit(
            &mut cut,
            || ("balances", format!("/v1/balances?chain={chain}&fund={}", fund.id)),
            pools.filter(|pool| !pool.strips.is_empty()),
            |pool| {
                pool.project
                    .as_ref()
                    .map_or(0, |project| fit::word(&project.word))
                    .saturating_add(fit::strips(&pool.strips))
            },
        );
        Some(FundPage {
            chain: scene.chain_link(fund.chain),
            names: words::all(name).into_iter().filter(|word| *word != own).collect(),
            name: own,
            purpose: purpose.clone(),
            class: class.word(),
            class_meaning: meaning(*class),
            until: until.map(|day| day.to_string()),
            sensitive: *sensitive,
            strips: scene.strips(Selection::Fund(no)),
            pools,
            holds: HoldRow::all(scene, &[HoldTarget::Chain(fund.chain), HoldTarget::Entity(no)], &mut cut),
            latest: scene.lines(scene.views.latest_touching(&[no], scene.at, 20)),
            cut,
            frame,
        })
    }
}
