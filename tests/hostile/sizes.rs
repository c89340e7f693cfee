//! Sizes that are told: nothing grows with them ahead of what comes, and the first tile that is missing ends it.

use crate::{HOUSE, ORIGIN, almoner, almoner_with_policy, fresh, is_plain};
use acceptance::Ran;
use acceptance::hostile::{Hostile, reply};
use almoner_proof::merkle::{fold_peaks, leaf_hash, root_of};
use almoner_proof::tile::{Tile, push_entry};
use almoner_proof::{Checkpoint, Hash, SecretKey};
use std::path::Path;

/// The largest size that a checkpoint can say, a large one, and some that are not the edge of anything.
const SIZES: [u64; 5] = [(1 << 63) - 1, 1 << 62, 1 << 40, (1 << 40) + 12_345, 70_001];
/// What a command may hold, in KiB.
const MEMORY: u64 = 64 << 10;

/// A log of any size in which every entry is the same, so that its tiles need no room: endless supply, and every hash
/// is right.
struct Endless {
    size: u64,
    entry: Vec<u8>,
    /// At `levels[l]` the root of 256^l entries.
    levels: Vec<Hash>,
}

impl Endless {
    fn new(size: u64) -> Endless {
        let entry = std::fs::read(HOUSE.path("request")).unwrap();
        let mut levels = vec![leaf_hash(&entry)];
        for level in 0..7 {
            levels.push(root_of(&[levels[level]; 256]));
        }
        Endless { size, entry, levels }
    }

    fn checkpoint(&self, key: &SecretKey) -> String {
        let mut peaks = Vec::new();
        for bit in (0..63u32).rev().filter(|bit| self.size >> bit & 1 == 1) {
            peaks.push(root_of(&vec![self.levels[bit as usize / 8]; 1 << (bit % 8)]));
        }
        Checkpoint { origin: ORIGIN.to_owned(), size: self.size, root: fold_peaks(&peaks) }.sign(key)
    }

    fn tile(&self, tile: &Tile) -> Vec<u8> {
        let Some(level) = tile.level else {
            let mut bundle = Vec::new();
            for _ in 0..tile.width {
                assert!(push_entry(&mut bundle, &self.entry));
            }
            return bundle;
        };
        self.levels[usize::from(level)].0.repeat(usize::from(tile.width))
    }

    /// Serves it as the log's own key or somebody signed it; `bend` may take a tile away (`None`) or change it.
    fn serve(
        self,
        key: &SecretKey,
        bend: impl Fn(&Tile, Vec<u8>) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) -> Hostile {
        let checkpoint = self.checkpoint(key);
        Hostile::new(move |request, stream| {
            let path = request.strip_prefix("GET /").unwrap_or_default();
            if path == "checkpoint" {
                return reply(stream, "200 OK", checkpoint.as_bytes());
            }
            match Tile::parse(path).and_then(|tile| bend(&tile, self.tile(&tile))) {
                Some(bytes) => reply(stream, "200 OK", &bytes),
                None => reply(stream, "404 Not Found", b""),
            }
        })
    }
}

fn somebody() -> SecretKey {
    SecretKey::from_seed(ORIGIN, &[7; 32])
}

