//! The one search box: receipt codes, events, chains, funds, projects, registration numbers.
//! Amounts are never searched: they would tell who gave what. Names and codes are compared as [`folded`] spells them.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use super::super::read::answer::{Ask, Incoming};
use super::super::read::names;
use super::super::read::query::encode;
use super::alike::folded;
use super::{drawn, frame, page, see};
use crate::app::Published;
use almoner_ledger::ChainNo;
use almoner_ledger::entity::{EntityType, Fund, Name, Project};
use almoner_site::{Link, SearchPage, Word, page_of};
use almoner_views::Views;
use almoner_views::names::{Event, Named};
use axum::response::Response;

/// Most that is listed.
const FOUND_MAX: usize = 30;
/// Longest text that is searched for, in characters.
const QUERY_MAX: usize = 200;

/// `GET /search?q=`: to the one thing that is meant, or a list.
pub(super) async fn search(incoming: Incoming) -> Response {
    let work = |ask: &Ask<'_>| {
        let query: String = ask.query.text("q").unwrap_or_default().trim().chars().take(QUERY_MAX).collect();
        let wanted = folded(&query);
        if let Some(path) = exactly(ask, &wanted) {
            return Ok(see(ask, &path));
        }
        let (found, more) =
            if wanted.is_empty() { (Vec::new(), false) } else { by_name(ask.shared, &wanted, ask.at.size) };
        if let ([(_, link)], false) = (found.as_slice(), more) {
            return Ok(see(ask, &link.path));
        }
        let mut frame = frame(ask, "Search", "/v1/chains")?;
        frame.path = format!("/search?q={}", encode(&query));
        Ok(drawn(&SearchPage { frame, query, found, more }))
    };
    page(incoming, &["q", "at"], work).await
}

/// The path of what a code names; codes are written in small letters.
fn exactly(ask: &Ask<'_>, query: &str) -> Option<String> {
    let views = ask.shared.views();
    let (chain_of, at) = (|id: &str| names::chain(&views, id, ask.at.size).ok(), ask.at.size);
    if chain_of(query).is_some() {
        return Some(format!("/c/{query}"));
    }
    // People paste the whole address of a receipt, or its file's name.
    let code = query.rsplit('/').next().unwrap_or_default();
    let code = code.split_once("#s1.").map_or(code, |(code, _)| code);
    let code = code.strip_suffix(".tlog-proof").unwrap_or(code);
    if let Some(name) = Named::parse(code)
        && let Some(index) = name.index(&views, at)
    {
        let (chain, seq) = names::chain_and_seq(&views, index)?;
        return Some(match (&name.event, name.gift) {
            (_, Some(k)) => format!("/r/{chain}-{seq}.{k}"),
            (Event::Index(index), None) => format!("/log/{index}"),
            (Event::Seq(..), None) => format!("/r/{chain}-{seq}"),
        });
    }
    let reference = almoner_ledger::data::Ref::parse(query)?;
    let no = views.find(chain_of(reference.chain.as_deref()?)?, reference.kind, &reference.id)?;
    let entity = views.entity(no, Some(at))?;
    page_of(entity.kind(), &views.chain(entity.chain)?.id, entity.id)
}

/// Chains that are looked at before the views are let go of: every name of the log is looked at, and others read, and
/// the views go on, in between.
const AT_ONCE: u32 = 256;

/// What was found, with what it is.
type Found = Vec<(&'static str, Link)>;

/// Chains, funds and projects whose name, id or registration number has the text in it.
fn by_name(shared: &Published, wanted: &str, at: u64) -> (Found, bool) {
    let matches = |text: &str| folded(text).contains(wanted);
    let mut found = Vec::new();
    of_each_chain(shared, &mut found, |views, no, found| {
        let Some(chain) = views.chain_at(no, Some(at)) else { return };
        let name = chain.names.iter().find(|(_, name)| matches(name));
        if name.is_some() || matches(chain.id) || chain.identifiers.iter().any(|number| folded(number) == wanted) {
            let name = name.or_else(|| chain.names.get_key_value("en")).or_else(|| chain.names.iter().next());
            let word =
                name.map_or_else(|| Word::id(chain.id), |(lang, text)| Word { lang: lang.clone(), text: text.clone() });
            found.push(("Chain", Link { path: format!("/c/{}", chain.id), word }));
        }
    });
    of_each_chain(shared, &mut found, |views, no, found| named_so::<Fund>(views, no, at, &matches, "Fund", found));
    of_each_chain(shared, &mut found, |views, no, found| {
        named_so::<Project>(views, no, at, &matches, "Project", found)
    });
    let more = found.len() > FOUND_MAX;
    found.truncate(FOUND_MAX);
    (found, more)
}

/// Entities of a kind that has pages, of one chain, whose name or id has the text in it.
fn named_so<K: EntityType>(
    views: &Views,
    chain: ChainNo,
    at: u64,
    matches: &impl Fn(&str) -> bool,
    label: &'static str,
    found: &mut Found,
) {
    for entity in views.entities::<K>(Some(chain), Some(at)) {
        let Name::Words(words) = entity.said.name() else { continue };
        let name = words.iter().find(|(_, name)| matches(name));
        let path = views.chain(chain).and_then(|chain| page_of(K::KIND, &chain.id, entity.id));
        if (name.is_some() || matches(entity.id))
            && let Some(path) = path
        {
            let word = name
                .map_or_else(|| Word::id(entity.id), |(lang, text)| Word { lang: lang.clone(), text: text.clone() });
            found.push((label, Link { path, word }));
        }
        if found.len() > FOUND_MAX {
            break;
        }
    }
}

/// Looks at one chain after another, until more is found than is told.
fn of_each_chain(shared: &Published, found: &mut Found, look: impl Fn(&Views, ChainNo, &mut Found)) {
    let mut no = ChainNo(0);
    loop {
        let views = shared.views();
        for _ in 0..AT_ONCE {
            if found.len() > FOUND_MAX || views.chain(no).is_none() {
                return;
            }
            look(&views, no, found);
            no = ChainNo(no.0.saturating_add(1));
        }
    }
}
