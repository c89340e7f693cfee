//! Why a first connection fails. The client gives one text for every reason, so the nodes are tried here once more, by
//! hand: a TCP connection, a TLS handshake, the preface of HTTP/2 (RFC 9113, section 3.4).

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::Duration;

use eventstore::{ClientSettings, Endpoint};
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, CertificateError, ClientConfig, ClientConnection};

use super::Cluster;
use super::cluster::roots;

/// How long each step with a node may take.
const STEP: Duration = Duration::from_secs(1);

/// The preface and an empty SETTINGS frame.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// The first byte of a TLS alert's record, and of a handshake's (RFC 8446, section 5.1).
const TLS_RECORDS: [u8; 2] = [0x15, 0x16];

/// The type of a SETTINGS frame, which stands in its fourth byte (RFC 9113, section 6.5).
const SETTINGS: u8 = 4;

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// The node can be talked to as the connection string says.
    Fine,
    /// It may pass.
    Passing(String),
    /// Trying again does not help: what to change.
    Wrong(String),
}

/// Tries each node that the connection string names. Names that are looked up in SRV records are left out.
pub(super) fn diagnose(cluster: &Cluster) -> Finding {
    let settings = &cluster.settings;
    if settings.is_dns_discovery_enabled() {
        let host = cluster.place();
        return Finding::Passing(format!("no node was found through the name {host}: check its SRV records"));
    }
    let findings: Vec<Finding> = std::thread::scope(|scope| {
        let tries: Vec<_> =
            settings.hosts().iter().map(|host| scope.spawn(|| Node { settings, host }.try_it())).collect();
        tries.into_iter().map(|tried| tried.join().unwrap_or(Finding::Fine)).collect()
    });
    together(findings)
}

/// Something is wrong for sure where no node is fine and one shows it.
fn together(findings: Vec<Finding>) -> Finding {
    let is_fine = findings.contains(&Finding::Fine);
    let is_wrong = findings.iter().any(|finding| matches!(finding, Finding::Wrong(_)));
    let mut texts = Vec::new();
    for finding in findings {
        match finding {
            Finding::Fine => {}
            Finding::Wrong(text) => texts.push(text),
            Finding::Passing(text) => texts.push(text),
        }
    }
    match texts.join("; ") {
        none if none.is_empty() => Finding::Fine,
        all if is_wrong && !is_fine => Finding::Wrong(all),
        all => Finding::Passing(all),
    }
}

struct Node<'a> {
    settings: &'a ClientSettings,
    host: &'a Endpoint,
}

/// What a TLS handshake came to.
enum Tls {
    Done,
    Certificate(CertificateError),
    Alert(AlertDescription),
    /// Bytes that are none.
    Foreign,
    Closed,
    Silent,
    /// It cannot be tried here.
    Untried,
}

/// What the preface of HTTP/2 came to.
enum Plain {
    Http2,
    Tls,
    Foreign,
    Closed,
    Silent,
}

