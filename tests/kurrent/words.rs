//! What people are told: a login that is refused, TLS on one side only, a damaged mirror, a cluster that is silent.

use crate::{LEDGER, Room, append, batch, cluster, create, open, quick};
use acceptance::double::Double;
use acceptance::{House, Ran};
use almoner_cli::demo::{self, Settings, Story};
use almoner_server::app::LedgerDirectory;
use almoner_store::{KurrentLog, Log as _, StoreError};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Without a ledger: a place where `init` is tried.
struct Desk(TempDir);

impl Desk {
    fn new() -> Desk {
        Desk(tempfile::tempdir().unwrap())
    }

    /// `almoner init` on a cluster that does not let it; gives its complaint.
    fn init(&self, connection: &str) -> String {
        let since = Instant::now();
        let ran = self.run(&["init", "--origin", "words.example/ledger", "--store", connection]).ended(1);
        assert!(since.elapsed() < Duration::from_secs(20), "{connection}: {} s", since.elapsed().as_secs());
        assert!(!ran.err.contains("MetadataMap"), "{}", ran.err);
        ran.err
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = Command::new(acceptance::program());
        command.args(arguments).arg(self.0.path().join("ledger"));
        command.env("XDG_STATE_HOME", self.0.path()).env("XDG_CONFIG_HOME", self.0.path()).env_remove("ALMONER_LOG");
        acceptance::run(&mut command)
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

#[test]
fn a_refused_login_is_told_from_a_missing_right() {
    let double = Double::start();
    double.user("almoner", "sesame", false);
    double.user("other", "mustard", false);
    let desk = Desk::new();
    for (user, password) in [("almoner", "wrong"), ("nobody", "sesame")] {
        let said = desk.init(&quick(&double.connection_as(user, password)));
        assert!(said.contains("refuses its user or password") && said.contains(user), "{said}");
        assert!(said.contains("USER:PASSWORD@") && !said.contains("sesame") && !said.contains("wrong"), "{said}");
    }
    assert!(double.stream(&format!("almoner-{LEDGER}")).is_none());
    let room = Room::new();
    let right = cluster(&double.connection_as("almoner", "sesame"));
    let log = KurrentLog::create(&right, LEDGER, acceptance::voice(), room.path("mirror")).unwrap();
    append(&log, 0, &batch(1, 0, 3));
    drop(log);
    // Another user's login is good, and its right is not.
    let other = cluster(&double.connection_as("other", "mustard"));
    let log = KurrentLog::open(&other, LEDGER, acceptance::voice(), room.path("mirror")).unwrap();
    let settled = std::thread::scope(|scope| {
        let appended = scope.spawn(|| log.append(3, &batch(1, 3, 1)));
        std::thread::park_timeout(Duration::from_millis(200));
        log.stop_waiting();
        appended.join().unwrap()
    });
    let text = format!("{settled:?}");
    assert!(text.contains("denied") && !text.contains("password"), "{text}");
    // And with a wrong password nothing is opened.
    drop(log);
    let wrong = cluster(&double.connection_as("other", "sesame"));
    let refused = KurrentLog::open(&wrong, LEDGER, acceptance::voice(), room.path("mirror")).err().unwrap();
    assert!(refused.to_string().contains("refuses its user or password"), "{refused}");
}

/// A server with a certificate of an authority of its own. Its threads end with the test's process.
struct Secure {
    address: SocketAddr,
    authority: String,
}

impl Secure {
    fn start(names: &[&str], expires: Option<(i32, u8, u8)>) -> Secure {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let mut leaf = CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).unwrap();
        if let Some((year, month, day)) = expires {
            leaf.not_after = date_time_ymd(year, month, day);
        }
        let key = KeyPair::generate().unwrap();
        let chain = vec![leaf.signed_by(&key, &authority).unwrap().der().clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let mut config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let config = Arc::new(config);
        let address = listen(move |mut stream| {
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            // What the other side does wrong is what is tried; a TLS alert goes out by itself.
            while connection.complete_io(&mut stream).is_ok_and(|(read, _)| read > 0) {}
            let _ = connection.complete_io(&mut stream);
        });
        Secure { address, authority: authority.pem() }
    }

    fn connection(&self, options: &str) -> String {
        format!("esdb://{}{options}", self.address)
    }
}

/// Gives each connection to a thread.
fn listen(each: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let each = Arc::new(each);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let each = Arc::clone(&each);
            std::thread::spawn(move || each(stream));
        }
    });
    address
}

