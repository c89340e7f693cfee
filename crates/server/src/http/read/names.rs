//! How events, gifts, chains and entities are named in paths and queries, and what is said of names that are not there.

use super::super::Problem;
use almoner_ledger::nearest::{meant, nearest};
use almoner_ledger::{ChainNo, EntityKind, EntityNo};
use almoner_proof::text::{is_chain_id, is_entity_id, parse_decimal};
use almoner_views::Views;

/// Known names that one which is not there is compared with.
const LOOKED_THROUGH: usize = 2_000;

/// An event, or a gift in it, as a path names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http) struct Named {
    /// By log index, or by chain and seq.
    pub event: Event,
    /// The gift.
    pub gift: Option<u32>,
}

/// How the event is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http) enum Event {
    /// Its log index.
    Index(u64),
    /// Its chain and its place in it.
    Seq(String, u64),
}

impl Named {
    /// Reads `<index>`, `<chain>-<seq>` (split at the last `-`) or `<chain>#<seq>`, each with or without `.<gift>`, in
    /// small letters or capitals: people copy them from paper.
    pub(in crate::http) fn parse(text: &str) -> Option<Named> {
        let text = text.to_ascii_lowercase();
        // A gift's number follows the last point; a chain id may hold points of its own, but never after its seq.
        let (text, gift) = match text.rsplit_once('.') {
            Some((event, gift)) if event.ends_with(|c: char| c.is_ascii_digit()) && !gift.contains(['-', '#']) => {
                (event, Some(u32::try_from(parse_decimal(gift)?).ok()?))
            }
            _ => (text.as_str(), None),
        };
        let event = match text.split_once('#').or_else(|| text.rsplit_once('-')) {
            Some((chain, seq)) if is_chain_id(chain) => Event::Seq(chain.to_owned(), parse_decimal(seq)?),
            Some(_) => return None,
            None => Event::Index(parse_decimal(text)?),
        };
        Some(Named { event, gift })
    }

    /// The log index, if the event was in the log at that size.
    pub(in crate::http) fn index(&self, views: &Views, at: u64) -> Option<u64> {
        let index = match &self.event {
            Event::Index(index) => *index,
            Event::Seq(chain, seq) => views.index_of(chain, *seq)?,
        };
        (index < at).then_some(index)
    }
}

/// Reads a name or says how one looks.
pub(in crate::http) fn named(text: &str) -> Result<Named, Problem> {
    Named::parse(text).ok_or_else(|| {
        Problem::bad_request(
            "an event is named <chain>-<seq>, <chain>#<seq> or by its index; a gift in it adds .<number from 0>",
        )
    })
}

/// Chain and seq of the event at an index.
pub(in crate::http) fn chain_and_seq(views: &Views, index: u64) -> Option<(String, u64)> {
    let citation = views.citation(index)?;
    let (chain, seq) = citation.split_once('#')?;
    Some((chain.to_owned(), parse_decimal(seq)?))
}

/// A chain by its id, open at that size.
pub(in crate::http) fn chain(views: &Views, id: &str, at: u64) -> Result<ChainNo, Problem> {
    let no = views.chain_no(id).filter(|no| views.chain_at(*no, Some(at)).is_some());
    no.ok_or_else(|| {
        let known = views.chains_at(Some(at)).take(LOOKED_THROUGH).map(|chain| chain.id);
        Problem::not_found(&meant(&format!("there is no chain {id:?} in the first {at} events"), nearest(id, known)))
    })
}

/// An entity of a chain by its id, open at that size.
pub(in crate::http) fn of_chain(
    views: &Views,
    chain_id: &str,
    kind: EntityKind,
    id: &str,
    at: u64,
) -> Result<EntityNo, Problem> {
    let chain = chain(views, chain_id, at)?;
    let found = views.find(chain, kind, id).filter(|no| views.entity(*no, Some(at)).is_some());
    found.ok_or_else(|| {
        let known = views.of_kind(kind, Some(chain), Some(at)).take(LOOKED_THROUGH).map(|entity| entity.id);
        let what = format!("{chain_id} has no {kind} {id:?} in the first {at} events");
        Problem::not_found(&meant(&what, nearest(id, known)))
    })
}

/// An entity as a query names it: `<chain>/<kind>/<id>`, or with the chain named beside it `<kind>/<id>` or `<id>`. Gives
/// its chain and its id.
pub(in crate::http) fn reference<'a>(
    kind: EntityKind,
    text: &'a str,
    beside: Option<&'a str>,
) -> Result<(&'a str, &'a str), Problem> {
    let word = kind.word();
    let named = match text.split('/').collect::<Vec<_>>().as_slice() {
        [chain, of, id] if *of == word && is_chain_id(chain) => Some((Some(*chain), *id)),
        [of, id] if *of == word => Some((None, *id)),
        [id] => Some((None, *id)),
        _ => None,
    };
    let (own, id) = named
        .filter(|(_, id)| is_entity_id(id))
        .ok_or_else(|| Problem::bad_request(&format!("{word} is written <chain>/{word}/<id>, not {text:?}")))?;
    let chain = own.or(beside).ok_or_else(|| {
        Problem::not_found(&format!("whose {word} is {id:?}? write <chain>/{word}/{id}, or name its chain too"))
    })?;
    Ok((chain, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_split_at_the_last_dash() {
        let seq = |chain: &str, seq, gift| Some(Named { event: Event::Seq(chain.to_owned(), seq), gift });
        assert_eq!(Named::parse("the-well-12"), seq("the-well", 12, None));
        assert_eq!(Named::parse("the-well-12.3"), seq("the-well", 12, Some(3)));
        assert_eq!(Named::parse("the.well-12"), seq("the.well", 12, None));
        assert_eq!(Named::parse("site.v2-1.0"), seq("site.v2", 1, Some(0)));
        assert_eq!(Named::parse("well#0.255"), seq("well", 0, Some(255)));
        assert_eq!(Named::parse("17"), Some(Named { event: Event::Index(17), gift: None }));
        assert_eq!(Named::parse("Well-1"), seq("well", 1, None));
        assert_eq!(Named::parse("17.1"), Some(Named { event: Event::Index(17), gift: Some(1) }));
        for bad in ["", "-", "well-", "well", "well-01", "well-1.", "wéll-1", "well#1#2", "1.2.3"] {
            assert_eq!(Named::parse(bad), None, "{bad}");
        }
    }
}
