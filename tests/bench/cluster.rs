//! The log on a cluster beside the client alone, against the double of the protocol and, where `ALMONER_TEST_ESDB`
//! holds a connection string, a real server.

use acceptance::bare::{Bare, Said, Session, behind, events, items, percentile};
use acceptance::double::Double;
use almoner_server::app::{LedgerDirectory, Node, Options};
use almoner_store::{Append, Cluster, KurrentLog, Log};
use std::cell::Cell;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// Entries of a bulk append, and bytes of each.
const BULK: u64 = 500;
const BYTES: usize = 512;
/// Entries that are read back.
const READ: u64 = 200_000;
/// Ledgers that are made and opened.
const OPENINGS: usize = 9;
/// Pairs of measurements, one of either side, in turn.
const PAIRS: usize = 7;

/// All budgets of the cluster on the double, then on a real server if there is one.
pub(crate) fn cluster() {
    let double = Double::start();
    Bench::new("double", &double.connection(), Some(&double)).run();
    // As fast as a real node was observed to be: 500 entries an append at 37,000 to 40,000 a second, read back at 105,000
    // to 120,000. The double alone answers from memory, several times as fast.
    double.answer_delay(Duration::from_millis(10));
    double.read_delay(Duration::from_micros(1000));
    let paced = Bench::new("double at a node's pace", &double.connection(), Some(&double));
    paced.bulk();
    paced.fill();
    drop(paced);
    drop(double);
    opening();
    match std::env::var("ALMONER_TEST_ESDB") {
        Ok(connection) => Bench::new("real server", &connection, None).run(),
        Err(_) => {
            println!("SKIPPED: no real server was measured, because ALMONER_TEST_ESDB holds no connection string")
        }
    }
}

/// A new ledger made on three doubles, and opened again for writing, until the node is ready.
fn opening() {
    let (double, dir) = (Double::cluster(3), tempfile::tempdir().unwrap());
    let timed = |number: usize, open: &dyn Fn(&LedgerDirectory, Options) -> Node| {
        let directory = LedgerDirectory::new(dir.path().join(number.to_string()));
        let anchor = Some(dir.path().join(format!("{number}.anchor")));
        let start = Instant::now();
        let node = open(&directory, Options { anchor, store: Some(double.connection()), ..Options::default() });
        let time = start.elapsed();
        node.stop();
        time
    };
    let mut made: Vec<_> = (0..OPENINGS)
        .map(|number| {
            let origin = format!("bench.example/{number}");
            timed(number, &|directory, options| {
                directory
                    .init(&origin, &mut || Uuid::new_v4().into_bytes().repeat(2).try_into().unwrap(), options)
                    .unwrap()
            })
        })
        .collect();
    let mut opened: Vec<_> = (0..OPENINGS)
        .map(|number| timed(number, &|directory, options| Node::open(directory, options).unwrap()))
        .collect();
    for (what, times) in [("made", &mut made), ("opened", &mut opened)] {
        let (median, worst) = (percentile(times, 50), times.iter().max().copied().unwrap_or_default());
        println!(
            "15 three doubles, a ledger {what}: {:.2} of 0.5 s (median {median:.2?}, the slowest of {OPENINGS} {worst:.2?})",
            median.as_secs_f64() / 0.5
        );
    }
}

struct Bench<'a> {
    place: &'a str,
    double: Option<&'a Double>,
    bare: Bare,
    cluster: Cluster,
    dir: tempfile::TempDir,
    run: String,
    count: Cell<u32>,
}

