//! Public reads of what cannot change, beside a bare handler that gives the same bytes, and beside nginx.

use crate::cpu;
use crate::peers::{is_installed, skipped};
use crate::served::{Client, Served};
use crate::stored::Stored;
use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::routing::get;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Connections of the readers, one request in flight on each.
const CONNECTIONS: usize = 16;
const LENGTH: Duration = Duration::from_millis(1500);
/// Goes over all servers.
const ROUNDS: usize = 3;
const TILE: &str = "/tile/0/000";

/// What readers had of a server.
#[derive(Clone, Copy)]
struct Had {
    /// Answers a second.
    rate: f64,
    /// Processors' time of this process for each, the readers' taken off: the server's, where it is in this process.
    cost: Duration,
}

pub(crate) fn reads() {
    let mut stored = Stored::new();
    stored.grow(2_000);
    stored.close();
    stored.open();
    let served = Served::new(stored.take());
    let size = served.node.shared().published_size();
    let totals = format!("/v1/totals?at={size}");
    let bare = Bare::new(served.address, &[TILE, &totals]);
    let nginx = Nginx::start(served.address);
    for (path, what) in [(TILE, "a tile"), (totals.as_str(), "a page of JSON")] {
        let length = body(served.address, path).len();
        // Each in turn, so that what disturbs the machine disturbs all of them.
        let mut had: [Vec<Had>; 3] = Default::default();
        for _ in 0..ROUNDS {
            had[0].push(read(served.address, path));
            had[1].push(read(bare.address, path));
            if let Some(nginx) = nginx.as_ref().filter(|_| path == TILE) {
                had[2].push(read(nginx.address, path));
            }
        }
        let [ours, bare, nginx] = had.map(median);
        let (ours, bare) = (ours.unwrap(), bare.unwrap());
        println!(
            "12 {what} of {length} bytes, {CONNECTIONS} connections: {:.2} of a bare axum handler (budget 0.80; {:.0} of {:.0} answers/s; server's time for one {:.1} and {:.1} µs, {:.2})",
            ours.rate / bare.rate,
            ours.rate,
            bare.rate,
            ours.cost.as_secs_f64() * 1e6,
            bare.cost.as_secs_f64() * 1e6,
            bare.cost.as_secs_f64() / ours.cost.as_secs_f64()
        );
        if let Some(nginx) = nginx {
            println!(
                "12 {what} of {length} bytes: {:.2} of nginx with the same file and one worker a core (budget 1; {:.0} of {:.0} answers/s)",
                ours.rate / nginx.rate,
                ours.rate,
                nginx.rate
            );
        }
    }
}

/// The one with the median rate.
fn median(mut had: Vec<Had>) -> Option<Had> {
    had.sort_by(|one, other| one.rate.total_cmp(&other.rate));
    had.get(had.len() / 2).copied()
}

fn request(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\n\r\n").into_bytes()
}

fn body(address: SocketAddr, path: &str) -> Vec<u8> {
    let mut client = Client::new(address);
    let (bytes, body) = client.ask(&request(path));
    bytes[body..].to_vec()
}

/// Reads one path for a while.
fn read(address: SocketAddr, path: &str) -> Had {
    let request = request(path);
    let length = Client::new(address).ask(&request).0.len();
    let before = cpu::of_process();
    let start = Instant::now();
    let ended: Vec<(u32, Duration)> = std::thread::scope(|scope| {
        let request = request.as_slice();
        let threads: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                scope.spawn(move || {
                    let mut client = Client::new(address);
                    let mut count = 0;
                    while start.elapsed() < LENGTH {
                        client.ask_for(request, length);
                        count += 1;
                    }
                    (count, cpu::of_thread())
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let time = start.elapsed();
    let count: u32 = ended.iter().map(|(count, _)| count).sum();
    let readers: Duration = ended.iter().map(|(_, time)| *time).sum();
    let all = cpu::of_process().saturating_sub(before);
    Had { rate: f64::from(count) / time.as_secs_f64(), cost: all.saturating_sub(readers) / count.max(1) }
}

/// Axum alone, on a runtime like the ledger's, with the bytes and the headers that the ledger gave.
struct Bare {
    address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

impl Bare {
    fn new(ledger: SocketAddr, paths: &[&str]) -> Bare {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let mut router = Router::new();
        for path in paths {
            let bytes = Bytes::from(body(ledger, path));
            let kind = if *path == TILE { "application/octet-stream" } else { "application/json" };
            let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "public, max-age=604800, immutable")];
            let handler = move || async move { (headers, bytes.clone()) };
            router = router.route(path.split('?').next().unwrap(), get(handler));
        }
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, router).await });
        Bare { address, _runtime: runtime }
    }
}

/// Nginx with the tile as a file.
struct Nginx {
    address: SocketAddr,
    dir: tempfile::TempDir,
    child: Child,
}

impl Nginx {
    fn start(ledger: SocketAddr) -> Option<Nginx> {
        if !is_installed("nginx", "-v") {
            skipped("a tile beside nginx", "nginx is not installed");
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join(TILE.trim_start_matches('/'));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, body(ledger, TILE)).unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let root = dir.path().display();
        std::fs::write(
            dir.path().join("nginx.conf"),
            format!(
                "daemon off;\nuser {user};\nworker_processes auto;\npid {root}/pid;\nerror_log {root}/errors;\nevents {{}}\n\
                 http {{\n  client_body_temp_path {root}/t1;\n  proxy_temp_path {root}/t2;\n  fastcgi_temp_path {root}/t3;\n\
                 \x20 uwsgi_temp_path {root}/t4;\n  scgi_temp_path {root}/t5;\n  access_log off;\n  sendfile on;\n  tcp_nopush on;\n  keepalive_requests 1000000000;\n\
                 \x20 open_file_cache max=1000;\n  types {{}}\n  default_type application/octet-stream;\n\
                 \x20 add_header cache-control 'public, max-age=604800, immutable';\n\
                 \x20 server {{ listen {address}; root {root}; }}\n}}\n",
                user = user()
            ),
        )
        .unwrap();
        let child = Nginx::command(dir.path()).stderr(Stdio::null()).spawn().unwrap();
        let nginx = Nginx { address, dir, child };
        let until = Instant::now() + Duration::from_secs(5);
        while std::net::TcpStream::connect(address).is_err() {
            if Instant::now() > until {
                let errors = std::fs::read_to_string(nginx.dir.path().join("errors")).unwrap_or_default();
                skipped("a tile beside nginx", &format!("it does not answer: {errors}"));
                return None;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(nginx)
    }

    fn command(dir: &Path) -> Command {
        let mut command = Command::new("nginx");
        command.arg("-e").arg(dir.join("errors")).arg("-p").arg(dir).arg("-c").arg(dir.join("nginx.conf"));
        command
    }
}

/// Whose files nginx may read: the temporary folder is its owner's.
fn user() -> String {
    let told = Command::new("id").arg("-un").output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&told).trim().to_owned()
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // In order, so that the master takes its workers with it.
        let _ = Nginx::command(self.dir.path()).args(["-s", "stop"]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }
}
