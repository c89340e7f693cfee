//! One connection through the client, and everything that is done so that a call on it always ends.
//!
//! The client's tasks hold each other, so that neither dropping it nor dropping a session ends them; a runtime of its
//! own does. Whatever is not a success ends the runtime, and the next call makes a new one.

// Saturating: waits, sizes and limits. The most that can be said is what is meant beyond the edge, and no time or room
// left is none.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use eventstore::{
    BatchAppendClient, BatchAppendOptions, Client, Error, EventData, ExpectedRevision, ReadStreamOptions,
    RecordedEvent, StreamMetadata, StreamPosition,
};

use super::Cluster;
use super::diagnose::{Finding, diagnose};
use super::live::Live;
use super::trouble::{Trouble, silent};

/// Events handed from the client's thread to the reader's at once.
const CHUNK_EVENTS: usize = 512;

/// Where a read begins.
#[derive(Debug, Clone, Copy)]
pub(super) enum Start {
    /// At a revision, forwards.
    Revision(u64),
    /// At a revision, backwards.
    Back(u64),
    /// At the last event, backwards.
    Last,
}

/// Where an append expects the stream to end.
#[derive(Debug, Clone, Copy)]
pub(super) enum Behind {
    /// There is no stream yet.
    Nothing,
    /// At this revision.
    Revision(u64),
    /// Wherever it ends.
    Anything,
}

impl Behind {
    /// Expects the event to be this one.
    pub(super) fn next(place: u64) -> Self {
        place.checked_sub(1).map_or(Self::Nothing, Self::Revision)
    }
}

impl From<Behind> for ExpectedRevision {
    fn from(behind: Behind) -> Self {
        match behind {
            Behind::Nothing => Self::NoStream,
            Behind::Revision(revision) => Self::Exact(revision),
            Behind::Anything => Self::Any,
        }
    }
}

/// A connection that is made when it is needed.
pub(super) struct Link {
    cluster: Cluster,
    live: Mutex<Option<Live>>,
    /// Whether a connection was ever made: from then on what fails is not how it was set up.
    has_lived: AtomicBool,
}

/// An append under way.
pub(super) struct Pending(Receiver<Result<u64, Trouble>>);

impl Link {
    pub(super) fn new(cluster: Cluster) -> Self {
        Self { cluster, live: Mutex::new(None), has_lived: AtomicBool::new(false) }
    }

    /// Begins an append. The caller has one under way.
    pub(super) fn begin(&self, stream: &str, behind: Behind, events: Vec<EventData>) -> Result<Pending, Trouble> {
        let mut slot = self.slot();
        let session = match self.session(&mut slot) {
            Ok(session) => session,
            Err(trouble) => {
                *slot = None;
                return Err(trouble);
            }
        };
        let stream = stream.to_owned();
        let work = async move {
            let written = session.append_to_stream(stream, behind.into(), events).await?;
            written
                .current_revision()
                .ok_or_else(|| Error::IllegalStateError("an answer without a revision".to_owned()))
        };
        slot.as_ref().map(|live| Pending(live.spawn(self.cluster.timing.call, work))).ok_or_else(ended)
    }

    /// The revision of the last event of an append. Whatever else comes, the session is not used again.
    pub(super) fn wait(&self, pending: &Pending) -> Result<u64, Trouble> {
        let answer = self.answer(&pending.0).map_err(|trouble| self.doubted(trouble));
        match &answer {
            Ok(_) => {}
            // The client ends a session at each refusal; the connection is as good as it was.
            Err(Trouble::Conflict) => {
                if let Some(live) = self.slot().as_mut() {
                    live.session = None;
                }
            }
            Err(_) => *self.slot() = None,
        }
        answer
    }

    /// Begins an append and waits for it.
    pub(super) fn append(&self, stream: &str, behind: Behind, events: Vec<EventData>) -> Result<u64, Trouble> {
        self.wait(&self.begin(stream, behind, events)?)
    }

