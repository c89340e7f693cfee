//! `/p/{chain}/{project}`: what is to be done, what it may cost, what was paid, who says it is done.

use crate::fund::HoldRow;
use crate::money::{money, read};
use crate::words::{self, Word};
use crate::{Frame, Line, Link, Scene, StripTable};
use almoner_ledger::data::Payee;
use almoner_ledger::entity::{Body, HoldTarget, MilestoneState, PaymentState, ProjectStatus};
use almoner_ledger::{Currency, Entity, EntityKind, EntityNo, Money};
use almoner_views::figures::Selection;
use askama::Template;
use std::collections::BTreeMap;

/// Payments without a request that are listed, newest first.
const PAYMENTS: usize = 100;

/// A project's page.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "project.html")]
pub struct ProjectPage {
    /// Its surroundings.
    pub frame: Frame,
    /// Whose it is.
    pub chain: Link,
    /// Its title.
    pub title: Word,
    /// Its title in other languages.
    pub titles: Vec<Word>,
    /// What is to be done.
    pub summary: String,
    /// Where it stands, in a sentence.
    pub status: &'static str,
    /// What it is to cost in all, as proposed.
    pub target: Option<String>,
    /// Budget by heading.
    pub budget: Vec<(String, String)>,
    /// Sums of the budget, per currency.
    pub budget_total: Vec<String>,
    /// Its money, per currency.
    pub strips: Vec<StripTable>,
    /// Payments.
    pub payments: Vec<PaymentRow>,
    /// Milestones.
    pub milestones: Vec<MilestoneRow>,
    /// Holds on it, or on its chain.
    pub holds: Vec<HoldRow>,
    /// Its newest events.
    pub latest: Vec<Line>,
}

/// A payment.
#[derive(Debug, Clone, Default)]
pub struct PaymentRow {
    /// Who is paid.
    pub payee: String,
    /// What for.
    pub purpose: String,
    /// How much.
    pub amount: String,
    /// Where it stands, in words.
    pub state: &'static str,
    /// The event that says so.
    pub index: u64,
}

/// A milestone.
#[derive(Debug, Clone, Default)]
pub struct MilestoneRow {
    /// Its title.
    pub title: Word,
    /// What is measured, and up to where.
    pub goal: String,
    /// By when.
    pub due: String,
    /// A symbol for the state; the words say it too.
    pub symbol: &'static str,
    /// The state in words.
    pub state: &'static str,
    /// `2 of 3 needed`
    pub attested: String,
    /// Who attested so far.
    pub by: Vec<Link>,
    /// Who may.
    pub reviewers: Vec<Link>,
    /// The event that planned it.
    pub index: u64,
}

impl MilestoneRow {
    pub(crate) fn of(scene: &Scene<'_>, entity: &Entity) -> Option<MilestoneRow> {
        let Body::Milestone { title, indicator, target, unit, due, reviewers, quorum, attested, state, .. } =
            &entity.body
        else {
            return None;
        };
        let (symbol, state) = match state {
            MilestoneState::Planned => ("\u{25cb}", "planned"),
            MilestoneState::Evidenced => ("\u{25d0}", "evidence is in, waiting for reviewers"),
            MilestoneState::Attested => ("\u{25cf}", "attested"),
        };
        Some(MilestoneRow {
            title: words::one(title, &entity.id),
            goal: format!("{indicator}: {target} {unit}"),
            due: due.to_string(),
            symbol,
            state,
            attested: format!("{} of {quorum} needed", attested.len()),
            by: attested.iter().map(|no| scene.chain_link(*no)).collect(),
            reviewers: reviewers.iter().map(|no| scene.chain_link(*no)).collect(),
            index: entity.opened,
        })
    }
}

fn status(status: ProjectStatus) -> &'static str {
    match status {
        ProjectStatus::Proposed => "proposed, not approved yet",
        ProjectStatus::Approved => "approved, not begun yet",
        ProjectStatus::Implementing => "under way",
        ProjectStatus::Suspended => "paused",
        ProjectStatus::Finalising => "winding up",
        ProjectStatus::Closed => "closed, every pool at zero",
        ProjectStatus::Cancelled => "given up",
        ProjectStatus::SpunOff => "gone to a chain of its own",
    }
}

fn payment(state: PaymentState) -> &'static str {
    match state {
        PaymentState::Requested => "asked for",
        PaymentState::Approved => "approved, not paid yet",
        PaymentState::Paid => "paid",
        PaymentState::Confirmed => "paid, and the payee confirms it",
        PaymentState::Failed => "failed, the money came back",
    }
}

