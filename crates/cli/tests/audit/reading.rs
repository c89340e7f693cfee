//! What the files themselves can do: missing, bent, of another key; and checkpoints from before.

use super::log::{Dir, ORIGIN, checkpoint, found, key, policy, publish, publish_to, root, run, run_with};
use super::story::honest;
use almoner_cli::audit::{Options, Report, Verdict, audit};
use almoner_cli::source::{DirSource, HttpSource, Source, SourceError};
use almoner_proof::tile::Tile;
use almoner_proof::{Checkpoint, Policy};

fn codes(report: &Report) -> Vec<(&str, Option<u64>)> {
    report.findings.iter().map(|finding| (finding.code, finding.index)).collect()
}

fn story_dir() -> (Vec<Vec<u8>>, Dir) {
    let entries = honest().writer.entries;
    let dir = publish(&entries);
    (entries, dir)
}

#[test]
fn framing_and_tiles_are_exact() {
    let (entries, dir) = story_dir();
    let last_tile = format!("tile/entries/002.p/{}", entries.len() - 512);
    let starts: Vec<usize> = entries[..256]
        .iter()
        .scan(0, |at, entry| {
            let start = *at;
            *at += entry.len() + 2;
            Some(start)
        })
        .collect();
    type Bend = Box<dyn Fn(&mut Vec<u8>)>;
    let add = |place: usize, by: u8| -> Bend { Box::new(move |bytes| bytes[place] = bytes[place].wrapping_add(by)) };
    let last = entries.len() as u64 - 1;
    let cases: Vec<(&str, &str, Bend, Option<u64>, &str)> = vec![
        ("trailing bytes", "tile/entries/000", Box::new(|b| b.push(0)), Some(255), "bundle.trailing"),
        ("trailing bytes in the last", &last_tile, Box::new(|b| b.extend(*b"\0\0")), Some(last), "bundle.trailing"),
        ("a byte less", "tile/entries/001", Box::new(|b| b.truncate(b.len() - 1)), Some(511), "bundle.cut"),
        ("nothing", "tile/entries/001", Box::new(Vec::clear), Some(256), "bundle.cut"),
        ("a length too long", "tile/entries/000", add(starts[7] + 1, 1), Some(7), "tile.differs"),
        ("a length too short", "tile/entries/000", add(starts[7] + 1, 255), Some(7), "tile.differs"),
        ("a length far too long", "tile/entries/000", add(starts[250], 200), Some(250), "bundle.cut"),
        ("a leaf's hash", "tile/0/001", add(44 * 32 + 31, 1), Some(300), "tile.differs"),
        ("a hash of level one", "tile/1/000.p/2", add(32, 1), Some(256), "tile.differs"),
        ("the first hash of level one", "tile/1/000.p/2", add(0, 1), Some(0), "tile.differs"),
        ("a tile too long", "tile/0/001", Box::new(|b| b.push(0)), Some(256), "tile.malformed"),
        ("a tile too short", "tile/1/000.p/2", Box::new(|b| b.truncate(b.len() - 1)), Some(0), "tile.malformed"),
    ];
    for (name, path, bend, index, code) in cases {
        let honest_bytes = dir.get(path);
        let mut bytes = honest_bytes.clone();
        bend(&mut bytes);
        dir.put(path, &bytes);
        let report = run(&dir.0);
        assert_eq!(
            (report.verdict, report.first_bad_index),
            (Verdict::Refuted, index),
            "{name}: {:?}",
            report.findings
        );
        assert!(codes(&report).contains(&(code, index)), "{name}: {:?}", report.findings);
        dir.put(path, &honest_bytes);
    }
    assert_eq!(run(&dir.0).verdict, Verdict::Verified);
}

#[test]
fn a_bent_length_with_everything_hashed_anew_is_no_event() {
    let (mut entries, _) = story_dir();
    // The operator moves the first byte of one entry's length into the entry before it.
    let taken = entries[8].remove(0);
    entries[7].push(taken);
    let dir = publish(&entries);
    assert_eq!(run(&dir.0).first_bad_index, Some(7));
}

#[test]
fn the_root_is_recomputed() {
    let (entries, dir) = story_dir();
    let mut bent = root(&entries);
    bent.0[0] ^= 1;
    dir.put("checkpoint", &checkpoint(entries.len(), bent));
    let report = run(&dir.0);
    assert_eq!((report.verdict, report.first_bad_index), (Verdict::Refuted, None));
    assert_eq!(codes(&report), [("root.differs", None)]);
    // A size that the content does not reach: nothing that is there is wrong.
    dir.put("checkpoint", &checkpoint(1 << 50, bent));
    let report = run(&dir.0);
    assert_eq!((report.verdict, report.exit_code()), (Verdict::CouldNotCheck, 5), "{:?}", report.findings);
}

