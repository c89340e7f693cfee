//! One request's drafts, tried one after another, and what is said of each.

use crate::app::published::Published;
use crate::app::verified::ReadError;
use almoner_ledger::books::Rehearsal;
use almoner_ledger::data::{Date, EventId, EventRef};
use almoner_ledger::event::Prior;
use almoner_ledger::touched::{Short, approvals, can_be_set_aside, overdrawn, pools};
use almoner_ledger::unlikely::unlikely;
use almoner_ledger::would::would;
use almoner_ledger::{Books, Code, Drafted, EntityNo, Pool, Referenced, Refusal, Refused, Rehearsed, decode};
use almoner_proof::merkle::empty_root;
use almoner_proof::{Envelope, Hash};
use almoner_site::tell::{self, Language};
use almoner_wire::{Approvals, DryRun, Finding, Fix, Head, PoolChange, Tried, Would, WouldNot};
use std::collections::BTreeMap;

/// How far back in a chain an event is looked for that says the same.
const LOOKED_BACK: u64 = 64;

/// Books on trial for one request.
pub(super) struct Trial<'a> {
    shared: &'a Published,
    books: Rehearsal<'a>,
    /// Drafts that would be admitted, by chain and seq, with the index that each would have.
    own: BTreeMap<(String, u64), (u64, Envelope)>,
    /// The newest events of chains, stored and tried: kind and data, and which event it is.
    newest: BTreeMap<String, Vec<(Hash, String)>>,
    today: Option<Date>,
}

impl<'a> Trial<'a> {
    pub(super) fn new(shared: &'a Published, books: &'a mut Books) -> Trial<'a> {
        let today = crate::clock::now().get(..10).and_then(Date::parse);
        Trial { shared, books: books.rehearse(), own: BTreeMap::new(), newest: BTreeMap::new(), today }
    }

    /// # Errors
    /// See [`ReadError`]: what could not be read is not told as a refusal.
    pub(super) fn of_all(mut self, drafts: &[Result<Drafted, Refusal>]) -> Result<DryRun, ReadError> {
        let size = self.books.books().size();
        let first = drafts.first().and_then(|draft| draft.as_ref().ok());
        let head = first.and_then(|draft| head_of(self.books.books(), draft.envelope().chain()));
        let mut results = Vec::with_capacity(drafts.len());
        for draft in drafts {
            results.push(match draft {
                Ok(draft) => self.of_one(draft)?,
                Err(refusal) => refused(self.books.books(), &Refused::from(refusal.clone())),
            });
        }
        Ok(DryRun { size, head, results })
    }

    fn of_one(&mut self, draft: &Drafted) -> Result<Tried, ReadError> {
        let envelope = draft.envelope();
        let seen_root = match envelope.seen.0 {
            0 => Some(empty_root()),
            size => self.shared.published_root(size),
        };
        let mut priors = Vec::new();
        for reference in draft.references() {
            priors.extend(self.prior(&reference)?);
        }
        match draft.decide(self.books.books(), &Referenced { seen_root, priors }) {
            Ok(rehearsed) => self.admitted(draft, &rehearsed),
            Err(refused) if refused.first.code() == Code::ChainFork => self.again(draft, &refused),
            Err(why) => Ok(refused(self.books.books(), &why)),
        }
    }

    /// An event of a chain, tried or stored; none if there is none. `hash` is the one that is expected there.
    fn event(&self, EventId { chain, seq }: &EventId, hash: Hash) -> Result<Option<(u64, Envelope)>, ReadError> {
        if let Some(own) = self.own.get(&(chain.clone(), *seq)) {
            return Ok(Some(own.clone()));
        }
        let books = self.books.books();
        let known = books.chain_no(chain).and_then(|no| books.chain(no)).filter(|chain| *seq < chain.next_seq);
        known.map(|known| self.shared.stored(known.no, chain, *seq, hash)).transpose()
    }

    fn prior(&self, reference: &EventRef) -> Result<Option<Prior>, ReadError> {
        let found = self.event(&reference.event, reference.hash.0)?;
        Ok(found.and_then(|(index, envelope)| {
            let (_, event) = decode(&envelope).ok()?;
            Some(Prior { index, hash: envelope.hash(), envelope, event })
        }))
    }

    /// An occupied seq with the same text is not a fork but the same event again.
    fn again(&self, draft: &Drafted, fork: &Refused) -> Result<Tried, ReadError> {
        let envelope = draft.envelope();
        let (place, hash) = (EventId { chain: envelope.chain().to_owned(), seq: envelope.seq }, envelope.hash());
        let there = self.event(&place, hash)?.filter(|(_, there)| there.hash() == hash);
        let Some((index, _)) = there else { return Ok(refused(self.books.books(), fork)) };
        let (about, would) = if self.own.contains_key(&(place.chain.clone(), place.seq)) {
            ("a draft before it is this very event".to_owned(), "nothing: it is the same event again".to_owned())
        } else {
            let would = format!("nothing: the log has this event already, at index {index}");
            (format!("this very event is in the log already, at index {index}"), would)
        };
        Ok(Tried::Would(Box::new(Would {
            admitted: true,
            event: place.to_string(),
            hash: hash.to_base64(),
            sentence: self.sentence(draft),
            would: vec![would],
            pools: Vec::new(),
            approvals: None,
            findings: vec![Finding {
                code: "DUP".to_owned(),
                event: Some(place.to_string()),
                member: None,
                about: Some(about),
            }],
            fix: Vec::new(),
        })))
    }

    fn admitted(&mut self, draft: &Drafted, rehearsed: &Rehearsed) -> Result<Tried, ReadError> {
        let envelope = draft.envelope();
        let (place, hash) = (EventId { chain: envelope.chain().to_owned(), seq: envelope.seq }, envelope.hash());
        let books = self.books.books();
        let (would, touched) = (would(books, &rehearsed.done), pools(books, &rehearsed.done));
        let before: Vec<String> = touched.iter().map(|pool| spendable(books, *pool)).collect();
        let mut findings: Vec<Finding> = Vec::new();
        // What moves no money may well say the same again: two holders approve one payment.
        if !touched.is_empty() {
            findings.extend(self.same(&place, envelope)?);
        }
        let index = rehearsed.done.index;
        if let Err(refusal) = self.books.apply(rehearsed) {
            // Decided on these very books, so they can take it.
            return Ok(refused(self.books.books(), &refusal.into()));
        }
        self.own.insert((place.chain.clone(), place.seq), (index, envelope.clone()));
        let books = self.books.books();
        findings.extend(self.today.map(|today| unlikely(envelope.data(), today)).into_iter().flatten().map(|what| {
            Finding {
                code: what.code.to_owned(),
                event: None,
                member: Some(what.member.to_owned()),
                about: Some(what.text),
            }
        }));
        let short: Vec<Short> = touched.iter().filter_map(|pool| overdrawn(books, *pool)).collect();
        findings.extend(short.iter().map(|short| finding_of(books, short)));
        let change = |(pool, before): (&Pool, String)| PoolChange {
            fund: named(books, pool.fund),
            project: pool.project.map(|no| named(books, no)),
            currency: pool.currency.to_string(),
            before,
            after: spendable(books, *pool),
        };
        Ok(Tried::Would(Box::new(Would {
            admitted: true,
            event: place.to_string(),
            hash: hash.to_base64(),
            sentence: self.sentence(draft),
            would,
            pools: touched.iter().zip(before).map(change).collect(),
            approvals: approvals(&rehearsed.done).map(|(needed, have)| Approvals { needed, have }),
            findings,
            fix: short.iter().filter_map(|short| fix(books, short)).collect(),
        })))
    }

    /// What the public will read, with the names that hold after it.
    fn sentence(&self, draft: &Drafted) -> BTreeMap<String, String> {
        let (Some(kind), Some(event)) = (draft.kind(), draft.event()) else { return BTreeMap::new() };
        let tell = |language: Language| {
            let sentence = tell::sentence(language, self.books.books(), draft.envelope().chain(), kind, event);
            (language.tag().to_owned(), sentence)
        };
        Language::ALL.map(tell).into()
    }

    /// The newest of the chain's last events that says the same.
    fn same(&mut self, place: &EventId, envelope: &Envelope) -> Result<Option<Finding>, ReadError> {
        let said = |envelope: &Envelope| Hash::of(format!("{}\n{}", envelope.kind(), envelope.data()).as_bytes());
        if !self.newest.contains_key(&place.chain) {
            let mut newest = Vec::new();
            for seq in place.seq.saturating_sub(LOOKED_BACK)..place.seq {
                let at = EventId { chain: place.chain.clone(), seq };
                let found = self.event(&at, Hash::default())?;
                newest.extend(found.map(|(_, envelope)| (said(&envelope), at.to_string())));
            }
            self.newest.insert(place.chain.clone(), newest);
        }
        let newest = self.newest.entry(place.chain.clone()).or_default();
        let said = said(envelope);
        let same = newest.iter().rfind(|(known, _)| *known == said).map(|(_, event)| event.clone());
        newest.push((said, place.to_string()));
        let about = "that event says exactly the same: is this one entered twice?";
        Ok(same.map(|event| Finding {
            code: "DUP".to_owned(),
            event: Some(event),
            member: None,
            about: Some(about.to_owned()),
        }))
    }
}