impl ProjectPage {
    /// Fills the page; `None` if there is no such project yet.
    #[must_use]
    pub fn of(scene: &Scene<'_>, no: EntityNo, frame: Frame) -> Option<ProjectPage> {
        let entity = scene.entity(no)?;
        let Body::Project { title, summary, status: now, target, budget, .. } = &entity.body else { return None };
        let own = words::one(title, &entity.id);
        let mut totals: BTreeMap<Currency, Money> = BTreeMap::new();
        for (_, amount) in budget {
            let sum = totals.entry(amount.currency()).or_insert(Money::zero(amount.currency()));
            *sum = sum.plus(*amount).unwrap_or(*sum);
        }
        let milestones: Vec<&Entity> = scene
            .views
            .entities(EntityKind::Milestone, Some(entity.chain), scene.size())
            .filter(|one| matches!(&one.body, Body::Milestone { project, .. } if *project == no))
            .collect();
        let mut payments = requested(scene, entity);
        payments.extend(unrequested(scene, no));
        payments.sort_by_key(|payment| std::cmp::Reverse(payment.index));
        let mut about = vec![no];
        about.extend(milestones.iter().map(|milestone| milestone.no));
        Some(ProjectPage {
            chain: scene.chain_link(entity.chain),
            titles: words::all(title).into_iter().filter(|word| *word != own).collect(),
            title: own,
            summary: summary.clone(),
            status: status(*now),
            target: target.map(money),
            budget: budget.iter().map(|(heading, amount)| (heading.clone(), money(*amount))).collect(),
            budget_total: totals.into_values().map(money).collect(),
            strips: scene.strips(Selection::Project(no)),
            payments,
            milestones: milestones.iter().filter_map(|milestone| MilestoneRow::of(scene, milestone)).collect(),
            holds: HoldRow::all(scene, &[HoldTarget::Chain(entity.chain), HoldTarget::Entity(no)]),
            latest: scene.lines(scene.views.latest_touching(&about, scene.at, 20)),
            frame,
        })
    }
}

/// Payments that were asked for.
fn requested(scene: &Scene<'_>, of: &Entity) -> Vec<PaymentRow> {
    let row = |entity: &Entity| match &entity.body {
        Body::Disbursement { project, amount, payee, purpose, state, paid_at, .. } if *project == Some(of.no) => {
            Some(PaymentRow {
                payee: label(scene, payee),
                purpose: purpose.clone(),
                amount: money(*amount),
                state: payment(*state),
                index: paid_at.filter(|index| *index < scene.at).unwrap_or(entity.opened),
            })
        }
        _ => None,
    };
    scene.views.entities(EntityKind::Disbursement, Some(of.chain), scene.size()).filter_map(row).collect()
}

/// Spending without a request: it stands in the events only, so it is read from them.
fn unrequested(scene: &Scene<'_>, project: EntityNo) -> Vec<PaymentRow> {
    let events = scene.views.touching(project).iter().rev().copied().skip_while(|index| *index >= scene.at);
    let is_spending =
        |index: &u64| matches!(scene.views.event(*index), Some(("expenditure.recorded/1" | "payment.irregular/1", _)));
    let row = |index: u64| {
        let note = scene.note(index)?;
        let data: serde_json::Value = serde_json::from_str(note.data()).ok()?;
        let text = |member: &str| data.get(member).and_then(|value| value.as_str());
        if text("disbursement").is_some() {
            return None;
        }
        let payee: Payee = serde_json::from_value(data.get("payee")?.clone()).ok()?;
        let irregular = note.kind().starts_with("payment.irregular");
        let state = match (irregular, scene.views.reversed_by_at(index, scene.at).is_empty()) {
            (_, false) => "reversed: entered by mistake",
            (true, true) => "paid against the rules, to be ratified",
            (false, true) => "paid",
        };
        Some(PaymentRow {
            payee: label(scene, &payee),
            purpose: text("class")?.replace('-', " "),
            amount: money(read(text("amount")?, Currency::parse(text("currency")?)?)?),
            state,
            index,
        })
    };
    events.filter(is_spending).take(PAYMENTS).filter_map(row).collect()
}

fn label(scene: &Scene<'_>, payee: &Payee) -> String {
    match payee.chain.as_deref().and_then(|id| scene.views.chain_no(id)) {
        Some(no) => scene.chain_name(no).text,
        None => payee.label(),
    }
}
