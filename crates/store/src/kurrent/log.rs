//! The log in a stream, and its mirror.

// Saturating: revisions of a stream and sizes of the log. The cluster's are below 2^63, so what comes after one always
// exists; what is left of a stretch is nothing at the least.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{JoinHandle, ScopedJoinHandle};

use eventstore::{EventData, RecordedEvent};

use super::Cluster;
use super::checkpoints::{Checkpoints, Pulled};
use super::link::{Behind, Link, Start};
use super::patience::{Patience, Pauses};
use super::streams::{Streams, guard, set_list};
use super::texts::Voice;
use super::trouble::{Halt, Trouble};
use super::wire;
use crate::embedded::Durability;
use crate::{Append, Limits, Log, Pinned, Sealed, SqliteLog, StoreError};

/// The engine takes 1 MiB an append, counting data, metadata (77 bytes an entry) and twice the event's type.
const LIMITS: Limits = Limits { items: 500, bytes: 900 << 10 };

/// Events asked for at once when the mirror is filled: each request stalls for some 40 ms, and a page that broke off is
/// begun again where the mirror ends.
const PAGE_EVENTS: usize = 65_536;

/// Entries of one transaction of the mirror's filling: beyond this a larger one saves nothing (docs/SPEED.md).
const MIRRORED_AT_ONCE: usize = 4096;

/// Generations of a ledger's streams that are looked at.
const GENERATIONS_MAX: u32 = 64;

/// Looks at a stream that ends below what was acknowledged, before it is believed: a node that has just become leader
/// may still be reading its own files.
const LOOKS_AT_A_SHORT_STREAM: u32 = 5;

/// A [`Log`] in one stream of a cluster.
pub struct KurrentLog {
    mirror: Arc<SqliteLog>,
    streams: Streams,
    timing: super::Timing,
    patience: Arc<Patience>,
    /// Appends; one at a time.
    writer: Mutex<Link>,
    /// Reads, beside an append.
    reader: Link,
    checkpoints: Mutex<Checkpoints>,
    /// Moves the mirror's write-ahead log; at most one does.
    mover: Mutex<Option<JoinHandle<()>>>,
    role: Role,
}

impl Drop for KurrentLog {
    /// Whoever opens the mirror next must find its lock free.
    fn drop(&mut self) {
        self.wait_for_mover();
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Writer,
    /// Mirrors what a published checkpoint covers, and nothing above it: what no checkpoint covers may vanish with a
    /// leader that was deposed.
    Follower,
}

/// Where a mirror and its stream must agree: events of the stream, none where there is none.
struct Seams {
    last: Option<RecordedEvent>,
    first: Option<RecordedEvent>,
    /// At the revision of the mirror's last entry.
    mirrored: Option<RecordedEvent>,
    /// What was published since.
    published: Pulled,
}

/// What the leader shows where a batch was to go.
enum Seen {
    Nothing,
    Ours,
    /// Somebody else's entries.
    Foreign,
    /// What was acknowledged before is not there, or is not what it was.
    Lost(String),
}

impl KurrentLog {
    /// Makes an empty ledger: its stream must not be there yet, nor its mirror.
    ///
    /// # Errors
    /// [`StoreError::Stream`] where the stream is there already; [`StoreError::Exists`]; [`StoreError::Unreachable`].
    pub fn create(
        cluster: &Cluster,
        ledger: &str,
        voice: Arc<dyn Voice>,
        mirror: impl AsRef<Path>,
    ) -> Result<Self, StoreError> {
        let mirror = SqliteLog::create_with(mirror.as_ref(), Durability::Mirror)?;
        let log = Self::beside(cluster, ledger, voice, mirror, Role::Writer)?;
        match log.look_around(cluster)?.last {
            None => Ok(log),
            Some(_) => Err(holds_entries(&log.streams)),
        }
    }

    /// Opens a ledger for writing, its mirror filled to the stream's end. The mirror is made if it is not there.
    ///
    /// # Errors
    /// [`StoreError::Stream`] where the stream is not what the mirror says, or is set up to be shortened;
    /// [`StoreError::Foreign`]; [`StoreError::Unreachable`], [`StoreError::Connection`], and those of the mirror's file.
    pub fn open(
        cluster: &Cluster,
        ledger: &str,
        voice: Arc<dyn Voice>,
        mirror: impl AsRef<Path>,
    ) -> Result<Self, StoreError> {
        let (log, seams) = Self::compared(cluster, ledger, voice, mirror.as_ref(), Role::Writer)?;
        log.fill_at_first(seams)?;
        Ok(log)
    }

