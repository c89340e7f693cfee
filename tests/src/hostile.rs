//! A server that means harm: what it answers, byte by byte, is written by the test.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// It listens until it is dropped.
pub struct Hostile {
    address: std::net::SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    ended: Arc<AtomicBool>,
    listener: Option<JoinHandle<()>>,
}

impl Hostile {
    /// Answers each request by itself: `answer` gets `GET /path` and writes what it likes. That the client hangs up is no
    /// failure.
    pub fn new(answer: impl Fn(&str, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> Hostile {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (asked, ended) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (kept, over, answer) = (Arc::clone(&asked), Arc::clone(&ended), Arc::new(answer));
        let listener = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let mut stream = stream;
                    if let Some(request) = request(&stream) {
                        kept.lock().unwrap().push(request.clone());
                        let _ = answer(&request, &mut stream);
                    }
                });
            }
        });
        Hostile { address, asked, ended, listener: Some(listener) }
    }

    /// Where it is, as an argument for `--to` and `--from`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Requests so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        // It waits for a connection: this is one.
        let _ = TcpStream::connect(self.address);
        if let Some(listener) = self.listener.take() {
            let _ = listener.join();
        }
    }
}

/// Reads a request with its body.
fn request(stream: &TcpStream) -> Option<String> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut length = 0u64;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().to_ascii_lowercase().split_once(": ") {
            Some(("content-length", told)) => length = told.parse().ok()?,
            Some(_) => {}
            None => break,
        }
    }
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).ok()?;
    Some(first.trim_end().strip_suffix(" HTTP/1.1")?.to_owned())
}

/// An answer as an honest server writes it; `head` is the status and whatever headers there are, without the last newline.
pub fn reply(stream: &mut TcpStream, head: &str, body: &[u8]) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len())?;
    stream.write_all(body)
}

/// A gzip file that unpacks to `blocks` times 258 zeros: some 160 bytes for one. Its checksum is wrong, which nobody
/// learns who does not unpack all of it.
pub fn gzip_bomb(blocks: usize) -> Vec<u8> {
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let (mut held, mut bits) = (0u64, 0u32);
    let mut push = |value: u64, width: u32| {
        held |= value << bits;
        bits += width;
        while bits >= 8 {
            bytes.push((held & 0xff) as u8);
            held >>= 8;
            bits -= 8;
        }
    };
    // RFC 1951: one last block with fixed codes; the literal 0; then length 258 (285: 11000101) at distance 1 (00000),
    // codes with their first bit first.
    push(0b011, 3);
    push(0b0000_1100, 8);
    for _ in 0..blocks {
        push(0b1010_0011, 8);
        push(0, 5);
    }
    // The end of the block, and what fills the last byte.
    push(0, 7);
    push(0, 7);
    bytes.extend([0; 8]);
    bytes
}
