//! Where a cluster is, and how long it is waited for.

use std::sync::Mutex;
use std::time::Duration;

use eventstore::ClientSettings;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::live::Ahead;
use crate::StoreError;

/// A log reads and writes, an anchor pins and watches for others' claims: each has a connection of its own.
const NODE_CONNECTIONS: usize = 4;

/// What the client waits for before it looks for a node, in milliseconds.
const DISCOVERY_MS: u32 = 20;

/// How long a call may take before its answer counts as lost, and how attempts follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// One call, or one page of a read without progress. Longer than a cluster needs to give up a commit (2 seconds)
    /// and shorter than its keep-alive (20 seconds).
    pub call: Duration,
    /// The pause after a first failure; it doubles up to `pause_limit`.
    pub pause: Duration,
    /// The longest pause.
    pub pause_limit: Duration,
    /// How long an opening waits for a cluster that does not answer. An append waits as long as it takes.
    pub opening: Duration,
}

impl Timing {
    /// For a look that nobody waits for long.
    pub(super) fn impatient(self) -> Self {
        Self { call: self.call.min(Duration::from_secs(2)), ..self }
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            call: Duration::from_secs(10),
            pause: Duration::from_millis(50),
            pause_limit: Duration::from_secs(2),
            opening: Duration::from_secs(60),
        }
    }
}

/// A cluster (or a single node) to connect to. Nothing is connected yet.
#[derive(Debug, Clone)]
pub struct Cluster {
    pub(super) settings: ClientSettings,
    /// Who connects, as the server knows that user.
    pub(super) user: Option<String>,
    pub(super) timing: Timing,
    /// Shared by the clones of one.
    pub(super) ahead: Ahead,
}

impl Cluster {
    /// Reads a connection string such as `esdb://127.0.0.1:2113?tls=false` and looks for what the client would stumble
    /// over.
    ///
    /// # Errors
    /// [`StoreError::Connection`], with what to change. The string itself is not repeated: it may hold a password.
    pub fn new(connection: &str) -> Result<Self, StoreError> {
        let refused = |why: String| StoreError::Connection { why };
        // KurrentDB's own name for the same protocol; this client knows only the older one.
        let connection = match connection.split_once("://") {
            Some(("kurrentdb" | "kdb", rest)) => format!("esdb://{rest}"),
            Some(("kurrentdb+discover" | "kdb+discover", rest)) => format!("esdb+discover://{rest}"),
            _ => connection.to_owned(),
        };
        if !connection.starts_with("esdb://") && !connection.starts_with("esdb+discover://") {
            return Err(refused("it begins with esdb:// or esdb+discover://".to_owned()));
        }
        let settings: ClientSettings = hasty(&connection)
            .parse()
            .map_err(|error: eventstore::ClientSettingsParseError| refused(describe(&error, &connection)))?;
        preflight(&settings).map_err(refused)?;
        Ok(Self { settings, user: user(&connection), timing: Timing::default(), ahead: Ahead::default() })
    }

    /// Whether the server is one of this machine's own, that nobody else reaches.
    pub(super) fn is_local(&self) -> bool {
        let is_loopback = |host: &str| {
            host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        };
        !self.settings.is_dns_discovery_enabled() && self.settings.hosts().iter().all(|host| is_loopback(&host.host))
    }

    /// The nodes that the connection string names, for texts.
    pub(super) fn place(&self) -> String {
        let hosts: Vec<String> =
            self.settings.hosts().iter().map(|host| format!("{}:{}", host.host, host.port)).collect();
        hosts.join(", ")
    }

    /// Begins as many connections as a node has, for those who open its log and its anchor next.
    pub fn connect_ahead(&self) {
        self.ahead.begin(&self.settings, self.timing.call, NODE_CONNECTIONS);
    }

    /// With other waiting times, for tests.
    #[must_use]
    pub fn with_timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }
}

