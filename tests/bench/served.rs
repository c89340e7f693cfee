//! A ledger that is served, and a client that keeps its connection.

use almoner_server::app::{Node, Options};
use almoner_server::http::{Serving, serve};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A ledger with its anchor beside it.
pub(crate) fn options(dir: &Path) -> Options {
    Options { anchor: Some(dir.join("anchor")), ..Options::default() }
}

/// A served ledger that ends with the value.
pub(crate) struct Served {
    pub node: Arc<Node>,
    pub address: SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Served {
    pub(crate) fn new(node: Node) -> Served {
        let node = Arc::new(node);
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

/// A request that posts.
pub(crate) fn post(kind: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("POST /v1/events HTTP/1.1\r\nhost: bench\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// One connection, one request in flight.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Client {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Client { stream, buffer: Vec::new() }
    }

    /// Sends a request and reads the whole answer, which must be a success; gives its bytes, head and body, and where the
    /// body begins.
    pub(crate) fn ask(&mut self, request: &[u8]) -> (&[u8], usize) {
        self.stream.write_all(request).unwrap();
        self.buffer.clear();
        let mut chunk = [0u8; 65536];
        loop {
            let n = self.stream.read(&mut chunk).unwrap();
            assert!(n > 0, "the server closed the connection");
            self.buffer.extend_from_slice(&chunk[..n]);
            let Some(head) = self.buffer.windows(4).position(|w| w == b"\r\n\r\n") else { continue };
            let text = String::from_utf8_lossy(&self.buffer[..head]).to_lowercase();
            assert!(text.starts_with("http/1.1 20"), "{}", String::from_utf8_lossy(&self.buffer));
            let length: usize =
                text.lines().find_map(|l| l.strip_prefix("content-length: ")).unwrap().trim().parse().unwrap();
            let body = head + 4;
            if self.buffer.len() >= body + length {
                return (&self.buffer, body);
            }
        }
    }

    /// The same where the length of the whole answer is known, so that the client costs little.
    pub(crate) fn ask_for(&mut self, request: &[u8], length: usize) {
        self.stream.write_all(request).unwrap();
        self.buffer.resize(length, 0);
        self.stream.read_exact(&mut self.buffer).unwrap();
        assert!(self.buffer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&self.buffer));
    }
}
