//! `/p/{chain}/{project}`: what is to be done, what it may cost, what was paid, who says it is done.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use crate::fit::{self, Cut, fit};
use crate::fund::HoldRow;
use crate::money::money;
use crate::words::{self, Word};
use crate::{Frame, Line, Link, Scene, StripTable};
use almoner_ledger::data::Payee;
use almoner_ledger::entity::{
    Disbursement, Found, HoldTarget, Milestone, MilestoneState, PaymentState, Project, ProjectStatus,
};
use almoner_ledger::telling::Moving;
use almoner_ledger::{Currency, EntityNo, Money, decode};
use almoner_proof::text::foreign;
use almoner_views::figures::Selection;
use askama::Template;
use std::collections::BTreeMap;

/// Payments of each sort, with a request and without, that are looked at, newest first.
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
    /// Lists of which not all is shown.
    pub cut: Vec<Cut>,
}

/// A payment.
#[derive(Debug, Clone, Default)]
pub struct PaymentRow {
    /// Who is paid; what others wrote in it is marked.
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
    /// What is measured, and up to where; what others wrote in it is marked.
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
    pub(crate) fn of(scene: &Scene<'_>, entity: Found<'_, Milestone>) -> MilestoneRow {
        let Milestone { title, indicator, target, unit, due, reviewers, quorum, attested, .. } = entity.said;
        let (symbol, state) = match entity.standing.state {
            MilestoneState::Planned => ("\u{25cb}", "planned"),
            MilestoneState::Evidenced => ("\u{25d0}", "evidence is in, waiting for reviewers"),
            MilestoneState::Attested => ("\u{25cf}", "attested"),
        };
        MilestoneRow {
            title: words::one(title, entity.id),
            goal: format!("{}: {} {}", foreign(indicator), foreign(target), foreign(unit)),
            due: due.to_string(),
            symbol,
            state,
            attested: format!("{} of {quorum} needed", attested.len()),
            by: attested.iter().map(|no| scene.chain_link(*no)).collect(),
            reviewers: reviewers.iter().map(|no| scene.chain_link(*no)).collect(),
            index: entity.opened,
        }
    }

    /// About how long it is on a page.
    pub(crate) fn bytes(&self) -> usize {
        let links = self.by.iter().chain(&self.reviewers).map(|link| fit::word(&link.word).saturating_add(100));
        links.chain([fit::word(&self.title), fit::text(&self.goal)]).sum()
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
        let entity = scene.typed::<Project>(no)?;
        let Project { title, summary, target, budget, .. } = entity.said;
        let own = words::one(title, entity.id);
        let mut totals: BTreeMap<Currency, Money> = BTreeMap::new();
        for (_, amount) in budget {
            let sum = totals.entry(amount.currency()).or_insert(Money::zero(amount.currency()));
            *sum = sum.plus(*amount).unwrap_or(*sum);
        }
        let milestones = scene.views.entities::<Milestone>(Some(entity.chain), scene.size());
        let milestones: Vec<Found<'_, Milestone>> = milestones.filter(|one| one.said.project == no).collect();
        let (chain, mut cut) = (scene.chain_id(entity.chain), Vec::new());
        let payments = fit(
            &mut cut,
            || ("payments that were asked for", format!("/v1/disbursements?chain={chain}")),
            payments(scene, entity).into_iter(),
            |payment| fit::text(&payment.payee).saturating_add(fit::text(&payment.purpose)),
        );
        let milestone_rows = fit(
            &mut cut,
            || ("milestones", format!("/v1/milestones?chain={chain}")),
            milestones.iter().map(|milestone| MilestoneRow::of(scene, *milestone)),
            MilestoneRow::bytes,
        );
        let mut about = vec![no];
        about.extend(milestones.iter().map(|milestone| milestone.no));
        Some(ProjectPage {
            chain: scene.chain_link(entity.chain),
            titles: words::all(title).into_iter().filter(|word| *word != own).collect(),
            title: own,
            summary: summary.clone(),
            status: status(entity.standing.status),
            target: target.map(money),
            budget: budget.iter().map(|(heading, amount)| (heading.clone(), money(*amount))).collect(),
            budget_total: totals.into_values().map(money).collect(),
            strips: scene.strips(Selection::Project(no)),
            payments,
            milestones: milestone_rows,
            holds: HoldRow::all(scene, &[HoldTarget::Chain(entity.chain), HoldTarget::Entity(no)], &mut cut),
            latest: scene.lines(scene.views.latest_touching(&about, scene.at, 20)),
            cut,
            frame,
        })
    }
}

/// Payments, the newest first: somewhat more than are shown.
fn payments(scene: &Scene<'_>, of: Found<'_, Project>) -> Vec<PaymentRow> {
    let requested = scene.views.entities::<Disbursement>(Some(of.chain), scene.size());
    let requested = requested.filter(|one| one.said.project == Some(of.no));
    let paid = |one: &Found<'_, Disbursement>| one.standing.paid_index().filter(|index| *index < scene.at);
    let mut newest: Vec<(u64, Found<'_, Disbursement>)> =
        requested.map(|one| (paid(&one).unwrap_or(one.opened), one)).collect();
    newest.sort_by_key(|(index, _)| std::cmp::Reverse(*index));
    newest.truncate(PAYMENTS.saturating_add(1));
    let mut payments: Vec<PaymentRow> =
        newest.into_iter().map(|(index, one)| requested_row(scene, one, index)).collect();
    payments.extend(unrequested(scene, of.no));
    payments.sort_by_key(|payment| std::cmp::Reverse(payment.index));
    payments
}

fn requested_row(scene: &Scene<'_>, asked: Found<'_, Disbursement>, index: u64) -> PaymentRow {
    PaymentRow {
        payee: label(scene, &asked.said.payee),
        purpose: asked.said.purpose.clone(),
        amount: money(asked.said.amount),
        state: payment(asked.standing.state),
        index,
    }
}

/// Spending without a request: what it says stands in the event.
fn unrequested(scene: &Scene<'_>, project: EntityNo) -> Vec<PaymentRow> {
    let events = scene.views.touching(project).below(scene.at).iter().rev();
    let row = |index: u64| {
        let (_, event) = decode(&scene.note(index)?).ok()?;
        let Moving::Paid { payee, amount: (figure, currency), class, irregular, .. } = event.moved()?.how else {
            return None;
        };
        let state = match (irregular, scene.views.reversed_by_at(index, scene.at).is_empty()) {
            (_, false) => "reversed: entered by mistake",
            (true, true) => "paid against the rules, to be ratified",
            (false, true) => "paid",
        };
        Some(PaymentRow {
            payee: label(scene, payee),
            purpose: class.word().replace('-', " "),
            amount: money(figure.signed(currency).ok()?),
            state,
            index,
        })
    };
    // A page does not read more: among so many outflows, most are payments of one sort or the other.
    let outflows = events.filter(|index| scene.views.has_outflow(*index)).take(PAYMENTS.saturating_mul(2));
    outflows.filter_map(row).take(PAYMENTS).collect()
}

fn label(scene: &Scene<'_>, payee: &Payee) -> String {
    match payee.chain.as_deref().and_then(|id| scene.views.chain_no(id)) {
        Some(no) => foreign(&scene.chain_name(no).text),
        None => payee.told(),
    }
}