impl<'a> Bench<'a> {
    fn new(place: &'a str, connection: &str, double: Option<&'a Double>) -> Bench<'a> {
        let cluster = Cluster::new(connection).unwrap();
        Bench {
            place,
            double,
            bare: Bare::connect(connection).unwrap(),
            cluster,
            dir: tempfile::tempdir().unwrap(),
            run: format!("bench-{}", Uuid::new_v4()),
            count: Cell::new(0),
        }
    }

    fn run(&self) {
        self.one();
        self.bulk();
        self.fill();
    }

    fn fresh(&self) -> String {
        self.count.set(self.count.get() + 1);
        format!("{}-{}", self.run, self.count.get())
    }

    fn create(&self, ledger: &str) -> KurrentLog {
        KurrentLog::create(&self.cluster, ledger, acceptance::voice(), self.dir.path().join(ledger)).unwrap()
    }

    /// One entry in flight, 1,000 of them, beside the double's own time for each, or (a real server does not tell) the
    /// client's alone.
    fn one(&self) {
        let log = self.create(&self.fresh());
        self.answers();
        let mut times: Vec<_> = (0..1000).map(|size| append(&log, size, 1)).collect();
        let mut limit = match self.double {
            Some(_) => self.answers(),
            None => {
                let (name, session) = (self.fresh(), self.bare.session().unwrap());
                (0..1000).map(|size| alone(&session, &name, size, 1)).collect()
            }
        };
        let mut unary: Vec<_> = {
            let name = self.fresh();
            let one = |size| {
                let batch = events(&items(1, size, 1, BYTES));
                let start = Instant::now();
                assert_eq!(self.bare.unary(&name, behind(size), batch), Said::Done(Some(size)));
                start.elapsed()
            };
            (0..50).map(one).collect()
        };
        let (p99, limit) = (percentile(&mut times, 99), percentile(&mut limit, 99));
        let above = p99.saturating_sub(limit);
        println!(
            "15 {}, one entry in flight: p99 above the engine's own {:.2} of 5 ms ({p99:.2?} less {limit:.2?}; median {:.2?}, by a unary call {:.2?})",
            self.place,
            above.as_secs_f64() / 0.005,
            percentile(&mut times, 50),
            percentile(&mut unary, 50)
        );
    }

    fn answers(&self) -> Vec<Duration> {
        self.double.map(Double::answer_times).unwrap_or_default()
    }

    /// Appends of 500 entries by the store and by a bare session, one request in flight, in turn.
    fn bulk(&self) {
        let log = self.create(&self.fresh());
        let (name, session) = (self.fresh(), self.bare.session().unwrap());
        let batches = 40;
        let mut sizes = (0, 0);
        let mut store = || {
            let time = (0..batches).map(|batch| append(&log, sizes.0 + batch * BULK, BULK)).sum::<Duration>();
            sizes.0 += batches * BULK;
            rate(batches * BULK, time)
        };
        let mut client = || {
            let time = (0..batches).map(|batch| alone(&session, &name, sizes.1 + batch * BULK, BULK)).sum::<Duration>();
            sizes.1 += batches * BULK;
            rate(batches * BULK, time)
        };
        let pairs = in_turn(&mut store, &mut client);
        self.print("16", "append, 500 entries of 512 bytes each", &pairs, 0.85);
    }

    /// Filling a mirror, and a bare read that keeps nothing, of the same entries, in turn.
    fn fill(&self) {
        let ledger = self.fresh();
        let log = self.create(&ledger);
        append(&log, 0, BULK);
        // Opened while there is little, so that only the reading is timed and not the connecting.
        let open = |number| {
            let path = self.dir.path().join(format!("{ledger}-mirror-{number}"));
            KurrentLog::open(&self.cluster, &ledger, acceptance::voice(), path).unwrap()
        };
        let mut mirrors: Vec<_> = (0..=PAIRS).map(open).collect();
        for size in (BULK..READ).step_by(BULK as usize) {
            append(&log, size, BULK);
        }
        let mut store = || {
            let mirror = mirrors.pop().unwrap();
            let start = Instant::now();
            mirror.refresh().unwrap();
            let time = start.elapsed();
            assert_eq!(mirror.size().unwrap(), READ);
            rate(READ - BULK, time)
        };
        let mut client = || {
            let (count, time) = self.bare.read_past(&format!("almoner-{ledger}")).unwrap();
            assert_eq!(count, READ);
            rate(READ, time)
        };
        let pairs = in_turn(&mut store, &mut client);
        self.print("17", "a fresh mirror filled with 200,000 entries of 512 bytes", &pairs, 0.80);
    }

    /// The median of the pairs' ratios, with the pair it comes from.
    fn print(&self, number: &str, what: &str, pairs: &[(f64, f64)], budget: f64) {
        let mut ratios: Vec<_> = pairs.iter().map(|(store, client)| (store / client, *store, *client)).collect();
        ratios.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (ratio, store, client) = ratios[ratios.len() / 2];
        let (least, most) = (ratios[0].0, ratios[ratios.len() - 1].0);
        println!(
            "{number} {}, {what}: {ratio:.2} of the client alone ({store:.0} of {client:.0} entries/s; {least:.2} to {most:.2} in {} pairs; budget {budget:.2})",
            self.place,
            pairs.len()
        );
    }
}

/// Pairs of measurements of the two, the order changing from pair to pair, after one of each that does not count.
fn in_turn(store: &mut dyn FnMut() -> f64, client: &mut dyn FnMut() -> f64) -> Vec<(f64, f64)> {
    let mut pair = |number: usize| {
        if number.is_multiple_of(2) {
            let first = store();
            (first, client())
        } else {
            let first = client();
            (store(), first)
        }
    };
    pair(0);
    (0..PAIRS).map(pair).collect()
}

fn rate(entries: u64, time: Duration) -> f64 {
    entries as f64 / time.as_secs_f64()
}

/// One append by the store; making the items is not timed.
fn append(log: &KurrentLog, size: u64, count: u64) -> Duration {
    let batch = items(1, size, count, BYTES);
    let start = Instant::now();
    assert_eq!(log.append(size, &batch), Append::Appended);
    start.elapsed()
}

/// The same by the client alone.
fn alone(session: &Session<'_>, name: &str, size: u64, count: u64) -> Duration {
    let batch = events(&items(1, size, count, BYTES));
    let start = Instant::now();
    assert_eq!(session.append(name, behind(size), batch), Said::Done(Some(size + count - 1)));
    start.elapsed()
}
