//! A ledger in a temporary directory, served with limits of the test's choice, and clients that speak bytes.

use almoner_proof::event::Draft;
use almoner_proof::merkle::empty_root;
use almoner_proof::{Hash, SecretKey, note};
use almoner_server::app::{LedgerDirectory, Node, Options};
use almoner_server::http::{Limits, Meters, Serving, serve};
use serde_json::{Map, Value, json};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub(crate) const ORIGIN: &str = "clients.example/log";
/// Longest that anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Server {
    pub address: SocketAddr,
    pub node: Arc<Node>,
    pub meters: Meters,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<JoinHandle<Duration>>,
    _directory: tempfile::TempDir,
}

impl Server {
    /// A ledger with so many further events of about 57 KiB.
    pub(crate) fn start(limits: Limits, events: usize) -> Server {
        let directory = tempfile::tempdir().unwrap();
        let ledger = LedgerDirectory::new(directory.path().join("ledger"));
        let mut count = 0u8;
        let mut seeds = || {
            count += 1;
            [count; 32]
        };
        let options = Options { anchor: Some(directory.path().join("anchor")), ..Options::default() };
        let node = Arc::new(ledger.init(ORIGIN, &mut seeds, options).unwrap());
        write(&node, &ledger.read_key("importer").unwrap(), events);
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let shared = Arc::clone(&node);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let mut serving = Serving::bind("127.0.0.1:0").await.unwrap();
                serving.limits = limits;
                tell.send((serving.address, serving.meters.clone())).unwrap();
                let mut since = None;
                let stop = async {
                    let _ = stopped.await;
                    since = Some(Instant::now());
                };
                serve(serving, shared, stop).await;
                since.map_or(Duration::ZERO, |since| since.elapsed())
            })
        });
        let (address, meters) = told.recv().unwrap();
        Server { address, node, meters, stop: Some(stop), thread: Some(thread), _directory: directory }
    }

    /// Tells it to stop, and how long it took.
    pub(crate) fn stop(&mut self) -> Duration {
        drop(self.stop.take());
        self.thread.take().unwrap().join().unwrap()
    }

    pub(crate) fn connect(&self) -> Client {
        Client::to(self.address)
    }

    /// A request on a connection of its own, as a good client makes it.
    pub(crate) fn ask(&self, path: &str) -> Answer {
        let mut client = self.connect();
        client.send(format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes());
        client.answer()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Descriptions of the importer, as long as one event may be.
fn write(node: &Node, key: &SecretKey, events: usize) {
    let (first, mut prev) = node.shared().head("importer").unwrap();
    let mut notes = Vec::new();
    for seq in first..first + events as u64 {
        let letters = || b'a'..=b'z';
        let tags =
            letters().flat_map(|one| letters().map(move |two| format!("{}{}", char::from(one), char::from(two))));
        let names: Map<String, Value> =
            tags.take(28).map(|tag| (tag, format!("{seq:04}").repeat(500).into())).collect();
        let data = json!({"identifiers": ["XX-1"], "names": names}).to_string();
        let draft = Draft {
            log: ORIGIN,
            chain: "importer",
            seq,
            prev,
            seen: (0, empty_root()),
            time: "2026-11-27T00:00:00Z",
            kind: "organisation.described/1",
            data: &data,
        };
        let text = draft.text();
        prev = Hash::of(text.as_bytes());
        notes.push(note::sign(&text, &[key]).into_bytes());
    }
    for outcome in node.submit(notes).unwrap() {
        outcome.unwrap();
    }
    while node.shared().views().size() < node.shared().committed() {
        std::thread::yield_now();
    }
    node.publish().unwrap();
}

pub(crate) struct Client(pub TcpStream);

pub(crate) struct Answer {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&self.body)))
    }
}

impl Client {
    pub(crate) fn to(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Client(stream)
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes);
    }

    /// The head of a POST of events, with a body of unknown length to come.
    pub(crate) fn begin_body(&mut self) {
        self.send(b"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    }

    /// A piece of it.
    pub(crate) fn piece(&mut self, bytes: usize) -> bool {
        let mut piece = format!("{bytes:x}\r\n").into_bytes();
        piece.resize(piece.len() + bytes, b' ');
        piece.extend(b"\r\n");
        self.0.write_all(&piece).is_ok()
    }

    /// One answer with a length.
    pub(crate) fn answer(&mut self) -> Answer {
        let mut bytes = Vec::new();
        let mut piece = [0; 16 << 10];
        loop {
            if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
                let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
                let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or(0);
                if bytes.len() >= end + 4 + length {
                    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
                    return Answer { status, head, body: bytes[end + 4..end + 4 + length].to_vec() };
                }
            }
            let read = self.0.read(&mut piece).unwrap_or_else(|e| panic!("{e} after {} bytes", bytes.len()));
            assert!(read > 0, "it ended after {:?}", String::from_utf8_lossy(&bytes));
            bytes.extend_from_slice(&piece[..read]);
        }
    }

    /// What comes until the end, and how long it took to come.
    pub(crate) fn rest(&mut self) -> (Vec<u8>, Duration) {
        let since = Instant::now();
        let mut bytes = Vec::new();
        match self.0.read_to_end(&mut bytes) {
            Ok(_) => {}
            Err(e) if e.kind() == ErrorKind::ConnectionReset => {}
            Err(e) => panic!("{e} after {} bytes and {:?}", bytes.len(), since.elapsed()),
        }
        (bytes, since.elapsed())
    }

    /// Waits, without reading anything, until the other side has ended the connection.
    pub(crate) fn until_ended(&mut self) -> Duration {
        let since = Instant::now();
        // A line that no request begins with is passed over by the server while it waits for one.
        while self.0.write_all(b"\r\n").is_ok() {
            assert!(since.elapsed() < PATIENCE, "it is still there");
            std::thread::park_timeout(Duration::from_millis(10));
        }
        since.elapsed()
    }

    /// Whether it is still open, as far as can be seen without waiting.
    pub(crate) fn is_open(&mut self) -> bool {
        self.0.set_nonblocking(true).unwrap();
        let open = matches!(self.0.peek(&mut [0]), Err(e) if e.kind() == ErrorKind::WouldBlock);
        self.0.set_nonblocking(false).unwrap();
        open
    }
}
