//! What others reported: transactions and versions of activities, with the file that holds each, or the newer one that
//! does not any more.

// Saturating: counts of what is in memory.

use super::super::{AppState, Problem, negotiate};
use super::answer::{Ask, Incoming, Keep, page_response};
use super::rows::Rows;
use super::{events, names};
use crate::app::Verified;
use almoner_ledger::{EntityKind, EntityNo};
use almoner_views::Views;
use almoner_views::observed::{ObservedAt, ReportedSum, sums};
use almoner_wire::{
    Activity, ActivityFigures, Import, ImportFigures, Observed, ObservedList, ObservedRow, ReportedTotals,
};
use axum::Router;
use axum::response::Response;
use axum::routing::get;

/// Versions of an activity that are told of it alone; the list tells all.
const VERSIONS_MAX: usize = 1000;

pub(super) fn routes() -> Router<AppState> {
    negotiate::list(Router::new(), "/v1/observed", "observed", &get(list))
}

/// `GET /v1/observed`: of one activity or file if asked; the cursor is the log index.
async fn list(incoming: Incoming) -> Result<Response, Problem> {
    let work = |ask: &Ask<'_>| {
        let page = ask.query.page()?;
        let mut found: Vec<Observed> = Vec::new();
        let more = {
            let views = ask.shared.views();
            let entity = |kind: EntityKind| names::asked(ask, &views, kind, None);
            let (activity, import) = (entity(EntityKind::Activity)?, entity(EntityKind::Import)?);
            let observed = views.observed();
            let at = ask.at.some();
            let all: Box<dyn Iterator<Item = ObservedAt<'_>>> = match (activity, import) {
                (Some(activity), import) => Box::new(
                    observed
                        .of_activity(activity, at)
                        .filter(move |one| import.is_none_or(|import| one.held_by == Some(import))),
                ),
                (None, Some(import)) => Box::new(observed.of_import(import, at)),
                (None, None) => Box::new(observed.after(page.after, at)),
            };
            let mut rest = all.filter(|one| page.after.is_none_or(|after| one.index > after)).peekable();
            while found.len() < page.limit
                && let Some(one) = rest.next()
            {
                found.extend(views.observed_told(&one));
            }
            rest.peek().is_some()
        };
        let mut rows = Rows::new();
        let verified = ask.shared.verified();
        for one in &found {
            if !rows.push(&row(&verified, one)?)? {
                break;
            }
        }
        let next = rows.goes_on(&found, more).map(|last| ask.query.next(&ask.path, last.index));
        page_response(&ObservedList::from(rows.end(ask, next.clone())), next.as_deref())
    };
    incoming.heavy().answer(&["at", "activity", "import", "after", "limit"], Keep::WithSize, work).await
}

/// Where it stands, and what it says.
fn row(verified: &Verified<'_>, observed: &Observed) -> Result<ObservedRow, Problem> {
    let note = events::note(verified, observed.index)?;
    Ok(ObservedRow {
        observed: observed.clone(),
        kind: note.kind().to_owned(),
        data: serde_json::from_str(note.data()).unwrap_or_default(),
    })
}

/// Counts and sums of what the newest file has of some, by type and currency.
fn totals<'a>(of: impl Iterator<Item = ObservedAt<'a>>) -> Vec<ReportedTotals> {
    let told = |sum: ReportedSum| ReportedTotals {
        type_code: sum.type_code,
        currency: sum.currency,
        count: sum.count,
        without_number: sum.without_number,
        sum: sum.sum.map(|sum| sum.to_string()),
    };
    sums(of.filter(|one| one.held_by.is_some())).into_iter().map(told).collect()
}

/// How many transactions of some a newest file holds, and how many none does any more.
fn held_and_gone<'a>(of: impl Iterator<Item = ObservedAt<'a>>) -> (u64, u64) {
    of.filter(|one| one.money.is_some()).fold((0u64, 0u64), |(held, gone), one| {
        if one.held_by.is_some() { (held.saturating_add(1), gone) } else { (held, gone.saturating_add(1)) }
    })
}

/// A file with what it holds.
pub(super) fn import_figures(views: &Views, import: Import, no: EntityNo, at: Option<u64>) -> ImportFigures {
    let all = || views.observed().of_import(no, at);
    let (transactions, gone) = held_and_gone(all());
    ImportFigures {
        observed: format!("/v1/observed?import={}", import.opened.reference),
        import,
        newest: views.reference(views.observed().newest(no, at)),
        transactions,
        gone,
        totals: totals(all().filter(|one| one.held_by == Some(no))),
    }
}

/// An activity with what was told of it.
pub(super) fn activity_figures(views: &Views, activity: Activity, no: EntityNo, at: Option<u64>) -> ActivityFigures {
    let all = || views.observed().of_activity(no, at);
    let (transactions, gone) = held_and_gone(all());
    let versions = all().filter(|one| one.money.is_none()).filter_map(|one| views.observed_told(&one));
    ActivityFigures {
        observed: format!("/v1/observed?activity={}", activity.opened.reference),
        activity,
        versions: versions.take(VERSIONS_MAX).collect(),
        transactions,
        gone,
        totals: totals(all()),
    }
}