    /// As [`KurrentLog::open`], with the mirror filled up to the first entry that is foreign, which is told, too.
    ///
    /// # Errors
    /// As [`KurrentLog::open`], without `Foreign`.
    pub fn open_before_foreign(
        cluster: &Cluster,
        ledger: &str,
        voice: Arc<dyn Voice>,
        mirror: impl AsRef<Path>,
    ) -> Result<(Self, Option<StoreError>), StoreError> {
        let (log, seams) = Self::compared(cluster, ledger, voice, mirror.as_ref(), Role::Writer)?;
        match log.fill_at_first(seams) {
            Ok(()) => Ok((log, None)),
            Err(foreign @ StoreError::Foreign { .. }) => {
                log.published().pull(&log.reader, &log.mirror, |fresh| log.keep(fresh))?;
                Ok((log, Some(foreign)))
            }
            Err(error) => Err(error),
        }
    }

    /// Opens a ledger for reading, its mirror filled to the newest published checkpoint.
    ///
    /// # Errors
    /// As [`KurrentLog::open`].
    pub fn follow(
        cluster: &Cluster,
        ledger: &str,
        voice: Arc<dyn Voice>,
        mirror: impl AsRef<Path>,
    ) -> Result<Self, StoreError> {
        let (log, seams) = Self::compared(cluster, ledger, voice, mirror.as_ref(), Role::Follower)?;
        log.fill_at_first(seams)?;
        Ok(log)
    }

    /// Whether entries stand on the cluster under this name. Nothing is made, here or there.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`], [`StoreError::Connection`]; [`StoreError::Stream`] where they were deleted.
    pub fn exists(cluster: &Cluster, ledger: &str) -> Result<bool, StoreError> {
        let (link, entries) = (Link::new(cluster.clone()), Streams::of(ledger).entries);
        let look = || link.last(&entries).map_err(|trouble| trouble.at(&entries));
        Ok(Patience::with(cluster).insist(&cluster.timing, "look at the streams", look)?.is_some())
    }

    /// The name of the first generation of a ledger's streams behind one that a move can go into: nothing was ever written
    /// to them nor a list set, or a move that was broken off has begun there (`is_begun`).
    ///
    /// # Errors
    /// [`StoreError::Unreachable`]; [`StoreError::Stream`] where there is none.
    pub fn next_generation<E: From<StoreError>>(
        cluster: &Cluster,
        (origin, ledger): (&str, &str),
        is_begun: impl Fn(&str) -> Result<bool, E>,
    ) -> Result<String, E> {
        let (link, patience) = (Link::new(cluster.clone()), Patience::with(cluster));
        let next = Streams::number(ledger, origin).map_or(2, |number| number.saturating_add(1));
        for number in next..GENERATIONS_MAX {
            let name = Streams::generation(origin, number);
            let streams = Streams::of(&name);
            let is_empty = patience.insist(&cluster.timing, "look at the streams", || streams.are_empty(&link))?;
            if is_empty || is_begun(&name)? {
                return Ok(name);
            }
        }
        Err(E::from(StoreError::Stream {
            stream: Streams::of(origin).entries,
            what: format!("{GENERATIONS_MAX} generations of it are taken"),
            next: "somebody else fills the cluster: let an administrator see who",
        }))
    }

    /// How many events the entries' stream has, foreign ones among them.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`].
    pub fn length(&self) -> Result<u64, StoreError> {
        let entries = &self.streams.entries;
        let last = self.insist("look at the stream's end", || self.reader.last(entries).map_err(|t| t.at(entries)))?;
        Ok(last.map_or(0, |last| last.revision.saturating_add(1)))
    }

    fn compared(
        cluster: &Cluster,
        ledger: &str,
        voice: Arc<dyn Voice>,
        mirror: &Path,
        role: Role,
    ) -> Result<(Self, Seams), StoreError> {
        let mirror = match SqliteLog::open_with(mirror, Durability::Mirror) {
            Err(StoreError::Missing { .. }) => SqliteLog::create_with(mirror, Durability::Mirror),
            opened => opened,
        }?;
        let log = Self::beside(cluster, ledger, voice, mirror, role)?;
        let seams = log.look_around(cluster)?;
        log.compare_with_mirror(&seams)?;
        Ok((log, seams))
    }

