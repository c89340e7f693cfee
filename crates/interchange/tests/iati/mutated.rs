//! Damaged files: whatever the bytes, the answer is a report or a refusal, never a panic, and the books of elements close.

use std::fs;

use super::all;

/// SplitMix64: small, seeded, the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap()
    }
}

const PIECES: [&[u8]; 14] = [
    b"<",
    b">",
    b"&",
    b"&amp;",
    b"\"",
    b"'",
    b"</",
    b"/>",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"\0",
    b"\xEF\xBF\xBF",
    b"<transaction>",
];

#[test]
fn damaged_files_never_panic() {
    let seed = std::env::var("ALMONER_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(20_240_517);
    let runs = if std::env::var_os("ALMONER_DEEP").is_some() { 400_000 } else { 4_000 };
    eprintln!("seed {seed} (ALMONER_SEED), {runs} runs (ALMONER_DEEP for more)");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/iati/");
    let files = ["version-1.02.xml", "version-2.03.xml"].map(|name| fs::read(format!("{folder}{name}")).unwrap());
    let mut random = Random(seed);
    let mut read = 0;
    for run in 0..runs {
        let mut bytes = files[run % 2].clone();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            match random.below(5) {
                0 => bytes.truncate(at),
                1 => bytes[at..].iter_mut().take(1).for_each(|b| *b ^= 1 << random.below(8)),
                2 => {
                    let piece = PIECES[random.below(PIECES.len())];
                    bytes.splice(at..at, piece.iter().copied());
                }
                3 => {
                    let end = (at + random.below(40)).min(bytes.len());
                    bytes.drain(at..end);
                }
                _ => {
                    let end = (at + random.below(200)).min(bytes.len());
                    let copy = bytes[at..end].to_vec();
                    let to = random.below(bytes.len());
                    bytes.splice(to..to, copy);
                }
            }
        }
        if let Ok((report, seen)) = all(&bytes) {
            read += 1;
            let totals = report.by_type_currency.values().map(|t| t.count).sum::<u64>();
            assert_eq!(
                (totals, seen.len() as u64),
                (report.transactions, report.transactions),
                "seed {seed} run {run}"
            );
            let listed = report.unmapped.iter().map(|u| u.elements).sum::<u64>();
            assert_eq!(listed, report.elements.listed, "seed {seed} run {run}");
        }
    }
    assert!(read > runs / 50, "only {read} of {runs} were readable: the mutations test nothing");
}

#[test]
fn every_prefix_is_refused() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/iati/version-2.03.xml");
    let file = fs::read(folder).unwrap();
    let whole = file.trim_ascii_end();
    for length in 0..whole.len() {
        assert!(all(&whole[..length]).is_err(), "{length}");
    }
    assert!(all(whole).is_ok());
}
