//! A writer that dies, and a disk that takes no more, each in a process of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use almoner_store::{Append, Log, SqliteLog, StoreError};

use crate::common::{batch, entries, place};

const LEDGER: &str = "ALMONER_TEST_LEDGER";

/// The child's part; without the variable there is nothing to do.
#[test]
fn child() {
    let Some(path) = std::env::var_os(LEDGER) else { return };
    let log = SqliteLog::open(path).unwrap();
    loop {
        let size = log.size().unwrap();
        match log.append(size, &batch(size, 7)) {
            Append::Appended => println!("acknowledged {}", size + 7),
            Append::Conflict { size } => panic!("nobody else writes, yet the size is {size}"),
            Append::Unknown { why } => {
                println!("unknown {why}");
                let Append::Unknown { why } = log.append(size, &batch(size, 7)) else { panic!("it went on writing") };
                println!("stopped {why}");
                assert!(matches!(log.put_checkpoint(&crate::common::pinned(1, 1)), Err(StoreError::Stopped { .. })));
                return;
            }
        }
    }
}

/// Starts the child; `limit` is the shell's words before it.
fn start(path: &Path, limit: &str) -> Child {
    Command::new("sh")
        .args(["-c", &format!("{limit} exec \"$0\" --exact crash::child --nocapture")])
        .arg(std::env::current_exe().unwrap())
        .env(LEDGER, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The last size the child acknowledged, as far as its words were heard; `stop` may end it at any line.
fn listen(child: &mut Child, mut stop: impl FnMut(&mut Child, u64)) -> (u64, Vec<String>) {
    let (mut acknowledged, mut others) = (0, Vec::new());
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        // The test harness writes its own words before the first line of ours.
        match line.split_once("acknowledged ").and_then(|(_, size)| size.parse().ok()) {
            Some(size) => {
                acknowledged = size;
                stop(child, size);
            }
            None => others.push(line),
        }
    }
    (acknowledged, others)
}

/// What was acknowledged is there, whole batches only, and the ledger goes on.
fn survives(path: &Path, acknowledged: u64) {
    let log = SqliteLog::open(path).unwrap();
    let size = log.size().unwrap();
    assert!(size >= acknowledged && size <= acknowledged + 7, "{size} entries, {acknowledged} acknowledged");
    let expected: Vec<_> = batch(0, size).iter().map(|item| item.bytes.to_vec()).collect();
    assert_eq!(entries(&log), expected);
    assert_eq!(log.leaves(0, size).unwrap().len() as u64, size);
    assert_eq!(log.lookup(1, size - 1).unwrap(), Some(size - 1));
    assert_eq!(log.append(size, &batch(size, 7)), Append::Appended);
}

#[test]
fn a_killed_writer_loses_nothing_it_acknowledged() {
    let (_directory, path) = place("ledger.db");
    drop(SqliteLog::create(&path).unwrap());
    let mut before = 0;
    for lines in [1_u64, 5, 20, 60] {
        let mut child = start(&path, "");
        let mut seen = 0;
        let (acknowledged, _) = listen(&mut child, |child, _| {
            seen += 1;
            if seen == lines {
                child.kill().unwrap();
            }
        });
        child.wait().unwrap();
        assert!(acknowledged > before);
        let log = SqliteLog::open(&path).expect("the system lets go of a dead writer's lock");
        let size = log.size().unwrap();
        assert!(size >= acknowledged && size.is_multiple_of(7), "{size} entries, {acknowledged} acknowledged");
        drop(log);
        survives(&path, size);
        before = size;
    }
}

#[test]
fn a_disk_that_takes_no_more_stops_the_writer_and_harms_nothing() {
    for blocks in [200, 333, 1000] {
        let (_directory, path) = place("ledger.db");
        drop(SqliteLog::create(&path).unwrap());
        // Writes beyond this file size fail; the signal that goes with it is ignored.
        let mut child = start(&path, &format!("trap '' XFSZ; ulimit -f {blocks};"));
        let (acknowledged, others) = listen(&mut child, |_, _| {});
        assert!(child.wait().unwrap().success(), "{others:?}");
        let said = others.join("\n");
        assert!(acknowledged > 0 && said.contains("unknown ") && said.contains("stopped an earlier write"), "{said}");
        survives(&path, acknowledged);
    }
}
