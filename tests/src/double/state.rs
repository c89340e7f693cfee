//! What all nodes of a cluster know together: streams, who leads, uncommitted tails, faults in waiting.

use crate::double::Fault;
use crate::double::fault::Faults;
use crate::double::stream::{Append, Expected, Recorded, Stream, Verdict};
use crate::double::users::Users;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// The server's default for the sum of an append's bodies and metadata.
pub(super) const LARGEST_APPEND: usize = 1024 * 1024;
/// `$tb` of a softly deleted stream.
const DELETED: u64 = i64::MAX as u64;

/// What becomes of an append, or of another request to a leader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Written {
        revision: Option<u64>,
        position: u64,
    },
    Wrong {
        current: Option<u64>,
        expected: Expected,
    },
    TooLarge,
    NotLeader(Option<u16>),
    Denied,
    Unavailable,
    NotReady,
    CommitTimeout,
    /// Nothing for now, then a commit timeout.
    CommitTimeoutLater,
    Silence,
    CleanEnd,
    Refuse(Duration),
}

/// One node, as the others see it.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) port: u16,
    pub(super) alive: bool,
    /// What it goes on showing after it was deposed without noticing.
    old: Option<BTreeMap<String, Stream>>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct State {
    pub(super) members: Vec<Member>,
    pub(super) faults: Faults,
    pub(super) appends: u64,
    pub(super) leader: usize,
    pub(super) users: Users,
    streams: BTreeMap<String, Stream>,
    /// Appends that only the leader has, by stream, and whether they will survive it.
    tails: BTreeMap<String, (Append, bool)>,
    position: u64,
}

impl State {
    pub(super) fn new(ports: impl Iterator<Item = u16>) -> State {
        State {
            members: ports.map(|port| Member { port, alive: false, old: None }).collect(),
            faults: Faults::default(),
            appends: 0,
            leader: 0,
            users: Users::default(),
            streams: BTreeMap::new(),
            tails: BTreeMap::new(),
            position: 0,
        }
    }

    /// Whether the node takes itself for the leader; two may for a while.
    pub(super) fn leads(&self, node: usize) -> bool {
        node == self.leader || self.members[node].old.is_some()
    }

    /// Why a node that does not lead refuses.
    pub(super) fn refusal(&self, node: usize) -> Option<Outcome> {
        match (self.leads(node), &self.members[self.leader]) {
            (true, _) => None,
            (false, leader) if leader.alive => Some(Outcome::NotLeader(Some(leader.port))),
            (false, _) => Some(Outcome::NotReady),
        }
    }

    /// The streams as a node shows them to readers.
    pub(super) fn seen_by(&self, node: usize) -> &BTreeMap<String, Stream> {
        self.members[node].old.as_ref().unwrap_or(&self.streams)
    }

    /// The first revision that the stream's metadata leaves visible; `None` when there is no stream to read.
    pub(super) fn visible_from(streams: &BTreeMap<String, Stream>, name: &str) -> Option<u64> {
        let last = streams.get(name)?.last()?;
        let settings = streams.get(&format!("$${name}")).and_then(|stream| stream.events.last());
        let settings = settings.and_then(|event| serde_json::from_slice::<serde_json::Value>(&event.data).ok());
        let number = |key| settings.as_ref().and_then(|settings| settings.get(key)?.as_u64());
        let before = number("$tb").unwrap_or(0);
        let kept = number("$maxCount").map_or(0, |count| (last + 1).saturating_sub(count));
        (before < DELETED).then_some(before.max(kept))
    }

    fn deleted(&self, name: &str) -> bool {
        self.streams.get(name).is_some_and(|stream| stream.last().is_some())
            && State::visible_from(&self.streams, name).is_none()
    }

    /// Events of the stream in place, for inspection and tampering.
    pub(super) fn events(&mut self, name: &str) -> &mut Vec<Recorded> {
        &mut self.streams.entry(name.to_owned()).or_default().events
    }

    /// One append as the node answers it.
    pub(super) fn append(&mut self, node: usize, append: Append) -> Outcome {
        self.appends += 1;
        if let Some(refusal) = self.refusal(node) {
            return refusal;
        }
        if let Some(old) = &self.members[node].old {
            // It judges by what it has, yet without the others it cannot commit any more.
            let nothing = Stream::default();
            return match old.get(&append.stream).unwrap_or(&nothing).judge(&append, false) {
                Verdict::Wrong(current) => Outcome::Wrong { current, expected: append.expected },
                Verdict::Write | Verdict::Written(_) => Outcome::CommitTimeoutLater,
            };
        }
        let Some(fault) = self.faults.take(&append.stream) else { return self.commit(append) };
        match fault {
            Fault::AckLost => self.commit_and(append, Outcome::Unavailable),
            Fault::AckLostSilently => self.commit_and(append, Outcome::Silence),
            Fault::Dropped => Outcome::Unavailable,
            Fault::DroppedSilently => Outcome::Silence,
            Fault::NotLeader { endpoint } => Outcome::NotLeader(endpoint.map(|node| self.members[node].port)),
            Fault::CleanEnd => Outcome::CleanEnd,
            Fault::CleanEndAfterCommit => self.commit_and(append, Outcome::CleanEnd),
            Fault::WrongExpectedVersion { current } => {
                Outcome::Wrong { current: Some(current), expected: append.expected }
            }
            Fault::CommitTimeout { written: true } => self.commit_and(append, Outcome::CommitTimeout),
            Fault::CommitTimeout { written: false } => Outcome::CommitTimeout,
            Fault::NotReady => Outcome::NotReady,
            Fault::Refuse { for_ } => Outcome::Refuse(for_),
            Fault::Uncommitted { survives } => match self.check(&append) {
                Some(outcome) => outcome,
                None => {
                    self.tails.insert(append.stream.clone(), (append, survives));
                    Outcome::CommitTimeoutLater
                }
            },
        }
    }

