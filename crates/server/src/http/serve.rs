//! The accept loop. Our own, because the framework's arms no header time-out: a slow client could
//! hold a socket for ever.

use super::{AppState, router};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// A client has this long to send its request's head.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// A request has this long in all; then it is answered 503.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
/// Connections at once; further ones wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 10_000;
/// At shutdown, answers under way have this long.
const DRAIN: Duration = Duration::from_secs(10);

/// A bound listener, not yet serving.
pub struct Serving {
    listener: TcpListener,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Serving {
    /// Binds; port 0 lets the system choose.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn bind(address: &str) -> std::io::Result<Serving> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Serving { listener, address })
    }
}

/// Serves until `stop` resolves, then drains.
pub async fn serve(serving: Serving, node: AppState, stop: impl Future<Output = ()>) {
    let service = TowerToHyperService::new(router(node).layer(axum::middleware::from_fn(time_limit)));
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(64 * 1024);
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    tokio::pin!(stop);
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            permit = Arc::clone(&slots).acquire_owned() => {
                let Ok(permit) = permit else { break };
                tokio::select! {
                    () = &mut stop => break,
                    accepted = serving.listener.accept() => accepted.map(|(stream, _)| (stream, permit)),
                }
            }
        };
        match accepted {
            Ok((stream, permit)) => {
                // Answers are small and complete: waiting to join packets only delays them.
                let _ = stream.set_nodelay(true);
                let connection = builder.serve_connection(TokioIo::new(stream), service.clone()).into_owned();
                let connection = graceful.watch(connection);
                tokio::spawn(async move {
                    let _ = connection.await;
                    drop(permit);
                });
            }
            // Out of descriptors, or a client that left: the loop must go on, but not spin.
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
    drop(serving.listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(DRAIN) => tracing::warn!("some connections were cut at shutdown"),
    }
}

async fn time_limit(request: axum::extract::Request, next: axum::middleware::Next) -> axum::response::Response {
    use axum::response::IntoResponse as _;
    match tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => super::Problem::new(503, "request.timeout", "the request took too long; send the same again")
            .retry_after(1)
            .into_response(),
    }
}
