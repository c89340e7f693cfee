//! One flipped bit anywhere in the files of a small ledger: it does not start, or it serves and does what it did before.
//!
//! A sample of the bytes by default, every byte with `ALMONER_DEEP`; the seed is printed and repeated by `ALMONER_SEED`.

use crate::bent::gift;
use crate::house::{Author, settle};
use almoner_proof::SecretKey;
use almoner_proof::tile::Tile;
use almoner_server::app::{LedgerDirectory, Node, Options, Rounds, Status};
use serde_json::json;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Flips of a run that is not deep, in each file.
const SAMPLE: usize = 150;

fn options(root: &Path) -> Options {
    // Published by hand, so that every run publishes the same.
    let rounds = Rounds { bytes_per_second: 1, pause: Duration::from_secs(3600) };
    Options {
        anchor: Some(root.join("anchor")),
        publish_every: Duration::from_secs(3600),
        rounds,
        ..Options::default()
    }
}

/// A ledger with a charity, some gifts and several published checkpoints. Ended in order its file holds all; copied
/// while it runs, its write-ahead log does.
fn write(root: &Path) -> Node {
    let mut seeds = crate::house::seeds();
    let node =
        LedgerDirectory::new(root.join("ledger")).init("flip.example/ledger", &mut seeds, options(root)).unwrap();
    let (registrar, well) =
        (SecretKey::from_seed("operator/registrar", &[2; 32]), SecretKey::from_seed("well/treasurer", &[50; 32]));
    let mut author = Author::new(&node);
    author.log = "flip.example/ledger";
    author.open("well", json!({"en": "The Well"}), "charity", &well, &["admin", "book"], &registrar);
    settle(&node);
    let account = json!({"account": "account/bank", "kind": "bank", "currency": "CNY"});
    author.sign("well", "account.opened/1", account, &[&well]);
    let fund = json!({"fund": "fund/water", "class": "restricted", "purpose": "Water"});
    author.sign("well", "fund.opened/1", fund, &[&well]);
    for number in 0..6 {
        author.sign("well", "donation.received/1", gift(1000 + number), &[&well]);
        settle(&node);
    }
    node
}

/// All that leaves, and what the sequencer finds again.
pub(crate) fn told(node: &Node) -> Result<Vec<Vec<u8>>, String> {
    let shared = node.shared();
    // A publication that is lost is made again, of the anchored checkpoint.
    node.publish().map_err(|error| error.to_string())?;
    let size = shared.published_size();
    let mut told = vec![shared.published().map(|published| published.note).unwrap_or_default()];
    let text = |error: &dyn std::fmt::Display| error.to_string();
    for tile in Tile::all(size) {
        told.push(shared.verified().tile(&tile, size).map_err(|error| text(&error))?.unwrap_or_default());
    }
    let mut notes = Vec::new();
    for index in 0..size {
        let note = shared.note(index).map_err(|error| text(&error))?.ok_or("no note")?;
        told.push(note.bytes().to_vec());
        let receipt = shared.receipt(note.chain(), note.seq, None).map_err(|error| text(&error))?;
        told.push(receipt.map_err(|error| text(&error))?.to_text().into_bytes());
        told.push(shared.published_root(index).map_or(Vec::new(), |root| root.0.to_vec()));
        notes.push(note.bytes().to_vec());
    }
    // Each is there already, at its index.
    let again = node.submit(notes).map_err(|error| text(&error))?;
    told.extend(again.into_iter().map(|outcome| format!("{outcome:?}").into_bytes()));
    match shared.status() {
        Status::Ready => Ok(told),
        status => Err(format!("{status:?}")),
    }
}

/// A seed that is printed, and numbers from it (splitmix64).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new() -> Chance {
        let given = std::env::var("ALMONER_SEED").ok().and_then(|text| text.parse().ok());
        let seed = given.unwrap_or_else(|| {
            let mut bytes = [0; 8];
            std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes)).unwrap();
            u64::from_le_bytes(bytes)
        });
        println!("flips: ALMONER_SEED={seed}");
        Chance(seed)
    }

    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % end as u64).unwrap()
    }
}

/// The files of a ledger and its anchor, in memory.
struct Files(Vec<(PathBuf, Vec<u8>)>);

impl Files {
    fn read(root: &Path) -> Files {
        let names = ["anchor", "ledger/ledger.sqlite", "ledger/ledger.sqlite-wal", "ledger/keys/log"];
        Files(names.iter().filter_map(|name| Some((name.into(), std::fs::read(root.join(name)).ok()?))).collect())
    }

    fn put(&self, root: &Path) {
        for name in ["ledger/ledger.sqlite-wal", "ledger/ledger.sqlite-shm"] {
            let _ = std::fs::remove_file(root.join(name));
        }
        std::fs::create_dir_all(root.join("ledger/keys")).unwrap();
        for (name, bytes) in &self.0 {
            std::fs::write(root.join(name), bytes).unwrap();
        }
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(root.join("ledger/keys/log"), private).unwrap();
    }
}

