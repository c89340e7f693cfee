//! The accept loop. Our own, because the framework's arms no time-out at all: a slow client could hold a socket for ever.
//! HTTP/1.1 and nothing else, whatever the libraries were built with: what reads HTTP/2 has other waits and other buffers.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use super::asked::Told;
use super::gates::Gates;
use super::kept::Kept;
use super::negotiate::{Form, not_acceptable};
use super::places::{Connection, Place, Places};
use super::share::hold;
use super::socket::Socket;
use super::{AppState, Asked, Limits, Meters, body, dress, exempt, metrics, pack, router};
use axum::Router;
use axum::body::{Body, HttpBody as _};
use axum::extract::MatchedPath;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::Service as _;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Bytes of a request's head; and of a body or an answer that is read or written at once.
const BUFFER: usize = 16 << 10;
/// Connections that wait to be accepted; the kernel may allow fewer (`net.core.somaxconn`).
const QUEUE: u32 = 4096;
/// Where something goes wrong again and again, it is told so often.
const TELL_EVERY: Duration = Duration::from_secs(60);
/// Between two tries where nothing can be accepted.
const PAUSE: Duration = Duration::from_millis(20);

/// A bound listener, not yet serving.
pub struct Serving {
    listener: TcpListener,
    /// Where it listens.
    pub address: SocketAddr,
    /// What it gives to its clients.
    pub limits: Limits,
    /// What it counts.
    pub meters: Meters,
}

impl Serving {
    /// Binds; port 0 lets the system choose.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn bind(address: &str) -> std::io::Result<Serving> {
        Serving::at(Serving::listener(address).await?)
    }

    /// A bound listener alone, which outlives whoever serves at it.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn listener(address: &str) -> std::io::Result<std::net::TcpListener> {
        let mut last = std::io::Error::new(std::io::ErrorKind::InvalidInput, "no address");
        for address in tokio::net::lookup_host(address).await? {
            match listen(address) {
                Ok(listener) => return listener.into_std(),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Takes a listener that is bound already, inside a runtime.
    ///
    /// # Errors
    /// Those of the system.
    pub fn at(listener: std::net::TcpListener) -> std::io::Result<Serving> {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Serving {
            listener: TcpListener::from_std(listener)?,
            address,
            limits: Limits::default(),
            meters: Meters::default(),
        })
    }
}

/// Listens as `TcpListener::bind` does, but with a longer queue: its 128 are full in an instant when many come at once, and
/// whoever is dropped then tries again only after a second.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(QUEUE)
}

/// Serves until `stop` resolves, then drains.
pub async fn serve(serving: Serving, node: AppState, stop: impl Future<Output = ()>) {
    let origin = node.shared().origin.clone();
    run(serving, &origin, router(node), stop).await;
}

/// Serves a monitor, until `stop` resolves. `meters` are those of the server that it watches.
pub async fn serve_metrics(serving: Serving, node: AppState, meters: Meters, stop: impl Future<Output = ()>) {
    let origin = node.shared().origin.clone();
    run(serving, &origin, metrics::router(node, &meters), stop).await;
}

async fn run(serving: Serving, origin: &str, router: Router, stop: impl Future<Output = ()>) {
    let base = format!("http://{}", serving.address);
    let gates = Arc::new(Gates::new(serving.limits, serving.meters, &base, origin));
    let places = Places::new(Arc::clone(&gates));
    let kept = Arc::new(Kept::new());
    let router = TowerToHyperService::new(router);
    let graceful = GracefulShutdown::new();
    let waits = tokio::spawn({
        let (gates, places) = (Arc::clone(&gates), Arc::clone(&places));
        async move { places.look_after(&gates.limits).await }
    });
    let mut refused =
        Complaint::new("connections were closed at once: their addresses have all the places they may have");
    let mut failed = Complaint::new("connections could not be accepted");
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = serving.listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                let place = tokio::select! {
                    () = &mut stop => break,
                    place = places.enter(address.ip()) => place,
                };
                match place {
                    Some(place) => begin(stream, place, router.clone(), Arc::clone(&kept), &graceful),
                    None => refused.tell(&address),
                }
            }
            // The client has left already.
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionAborted => {}
            // Out of descriptors, as a rule: somebody gives way, and the loop goes on, but does not spin.
            Err(error) => {
                failed.tell(&error);
                places.give_way(None);
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(serving.listener);
    places.stop();
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(gates.limits.drain) => tracing::warn!("some connections were cut at shutdown"),
    }
    places.end_all();
    waits.abort();
}