fn refused(books: &Books, refused: &Refused) -> Tried {
    let Refused { first, also } = refused;
    Tried::WouldNot(Box::new(WouldNot {
        admitted: false,
        code: first.code().to_string(),
        also: also.iter().map(Code::to_string).collect(),
        detail: first.advice().to_owned(),
        about: Some(first.detail()),
        member: first.member(),
        fix: first.short().iter().filter_map(|short| fix(books, short)).collect(),
        head: first.head().map(|(seq, hash)| Head { seq, hash: hash.to_base64() }),
    }))
}

/// The last event of a chain.
fn head_of(books: &Books, chain: &str) -> Option<Head> {
    let chain = books.chain(books.chain_no(chain)?)?;
    Some(Head { seq: chain.next_seq.checked_sub(1)?, hash: chain.last_hash.to_base64() })
}

fn named(books: &Books, no: EntityNo) -> String {
    books.reference(no).map(|reference| reference.to_string()).unwrap_or_default()
}

fn spendable(books: &Books, pool: Pool) -> String {
    // Admission keeps every sum within bounds.
    books.pool_spendable(pool).map(|money| money.amount().to_string()).unwrap_or_default()
}

fn finding_of(books: &Books, short: &Short) -> Finding {
    let Short { pool, missing, .. } = short;
    let project = pool.project.map(|no| format!(" for {}", named(books, no))).unwrap_or_default();
    let about = format!("{}{project} spends {missing} more than it has", named(books, pool.fund));
    Finding { code: "pool.overdrawn".to_owned(), event: None, member: None, about: Some(about) }
}

fn fix(books: &Books, short: &Short) -> Option<Fix> {
    can_be_set_aside(books, *short).then_some(())?;
    Some(Fix {
        action: "allocate".to_owned(),
        fund: named(books, short.pool.fund),
        project: named(books, short.pool.project?),
        account: named(books, short.account),
        currency: short.missing.currency().to_string(),
        amount: short.missing.amount().to_string(),
    })
}