    /// Reads from the leader, at most `count` events, until `each` gives an error, which is handed back.
    pub(super) fn read<E: From<Trouble>>(
        &self,
        stream: &str,
        from: Start,
        count: usize,
        each: &mut dyn FnMut(Vec<RecordedEvent>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.read_as(stream, from, count, |event| event, each)
    }

    /// As [`Link::read`], with each event made into something else on another thread than the caller's.
    pub(super) fn read_as<T: Send + 'static, E: From<Trouble>>(
        &self,
        stream: &str,
        from: Start,
        count: usize,
        make: fn(RecordedEvent) -> T,
        each: &mut dyn FnMut(Vec<T>) -> Result<(), E>,
    ) -> Result<(), E> {
        let chunks = {
            let mut slot = self.slot();
            match self.live(&mut slot) {
                Ok(live) => self.spawn_read(live, stream, from, count, make),
                Err(trouble) => {
                    *slot = None;
                    return Err(trouble.into());
                }
            }
        };
        loop {
            let limit = self.cluster.timing.call.saturating_mul(2);
            let trouble = match chunks.recv_timeout(limit) {
                Ok(Ok(Some(events))) => {
                    each(events)?;
                    continue;
                }
                Ok(Ok(None)) => return Ok(()),
                Ok(Err(trouble)) => trouble,
                Err(RecvTimeoutError::Timeout) => silent(limit),
                Err(RecvTimeoutError::Disconnected) => ended(),
            };
            let trouble = self.doubted(trouble);
            if matches!(trouble, Trouble::Unknown(_)) {
                *self.slot() = None;
            }
            return Err(trouble.into());
        }
    }

    /// The last event of a stream; none if there is no such stream.
    pub(super) fn last(&self, stream: &str) -> Result<Option<RecordedEvent>, Trouble> {
        self.one(stream, Start::Last)
    }

    /// The first event that a read from there shows; none where there is none.
    pub(super) fn one(&self, stream: &str, from: Start) -> Result<Option<RecordedEvent>, Trouble> {
        let mut found = None;
        let read = self.read(stream, from, 1, &mut |mut events| {
            found = events.pop();
            Ok::<(), Trouble>(())
        });
        match read {
            Ok(()) => Ok(found),
            Err(Trouble::Missing) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// A stream's metadata, if it has any.
    pub(super) fn metadata(&self, stream: &str) -> Result<Option<StreamMetadata>, Trouble> {
        let Some(event) = self.last(&format!("$${stream}"))? else { return Ok(None) };
        let unread = |error| Trouble::Unknown(format!("the metadata of {stream} cannot be read ({error})"));
        event.as_json::<StreamMetadata>().map(Some).map_err(unread)
    }

    /// Sets the first metadata of a stream.
    pub(super) fn set_metadata(&self, stream: &str, metadata: &StreamMetadata) -> Result<(), Trouble> {
        let event = EventData::json("$metadata", metadata).map_err(|error| Trouble::Unknown(error.to_string()))?;
        self.append(&format!("$${stream}"), Behind::Nothing, vec![event]).map(|_| ())
    }

    fn slot(&self) -> MutexGuard<'_, Option<Live>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connects, if that was not done yet.
    pub(super) fn reach(&self) -> Result<(), Trouble> {
        self.live(&mut self.slot()).map(|_| ())
    }

    /// The connection, made if there is none.
    fn live<'a>(&self, slot: &'a mut Option<Live>) -> Result<&'a mut Live, Trouble> {
        if slot.is_none() {
            let mut live = self
                .cluster
                .ahead
                .take()
                .map_or_else(|| Live::begin(&self.cluster.settings, self.cluster.timing.call), Ok)?;
            match live.looking.take().map_or(Ok(()), |looking| self.answer(&looking)) {
                Ok(()) => {}
                Err(Trouble::Denied) => live.is_doubted = true,
                Err(trouble) => {
                    // Ended first: a client that still tries is not what is looked at.
                    drop(live);
                    return Err(self.diagnosed(trouble));
                }
            }
            self.has_lived.store(true, Ordering::Relaxed);
            *slot = Some(live);
        }
        slot.as_mut().ok_or_else(ended)
    }

    /// A denial, if the connection's first look was denied as well, is about the login.
    fn doubted(&self, trouble: Trouble) -> Trouble {
        if trouble != Trouble::Denied || !self.slot().as_ref().is_some_and(|live| live.is_doubted) {
            return trouble;
        }
        Trouble::Refused(match &self.cluster.user {
            Some(user) => format!(
                "the server refuses its user or password: change them, they stand before the @ (esdb://USER:PASSWORD@…; \
                 the user is {user}, and the server tells names apart by upper and lower case)"
            ),
            None => "the server asks for a user, and it names none: write USER:PASSWORD@ before the host".to_owned(),
        })
    }

