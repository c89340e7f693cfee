//! The real binary, and other people's programs.

use serde_json::Value;
use std::ffi::OsStr;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

/// How a program ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; `None` after a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// What was run.
    pub line: String,
}

impl Ran {
    /// It ended with 0.
    #[track_caller]
    pub fn ok(self) -> Ran {
        self.ended(0)
    }

    /// It ended with this code.
    #[track_caller]
    pub fn ended(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "{}\n--- stdout\n{}\n--- stderr\n{}", self.line, self.out, self.err);
        self
    }

    /// Standard output as one JSON value.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{}: {e}\n{}", self.line, self.out))
    }
}

/// Runs a command to its end.
#[track_caller]
pub fn run(command: &mut Command) -> Ran {
    let line = format!("{command:?}");
    let output = command.output().unwrap_or_else(|e| panic!("{line}: {e}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr), line }
}

/// Runs a command to its end, and gives the most memory that it held, in KiB (`VmHWM`; 0 where the system does not tell).
#[track_caller]
pub fn run_watched(command: &mut Command) -> (Ran, u64) {
    let line = format!("{command:?}");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{line}: {e}"));
    let reader = |mut from: Box<dyn Read + Send>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = from.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        })
    };
    let out = reader(Box::new(child.stdout.take().expect("standard output")));
    let err = reader(Box::new(child.stderr.take().expect("standard error")));
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = 0;
    let ended = loop {
        let told = std::fs::read_to_string(&status).unwrap_or_default();
        let held = told.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        peak = peak.max(held.unwrap_or(0));
        if let Some(ended) = child.try_wait().expect("its end") {
            break ended;
        }
        std::thread::park_timeout(Duration::from_millis(1));
    };
    let text = |reader: std::thread::JoinHandle<String>| reader.join().expect("what it said");
    (Ran { code: ended.code(), out: text(out), err: text(err), line }, peak)
}

/// The binary `almoner`, beside this test's own executable. Cargo gives no path of another package's
/// binary, and `cargo test -p acceptance` does not build it: so it is built here when it is missing
/// or older than a source file, or was built without what it needs for a cluster.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = std::env::current_exe().expect("the test's own path");
        // …/<target>/<profile>/deps/http-0123456789abcdef
        let profile = test.ancestors().nth(2).expect("a profile's directory").to_owned();
        let program = profile.join("almoner");
        let built = std::fs::metadata(&program).and_then(|file| file.modified()).ok();
        let workspace = manifest().parent().expect("the workspace");
        let is_old = built.is_none_or(|built| newest(&workspace.join("crates")) > built);
        if is_old || !run(Command::new(&program).arg("--version")).out.contains("with kurrentdb") {
            let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
            let mut build = Command::new(cargo);
            build.current_dir(workspace).args([
                "build",
                "--locked",
                "-p",
                "almoner-cli",
                "--bin",
                "almoner",
                "--features",
                "kurrentdb",
            ]);
            build.arg("--target-dir").arg(profile.parent().expect("the target directory"));
            // What cargo told this test about its own package would make it build others again.
            for (name, _) in std::env::vars_os() {
                let name = name.to_string_lossy();
                if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_CRATE_", "CARGO_BIN_"]
                    .iter()
                    .any(|own| name.starts_with(own))
                {
                    build.env_remove(name.as_ref());
                }
            }
            if profile.file_name() == Some(OsStr::new("release")) {
                build.arg("--release");
            }
            run(&mut build).ok();
        }
        assert!(program.exists(), "{} was not built", program.display());
        program
    })
}

/// When the newest source file below a folder was written.
fn newest(folder: &Path) -> SystemTime {
    let mut newest = SystemTime::UNIX_EPOCH;
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let when = if path.is_dir() {
            newest_of_folder(&path)
        } else {
            entry.metadata().and_then(|file| file.modified()).unwrap_or(SystemTime::UNIX_EPOCH)
        };
        newest = newest.max(when);
    }
    newest
}

/// Tests of other packages do not change the binary.
fn newest_of_folder(path: &Path) -> SystemTime {
    if path.file_name() == Some(OsStr::new("tests")) { SystemTime::UNIX_EPOCH } else { newest(path) }
}

/// This package's folder.
fn manifest() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file or folder of this package, such as `vectors/iati`, or beside the workspace (`../../shared`).
pub fn vectors(path: &str) -> PathBuf {
    manifest().join(path)
}

/// Whether a program of other people is here.
fn installed(name: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(name).is_file())
}

/// Whether a test must be passed over because a program is missing; says so where it is seen.
/// `scripts/check` installs them all, so there nothing is passed over.
pub fn skipped(name: &str) -> bool {
    let missing = !installed(name);
    if missing {
        say_skipped(&format!("{name} is not installed"));
    }
    missing
}

/// Says visibly that a test was passed over: the harness swallows what `eprintln!` writes, but not this.
pub fn say_skipped(why: &str) {
    // In one piece, because tests run side by side.
    let _ = std::io::stderr().write_all(format!("SKIPPED: {why}\n").as_bytes());
}
