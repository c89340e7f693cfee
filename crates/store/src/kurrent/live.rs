//! A connection of the client, on a runtime that ends with it.

use std::fmt;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use eventstore::{BatchAppendClient, Client, ClientSettings, Error, ReadStreamOptions, StreamPosition};
use tokio::runtime::Runtime;

use super::trouble::{Trouble, silent};

/// How often a new connection is sent on to another leader, before that is told.
const LOOKS_FOR_A_LEADER: usize = 3;

/// A connection; its client's tasks end with the runtime, and only so.
pub(super) struct Live {
    pub(super) runtime: Option<Runtime>,
    pub(super) client: Client,
    /// The first look, while nobody has waited for it.
    pub(super) looking: Option<Receiver<Result<(), Trouble>>>,
    /// Made by the first append.
    pub(super) session: Option<Arc<BatchAppendClient>>,
    /// Whether its first look was denied. Nobody guards what it looks at, so that is the login; or all streams of the
    /// server are guarded by default, and then this user may do with the ledger's what their lists say.
    pub(super) is_doubted: bool,
}

impl Live {
    /// Begins to connect. The first read asks for the leader: on an answer of another node that is how this client
    /// learns where the leader is, while a session would ask the same node again and again.
    pub(super) fn begin(settings: &ClientSettings, limit: Duration) -> Result<Self, Trouble> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("kurrent")
            .enable_all()
            .build()
            .map_err(|error| Trouble::Unknown(format!("no thread for the connection: {error}")))?;
        let client = Client::with_runtime_handle(runtime.handle().clone(), settings.clone())?;
        let mut live = Self { runtime: Some(runtime), client, looking: None, session: None, is_doubted: false };
        let client = live.client.clone();
        live.looking = Some(live.spawn(limit, async move { find_leader(&client).await }));
        Ok(live)
    }

    /// Runs work on the connection's runtime, within the time of a call.
    pub(super) fn spawn<T: Send + 'static, E: Send + 'static>(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Receiver<Result<T, Trouble>>
    where
        Trouble: From<E>,
    {
        let (answer, receiver) = sync_channel(1);
        if let Some(runtime) = &self.runtime {
            runtime.spawn(async move {
                let done = match tokio::time::timeout(limit, work).await {
                    Ok(done) => done.map_err(Trouble::from),
                    Err(_) => Err(silent(limit)),
                };
                // Nobody waits any more.
                let _unread = answer.send(done);
            });
        }
        receiver
    }
}

/// Connections begun before anybody needs them, so that an opening that waits for one stream connects for the next
/// meanwhile.
#[derive(Clone, Default)]
pub(super) struct Ahead(Arc<Mutex<Vec<Live>>>);

impl Ahead {
    /// Begins some. One that cannot be begun now is begun when it is needed, and what is wrong told then.
    pub(super) fn begin(&self, settings: &ClientSettings, limit: Duration, count: usize) {
        self.begun().extend((0..count).filter_map(|_| Live::begin(settings, limit).ok()));
    }

    pub(super) fn take(&self) -> Option<Live> {
        self.begun().pop()
    }

    fn begun(&self) -> MutexGuard<'_, Vec<Live>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Ahead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Ahead({})", self.begun().len())
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Looks until it is the leader that answers.
async fn find_leader(client: &Client) -> Result<(), Trouble> {
    for _ in 0..LOOKS_FOR_A_LEADER {
        if look(client).await?.is_none() {
            return Ok(());
        }
    }
    look(client).await?.map_or(Ok(()), |why| Err(Trouble::Unknown(why)))
}

/// Asks the leader for nothing in particular. The inner text says that another node is the leader.
async fn look(client: &Client) -> Result<Option<String>, Error> {
    let options = ReadStreamOptions::default().position(StreamPosition::End).max_count(1).requires_leader(true);
    let looked = match client.read_stream("almoner", &options).await {
        Ok(mut read) => read.next().await.map(|_| ()),
        Err(error) => Err(error),
    };
    match looked {
        // The stream need not be there.
        Ok(()) | Err(Error::ResourceNotFound) => Ok(None),
        Err(Error::NotLeaderException(to)) => Ok(Some(format!("the leader is {}:{}", to.host, to.port))),
        Err(error) => Err(error),
    }
}
