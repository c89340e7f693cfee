//! Tessera's POSIX log under its own hammer, beside ours. `scripts/bench peers` builds both.

use crate::single;
use almoner_proof::{Checkpoint, SecretKey};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// From the hammer's start until it is looked at.
const WARM: Duration = Duration::from_secs(4);
/// For how long.
const LENGTH: Duration = Duration::from_secs(12);
/// Bytes of a leaf: as much as an event of one gift.
const LEAF: usize = 520;

/// Says aloud what is not measured.
pub(crate) fn skipped(what: &str, why: &str) {
    println!("SKIPPED: {what} ({why}); `scripts/bench peers` installs what it can");
}

pub(crate) fn is_installed(program: &str, version: &str) -> bool {
    Command::new(program).arg(version).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Row 3 before and after Tessera's, whose leaves nobody signs.
pub(crate) fn peers(events: usize) {
    if !["tessera-posix", "tessera-hammer"].iter().all(|program| is_installed(program, "--help")) {
        return skipped("Tessera", "tessera-posix and tessera-hammer are not installed");
    }
    let before = single::saturated(events).rate;
    let theirs: Vec<(u32, Option<f64>)> = [128, 512].map(|writers| (writers, tessera(writers))).to_vec();
    let ours = (before + single::saturated(events).rate) / 2.0;
    for (writers, rate) in theirs {
        match rate {
            Some(rate) => println!(
                "3 beside Tessera's POSIX log with {writers} writers of its hammer: {:.2} of it (budget 1.5 with 512; {ours:.0} signed events/s over 128 connections, {rate:.0} unsigned leaves/s integrated)",
                ours / rate
            ),
            None => skipped(&format!("Tessera with {writers} writers"), "it published no checkpoint that grew"),
        }
    }
}

/// Ends with the value.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Leaves a second by which the published checkpoint grows.
fn tessera(writers: u32) -> Option<f64> {
    let dir = tempfile::tempdir().unwrap();
    let key = SecretKey::from_seed("bench.example/tessera", &[7; 32]);
    let (secret, log) = (dir.path().join("key"), dir.path().join("log"));
    std::fs::write(&secret, key.to_line().as_str()).unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let _server = start(
        Command::new("tessera-posix")
            .arg(format!("--storage_dir={}", log.display()))
            .arg(format!("--private_key={}", secret.display()))
            .arg(format!("--listen={address}")),
    );
    wait_for(address)?;
    // It opens the log before it serves, and the hammer wants a checkpoint to begin with.
    let until = Instant::now() + Duration::from_secs(10);
    while size(&log).is_none() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
    }
    let _hammer = start(
        Command::new("tessera-hammer")
            .arg(format!("--log_url=http://{address}"))
            .arg(format!("--log_public_key={}", key.verifier()))
            .arg(format!("--num_writers={writers}"))
            .arg(format!("--leaf_min_size={LEAF}"))
            .args(["--max_write_ops=1000000", "--dup_chance=0", "--show_ui=false"])
            .args(["--max_read_ops=0", "--num_readers_random=0", "--num_readers_full=0"]),
    );
    std::thread::sleep(WARM);
    // From one publication to another, so that both ends are exact.
    let (from, first) = published_next(&log)?;
    std::thread::sleep(LENGTH);
    let (to, last) = published_next(&log)?;
    (last > first).then(|| (last - first) as f64 / (to - from).as_secs_f64())
}

fn start(command: &mut Command) -> Ended {
    Ended(command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

fn wait_for(address: SocketAddr) -> Option<()> {
    let until = Instant::now() + Duration::from_secs(10);
    while Instant::now() < until {
        if TcpStream::connect(address).is_ok() {
            return Some(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    None
}

fn size(log: &Path) -> Option<u64> {
    Some(Checkpoint::of_note(&std::fs::read(log.join("checkpoint")).ok()?)?.size)
}

/// When the next checkpoint is there, and its size.
fn published_next(log: &Path) -> Option<(Instant, u64)> {
    let before = size(log)?;
    let until = Instant::now() + Duration::from_secs(20);
    while Instant::now() < until {
        match size(log) {
            Some(size) if size != before => return Some((Instant::now(), size)),
            Some(_) | None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    None
}
