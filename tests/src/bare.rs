//! The event store's client alone, for what the adapter is compared with: every call ends, and no answer panics.
//!
//! The client's own calls need not end, and once its connection failed it stays dead: a [`Bare`] has a runtime of its
//! own, which ends with it.

use almoner_store::Sealed;
use bytes::Bytes;
use eventstore::{
    AppendToStreamOptions, BatchAppendClient, BatchAppendOptions, Client, ClientSettings, CurrentRevision, Error,
    EventData, ExpectedRevision, ReadStreamOptions, RecordedEvent, StreamPosition,
};
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use uuid::Uuid;

/// After so long a call counts as unanswered.
pub const LIMIT: Duration = Duration::from_secs(10);

/// What became of an append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// Success, and the revision it names.
    Done(Option<u64>),
    /// The stream ends somewhere else than expected.
    Wrong(Option<u64>),
    /// Not for this user, or not for nobody.
    Denied,
    /// Any other error: its code, if it has one, and its message.
    Refused(Option<tonic::Code>, String),
    /// An error of the connection or the session.
    Failed(String),
    /// Silence.
    Nothing,
}

impl Said {
    fn error(error: Error) -> Said {
        match error {
            Error::WrongExpectedVersion { current: CurrentRevision::Current(at), .. } => Said::Wrong(Some(at)),
            Error::WrongExpectedVersion { .. } => Said::Wrong(None),
            // In a session the client hands the bare code on.
            Error::AccessDenied => Said::Denied,
            Error::Grpc { code: tonic::Code::PermissionDenied | tonic::Code::Unauthenticated, .. } => Said::Denied,
            Error::Grpc { code, message } => Said::Refused(Some(code), message),
            Error::NotLeaderException(to) => Said::Failed(format!("the leader is {}:{}", to.host, to.port)),
            Error::ConnectionClosed | Error::GrpcConnectionError(_) | Error::ServerError(_) => {
                Said::Failed(error.to_string())
            }
            other => Said::Refused(None, other.to_string()),
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Said::Done(Some(revision)) => write!(f, "success, revision {revision}"),
            Said::Done(None) => f.write_str("success without a revision"),
            Said::Wrong(Some(current)) => write!(f, "WrongExpectedVersion, current {current}"),
            Said::Wrong(None) => f.write_str("WrongExpectedVersion, no current revision"),
            Said::Denied => f.write_str("access denied"),
            Said::Refused(Some(code), message) => write!(f, "refused ({code:?}: {message})"),
            Said::Refused(None, message) => write!(f, "refused ({message})"),
            Said::Failed(why) => write!(f, "failed ({why})"),
            Said::Nothing => f.write_str(&silent(LIMIT)),
        }
    }
}

/// One connection of the client.
pub struct Bare {
    runtime: Option<Runtime>,
    client: Client,
}

impl Drop for Bare {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Bare {
    /// Connects, and asks for the leader as often as it takes to be sent to it.
    ///
    /// # Errors
    /// What the client or the server said.
    pub fn connect(connection: &str) -> Result<Bare, String> {
        let bare = Bare::unasked(connection)?;
        let mut said = String::new();
        for _ in 0..4 {
            match bare.read("almoner", 1) {
                Ok(_) => return Ok(bare),
                Err(why) => said = why,
            }
        }
        Err(said)
    }

    /// Connects, and asks nothing: whom the server does not know gets no answer.
    ///
    /// # Errors
    /// What the client said.
    pub fn unasked(connection: &str) -> Result<Bare, String> {
        // The client knows only the older name of the protocol.
        let connection = match connection.split_once("://") {
            Some(("kurrentdb" | "kdb", rest)) => format!("esdb://{rest}"),
            Some(("kurrentdb+discover" | "kdb+discover", rest)) => format!("esdb+discover://{rest}"),
            _ => connection.to_owned(),
        };
        let settings: ClientSettings =
            connection.parse().map_err(|_| "the connection string cannot be read".to_owned())?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("bare")
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let client = Client::with_runtime_handle(runtime.handle().clone(), settings).map_err(|e| e.to_string())?;
        Ok(Bare { runtime: Some(runtime), client })
    }

    /// The client itself.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Runs work on the connection's runtime; `None` if it does not end in time.
    pub fn run<T>(&self, limit: Duration, work: impl Future<Output = T>) -> Option<T> {
        let runtime = self.runtime.as_ref().expect("a runtime until it is dropped");
        runtime.block_on(async { tokio::time::timeout(limit, work).await.ok() })
    }

    /// A new session for appends.
    ///
    /// # Errors
    /// What the client said.
    pub fn session(&self) -> Result<Session<'_>, String> {
        let options = BatchAppendOptions::default().requires_leader(true);
        match self.run(LIMIT, self.client.batch_append(&options)) {
            Some(Ok(session)) => Ok(Session { bare: self, session }),
            Some(Err(error)) => Err(error.to_string()),
            None => Err(silent(LIMIT)),
        }
    }

