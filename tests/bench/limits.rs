//! What the machine can do, measured in the same run.

use almoner_proof::{Envelope, PublicKey, SecretKey};
use rayon::prelude::*;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

/// `verify_strict` alone on all cores, over these notes' own texts, parsed keys kept: events a second.
pub(crate) fn verify_rate(notes: &[String]) -> f64 {
    let key = SecretKey::from_seed("limit/key", &[9; 32]);
    let public: PublicKey = key.verifier().key;
    let sample: Vec<(Envelope, [u8; 64])> = notes
        .par_iter()
        .take(20_000)
        .map(|note| {
            let envelope = Envelope::parse(note.as_bytes()).unwrap();
            let signature = key.sign(envelope.text().as_bytes());
            (envelope, signature)
        })
        .collect();
    let start = Instant::now();
    assert!(sample.par_iter().all(|(envelope, signature)| public.verifies(envelope.text().as_bytes(), signature)));
    sample.len() as f64 / start.elapsed().as_secs_f64()
}

/// A bare write and fdatasync of 4 KiB.
pub(crate) struct Fsync {
    pub median: Duration,
    pub p99: Duration,
}

/// Measures 500 of them, in the ledger's own file system.
pub(crate) fn fsync(dir: &Path) -> Fsync {
    let file = std::fs::File::create(dir.join("fsync")).unwrap();
    let block = [7u8; 4096];
    let mut times: Vec<Duration> = (0..500)
        .map(|i| {
            let start = Instant::now();
            file.write_all_at(&block, i % 64 * 4096).unwrap();
            file.sync_data().unwrap();
            start.elapsed()
        })
        .collect();
    times.sort();
    Fsync { median: times[250], p99: times[495] }
}

/// `verify_strict` of one note's text on one core: the median of 200.
pub(crate) fn verify_time(note: &str) -> Duration {
    let key = SecretKey::from_seed("limit/key", &[9; 32]);
    let public: PublicKey = key.verifier().key;
    let envelope = Envelope::parse(note.as_bytes()).unwrap();
    let signature = key.sign(envelope.text().as_bytes());
    let mut times: Vec<Duration> = (0..200)
        .map(|_| {
            let start = Instant::now();
            assert!(public.verifies(envelope.text().as_bytes(), &signature));
            start.elapsed()
        })
        .collect();
    times.sort();
    times[100]
}
