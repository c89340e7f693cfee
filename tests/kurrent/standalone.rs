//! The program that is carried to a real server, tried on doubles that die, freeze and elect while its load runs.

use crate::quick;
use acceptance::double::Double;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const SECONDS: u64 = 4;

#[test]
fn everything_holds_on_doubles_that_fail() {
    let double = Double::cluster(3);
    let mut program = Command::new(env!("CARGO_BIN_EXE_store-contract"))
        .args([quick(&double.connection()), SECONDS.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(program.stdout.take().unwrap());
    let mut said = String::new();
    while !said.lines().last().is_some_and(|line| line.starts_with("load:")) {
        assert!(output.read_line(&mut said).unwrap() > 0, "it ended before its load:\n{said}");
    }
    let since = Instant::now();
    let wait = |millis| std::thread::park_timeout(Duration::from_millis(millis));
    let mut leader = 0;
    while since.elapsed() < Duration::from_secs(SECONDS) {
        wait(300);
        // It dies and comes back as the leader; it dies and another one leads.
        double.kill(leader);
        wait(100);
        double.revive(leader);
        wait(300);
        double.kill(leader);
        let next = (leader + 1) % 3;
        double.elect(next);
        double.revive(leader);
        leader = next;
        wait(300);
        // It freezes, and does at its thaw what arrived meanwhile; it freezes, and is replaced.
        double.freeze(leader);
        wait(200);
        double.thaw(leader);
        wait(200);
        double.freeze(leader);
        let next = (leader + 1) % 3;
        double.elect(next);
        wait(100);
        double.thaw(leader);
        leader = next;
    }
    output.read_to_string(&mut said).unwrap();
    let ended = program.wait().unwrap();
    println!("{said}");
    assert!(ended.success(), "{said}");
    assert!(said.contains("nothing acknowledged is missing, nothing is there twice: "), "{said}");
    assert!(said.lines().last().unwrap().starts_with("everything held: "), "{said}");
}