fn run(line: &[&str]) -> (Ran, u64) {
    almoner(&line.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
}

#[test]
fn the_first_missing_tile_ends_it() {
    for key in [somebody(), HOUSE.key("log")] {
        for size in SIZES {
            let server = Endless::new(size).serve(&key, |_, _| None);
            let url = server.url();
            let out = fresh("tiles");
            let mut runs = vec![run(&["export", "tiles", "--from", &url, "--out", &out]), run(&["tail", &url])];
            runs.push(run(&["audit", &url, "--policy", &HOUSE.text("ledger/policy")]));
            runs.push(run(&["audit", &url]));
            if key.verifier() == HOUSE.key("log").verifier() {
                for line in [vec!["tail", &url], vec!["export", "hledger", "--from", &url], vec!["audit", &url]] {
                    runs.push(almoner_with_policy(&line));
                }
                runs.push(almoner_with_policy(&["export", "tiles", "--from", &url, "--out", &out]));
            }
            for (ran, held) in runs {
                let forged = key.verifier() == somebody().verifier() && ran.line.contains("--policy");
                let ran = ran.ended(if forged { 3 } else { 5 });
                assert!(held < MEMORY, "{size}: {held} KiB: {}", ran.line);
                is_plain(&ran);
            }
            // Each looked at some tiles of the edge and no more.
            assert!(server.asked().len() < 200, "{size}: {} requests", server.asked().len());
            assert!(!Path::new(&out).join("checkpoint").exists());
        }
    }
}

#[test]
fn work_grows_with_what_comes() {
    for size in SIZES {
        // Everything is there, but that the supply ends after so many bundles from the end, or from the beginning.
        let last = size / 256;
        let server = Endless::new(size).serve(&somebody(), move |tile, bytes| {
            let near = tile.index < 100 || tile.index + 100 > last;
            (tile.level.is_some() || near).then_some(bytes)
        });
        let url = server.url();
        let (ran, held) = run(&["tail", &url, "-n", "300"]);
        let ran = ran.ok();
        assert_eq!((ran.out.lines().count(), ran.err.starts_with("unchecked: ")), (300, true), "{ran:?}");
        assert!(ran.out.lines().last().unwrap().starts_with(&format!("{:>8}  ", size - 1)), "{}", ran.out);
        assert!(held < MEMORY, "{size}: {held} KiB");
        let (ran, _) = run(&["tail", &url, "-n", "2", "--json"]);
        let ran = ran.ok();
        for line in ran.out.lines() {
            assert_eq!(serde_json::from_str::<serde_json::Value>(line).unwrap()["checked"], false);
        }
        assert_eq!(ran.err, "");
        // A filter that takes nothing goes back until the supply ends.
        let (ran, held) = run(&["tail", &url, "--chain", "nobody"]);
        let ran = ran.ended(5);
        assert!(ran.err.contains("tile/entries/") && ran.out.is_empty(), "{ran:?}");
        assert!(held < MEMORY, "{size}: {held} KiB");
        let out = fresh("tiles");
        let (ran, held) = run(&["export", "tiles", "--from", &url, "--out", &out]);
        let ran = ran.ended(5);
        assert!(ran.err.contains("is missing"), "{ran:?}");
        assert!(held < MEMORY, "{size}: {held} KiB");
        assert!(!Path::new(&out).join("checkpoint").exists());
    }
}

#[test]
fn a_policy_that_is_kept_decides() {
    let signed = |key: &SecretKey| Endless::new(70_001).serve(key, |_, bytes| Some(bytes));
    let (good, forged) = (signed(&HOUSE.key("log")), signed(&somebody()));
    let out = fresh("tiles");
    let ran = almoner_with_policy(&["tail", &good.url(), "--json"]).0.ok();
    assert!(ran.out.lines().count() == 10 && ran.out.lines().all(|line| line.contains("\"checked\":true")), "{ran:?}");
    assert_eq!(almoner_with_policy(&["tail", &good.url()]).0.ok().err, "");
    for line in [vec!["tail", &forged.url()], vec!["export", "tiles", "--from", &forged.url(), "--out", &out]] {
        let ran = almoner_with_policy(&line).0.ended(3);
        assert!(ran.out.is_empty() && ran.err.contains("by the policy"), "{ran:?}");
    }
    assert!(!Path::new(&out).exists() && forged.asked().len() == 2, "{:?}", forged.asked());
}

#[test]
fn garbage_is_refuted_before_it_is_written() {
    let key = HOUSE.key("log");
    let flip = |mut bytes: Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        Some(bytes)
    };
    let cut = |mut bytes: Vec<u8>| {
        bytes.pop();
        Some(bytes)
    };
    let tiles = [
        "tile/entries/000",
        "tile/entries/273.p/113",
        "tile/0/007",
        "tile/0/273.p/113",
        "tile/1/000",
        "tile/2/000.p/1",
    ];
    for path in tiles {
        for (name, bend) in [("flipped", flip as fn(Vec<u8>) -> Option<Vec<u8>>), ("cut", cut)] {
            let server = Endless::new(70_001)
                .serve(&key, move |tile, bytes| if tile.to_string() == path { bend(bytes) } else { Some(bytes) });
            let out = fresh("tiles");
            let (ran, _) = almoner_with_policy(&["export", "tiles", "--from", &server.url(), "--out", &out]);
            let ran = ran.ended(3);
            assert!(ran.err.contains(path) || ran.err.contains("root"), "{name} {path}: {ran:?}");
            assert!(!Path::new(&out).join(path).exists(), "{name} {path} was written");
            assert!(!Path::new(&out).join("checkpoint").exists(), "{name} {path}");
        }
    }
    let bent = "tile/entries/273.p/113";
    let server = Endless::new(70_001)
        .serve(&key, move |tile, bytes| if tile.to_string() == bent { flip(bytes) } else { Some(bytes) });
    let ran = almoner_with_policy(&["tail", &server.url()]).0.ended(3);
    assert!(ran.out.is_empty() && ran.err.contains(bent), "{ran:?}");
}