    /// One append by itself.
    pub fn unary(&self, stream: &str, expected: ExpectedRevision, events: Vec<EventData>) -> Said {
        let options = AppendToStreamOptions::default().expected_revision(expected).requires_leader(true);
        match self.run(LIMIT, self.client.append_to_stream(stream, &options, events)) {
            Some(Ok(written)) => Said::Done(Some(written.next_expected_version)),
            Some(Err(error)) => Said::error(error),
            None => Said::Nothing,
        }
    }

    /// The leader's first events of a stream, at most so many; `None` where there is no stream.
    ///
    /// # Errors
    /// What the client or the server said.
    pub fn read(&self, stream: &str, count: usize) -> Result<Option<Vec<RecordedEvent>>, String> {
        let mut found = Vec::new();
        let options = ReadStreamOptions::default().max_count(count).requires_leader(true);
        let read = async {
            let in_time = |_| silent(LIMIT);
            let read = tokio::time::timeout(LIMIT, self.client.read_stream(stream, &options)).await;
            let mut read = match read.map_err(in_time)? {
                Ok(read) => read,
                Err(Error::ResourceNotFound) => return Ok(false),
                Err(error) => return Err(error.to_string()),
            };
            loop {
                match tokio::time::timeout(LIMIT, read.next()).await.map_err(in_time)? {
                    Ok(Some(event)) => found.extend(event.event),
                    Ok(None) => return Ok(true),
                    Err(Error::ResourceNotFound) => return Ok(false),
                    Err(error) => return Err(error.to_string()),
                }
            }
        };
        // Each step has its time; all of a long stream has as long as it takes.
        let is_there = self.run(Duration::MAX, read).unwrap_or_else(|| Err(silent(LIMIT)))?;
        Ok(is_there.then_some(found))
    }

    /// Reads a stream and keeps nothing: how many events there are, and how long it took.
    ///
    /// # Errors
    /// What the client or the server said.
    pub fn read_past(&self, stream: &str) -> Result<(u64, Duration), String> {
        let options =
            ReadStreamOptions::default().position(StreamPosition::Start).max_count(usize::MAX).requires_leader(true);
        let start = Instant::now();
        let read = async {
            let mut read = self.client.read_stream(stream, &options).await?;
            let mut count = 0;
            while read.next().await?.is_some() {
                count += 1;
            }
            Ok::<u64, Error>(count)
        };
        let limit = LIMIT * 60;
        let count = self.run(limit, read).ok_or_else(|| silent(limit))?.map_err(|error| error.to_string())?;
        Ok((count, start.elapsed()))
    }
}

/// A batch-append session; it is of no use after anything but a success.
pub struct Session<'a> {
    bare: &'a Bare,
    session: BatchAppendClient,
}

impl Session<'_> {
    /// One append; the caller has one in flight.
    pub fn append(&self, stream: &str, expected: ExpectedRevision, events: Vec<EventData>) -> Said {
        match self.bare.run(LIMIT, self.session.append_to_stream(stream, expected, events)) {
            Some(Ok(written)) => Said::Done(written.current_revision()),
            Some(Err(error)) => Said::error(error),
            None => Said::Nothing,
        }
    }
}

fn silent(limit: Duration) -> String {
    format!("no answer within {} s", limit.as_secs())
}

/// What an append behind so many events expects.
pub fn behind(size: u64) -> ExpectedRevision {
    size.checked_sub(1).map_or(ExpectedRevision::NoStream, ExpectedRevision::Exact)
}

/// Items of one chain for the indexes from `from` on, each of `bytes` bytes that tell its number.
pub fn items(chain: u32, from: u64, count: u64, bytes: usize) -> Vec<Sealed> {
    let item = |number: u64| {
        let mut text = format!("entry {number} of chain {chain} ").into_bytes();
        text.resize(bytes.max(text.len()), b'.');
        let mut hash = [chain as u8; 32];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        Sealed { bytes: Arc::from(text), leaf_hash: hash, chain, seq: number, event_hash: hash }
    };
    (from..from + count).map(item).collect()
}

/// The same bytes as events, as large on the wire as the adapter's, with ids that cost nothing.
pub fn events(items: &[Sealed]) -> Vec<EventData> {
    let event = |item: &Sealed| {
        let id = Uuid::from_u64_pair(u64::from(item.chain), item.seq);
        EventData::binary("almoner.entry", Bytes::from_owner(Arc::clone(&item.bytes)))
            .id(id)
            .metadata(Bytes::from_static(&[1; 77]))
    };
    items.iter().map(event).collect()
}

/// Below which so many of a hundred lie.
pub fn percentile(times: &mut [Duration], of_hundred: usize) -> Duration {
    times.sort();
    times.get(times.len() * of_hundred / 100).copied().unwrap_or_default()
}
