//! What others reported: transactions and versions of activities, with the file that holds each, or the newer one that
//! does not any more.

// Saturating: counts of what is in memory.

use super::super::{AppState, Problem};
use super::answer::{Ask, Incoming, Keep};
use super::rows::Rows;
use super::{events, names};
use almoner_ledger::{EntityKind, EntityNo};
use almoner_views::Views;
use almoner_views::observed::{ObservedAt, ObservedTold, ReportedSum, sums};
use axum::Router;
use axum::response::Response;
use axum::routing::get;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/v1/observed", get(list))
}

/// `GET /v1/observed`: of one activity or file if asked; the cursor is the log index.
async fn list(incoming: Incoming) -> Result<Response, Problem> {
    let work = |ask: &Ask<'_>| {
        let page = ask.query.page()?;
        let mut found: Vec<ObservedTold> = Vec::new();
        let more = {
            let views = ask.shared.views();
            let entity = |member: &str, kind: EntityKind| -> Result<Option<EntityNo>, Problem> {
                let Some(text) = ask.query.text(member) else { return Ok(None) };
                let unknown = || Problem::not_found(&format!("there is no {kind} {text:?}: it is written <chain>/{kind}/<id>"));
                let reference = almoner_ledger::data::Ref::parse(text).filter(|one| one.kind == kind).ok_or_else(unknown)?;
                let chain = names::chain(&views, reference.chain.as_deref().ok_or_else(unknown)?, ask.at.size)?;
                views.find(chain, kind, &reference.id).map(Some).ok_or_else(unknown)
            };
            let (activity, import) = (entity("activity", EntityKind::Activity)?, entity("import", EntityKind::Import)?);
            let observed = views.observed();
            let at = ask.at.some();
            let all: Box<dyn Iterator<Item = ObservedAt<'_>>> = match (activity, import) {
                (Some(activity), import) => {
                    Box::new(observed.of_activity(activity, at).filter(move |one| {
                        import.is_none_or(|import| one.held_by == Some(import))
                    }))
                }
                (None, Some(import)) => Box::new(observed.of_import(import, at)),
                (None, None) => Box::new(observed.after(page.after, at)),
            };
            let mut rest = all.filter(|one| page.after.is_none_or(|after| one.index > after)).peekable();
            while found.len() < page.limit
                && let Some(one) = rest.next()
            {
                found.push(views.observed_told(&one));
            }
            rest.peek().is_some()
        };
        let mut rows = Rows::new("observed");
        let verified = ask.shared.verified();
        for one in &found {
            if !rows.push(&row(&verified, one)?)? {
                break;
            }
        }
        let is_last = rows.count() == found.len() && !more;
        let last = rows.count().checked_sub(1).and_then(|last| found.get(last)).filter(|_| !is_last);
        let next = last.map(|last| ask.query.next(&ask.path, last.index));
        Ok(rows.end(ask, next.as_deref(), &[]))
    };
    incoming.heavy().answer(&["at", "activity", "import", "after", "limit"], Keep::WithSize, work).await
}

/// Where it stands, and what it says.
fn row(verified: &crate::app::Verified<'_>, one: &ObservedTold) -> Result<Value, Problem> {
    let note = events::note(verified, one.index)?;
    let mut row = json!(one);
    if let Value::Object(row) = &mut row {
        row.insert("type".to_owned(), note.kind().into());
        row.insert("data".to_owned(), serde_json::from_str(note.data()).unwrap_or_default());
    }
    Ok(row)
}

/// Counts and sums of what a file or an activity has as of the newest file, by type and currency.
pub(super) fn totals<'a>(of: impl Iterator<Item = ObservedAt<'a>>) -> Value {
    let told = |sum: &ReportedSum| {
        json!({
            "type": sum.type_code, "currency": sum.currency, "count": sum.count, "without_number": sum.without_number,
            "sum": sum.sum.map(|sum| sum.to_string()),
        })
    };
    sums(of.filter(|one| one.held_by.is_some())).iter().map(told).collect()
}

/// What is particular to an import or an activity: what it holds, in numbers.
pub(super) fn more(views: &Views, kind: EntityKind, no: EntityNo, at: Option<u64>) -> Value {
    let observed = views.observed();
    let reference = views.reference(no).unwrap_or_default();
    match kind {
        EntityKind::Import => {
            let all = || observed.of_import(no, at);
            let newest = observed.newest(no, at);
            let (held, gone) = all().filter(|one| one.money.is_some()).fold((0u64, 0u64), |(held, gone), one| {
                if one.held_by.is_some() { (held.saturating_add(1), gone) } else { (held, gone.saturating_add(1)) }
            });
            json!({
                "newest": views.reference(newest),
                "transactions": held,
                "gone": gone,
                "totals": totals(all().filter(|one| one.held_by == Some(no))),
                "observed": format!("/v1/observed?import={reference}"),
            })
        }
        EntityKind::Activity => {
            let all = || observed.of_activity(no, at);
            let versions = all().filter(|one| one.money.is_none()).map(|one| views.observed_told(&one));
            let transactions = || all().filter(|one| one.money.is_some());
            json!({
                "versions": versions.collect::<Vec<_>>(),
                "transactions": transactions().filter(|one| one.held_by.is_some()).count(),
                "gone": transactions().filter(|one| one.held_by.is_none()).count(),
                "totals": totals(transactions()),
                "observed": format!("/v1/observed?activity={reference}"),
            })
        }
        _ => json!({}),
    }
}