#[test]
fn a_copy_goes_on_and_never_back() {
    let key = HOUSE.key("log");
    let out = fresh("tiles");
    let export = |server: &Hostile| almoner_with_policy(&["export", "tiles", "--from", &server.url(), "--out", &out]).0;
    let held = || std::fs::read(Path::new(&out).join("checkpoint")).unwrap();
    let whole = |size: u64| Endless::new(size).serve(&key, |_, bytes| Some(bytes));
    export(&whole(700)).ok();
    let ran = export(&whole(1000)).ok();
    assert_eq!((ran.out.contains(" of 1000 events in "), ran.err.as_str()), (true, ""), "{ran:?}");
    let newest = held();
    // An older one, and one of another history.
    assert!(export(&whole(700)).ended(1).err.contains("1000 events already"));
    let mut other = Endless::new(1001);
    other.entry = std::fs::read(HOUSE.path("alice.pub")).unwrap();
    other.levels = vec![leaf_hash(&other.entry)];
    for level in 0..7 {
        other.levels.push(root_of(&[other.levels[level]; 256]));
    }
    let ran = export(&other.serve(&key, |_, bytes| Some(bytes))).ended(3);
    assert!(ran.err.contains("one of the two was rewritten"), "{ran:?}");
    // A file that somebody changed is not written over.
    let path = Path::new(&out).join("tile/entries/001");
    std::fs::write(&path, b"something else").unwrap();
    assert!(export(&whole(1002)).ended(1).err.contains("holds something else already"));
    assert_eq!((held(), std::fs::read(path).unwrap()), (newest, b"something else".to_vec()));
}

#[test]
fn what_is_followed_goes_on_and_never_back() {
    let key = HOUSE.key("log");
    let forged = Checkpoint { origin: ORIGIN.to_owned(), size: 900, root: Hash([7; 32]) }.sign(&key);
    let of = |size: u64| Endless::new(size).checkpoint(&key);
    // The first hundred bundles are there, whatever size is told.
    let there = 100 * 256 - 699;
    for (last, word, lines) in [
        (of(699), "is said to have 699", 101),
        (forged, "does not stand under", 101),
        (of(1 << 50), "tile/entries/100 could not be read", there),
    ] {
        let checkpoints = [of(700), of(800), of(800), last];
        let (log, asked) = (Endless::new(1 << 50), std::sync::atomic::AtomicUsize::new(0));
        let server = Hostile::new(move |request, stream| {
            let path = request.strip_prefix("GET /").unwrap_or_default();
            if path == "checkpoint" {
                let number = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                return reply(stream, "200 OK", checkpoints[number.min(3)].as_bytes());
            }
            match Tile::parse(path).filter(|tile| tile.index < 100) {
                Some(tile) => reply(stream, "200 OK", &log.tile(&tile)),
                None => reply(stream, "404 Not Found", b""),
            }
        });
        let (ran, held) = almoner_with_policy(&["tail", &server.url(), "-n", "1", "--follow"]);
        assert!(matches!(ran.code, Some(3 | 5)) && ran.err.contains(word), "{ran:?}");
        assert_eq!(ran.out.lines().count(), lines, "{}", ran.err);
        assert!(held < MEMORY, "{held} KiB");
    }
}