/// The client waits one discovery interval before its first look, half a second by default, and so at each connection.
fn hasty(connection: &str) -> String {
    if connection.to_ascii_lowercase().contains("discoveryinterval=") {
        return connection.to_owned();
    }
    let separator = if connection.contains('?') { '&' } else { '?' };
    format!("{connection}{separator}discoveryInterval={DISCOVERY_MS}")
}

/// The user that a connection string names. The client hands the name on as it stands there, and so it is compared.
fn user(connection: &str) -> Option<String> {
    let (_, rest) = connection.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let (login, _) = authority.rsplit_once('@')?;
    let name = login.split(':').next()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// The parser's words, without the connection string that they may repeat.
fn describe(error: &eventstore::ClientSettingsParseError, connection: &str) -> String {
    let message = error.message();
    match error.error() {
        Some(error) => error.to_string(),
        None if message.contains(connection) => "it cannot be read".to_owned(),
        None => message.to_owned(),
    }
}

/// What the client does with `unwrap` when it connects, done before with errors: it would panic in a task of its own,
/// also for a connection without TLS.
fn preflight(settings: &ClientSettings) -> Result<(), String> {
    /// Whether a client of this process has installed its provider already: then it is not foreign.
    static OURS: Mutex<bool> = Mutex::new(false);
    let mut ours = OURS.lock().map_err(|_| "an earlier look at the certificates panicked".to_owned())?;
    if !*ours && rustls::crypto::CryptoProvider::get_default().is_some() {
        return Err("this process has installed a TLS provider already, and the client would install another: \
                    connect to the cluster before anything else uses TLS"
            .to_owned());
    }
    roots(settings)?;
    if let Some((certificate, key)) = settings.user_certificate() {
        CertificateDer::pem_file_iter(certificate)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| format!("userCertFile {certificate} cannot be read: {error}"))?;
        rustls::pki_types::PrivateKeyDer::from_pem_file(key)
            .map_err(|error| format!("userKeyFile {key} cannot be read: {error}"))?;
    }
    *ours = true;
    Ok(())
}

/// The authorities that a server's certificate may be of.
pub(super) fn roots(settings: &ClientSettings) -> Result<rustls::RootCertStore, String> {
    let mut roots = rustls::RootCertStore::empty();
    if let Some(file) = settings.tls_ca_file() {
        let certificates = CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| format!("tlsCaFile {file} cannot be read: {error}"))?;
        for certificate in certificates {
            roots.add(certificate).map_err(|error| format!("tlsCaFile {file} cannot be used: {error}"))?;
        }
    } else {
        let found = rustls_native_certs::load_native_certs();
        if let Some(error) = found.errors.first() {
            return Err(format!(
                "this system's certificates cannot be loaded ({error}), and the client needs them even without TLS: \
                 repair them, or name a file of certificates with tlsCaFile="
            ));
        }
        for certificate in found.certs {
            roots.add(certificate).map_err(|error| {
                format!("one of this system's certificates cannot be used ({error}): name a file with tlsCaFile=")
            })?;
        }
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_strings_are_read_or_refused_without_repeating_them() {
        for good in [
            "esdb://127.0.0.1:2113?tls=false",
            "esdb://a:1,b:2,c:3?tls=false&nodePreference=leader",
            "kurrentdb://127.0.0.1:2113?tls=false",
            "esdb+discover://cluster.example:2113",
        ] {
            Cluster::new(good).unwrap_or_else(|error| panic!("{good}: {error}"));
        }
        for bad in [
            "http://user:sesame@127.0.0.1",
            "esdb://",
            "esdb://user:sesame@host:port?tls=false",
            "esdb://user:sesame@127.0.0.1:2113/path?tls=false",
            "esdb://user:sesame@127.0.0.1:2113?tls=perhaps",
            "esdb://user:sesame@127.0.0.1:2113?tlsCaFile=no/such/file",
            "",
        ] {
            let error = Cluster::new(bad).expect_err(bad).to_string();
            assert!(error.contains("connection string") && !error.contains("sesame"), "{bad}: {error}");
        }
    }
}