    fn beside(
        cluster: &Cluster,
        ledger: &str,
        voice: Arc<dyn Voice>,
        mirror: SqliteLog,
        role: Role,
    ) -> Result<Self, StoreError> {
        let streams = Streams::of(ledger);
        Ok(Self {
            checkpoints: Mutex::new(Checkpoints::new(&streams, voice, mirror.checkpoint_count()?)),
            mirror: Arc::new(mirror),
            streams,
            timing: cluster.timing,
            patience: Arc::new(Patience::with(cluster)),
            writer: Mutex::new(Link::new(cluster.clone())),
            reader: Link::new(cluster.clone()),
            mover: Mutex::new(None),
            role,
        })
    }

    /// The first look at the streams: at their lists, and at where the entries' must be what the mirror holds. All at
    /// once, because each read stalls for some 40 ms.
    fn look_around(&self, cluster: &Cluster) -> Result<Seams, StoreError> {
        let (streams, entries) = (self.streams.all(), self.streams.entries.as_str());
        let is_writer = self.role == Role::Writer;
        let last_mirrored = self.mirror.size()?.checked_sub(1);
        // First, so that a cluster that does not answer is told of once.
        let reach = || self.reader.reach().map_err(|trouble| trouble.at(entries));
        self.insist("look at the streams", reach)?;
        let look =
            |from| self.insist("look at the streams", || self.reader.one(entries, from).map_err(|t| t.at(entries)));
        let guard = |stream| self.insist("look at the streams", || guard(&self.reader, cluster, stream, is_writer));
        let published = self.published();
        let pull = || self.insist("look at the streams", || published.look(&self.reader, &self.mirror));
        let (lists, last, first, mirrored, published) = std::thread::scope(|scope| {
            let lists = streams.map(|stream| scope.spawn(move || guard(stream)));
            let published = scope.spawn(pull);
            let first = scope.spawn(|| look(Start::Revision(0)));
            let mirrored = scope.spawn(|| last_mirrored.map_or(Ok(None), |index| look(Start::Revision(index))));
            let last = look(Start::Last);
            (lists.map(joined), last, joined(first), joined(mirrored), joined(published))
        });
        for (stream, list) in streams.into_iter().zip(lists) {
            if !list? && is_writer {
                set_list(&self.reader, cluster, stream);
            }
        }
        Ok(Seams { last: last?, first: first?, mirrored: mirrored?, published: published? })
    }

    /// Fills the mirror; where the first look showed that it holds all entries, only what was published is missing.
    fn fill_at_first(&self, seams: Seams) -> Result<(), StoreError> {
        let is_full = seams.last.is_some_and(|last| last.revision.checked_add(1) == self.mirror.size().ok());
        if self.role == Role::Writer && is_full {
            return self.published().take(seams.published, |fresh| self.keep(fresh));
        }
        self.insist("fill the mirror", || self.refresh())
    }

    fn wait_for_mover(&self) {
        if let Some(thread) = self.mover.lock().unwrap_or_else(PoisonError::into_inner).take() {
            // It has reported what went wrong.
            let _ended = thread.join();
        }
    }

    fn insist<T>(&self, doing: &str, attempt: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.patience.insist(&self.timing, doing, attempt)
    }

    /// What the mirror holds must be in the stream still: its first entry and its last one at their revisions.
    fn compare_with_mirror(&self, seams: &Seams) -> Result<(), StoreError> {
        let size = self.mirror.size()?;
        let wrong = |what: String, next| StoreError::Stream { stream: self.streams.entries.clone(), what, next };
        let Some(last) = &seams.last else {
            if size == 0 && self.role == Role::Writer {
                return Err(Trouble::Missing.at(&self.streams.entries));
            }
            let what = format!("it is gone, and this machine holds {size} of its entries");
            return Err(wrong(what, "restore the cluster from its newest backup"));
        };
        let length = last.revision.saturating_add(1);
        if length < size {
            let what = format!("it ends after {length} entries, and this machine holds {size}");
            return Err(wrong(
                what,
                "it was cut or restored from an old backup: restore a newer one; only if no entry above that was ever anchored, remove the mirror",
            ));
        }
        let places = [(Some(0), &seams.first), (size.checked_sub(1), &seams.mirrored)];
        for (index, found) in places.into_iter().filter_map(|(index, found)| Some((index?, found))) {
            match found.as_ref().filter(|event| event.revision == index) {
                None => {
                    let what = format!("its entry {index} is not there any more: it was truncated or scavenged");
                    return Err(wrong(what, "restore the cluster from its newest backup"));
                }
                Some(event) => self.compare(event)?,
            }
        }
        Ok(())
    }

