//! A ledger's directory: where its files are.

use almoner_proof::policy::search::base_directory;
use almoner_proof::{Hash, Policy, SecretKey, VerifierKey};
use anyhow::{Context as _, bail};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Paths inside a ledger's directory.
#[derive(Debug, Clone)]
pub struct LedgerDirectory(PathBuf);

impl LedgerDirectory {
    /// Names a directory; nothing is read yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> LedgerDirectory {
        LedgerDirectory(path.into())
    }
    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
    /// The embedded store.
    #[must_use]
    pub fn store(&self) -> PathBuf {
        self.0.join("ledger.sqlite")
    }
    /// This machine's copy of a log that is on a cluster; it may be removed, and is filled again.
    #[must_use]
    pub fn mirror(&self) -> PathBuf {
        self.0.join("mirror.sqlite")
    }
    /// What the events did, written down for the next start; it may be removed, and is made again.
    #[must_use]
    pub fn replay(&self) -> PathBuf {
        self.0.join("replay")
    }
    /// What is read without asking anybody: the store, or the copy of one on a cluster.
    #[must_use]
    pub fn readable(&self) -> PathBuf {
        let is_on_cluster = self.connection_file().exists() || !self.store().exists();
        if is_on_cluster && self.mirror().exists() { self.mirror() } else { self.store() }
    }
    /// Removes the mirror; the next start fills a new one.
    ///
    /// # Errors
    /// When it is there and cannot be removed.
    pub fn remove_mirror(&self) -> anyhow::Result<()> {
        for suffix in ["", "-wal", "-shm"] {
            let mut path = self.mirror().into_os_string();
            path.push(suffix);
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error).with_context(|| format!("cannot remove {}", Path::new(&path).display()));
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
    fn connection_file(&self) -> PathBuf {
        self.0.join("store")
    }
    /// The connection string of a ledger that is on a cluster.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn connection(&self) -> anyhow::Result<Option<String>> {
        let path = self.connection_file();
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text.trim().to_owned())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }
    /// Keeps the connection string, for its owner only: it may hold a password.
    ///
    /// # Errors
    /// When another is kept already, or it cannot be written.
    pub fn keep_connection(&self, connection: &str) -> anyhow::Result<()> {
        match self.connection()? {
            Some(kept) if kept == connection => Ok(()),
            Some(_) => bail!("{} names another cluster: remove it first", self.connection_file().display()),
            None => {
                // Under another name first: half a connection string would be in the way of the next attempt.
                let draft = self.0.join("store.new");
                let _leftover = std::fs::remove_file(&draft);
                write_new(&draft, connection)?;
                std::fs::rename(&draft, self.connection_file())?;
                Ok(std::fs::File::open(&self.0)?.sync_all()?)
            }
        }
    }
    /// Undoes [`LedgerDirectory::keep_connection`].
    ///
    /// # Errors
    /// When the file cannot be removed.
    pub fn forget_connection(&self) -> anyhow::Result<()> {
        let path = self.connection_file();
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("cannot remove {}", path.display()))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }
    /// A name of this directory's own, which a ledger that leaves a cluster names as where it went. Made once.
    ///
    /// # Errors
    /// When it cannot be read or written.
    #[cfg(feature = "kurrentdb")]
    pub fn id(&self) -> anyhow::Result<almoner_store::Id> {
        let path = self.0.join("id");
        match std::fs::read_to_string(&path) {
            Ok(text) => almoner_store::parse_hex(text.trim())
                .with_context(|| format!("{} is not 32 hexadecimal digits", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let id = almoner_store::fresh_id();
                write_new(&path, &almoner_store::hex(&id))?;
                std::fs::File::open(&self.0)?.sync_all()?;
                Ok(id)
            }
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// The log that this directory's policy names.
    ///
    /// # Errors
    /// When there is no policy, or it does not name exactly one log.
    pub fn log_of_policy(&self) -> anyhow::Result<VerifierKey> {
        let path = self.policy();
        let text = std::fs::read_to_string(&path).with_context(|| {
            format!(
                "cannot read {}: it names the log that this node follows; get it from the ledger's operator",
                path.display()
            )
        })?;
        let policy = Policy::parse(&text).with_context(|| format!("{} cannot be used", path.display()))?;
        match policy.logs() {
            [log] => Ok(log.clone()),
            logs => bail!("{} names {} logs, a node follows one", path.display(), logs.len()),
        }
    }
    /// The policy that names this log.
    #[must_use]
    pub fn policy(&self) -> PathBuf {
        self.0.join("policy")
    }
    /// A key file, such as `log`, `registrar`, `importer`.
    #[must_use]
    pub fn key(&self, name: &str) -> PathBuf {
        self.0.join("keys").join(name)
    }
    /// Whether a ledger is here.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.readable().exists() || self.connection_file().exists()
    }

    /// Where the anchor is by default: outside of the directory, so that a restored copy of the
    /// directory does not bring an old anchor along.
    #[must_use]
    pub fn default_anchor(log_vkey: &str) -> PathBuf {
        let (usual, variable) = (".local/state", |name: &str| std::env::var_os(name));
        let state = base_directory(variable("XDG_STATE_HOME"), variable("HOME"), usual);
        // A service may have no home: then it is where the service stands.
        state.unwrap_or_else(|| usual.into()).join("almoner").join(Hash::of(log_vkey.as_bytes()).to_hex())
    }

    /// Where a following node's anchor is by default: one for each directory, beside the others.
    #[must_use]
    pub fn followers_anchor(&self, log_vkey: &str) -> PathBuf {
        let directory = std::path::absolute(&self.0).unwrap_or_else(|_| self.0.clone());
        let name = Hash::of(directory.to_string_lossy().as_bytes()).to_hex();
        let mut path = LedgerDirectory::default_anchor(log_vkey).into_os_string();
        path.push(format!("-{}", name.get(..16).unwrap_or_default()));
        PathBuf::from(path)
    }

    /// Reads an unencrypted key file of the node's own.
    ///
    /// # Errors
    /// When it cannot be read, is open to others, or is not a key.
    pub fn read_key(&self, name: &str) -> anyhow::Result<SecretKey> {
        let path = self.key(name);
        let doing = || format!("cannot read the key file {}", path.display());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).with_context(doing)?.permissions().mode();
            if mode & 0o077 != 0 {
                bail!("{} can be read by others (mode {:03o}): chmod 600 it", path.display(), mode & 0o777);
            }
        }
        let text = zeroize::Zeroizing::new(std::fs::read_to_string(&path).with_context(doing)?);
        SecretKey::parse(&text).with_context(|| format!("{} is no key file", path.display()))
    }
}

/// Writes a key file with mode 0600, never over another, and its public half beside it.
///
/// # Errors
/// When one of them exists or cannot be written.
pub fn write_key(path: &Path, secret: &str, public: &str) -> anyhow::Result<()> {
    write_new(path, secret)?;
    let public_path = public_half(path);
    std::fs::write(&public_path, format!("{public}\n"))
        .with_context(|| format!("cannot write {}", public_path.display()))?;
    Ok(())
}

/// Writes a line to a new file with mode 0600.
fn write_new(path: &Path, line: &str) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).with_context(|| format!("cannot make the file {}", path.display()))?;
    file.write_all(line.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    Ok(())
}

/// `<file>.pub`
#[must_use]
pub fn public_half(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".pub");
    PathBuf::from(name)
}
