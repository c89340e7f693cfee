//! This program as a process of its own: as the command line, and as a node whose memory is looked at.

use crate::served::options;
use almoner_server::app::{LedgerDirectory, Node};
use std::path::Path;
use std::process::{Command, ExitCode};

const AS: &str = "ALMONER_BENCH_AS";

/// What a child does; `None` in the benchmark itself.
pub(crate) fn run() -> Option<ExitCode> {
    match std::env::var(AS).ok()?.as_str() {
        "almoner" => Some(almoner_cli::main()),
        path => {
            let path = Path::new(path);
            let node = Node::open(&LedgerDirectory::new(path), options(path)).unwrap_or_else(|e| panic!("{e:#}"));
            println!("{}", anonymous());
            node.stop();
            Some(ExitCode::SUCCESS)
        }
    }
}

/// `almoner`, the code of this build.
pub(crate) fn almoner() -> Command {
    let mut command = this();
    command.env(AS, "almoner");
    command
}

/// KiB of memory, without pages of files, that a node holds once it has opened a ledger.
pub(crate) fn memory(ledger: &Path) -> u64 {
    let mut command = this();
    // Else the allocator keeps a heap for each thread, which says nothing of the node.
    let output = command.env(AS, ledger).env("MALLOC_ARENA_MAX", "1").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let number = text.trim().parse();
    number.unwrap_or_else(|_| panic!("{text}{}", String::from_utf8_lossy(&output.stderr)))
}

fn this() -> Command {
    Command::new(std::env::current_exe().unwrap())
}

fn anonymous() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")?.trim().strip_suffix(" kB"));
    line.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
}