    /// An entry of the stream must be what its name was made of, and what the mirror holds.
    fn compare(&self, event: &RecordedEvent) -> Result<(), StoreError> {
        let index = event.revision;
        let wrong = |what: String, next| StoreError::Stream { stream: self.streams.entries.clone(), what, next };
        let Some(item) = wire::read_entry(event) else {
            let what = format!("its entry {index} is not what its name was made of: it was redacted or edited");
            return Err(wrong(what, "restore the cluster from its newest backup"));
        };
        if self.mirror.entry(index)?.is_some_and(|bytes| bytes[..] != event.data[..]) {
            // The same leaf hash was mirrored with it: the mirror's bytes have changed, not the stream's.
            if self.mirror.leaves(index, index.saturating_add(1))? == [item.leaf_hash] {
                return Err(StoreError::corrupt(index, "the entry is not what was stored").in_copy(self.mirror.path()));
            }
            let what = format!("its entry {index} is another than the one this machine holds");
            return Err(wrong(
                what,
                "it is another ledger's, or was restored and continued; if that entry is above the anchor, \
                 a leader that lost its place showed it: remove the mirror and start again",
            ));
        }
        Ok(())
    }

    /// Reads from the mirror's end to `to` (or the stream's end) into the mirror.
    fn fill(&self, to: Option<u64>) -> Result<(), StoreError> {
        loop {
            let size = self.mirror.size()?;
            let wanted = to.map_or(PAGE_EVENTS, |to| usize::try_from(to.saturating_sub(size)).unwrap_or(PAGE_EVENTS));
            if wanted == 0 {
                return Ok(());
            }
            let count = wanted.min(PAGE_EVENTS);
            let mut next = size;
            let mut batch: Vec<Sealed> = Vec::new();
            let make = |event: RecordedEvent| (event.revision, wire::read_entry(&event));
            let read = self.reader.read_as(&self.streams.entries, Start::Revision(size), count, make, &mut |entries| {
                for (revision, item) in entries {
                    batch.push(self.checked(next, revision, item)?);
                    next = next.saturating_add(1);
                }
                if batch.len() >= MIRRORED_AT_ONCE { Ok(self.mirror_all(next, &mut batch)?) } else { Ok(()) }
            });
            let foreign = match read {
                Ok(()) => None,
                Err(Halt::Trouble(Trouble::Missing)) if size == 0 => None,
                // What stands before it is taken in.
                Err(Halt::Store(foreign @ StoreError::Foreign { .. })) => Some(foreign),
                Err(Halt::Trouble(trouble)) => return Err(trouble.at(&self.streams.entries)),
                Err(Halt::Store(error)) => return Err(error),
            };
            self.mirror_all(next, &mut batch)?;
            if let Some(foreign) = foreign {
                return Err(foreign);
            }
            if next.saturating_sub(size) < count as u64 {
                return Ok(());
            }
        }
    }

    /// Writes entries that were read to the mirror, where they end at `end`.
    fn mirror_all(&self, end: u64, batch: &mut Vec<Sealed>) -> Result<(), StoreError> {
        let answer = self.mirror.append(end.saturating_sub(batch.len() as u64), batch);
        batch.clear();
        match answer {
            Append::Appended => {
                self.move_frames();
                Ok(())
            }
            Append::Conflict { size } => Err(mirror_moved(size)),
            Append::Unknown { why } => Err(StoreError::Stopped { why }),
        }
    }

    /// Has the mirror's write-ahead log moved beside the next append, when that is due: moving syncs, and an append
    /// that the cluster has acknowledged need not wait for it.
    fn move_frames(&self) {
        if self.mirror.takes_moving() {
            let mirror = Arc::clone(&self.mirror);
            let spawned = std::thread::Builder::new().name("mirror".to_owned()).spawn(move || mirror.move_frames());
            match spawned {
                Ok(thread) => *self.mover.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread),
                // As if it were done: the next append finds it due again.
                Err(error) => {
                    tracing::warn!(%error, "no thread to move the mirror's write-ahead log; trying again");
                    self.mirror.leaves_moving();
                }
            }
        }
    }

