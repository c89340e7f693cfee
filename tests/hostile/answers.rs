//! Answers that are too large, packed, without an end, or too slow.

use crate::{almoner, commands, is_plain};
use acceptance::hostile::{Hostile, gzip_bomb, reply};
use acceptance::say_skipped;
use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// What a command may hold, in KiB: the largest answer of 16 MiB while it grows, what 2^19 values of it may take, and
/// the program itself.
const MEMORY: u64 = 200 << 10;

type Attack = fn(&mut TcpStream) -> std::io::Result<()>;

/// Runs every command against an attack.
fn all(name: &str, attack: Attack) {
    let server = Hostile::new(move |_, stream| attack(stream));
    for command in commands(&server.url()) {
        let since = Instant::now();
        let (ran, held) = almoner(&command);
        assert!(matches!(ran.code, Some(1 | 2 | 3 | 5)), "{name}: {ran:?}");
        assert!(held < MEMORY, "{name}: {held} KiB: {}", ran.line);
        assert!(since.elapsed() < Duration::from_secs(30), "{name}: {:?}: {}", since.elapsed(), ran.line);
        assert!(ran.err.len() < 4000, "{name}: {} bytes of complaint: {}", ran.err.len(), ran.line);
        is_plain(&ran);
    }
}

#[test]
fn packed_answers_are_not_unpacked() {
    // 256 MiB in 1.6.
    all("gzip", |stream| reply(stream, "200 OK\r\nContent-Encoding: gzip", &gzip_bomb(1 << 20)));
    all("gzip, not said", |stream| reply(stream, "200 OK", &gzip_bomb(1 << 20)));
    all("gzip, of an error", |stream| reply(stream, "422 No\r\nContent-Encoding: gzip", &gzip_bomb(1 << 20)));
    all("gzip, chunked", |stream| {
        write!(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")?;
        endless(stream)
    });
}

#[test]
fn a_packed_answer_is_named() {
    let server = Hostile::new(|_, stream| reply(stream, "200 OK\r\nContent-Encoding: gzip", &gzip_bomb(100)));
    for command in commands(&server.url()).iter().filter(|command| command[0] != "event" || command[1] != "new") {
        let (ran, _) = almoner(command);
        assert!(ran.err.contains("packed (`gzip`)") || ran.out.contains("packed (`gzip`)"), "{ran:?}");
    }
}

/// Chunks without an end.
fn endless(stream: &mut TcpStream) -> std::io::Result<()> {
    let chunk = [b"4000\r\n".as_slice(), &[b' '; 0x4000], b"\r\n"].concat();
    loop {
        stream.write_all(&chunk)?;
    }
}

#[test]
fn answers_without_an_end_end() {
    all("chunked", |stream| {
        write!(stream, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        endless(stream)
    });
    all("a length that no memory has", |stream| {
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\n")?;
        endless(stream)
    });
    all("until it closes", |stream| {
        write!(stream, "HTTP/1.1 200 OK\r\n\r\n")?;
        endless(stream)
    });
    all("an error", |stream| {
        write!(stream, "HTTP/1.1 422 No\r\nTransfer-Encoding: chunked\r\n\r\n")?;
        endless(stream)
    });
    all("headers", |stream| {
        write!(stream, "HTTP/1.1 200 OK\r\n")?;
        loop {
            stream.write_all(b"X-More: and more and more and more and more\r\n")?;
        }
    });
}

#[test]
fn memory_is_not_multiplied_by_json() {
    for item in ["0", "\"\"", "[]", "{}", "[0]", "{\"\":0}", "{\"a\":{}}"] {
        let server = Hostile::new(move |_, stream| {
            let mut body = format!("{{\"balances\":[{item}");
            while body.len() < 15 << 20 {
                body.push(',');
                body.push_str(item);
            }
            reply(stream, "200 OK", (body + "]}").as_bytes())
        });
        for line in [vec!["balances", "--from", &server.url()], vec!["show", "1", "--json", "--from", &server.url()]] {
            let (ran, held) = almoner(&line.into_iter().map(str::to_owned).collect::<Vec<_>>());
            let ran = ran.ended(1);
            assert!(ran.err.contains("values"), "{ran:?}");
            assert!(held < MEMORY, "{item}: {held} KiB: {}", ran.line);
        }
    }
}

#[test]
fn as_many_values_as_are_read_fit_into_memory() {
    // Just under the limit: eleven marks an item.
    let server = Hostile::new(|_, stream| {
        let item = r#"{"chain":"","fund":"","account":"","currency":"","amount":""}"#;
        let items = vec![item; (1 << 19) / 11 - 10].join(",");
        let page = format!(r#"{{"balances":[{items}],"origin":"","size":0,"root":""}}"#);
        reply(stream, "200 OK", page.as_bytes())
    });
    let line = ["balances", "--json", "--from", &server.url()].map(str::to_owned);
    let (ran, held) = almoner(&line);
    assert_eq!(ran.ok().json()["checked"], false);
    assert!(held < MEMORY, "{held} KiB");
}

/// Slow by nature: for whom asks for it.
#[test]
fn a_trickle_is_left() {
    if std::env::var_os("ALMONER_DEEP").is_none() {
        say_skipped(
            "a trickle takes half a minute; set ALMONER_DEEP (the same with less patience: `web::tests` of the client)",
        );
        return;
    }
    let server = Hostile::new(|_, stream| {
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")?;
        loop {
            stream.write_all(b" ")?;
            std::thread::park_timeout(Duration::from_millis(100));
        }
    });
    for line in [vec!["balances", "--from", &server.url()], vec!["tail", &server.url()]] {
        let since = Instant::now();
        let (ran, _) = almoner(&line.into_iter().map(str::to_owned).collect::<Vec<_>>());
        assert!(ran.err.contains("too slowly"), "{ran:?}");
        assert!(since.elapsed() < Duration::from_secs(40), "{:?}", since.elapsed());
    }
}
