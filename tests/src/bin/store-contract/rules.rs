//! How the server answers appends, reads and deletions: one line for each rule.

use crate::{Report, Stage};
use acceptance::bare::{Bare, LIMIT, Said};
use bytes::Bytes;
use eventstore::{DeleteStreamOptions, EventData, ExpectedRevision};
use std::fmt;
use uuid::Uuid;

use ExpectedRevision::{Any, Exact, NoStream};
use Way::{InSession, Unary};

/// The two ways to append.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Way {
    InSession,
    Unary,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            InSession => "session",
            Unary => "unary",
        })
    }
}

impl Way {
    pub(crate) fn append(self, bare: &Bare, stream: &str, expected: ExpectedRevision, events: Vec<EventData>) -> Said {
        match self {
            Unary => bare.unary(stream, expected, events),
            InSession => bare.session().map_or_else(Said::Failed, |session| session.append(stream, expected, events)),
        }
    }
}

/// What a rule expects of an append.
#[derive(Clone, Copy)]
enum Want {
    /// Success with this revision, and so many events more in the stream.
    Done(u64, usize),
    /// Refused, with nothing written, because the stream ends at another revision. Only a unary call says at which.
    Wrong(u64),
    /// Refused, with nothing written.
    TooLarge,
}

/// Revisions and ids, or what went wrong with the reading; `None` without a stream.
type Seen = Result<Option<Vec<(u64, Uuid)>>, String>;

/// Events of one stream, by letters. Each stream has ids of its own: the server looks up whether it knows an id in a
/// cache that knows no streams.
pub(crate) struct Letters(u64);

impl Letters {
    pub(crate) fn new() -> Letters {
        Letters(Uuid::new_v4().as_u64_pair().0)
    }

    fn id(&self, letter: char) -> Uuid {
        Uuid::from_u64_pair(self.0, u64::from(u32::from(letter)))
    }

    pub(crate) fn events(&self, letters: &str) -> Vec<EventData> {
        letters.chars().map(|letter| sized(self.id(letter), 10)).collect()
    }
}

fn sized(id: Uuid, size: usize) -> EventData {
    EventData::binary("entry", Bytes::from(vec![b'x'; size])).id(id)
}

/// So many events, together of this size.
fn many(count: usize, size: usize) -> Vec<EventData> {
    (0..count).map(|_| sized(Uuid::new_v4(), size / count)).collect()
}

pub(crate) fn try_all(stage: &Stage, report: &mut Report) {
    let mut rules = Rules { stage, report, bare: None, last: None };
    for way in [InSession, Unary] {
        rules.what_is_there(way);
        rules.sizes(way);
    }
    rules.max_count();
    rules.deletion();
    rules.missing();
    for way in [InSession, Unary] {
        rules.race(way);
    }
    println!("           killed, frozen and restarted nodes | see the load");
}

struct Rules<'a> {
    stage: &'a Stage,
    report: &'a mut Report,
    bare: Option<Bare>,
    /// What the rule before left in its stream.
    last: Option<(String, Seen)>,
}

