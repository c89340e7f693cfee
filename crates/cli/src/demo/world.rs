//! The world of the demo: one writer, one clock, the keys of the cast, and what is worth looking at.

// Saturating: so many gifts are not made.

use super::Secret;
use super::shape::Person;
use super::stream::Stream;
use crate::author::{Signed, Writer};
use crate::failure::{Failure, Outcome};
use crate::target::{Said, Target};
use almoner_ledger::event::kind_of;
use almoner_proof::event::Draft;
use almoner_proof::{SecretKey, note};
use almoner_server::app::{LedgerDirectory, Node};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Chain of the operator.
pub(super) const OPERATOR: &str = "operator";

/// Everything that the stories share.
pub(super) struct World<'a> {
    pub writer: Writer<'a>,
    target: &'a Target,
    node: &'a Arc<Node>,
    pub directory: &'a LedgerDirectory,
    pub registrar: SecretKey,
    pub people: BTreeMap<&'static str, Person>,
    pub clock: Clock,
    pub stream: Stream,
    /// About how many gifts all stories together tell of.
    pub gifts: u32,
    /// Title and path.
    pub look: Vec<(String, String)>,
    pub gift: Option<String>,
    pub secrets: Vec<Secret>,
}

impl<'a> World<'a> {
    pub(super) fn new(
        target: &'a Target,
        node: &'a Arc<Node>,
        directory: &'a LedgerDirectory,
        gifts: u32,
    ) -> Outcome<World<'a>> {
        let registrar = directory.read_key("registrar").map_err(|why| Failure::new(format!("{why:#}")))?;
        Ok(World {
            writer: Writer::new(target)?,
            target,
            node,
            directory,
            registrar,
            people: BTreeMap::new(),
            clock: Clock::default(),
            stream: Stream::new(),
            gifts,
            look: Vec::new(),
            gift: None,
            secrets: Vec::new(),
        })
    }

    /// A chapter begins, in the morning of its day, or later if the chapter before ran on.
    pub(super) fn begin(&mut self, date: &str) -> Outcome {
        let morning = Clock::at(date).ok_or_else(|| Failure::new(format!("{date} is no date")))?;
        self.clock = self.clock.max(morning);
        Ok(())
    }

    /// The day of the next event.
    pub(super) fn today(&self) -> String {
        self.clock.date()
    }

    /// An event by whoever of the chain may sign its kind.
    pub(super) fn say(&mut self, chain: &str, kind: &str, data: &Value) -> Outcome<Signed> {
        let name = format!("{kind}/1");
        let signers = kind_of(&name).ok_or_else(|| Failure::new(format!("no kind {name}")))?.info().signers;
        let labels = self.person(chain)?.signers(signers);
        self.say_as(chain, &labels, kind, data)
    }

    /// An event by these keys of the chain.
    pub(super) fn say_as(&mut self, chain: &str, labels: &[&str], kind: &str, data: &Value) -> Outcome<Signed> {
        let time = self.next_time();
        let person = self.people.get(chain).ok_or_else(|| Failure::new(format!("{chain} is not of the cast")))?;
        let keys = person.secrets(labels);
        self.writer.write(chain, &keys, &time, &format!("{kind}/1"), data)
    }

    /// An event of the operator, by its registrar.
    pub(super) fn register(&mut self, kind: &str, data: &Value) -> Outcome<Signed> {
        let time = self.next_time();
        self.writer.write(OPERATOR, &[&self.registrar], &time, &format!("{kind}/1"), data)
    }

    /// Somebody tries what the ledger must refuse with this code. Nothing enters the log.
    pub(super) fn refused(&mut self, chain: &str, kind: &str, data: &Value, code: &str) -> Outcome {
        self.writer.flush()?;
        let before = self.node.shared().committed();
        let name = format!("{kind}/1");
        let signers = kind_of(&name).ok_or_else(|| Failure::new(format!("no kind {name}")))?.info().signers;
        let time = self.next_time();
        let head = self.writer.head(chain)?;
        let person = self.person(chain)?;
        let keys = person.secrets(&person.signers(signers));
        let data = data.to_string();
        let (log, seen) = (self.writer.origin(), self.writer.seen);
        let draft = Draft { log, chain, seq: head.seq, prev: head.prev, seen, time: &time, kind: &name, data: &data };
        let said = self.target.submit(&[note::sign(&draft.text(), &keys)])?;
        match said.first() {
            Some(Said::Refused { code: refusal, .. })
                if refusal == code && self.node.shared().committed() == before =>
            {
                Ok(())
            }
            other => Err(Failure::new(format!("{name} of {chain} was to be refused {code}, and was not: {other:?}"))),
        }
    }

    /// Sends what waits and publishes a checkpoint, which authors name as seen from here on.
    pub(super) fn publish(&mut self) -> Outcome {
        self.writer.publish()
    }

    /// Remembers what is worth looking at.
    pub(super) fn look(&mut self, title: impl Into<String>, path: impl Into<String>) {
        self.look.push((title.into(), path.into()));
    }

    pub(super) fn person(&self, chain: &str) -> Outcome<&Person> {
        self.people.get(chain).ok_or_else(|| Failure::new(format!("{chain} is not of the cast")))
    }

    /// So many gifts of a hundred, but never so few that a story has nothing to tell.
    pub(super) fn share(&self, percent: u32) -> usize {
        (self.gifts.saturating_mul(percent) / 100).max(200) as usize
    }

    pub(super) fn next_time(&mut self) -> String {
        let step = 20 + self.stream.below(160);
        self.clock.tick(step)
    }
}

/// 32 bytes of the system's randomness, for keys.
pub(super) fn fresh_seed() -> [u8; 32] {
    let mut seed = [0; 32];
    // Where the system gives no randomness no key can be made; a fixed seed must never stand in.
    if let Err(error) = getrandom::fill(&mut seed) {
        panic!("the system gives no randomness: {error}");
    }
    seed
}

/// Seconds since 1970 in UTC: the claim of time that events make.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Clock(i64);

const DAY: i64 = 86_400;

impl Clock {
    /// One in the morning, UTC, which is nine in Shanghai and ten in Tokyo.
    fn at(date: &str) -> Option<Clock> {
        let mut parts = date.split('-').map(|part| part.parse::<i64>().ok());
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        Some(Clock(days(year, month, day) * DAY + 3_600))
    }

    /// Goes on by so many seconds and tells the time.
    fn tick(&mut self, seconds: u64) -> String {
        self.0 += i64::try_from(seconds).unwrap_or(1);
        let of_day = self.0.rem_euclid(DAY);
        format!("{}T{:02}:{:02}:{:02}Z", self.date(), of_day / 3_600, of_day / 60 % 60, of_day % 60)
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, seconds: u64) {
        let _ = self.tick(seconds);
    }

    fn date(self) -> String {
        let (year, month, day) = civil(self.0.div_euclid(DAY));
        format!("{year:04}-{month:02}-{day:02}")
    }
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar
/// (<https://howardhinnant.github.io/date_algorithms.html#days_from_civil>).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a day (the same page, `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + i64::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_knows_the_calendar() {
        for date in ["1970-01-01", "2021-12-31", "2024-02-29", "2026-03-01"] {
            assert_eq!(Clock::at(date).map(Clock::date).as_deref(), Some(date));
        }
        let mut clock = Clock::at("2024-02-28").unwrap();
        assert_eq!(clock.tick(86_400 + 59), "2024-02-29T01:00:59Z");
    }
}
