//! Benchmarks of the budgets in docs/SPEED.md, each beside its limit in the same run.
//!
//! A run of one benchmark: `scripts/bench append`. Load is signed before the clock starts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::float_arithmetic,
    reason = "a test that cannot go on should stop; rates are no money"
)]

mod cluster;
mod limits;
mod load;

use almoner_cli::audit::{Options as AuditOptions, Verdict, audit};
use almoner_cli::place::Place;
use almoner_server::app::{LedgerDirectory, Node, Options};
use almoner_server::http::{Serving, serve};
use load::{Load, World};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|w| name.contains(w.as_str()));
    let deep = std::env::var_os("ALMONER_DEEP").is_some();
    let events = if deep { 400_000 } else { 40_000 };
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    println!("{cores} cores, embedded store, fsync before the acknowledgement, every signature checked");
    if wants("append") {
        append(events, 1, "1 append, one gift an event, bulk over HTTP");
        append(events / 20, 256, "2 append, 256 gifts an event, bulk over HTTP");
    }
    if wants("single") {
        single(events / 4);
    }
    if wants("latency") {
        latency();
    }
    if wants("audit") || wants("restart") || wants("size") {
        audit_and_restart(events, wants("audit"), wants("restart"), wants("size"));
    }
    if wants("trail") {
        trail(if deep { 10_000 } else { 2_000 });
    }
    if wants("cluster") {
        cluster::cluster();
    }
}

fn options(dir: &Path) -> Options {
    Options { anchor: Some(dir.join("anchor")), ..Options::default() }
}

/// A served ledger that ends with the value.
struct Served {
    node: Arc<Node>,
    address: std::net::SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Served {
    fn new(node: Arc<Node>) -> Served {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let serving = runtime.block_on(Serving::bind("127.0.0.1:0")).unwrap();
        let address = serving.address;
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let served = Arc::clone(&node);
        runtime.spawn(serve(serving, served, async {
            let _ = stopped.await;
        }));
        Served { node, address, stop: Some(stop), runtime: Some(runtime) }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(1));
        }
        self.node.stop();
    }
}

/// Sends a request and reads the whole answer; panics unless the status is one of `good`.
fn roundtrip(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) {
    stream.write_all(request).unwrap();
    buffer.clear();
    let mut chunk = [0u8; 65536];
    loop {
        let n = stream.read(&mut chunk).unwrap();
        assert!(n > 0, "the server closed the connection");
        buffer.extend_from_slice(&chunk[..n]);
        let Some(head) = buffer.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
        let text = String::from_utf8_lossy(&buffer[..head]).to_lowercase();
        assert!(text.starts_with("http/1.1 20"), "{}", String::from_utf8_lossy(buffer));
        let length: usize =
            text.lines().find_map(|l| l.strip_prefix("content-length: ")).unwrap().trim().parse().unwrap();
        if buffer.len() >= head + 4 + length {
            return;
        }
    }
}