    /// An event as an item, at its revision and hashed again.
    fn checked(&self, index: u64, revision: u64, item: Option<Sealed>) -> Result<Sealed, StoreError> {
        let stream = || self.streams.entries.clone();
        match item {
            Some(item) if revision == index => Ok(item),
            Some(_) => Err(StoreError::Stream {
                stream: stream(),
                what: format!("entry {index} is missing, {revision} comes next"),
                next: "restore the cluster from its newest backup, and compare with the witnesses",
            }),
            None => Err(StoreError::Foreign {
                stream: stream(),
                index,
                what: "it is not what its name was made of: written by somebody else, edited or redacted".to_owned(),
            }),
        }
    }

    /// What the leader shows at and behind the last entry before a batch.
    fn look(&self, link: &Link, expected: u64, batch: &[Sealed]) -> Result<Seen, Trouble> {
        let from = expected.saturating_sub(1);
        let mut events = Vec::new();
        let count = batch.len().saturating_add(1);
        let read = link.read(&self.streams.entries, Start::Revision(from), count, &mut |chunk| {
            events.extend(chunk);
            Ok::<(), Trouble>(())
        });
        match read {
            Ok(()) => {}
            Err(Trouble::Missing) => {}
            Err(trouble) => return Err(trouble),
        }
        let mut events = events.into_iter().peekable();
        if expected > 0 {
            let before = self.mirror.entry(from).map_err(|error| Trouble::Unknown(error.to_string()))?;
            match events.next_if(|event| event.revision == from) {
                Some(event) if before.is_some_and(|bytes| bytes[..] == event.data[..]) => {}
                Some(_) => return Ok(Seen::Lost(format!("entry {from} is another one now"))),
                None => return Ok(Seen::Lost(format!("the stream ends before entry {from}"))),
            }
        }
        let Some(first) = events.peek() else { return Ok(Seen::Nothing) };
        // A batch is written whole or not at all: its first entry tells.
        let ours = batch.first().is_some_and(|item| first.revision == expected && first.data[..] == item.bytes[..]);
        Ok(if ours { Seen::Ours } else { Seen::Foreign })
    }

    /// An append whose first attempt did not succeed: again and again the identical batch, until the leader says that
    /// it is there, or shows somebody else's entries in its place.
    ///
    /// Only an append that succeeds says that a batch is durable. What a read shows may come from a leader that has
    /// lost its place without knowing; what an error says may name entries that will vanish with such a leader.
    fn settle(&self, link: &Link, expected: u64, batch: &[Sealed], first: Trouble) -> Append {
        let mut pauses = Pauses::new(&self.patience, &self.timing);
        let mut lost = 0;
        let mut why = first;
        loop {
            if !pauses.pause("append", &why.to_string()) {
                return Append::Unknown { why: format!("given up while the cluster did not answer: {why}") };
            }
            why = match self.look(link, expected, batch) {
                Ok(Seen::Foreign) => match self.refresh_locked() {
                    Ok(()) => match self.mirror.size() {
                        Ok(size) if size > expected => return Append::Conflict { size },
                        Ok(_) => Trouble::Unknown("foreign entries were shown, and are gone again".to_owned()),
                        Err(error) => return Append::Unknown { why: error.to_string() },
                    },
                    Err(StoreError::Unreachable { why }) => Trouble::Unknown(why),
                    Err(error) => return Append::Unknown { why: error.to_string() },
                },
                Ok(Seen::Lost(what)) => {
                    lost += 1;
                    if lost == LOOKS_AT_A_SHORT_STREAM {
                        let stream = &self.streams.entries;
                        return Append::Unknown {
                            why: format!(
                                "{what} in the stream {stream}, although this machine holds it: start again, and read what is said then"
                            ),
                        };
                    }
                    Trouble::Unknown(what)
                }
                Ok(Seen::Nothing | Seen::Ours) => match self.send(link, expected, batch) {
                    Ok(()) => return self.mirror.append(expected, batch),
                    Err(trouble) => trouble,
                },
                Err(trouble @ Trouble::Deleted) => return Append::Unknown { why: trouble.to_string() },
                Err(trouble) => trouble,
            };
        }
    }