impl Node<'_> {
    fn place(&self) -> String {
        format!("{}:{}", self.host.host, self.host.port)
    }

    fn try_it(&self) -> Finding {
        let stream = match self.connect() {
            Ok(stream) => stream,
            Err(why) => return Finding::Passing(why),
        };
        if self.settings.is_secure_mode_enabled() { self.try_tls(stream) } else { self.try_plain(stream) }
    }

    fn connect(&self) -> Result<TcpStream, String> {
        let place = self.place();
        let port = u16::try_from(self.host.port).map_err(|_| format!("{place} has no such port"))?;
        let name = self.host.host.trim_matches(['[', ']']);
        let addresses = (name, port).to_socket_addrs().map_err(|error| {
            format!("the name {name} cannot be looked up ({error}): check it in the connection string")
        })?;
        let mut why = format!("the name {name} has no address");
        for address in addresses {
            match TcpStream::connect_timeout(&address, STEP) {
                Ok(stream) => {
                    let set = stream.set_read_timeout(Some(STEP)).and_then(|()| stream.set_write_timeout(Some(STEP)));
                    return set.map(|()| stream).map_err(|error| format!("{place}: {error}"));
                }
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                    why = format!("{place} refuses the connection: no server listens there");
                }
                Err(error) if is_silent(&error) => {
                    why = format!("{place} does not answer: the machine is down, or a firewall is in between");
                }
                Err(error) => why = format!("{place} cannot be reached: {error}"),
            }
        }
        Err(why)
    }

    fn try_tls(&self, stream: TcpStream) -> Finding {
        let place = self.place();
        match self.handshake(stream) {
            Tls::Done | Tls::Untried => Finding::Fine,
            Tls::Certificate(_) if !self.settings.is_tls_certificate_verification_enabled() => Finding::Fine,
            Tls::Certificate(error) => Finding::Wrong(self.certificate(&error)),
            Tls::Alert(AlertDescription::CertificateRequired) => Finding::Wrong(format!(
                "{place} asks for a certificate of the client: name one with userCertFile= and userKeyFile="
            )),
            Tls::Alert(alert) => Finding::Wrong(format!(
                "{place} ends the TLS handshake with the alert {alert:?}: check its TLS settings, and userCertFile= if it \
                 asks for a certificate of the client"
            )),
            Tls::Silent => Finding::Passing(format!("{place} takes the connection and says nothing")),
            Tls::Foreign if !self.is_plain_http2() => Finding::Wrong(format!(
                "{place} answers, but neither in TLS nor in HTTP/2: check host and port (a node's is 2113 by default)"
            )),
            Tls::Closed if !self.is_plain_http2() => {
                Finding::Passing(format!("{place} takes the connection and closes it in the TLS handshake"))
            }
            Tls::Foreign | Tls::Closed => Finding::Wrong(format!(
                "{place} speaks no TLS, and the connection string asks for it: give the node a certificate, or, for a \
                 server that only this machine reaches, write tls=false"
            )),
        }
    }

    fn try_plain(&self, stream: TcpStream) -> Finding {
        let place = self.place();
        let says_tls = || {
            Finding::Wrong(format!(
                "{place} speaks TLS, and the connection string says tls=false: remove tls=false (and name a private \
                 authority's certificate with tlsCaFile=)"
            ))
        };
        match greet(stream) {
            Plain::Http2 => Finding::Fine,
            Plain::Tls => says_tls(),
            Plain::Silent => Finding::Passing(format!("{place} takes the connection and says nothing")),
            Plain::Foreign | Plain::Closed if self.is_tls() => says_tls(),
            Plain::Foreign => Finding::Wrong(format!(
                "{place} answers, but neither in HTTP/2 nor in TLS: check host and port (a node's is 2113 by default)"
            )),
            Plain::Closed => Finding::Passing(format!("{place} takes the connection and closes it")),
        }
    }

    fn is_plain_http2(&self) -> bool {
        self.connect().is_ok_and(|stream| matches!(greet(stream), Plain::Http2))
    }

    fn is_tls(&self) -> bool {
        self.connect()
            .is_ok_and(|stream| matches!(self.handshake(stream), Tls::Done | Tls::Certificate(_) | Tls::Alert(_)))
    }

    fn handshake(&self, mut stream: TcpStream) -> Tls {
        let Some(mut connection) = self.tls_client() else { return Tls::Untried };
        while connection.is_handshaking() {
            let Err(error) = connection.complete_io(&mut stream) else { continue };
            let reason = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            return match reason {
                Some(rustls::Error::InvalidCertificate(certificate)) => Tls::Certificate(certificate.clone()),
                Some(rustls::Error::AlertReceived(alert)) => Tls::Alert(*alert),
                Some(_) => Tls::Foreign,
                None if is_silent(&error) => Tls::Silent,
                None => Tls::Closed,
            };
        }
        Tls::Done
    }

    /// With the provider that the client has installed, and the same authorities.
    fn tls_client(&self) -> Option<ClientConnection> {
        let provider = rustls::crypto::CryptoProvider::get_default()?;
        let builder =
            ClientConfig::builder_with_provider(Arc::clone(provider)).with_safe_default_protocol_versions().ok()?;
        let mut config = builder.with_root_certificates(roots(self.settings).ok()?).with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec()];
        let name = ServerName::try_from(self.host.host.trim_matches(['[', ']']).to_owned()).ok()?;
        ClientConnection::new(Arc::new(config), name).ok()
    }

    /// What is wrong with a certificate, and where that is mended.
    fn certificate(&self, error: &CertificateError) -> String {
        let place = self.place();
        match error {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => format!(
                "the certificate of {place} has expired: renew it on the node, or set this machine's clock if that is wrong; \
                 never write tlsVerifyCert=false"
            ),
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                format!(
                    "the certificate of {place} is not valid yet: compare the clocks of this machine and of the node"
                )
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => format!(
                "the certificate of {place} is not for the name {}: write a host into the connection string that the \
                 certificate names, or give the node one that names this host",
                self.host.host
            ),
            CertificateError::UnknownIssuer | CertificateError::BadSignature => match self.settings.tls_ca_file() {
                None => format!(
                    "the certificate of {place} is of an authority that this machine does not know: name that \
                     authority's certificate with tlsCaFile="
                ),
                Some(file) => format!(
                    "the certificate of {place} is not of the authority in {file}: name the right one with tlsCaFile="
                ),
            },
            other => format!(
                "the certificate of {place} cannot be used ({other:?}): give the node another one; an authority of your \
                 own is named with tlsCaFile="
            ),
        }
    }
}

/// Sends the preface and looks at what begins to come back.
fn greet(mut stream: TcpStream) -> Plain {
    if let Err(error) = stream.write_all(PREFACE) {
        return if is_silent(&error) { Plain::Silent } else { Plain::Closed };
    }
    let mut head = [0; 4];
    let mut length = 0;
    loop {
        match stream.read(head.get_mut(length..).unwrap_or_default()) {
            Ok(0) if length == 0 => return Plain::Closed,
            Ok(0) => return Plain::Foreign,
            Ok(more) => length = length.saturating_add(more),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if is_silent(&error) => return Plain::Silent,
            Err(_) => return Plain::Closed,
        }
        match head {
            [first, ..] if TLS_RECORDS.contains(&first) => return Plain::Tls,
            [0, _, _, SETTINGS] if length == head.len() => return Plain::Http2,
            _ if length == head.len() => return Plain::Foreign,
            _ => {}
        }
    }
}

fn is_silent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock)
}
