//! How events, gifts, chains and entities are named in paths and queries: as [`almoner_views::names`] has it, with what is
//! not there as a problem.

use super::super::Problem;
use super::answer::Ask;
use almoner_ledger::{ChainNo, EntityKind, EntityNo};
use almoner_proof::text::parse_decimal;
use almoner_views::Views;
use almoner_views::names::{Named, Nowhere, reference};

impl From<Nowhere> for Problem {
    fn from(nowhere: Nowhere) -> Problem {
        match nowhere {
            Nowhere::Malformed(why) => Problem::bad_request(&why),
            Nowhere::Absent(why) => Problem::not_found(&why),
        }
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
    Ok(views.chain_called(id, at)?)
}

/// An entity of a chain by its id, open at that size.
pub(in crate::http) fn of_chain(
    views: &Views,
    chain: &str,
    kind: EntityKind,
    id: &str,
    at: u64,
) -> Result<EntityNo, Problem> {
    Ok(views.entity_called(chain, kind, id, at)?)
}

/// The entity of a kind that a query asks for under the kind's word; `chain` is the chain that it names beside it.
pub(in crate::http) fn asked(
    ask: &Ask<'_>,
    views: &Views,
    kind: EntityKind,
    chain: Option<&str>,
) -> Result<Option<EntityNo>, Problem> {
    let Some(text) = ask.query.text(kind.word()) else { return Ok(None) };
    let (chain, id) = reference(kind, text, chain)?;
    of_chain(views, chain, kind, id, ask.at.size).map(Some)
}