    fn send(&self, link: &Link, expected: u64, batch: &[Sealed]) -> Result<(), Trouble> {
        let last = link.append(&self.streams.entries, Behind::next(expected), events(batch))?;
        at_its_place(expected, batch, last)
    }

    /// As [`Log::refresh`], for a caller who holds the writer.
    fn refresh_locked(&self) -> Result<(), StoreError> {
        match self.role {
            Role::Writer => {
                self.fill(None)?;
                self.published().pull(&self.reader, &self.mirror, |fresh| self.keep(fresh))
            }
            // Entries before the checkpoint that covers them: what the mirror calls published it holds. One that was a
            // writer's may have met another's checkpoints while it lost its place.
            Role::Follower => {
                if let Some(latest) = self.mirror.latest_checkpoint()? {
                    self.fill(Some(latest.size))?;
                }
                self.published().pull(&self.reader, &self.mirror, |fresh| {
                    let Some(size) = fresh.iter().map(|checkpoint| checkpoint.size).max() else { return Ok(()) };
                    self.fill(Some(size))?;
                    let filled = self.mirror.size()?;
                    if filled < size {
                        let why = format!("a checkpoint covers {size} entries, and the stream shows {filled}");
                        return Err(StoreError::Unreachable { why });
                    }
                    self.keep(fresh)
                })
            }
        }
    }

    fn keep(&self, checkpoints: &[Pinned]) -> Result<(), StoreError> {
        checkpoints.iter().try_for_each(|checkpoint| self.mirror.put_checkpoint(checkpoint))
    }

    fn published(&self) -> MutexGuard<'_, Checkpoints> {
        self.checkpoints.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writer(&self) -> MutexGuard<'_, Link> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is wrong with a batch before it is sent anywhere.
    fn refused(batch: &[Sealed]) -> Option<String> {
        let bytes: usize = batch.iter().map(|item| item.bytes.len()).sum();
        let Limits { items: most, bytes: limit } = LIMITS;
        (batch.len() > most || bytes > limit).then(|| {
            format!(
                "{} items of {bytes} bytes at once, the engine takes {most} of {limit}: nothing was written",
                batch.len()
            )
        })
    }
}

impl Log for KurrentLog {
    fn size(&self) -> Result<u64, StoreError> {
        self.mirror.size()
    }

    fn append(&self, expected_size: u64, batch: &[Sealed]) -> Append {
        if self.role == Role::Follower {
            return Append::Unknown { why: StoreError::ReadOnly.to_string() };
        }
        if let Some(why) = Self::refused(batch) {
            return Append::Unknown { why };
        }
        let link = self.writer();
        // The mirror's rows are made while the cluster is busy with the same batch, and committed when it has it.
        let sent = self.mirror.append_with(
            expected_size,
            batch,
            || link.begin(&self.streams.entries, Behind::next(expected_size), events(batch)),
            |pending| at_its_place(expected_size, batch, link.wait(&pending)?),
        );
        match sent {
            Ok(answer @ (Append::Appended | Append::Unknown { .. })) => {
                self.move_frames();
                answer
            }
            // The mirror knows better than the caller, and the stream better than the mirror.
            Ok(Append::Conflict { .. }) => match self.refresh_locked().and_then(|()| self.mirror.size()) {
                Ok(size) if size == expected_size => {
                    drop(link);
                    self.append(expected_size, batch)
                }
                Ok(size) => Append::Conflict { size },
                Err(error) => Append::Unknown { why: error.to_string() },
            },
            Err(trouble) => self.settle(&link, expected_size, batch, trouble),
        }
    }

    fn limits(&self) -> Limits {
        LIMITS
    }

    fn refresh(&self) -> Result<(), StoreError> {
        if self.role == Role::Writer {
            // Looked at without the writer's lock: most of the time there is nothing, and nobody waits for it. Both at
            // once, because each read stalls.
            let entries = &self.streams.entries;
            let mut published = self.published();
            let (last, fresh) = std::thread::scope(|scope| {
                let fresh = scope.spawn(|| published.look(&self.reader, &self.mirror));
                let last = self.reader.last(entries).map_err(|trouble| trouble.at(entries));
                (last, joined(fresh))
            });
            let (last, size) = (last?, self.mirror.size()?);
            let length = last.as_ref().map_or(0, |event| event.revision.saturating_add(1));
            if length <= size {
                if let Some(last) = last.filter(|_| length == size) {
                    self.compare(&last)?;
                }
                return published.take(fresh?, |fresh| self.keep(fresh));
            }
        }
        let _link = self.writer();
        self.refresh_locked()
    }

