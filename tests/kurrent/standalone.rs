//! The program that is carried to a real server, tried on doubles: that die, freeze and elect while its load runs, that
//! are as late as a real node, that know users, and that break a rule.

use crate::quick;
use acceptance::double::{Double, Fault};
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

const SECONDS: u64 = 4;

/// The program under way, and what it has said.
struct Program {
    child: Child,
    output: BufReader<ChildStdout>,
    said: String,
}

impl Program {
    fn start(connection: &str, seconds: u64) -> Program {
        let mut child = Command::new(env!("CARGO_BIN_EXE_store-contract"))
            .args([quick(connection), seconds.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Program { child, output, said: String::new() }
    }

    /// Until a line begins so.
    fn says(&mut self, word: &str) {
        while !self.said.lines().last().is_some_and(|line| line.starts_with(word)) {
            let is_more = self.output.read_line(&mut self.said).unwrap() > 0;
            assert!(is_more, "it ended before it said {word}\n{}", self.said);
        }
    }

    /// All that it said, and its exit code.
    fn ends(mut self) -> (String, Option<i32>) {
        self.output.read_to_string(&mut self.said).unwrap();
        let code = self.child.wait().unwrap().code();
        println!("{}", self.said);
        (self.said, code)
    }

    fn holds(self) -> String {
        let (said, code) = self.ends();
        assert_eq!(code, Some(0), "{said}");
        assert_eq!(said.matches("nothing acknowledged is missing, nothing is there twice: ").count(), 3, "{said}");
        assert!(said.lines().last().unwrap().starts_with("everything held: "), "{said}");
        said
    }
}

#[test]
fn everything_holds_on_doubles_that_fail() {
    let double = Double::cluster(3);
    let mut program = Program::start(&double.connection(), SECONDS);
    program.says("load:");
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
    program.holds();
}

#[test]
fn everything_holds_for_a_user_on_a_double_that_is_as_late_as_a_real_node() {
    let double = Double::start();
    double.late(Duration::from_millis(45));
    double.user("admin", "changeit", true);
    double.user("ledger", "sesame", false);
    let said = Program::start(&double.connection_as("ledger", "sesame"), 1).holds();
    assert!(said.contains("nobody appends (unary)") && said.contains("nobody appends to almoner-…-anchor"), "{said}");
}

#[test]
fn a_rule_that_is_broken_is_named() {
    let double = Double::start();
    // An administrator is bound by no list, so it is no user for a ledger.
    double.user("admin", "changeit", true);
    // The first append is refused although it could be written: its stream does not come to be as the rules want it.
    double.fault(Fault::WrongExpectedVersion { current: 7 });
    let (said, code) = Program::start(&double.connection_as("admin", "changeit"), 1).ends();
    assert_eq!(code, Some(1), "{said}");
    let last = said.lines().last().unwrap();
    assert!(last.contains("did not hold: NoStream a b c (session);"), "{said}");
    assert!(last.contains("the user, who is no administrator, sets it once more (session);"), "{said}");
}
