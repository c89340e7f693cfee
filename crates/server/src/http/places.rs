//! Places for connections: who has one, since when it waits for its client, and who gives way.
//!
//! A connection *waits for its client* from its accept, or its last finished answer, until a whole request is in; and
//! while an answer is not taken, since that was first so. Then, and only then, it may be ended for somebody else's sake.
//! All waits are looked at by one task a few times a second; a connection itself only leaves stamps.

// Saturating: waits, sizes and limits. The most that can be said is what is meant beyond the edge, and no time or room
// left is none.

use super::gates::Gates;
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;

/// Whoever holds memory for less than this is not ended for somebody else's sake.
const PATIENCE: Duration = Duration::from_secs(1);
/// Looking for whoever holds most goes over all connections, so it is done no more often.
const LOOK_EVERY: Duration = Duration::from_millis(5);
/// How many that wait longest are found in one go over all connections.
const FOUND_AT_ONCE: usize = 64;

/// After it was told that its head is late, a connection has so long to be gone.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What a connection does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// It waits for the head of a request.
    Head,
    /// It waits for the rest of a body.
    Body,
    /// A whole request is worked on.
    Work,
    /// An answer is handed over to be written.
    Answer,
    /// The client does not take the answer.
    Slow,
    /// An answer without end is open, and everything there was of it is written.
    Stream,
    /// It is being ended.
    Cut,
}

impl Phase {
    const ALL: [Phase; 7] =
        [Phase::Head, Phase::Body, Phase::Work, Phase::Answer, Phase::Slow, Phase::Stream, Phase::Cut];

    fn waits_for_client(self) -> bool {
        matches!(self, Phase::Head | Phase::Body | Phase::Slow)
    }
}

/// A phase and the microsecond, counted from the start of the server, since when it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp(u64);

impl Stamp {
    fn new(phase: Phase, since: u64) -> Stamp {
        Stamp(since << 3 | phase as u64)
    }
    fn phase(self) -> Phase {
        Phase::ALL.get((self.0 & 7) as usize).copied().unwrap_or(Phase::Cut)
    }
    fn since(self) -> u64 {
        self.0 >> 3
    }
}

/// An IPv4 address, or an IPv6 /64: what one client can easily have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Source(u128);

impl Source {
    pub(super) fn of(address: IpAddr) -> Source {
        match address.to_canonical() {
            IpAddr::V4(address) => Source(address.to_ipv6_mapped().to_bits()),
            IpAddr::V6(address) => Source(address.to_bits() & !u128::from(u64::MAX)),
        }
    }
}

/// One connection, as everybody else sees it.
pub(super) struct Connection {
    /// What it shares with all others.
    pub(super) gates: Arc<Gates>,
    pub(super) places: Arc<Places>,
    /// Whose connection it is.
    pub(super) peer: IpAddr,
    source: Source,
    id: u64,
    stamp: AtomicU64,
    /// Bytes that a slow client has taken, and when it last took some.
    taken: AtomicU64,
    took: AtomicU64,
    /// Bytes of budgets that are held for it.
    pub(super) held: AtomicU64,
    /// Told when the body that is arriving gives way to others.
    pub(super) gives_way: Notify,
    /// Whether an answer without end is open.
    streams: AtomicBool,
    /// Whether something of a head has come; whether it did not come in time; and who is told then.
    begun: AtomicBool,
    late: AtomicBool,
    reader: Mutex<Option<Waker>>,
    task: OnceLock<AbortHandle>,
}

impl Connection {
    fn now(&self) -> u64 {
        self.places.now()
    }

    fn stamp(&self) -> Stamp {
        Stamp(self.stamp.load(Ordering::Acquire))
    }

    /// Moves on, unless it is being ended.
    fn step(&self, next: impl Fn(Stamp) -> Option<Stamp>) {
        let update = |old| next(Stamp(old)).filter(|_| Stamp(old).phase() != Phase::Cut).map(|stamp| stamp.0);
        let _ = self.stamp.fetch_update(Ordering::AcqRel, Ordering::Acquire, update);
    }

