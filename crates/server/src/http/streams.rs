//! `GET /v1/stream`: one server-sent event for each entry that is published (HTML Living Standard, section 9.2).
//!
//! `id` is the entry's index, `event` its kind, `data` the entry as `/v1/events` tells it. Nothing is queued for anybody:
//! each stream knows the next index, and reads from the log when its client has taken what came before. So a slow reader
//! costs what it has not taken yet, and whoever comes back goes on behind `Last-Event-ID`, however long ago that was.

// Saturating: positions in the log, and counts of what is in memory.

use super::accept::Accept;
use super::fault::Fault;
use super::gates::Lane;
use super::negotiate::not_acceptable;
use super::places::{Connection, Source};
use super::read::events::streamed;
use super::read::query::Query;
use super::share::{Endless, Kind, Share};
use super::{AppState, Asked, Limits, Problem};
use crate::app::Node;
use almoner_proof::text::parse_decimal;
use axum::Router;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use prometheus_client::metrics::gauge::Gauge;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc::Sender;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;

const EVENT_STREAM: &str = "text/event-stream";
/// What a client that comes back sends.
const LAST: &str = "last-event-id";
/// Bytes that are read from the log for one stream at once, one entry at least.
const BATCH: usize = 64 << 10;
/// Bytes of the newest entries, as they are told, which all streams ask for at the same moment.
const ROWS: u64 = 8 << 20;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/v1/stream", get(stream))
}

/// What all streams of a server share.
pub(super) struct Streams {
    places: Arc<Semaphore>,
    per_address: usize,
    taken: Mutex<BTreeMap<Source, usize>>,
    open: Gauge,
    rows: Cache<u64, Row, Weight>,
}

/// An entry: its kind, and how it is told.
#[derive(Clone)]
pub(super) struct Row {
    kind: Arc<str>,
    text: Arc<str>,
}

#[derive(Clone)]
struct Weight;

impl Weighter<u64, Row> for Weight {
    fn weight(&self, _: &u64, row: &Row) -> u64 {
        (row.text.len() as u64).saturating_add(64)
    }
}

impl Streams {
    pub(super) fn new(limits: &Limits, open: Gauge) -> Streams {
        Streams {
            places: Arc::new(Semaphore::new(limits.streams)),
            per_address: limits.streams_per_address,
            taken: Mutex::default(),
            open,
            rows: Cache::with_weighter(4096, ROWS, Weight),
        }
    }

    /// Gives a stream its place.
    fn enter(self: &Arc<Self>, client: Option<Source>, connection: &Arc<Connection>) -> Result<Seat, Problem> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            Problem::new(Fault::StreamFull, "all streams are taken; read /v1/events, or try again later")
                .retry_after(30)
        })?;
        if let Some(client) = client {
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            let own = taken.entry(client).or_default();
            if *own >= self.per_address {
                return Err(Problem::new(
                    Fault::StreamTooMany,
                    "this address has all the streams that it may have: end one",
                )
                .retry_after(30));
            }
            *own = own.saturating_add(1);
        }
        self.open.inc();
        connection.has_stream();
        Ok(Seat { streams: Arc::clone(self), client, connection: Arc::clone(connection), _place: place })
    }

    /// Reads an entry, unless it was read for another stream just now.
    fn row(&self, node: &Node, index: u64) -> Result<Row, Problem> {
        let read = || streamed(node.shared(), index).map(|(kind, text)| Row { kind: kind.into(), text: text.into() });
        self.rows.get_or_insert_with(&index, read)
    }
}

/// A stream's place; dropping it gives it back.
struct Seat {
    streams: Arc<Streams>,
    client: Option<Source>,
    connection: Arc<Connection>,
    _place: OwnedSemaphorePermit,
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(client) = self.client {
            let mut taken = self.streams.taken.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(own) = taken.get_mut(&client) {
                *own = own.saturating_sub(1);
                if *own == 0 {
                    taken.remove(&client);
                }
            }
        }
        self.streams.open.dec();
        self.connection.has_no_stream();
    }
}