#[test]
fn what_is_wrong_with_tls_is_told_with_what_to_change() {
    let desk = Desk::new();
    let (good, stranger) = (Secure::start(&["127.0.0.1"], None), Secure::start(&["127.0.0.1"], None));
    let (good_ca, other_ca) = (desk.file("good.pem", &good.authority), desk.file("other.pem", &stranger.authority));

    let said = desk.init(&good.connection(&format!("?tlsCaFile={other_ca}")));
    assert!(said.contains("is not of the authority in") && said.contains("tlsCaFile="), "{said}");
    assert!(said.contains(&good.address.to_string()), "{said}");

    let old = Secure::start(&["127.0.0.1"], Some((2001, 1, 1)));
    let said = desk.init(&old.connection(&format!("?tlsCaFile={}", desk.file("old.pem", &old.authority))));
    assert!(said.contains("has expired") && said.contains("renew it"), "{said}");

    let named = Secure::start(&["node.example"], None);
    let said = desk.init(&named.connection(&format!("?tlsCaFile={}", desk.file("named.pem", &named.authority))));
    assert!(said.contains("is not for the name 127.0.0.1") && said.contains("write a host"), "{said}");

    let said = desk.init(&good.connection("?tls=false"));
    assert!(said.contains("speaks TLS") && said.contains("remove tls=false"), "{said}");

    let double = Double::start();
    let plain = double.connection().replace("tls=false", &format!("tlsCaFile={good_ca}"));
    let said = desk.init(&plain);
    assert!(said.contains("speaks no TLS") && said.contains("tls=false"), "{said}");
}