#[test]
fn every_tile_must_be_there() {
    let (entries, dir) = story_dir();
    for tile in Tile::all(entries.len() as u64) {
        let path = tile.to_string();
        let bytes = dir.get(&path);
        std::fs::remove_file(dir.0.join(&path)).unwrap();
        let report = run(&dir.0);
        assert_eq!(
            (report.verdict, report.first_bad_index),
            (Verdict::CouldNotCheck, None),
            "{path}: {:?}",
            report.findings
        );
        assert!(
            report.findings[0].text.contains(&path) && report.findings[0].code == "tile.missing",
            "{:?}",
            report.findings
        );
        dir.put(&path, &bytes);
    }
    std::fs::remove_file(dir.0.join("tile/0/000")).unwrap();
    let last = format!("tile/entries/002.p/{}", entries.len() - 512);
    let mut bundle = dir.get(&last);
    bundle.push(0);
    dir.put(&last, &bundle);
    assert_eq!(run(&dir.0).verdict, Verdict::Refuted, "what is wrong outweighs what is missing");
}

#[test]
fn partials_fall_back_to_full_tiles() {
    let (entries, _) = story_dir();
    let dir = publish(&entries[..512]);
    dir.put("checkpoint", &checkpoint(300, root(&entries[..300])));
    let report = run(&dir.0);
    // Level one of size 300 has one hash; the directory has the partial of two only.
    assert_eq!(codes(&report), [("tile.missing", Some(0))]);
    dir.put("tile/1/000.p/1", &dir.get("tile/1/000.p/2")[..32]);
    assert_eq!(run(&dir.0).verdict, Verdict::Verified);
}

#[test]
fn without_a_policy_or_its_log_nothing_is_said() {
    let (_, dir) = story_dir();
    let report = audit(&DirSource::new(&dir.0), &Options::default());
    assert_eq!((report.verdict, codes(&report)), (Verdict::CouldNotCheck, vec![("policy.absent", None)]));
    let other = Policy::parse(&format!("log {}\nquorum none\n", key("other.example").verifier())).unwrap();
    let options = Options { policy: Some(found(other)), ..Options::default() };
    let report = audit(&DirSource::new(&dir.0), &options);
    assert_eq!((report.verdict, codes(&report)), (Verdict::CouldNotCheck, vec![("policy.unknown_origin", None)]));
    let report = run(&dir.0.join("nowhere"));
    assert_eq!((report.verdict, codes(&report)), (Verdict::CouldNotCheck, vec![("source.unreachable", None)]));
}

#[test]
fn a_checkpoint_of_another_key_is_refuted() {
    let (entries, dir) = story_dir();
    let text = Checkpoint { origin: ORIGIN.to_owned(), size: entries.len() as u64, root: root(&entries) };
    let other = almoner_proof::SecretKey::from_seed(ORIGIN, &[9; 32]);
    dir.put("checkpoint", text.sign(&other).as_bytes());
    let report = run(&dir.0);
    assert_eq!((report.verdict, report.first_bad_index, report.exit_code()), (Verdict::Refuted, None, 3));
    assert_eq!(codes(&report), [("checkpoint.unaccepted", None)]);
    let witness = almoner_proof::VerifierKey::new("w", almoner_proof::key::ALG_COSIGNATURE, key("w").verifier().key);
    let lines = format!("log {}\nwitness w {witness}\nquorum w\n", key(ORIGIN).verifier());
    dir.put("checkpoint", &checkpoint(entries.len(), root(&entries)));
    let options = Options { policy: Some(found(Policy::parse(&lines).unwrap())), ..Options::default() };
    let report = audit(&DirSource::new(&dir.0), &options);
    assert_eq!((report.verdict, codes(&report)), (Verdict::Refuted, vec![("checkpoint.unaccepted", None)]));
}

