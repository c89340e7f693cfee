//! A running `almoner serve` that ends with the test.

use crate::{Client, House, run};
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longest wait for anything that a healthy server does.
const PATIENCE: Duration = Duration::from_secs(60);

/// The process and where it listens.
#[derive(Debug)]
pub struct Served {
    child: Child,
    /// Speaks with it.
    pub client: Client,
    said: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Served {
    pub(crate) fn start(house: &House, arguments: &[&str]) -> Served {
        Served::run(house.command(), house, arguments)
    }

    /// Starts `command`, which is `almoner` or leads to it.
    pub(crate) fn run(mut command: Command, house: &House, arguments: &[&str]) -> Served {
        command.args(["serve", &house.ledger(), "--listen", "127.0.0.1:0"]).args(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("almoner serve");
        let said = Arc::new(Mutex::new(String::new()));
        let mut errors = child.stderr.take().expect("standard error");
        let kept = Arc::clone(&said);
        let reader = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = errors.read_to_string(&mut text);
            *kept.lock().unwrap() = text;
        });
        // `serving <origin> at http://127.0.0.1:<port>` comes first, when it listens.
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("standard output")).read_line(&mut line).unwrap();
        let mut served = Served { child, client: Client::new(""), said, reader: Some(reader) };
        match line.trim().rsplit_once(" at http://127.0.0.1:") {
            Some((_, port)) => served.client = Client::new(&format!("http://127.0.0.1:{port}")),
            None => panic!("almoner serve said {line:?}\n{}", served.end()),
        }
        served
    }

    /// The most memory that it ever had, in MiB; `None` where the system does not tell.
    pub fn peak_mib(&self) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1024)
    }

    /// `kill -9`: what a crash does.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and how it ended.
    pub fn terminate(mut self) -> ExitStatus {
        self.signal("TERM");
        self.wait()
    }

    /// SIGTERM, and what it said on standard error.
    pub fn stop(mut self) -> String {
        self.signal("TERM");
        self.wait();
        self.end()
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        run(Command::new("sh").args(["-c", &format!("kill -{name} {}", self.child.id())])).ok();
    }

    /// Waits until it has ended by itself.
    pub fn wait(&mut self) -> ExitStatus {
        let since = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(since.elapsed() < PATIENCE, "the server does not end: {}", self.end());
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }

    /// Waits until everything acknowledged is published, and gives the size.
    pub fn published(&self) -> u64 {
        let since = Instant::now();
        loop {
            let log = self.client.get("/v1/log").ok();
            let size = log.json["size"].as_u64().unwrap();
            if Some(size) == log.json["committed"].as_u64() {
                return size;
            }
            assert!(since.elapsed() < PATIENCE, "nothing is published: {}", log.json);
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    /// Ends it and gives what it said on standard error.
    fn end(&mut self) -> String {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        self.said.lock().unwrap().clone()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let said = self.end();
        if std::thread::panicking() && !said.is_empty() {
            println!("--- the server said\n{said}");
        }
    }
}
