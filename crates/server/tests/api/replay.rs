//! A start from the replay file tells what a start from the notes tells, or makes the file again; and what somebody wrote
//! into it is found.

use crate::bent::{gift, well};
use crate::flips::{Chance, told};
use crate::house::{Author, settle};
use almoner_proof::SecretKey;
use almoner_server::app::replay::ReplayFile;
use almoner_server::app::{LedgerDirectory, Node, Options, Rounds, Status};
use almoner_store::check;
use serde_json::json;
use std::path::Path;
use std::time::{Duration, Instant};

const EVENTS: u64 = 600;
/// In chunks of this many.
const EVERY: u64 = 256;
/// Flips, and truncations, of a run that is not deep.
const SAMPLE: usize = 30;

fn options(root: &Path) -> Options {
    Options {
        anchor: Some(root.join("anchor")),
        publish_every: Duration::from_secs(3600),
        rounds: Rounds { bytes_per_second: 1, pause: Duration::from_secs(3600) },
        replay: Some(ReplayFile { path: root.join("ledger/replay"), every: EVERY }),
        ..Options::default()
    }
}

fn open(root: &Path) -> anyhow::Result<Node> {
    Node::open(&LedgerDirectory::new(root.join("ledger")), options(root))
}

/// A ledger of some 600 events, ended in order.
fn write(root: &Path) {
    let mut seeds = crate::house::seeds();
    let directory = LedgerDirectory::new(root.join("ledger"));
    let node = directory.init("flip.example/ledger", &mut seeds, options(root)).unwrap();
    let registrar = SecretKey::from_seed("operator/registrar", &[2; 32]);
    let mut author = Author::new(&node);
    author.log = "flip.example/ledger";
    author.open("well", json!({"en": "The Well"}), "charity", &well(), &["admin", "book"], &registrar);
    let account = json!({"account": "account/bank", "kind": "bank", "currency": "CNY"});
    author.sign("well", "account.opened/1", account, &[&well()]);
    let fund = json!({"fund": "fund/water", "class": "restricted", "purpose": "Water"});
    author.sign("well", "fund.opened/1", fund, &[&well()]);
    while node.shared().committed() < EVENTS {
        author.sign("well", "donation.received/1", gift(1000 + node.shared().committed()), &[&well()]);
        if node.shared().committed().is_multiple_of(100) {
            settle(&node);
        }
    }
    settle(&node);
    node.stop();
}

/// What a node tells, figures too.
fn all(node: &Node) -> Vec<Vec<u8>> {
    let mut all = told(node).unwrap();
    let views = node.shared().views();
    for at in [None, Some(100), Some(EVERY), Some(EVERY + 1), Some(EVENTS)] {
        all.push(format!("{:?}", views.balances(None, None, at)).into_bytes());
        all.push(format!("{:?}", views.strips(almoner_views::figures::Selection::All, at)).into_bytes());
        all.push(format!("{:?}", views.gift_count(at)).into_bytes());
    }
    all.push(format!("{:?}", node.shared().head("well")).into_bytes());
    all
}

/// Until everything is decided again; false where the node ended before.
fn is_proven(node: &Node) -> bool {
    let since = Instant::now();
    while node.shared().status() == Status::Ready {
        if node.shared().recalled().1 {
            return true;
        }
        assert!(since.elapsed() < Duration::from_secs(60), "it is not decided again");
        std::thread::park_timeout(Duration::from_millis(2));
    }
    false
}

#[test]
fn a_start_from_the_replay_file_tells_the_same_and_is_proven() {
    let root = tempfile::tempdir().unwrap();
    write(root.path());
    let path = root.path().join("ledger/replay");
    let file = std::fs::read(&path).unwrap();
    let node = open(root.path()).unwrap();
    assert_eq!(node.shared().recalled().0, 2 * EVERY, "what was written while it ran is used");
    let by_replay = all(&node);
    assert!(is_proven(&node), "{:?}", node.shared().status());
    node.stop();
    drop(node);
    std::fs::remove_file(&path).unwrap();
    let node = open(root.path()).unwrap();
    assert_eq!(node.shared().recalled(), (0, false));
    assert!(all(&node) == by_replay);
    node.stop();
    drop(node);
    assert!(std::fs::read(&path).unwrap() == file, "a start from the notes writes the same file");
    // Another program's file, or another log's, is made again.
    let mut other = file.clone();
    other[60] ^= 1;
    std::fs::write(&path, other).unwrap();
    let node = open(root.path()).unwrap();
    assert_eq!(node.shared().recalled(), (0, false));
    node.stop();
    drop(node);
    assert!(std::fs::read(&path).unwrap() == file);
}

