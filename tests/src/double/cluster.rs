//! The state shared between nodes, and the ways to wait on it.

use crate::double::state::{Outcome, State};
use crate::double::stream::Append;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// What every node's services hold on to.
#[derive(Debug)]
pub(super) struct Cluster {
    state: Mutex<State>,
    /// For each node: whether it is frozen.
    gates: Vec<watch::Sender<bool>>,
    /// Counts changes of streams, so that subscriptions wake.
    changes: watch::Sender<u64>,
    delay: Mutex<Duration>,
    read_delay: Mutex<Duration>,
    late: Mutex<Duration>,
    times: Mutex<Vec<Duration>>,
}

impl Cluster {
    pub(super) fn new(ports: &[u16]) -> Cluster {
        Cluster {
            state: Mutex::new(State::new(ports.iter().copied())),
            gates: ports.iter().map(|_| watch::Sender::new(false)).collect(),
            changes: watch::Sender::new(0),
            delay: Mutex::default(),
            read_delay: Mutex::default(),
            late: Mutex::default(),
            times: Mutex::default(),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while the state was held")
    }

    pub(super) fn append(&self, node: usize, append: Append) -> Outcome {
        let outcome = self.state().append(node, append);
        self.changed();
        outcome
    }

    pub(super) fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    pub(super) fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(super) fn freeze(&self, node: usize, frozen: bool) {
        self.gates[node].send_replace(frozen);
    }

    /// Returns at once unless the node is frozen; else when it thaws.
    pub(super) async fn thawed(&self, node: usize) {
        let mut gate = self.gates[node].subscribe();
        // The sender lives as long as the cluster, so that waiting cannot fail.
        let _ = gate.wait_for(|frozen| !frozen).await;
    }

    pub(super) fn set_delay(&self, delay: Duration) {
        *self.delay.lock().expect("the delay") = delay;
    }

    pub(super) fn delay(&self) -> Duration {
        *self.delay.lock().expect("the delay")
    }

    pub(super) fn set_read_delay(&self, delay: Duration) {
        *self.read_delay.lock().expect("the delay") = delay;
    }

    pub(super) fn read_delay(&self) -> Duration {
        *self.read_delay.lock().expect("the delay")
    }

    pub(super) fn set_late(&self, late: Duration) {
        *self.late.lock().expect("the delay") = late;
    }

    pub(super) fn late(&self) -> Duration {
        *self.late.lock().expect("the delay")
    }

    pub(super) fn answered(&self, since: Instant) {
        self.times.lock().expect("the times").push(since.elapsed());
    }

    pub(super) fn take_times(&self) -> Vec<Duration> {
        std::mem::take(&mut self.times.lock().expect("the times"))
    }
}