async fn stream(
    State(node): State<AppState>,
    Extension(connection): Extension<Arc<Connection>>,
    Extension(asked): Extension<Arc<Asked>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let query = Query::parse(&asked.uri, &["from"])?;
    let size = node.shared().published_size();
    let next = next(&headers, query.number("from")?, size)?;
    if !takes_streams(&asked.accept) {
        return Err(not_acceptable(EVENT_STREAM));
    }
    if asked.method == Method::HEAD {
        return Ok([(header::CONTENT_TYPE, EVENT_STREAM), (header::CACHE_CONTROL, "no-cache")].into_response());
    }
    let seat = connection.gates.streams.enter(asked.client, &connection)?;
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(follow(node, seat, next, sender));
    let signs = KeepAlive::new().interval(connection.gates.limits.alive);
    let mut response = Sse::new(ReceiverStream::new(receiver)).keep_alive(signs).into_response();
    response.extensions_mut().insert(Endless);
    // Proxies that gather answers would hold it back.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

fn takes_streams(accept: &Accept) -> bool {
    accept.quality(EVENT_STREAM) > 0
}

/// The index of the first entry that is told. Where nothing is asked, that is the next one.
fn next(headers: &HeaderMap, from: Option<u64>, size: u64) -> Result<u64, Problem> {
    let last = headers.get(LAST).filter(|last| !last.is_empty()).map(|last| {
        let index = last.to_str().ok().and_then(parse_decimal);
        index.ok_or_else(|| Problem::bad_request("Last-Event-ID is the index of an entry, as this stream gave it"))
    });
    let next = last.transpose()?.map(|last| last.saturating_add(1)).or(from).unwrap_or(size);
    if next > size {
        let detail = format!("entry {next} is asked for, but the newest published size of this log is {size}");
        return Err(Problem::new(Fault::AtBeyond, &detail).newest(size));
    }
    Ok(next)
}

/// Tells one entry after another, until the client or the server leaves, or something cannot be read: a client that comes
/// back then is told why.
async fn follow(node: AppState, seat: Seat, mut next: u64, sender: Sender<Result<Event, Infallible>>) {
    let gates = Arc::clone(&seat.connection.gates);
    let mut sizes = node.shared().sizes();
    let mut stopped = seat.connection.places.stopped();
    let work = async {
        loop {
            let size = *sizes.borrow_and_update();
            if next >= size {
                if sizes.changed().await.is_err() {
                    return;
                }
                continue;
            }
            let read = {
                let (node, streams) = (Arc::clone(&node), Arc::clone(&seat.streams));
                gates.aside(Lane::Light, move || batch(&node, &streams, next, size)).await
            };
            let Ok((Ok(rows), turn)) = read else { return };
            let mut share = Share::new(&seat.connection, Kind::Answer);
            if !share.grow(rows.iter().map(|row| row.text.len()).sum()).await {
                return;
            }
            drop(turn);
            for row in rows {
                let event = Event::default().id(next.to_string()).event(&*row.kind).data(&*row.text);
                if sender.send(Ok(event)).await.is_err() {
                    return;
                }
                next = next.saturating_add(1);
            }
        }
    };
    tokio::select! {
        () = work => {}
        () = sender.closed() => {}
        _ = stopped.wait_for(|is_stopped| *is_stopped) => {}
    }
    // Before the stream's end is seen: what follows it is no stream.
    drop(seat);
}

/// Some entries from an index on, one at least.
fn batch(node: &Node, streams: &Streams, from: u64, size: u64) -> Result<Vec<Row>, Problem> {
    let (mut rows, mut bytes) = (Vec::new(), 0usize);
    for index in from..size {
        let row = streams.row(node, index)?;
        bytes = bytes.saturating_add(row.text.len());
        if bytes > BATCH && !rows.is_empty() {
            break;
        }
        rows.push(row);
    }
    Ok(rows)
}
