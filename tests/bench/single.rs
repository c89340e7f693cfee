//! One event a request: as fast as it goes, at half of that, and one after another.

use crate::load::{Load, World};
use crate::served::{Client, Served, options, post};
use crate::{cpu, limits};
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 128;

/// What a run of requests came to.
pub(crate) struct Answered {
    /// Events a second.
    pub rate: f64,
    /// Of each request, in ascending order.
    times: Vec<Duration>,
    /// Processors' time of the clients' threads, and of the whole process.
    client: Duration,
    all: Duration,
}

impl Answered {
    fn at(&self, percent: usize) -> Duration {
        self.times[(self.times.len() * percent / 100).min(self.times.len() - 1)]
    }

    fn share(&self) -> String {
        format!(
            "the client took {:.2} of {:.2} s of processors' time",
            self.client.as_secs_f64(),
            self.all.as_secs_f64()
        )
    }
}

/// Sends each part on a connection of its own, one request in flight on each. With an interval a request is *due* at its
/// place in the whole run, and its time counts from then, whether or not the answer before it has come: an open loop.
fn send(served: &Served, parts: &[Vec<String>], interval: Option<Duration>) -> Answered {
    let before = cpu::of_process();
    // Once all are connected.
    let start = Instant::now() + Duration::from_millis(50);
    let connections = u32::try_from(parts.len()).unwrap();
    let ended: Vec<(Vec<Duration>, Duration)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .zip(parts)
            .map(|(number, notes)| {
                let address = served.address;
                scope.spawn(move || {
                    let requests: Vec<Vec<u8>> = notes.iter().map(|note| post("text/plain", note)).collect();
                    let mut client = Client::new(address);
                    wait_until(start);
                    let before = cpu::of_thread();
                    let one = |(at, request): (u32, &Vec<u8>)| {
                        let due = interval.map(|interval| start + interval * (at * connections + number));
                        if let Some(due) = due {
                            wait_until(due);
                        }
                        let from = due.unwrap_or_else(Instant::now);
                        client.ask(request);
                        from.elapsed()
                    };
                    let times = (0..).zip(&requests).map(one).collect::<Vec<_>>();
                    (times, cpu::of_thread().saturating_sub(before))
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let wall = start.elapsed();
    let client = ended.iter().map(|(_, time)| *time).sum();
    let mut times: Vec<Duration> = ended.into_iter().flat_map(|(times, _)| times).collect();
    times.sort();
    let rate = times.len() as f64 / wall.as_secs_f64();
    Answered { rate, times, client, all: cpu::of_process().saturating_sub(before) }
}

fn wait_until(due: Instant) {
    std::thread::sleep(due.saturating_duration_since(Instant::now()));
}

/// A fresh ledger under as much load as 128 connections bring, one request in flight on each.
pub(crate) fn saturated(events: usize) -> Answered {
    let dir = tempfile::tempdir().unwrap();
    let World { node, mut chains } = World::new(dir.path(), options(dir.path()));
    let load = Load::gifts(&node, &mut chains, events, 1);
    send(&Served::new(node), &load.by_connection(CONNECTIONS), None)
}

pub(crate) fn saturated_and_paced(events: usize) {
    let dir = tempfile::tempdir().unwrap();
    let World { node, mut chains } = World::new(dir.path(), options(dir.path()));
    let loads = [Load::gifts(&node, &mut chains, events, 1), Load::gifts(&node, &mut chains, events * 2, 1)];
    let [first, second] = loads.map(|load| load.by_connection(CONNECTIONS));
    let fsync = limits::fsync(dir.path());
    let served = Served::new(node);
    let full = send(&served, &first, None);
    println!(
        "3 one event a request, {CONNECTIONS} connections, saturated: {:.2} of 20,000 events/s ({:.0} events/s, median {:.2?}, p99 {:.2?}; {})",
        full.rate / 20_000.0,
        full.rate,
        full.at(50),
        full.at(99),
        full.share()
    );
    let paced = send(&served, &second, Some(Duration::from_secs_f64(2.0 / full.rate)));
    let allowed = fsync.p99 * 3 + Duration::from_millis(5);
    println!(
        "3 the same, paced at half of that (open loop): p99 {:.2} of 3 × fsync p99 + 5 ms ({:.2?} of {allowed:.2?}; {:.0} events/s, median {:.2?}; {})",
        paced.at(99).as_secs_f64() / allowed.as_secs_f64(),
        paced.at(99),
        paced.rate,
        paced.at(50),
        paced.share()
    );
}

pub(crate) fn latency() {
    let dir = tempfile::tempdir().unwrap();
    let World { node, mut chains } = World::new(dir.path(), options(dir.path()));
    let load = Load::gifts(&node, &mut chains[..1], 500, 1);
    let fsync = limits::fsync(dir.path());
    let answered = send(&Served::new(node), &load.by_connection(1), None);
    let (median, allowed) = (answered.at(50), fsync.median * 2 + Duration::from_millis(1));
    println!(
        "4 one client, one event in flight: median {:.2} of 2 fsyncs + 1 ms ({median:.2?} of {allowed:.2?})",
        median.as_secs_f64() / allowed.as_secs_f64()
    );
}