impl Rules<'_> {
    /// Works with a connection; one on which something stayed unanswered is not used again.
    fn with<T>(&mut self, work: impl FnOnce(&Bare) -> Result<T, String>) -> Result<T, String> {
        let bare = match self.bare.take() {
            Some(bare) => bare,
            None => self.stage.bare().map_err(|why| format!("no connection: {why}"))?,
        };
        let done = work(&bare)?;
        self.bare = Some(bare);
        Ok(done)
    }

    fn seen(&mut self, stream: &str) -> Seen {
        let read = self.with(|bare| bare.read(stream, usize::MAX));
        let there = read.map_err(|why| format!("reading: {why}"))?;
        Ok(there.map(|events| events.iter().map(|event| (event.revision, event.id)).collect()))
    }

    fn append(&mut self, way: Way, stream: &str, expected: ExpectedRevision, events: Vec<EventData>) -> Said {
        let said = self.with(|bare| Ok(way.append(bare, stream, expected, events)));
        let said = said.unwrap_or_else(Said::Failed);
        if matches!(said, Said::Nothing | Said::Failed(_)) {
            self.bare = None;
        }
        said
    }

    /// One append, with the stream read before and after. Where both ways differ only in how they refuse, the unary
    /// one is printed for refusals.
    fn rule(
        &mut self,
        way: Way,
        rule: &str,
        stream: &str,
        expected: ExpectedRevision,
        events: Vec<EventData>,
        want: Want,
    ) {
        let before = match self.last.take() {
            Some((of, Ok(there))) if of == stream => Ok(there),
            _ => self.seen(stream),
        };
        let said = self.append(way, stream, expected, events);
        let after = self.seen(stream);
        let change = change(&before, &after);
        self.last = Some((stream.to_owned(), after));
        let (ok, expected) = match want {
            Want::Done(revision, written) => {
                (said == Said::Done(Some(revision)), (format!("success, revision {revision}"), written))
            }
            Want::Wrong(current) => match way {
                Unary => (said == Said::Wrong(Some(current)), (format!("WrongExpectedVersion, current {current}"), 0)),
                InSession => (is_error(&said), ("refused, whatever the words".to_owned(), 0)),
            },
            Want::TooLarge => (
                matches!(&said, Said::Refused(Some(code), _) if *code == tonic::Code::InvalidArgument),
                ("refused (InvalidArgument, Maximum Append Size)".to_owned(), 0),
            ),
        };
        let (words, written) = expected;
        let ok = ok && change == Ok(written);
        if way == Unary && ok && matches!(want, Want::Done(..)) {
            return;
        }
        let happened = match change {
            Ok(count) => wrote(count),
            Err(why) => why,
        };
        self.report.line(
            ok,
            &format!("{rule} ({way})"),
            &format!("{words}, {}", wrote(written)),
            &format!("{said}, {happened}"),
        );
    }

    /// A stream of a b c by NoStream and d e behind them, and what is asked of it then.
    fn what_is_there(&mut self, way: Way) {
        let stream = &self.stage.fresh("five");
        let letters = Letters::new();
        let events = |text| letters.events(text);
        self.rule(way, "NoStream a b c", stream, NoStream, events("abc"), Want::Done(2, 3));
        self.rule(way, "Exact(2) d e", stream, Exact(2), events("de"), Want::Done(4, 2));
        let other_bodies = "abc".chars().map(|letter| sized(letters.id(letter), 99)).collect();
        for (rule, expected, sent, want) in [
            ("NoStream a b c again", NoStream, events("abc"), Want::Done(2, 0)),
            ("NoStream a b c again with other bodies", NoStream, other_bodies, Want::Done(2, 0)),
            ("NoStream, other ids", NoStream, events("xyz"), Want::Wrong(4)),
            ("Exact(2) d e again", Exact(2), events("de"), Want::Done(4, 0)),
            ("Exact(2) d alone", Exact(2), events("d"), Want::Done(3, 0)),
            ("Exact(2) d, then another", Exact(2), events("dx"), Want::Wrong(4)),
            ("Exact(2) d e and one more", Exact(2), events("dex"), Want::Wrong(4)),
            ("Exact(2) another", Exact(2), events("x"), Want::Wrong(4)),
            ("Exact(99)", Exact(99), events("x"), Want::Wrong(4)),
            ("Any with id a, at revision 0", Any, events("a"), Want::Done(0, 0)),
            ("Exact(4) one new", Exact(4), events("f"), Want::Done(5, 1)),
            ("Exact(5) with id a, used at revision 0", Exact(5), events("a"), Want::Done(6, 1)),
        ] {
            self.rule(way, rule, stream, expected, sent, want);
        }
    }

    fn sizes(&mut self, way: Way) {
        let stream = &self.stage.fresh("sizes");
        for (rule, expected, sent, want) in [
            ("1,000 KiB in 2,000 events", NoStream, many(2000, 1000 << 10), Want::Done(1999, 2000)),
            ("1,100 KiB in 2,000 events", Exact(1999), many(2000, 1100 << 10), Want::TooLarge),
            ("one event of 3 MiB", Exact(1999), many(1, 3 << 20), Want::TooLarge),
        ] {
            self.rule(way, rule, stream, expected, sent, want);
        }
    }

    /// Reads, and prints what is there in few words.
    fn reads(&mut self, rule: &str, stream: &str, want: Option<std::ops::RangeInclusive<u64>>) {
        let words = |revisions: &[u64]| match revisions {
            [] => "no events".to_owned(),
            [first, .., last] if last - first + 1 == revisions.len() as u64 => format!("revisions {first}..{last}"),
            few => format!("revisions {few:?}"),
        };
        let expected: Option<Vec<u64>> = want.map(Iterator::collect);
        let said = |there: Option<&[u64]>| there.map_or_else(|| "ResourceNotFound".to_owned(), words);
        let found = self.seen(stream).map(|there| there.map(|events| events.iter().map(|(at, _)| *at).collect()));
        let got = match &found {
            Ok(there) => said(Option::<&Vec<u64>>::map(there.as_ref(), Vec::as_slice)),
            Err(why) => why.clone(),
        };
        self.report.line(found.as_ref() == Ok(&expected), rule, &said(expected.as_deref()), &got);
    }

    fn max_count(&mut self) {
        let stream = &self.stage.fresh("max-count");
        self.append(Unary, stream, NoStream, Letters::new().events("abcdefghij"));
        let settings = EventData::json("$metadata", &serde_json::json!({"$maxCount": 3})).expect("JSON");
        self.append(Unary, &format!("$${stream}"), Any, vec![settings]);
        self.reads("a stream of 10 with $maxCount 3, read", stream, Some(7..=9));
    }

    fn deletion(&mut self) {
        let stream = &self.stage.fresh("deleted");
        let letters = Letters::new();
        self.append(Unary, stream, NoStream, letters.events("abcdefghij"));
        let deleted = self.with(|bare| {
            let options = DeleteStreamOptions::default();
            let deleted = bare.run(LIMIT, bare.client().delete_stream(stream.as_str(), &options));
            deleted.ok_or("no answer")?.map_err(|error| error.to_string())
        });
        if let Err(why) = deleted {
            self.report.line(false, "soft delete", "success", &why);
        }
        self.reads("a stream of 10, softly deleted, read", stream, None);
        let rule = "NoStream after a soft delete of 10";
        self.rule(InSession, rule, stream, NoStream, letters.events("k"), Want::Done(10, 1));
    }

    fn missing(&mut self) {
        let stream = &self.stage.fresh("missing");
        self.reads("a missing stream, read", stream, None);
    }

    /// Two connections, two first appends, none waiting for the other.
    fn race(&mut self, way: Way) {
        let stream = &self.stage.fresh("race");
        let letters = Letters::new();
        let both = self.stage.bare().and_then(|one| Ok((one, self.stage.bare()?)));
        let (said, there) = match both {
            Err(why) => (vec![Said::Failed(why)], Ok(None)),
            Ok(both) => {
                let start = std::sync::Barrier::new(2);
                let append = |bare: &Bare, letter: &str| match way {
                    Unary => {
                        start.wait();
                        bare.unary(stream, NoStream, letters.events(letter))
                    }
                    InSession => {
                        let session = bare.session();
                        start.wait();
                        session.map_or_else(Said::Failed, |session| {
                            session.append(stream, NoStream, letters.events(letter))
                        })
                    }
                };
                let said = std::thread::scope(|scope| {
                    let other = scope.spawn(|| append(&both.1, "b"));
                    let one = append(&both.0, "a");
                    vec![one, other.join().unwrap_or(Said::Nothing)]
                });
                (said, self.seen(stream))
            }
        };
        let winners = said.iter().filter(|said| **said == Said::Done(Some(0))).count();
        let losers = said.iter().filter(|said| match way {
            Unary => **said == Said::Wrong(Some(0)),
            InSession => is_error(said),
        });
        let ok = winners == 1
            && losers.count() == 1
            && there.as_ref().is_ok_and(|t| t.as_ref().is_some_and(|t| t.len() == 1));
        let said: Vec<_> = said.iter().map(ToString::to_string).collect();
        let there = match there {
            Ok(there) => format!("{} in the stream", there.map_or(0, |events| events.len())),
            Err(why) => why,
        };
        let refused = match way {
            InSession => "one refused, whatever the words",
            Unary => "one WrongExpectedVersion, current 0",
        };
        self.report.line(
            ok,
            &format!("two NoStream appends at once ({way})"),
            &format!("one success, revision 0; {refused}; 1 in the stream"),
            &format!("{}; {there}", said.join("; ")),
        );
    }
}

/// Whether the server or the client said no. Silence is no answer.
pub(crate) fn is_error(said: &Said) -> bool {
    matches!(said, Said::Wrong(_) | Said::Denied | Said::Refused(..) | Said::Failed(_))
}

/// How many events came behind those that were there.
fn change(before: &Seen, after: &Seen) -> Result<usize, String> {
    let before = before.as_ref().map_err(Clone::clone)?.as_deref().unwrap_or_default();
    let after = after.as_ref().map_err(Clone::clone)?.as_deref().unwrap_or_default();
    let added = after.strip_prefix(before).ok_or("what was there before changed")?;
    Ok(added.len())
}

pub(crate) fn wrote(count: usize) -> String {
    if count == 0 { "nothing written".to_owned() } else { format!("{count} written") }
}