    /// A head is in. With a body to come it still waits for its client, since it began to.
    pub(super) fn has_head(&self, whole: bool) {
        self.begun.store(false, Ordering::Relaxed);
        if whole {
            self.has_request();
        } else {
            self.step(|old| Some(Stamp::new(Phase::Body, old.since())));
        }
    }

    /// Something of a request has come.
    pub(super) fn has_bytes(&self) {
        if !self.begun.load(Ordering::Relaxed) {
            self.begun.store(true, Ordering::Relaxed);
        }
    }

    /// Whether nothing was asked yet, or since the last answer.
    pub(super) fn waits_for_head(&self) -> bool {
        self.stamp().phase() == Phase::Head
    }

    /// Whether a head that has begun did not come in time; whoever reads is woken when that becomes so.
    pub(super) fn is_late(&self, context: &Context<'_>) -> bool {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        if reader.as_ref().is_none_or(|reader| !reader.will_wake(context.waker())) {
            *reader = Some(context.waker().clone());
        }
        self.late.load(Ordering::Acquire)
    }

    /// Tells whoever reads that the head is late; false where there is nothing to tell, or it was told.
    fn tell_late(&self) -> bool {
        if !self.begun.load(Ordering::Relaxed) || self.late.swap(true, Ordering::AcqRel) {
            return false;
        }
        if let Some(reader) = self.reader.lock().unwrap_or_else(PoisonError::into_inner).take() {
            reader.wake();
        }
        true
    }

    /// An answer without end begins.
    pub(super) fn has_stream(&self) {
        self.streams.store(true, Ordering::Relaxed);
    }

    /// It has ended.
    pub(super) fn has_no_stream(&self) {
        self.streams.store(false, Ordering::Relaxed);
        let now = self.now();
        // Its last bytes are few: it waits for the next head already.
        self.step(|old| (old.phase() == Phase::Stream).then(|| Stamp::new(Phase::Head, now)));
    }

    /// A whole request is in.
    pub(super) fn has_request(&self) {
        let now = self.now();
        self.step(|_| Some(Stamp::new(Phase::Work, now)));
    }

    /// An answer is there to be written.
    pub(super) fn has_answer(&self) {
        let now = self.now();
        self.step(|_| Some(Stamp::new(Phase::Answer, now)));
    }

    /// The client takes no more for now.
    pub(super) fn is_blocked(&self) {
        if matches!(self.stamp().phase(), Phase::Answer | Phase::Stream) {
            let now = self.now();
            self.taken.store(0, Ordering::Relaxed);
            self.took.store(now, Ordering::Relaxed);
            self.step(|old| matches!(old.phase(), Phase::Answer | Phase::Stream).then(|| Stamp::new(Phase::Slow, now)));
        }
    }

    /// The client took some.
    pub(super) fn has_taken(&self, bytes: usize) {
        if bytes > 0 && self.stamp().phase() == Phase::Slow {
            self.taken.fetch_add(bytes as u64, Ordering::Relaxed);
            self.took.store(self.now(), Ordering::Relaxed);
        }
    }

    /// Everything there was to write is written.
    pub(super) fn is_flushed(&self) {
        if matches!(self.stamp().phase(), Phase::Answer | Phase::Slow) {
            let now = self.now();
            self.begun.store(false, Ordering::Relaxed);
            let next = if self.streams.load(Ordering::Relaxed) { Phase::Stream } else { Phase::Head };
            self.step(|old| matches!(old.phase(), Phase::Answer | Phase::Slow).then(|| Stamp::new(next, now)));
        }
    }

    /// Why it must end now, if it must.
    fn overdue(&self, stamp: Stamp, now: u64) -> Option<&'static str> {
        let limits = &self.gates.limits;
        let past = |since: u64| Duration::from_micros(now.saturating_sub(since));
        match stamp.phase() {
            Phase::Head if past(stamp.since()) > limits.head.saturating_add(LAST_WORDS) => Some("no whole head came"),
            Phase::Head
                if past(stamp.since()) > limits.head && !self.tell_late() && !self.late.load(Ordering::Acquire) =>
            {
                Some("no whole head came")
            }
            Phase::Slow if past(self.took.load(Ordering::Relaxed)) > limits.stall => {
                Some("nothing of an answer is taken")
            }
            Phase::Slow if past(stamp.since()) > allowed(limits, self.taken.load(Ordering::Relaxed)) => {
                Some("an answer is taken too slowly")
            }
            // Bodies and work are timed where they can still be answered; a stream gives signs of life.
            Phase::Head | Phase::Body | Phase::Work | Phase::Answer | Phase::Slow | Phase::Stream | Phase::Cut => None,
        }
    }
}

