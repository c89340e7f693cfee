//! How people name events, gifts, chains and entities, and what is said of names that are not there.

use crate::Views;
use almoner_ledger::nearest::{meant, nearest};
use almoner_ledger::{ChainNo, EntityKind, EntityNo};
use almoner_proof::text::{is_chain_id, is_entity_id, parse_decimal};

/// Known names that one which is not there is compared with.
const LOOKED_THROUGH: usize = 2_000;

/// Why a name leads nowhere, in words for whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Nowhere {
    /// It is no name.
    Malformed(String),
    /// There is nothing of this name, or not yet.
    Absent(String),
}

/// An event, or a gift in it, as a path names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// By log index, or by chain and seq.
    pub event: Event,
    /// The gift.
    pub gift: Option<u32>,
}

/// How the event is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Its log index.
    Index(u64),
    /// Its chain and its place in it.
    Seq(String, u64),
}

impl Named {
    /// Reads `<index>`, `<chain>-<seq>` (split at the last `-`) or `<chain>#<seq>`, each with or without `.<gift>`, in
    /// small letters or capitals: people copy them from paper.
    #[must_use]
    pub fn parse(text: &str) -> Option<Named> {
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
    #[must_use]
    pub fn index(&self, views: &Views, at: u64) -> Option<u64> {
        let index = match &self.event {
            Event::Index(index) => *index,
            Event::Seq(chain, seq) => views.index_of(chain, *seq)?,
        };
        (index < at).then_some(index)
    }
}

impl Views {
    /// A chain by its id, open at that size.
    ///
    /// # Errors
    /// With the one that was meant.
    pub fn chain_called(&self, id: &str, at: u64) -> Result<ChainNo, Nowhere> {
        let no = self.chain_no(id).filter(|no| self.chain_at(*no, Some(at)).is_some());
        no.ok_or_else(|| {
            let known = self.chains_at(Some(at)).take(LOOKED_THROUGH).map(|chain| chain.id);
            Nowhere::Absent(meant(&format!("there is no chain {id:?} in the first {at} events"), nearest(id, known)))
        })
    }

    /// An entity of a chain by its id, open at that size.
    ///
    /// # Errors
    /// With the one that was meant.
    pub fn entity_called(&self, chain: &str, kind: EntityKind, id: &str, at: u64) -> Result<EntityNo, Nowhere> {
        let no = self.chain_called(chain, at)?;
        let found = self.find(no, kind, id).filter(|no| self.entity(*no, Some(at)).is_some());
        found.ok_or_else(|| {
            let known = self.of_kind(kind, Some(no), Some(at)).take(LOOKED_THROUGH).map(|entity| entity.id);
            let what = format!("{chain} has no {kind} {id:?} in the first {at} events");
            Nowhere::Absent(meant(&what, nearest(id, known)))
        })
    }

    /// Whose balances are meant: of a chain, of a fund as [`reference()`] reads it, or of every fund that has this id.
    ///
    /// # Errors
    /// When one of them is not there.
    pub fn balances_called<'a>(
        &self,
        chain: Option<&'a str>,
        fund: Option<&'a str>,
        at: u64,
    ) -> Result<(Option<&'a str>, Option<&'a str>), Nowhere> {
        if let Some(chain) = chain {
            self.chain_called(chain, at)?;
        }
        match (chain, fund) {
            (None, Some(id)) if is_entity_id(id) => {
                let mut known = self.of_kind(EntityKind::Fund, None, Some(at)).map(|fund| fund.id);
                if !known.any(|known| known == id) {
                    let known = self.of_kind(EntityKind::Fund, None, Some(at)).take(LOOKED_THROUGH).map(|fund| fund.id);
                    let what = format!("there is no fund {id:?} in the first {at} events");
                    return Err(Nowhere::Absent(meant(&what, nearest(id, known))));
                }
                Ok((None, Some(id)))
            }
            (chain, Some(fund)) => {
                let (of, id) = reference(EntityKind::Fund, fund, chain)?;
                self.entity_called(of, EntityKind::Fund, id, at)?;
                match chain.filter(|chain| *chain != of) {
                    Some(chain) => Err(Nowhere::Absent(format!("{chain} has no fund {fund}"))),
                    None => Ok((Some(of), Some(id))),
                }
            }
            (chain, None) => Ok((chain, None)),
        }
    }

    /// The log index of an event by its name.
    ///
    /// # Errors
    /// With the chain that was meant, or how many events the chain has.
    pub fn event_called(&self, name: &Named, at: u64) -> Result<u64, Nowhere> {
        name.index(self, at).ok_or_else(|| match &name.event {
            Event::Index(index) => Nowhere::Absent(format!("there is no event {index} in the first {at} events")),
            Event::Seq(chain, seq) => match self.chain_called(chain, at) {
                Ok(no) => {
                    let count = self.chain_at(no, Some(at)).map_or(0, |chain| chain.events.len());
                    Nowhere::Absent(format!(
                        "there is no event {chain}-{seq} in the first {at} events: {chain} has {count} there, from {chain}-0 on"
                    ))
                }
                Err(nowhere) => nowhere,
            },
        })
    }
}

/// An entity as people name it: `<chain>/<kind>/<id>`, or with the chain named beside it `<kind>/<id>` or `<id>`. Gives
/// its chain and its id.
///
/// # Errors
/// When it is no such name, or no chain is named.
pub fn reference<'a>(kind: EntityKind, text: &'a str, beside: Option<&'a str>) -> Result<(&'a str, &'a str), Nowhere> {
    let word = kind.word();
    let named = match text.split('/').collect::<Vec<_>>().as_slice() {
        [chain, of, id] if *of == word && is_chain_id(chain) => Some((Some(*chain), *id)),
        [of, id] if *of == word => Some((None, *id)),
        [id] => Some((None, *id)),
        _ => None,
    };
    let (own, id) = named
        .filter(|(_, id)| is_entity_id(id))
        .ok_or_else(|| Nowhere::Malformed(format!("{word} is written <chain>/{word}/<id>, not {text:?}")))?;
    let chain = own.or(beside).ok_or_else(|| {
        Nowhere::Absent(format!("whose {word} is {id:?}? write <chain>/{word}/{id}, or name its chain too"))
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
