//! A ledger in a temporary directory, with a state folder of its own, so that no anchor is left behind.

use crate::{Ran, Served, program, run};
use almoner_proof::SecretKey;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A directory with a ledger (`ledger`), the state folder (`state`) and room for other files.
#[derive(Debug)]
pub struct House {
    root: TempDir,
    /// The log's identity.
    pub origin: String,
}

impl House {
    /// `almoner init` in a fresh directory.
    pub fn new(origin: &str) -> House {
        let house = House { root: tempfile::tempdir().expect("a temporary directory"), origin: origin.to_owned() };
        house.almoner(["init", &house.ledger(), "--origin", origin]).ok();
        house
    }

    /// The same, with the log on a cluster.
    pub fn on(connection: &str, origin: &str) -> House {
        let house = House { root: tempfile::tempdir().expect("a temporary directory"), origin: origin.to_owned() };
        house.almoner(["init", &house.ledger(), "--origin", origin, "--store", connection]).ok();
        house
    }

    /// Another machine for a node of the same ledger: keys (`with_keys`), policy and connection string, nothing else.
    pub fn another(&self, with_keys: bool) -> House {
        let house = House { root: tempfile::tempdir().expect("a temporary directory"), origin: self.origin.clone() };
        std::fs::create_dir(house.path("ledger")).unwrap();
        for name in ["ledger/policy", "ledger/store"] {
            std::fs::copy(self.path(name), house.path(name)).unwrap();
        }
        if with_keys {
            copy_folder(&self.path("ledger/keys"), &house.path("ledger/keys"));
        }
        house
    }

    /// A path in the house.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    /// The ledger's directory, as an argument.
    pub fn ledger(&self) -> String {
        self.text("ledger")
    }

    /// A path in the house, as an argument.
    pub fn text(&self, name: &str) -> String {
        self.path(name).to_str().expect("a path that is text").to_owned()
    }

    /// The anchor's file: the only one in the state folder.
    pub fn anchor(&self) -> PathBuf {
        let folder = self.path("state/almoner");
        let mut files = std::fs::read_dir(&folder).expect("the state folder").map(|file| file.unwrap().path());
        let file = files.find(|path| path.extension().is_none()).expect("an anchor");
        assert!(files.all(|path| path.extension().is_some()), "one anchor in {}", folder.display());
        file
    }

    /// A key of the ledger's directory: `registrar`, `importer`, `log`, `sequencer`.
    pub fn key(&self, name: &str) -> SecretKey {
        let path = self.path("ledger/keys").join(name);
        SecretKey::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    /// The binary with this house's state folder, ready to get arguments.
    pub fn command(&self) -> Command {
        let mut command = Command::new(program());
        command.env("XDG_STATE_HOME", self.path("state")).env("XDG_CONFIG_HOME", self.path("config"));
        command.env_remove("ALMONER_LISTEN").env_remove("ALMONER_ANCHOR").env_remove("ALMONER_STORE");
        command
    }

    /// Runs `almoner` to its end.
    pub fn almoner<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        run(self.command().args(arguments))
    }

    /// Starts `almoner serve` on a free port.
    pub fn serve(&self) -> Served {
        self.serve_with(&[])
    }

    /// The same with further arguments.
    pub fn serve_with(&self, arguments: &[&str]) -> Served {
        Served::start(self, arguments)
    }

    /// The same where it may have so many files open and no more.
    pub fn serve_with_files(&self, files: usize) -> Served {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("ulimit -n {files}; exec \"$@\""), "sh"]).arg(program());
        for (name, value) in self.command().get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        Served::run(command, self, &[])
    }

    /// Runs `almoner serve` where it must not start: gives its complaint.
    pub fn refuses_to_serve(&self) -> String {
        self.almoner(["serve", &self.ledger(), "--listen", "127.0.0.1:0"]).ended(1).err
    }
}

/// Copies a folder with all in it; what was there before is gone.
pub fn copy_folder(from: &Path, to: &Path) {
    if to.exists() {
        std::fs::remove_dir_all(to).unwrap();
    }
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