    fn commit_and(&mut self, append: Append, said: Outcome) -> Outcome {
        self.commit(append);
        said
    }

    fn commit(&mut self, append: Append) -> Outcome {
        match self.check(&append) {
            Some(outcome) => outcome,
            None => self.write(append),
        }
    }

    /// The answer to an append that is not to be written; `None` when it is.
    fn check(&self, append: &Append) -> Option<Outcome> {
        if append.size() > LARGEST_APPEND {
            return Some(Outcome::TooLarge);
        }
        let nothing = Stream::default();
        let stream = self.streams.get(&append.stream).unwrap_or(&nothing);
        if let Some((tail, _)) = self.tails.get(&append.stream) {
            // The leader's index has the tail already, so it judges others by it and takes a retry as
            // known; but it can answer the retry only once the tail is committed, which it is not.
            let last = stream.last().map_or(0, |last| last + 1) + tail.events.len() as u64;
            let wrong = Outcome::Wrong { current: last.checked_sub(1), expected: append.expected };
            return Some(if append.same_as(tail) { Outcome::CommitTimeoutLater } else { wrong });
        }
        match stream.judge(append, self.deleted(&append.stream)) {
            Verdict::Write => None,
            Verdict::Written(revision) => Some(Outcome::Written { revision, position: self.position }),
            Verdict::Wrong(current) => Some(Outcome::Wrong { current, expected: append.expected }),
        }
    }

    fn write(&mut self, append: Append) -> Outcome {
        let reborn = self.deleted(&append.stream);
        let Append { stream: name, mut events, .. } = append;
        let events_before = self.events(&name);
        let first = events_before.last().map_or(0, |event| event.revision + 1);
        number(&mut events, first, self.position);
        self.position += events.len() as u64;
        let stream = self.events(&name);
        stream.append(&mut events);
        let revision = stream.last().map(|event| event.revision);
        if reborn && revision.is_some_and(|last| last >= first) {
            self.set_truncation(&name, first);
        }
        Outcome::Written { revision, position: self.position }
    }

    /// A soft delete: every event stays, and `$tb` hides them all.
    pub(super) fn delete(&mut self, name: &str, expected: Expected) -> Outcome {
        let last = self.streams.get(name).and_then(Stream::last);
        let fits = match expected {
            Expected::Any => true,
            Expected::Exists => last.is_some(),
            Expected::NoStream => last.is_none(),
            Expected::Exact(revision) => last == Some(revision),
        };
        if !fits {
            return Outcome::Wrong { current: last, expected };
        }
        self.set_truncation(name, DELETED);
        Outcome::Written { revision: last, position: self.position }
    }

    fn set_truncation(&mut self, name: &str, before: u64) {
        let data = Bytes::from(format!("{{\"$tb\":{before}}}"));
        let kind = "$metadata".to_owned();
        let metadata = Bytes::new();
        let event = Recorded { revision: 0, id: Uuid::new_v4(), kind, data, metadata, json: true, position: 0 };
        self.write(Append { stream: format!("$${name}"), expected: Expected::Any, events: vec![event] });
    }

    /// The node leads from now on, and what only the old leader had is decided.
    pub(super) fn elect(&mut self, node: usize) {
        self.leader = node;
        for (append, survives) in std::mem::take(&mut self.tails).into_values() {
            if survives {
                self.write(append);
            }
        }
    }

    /// Another node leads from now on, without the tails; the old leader still shows them.
    pub(super) fn depose(&mut self, node: usize, leader: usize) {
        let mut old = self.streams.clone();
        for (name, (append, _)) in std::mem::take(&mut self.tails) {
            let stream = old.entry(name).or_default();
            let mut events = append.events;
            number(&mut events, stream.last().map_or(0, |last| last + 1), self.position);
            stream.events.append(&mut events);
        }
        self.members[node].old = Some(old);
        self.leader = leader;
    }

    /// The node started or stopped; in both cases it no longer shows what only it had.
    pub(super) fn set_alive(&mut self, node: usize, alive: bool) {
        self.members[node].alive = alive;
        self.members[node].old = None;
    }
}

/// Gives events their revisions and positions, which only the leader knows.
fn number(events: &mut [Recorded], first: u64, position: u64) {
    for (index, event) in (0..).zip(events) {
        event.revision = first + index;
        event.position = position + index;
    }
}
