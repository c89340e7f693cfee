//! The trail of a gift, receipts, and the policy that names this log.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use super::super::fault::Fault;
use super::super::{AppState, Problem};
use super::answer::{Ask, Incoming, Keep, page_response};
use super::events;
use super::names::{self, named};
use super::query::LIMIT_MAX;
use super::rows::PAGE_BYTES;
use crate::app::receipts::ReceiptError;
use almoner_views::gift::{GiftError, Window};
use almoner_wire::GiftTold;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

/// Hops of one segment that are told.
const HOPS_MAX: usize = 256;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/v1/gifts/{gift}", get(gift))
        .route("/v1/receipts/{receipt}", get(receipt))
        .route("/v1/policy", get(policy))
}

async fn gift(incoming: Incoming, Path(text): Path<String>) -> Result<Response, Problem> {
    let work = move |ask: &Ask<'_>| {
        let name = named(&text)?;
        let k = name
            .gift
            .ok_or_else(|| Problem::bad_request(&format!("which gift of the event? the first is {text}.0")))?;
        let (index, (chain, seq)) = {
            let views = ask.shared.views();
            let index = name.index(&views, ask.at.size).ok_or_else(|| events::no_event(&text, ask))?;
            (index, names::chain_and_seq(&views, index).ok_or_else(|| events::no_event(&text, ask))?)
        };
        let page = ask.query.page_of(LIMIT_MAX)?;
        // Here the cursor is a segment's number, counted from 0.
        let from = page.after.map_or(0, |after| usize::try_from(after.saturating_add(1)).unwrap_or(usize::MAX));
        let window = Window { from, rows: page.limit, bytes: PAGE_BYTES, hops: HOPS_MAX };
        let trail = ask
            .shared
            .gather(None, |views, note_at, _| views.gift_trail(&chain, seq, k, ask.at.some(), window, note_at))?;
        let trail = trail.map_err(|error| match &error {
            GiftError::NoEvent(_) | GiftError::NoGift(..) => Problem::not_found(&error.to_string()),
            GiftError::Trail(_) => Problem::internal(&error),
        })?;
        let end = from.saturating_add(trail.told.segments.len());
        let is_last = trail.told.segments.is_empty() || end >= trail.count;
        let next = (!is_last).then(|| ask.query.next_at(&ask.path, end.saturating_sub(1) as u64, ask.at.size));
        let page = GiftTold {
            gift: trail.told,
            event: format!("{chain}#{seq}"),
            index,
            next,
            origin: ask.shared.origin.clone(),
            size: ask.at.size,
            root: ask.at.root(ask.shared)?.to_base64(),
        };
        page_response(&page, page.next.as_deref())
    };
    incoming.heavy().answer(&["at", "after", "limit"], Keep::WithSize, work).await
}

/// A receipt is always under the newest published checkpoint, so it takes no `at`.
async fn receipt(incoming: Incoming, Path(text): Path<String>) -> Result<Response, Problem> {
    let work = move |ask: &Ask<'_>| {
        // People may ask for the file by its name.
        let name = named(text.strip_suffix(".tlog-proof").unwrap_or(&text))?;
        let found = {
            let views = ask.shared.views();
            // Acknowledged events are looked for too: their receipt is on its way.
            name.index(&views, u64::MAX).and_then(|index| names::chain_and_seq(&views, index))
        };
        let (chain, seq) = found.ok_or_else(|| {
            // Callers are told before the views follow: for that instant nothing can be said.
            let behind = ask.shared.views().size() < ask.shared.committed();
            let pending =
                || Problem::new(Fault::ReceiptPending, "this event may be on its way; try again").retry_after(1);
            if behind { pending() } else { events::no_event(&text, ask) }
        })?;
        let receipt = ask.shared.receipt(&chain, seq, name.gift.map(u64::from))?.map_err(|error| match &error {
            ReceiptError::NoEvent(_) | ReceiptError::NoGift(_) | ReceiptError::TooLong => {
                Problem::not_found(&error.to_string())
            }
            ReceiptError::Pending => Problem::new(Fault::ReceiptPending, &error.to_string()).retry_after(1),
            ReceiptError::Unreadable(_) => Problem::internal(&error),
        })?;
        let gift = name.gift.map(|k| format!(".{k}")).unwrap_or_default();
        let mut response = receipt.to_text().into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        // Chain ids are plain ASCII without quotes.
        if let Ok(file) = HeaderValue::from_str(&format!("attachment; filename=\"{chain}-{seq}{gift}.tlog-proof\"")) {
            headers.insert(header::CONTENT_DISPOSITION, file);
        }
        Ok(response)
    };
    incoming.answer(&[], Keep::WithSize, work).await
}

async fn policy(incoming: Incoming) -> Result<Response, Problem> {
    let work = |ask: &Ask<'_>| {
        let text = format!(
            "# For convenience only. A policy that comes from the server that is checked proves nothing:\n\
             # get this line on another way (paper, phone, the operator's own site) and compare it.\n\
             log {}\nquorum none\n",
            ask.node.vkey()
        );
        Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
    };
    incoming.answer(&[], Keep::WithSize, work).await
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_policy_reads_back() {
        let key = almoner_proof::SecretKey::from_seed("a.example/log", &[1; 32]);
        let text = format!("# a comment\nlog {}\nquorum none\n", key.verifier());
        assert!(almoner_proof::Policy::parse(&text).is_ok());
    }
}