fn begin(
    stream: TcpStream,
    place: Place,
    router: TowerToHyperService<Router>,
    kept: Arc<Kept>,
    graceful: &GracefulShutdown,
) {
    // Answers are small and complete: waiting to join packets only delays them.
    let _ = stream.set_nodelay(true);
    let connection = Arc::clone(&place.0);
    let io = TokioIo::new(Socket::new(stream, Arc::clone(&connection)));
    let service = {
        let connection = Arc::clone(&connection);
        hyper::service::service_fn(move |request| {
            answer(Arc::clone(&connection), router.clone(), Arc::clone(&kept), request)
        })
    };
    // No timer of hyper's: `places` looks after the waits for heads with all others.
    let served = graceful.watch(Builder::new().max_buf_size(BUFFER).serve_connection(io, service));
    let task = tokio::spawn(async move {
        let _ = served.await;
        drop(place);
    });
    Place::is_served_by(&connection, task.abort_handle());
}

async fn answer(
    connection: Arc<Connection>,
    router: TowerToHyperService<Router>,
    kept: Arc<Kept>,
    mut request: hyper::Request<Incoming>,
) -> Result<Response, Infallible> {
    let begun = Instant::now();
    connection.has_head(request.body().is_end_stream());
    let gates = &connection.gates;
    let asked = Arc::new(Asked::of(&connection, &request));
    let charge = gates.quotas.charge(&asked);
    let mut answer = match &charge {
        Some(Err((kind, problem))) => {
            gates.meters.refused_for(*kind);
            if !request.body().is_end_stream() {
                body::discard(&connection, Body::new(request.into_body())).await;
            }
            let mut answer = asked.tell(problem);
            gates.quotas.tell_refused(*kind, &mut answer);
            answer
        }
        None | Some(Ok(_)) => {
            request.extensions_mut().insert(Arc::clone(&connection));
            request.extensions_mut().insert(Arc::clone(&asked));
            made(&asked, router, &kept, request).await
        }
    };
    if let Some(Ok(charge)) = &charge {
        // An answer that the client has already costs nobody anything.
        if answer.status() == StatusCode::NOT_MODIFIED {
            charge.give_back();
        }
        charge.tell(&mut answer);
        gates.meters.clients.set(i64::try_from(gates.quotas.clients()).unwrap_or(i64::MAX));
    }
    let route = answer.extensions_mut().remove::<MatchedPath>();
    let mut answer = asked.told(hold(&connection, answer).await);
    if answer.extensions().get::<Told>().is_some() {
        dress(&mut answer, exempt(asked.uri.path()));
    }
    let headers = answer.headers_mut();
    if asked.is_read() {
        // What was refused without the router is to be read by other origins too.
        headers.entry(header::ACCESS_CONTROL_ALLOW_ORIGIN).or_insert(HeaderValue::from_static("*"));
    } else {
        headers.remove(header::ACCESS_CONTROL_ALLOW_ORIGIN);
        headers.remove(header::ACCESS_CONTROL_EXPOSE_HEADERS);
    }
    gates.meters.answered(&asked.method, route.as_ref(), answer.status(), begun.elapsed());
    connection.has_answer();
    Ok(answer)
}

/// An answer as it is kept, or made anew; packed where that is asked for.
async fn made(
    asked: &Asked,
    router: TowerToHyperService<Router>,
    kept: &Kept,
    request: hyper::Request<Incoming>,
) -> Response {
    let name = Kept::name(asked, !request.body().is_end_stream());
    let answer = match name.as_deref().and_then(|name| kept.get(name)) {
        Some(answer) => answer,
        None => {
            let Ok(answer) = router.call(request).await;
            let answer = pack::whole(answer).await;
            match name {
                Some(name) => kept.keep(name, answer).await,
                None => answer,
            }
        }
    };
    // The ending of a list's path wins over `Accept`.
    let is_named =
        answer.extensions().get::<MatchedPath>().is_some_and(|route| Form::of_path(route.as_str()).is_some());
    let is_told = asked.is_read() && answer.status().is_success() && !exempt(asked.uri.path());
    if is_told && !is_named && !asked.accept.takes(answer.headers().get(header::CONTENT_TYPE)) {
        let media =
            answer.headers().get(header::CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or_default();
        return not_acceptable(media).into_response();
    }
    answer
}

/// Something that goes wrong, told with its count and not each time.
struct Complaint {
    what: &'static str,
    count: u64,
    told: Option<Instant>,
}

impl Complaint {
    fn new(what: &'static str) -> Complaint {
        Complaint { what, count: 0, told: None }
    }

    fn tell(&mut self, last: &dyn std::fmt::Display) {
        self.count = self.count.saturating_add(1);
        if self.told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
            tracing::warn!(count = self.count, %last, "{}", self.what);
            (self.count, self.told) = (0, Some(Instant::now()));
        }
    }
}