/// How long so many bytes may take.
pub(super) fn allowed(limits: &super::Limits, bytes: u64) -> Duration {
    limits.stall.saturating_add(Duration::from_secs(bytes / limits.pace.max(1)))
}

/// A connection's place; dropping it gives it back.
pub(super) struct Place(pub(super) Arc<Connection>);

impl Place {
    /// Says which task serves it, so that it can be ended.
    pub(super) fn is_served_by(connection: &Connection, task: AbortHandle) {
        let _ = connection.task.set(task);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let places = &self.0.places;
        let mut inner = places.lock();
        if let Some(own) = inner.by_source.get_mut(&self.0.source) {
            own.remove(&self.0.id);
            if own.is_empty() {
                inner.by_source.remove(&self.0.source);
            }
        }
        inner.count = inner.count.saturating_sub(1);
        // From here on nobody can cut it: a list of those that wait may still name it, and one that is gone already would
        // be waited for, for ever.
        let gone = Stamp::new(Phase::Cut, places.now());
        if Stamp(self.0.stamp.swap(gone.0, Ordering::AcqRel)).phase() == Phase::Cut {
            inner.going = inner.going.saturating_sub(1);
        }
        drop(inner);
        self.0.gates.meters.connections.dec();
        places.freed.notify_one();
    }
}

/// All places.
pub(super) struct Places {
    gates: Arc<Gates>,
    began: Instant,
    inner: Mutex<Inner>,
    freed: Notify,
    looked: AtomicU64,
    stopping: AtomicBool,
    /// The same for those who wait for it.
    stopped: watch::Sender<bool>,
}

#[derive(Default)]
struct Inner {
    by_source: BTreeMap<Source, BTreeMap<u64, Arc<Connection>>>,
    count: usize,
    /// How many of them are being ended.
    going: usize,
    next: u64,
    /// Some that had waited longest when they were looked for.
    longest: VecDeque<(Stamp, Arc<Connection>)>,
}

/// What became of somebody who asks for a place.
enum Asked {
    Given(Place),
    /// Somebody is on the way out.
    Wait,
    /// All places are taken.
    Full,
    /// All places of this source are.
    SourceFull,
}

impl Places {
    pub(super) fn new(gates: Arc<Gates>) -> Arc<Places> {
        Arc::new(Places {
            gates,
            began: Instant::now(),
            inner: Mutex::default(),
            freed: Notify::new(),
            looked: AtomicU64::new(0),
            stopping: AtomicBool::new(false),
            stopped: watch::Sender::new(false),
        })
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a place to a new connection; another one gives way where there is none. `None`: its source has all that it
    /// may have, and each of them is worked on.
    pub(super) async fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let (source, most) = (Source::of(address), self.gates.limits.places_per_address);
        let most = if self.gates.limits.is_free(address) { usize::MAX } else { most };
        loop {
            let freed = self.freed.notified();
            match self.ask(address, source, most) {
                Asked::Given(place) => return Some(place),
                Asked::SourceFull if !self.give_way(Some(source)) => return None,
                Asked::Full => {
                    self.give_way(None);
                }
                Asked::SourceFull | Asked::Wait => {}
            }
            // Whoever gives way is gone in an instant. Where everybody is worked on, somebody soon is not.
            let _ = tokio::time::timeout(Duration::from_millis(20), freed).await;
        }
    }

