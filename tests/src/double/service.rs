//! The streams service of one node: reads, single appends, batch-append sessions, deletes.

use crate::double::cluster::Cluster;
use crate::double::convert;
use crate::double::node::{Order, Orders};
use crate::double::reading::Reading;
use crate::double::state::Outcome;
use crate::double::stream::Append;
use crate::double::users::{Right, Who, may};
use crate::double::wire::streams::streams_server::Streams;
use crate::double::wire::streams::{
    AppendReq, AppendResp, BatchAppendReq, BatchAppendResp, DeleteReq, DeleteResp, ReadReq, ReadResp, delete_resp,
};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, Response, Status, Streaming, async_trait};

/// How long the leader waits for a quorum before it gives up.
const COMMIT_TIMEOUT: Duration = Duration::from_millis(2200);

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) cluster: Arc<Cluster>,
    pub(super) node: usize,
    pub(super) orders: Orders,
}

impl Service {
    /// Executes an append once the node is not frozen, and says how long its answer takes.
    async fn append(&self, who: &Who, append: Append) -> (Outcome, Duration) {
        self.cluster.thawed(self.node).await;
        if !self.may(who, &append.stream, Right::Write) {
            return (Outcome::Denied, Duration::ZERO);
        }
        let outcome = self.cluster.append(self.node, append);
        let mut wait = self.cluster.delay();
        match outcome {
            Outcome::CommitTimeoutLater => wait += COMMIT_TIMEOUT,
            // This very task ends when the order is carried out.
            Outcome::Refuse(for_) => drop(self.orders.give(Order::Refuse(for_))),
            _ => {}
        }
        (outcome, wait)
    }

    fn may(&self, who: &Who, stream: &str, right: Right) -> bool {
        may(self.cluster.state().seen_by(self.node), who, stream, right)
    }

    /// Executes a session's appends in their order; answers may be delayed, and then overlap.
    async fn session(
        self,
        who: Who,
        mut requests: mpsc::UnboundedReceiver<(Instant, BatchAppendReq)>,
        answers: Replies,
    ) {
        let mut late = self.cluster.late();
        while let Some((arrived, request)) = requests.recv().await {
            let id = request.correlation_id.clone();
            let append = match convert::batch(request) {
                Ok(append) => append,
                Err(status) => return drop(answers.send(Reply::Fail(status))),
            };
            let stream = append.stream.clone();
            let (outcome, wait) = self.append(&who, append).await;
            let wait = wait + std::mem::take(&mut late);
            let reply = match outcome {
                Outcome::Silence | Outcome::Refuse(_) => continue,
                Outcome::CleanEnd => Reply::End,
                _ => match convert::in_session(&outcome) {
                    Ok(result) => Reply::Answer(arrived, Box::new(convert::session_answer(id, stream, result))),
                    Err(status) => Reply::Fail(status),
                },
            };
            let last = !matches!(reply, Reply::Answer(..));
            let answers = answers.clone();
            let send = async move {
                pause(wait).await;
                // A client that is gone misses its answer.
                let _ = answers.send(reply);
            };
            match (wait.is_zero(), last) {
                (false, false) => drop(tokio::spawn(send)),
                _ => send.await,
            }
            if last {
                return;
            }
        }
    }
}

/// Sleeps, but not for nothing: even that would take the timer a millisecond.
async fn pause(wait: Duration) {
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
}

/// What a session's response stream is told.
enum Reply {
    /// To the request that arrived then.
    Answer(Instant, Box<BatchAppendResp>),
    Fail(Status),
    End,
}

type Replies = mpsc::UnboundedSender<Reply>;

/// A session's response stream.
pub(super) struct Answers {
    cluster: Arc<Cluster>,
    first: Option<Reply>,
    replies: mpsc::UnboundedReceiver<Reply>,
}

impl Stream for Answers {
    type Item = Result<BatchAppendResp, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let reply = match self.first.take() {
            Some(first) => Some(first),
            None => std::task::ready!(self.replies.poll_recv(context)),
        };
        Poll::Ready(match reply {
            Some(Reply::Answer(arrived, answer)) => {
                // Asked for when the connection has room: from here it goes to the socket.
                self.cluster.answered(arrived);
                Some(Ok(*answer))
            }
            Some(Reply::Fail(status)) => Some(Err(status)),
            Some(Reply::End) | None => {
                self.replies.close();
                None
            }
        })
    }
}