fn every_flip_is_noticed_or_harmless(files: &Files, name: &str, chance: &mut Chance) {
    let root = tempfile::tempdir().unwrap();
    let open = || Node::open(&LedgerDirectory::new(root.path().join("ledger")), options(root.path()));
    files.put(root.path());
    let sound = told(&open().unwrap()).unwrap();
    let (_, bytes) = files.0.iter().find(|(path, _)| path.ends_with(name)).unwrap();
    let is_deep = std::env::var_os("ALMONER_DEEP").is_some();
    // Most of a page is empty: half of the sample goes where something is.
    let full: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
    let places: Vec<usize> = if is_deep {
        (0..bytes.len()).collect()
    } else {
        (0..SAMPLE)
            .map(|n| if n % 2 == 0 { chance.below(bytes.len()) } else { full[chance.below(full.len())] })
            .collect()
    };
    let (mut refused, mut failed) = (0, 0);
    for at in &places {
        let bit = chance.below(8);
        files.put(root.path());
        let mut flipped = bytes.clone();
        flipped[*at] ^= 1 << bit;
        std::fs::write(root.path().join("ledger").join(name), flipped).unwrap();
        match open() {
            Err(error) => {
                refused += 1;
                assert!(format!("{error:#}").len() > 20, "byte {at}: {error:#}");
            }
            Ok(node) => match told(&node) {
                Err(_) => failed += 1,
                Ok(told) => {
                    assert!(told == sound, "{name}: byte {at}, bit {bit}: something else is told, and nobody noticed")
                }
            },
        }
    }
    println!("{name}: {} flips, {refused} refused at the start, {failed} noticed later", places.len());
    assert!(refused > 0);
}

#[test]
fn one_flipped_bit_of_the_ledger_is_noticed_or_harmless() {
    let root = tempfile::tempdir().unwrap();
    write(root.path()).stop();
    assert!(!root.path().join("ledger/ledger.sqlite-wal").exists(), "it ended in order");
    every_flip_is_noticed_or_harmless(&Files::read(root.path()), "ledger.sqlite", &mut Chance::new());
}

#[test]
fn one_flipped_bit_of_the_write_ahead_log_is_noticed_or_harmless() {
    let root = tempfile::tempdir().unwrap();
    let node = write(root.path());
    let files = Files::read(root.path());
    node.stop();
    every_flip_is_noticed_or_harmless(&files, "ledger.sqlite-wal", &mut Chance::new());
}

#[test]
fn one_bit_flipped_in_the_file_under_a_running_node_is_found_though_it_was_read_before() {
    let root = tempfile::tempdir().unwrap();
    let node = write(root.path());
    let note = node.shared().note(node.shared().committed() - 3).unwrap().unwrap();
    let (entry, leaf) = (note.bytes().to_vec(), almoner_proof::merkle::leaf_hash(note.bytes()).0.to_vec());
    node.stop();
    drop(node);
    let path = root.path().join("ledger/ledger.sqlite");
    let bytes = std::fs::read(&path).unwrap();
    for row in [&entry[40..200], &leaf] {
        let at = bytes.windows(row.len()).position(|part| part == row).expect("the row in the file") + 7;
        let options = Options { rounds: crate::bent::quick(Duration::from_millis(1)).rounds, ..options(root.path()) };
        let node = Node::open(&LedgerDirectory::new(root.path().join("ledger")), options).unwrap();
        let sound = tiles(&node);
        assert!(sound.iter().all(Option::is_some) && node.shared().status() == Status::Ready);
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        // In place: a file that is cut and written again would be missed as one that was cut.
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        std::os::unix::fs::FileExt::write_all_at(&file, &flipped[at..=at], at as u64).unwrap();
        let since = std::time::Instant::now();
        while node.shared().status() == Status::Ready {
            assert!(since.elapsed() < Duration::from_secs(20), "it is not found");
            for (found, sound) in tiles(&node).iter().zip(&sound) {
                assert!(found.is_none() || found == sound, "changed bytes are served");
            }
        }
        let Status::Damaged(why) = node.shared().status() else { panic!("{:?}", node.shared().status()) };
        assert!(why.contains("entry"), "{why}");
        node.stop();
        assert!(std::fs::read(&path).unwrap() == flipped, "it leaves the file as it is");
        std::fs::write(&path, &bytes).unwrap();
    }
}

#[test]
fn a_removed_file_is_missed_without_a_write() {
    for name in ["ledger.sqlite", "ledger.sqlite-wal"] {
        let root = tempfile::tempdir().unwrap();
        write(root.path()).stop();
        let options = Options { rounds: crate::bent::quick(Duration::from_millis(1)).rounds, ..options(root.path()) };
        let node = Node::open(&LedgerDirectory::new(root.path().join("ledger")), options).unwrap();
        let sound = tiles(&node);
        std::fs::remove_file(root.path().join("ledger").join(name)).unwrap();
        let since = std::time::Instant::now();
        while node.shared().status() == Status::Ready {
            assert!(since.elapsed() < Duration::from_secs(20), "{name} is not missed");
            std::thread::park_timeout(Duration::from_millis(1));
        }
        let Status::Damaged(why) = node.shared().status() else { panic!("{:?}", node.shared().status()) };
        // A reader that is opened at that moment makes a write-ahead log anew, which is not the one that is missed.
        let is_missed = ["is not there any more", "is another file now"].iter().any(|what| why.contains(what));
        assert!(why.contains(name) && is_missed, "{why}");
        // The round that found it may hold the one connection that is left, and gives it back at its end.
        while tiles(&node) != sound {
            assert!(since.elapsed() < Duration::from_secs(20), "{name}: what is open is served");
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }
}

/// Every tile, as far as it is served.
fn tiles(node: &Node) -> Vec<Option<Vec<u8>>> {
    let size = node.shared().published_size();
    Tile::all(size).map(|tile| node.shared().verified().tile(&tile, size).ok().flatten()).collect()
}
