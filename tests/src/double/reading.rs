//! Reads: a stream's visible events, chunk by chunk, and live subscriptions.

use crate::double::cluster::Cluster;
use crate::double::convert::{id_to, name};
use crate::double::state::State;
use crate::double::stream::{Recorded, Stream};
use crate::double::wire::StreamIdentifier;
use crate::double::wire::streams::read_req::options::stream_options::RevisionOption;
use crate::double::wire::streams::read_req::options::{CountOption, StreamOption, uuid_option};
use crate::double::wire::streams::read_resp::read_event::{Position, RecordedEvent};
use crate::double::wire::streams::read_resp::{Content, ReadEvent, StreamNotFound, SubscriptionConfirmation};
use crate::double::wire::streams::{ReadReq, ReadResp, read_req};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::mpsc;
use tonic::Status;
use uuid::Uuid;

/// Events taken while the state is held once.
const CHUNK: usize = 128;
/// 2026-11-21 in the server's ticks of 100 ns since 1970. The double's clock is its log.
const FIRST_TICK: u64 = 17_952_192_000_000_000;

/// Where a read stands.
pub(super) struct Reading {
    cluster: Arc<Cluster>,
    node: usize,
    pub(super) name: String,
    /// The stream's name as it goes into each event.
    shared: Bytes,
    structured: bool,
    backwards: bool,
    left: u64,
    /// The next revision wanted; `None` behind the end.
    next: Option<u64>,
    begun: bool,
    ready: std::vec::IntoIter<ReadResp>,
}

impl Reading {
    /// The read, and whether it is a subscription.
    pub(super) fn new(cluster: &Arc<Cluster>, node: usize, request: ReadReq) -> Result<(Reading, bool), Status> {
        let options = request.options.ok_or_else(|| Status::invalid_argument("no options"))?;
        let backwards = options.read_direction() == read_req::options::ReadDirection::Backwards;
        let Some(StreamOption::Stream(stream)) = options.stream_option else {
            return Err(Status::unimplemented("the double reads single streams only"));
        };
        let (left, live) = match options.count_option {
            Some(CountOption::Count(count)) => (count, false),
            Some(CountOption::Subscription(_)) => (u64::MAX, true),
            None => return Err(Status::invalid_argument("no count")),
        };
        let name = name(stream.stream_identifier)?;
        let end = || cluster.state().seen_by(node).get(&name).and_then(Stream::last);
        let next = match (stream.revision_option, live) {
            // A subscription names the last event it has, a read the first it wants.
            (Some(RevisionOption::Revision(revision)), true) => Some(revision + 1),
            (Some(RevisionOption::End(())), true) => Some(end().map_or(0, |last| last + 1)),
            (Some(RevisionOption::Revision(revision)), false) => Some(revision),
            (Some(RevisionOption::End(())), false) if backwards => Some(u64::MAX),
            (Some(RevisionOption::End(())), false) => Some(end().unwrap_or(0)),
            (Some(RevisionOption::Start(())) | None, _) => Some(0),
        };
        let structured =
            matches!(options.uuid_option.and_then(|form| form.content), Some(uuid_option::Content::Structured(())));
        let (cluster, shared) = (Arc::clone(cluster), Bytes::from(name.clone()));
        let ready = Vec::new().into_iter();
        Ok((Reading { cluster, node, name, shared, structured, backwards, left, next, begun: false, ready }, live))
    }

    /// The next chunk of what there is now; `None` when there is no stream to read.
    fn chunk(&mut self) -> Option<Vec<ReadResp>> {
        let state = self.cluster.state();
        let streams = state.seen_by(self.node);
        let visible = State::visible_from(streams, &self.name)?;
        let stream = streams.get(&self.name)?;
        let Some(next) = self.next else { return Some(Vec::new()) };
        let most = CHUNK.min(usize::try_from(self.left).unwrap_or(CHUNK));
        let visible = stream.at(visible);
        let chunk: Vec<_> = if self.backwards {
            let end = stream.at(next.saturating_add(1)).max(visible);
            let events = &stream.events[end.saturating_sub(most).max(visible)..end];
            self.next = events.first().and_then(|event| event.revision.checked_sub(1));
            events.iter().rev().map(|event| self.message(event)).collect()
        } else {
            let start = stream.at(next).max(visible);
            let events = &stream.events[start..stream.events.len().min(start + most)];
            self.next = Some(events.last().map_or(next, |event| event.revision + 1));
            events.iter().map(|event| self.message(event)).collect()
        };
        self.left -= chunk.len() as u64;
        Some(chunk)
    }

    fn message(&self, event: &Recorded) -> ReadResp {
        let form = if event.json { "application/json" } else { "application/octet-stream" };
        let metadata = BTreeMap::from([
            ("content-type".to_owned(), form.to_owned()),
            ("created".to_owned(), (FIRST_TICK + event.position).to_string()),
            ("type".to_owned(), event.kind.clone()),
        ]);
        let recorded = RecordedEvent {
            id: Some(id_to(event.id, self.structured)),
            stream_identifier: Some(StreamIdentifier { stream_name: self.shared.clone() }),
            stream_revision: event.revision,
            prepare_position: event.position,
            commit_position: event.position,
            metadata,
            custom_metadata: event.metadata.clone(),
            data: event.data.clone(),
        };
        let position = Some(Position::CommitPosition(event.position));
        ReadResp { content: Some(Content::Event(ReadEvent { event: Some(recorded), link: None, position })) }
    }

    /// Everything there is, then everything that comes, until the receiver is gone.
    pub(super) async fn subscribe(mut self, sender: mpsc::Sender<Result<ReadResp, Status>>) {
        let mut changes = self.cluster.watch();
        let confirmation = SubscriptionConfirmation { subscription_id: Uuid::new_v4().to_string() };
        let mut messages = vec![ReadResp { content: Some(Content::Confirmation(confirmation)) }];
        loop {
            let caught_up = messages.is_empty();
            for message in messages {
                if sender.send(Ok(message)).await.is_err() {
                    return;
                }
            }
            if caught_up {
                tokio::select! {
                    changed = changes.changed() => if changed.is_err() { return },
                    () = sender.closed() => return,
                }
            }
            self.cluster.thawed(self.node).await;
            // A stream that is not there yet may come.
            messages = self.chunk().unwrap_or_default();
        }
    }
}

impl Iterator for Reading {
    type Item = Result<ReadResp, Status>;

    fn next(&mut self) -> Option<Result<ReadResp, Status>> {
        if self.ready.len() == 0 {
            let (since, delay) = (Instant::now(), self.cluster.read_delay());
            while let Some(left) = delay.checked_sub(since.elapsed()).filter(|left| !left.is_zero()) {
                std::thread::park_timeout(left);
            }
            let chunk = self.chunk().unwrap_or_else(|| {
                let stream_identifier = Some(StreamIdentifier { stream_name: self.shared.clone() });
                // A stream deleted while it is read just ends.
                let missing = ReadResp { content: Some(Content::StreamNotFound(StreamNotFound { stream_identifier })) };
                self.left = 0;
                if self.begun { Vec::new() } else { vec![missing] }
            });
            self.begun = true;
            self.ready = chunk.into_iter();
        }
        self.ready.next().map(Ok)
    }
}