#[test]
fn checkpoints_from_before_must_be_of_the_same_log() {
    let (entries, dir) = story_dir();
    let since = |notes: Vec<Vec<u8>>| run_with(&dir.0, Options { since: notes, ..Options::default() });
    let kept = |size: usize| checkpoint(size, root(&entries[..size]));
    let all = (0..=entries.len()).step_by(13).map(kept).chain([kept(256), kept(512), kept(entries.len())]).collect();
    assert_eq!(since(all).verdict, Verdict::Verified);
    for size in [1, 255, 256, 300, 512, entries.len()] {
        let mut bent = root(&entries[..size]);
        bent.0[31] ^= 1;
        let report = since(vec![kept(100), checkpoint(size, bent)]);
        assert_eq!((report.verdict, codes(&report)), (Verdict::Refuted, vec![("since.inconsistent", None)]), "{size}");
    }
    let report = since(vec![checkpoint(entries.len() + 1, root(&entries))]);
    assert_eq!((report.verdict, codes(&report)), (Verdict::Refuted, vec![("since.larger", None)]));
    let empty = publish(&[]);
    let bent = Options { since: vec![checkpoint(0, root(&entries))], ..Options::default() };
    assert_eq!(codes(&run_with(&empty.0, bent)), [("since.inconsistent", None)]);
    let report = since(vec![b"no checkpoint".to_vec()]);
    assert_eq!((report.verdict, codes(&report)), (Verdict::CouldNotCheck, vec![("since.unusable", None)]));
}

#[test]
fn a_flipped_byte_is_never_verified() {
    let (entries, dir) = story_dir();
    let tiles = Tile::all(entries.len() as u64).map(|tile| tile.to_string());
    for path in tiles.chain(["checkpoint".to_owned()]) {
        let honest_bytes = dir.get(&path);
        let step = (honest_bytes.len() / 24).max(1);
        for place in (0..honest_bytes.len()).step_by(step).chain([1, 2, 3, honest_bytes.len() - 1]) {
            let mut bytes = honest_bytes.clone();
            bytes[place] ^= 1 << (place % 8);
            dir.put(&path, &bytes);
            let report = run(&dir.0);
            // A checkpoint bent in its first line names a log that the policy does not know.
            let open = path == "checkpoint" && report.verdict == Verdict::CouldNotCheck;
            assert!(report.verdict == Verdict::Refuted || open, "{path}, byte {place}: {:?}", report.findings);
        }
        dir.put(&path, &honest_bytes);
    }
}

#[test]
fn a_source_that_is_down_refutes_nothing() {
    struct Down;
    impl Source for Down {
        fn checkpoint(&self) -> Result<Vec<u8>, SourceError> {
            let entries = honest().writer.entries;
            Ok(checkpoint(entries.len(), root(&entries)))
        }
        fn tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>, SourceError> {
            Err(SourceError::Unreachable { what: tile.to_string(), why: "time-out".to_owned() })
        }
        fn name(&self) -> String {
            "down".to_owned()
        }
    }
    let options = Options { policy: Some(found(policy())), ..Options::default() };
    let report = audit(&Down, &options);
    assert_eq!((report.verdict, codes(&report)), (Verdict::CouldNotCheck, vec![("source.unreachable", Some(0))]));
}

/// Serves a directory over HTTP for `requests` requests, badly: every third is refused as too busy.
fn serve(dir: std::path::PathBuf, requests: usize) -> String {
    use std::io::{BufRead, BufReader, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}/log/", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().take(requests).enumerate() {
            let mut stream = stream.unwrap();
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let path = lines.next().unwrap().split(' ').nth(1).unwrap().replace("/log/", "");
            for _ in lines.by_ref().take_while(|line| !line.is_empty()) {}
            let (status, body) = match std::fs::read(dir.join(path)) {
                _ if number % 3 == 2 => ("503 Busy", Vec::new()),
                Ok(bytes) => ("200 OK", bytes),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).unwrap();
        }
    });
    base
}

#[test]
fn a_server_is_read_like_a_directory() {
    let (_, dir) = story_dir();
    let source = HttpSource::new(&serve(dir.0.clone(), 1000));
    let options = Options { policy: Some(found(policy())), threads: 2, ..Options::default() };
    assert_eq!(audit(&source, &options).verdict, Verdict::Verified);
    std::fs::remove_file(dir.0.join("tile/entries/001")).unwrap();
    assert_eq!(codes(&audit(&source, &options)), [("tile.missing", Some(256))]);
    dir.put("tile/0/000", &vec![0; 9000]);
    let report = audit(&source, &options);
    assert_eq!((report.verdict, report.first_bad_index), (Verdict::Refuted, Some(0)), "{:?}", report.findings);
    let gone = HttpSource::new(&serve(dir.0.clone(), 0));
    assert_eq!(codes(&audit(&gone, &options)), [("source.unreachable", None)]);
}

#[test]
fn publishing_twice_is_the_same_log() {
    let (entries, dir) = story_dir();
    publish_to(&dir, &entries);
    assert_eq!(run(&dir.0).verdict, Verdict::Verified);
}