    /// Why a first connection failed. A later one is not looked into: the nodes were reached before, and whoever waits
    /// for a takeover has no time.
    fn diagnosed(&self, trouble: Trouble) -> Trouble {
        if self.has_lived.load(Ordering::Relaxed) || !matches!(trouble, Trouble::Unknown(_)) {
            return trouble;
        }
        match diagnose(&self.cluster) {
            Finding::Fine => Trouble::Unknown(format!("{} can be reached, but: {trouble}", self.cluster.place())),
            Finding::Passing(why) => Trouble::Unknown(why),
            Finding::Wrong(why) => Trouble::Refused(why),
        }
    }

    fn session(&self, slot: &mut Option<Live>) -> Result<Arc<BatchAppendClient>, Trouble> {
        let live = self.live(slot)?;
        if live.session.is_none() {
            let client = live.client.clone();
            // Without a deadline: this client would send it for the whole session.
            let options = BatchAppendOptions::default().requires_leader(true);
            let session = live.spawn(self.cluster.timing.call, async move { client.batch_append(&options).await });
            live.session = Some(Arc::new(self.answer(&session)?));
        }
        live.session.clone().ok_or_else(ended)
    }

    /// What comes of spawned work. The second timer is for a runtime whose thread hangs.
    fn answer<T>(&self, receiver: &Receiver<Result<T, Trouble>>) -> Result<T, Trouble> {
        let limit = self.cluster.timing.call.saturating_mul(2);
        match receiver.recv_timeout(limit) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => Err(silent(limit)),
            Err(RecvTimeoutError::Disconnected) => Err(ended()),
        }
    }

    fn spawn_read<T: Send + 'static>(
        &self,
        live: &Live,
        stream: &str,
        from: Start,
        count: usize,
        make: fn(RecordedEvent) -> T,
    ) -> Receiver<Result<Option<Vec<T>>, Trouble>> {
        let options = ReadStreamOptions::default().max_count(count).requires_leader(true);
        let options = match from {
            Start::Revision(revision) => options.position(StreamPosition::Position(revision)).forwards(),
            Start::Back(revision) => options.position(StreamPosition::Position(revision)).backwards(),
            Start::Last => options.position(StreamPosition::End),
        };
        let (client, stream) = (live.client.clone(), stream.to_owned());
        let limit = self.cluster.timing.call;
        // As many chunks wait as keep both sides busy; a reader that has gone ends the task.
        let (chunks, receiver) = tokio::sync::mpsc::channel(4);
        let (out, answer) = sync_channel(4);
        if let Some(runtime) = &live.runtime {
            runtime.spawn(async move {
                let read = pages(&client, &stream, &options, limit, &chunks).await;
                let _unread = chunks.send(read.map(|()| None)).await;
            });
            runtime.spawn_blocking(move || forward(receiver, &out, make));
        }
        answer
    }
}

/// From the client's world of tasks to that of threads: a blocking send has no place on the runtime's thread.
fn forward<T>(
    mut receiver: tokio::sync::mpsc::Receiver<Result<Option<Vec<RecordedEvent>>, Trouble>>,
    out: &SyncSender<Result<Option<Vec<T>>, Trouble>>,
    make: fn(RecordedEvent) -> T,
) {
    while let Some(chunk) = receiver.blocking_recv() {
        let made = chunk.map(|events| events.map(|events| events.into_iter().map(make).collect()));
        if out.send(made).is_err() {
            return;
        }
    }
}

type Chunks = tokio::sync::mpsc::Sender<Result<Option<Vec<RecordedEvent>>, Trouble>>;

/// Reads until the end, each step within the time of a call.
async fn pages(
    client: &Client,
    stream: &str,
    options: &ReadStreamOptions,
    limit: Duration,
    chunks: &Chunks,
) -> Result<(), Trouble> {
    let in_time = || move |_| silent(limit);
    let mut read = tokio::time::timeout(limit, client.read_stream(stream, options)).await.map_err(in_time())??;
    loop {
        let mut chunk = Vec::with_capacity(CHUNK_EVENTS);
        let mut is_last = false;
        while chunk.len() < CHUNK_EVENTS && !is_last {
            match tokio::time::timeout(limit, read.next()).await.map_err(in_time())?? {
                // An event of a link is where the link points to; no link is ever written here.
                Some(event) => chunk.extend(event.event),
                None => is_last = true,
            }
        }
        if !chunk.is_empty() && chunks.send(Ok(Some(chunk))).await.is_err() {
            return Ok(());
        }
        if is_last {
            return Ok(());
        }
    }
}

fn ended() -> Trouble {
    Trouble::Unknown("the client ended without an answer".to_owned())
}
