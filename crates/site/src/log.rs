//! `/log` and `/log/{index}`: every event, as it was signed.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use crate::{Frame, Line, Link, Scene};
use almoner_ledger::decode;
use almoner_ledger::rules::{CURRENCIES_AS_OF, RULES_KNOWN};
use askama::Template;

/// Events on one page.
const ON_A_PAGE: u64 = 50;

/// The list of events, newest first.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "log.html")]
pub struct LogPage {
    /// Its surroundings.
    pub frame: Frame,
    /// The events.
    pub lines: Vec<Line>,
    /// Path of the next older page.
    pub older: Option<String>,
    /// Path of the next newer page.
    pub newer: Option<String>,
}

impl LogPage {
    /// Which rules admit events here, in words.
    #[must_use]
    pub fn rules(&self) -> String {
        format!("version {RULES_KNOWN}, with the currencies of ISO 4217 as published on {CURRENCIES_AS_OF}")
    }

    /// Events below `before`, or the newest.
    #[must_use]
    pub fn of(scene: &Scene<'_>, before: Option<u64>, frame: Frame) -> LogPage {
        let end = before.map_or(scene.at, |before| before.min(scene.at));
        let from = end.saturating_sub(ON_A_PAGE);
        let after = end.saturating_add(ON_A_PAGE);
        LogPage {
            lines: scene.lines((from..end).rev()),
            older: (from > 0).then(|| format!("/log?before={from}")),
            newer: (end < scene.at)
                .then(|| if after < scene.at { format!("/log?before={after}") } else { "/log".to_owned() }),
            frame,
        }
    }
}

/// One event.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "entry.html")]
pub struct EntryPage {
    /// Its surroundings.
    pub frame: Frame,
    /// What happened.
    pub line: Line,
    /// Who signed.
    pub chain: Link,
    /// `noun.verb/version`
    pub kind: String,
    /// What events of this kind are, in general.
    pub summary: &'static str,
    /// The author's claim of the time.
    pub time: String,
    /// Event hash, base64.
    pub hash: String,
    /// The complete note, verbatim.
    pub note: String,
    /// `<chain>-<seq>`
    pub code: String,
    /// Whether it carries gifts.
    pub gifts: bool,
    /// The event before it in its chain.
    pub previous_of_chain: Option<u64>,
    /// The event after it in its chain.
    pub next_of_chain: Option<u64>,
    /// What reversed it.
    pub reversed_by: Vec<Line>,
    /// What it reverses.
    pub reverses: Option<Line>,
    /// The activity that it reports on.
    pub activity: Option<Link>,
    /// Of what somebody else reported: that it is no longer in the newest file.
    pub gone: Option<crate::Gone>,
}

impl EntryPage {
    /// Fills the page; `None` if there is no such event yet.
    #[must_use]
    pub fn of(scene: &Scene<'_>, index: u64, frame: Frame) -> Option<EntryPage> {
        let note = scene.note(index)?;
        let no = scene.views.chain_no(note.chain())?;
        let events = scene.views.chain_at(no, scene.size())?.events;
        let seq = usize::try_from(note.seq).ok()?;
        let observed = scene.views.observed().at_index(index, scene.size());
        let kind = almoner_ledger::event::kind_of(note.kind());
        Some(EntryPage {
            line: scene.line(index)?,
            chain: scene.chain_link(no),
            kind: note.kind().to_owned(),
            summary: kind.map_or("", |kind| kind.info().summary),
            time: note.time().to_owned(),
            hash: note.hash().to_base64(),
            note: String::from_utf8_lossy(note.bytes()).into_owned(),
            code: format!("{}-{}", note.chain(), note.seq),
            gifts: decode(&note).is_ok_and(|(_, event)| event.gifts().is_some()),
            previous_of_chain: seq.checked_sub(1).and_then(|seq| events.get(seq)),
            next_of_chain: events.get(seq.saturating_add(1)),
            reversed_by: scene.lines(scene.views.reversed_by_at(index, scene.at)),
            activity: observed.and_then(|one| one.activity).map(|no| scene.entity_link(no)),
            gone: observed.and_then(|one| crate::Gone::of(scene, &one)),
            reverses: scene.views.reverses(index).and_then(|index| scene.line(index)),
            frame,
        })
    }

    /// The event before it in the log.
    #[must_use]
    pub fn previous(&self) -> Option<u64> {
        self.line.index.checked_sub(1)
    }

    /// The event after it in the log.
    #[must_use]
    pub fn next(&self) -> Option<u64> {
        self.line.index.checked_add(1).filter(|next| *next < self.frame.size)
    }
}
