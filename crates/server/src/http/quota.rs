//! Quotas of clients: how many reads and how many writes one address may ask for in a while.
//!
//! A quota is a pool that fills up steadily (the generic cell rate algorithm): of each client one number is kept, the time
//! at which its pool is full again. Written here because an answer *not modified* gives its request back, which the
//! libraries for this cannot do. The headers are those of draft-ietf-httpapi-ratelimit-headers-10.

// Saturating: times and counts, where the most that can be said is what is meant beyond the edge.

use super::Problem;
use super::asked::Asked;
use super::fault::Fault;
use super::places::Source;
use almoner_proof::text::parse_decimal;
use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use quick_cache::sync::Cache;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Clients that are remembered, about; who is forgotten has a full pool again.
const CLIENTS: usize = 1 << 16;

pub(super) const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
pub(super) const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// So many requests in so long a time.
#[derive(Debug, Clone, Copy)]
pub struct Quota {
    /// Requests that may come at once.
    pub requests: u64,
    /// In which a pool that was emptied is full again.
    pub window: Duration,
}

impl FromStr for Quota {
    type Err = String;

    /// `<requests>/<seconds>`, each a number from 1 on.
    fn from_str(text: &str) -> Result<Quota, String> {
        let number = |text| parse_decimal(text).filter(|number| *number > 0);
        let read = text.split_once('/').and_then(|(requests, seconds)| Some((number(requests)?, number(seconds)?)));
        let (requests, seconds) =
            read.ok_or_else(|| format!("{text:?} is not <requests>/<seconds>, such as 6000/60"))?;
        Ok(Quota { requests, window: Duration::from_secs(seconds) })
    }
}

impl Quota {
    /// Microseconds that one request costs.
    fn cost(self) -> u64 {
        let window = u64::try_from(self.window.as_micros()).unwrap_or(u64::MAX);
        window.checked_div(self.requests).unwrap_or(window).max(1)
    }

    /// Room of a pool, in the same.
    fn room(self) -> u64 {
        self.cost().saturating_mul(self.requests)
    }
}

/// Which quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Reads,
    Writes,
}

impl Kind {
    /// Its name in headers and figures.
    pub(super) fn word(self) -> &'static str {
        match self {
            Kind::Reads => "reads",
            Kind::Writes => "writes",
        }
    }
}

/// All pools.
pub(super) struct Quotas {
    reads: Quota,
    writes: Quota,
    began: Instant,
    full_at: Cache<(Source, Kind), Arc<AtomicU64>>,
}

/// A request that was let in, and what its client has left.
pub(super) struct Charge {
    kind: Kind,
    quota: Quota,
    full_at: Arc<AtomicU64>,
    now: u64,
}

impl Quotas {
    pub(super) fn new(reads: Quota, writes: Quota) -> Quotas {
        Quotas { reads, writes, began: Instant::now(), full_at: Cache::new(CLIENTS) }
    }

    /// Takes one request out of its client's pool. None where the client has no quota.
    pub(super) fn charge(&self, asked: &Asked) -> Option<Result<Charge, (Kind, Problem)>> {
        let kind = if asked.is_read() { Kind::Reads } else { Kind::Writes };
        let now = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        Some(self.take(asked.client?, kind, now))
    }

    /// Clients that are remembered.
    pub(super) fn clients(&self) -> usize {
        self.full_at.len()
    }

    fn take(&self, client: Source, kind: Kind, now: u64) -> Result<Charge, (Kind, Problem)> {
        let quota = match kind {
            Kind::Reads => self.reads,
            Kind::Writes => self.writes,
        };
        let full_at =
            self.full_at.get_or_insert_with::<_, std::convert::Infallible>(&(client, kind), || Ok(Arc::default()));
        let Ok(full_at) = full_at;
        let next = |full_at: u64| full_at.max(now).saturating_add(quota.cost());
        let update = |full_at| Some(next(full_at)).filter(|next| next.saturating_sub(now) <= quota.room());
        match full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, update) {
            Ok(_) => Ok(Charge { kind, quota, full_at, now }),
            Err(full) => {
                let wait = next(full).saturating_sub(now).saturating_sub(quota.room());
                Err((kind, refused(kind, quota, wait)))
            }
        }
    }
}

/// 429, with when one request has room again.
fn refused(kind: Kind, quota: Quota, wait: u64) -> Problem {
    let detail = format!(
        "this address asks too often: at most {} {} in {} s; wait as Retry-After says, and send many events in one request",
        quota.requests,
        kind.word(),
        quota.window.as_secs()
    );
    let seconds = u32::try_from(wait.div_ceil(1_000_000).max(1)).unwrap_or(u32::MAX);
    Problem::new(Fault::QuotaExceeded, &detail).violates(kind.word()).retry_after(seconds)
}

