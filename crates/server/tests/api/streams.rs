//! The stream of entries: what it tells, where it begins, and that it ends.

use crate::house::{Author, HOUSE, ORIGIN, ask, listen, read, settle};
use almoner_proof::SecretKey;
use almoner_server::app::{LedgerDirectory, Node, Options};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);

/// A client of a stream that reads line by line.
struct Listener(BufReader<TcpStream>);

/// One event of a stream.
#[derive(Debug, PartialEq)]
struct Told {
    id: u64,
    event: String,
    data: Value,
}

impl Listener {
    fn open(base: &str, path: &str, headers: &str) -> Listener {
        let mut stream = TcpStream::connect(base.trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
            .write_all(
                format!("GET {path} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n{headers}\r\n").as_bytes(),
            )
            .unwrap();
        let mut listener = Listener(BufReader::new(stream));
        assert!(listener.line().unwrap().starts_with("HTTP/1.1 200 "));
        let mut is_stream = false;
        loop {
            let line = listener.line().unwrap();
            is_stream |= line == "content-type: text/event-stream";
            if line.is_empty() {
                assert!(is_stream);
                return listener;
            }
        }
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.0.read_line(&mut line).unwrap();
        (read > 0).then(|| line.trim_end().to_owned())
    }

    /// The next event; what is not one (signs of life, sizes of pieces) is passed over. None at the end.
    fn next(&mut self) -> Option<Told> {
        let (mut id, mut event, mut data) = (None, None, None);
        loop {
            let line = self.line()?;
            match line.split_once(": ") {
                Some(("id", text)) => id = Some(text.parse().unwrap()),
                Some(("event", text)) => event = Some(text.to_owned()),
                Some(("data", text)) => data = Some(serde_json::from_str::<Value>(text).unwrap()),
                _ => {}
            }
            if let (Some(id), Some(event), Some(data)) = (id, &event, &data) {
                return Some(Told { id, event: event.clone(), data: data.clone() });
            }
        }
    }
}

#[test]
fn a_stream_tells_what_the_list_tells_and_goes_on_where_it_was() {
    let list = read("/v1/events?limit=1000");
    let rows = list["events"].as_array().unwrap();
    let told = |index: u64| {
        let row = &rows[usize::try_from(index).unwrap()];
        Told { id: index, event: row["type"].as_str().unwrap().to_owned(), data: row.clone() }
    };
    let mut all = Listener::open(&HOUSE.base, "/v1/stream?from=0", "");
    for index in 0..rows.len() as u64 {
        assert_eq!(all.next().unwrap(), told(index));
    }
    let mut from = Listener::open(&HOUSE.base, "/v1/stream?from=7", "");
    assert_eq!(from.next().unwrap(), told(7));
    // A client that comes back sends the same address and the last id.
    let mut back = Listener::open(&HOUSE.base, "/v1/stream?from=7", "Last-Event-ID: 20\r\n");
    assert_eq!(back.next().unwrap(), told(21));
    for (path, last, status, code) in [
        ("/v1/stream?from=99999", "", 404, "at.beyond"),
        ("/v1/stream", "99999", 404, "at.beyond"),
        ("/v1/stream", "x", 400, "request.invalid"),
        ("/v1/stream?since=1", "", 400, "request.invalid"),
    ] {
        let answer = ask("GET", path, &[("last-event-id", last)]);
        assert_eq!((answer.status, answer.json()["code"].as_str()), (status, Some(code)), "{path} {last}");
    }
    let head = ask("HEAD", "/v1/stream", &[]);
    assert_eq!((head.status, head.header("content-type")), (200, "text/event-stream"));
}

#[test]
fn what_is_published_is_told_at_once_and_a_shutdown_ends_it() {
    let directory = tempfile::tempdir().unwrap();
    let ledger = LedgerDirectory::new(directory.path().join("ledger"));
    let mut seeds = crate::house::seeds();
    let options = Options { anchor: Some(directory.path().join("anchor")), ..Options::default() };
    let node = Arc::new(ledger.init(ORIGIN, &mut seeds, options).unwrap());
    settle(&node);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let base = listen(Arc::clone(&node), async {
        let _ = stopped.await;
    });
    let size = node.shared().published_size();
    let mut listeners: Vec<Listener> = (0..3).map(|_| Listener::open(&base, "/v1/stream", "")).collect();
    let key: SecretKey = ledger.read_key("importer").unwrap();
    write(&node, &key);
    settle(&node);
    for listener in &mut listeners {
        let told = listener.next().unwrap();
        assert_eq!((told.id, told.event.as_str()), (size, "organisation.described/1"));
    }
    let since = Instant::now();
    drop(stop);
    for listener in &mut listeners {
        assert_eq!(listener.next(), None);
    }
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
}

fn write(node: &Node, key: &SecretKey) {
    Author::new(node).sign(
        "importer",
        "organisation.described/1",
        json!({"identifiers": ["XX-1"], "names": {"en": "One"}}),
        &[key],
    );
}
