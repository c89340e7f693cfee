//! What a server gives to everybody together, and to one connection.

// Saturating: waits, sizes and limits. The most that can be said is what is meant beyond the edge, and no time or room
// left is none.

use super::quota::Quota;
use ipnet::IpNet;
use std::net::IpAddr;
use std::time::Duration;

/// Descriptors that are not given to connections: the store's readers, the files that are written, the runtime's own.
const FILES_KEPT: u64 = 256;

/// Limits of a server. The defaults are what `docs/OPERATING.md` ("Limits") says; tests take smaller ones.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections at once. Where all places are taken, whoever has waited longest for its client gives its place to a
    /// new one.
    pub places: usize,
    /// Connections at once of one address: an IPv4 address, or an IPv6 /64.
    pub places_per_address: usize,
    /// Addresses that [`Limits::places_per_address`] is not for, because everybody comes through them. Nor is it for
    /// loopback.
    pub proxies: Vec<IpNet>,
    /// From an accept, or from the last answer, to the whole head of the next request.
    pub head: Duration,
    /// Longest time in which a body, or an answer that the client is slow to take, does not move at all.
    pub stall: Duration,
    /// Bytes a second that a body, or an answer that the client is slow to take, must move on average after its first
    /// [`Limits::stall`].
    pub pace: u64,
    /// From a whole request to its answer.
    pub work: Duration,
    /// At a shutdown, for requests under way.
    pub drain: Duration,
    /// Bytes of one body.
    pub body: usize,
    /// Bytes of all bodies that are arriving, or wait to be worked on.
    pub bodies: usize,
    /// Bytes of everything that is made of bodies that are worked on; each counts four times.
    pub working: usize,
    /// Bytes of all answers that clients have not taken yet.
    pub answers: usize,
    /// Reads at once that make a page, a list, a trail or a bundle of entries.
    pub heavy: usize,
    /// Other reads at once that look into the store.
    pub light: usize,
    /// Requests at once whose notes are being parsed and verified.
    pub verifying: usize,
    /// Requests of one address that change nothing. Loopback has no quota; behind [`Limits::proxies`] the address counts
    /// that they speak for.
    pub reads: Quota,
    /// Those that send events. A bulk import sends up to a thousand in each.
    pub writes: Quota,
    /// Streams at once.
    pub streams: usize,
    /// Streams at once of one address, unless it is loopback.
    pub streams_per_address: usize,
    /// Between two signs of life on a stream.
    pub alive: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            places: 10_000,
            places_per_address: 256,
            proxies: Vec::new(),
            head: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            pace: 2 << 10,
            work: Duration::from_secs(60),
            drain: Duration::from_secs(10),
            body: 16 << 20,
            bodies: 128 << 20,
            working: 128 << 20,
            answers: 256 << 20,
            heavy: 8,
            light: 64,
            verifying: 16,
            reads: Quota { requests: 6000, window: Duration::from_secs(60) },
            writes: Quota { requests: 6000, window: Duration::from_secs(60) },
            streams: 1000,
            streams_per_address: 32,
            alive: Duration::from_secs(15),
        }
    }
}

impl Limits {
    /// Raises the process's limit of open files to what it may be, and gives no more places than that leaves.
    #[must_use]
    pub fn within_open_files(mut self) -> Limits {
        let wanted = u64::try_from(self.places).unwrap_or(u64::MAX).saturating_add(FILES_KEPT);
        match rlimit::increase_nofile_limit(wanted) {
            Ok(files) => {
                let places = places_of(files);
                if places < self.places {
                    tracing::warn!(files, places, "the limit of open files leaves fewer places for connections");
                    self.places = places;
                }
            }
            Err(error) => tracing::warn!(%error, "the limit of open files could not be asked for"),
        }
        self
    }

    /// Whether everybody comes through this address.
    pub(super) fn is_proxy(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.proxies.iter().any(|proxy| proxy.contains(&address))
    }

    /// Whether nothing of an address is limited for itself.
    pub(super) fn is_free(&self, address: IpAddr) -> bool {
        address.to_canonical().is_loopback() || self.is_proxy(address)
    }
}

/// Places for connections where so many files may be open.
fn places_of(files: u64) -> usize {
    let places = files.saturating_sub(FILES_KEPT).max(files / 2).max(1);
    usize::try_from(places).unwrap_or(usize::MAX)
}

/// Reads an address, or a prefix such as `10.0.0.0/8`, for [`Limits::proxies`].
///
/// # Errors
/// A sentence that says how one is written.
pub fn proxy(text: &str) -> Result<IpNet, String> {
    let net = match text.parse::<IpAddr>() {
        Ok(address) => Some(IpNet::from(address.to_canonical())),
        Err(_) => text.parse::<IpNet>().ok(),
    };
    net.ok_or_else(|| format!("{text} is no address; it is written 192.0.2.1, 2001:db8::1, 10.0.0.0/8 or fd00::/8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_proxies_are_free_and_nobody_else() {
        let limits = Limits {
            proxies: ["192.0.2.7", "10.0.0.0/8", "fd00::/8", "::ffff:198.51.100.1"].map(|p| proxy(p).unwrap()).into(),
            ..Limits::default()
        };
        for free in
            ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "192.0.2.7", "10.1.2.3", "::ffff:10.1.2.3", "fd00::1"]
                .iter()
                .chain(&["198.51.100.1"])
        {
            assert!(limits.is_free(free.parse().unwrap()), "{free}");
        }
        for limited in ["192.0.2.8", "11.0.0.1", "2001:db8::1", "::ffff:192.0.2.8"] {
            assert!(!limits.is_free(limited.parse().unwrap()), "{limited}");
        }
        for bad in ["", "localhost", "10.0.0.0/33", "10.0.0.1:80"] {
            assert!(proxy(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn places_fit_the_open_files() {
        assert_eq!([places_of(1024), places_of(20_000), places_of(256), places_of(0)], [768, 19_744, 128, 1]);
    }
}