fn bulk_requests(notes: &[String], per: usize) -> Vec<Vec<u8>> {
    notes
        .chunks(per)
        .map(|part| {
            let body = serde_json::json!({ "events": part }).to_string();
            let head = format!("POST /v1/events HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
            [head.into_bytes(), body.into_bytes()].concat()
        })
        .collect()
}

fn append(events: usize, gifts: usize, name: &str) {
    let dir = tempfile::tempdir().unwrap();
    let World { node, chains } = World::new(dir.path(), options(dir.path()));
    let load = Load::gifts(&node, &chains, events, gifts);
    let limit = limits::verify_rate(&load.notes);
    let served = Served::new(Arc::new(node));
    let per = if gifts == 1 { 1000 } else { 200 };
    // Each chain's events stay in order on one connection; the connections run beside each other.
    let parts: Vec<Vec<Vec<u8>>> = load.by_connection(8).iter().map(|notes| bulk_requests(notes, per)).collect();
    let before = served.node.shared().committed();
    let start = Instant::now();
    std::thread::scope(|scope| {
        for requests in &parts {
            let address = served.address;
            scope.spawn(move || {
                let mut stream = TcpStream::connect(address).unwrap();
                stream.set_nodelay(true).unwrap();
                let mut buffer = Vec::new();
                for request in requests {
                    roundtrip(&mut stream, request, &mut buffer);
                }
            });
        }
    });
    let seconds = start.elapsed().as_secs_f64();
    let done = served.node.shared().committed() - before;
    assert_eq!(done, events as u64, "every event must be admitted");
    let rate = events as f64 / seconds;
    println!(
        "{name}: {:.2} of verify_strict alone on all cores ({rate:.0} of {limit:.0} events/s, {:.0} gifts/s)",
        rate / limit,
        rate * gifts as f64
    );
}

fn single(events: usize) {
    let dir = tempfile::tempdir().unwrap();
    let World { node, chains } = World::new(dir.path(), options(dir.path()));
    let load = Load::gifts(&node, &chains, events, 1);
    let fsync = limits::fsync(dir.path());
    let served = Served::new(Arc::new(node));
    let parts = load.by_connection(128);
    let start = Instant::now();
    let mut times: Vec<Duration> = std::thread::scope(|scope| {
        let threads: Vec<_> = parts
            .iter()
            .map(|notes| {
                let address = served.address;
                scope.spawn(move || {
                    let mut stream = TcpStream::connect(address).unwrap();
                    stream.set_nodelay(true).unwrap();
                    let mut buffer = Vec::new();
                    let one = |note: &String| {
                        let request = format!("POST /v1/events HTTP/1.1\r\nhost: bench\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n{note}", note.len());
                        let start = Instant::now();
                        roundtrip(&mut stream, request.as_bytes(), &mut buffer);
                        start.elapsed()
                    };
                    notes.iter().map(one).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|t| t.join().unwrap()).collect()
    });
    let rate = events as f64 / start.elapsed().as_secs_f64();
    times.sort();
    let p99 = times[times.len() * 99 / 100];
    let allowed = fsync.p99 * 3 + Duration::from_millis(5);
    println!(
        "3 one event a request, 128 connections: {rate:.0} events/s, p99 {:.2} of 3 × fsync p99 + 5 ms ({p99:.2?} of {allowed:.2?}); client and server share the cores",
        p99.as_secs_f64() / allowed.as_secs_f64()
    );
}

fn latency() {
    let dir = tempfile::tempdir().unwrap();
    let World { node, chains } = World::new(dir.path(), options(dir.path()));
    let load = Load::gifts(&node, &chains[..1], 500, 1);
    let fsync = limits::fsync(dir.path());
    let served = Served::new(Arc::new(node));
    let mut stream = TcpStream::connect(served.address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut buffer = Vec::new();
    let mut times: Vec<Duration> = load
        .notes
        .iter()
        .map(|note| {
            let request = format!("POST /v1/events HTTP/1.1\r\nhost: bench\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n{note}", note.len());
            let start = Instant::now();
            roundtrip(&mut stream, request.as_bytes(), &mut buffer);
            start.elapsed()
        })
        .collect();
    times.sort();
    let median = times[times.len() / 2];
    let allowed = fsync.median * 2 + Duration::from_millis(1);
    println!(
        "4 one client, one event in flight: median {:.2} of 2 fsyncs + 1 ms ({median:.2?} of {allowed:.2?})",
        median.as_secs_f64() / allowed.as_secs_f64()
    );
}

fn audit_and_restart(events: usize, audits: bool, restarts: bool, sizes: bool) {
    let dir = tempfile::tempdir().unwrap();
    let World { node, chains } = World::new(dir.path(), options(dir.path()));
    let load = Load::gifts(&node, &chains, events, 1);
    let limit = limits::verify_rate(&load.notes);
    for part in load.by_connection(1)[0].chunks(1000) {
        let outcomes = node.submit(part.iter().map(|n| n.clone().into_bytes()).collect()).unwrap();
        assert!(outcomes.iter().all(Result::is_ok));
    }
    let size = node.shared().committed();
    node.stop();
    drop(node);
    if sizes {
        let notes: usize = load.notes.iter().map(String::len).sum();
        let files = ["ledger.sqlite", "ledger.sqlite-wal"]
            .iter()
            .map(|f| std::fs::metadata(dir.path().join(f)).map_or(0, |m| m.len()))
            .sum::<u64>();
        println!(
            "9 bytes on disk: {:.2} of the notes' own bytes ({} bytes an event)",
            files as f64 / notes as f64,
            files / size
        );
    }
    let place = Place::open(dir.path().to_str().unwrap()).unwrap();
    let policy = || place.policy(None).unwrap();
    let root = node_root(dir.path());
    if audits {
        let start = Instant::now();
        let report = audit(place.judged(), &AuditOptions { policy: policy(), ..AuditOptions::default() });
        assert_eq!(report.verdict, Verdict::Verified, "{:?}", report.findings);
        let rate = size as f64 / start.elapsed().as_secs_f64();
        println!(
            "5 full audit: {:.2} of verify_strict alone on all cores ({rate:.0} of {limit:.0} events/s)",
            rate / limit
        );
        let start = Instant::now();
        let options = AuditOptions { policy: policy(), accepted_prefix: Some((size, root)), ..AuditOptions::default() };
        assert_eq!(audit(place.judged(), &options).verdict, Verdict::Verified);
        let rate = size as f64 / start.elapsed().as_secs_f64();
        println!(
            "6 audit beyond signatures: {:.2} of the budget of 600,000 events/s ({rate:.0} events/s)",
            rate / 600_000.0
        );
    }
    drop(place);
    if restarts {
        let start = Instant::now();
        let node = Node::open(&LedgerDirectory::new(dir.path()), options(dir.path())).unwrap();
        let rate = size as f64 / start.elapsed().as_secs_f64();
        println!(
            "7 restart, books and views folded from stored bytes: {:.2} of the budget of 1,000,000 events/s ({rate:.0} events/s)",
            rate / 1_000_000.0
        );
        node.stop();
    }
}

fn node_root(dir: &Path) -> almoner_proof::Hash {
    let text = {
        let place = Place::open(dir.to_str().unwrap()).unwrap();
        String::from_utf8(place.source.checkpoint().unwrap()).unwrap()
    };
    almoner_proof::Checkpoint::of_note(text.as_bytes()).unwrap().root
}

/// A trail over five hops in pools that many gifts went through.
fn trail(gifts: usize) {
    use almoner_views::trail::{Fifo, Inflow, Outgo};
    let mut fifo = Fifo::new();
    let pools: Vec<_> = (0..6).map(|_| fifo.open_pool().unwrap()).collect();
    let mut lots = Vec::new();
    for at in 0..gifts as u64 {
        lots.push(fifo.inflow(at * 10, pools[0], 100, 1, Inflow::Gift).unwrap());
        for hop in 0..5 {
            fifo.carry(at * 10 + 1 + hop as u64, pools[hop], 60, pools[hop + 1], 60).unwrap();
        }
        fifo.outflow(at * 10 + 7, pools[5], 30, Outgo::Spent).unwrap();
    }
    let mut times: Vec<Duration> = lots
        .iter()
        .step_by((gifts / 500).max(1))
        .map(|lot| {
            let part = fifo.whole(*lot).unwrap();
            let start = Instant::now();
            assert!(!fifo.runs(*lot, &part, None).unwrap().is_empty());
            start.elapsed()
        })
        .collect();
    times.sort();
    let p99 = times[times.len() * 99 / 100];
    println!("11 trail over 5 hops, {gifts} gifts: p99 {:.4} of 5 ms ({p99:.2?})", p99.as_secs_f64() / 0.005);
}
