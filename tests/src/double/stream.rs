//! One stream: its events, and the server's rules for appending to it.

use bytes::Bytes;
use uuid::Uuid;

/// An event as the double keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its number in the stream.
    pub revision: u64,
    /// What the writer called it.
    pub id: Uuid,
    /// Its type.
    pub kind: String,
    /// Its body.
    pub data: Bytes,
    /// What the writer said about it.
    pub metadata: Bytes,
    /// Whether the writer called the body JSON.
    pub json: bool,
    /// Where it stands in the log of all streams.
    pub position: u64,
}

/// What an append expects of its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Any,
    Exists,
    NoStream,
    Exact(u64),
}

/// A request to append; revisions and positions of the events are not yet set.
#[derive(Clone, Debug)]
pub(super) struct Append {
    pub(super) stream: String,
    pub(super) expected: Expected,
    pub(super) events: Vec<Recorded>,
}

impl Append {
    pub(super) fn size(&self) -> usize {
        self.events.iter().map(|event| event.data.len() + event.metadata.len()).sum()
    }

    pub(super) fn same_as(&self, other: &Append) -> bool {
        let ids = self.events.iter().map(|event| event.id);
        self.expected == other.expected && ids.eq(other.events.iter().map(|event| event.id))
    }
}

/// What the rules say about an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Write,
    /// It is there already, and ends at this revision.
    Written(Option<u64>),
    /// The stream ends at this revision.
    Wrong(Option<u64>),
}

/// A stream's name and a revision in it, if there is one.
pub(super) type Place<'a> = Option<(&'a str, u64)>;

/// Everything ever committed to a stream, also what its metadata hides.
#[derive(Clone, Debug, Default)]
pub(super) struct Stream {
    pub(super) events: Vec<Recorded>,
}

impl Stream {
    pub(super) fn last(&self) -> Option<u64> {
        self.events.last().map(|event| event.revision)
    }

    /// Index of the first event with this revision or a later one. Tests may have cut holes, so that
    /// an index is not always a revision.
    pub(super) fn at(&self, revision: u64) -> usize {
        self.events.partition_point(|event| event.revision < revision)
    }

    fn has(&self, revision: u64, id: Uuid) -> bool {
        self.events.get(self.at(revision)).is_some_and(|event| event.revision == revision && event.id == id)
    }

    /// The server's rules. A softly deleted stream counts as none, yet keeps its numbering. `first` says where an id was
    /// written first, in whatever stream.
    pub(super) fn judge<'a>(&self, append: &Append, deleted: bool, first: impl Fn(Uuid) -> Place<'a>) -> Verdict {
        let last = self.last();
        let expected = match append.expected {
            Expected::Any => return self.judge_any(append, first),
            Expected::Exists if last.is_some() && !deleted => return self.judge_any(append, first),
            Expected::Exists => return Verdict::Wrong(last),
            Expected::NoStream => None,
            Expected::Exact(revision) => Some(revision),
        };
        if expected == last {
            // Ids are not looked at here: one used earlier in the stream is written once more.
            return Verdict::Write;
        }
        if expected > last {
            return Verdict::Wrong(last);
        }
        let first = expected.map_or(0, |revision| revision + 1);
        let there = (first..).zip(&append.events).take_while(|(revision, event)| self.has(*revision, event.id)).count();
        if there == append.events.len() && there > 0 {
            return Verdict::Written(Some(first + there as u64 - 1));
        }
        // Only when not even the first is known: otherwise the retry is corrupt, deleted stream or not.
        if deleted && expected.is_none() && there == 0 {
            return Verdict::Write;
        }
        Verdict::Wrong(last)
    }

    /// Without an expected revision only the ids tell a retry, wherever they stand. The server looks in a cache that
    /// keeps the first place of each id: one that another stream had before is new here, again and again.
    fn judge_any<'a>(&self, append: &Append, first: impl Fn(Uuid) -> Place<'a>) -> Verdict {
        let find = |id| first(id).filter(|(stream, _)| *stream == append.stream).map(|(_, revision)| revision);
        let Some(begin) = append.events.first() else { return Verdict::Written(self.last()) };
        let Some(mut revision) = find(begin.id) else { return Verdict::Write };
        for event in append.events.iter().skip(1) {
            match find(event.id) {
                Some(at) => revision = at,
                None => return Verdict::Wrong(self.last()),
            }
        }
        Verdict::Written(Some(revision))
    }
}