#[test]
fn servers_of_another_kind_are_no_nodes() {
    let desk = Desk::new();
    let web = listen(|mut stream| {
        let _ = std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    for options in ["?tls=false", ""] {
        let said = desk.init(&format!("esdb://{web}{options}"));
        assert!(said.contains("answers, but neither in") && said.contains("check host and port"), "{said}");
    }
}

#[test]
fn a_silent_cluster_is_named_after_two_seconds() {
    // Takes every connection and says nothing; then a port where nobody listens.
    let silent = listen(|mut stream| drop(stream.read_to_end(&mut Vec::new())));
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let commands: [fn(&House, &str) -> Vec<String>; 5] = [
        |house, store| words(&["init", &house.text("new"), "--origin", "words.example/ledger", "--store", store]),
        |house, store| words(&["demo", &house.text("new"), "--no-serve", "--store", store]),
        |house, _| words(&["serve", &house.ledger(), "--listen", "127.0.0.1:0"]),
        |house, store| words(&["migrate", "--from", &format!("sqlite:{}", house.ledger()), "--to", store]),
        |house, _| words(&["event", "submit", &house.text("note"), "--to", &house.ledger()]),
    ];
    std::thread::scope(|scope| {
        for (command, address) in commands.into_iter().flat_map(|command| [(command, silent), (command, nobody)]) {
            scope.spawn(move || {
                let house = House::new("silent.example/ledger");
                let store = format!("esdb://{address}?tls=false");
                std::fs::write(house.path("note"), "no event").unwrap();
                std::fs::write(house.path("ledger/store"), &store).unwrap();
                waits(&house, &command(&house, &store), &address.to_string());
            });
        }
    });
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Says within a few seconds what it waits for and how long; then it is ended.
fn waits(house: &House, arguments: &[String], address: &str) {
    let since = Instant::now();
    let mut command = house.command();
    let mut child = command.args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    let mut said = String::new();
    let found = lines.find(|line| {
        said.push_str(line);
        line.contains("the cluster has not answered for 2 s")
    });
    let waited = since.elapsed();
    let _ = child.kill();
    child.wait().unwrap();
    let line = found.unwrap_or_else(|| panic!("{arguments:?} said {said}"));
    assert!(line.contains(address) && line.contains("s more"), "{arguments:?}: {line}");
    assert!((Duration::from_secs(2)..Duration::from_secs(10)).contains(&waited), "{arguments:?}: {waited:?}");
}

#[test]
fn a_second_demo_takes_another_origin() {
    let (double, room) = (Double::start(), Room::new());
    let tell = |name: &str| {
        let settings = Settings {
            gifts: 1_000,
            anchor: Some(room.path(&format!("{name}.anchor"))),
            store: Some(quick(&double.connection())),
        };
        demo::build_with(&LedgerDirectory::new(room.path(name)), &[Story::Question], &settings, &|_, _, _| {}).unwrap()
    };
    let (first, second, third) = (tell("first"), tell("second"), tell("third"));
    assert_eq!(first.origin, demo::ORIGIN);
    assert_eq!([second.origin, third.origin], [2, 3].map(|number| format!("{}-{number}", demo::ORIGIN)));
    let stream = double.stream(&format!("almoner-{}", demo::ORIGIN)).unwrap();
    assert_eq!(stream.len() as u64, first.events, "the first one's streams are as they were");
}

/// Every text about a mirror says the same.
fn says_to_delete(said: &str, name: &str) {
    for words in ["this machine's copy of the ledger", "stop the node", "start it again"] {
        assert!(said.contains(words), "{said}");
    }
    for file in [name.to_owned(), format!("{name}-wal"), format!("{name}-shm")] {
        assert!(said.contains(&file), "{said}");
    }
    assert!(!said.contains("restore") && !said.contains("check the path"), "{said}");
}

#[test]
fn a_damaged_mirror_says_that_it_is_a_copy() {
    let double = Double::start();
    let house = House::on(&quick(&double.connection()), "copy.example/ledger");
    let mirror = house.path("ledger/mirror.sqlite");
    // Whatever is left beside it is moved into the file first.
    serves(&house, "whole");
    let whole = std::fs::read(&mirror).unwrap();
    let note = whole
        .windows(9)
        .position(|bytes| bytes == b"operator#")
        .or_else(|| whole.windows(12).position(|bytes| bytes == b"chain.opened"));
    let flipped = {
        let mut bytes = whole.clone();
        bytes[note.unwrap()] ^= 1;
        bytes
    };
    let damages: [(&str, Vec<u8>); 5] = [
        (
            "no database",
            b"something else altogether, and longer than a header of SQLite's would be, so that it is read ".repeat(9),
        ),
        ("empty", Vec::new()),
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("zeros", [&whole[..4096], &vec![0; whole.len() - 4096]].concat()),
        ("flipped", flipped),
    ];
    for (what, bytes) in damages {
        remove(&mirror);
        std::fs::write(&mirror, bytes).unwrap();
        let ran = house.almoner(["serve", &house.ledger(), "--listen", "127.0.0.1:0"]);
        assert_eq!(ran.code, Some(1), "{what}: {}", ran.err);
        says_to_delete(&ran.err, "mirror.sqlite");
        let read = house.almoner(["audit", &house.ledger()]);
        assert_ne!(read.code, Some(0), "{what}: {}", read.out);
        // As told.
        remove(&mirror);
        serves(&house, what);
    }
}

/// Starts, is asked, and ends in order.
fn serves(house: &House, what: &str) {
    let served = house.serve();
    served.published();
    assert!(served.terminate().success(), "{what}");
}

fn remove(mirror: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut path = mirror.to_owned().into_os_string();
        path.push(suffix);
        let _ = std::fs::remove_file(path);
    }
}

#[test]
fn a_mirror_that_is_damaged_later_says_so_too() {
    let (double, room) = (Double::start(), Room::new());
    let log = create(&double, &room, "mirror");
    append(&log, 0, &batch(1, 0, 400));
    // Into the main file, where the damage comes.
    log.end_in_order().unwrap();
    drop(log);
    let log = open(&double, &room, "mirror");
    let length = std::fs::metadata(room.path("mirror")).unwrap().len();
    std::fs::write(room.path("mirror"), vec![7; usize::try_from(length).unwrap()]).unwrap();
    let read = log.read(0, 400, &mut |_, _| true).unwrap_err();
    assert!(matches!(read, StoreError::Copy { .. }), "{read}");
    says_to_delete(&read.to_string(), "mirror");
    let appended = format!("{:?}", log.append(400, &batch(1, 400, 1)));
    if appended != "Appended" {
        says_to_delete(&appended, "mirror");
    }
}