#[test]
fn a_node_goes_on_writing_the_file_where_the_start_took_it_up() {
    let root = tempfile::tempdir().unwrap();
    write(root.path());
    let node = open(root.path()).unwrap();
    let mut author = Author::new(&node);
    author.log = "flip.example/ledger";
    author.heads.insert("well".to_owned(), node.shared().head("well").unwrap());
    while node.shared().committed() < 3 * EVERY {
        author.sign("well", "donation.received/1", gift(7), &[&well()]);
    }
    settle(&node);
    let before = all(&node);
    node.stop();
    drop(node);
    let node = open(root.path()).unwrap();
    assert_eq!(node.shared().recalled().0, 3 * EVERY);
    assert!(all(&node) == before);
    assert!(is_proven(&node));
}

/// Every flip and every truncation with `ALMONER_DEEP`, else a sample.
#[test]
fn no_flipped_byte_and_no_truncation_gives_another_figure() {
    let root = tempfile::tempdir().unwrap();
    write(root.path());
    let path = root.path().join("ledger/replay");
    let file = std::fs::read(&path).unwrap();
    let sound = all(&open(root.path()).unwrap());
    let mut chance = Chance::new();
    let places: Vec<usize> = match std::env::var_os("ALMONER_DEEP") {
        Some(_) => (0..file.len()).collect(),
        None => (0..SAMPLE).map(|_| chance.below(file.len())).collect(),
    };
    let mut used = [0u64; 3];
    for at in places {
        let mut flipped = file.clone();
        flipped[at] ^= 1 << chance.below(8);
        for bent in [&flipped[..], &file[..at]] {
            std::fs::write(&path, bent).unwrap();
            let node = open(root.path()).unwrap();
            used[usize::try_from(node.shared().recalled().0 / EVERY).unwrap()] += 1;
            assert!(all(&node) == sound, "byte {at}: something else is told");
            node.stop();
            drop(node);
            assert!(std::fs::read(&path).unwrap() == file, "byte {at}: it is made again");
        }
    }
    println!("chunks used: {used:?}");
    assert!(used[0] > 0 && used[1] > 0 && used[2] == 0);
}

/// Whoever can write to the directory can make a file whose checks are right.
#[test]
fn a_forged_file_is_found_and_set_aside() {
    let root = tempfile::tempdir().unwrap();
    write(root.path());
    let path = root.path().join("ledger/replay");
    let mut file = std::fs::read(&path).unwrap();
    let sound = all(&open(root.path()).unwrap());
    // The chunks, by their lengths.
    let magic = b"almoner derived file, version 1\n".len();
    let (mut at, mut before, mut nth, mut places) = (magic, [0u8; 32], 0, Vec::new());
    while at < file.len() {
        let length = u32::from_be_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        let chunk = at + 4..at + 4 + length;
        if nth == 2 {
            // One gift of a yuan more, in both postings and in the step: 1,000 + 400 fen as zigzag varint.
            let told = [0xf0, 0x15];
            let more = [0xb8, 0x17];
            places = (chunk.clone()).filter(|at| file[*at..].starts_with(&told)).collect();
            places.iter().for_each(|at| file[*at..*at + 2].copy_from_slice(&more));
        }
        before = check(&before, &file[chunk.clone()]);
        file[chunk.end..chunk.end + 32].copy_from_slice(&before);
        at = chunk.end + 32;
        nth += 1;
    }
    assert!(!places.is_empty() && nth == 3, "{places:?}");
    std::fs::write(&path, &file).unwrap();
    let node = open(root.path()).unwrap();
    assert_eq!(node.shared().recalled().0, 2 * EVERY);
    assert!(!is_proven(&node));
    let Status::Failed(why) = node.shared().status() else { panic!("{:?}", node.shared().status()) };
    assert!(why.contains("replay file said something else of the entries 256 to 511"), "{why}");
    assert!(node.submit(vec![b"anything".to_vec()]).is_err(), "it takes nothing");
    node.stop();
    drop(node);
    assert!(!path.exists() && std::fs::read(root.path().join("ledger/replay.differs")).unwrap() == file);
    let node = open(root.path()).unwrap();
    assert_eq!(node.shared().recalled().0, 0);
    assert!(all(&node) == sound);
}