    fn ask(self: &Arc<Self>, peer: IpAddr, source: Source, most: usize) -> Asked {
        let now = self.now();
        let mut inner = self.lock();
        if let Some(own) = inner.by_source.get(&source).filter(|own| own.len() >= most) {
            let is_going = own.values().any(|connection| connection.stamp().phase() == Phase::Cut);
            return if is_going { Asked::Wait } else { Asked::SourceFull };
        }
        if inner.count >= self.gates.limits.places {
            return if inner.going > 0 { Asked::Wait } else { Asked::Full };
        }
        inner.next = inner.next.wrapping_add(1);
        let connection = Arc::new(Connection {
            gates: Arc::clone(&self.gates),
            places: Arc::clone(self),
            peer,
            source,
            id: inner.next,
            stamp: AtomicU64::new(Stamp::new(Phase::Head, now).0),
            taken: AtomicU64::new(0),
            took: AtomicU64::new(0),
            held: AtomicU64::new(0),
            gives_way: Notify::new(),
            streams: AtomicBool::new(false),
            begun: AtomicBool::new(false),
            late: AtomicBool::new(false),
            reader: Mutex::default(),
            task: OnceLock::new(),
        });
        self.gates.meters.connections.inc();
        inner.count = inner.count.saturating_add(1);
        inner.by_source.entry(source).or_default().insert(connection.id, Arc::clone(&connection));
        Asked::Given(Place(connection))
    }

    /// Ends the connection, of all or of one source, that has waited longest for its client. Whether there was one.
    pub(super) fn give_way(&self, source: Option<Source>) -> bool {
        let mut inner = self.lock();
        if let Some(source) = source {
            let own = waiting(inner.by_source.get(&source).into_iter().flat_map(BTreeMap::values));
            return own.first().is_some_and(|(stamp, connection)| inner.cut(connection, *stamp));
        }
        // First of those that were found before: whoever came or finished since has waited less.
        for is_new in [false, true] {
            if is_new {
                inner.longest = waiting(inner.all()).into();
            }
            while let Some((stamp, connection)) = inner.longest.pop_front() {
                if inner.cut(&connection, stamp) {
                    return true;
                }
            }
        }
        false
    }

    /// Takes the room of the connection in this phase that has cost most: bytes of budgets times the time that it waits for
    /// its client. Who sends a body can still be answered; who does not take an answer is ended. Whether there was one.
    pub(super) fn give_room(&self, phase: Phase, except: &Connection) -> bool {
        let now = self.now();
        let looked = self.looked.load(Ordering::Relaxed);
        let is_late = now.saturating_sub(looked) >= micros(LOOK_EVERY);
        if !is_late || self.looked.compare_exchange(looked, now, Ordering::Relaxed, Ordering::Relaxed).is_err() {
            return true;
        }
        let mut inner = self.lock();
        let costs = inner.all().filter_map(|connection| {
            let stamp = connection.stamp();
            let (held, past) = (connection.held.load(Ordering::Relaxed), now.saturating_sub(stamp.since()));
            let counts = stamp.phase() == phase && held > 0 && past >= micros(PATIENCE) && connection.id != except.id;
            counts.then(|| (u128::from(held).saturating_mul(past.into()), stamp, connection))
        });
        let most = costs.max_by_key(|(cost, ..)| *cost).map(|(_, stamp, connection)| (stamp, Arc::clone(connection)));
        most.is_some_and(|(stamp, connection)| {
            if phase == Phase::Body {
                connection.gives_way.notify_one();
                return true;
            }
            inner.cut(&connection, stamp)
        })
    }