#[async_trait]
impl Streams for Service {
    type ReadStream = Pin<Box<dyn Stream<Item = Result<ReadResp, Status>> + Send>>;
    type BatchAppendStream = Answers;

    async fn read(&self, request: Request<ReadReq>) -> Result<Response<Self::ReadStream>, Status> {
        self.cluster.thawed(self.node).await;
        let leader_only = request.metadata().get("requires-leader").is_some_and(|value| value == "true");
        if let Some(refusal) = self.cluster.state().refusal(self.node).filter(|_| leader_only) {
            return Err(convert::status(&refusal));
        }
        let who = self.cluster.state().users.who(request.metadata())?;
        pause(self.cluster.late()).await;
        let (reading, live) = Reading::new(&self.cluster, self.node, request.into_inner())?;
        if !self.may(&who, &reading.name, Right::Read) {
            return Err(convert::status(&Outcome::Denied));
        }
        if !live {
            return Ok(Response::new(Box::pin(tokio_stream::iter(reading))));
        }
        let (sender, receiver) = mpsc::channel(16);
        tokio::spawn(reading.subscribe(sender));
        Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
    }

    async fn append(&self, request: Request<Streaming<AppendReq>>) -> Result<Response<AppendResp>, Status> {
        let who = self.cluster.state().users.who(request.metadata())?;
        let mut requests = request.into_inner();
        let mut append = convert::begin(requests.message().await?)?;
        while let Some(request) = requests.message().await? {
            convert::proceed(&mut append, request)?;
        }
        let arrived = Instant::now();
        let service = self.clone();
        // A task of its own: what has arrived is executed even if the client gives up meanwhile.
        let executed = tokio::spawn(async move { service.append(&who, append).await });
        let (outcome, wait) = executed.await.map_err(|_| Status::internal("the double panicked"))?;
        match outcome {
            Outcome::Silence | Outcome::Refuse(_) => std::future::pending().await,
            // Ends well, but without the message that a single append must answer.
            Outcome::CleanEnd => return Err(Status::new(Code::Ok, "")),
            _ => pause(wait).await,
        }
        let answer = convert::single(&outcome);
        self.cluster.answered(arrived);
        answer.map(Response::new)
    }

    async fn batch_append(
        &self,
        request: Request<Streaming<BatchAppendReq>>,
    ) -> Result<Response<Self::BatchAppendStream>, Status> {
        let who = self.cluster.state().users.who(request.metadata())?;
        let mut requests = request.into_inner();
        let (arrived, arrivals) = mpsc::unbounded_channel();
        let (answers, mut replies) = mpsc::unbounded_channel();
        // Apart from executing, so that what reached a frozen node is executed when it thaws.
        tokio::spawn(async move {
            while let Ok(Some(request)) = requests.message().await {
                if arrived.send((Instant::now(), request)).is_err() {
                    break;
                }
            }
        });
        tokio::spawn(self.clone().session(who, arrivals, answers));
        // The server sends its headers with the first answer. A session refused before that ends without
        // any, which the Rust client does not take as a reason to go to another node.
        match replies.recv().await {
            Some(Reply::Fail(status)) => Err(status),
            first => Ok(Response::new(Answers { cluster: Arc::clone(&self.cluster), first, replies })),
        }
    }

    async fn delete(&self, request: Request<DeleteReq>) -> Result<Response<DeleteResp>, Status> {
        self.cluster.thawed(self.node).await;
        let who = self.cluster.state().users.who(request.metadata())?;
        let (name, expected) = convert::deletion(request.into_inner())?;
        if !self.may(&who, &name, Right::Delete) {
            return Err(convert::status(&Outcome::Denied));
        }
        let outcome = {
            let mut state = self.cluster.state();
            state.refusal(self.node).unwrap_or_else(|| state.delete(&name, expected))
        };
        self.cluster.changed();
        let Outcome::Written { position, .. } = outcome else { return Err(convert::status(&outcome)) };
        let position_option = Some(delete_resp::PositionOption::Position(convert::at(position)));
        Ok(Response::new(DeleteResp { position_option }))
    }
}
