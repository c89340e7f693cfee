//! A protocol double of KurrentDB (EventStoreDB's gRPC interface): real sockets, no disk, and faults on
//! request.
//!
//! It answers what the event store's client asks for appending, reading, deleting and finding the leader,
//! by the rules observed on a real node. All nodes of a cluster share one committed state; what a node
//! has for itself is its port, whether it is frozen, and, after it was deposed, the past.
//!
//! Where it is simpler: appends arrive in one message (`is_final`), deadlines in requests are ignored, reads
//! are of one stream, a frozen node still answers HTTP/2 pings and goes on with reads begun before, and
//! a node that restarts has everything at once.

#![allow(clippy::result_large_err, reason = "tonic's services fail with its Status, which is large")]

mod cluster;
mod convert;
mod discovery;
mod fault;
mod node;
mod reading;
mod service;
mod state;
mod stream;
mod users;
mod wire;

pub use fault::Fault;
pub use stream::Recorded;

use cluster::Cluster;
use node::{Node, Order};
use state::State;
use std::sync::Arc;
use std::time::Duration;

/// A cluster of doubles on loopback, each on its own port; node 0 leads at first. It ends when dropped.
#[derive(Debug)]
pub struct Double {
    cluster: Arc<Cluster>,
    ports: Vec<u16>,
    nodes: Vec<Node>,
}

impl Double {
    /// One node.
    pub fn start() -> Double {
        Double::cluster(1)
    }

    /// So many nodes.
    pub fn cluster(nodes: usize) -> Double {
        let reserved: Vec<_> = (0..nodes).map(|_| node::reserve()).collect();
        let ports: Vec<_> = reserved.iter().map(|(_, port)| *port).collect();
        let cluster = Arc::new(Cluster::new(&ports));
        let nodes = reserved.into_iter().enumerate();
        let nodes = nodes.map(|(node, (socket, port))| Node::new(&cluster, node, socket, port)).collect();
        let double = Double { cluster, ports, nodes };
        for node in 0..double.nodes.len() {
            double.order(node, Order::Start);
        }
        double
    }

    /// Where a client finds the cluster.
    pub fn connection(&self) -> String {
        let nodes: Vec<_> = self.ports.iter().map(|port| format!("127.0.0.1:{port}")).collect();
        let preference = if nodes.len() > 1 { "&nodePreference=leader" } else { "" };
        format!("esdb://{}?tls=false{preference}", nodes.join(","))
    }

    /// Where a client finds the cluster as a user.
    pub fn connection_as(&self, user: &str, password: &str) -> String {
        self.connection().replacen("esdb://", &format!("esdb://{user}:{password}@"), 1)
    }

    /// Where a client finds one node.
    pub fn connection_to(&self, node: usize) -> String {
        format!("esdb://127.0.0.1:{}?tls=false", self.ports[node])
    }

    /// Will hit one coming append of any stream; faults hit in their order.
    pub fn fault(&self, fault: Fault) {
        self.cluster.state().faults.push(None, fault);
    }

    /// Will hit one coming append of this stream.
    pub fn fault_on(&self, stream: &str, fault: Fault) {
        self.cluster.state().faults.push(Some(stream), fault);
    }

    /// Stops listening and cuts every connection. The state stays, and nobody is elected.
    pub fn kill(&self, node: usize) {
        self.order(node, Order::Stop);
        self.cluster.freeze(node, false);
    }

    /// Listens again on the same port: as leader if it still is, else as a follower.
    pub fn revive(&self, node: usize) {
        self.order(node, Order::Start);
    }

    /// From now on requests arrive but nothing is done or answered, until [`thaw`](Double::thaw).
    pub fn freeze(&self, node: usize) {
        self.cluster.freeze(node, true);
    }

    /// Does all that arrived meanwhile, whether or not anybody still waits for it.
    pub fn thaw(&self, node: usize) {
        self.cluster.freeze(node, false);
    }

    /// Makes a node the leader, decides every uncommitted tail, cuts the old leader's connections.
    pub fn elect(&self, node: usize) {
        let mut state = self.cluster.state();
        let old = state.leader;
        state.elect(node);
        drop(state);
        self.cluster.changed();
        if old != node {
            self.order(old, Order::Reset);
        }
    }

    /// Another node leads from now on, without the uncommitted tails, whatever was said about them.
    /// For so long the deposed one answers reads as if it led, tails included, and commits nothing;
    /// then it ends by itself. Revived, it is a follower with the new leader's past.
    pub fn depose(&self, node: usize, leader: usize, for_: Duration) {
        self.cluster.state().depose(node, leader);
        self.order(node, Order::StopAfter(for_));
        self.cluster.changed();
    }

    /// Whether the node listens.
    pub fn listens(&self, node: usize) -> bool {
        self.cluster.state().members[node].alive
    }

    /// Added to each append's answer; nothing at first.
    pub fn answer_delay(&self, delay: Duration) {
        self.cluster.set_delay(delay);
    }

    /// The time that the node takes for each 128 events that are read; nothing at first. It does nothing else meanwhile.
    pub fn read_delay(&self, delay: Duration) {
        self.cluster.set_read_delay(delay);
    }

    /// Each read, and each first append of a session, is answered so much later: as slow as a real node is for this
    /// client, whose requests are small and wait for acknowledgements. Nothing at first.
    pub fn late(&self, late: Duration) {
        self.cluster.set_late(late);
    }

    /// From the first user on the server knows users, and asks lists who may read and write a stream. Whoever names none
    /// is nobody in particular, as on a real server.
    pub fn user(&self, name: &str, password: &str, is_admin: bool) {
        self.cluster.state().users.add(name, password, is_admin);
    }

    /// An event as anybody who reaches the port could append it, at the stream's end.
    pub fn intrude(&self, name: &str, event: Recorded) {
        self.tamper(name, |stream| {
            let revision = stream.last().map_or(0, |last| last.revision + 1);
            stream.push(Recorded { revision, ..event });
        });
    }

    /// For each append answered since the last call: from the request's last byte to the answer's first.
    pub fn answer_times(&self) -> Vec<Duration> {
        self.cluster.take_times()
    }

    /// The committed events that readers of the leader see; `None` where they find no stream.
    pub fn stream(&self, name: &str) -> Option<Vec<Recorded>> {
        let mut state = self.cluster.state();
        let leader = state.leader;
        let visible = State::visible_from(state.seen_by(leader), name)?;
        let events = state.events(name).iter().filter(|event| event.revision >= visible);
        Some(events.cloned().collect())
    }

    /// Changes the committed stream in place, also what its metadata hides. Revisions must keep rising.
    pub fn tamper(&self, name: &str, change: impl FnOnce(&mut Vec<Recorded>)) {
        change(self.cluster.state().events(name));
        self.cluster.changed();
    }

    /// Requests to append received so far, by any node, however they were answered.
    pub fn appends(&self) -> u64 {
        self.cluster.state().appends
    }

    fn order(&self, node: usize, order: Order) {
        // No answer comes from a node whose thread has ended, and then there is nothing to wait for.
        let _ = self.nodes[node].orders.give(order).recv();
    }
}