    fn foreign(&self) -> u64 {
        self.published().foreign()
    }

    fn stop_waiting(&self) {
        self.patience.end();
    }

    fn read(&self, from: u64, to: u64, each: &mut dyn FnMut(u64, &[u8]) -> bool) -> Result<(), StoreError> {
        self.mirror.read(from, to, each)
    }

    fn entry(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.mirror.entry(index)
    }

    fn leaves(&self, from: u64, to: u64) -> Result<Vec<[u8; 32]>, StoreError> {
        self.mirror.leaves(from, to)
    }

    fn copy(&self) -> Option<&Path> {
        self.mirror.copy()
    }

    fn head(&self, chain: u32) -> Result<Option<(u64, u64)>, StoreError> {
        self.mirror.head(chain)
    }

    fn lookup(&self, chain: u32, seq: u64) -> Result<Option<u64>, StoreError> {
        self.mirror.lookup(chain, seq)
    }

    fn positions(&self, from: (u32, u64), each: &mut dyn FnMut(u32, u64, u64) -> bool) -> Result<(), StoreError> {
        self.mirror.positions(from, each)
    }

    fn forget(&self) -> Result<(), StoreError> {
        self.mirror.forget()
    }

    fn end_in_order(&self) -> Result<(), StoreError> {
        self.wait_for_mover();
        self.mirror.end_in_order()
    }

    fn put_checkpoint(&self, checkpoint: &Pinned) -> Result<(), StoreError> {
        if self.role == Role::Follower {
            return Err(StoreError::ReadOnly);
        }
        i64::try_from(checkpoint.size)
            .map_err(|_| StoreError::OutOfRange { what: "checkpoint size", value: checkpoint.size })?;
        let mut published = self.published();
        let mut pauses = Pauses::new(&self.patience, &self.timing);
        loop {
            // Nothing new is written where the size is published: the mirror says whether with the same root.
            let mut is_there = false;
            self.mirror.checkpoints(checkpoint.size, &mut |found| {
                is_there = found.size == checkpoint.size;
                false
            })?;
            if is_there {
                return self.mirror.put_checkpoint(checkpoint);
            }
            let trouble = match published.push(&self.reader, checkpoint) {
                Ok(()) => return self.mirror.put_checkpoint(checkpoint),
                Err(trouble) => trouble,
            };
            if !pauses.pause("publish a checkpoint", &trouble.to_string()) {
                return Err(StoreError::Unreachable { why: trouble.to_string() });
            }
            match published.pull(&self.reader, &self.mirror, |fresh| self.keep(fresh)) {
                Ok(()) | Err(StoreError::Unreachable { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn latest_checkpoint(&self) -> Result<Option<Pinned>, StoreError> {
        self.mirror.latest_checkpoint()
    }

    fn checkpoints(&self, from: u64, each: &mut dyn FnMut(&Pinned) -> bool) -> Result<(), StoreError> {
        self.mirror.checkpoints(from, each)
    }
}

fn events(batch: &[Sealed]) -> Vec<EventData> {
    batch.iter().map(wire::entry).collect()
}

/// A success names the last revision. Another one than entry n at revision n is no ledger's stream: after a deletion,
/// for one, the numbering goes on where it was.
fn at_its_place(expected: u64, batch: &[Sealed], last: u64) -> Result<(), Trouble> {
    let end = expected.saturating_add(batch.len() as u64);
    if last.saturating_add(1) == end {
        Ok(())
    } else {
        Err(Trouble::Unknown(format!("the batch of {expected}..{end} was stored to revision {last}")))
    }
}

/// What a thread of a scope has made; its panic goes on here.
pub fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

fn holds_entries(streams: &Streams) -> StoreError {
    StoreError::Stream {
        stream: streams.entries.clone(),
        what: "it holds entries already".to_owned(),
        next: "choose another origin, or open that ledger",
    }
}

fn mirror_moved(size: u64) -> StoreError {
    StoreError::Stopped { why: format!("the mirror holds {size} entries: another process writes to it") }
}