    /// Ends every connection whose wait is over.
    fn end_overdue(&self) {
        let now = self.now();
        let is_stopping = self.stopping.load(Ordering::Acquire);
        let mut inner = self.lock();
        let overdue = inner.all().filter_map(|connection| {
            let stamp = connection.stamp();
            let why = match stamp.phase() {
                Phase::Head if is_stopping => Some("the server stops"),
                _ => connection.overdue(stamp, now),
            };
            Some((why?, stamp, Arc::clone(connection)))
        });
        for (why, stamp, connection) in overdue.collect::<Vec<_>>() {
            if inner.cut(&connection, stamp) {
                tracing::debug!(why, "a connection was ended");
            }
        }
    }

    /// Looks after all waits, for ever.
    pub(super) async fn look_after(&self, limits: &super::Limits) {
        let shortest = limits.head.min(limits.stall);
        let mut tick =
            tokio::time::interval((shortest / 8).clamp(Duration::from_millis(5), Duration::from_millis(250)));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            self.end_overdue();
        }
    }

    /// From now on nobody is waited for who has no request under way.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.stopped.send_replace(true);
        self.end_overdue();
    }

    /// Becomes true when the server stops.
    pub(super) fn stopped(&self) -> watch::Receiver<bool> {
        self.stopped.subscribe()
    }

    /// Ends everybody.
    pub(super) fn end_all(&self) {
        for connection in self.lock().all() {
            if let Some(task) = connection.task.get() {
                task.abort();
            }
        }
    }
}

impl Inner {
    fn all(&self) -> impl Iterator<Item = &Arc<Connection>> {
        self.by_source.values().flat_map(BTreeMap::values)
    }

    /// Ends a connection, if it still is as it was seen.
    fn cut(&mut self, connection: &Connection, seen: Stamp) -> bool {
        let Some(task) = connection.task.get() else { return false };
        let cut = Stamp::new(Phase::Cut, seen.since());
        let is_same = connection.stamp.compare_exchange(seen.0, cut.0, Ordering::AcqRel, Ordering::Acquire).is_ok();
        if is_same {
            self.going = self.going.saturating_add(1);
            task.abort();
        }
        is_same
    }
}