impl Charge {
    /// Gives the request back.
    pub(super) fn give_back(&self) {
        let update = |full_at: u64| Some(full_at.saturating_sub(self.quota.cost()));
        let _ = self.full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, update);
    }

    /// Says what the quota is and what is left of it.
    pub(super) fn tell(&self, answer: &mut Response) {
        let taken = self.full_at.load(Ordering::Relaxed).saturating_sub(self.now);
        let left = self.quota.room().saturating_sub(taken).checked_div(self.quota.cost()).unwrap_or(0);
        say(answer, self.kind, self.quota, left, taken);
    }
}

impl Quotas {
    /// The same on a refusal: nothing is left.
    pub(super) fn tell_refused(&self, kind: Kind, answer: &mut Response) {
        let quota = if kind == Kind::Reads { self.reads } else { self.writes };
        say(answer, kind, quota, 0, quota.room());
    }
}

fn say(answer: &mut Response, kind: Kind, quota: Quota, left: u64, taken: u64) {
    let (word, window) = (kind.word(), quota.window.as_secs().max(1));
    let policy = format!("\"{word}\";q={};w={window}", quota.requests);
    let left = format!("\"{word}\";r={left};t={}", taken.div_ceil(1_000_000));
    for (name, value) in [(POLICY, policy), (LEFT, left)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            answer.headers_mut().insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::IntoResponse as _;

    fn quotas(requests: u64) -> Quotas {
        let quota = Quota { requests, window: Duration::from_secs(10) };
        Quotas::new(quota, Quota { requests: 1, ..quota })
    }

    fn source(text: &str) -> Source {
        Source::of(text.parse().unwrap())
    }

    #[test]
    fn a_quota_is_read_as_it_is_written() {
        let quota: Quota = "100/60".parse().unwrap();
        assert_eq!((quota.requests, quota.window), (100, Duration::from_secs(60)));
        for bad in ["100", "0/60", "100/0", "100/m", "-1/60", ""] {
            assert!(bad.parse::<Quota>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_pool_empties_fills_up_and_is_its_clients_own() {
        let (all, one) = (quotas(5), source("192.0.2.1"));
        for _ in 0..5 {
            assert!(all.take(one, Kind::Reads, 0).is_ok());
        }
        let (kind, problem) = all.take(one, Kind::Reads, 500_000).err().unwrap();
        assert_eq!((kind, problem.into_response().status().as_u16()), (Kind::Reads, 429));
        assert!(all.take(one, Kind::Writes, 500_000).is_ok(), "writes have a pool of their own");
        assert!(all.take(source("192.0.2.2"), Kind::Reads, 500_000).is_ok());
        // One request each two seconds.
        assert!(all.take(one, Kind::Reads, 2_000_000).is_ok());
        assert!(all.take(one, Kind::Reads, 3_000_000).is_err());
        for _ in 0..5 {
            assert!(all.take(one, Kind::Reads, 60_000_000).is_ok(), "full again, and no more than full");
        }
        assert!(all.take(one, Kind::Reads, 60_000_000).is_err());
    }

    #[test]
    fn what_is_given_back_can_be_taken_again() {
        let (all, one) = (quotas(1), source("2001:db8::1"));
        for _ in 0..10 {
            all.take(one, Kind::Reads, 0).unwrap_or_else(|_| panic!("refused")).give_back();
        }
        assert!(all.take(source("2001:db8::2"), Kind::Reads, 0).is_ok());
        assert!(all.take(one, Kind::Reads, 0).is_err(), "an IPv6 /64 is one client");
    }

    #[test]
    fn headers_say_what_is_left() {
        let all = quotas(5);
        let mut answer = Response::default();
        let mut charge = None;
        for _ in 0..2 {
            charge = all.take(source("192.0.2.1"), Kind::Reads, 0).ok();
        }
        charge.unwrap().tell(&mut answer);
        assert_eq!(answer.headers()[POLICY], "\"reads\";q=5;w=10");
        assert_eq!(answer.headers()[LEFT], "\"reads\";r=3;t=4");
    }

    #[test]
    fn no_crowd_of_clients_takes_more_than_its_memory() {
        let all = quotas(5);
        for number in 0..200_000u32 {
            let _ = all.take(source(&std::net::Ipv4Addr::from(number).to_string()), Kind::Reads, 0);
        }
        assert!(all.clients() <= CLIENTS + CLIENTS / 8, "{}", all.clients());
    }
}
