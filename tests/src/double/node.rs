//! One node: a thread with a runtime of its own, so that ending the runtime cuts every connection at once.

use crate::double::cluster::Cluster;
use crate::double::discovery::{Features, Members};
use crate::double::service::Service;
use crate::double::wire::gossip::gossip_server::GossipServer;
use crate::double::wire::server_features::server_features_server::ServerFeaturesServer;
use crate::double::wire::streams::streams_server::StreamsServer;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, mpsc as sync};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::net::TcpSocket;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

/// Large enough for any request a test sends.
const LARGEST_MESSAGE: usize = 64 * 1024 * 1024;
/// Kestrel's windows, so that the client gets its acknowledgements in the same rhythm.
const STREAM_WINDOW: u32 = 768 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;

/// What a node can be told to do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    /// Listen; nothing changes for a node that does.
    Start,
    /// Cut every connection and do not listen.
    Stop,
    /// The same, after so long.
    StopAfter(Duration),
    /// Cut every connection, and be back after so long.
    Refuse(Duration),
    /// Cut every connection, then listen again if it listened.
    Reset,
    /// Cut every connection; the thread ends.
    End,
}

/// Gives orders to a node.
#[derive(Clone, Debug)]
pub(super) struct Orders(mpsc::UnboundedSender<(Order, sync::Sender<()>)>);

impl Orders {
    /// Does not wait; the receiver returned hears when it is done.
    pub(super) fn give(&self, order: Order) -> sync::Receiver<()> {
        let (done, heard) = sync::channel();
        // A node that is gone has every connection cut already.
        let _ = self.0.send((order, done));
        heard
    }
}

/// A node's thread; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) orders: Orders,
    thread: Option<JoinHandle<()>>,
}

/// Binds a port without listening: connections are refused, yet no other socket gets the port. Else a
/// client's own outgoing connection could take it while the node is down, or even connect to itself.
pub(super) fn reserve() -> (TcpSocket, u16) {
    let socket = bind(0);
    let port = socket.local_addr().expect("the socket's address").port();
    (socket, port)
}

fn bind(port: u16) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_reuseaddr(true).expect("SO_REUSEADDR");
    socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).expect("the node's port");
    socket
}

/// Whether a node listens.
#[derive(Clone, Copy, Debug)]
enum Phase {
    Up,
    Down,
    DownFor(Duration),
}

impl Node {
    /// A node that does not listen yet.
    pub(super) fn new(cluster: &Arc<Cluster>, node: usize, reserved: TcpSocket, port: u16) -> Node {
        let (sender, orders) = mpsc::unbounded_channel();
        let given = Orders(sender);
        let life = Life { cluster: Arc::clone(cluster), node, port, orders, given: given.clone() };
        let thread = std::thread::Builder::new().name(format!("double-{node}"));
        let thread = thread.spawn(move || {
            let _reserved = reserved;
            life.run();
        });
        Node { orders: given, thread: Some(thread.expect("a thread")) }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.orders.give(Order::End));
        if let Some(thread) = self.thread.take() {
            // Its panic, if it had one, failed the test already.
            let _ = thread.join();
        }
    }
}

/// What the node's thread works with.
struct Life {
    cluster: Arc<Cluster>,
    node: usize,
    port: u16,
    orders: mpsc::UnboundedReceiver<(Order, sync::Sender<()>)>,
    given: Orders,
}

impl Life {
    fn run(mut self) {
        let mut phase = Phase::Down;
        let mut heard = None;
        loop {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            let (order, hears) = runtime.block_on(self.live(phase, heard.take()));
            // Known before any client can notice.
            self.cluster.state().set_alive(self.node, false);
            // Every task goes with it: listener, connections, requests under way.
            drop(runtime);
            heard = hears;
            phase = match order {
                Order::Start | Order::Reset => Phase::Up,
                Order::Stop | Order::StopAfter(_) => Phase::Down,
                Order::Refuse(for_) => Phase::DownFor(for_),
                Order::End => return,
            };
        }
    }

    /// One phase, until an order ends it; that order is done when the next phase has begun.
    async fn live(&mut self, phase: Phase, heard: Option<sync::Sender<()>>) -> (Order, Option<sync::Sender<()>>) {
        let up = matches!(phase, Phase::Up);
        if up {
            self.serve();
            self.cluster.state().set_alive(self.node, true);
        }
        if let Some(heard) = heard {
            let _ = heard.send(());
        }
        let mut end = match phase {
            Phase::DownFor(for_) => Some(Instant::now() + for_),
            Phase::Up | Phase::Down => None,
        };
        loop {
            let (order, heard) = tokio::select! {
                given = self.orders.recv() => given.expect("this node holds a sender itself"),
                () = tokio::time::sleep_until(end.unwrap_or_else(Instant::now)), if end.is_some() => {
                    return (if up { Order::Stop } else { Order::Start }, None);
                }
            };
            match (order, up) {
                (Order::StopAfter(time), true) => end = Some(Instant::now() + time),
                (Order::Start, true) | (Order::Refuse(_) | Order::StopAfter(_) | Order::Reset, false) => {}
                _ => return (order, Some(heard)),
            }
            let _ = heard.send(());
        }
    }

    fn serve(&self) {
        let listener = bind(self.port).listen(1024).expect("a listener");
        // Kestrel sets TCP_NODELAY, too; without it small answers would wait for acknowledgements.
        let incoming = TcpIncoming::from_listener(listener, true, None).expect("incoming connections");
        let cluster = Arc::clone(&self.cluster);
        let service = Service { cluster: Arc::clone(&cluster), node: self.node, orders: self.given.clone() };
        let server = Server::builder()
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .add_service(StreamsServer::new(service).max_decoding_message_size(LARGEST_MESSAGE))
            .add_service(GossipServer::new(Members { cluster: Arc::clone(&cluster), node: self.node }))
            .add_service(ServerFeaturesServer::new(Features { cluster, node: self.node }));
        tokio::spawn(server.serve_with_incoming(incoming));
    }
}