/// Those that wait for their clients, whoever waits longest first.
fn waiting<'a>(connections: impl Iterator<Item = &'a Arc<Connection>>) -> Vec<(Stamp, Arc<Connection>)> {
    let stamped = connections.map(|connection| (connection.stamp(), connection));
    let mut found: Vec<(Stamp, &Arc<Connection>)> =
        stamped.filter(|(stamp, _)| stamp.phase().waits_for_client()).collect();
    if found.len() > FOUND_AT_ONCE {
        found.select_nth_unstable_by_key(FOUND_AT_ONCE, |(stamp, _)| stamp.since());
        found.truncate(FOUND_AT_ONCE);
    }
    found.sort_by_key(|(stamp, connection)| (stamp.since(), connection.id));
    found.into_iter().map(|(stamp, connection)| (stamp, Arc::clone(connection))).collect()
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Limits;

    fn all(limits: Limits) -> Arc<Places> {
        Places::new(Arc::new(Gates::new(limits, crate::http::Meters::default(), "http://x", "x")))
    }

    /// A connection from an address, and a task that holds its place until it is ended.
    async fn enter(places: &Arc<Places>, address: &str) -> Option<Arc<Connection>> {
        // No two of them at one microsecond.
        let now = places.now();
        while places.now() == now {
            std::thread::yield_now();
        }
        let place = places.enter(address.parse().unwrap()).await?;
        let connection = Arc::clone(&place.0);
        let task = tokio::spawn(async move {
            std::future::pending::<()>().await;
            drop(place);
        });
        Place::is_served_by(&connection, task.abort_handle());
        Some(connection)
    }

    fn phase(connection: &Connection) -> Phase {
        connection.stamp().phase()
    }

    #[tokio::test]
    async fn who_is_gone_already_is_not_waited_for() {
        let places = all(Limits { places: 1, ..Limits::default() });
        let place = places.enter("192.0.2.1".parse().unwrap()).await.unwrap();
        Place::is_served_by(&place.0, tokio::spawn(std::future::pending::<()>()).abort_handle());
        // It was found waiting, and left before anybody came.
        places.lock().longest = waiting([&place.0].into_iter()).into();
        drop(place);
        assert!(!places.give_way(None));
        let first = enter(&places, "192.0.2.2").await.unwrap();
        let next = tokio::time::timeout(Duration::from_secs(5), enter(&places, "192.0.2.3")).await;
        assert!(next.is_ok() && phase(&first) == Phase::Cut, "the first gives way");
    }

    #[test]
    fn one_source_is_an_ipv4_address_or_a_64() {
        let of = |address: &str| Source::of(address.parse().unwrap());
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.1"));
        assert_eq!(of("2001:db8:0:1::1"), of("2001:db8:0:1:ffff::9"));
        for (one, other) in [("192.0.2.1", "192.0.2.2"), ("2001:db8:0:1::1", "2001:db8:0:2::1"), ("::", "0.0.0.0")] {
            assert_ne!(of(one), of(other), "{one} {other}");
        }
    }

    #[tokio::test]
    async fn an_address_has_its_places_and_no_more() {
        let limits = Limits { places_per_address: 2, places: 100, ..Limits::default() };
        let proxies = vec![crate::http::proxy("10.0.0.0/8").unwrap()];
        let places = all(Limits { proxies, ..limits });
        let first = enter(&places, "192.0.2.1").await.unwrap();
        let second = enter(&places, "::ffff:192.0.2.1").await.unwrap();
        // The one that has waited longest gives way, of the same address.
        let other = enter(&places, "192.0.2.2").await.unwrap();
        let third = enter(&places, "192.0.2.1").await.unwrap();
        assert_eq!(
            [&first, &second, &third, &other].map(|c| phase(c)),
            [Phase::Cut, Phase::Head, Phase::Head, Phase::Head]
        );
        // Where all are worked on nobody gives way.
        second.has_head(true);
        third.has_head(true);
        assert!(enter(&places, "192.0.2.1").await.is_none());
        assert!(enter(&places, "192.0.2.3").await.is_some());
        for free in ["127.0.0.1", "::1", "10.1.1.1"] {
            for _ in 0..5 {
                assert_eq!(phase(&enter(&places, free).await.unwrap()), Phase::Head, "{free}");
            }
        }
    }

    #[tokio::test]
    async fn whoever_waits_longest_for_its_client_gives_way() {
        let places = all(Limits { places: 4, ..Limits::default() });
        let mut all = Vec::new();
        for _ in 0..4 {
            all.push(enter(&places, "127.0.0.1").await.unwrap());
        }
        // The first is worked on, the second has had its answer since, the third waits for a body since it came.
        all[0].has_head(true);
        let began = all[3].stamp().since();
        while all[1].stamp().since() <= began {
            all[1].has_head(true);
            all[1].has_answer();
            all[1].is_flushed();
        }
        all[2].has_head(false);
        for expected in [2, 3, 1] {
            all.push(enter(&places, "127.0.0.1").await.unwrap());
            assert_eq!(phase(&all[expected]), Phase::Cut, "{expected}");
        }
        // An answer that is not taken is waited for as well.
        all[0].has_answer();
        all[0].is_blocked();
        for one in &all[4..] {
            one.has_head(true);
        }
        enter(&places, "127.0.0.1").await.unwrap();
        assert_eq!(phase(&all[0]), Phase::Cut);
        assert!(all[4..].iter().all(|one| phase(one) == Phase::Work));
    }
}
