//! Whether a server keeps what the store expects of KurrentDB: its rules, the store's contract, its speed, and a load
//! of two rivals during which somebody may kill, freeze and restart it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::float_arithmetic,
    reason = "a contract reports by panicking; rates are no money"
)]

mod holder;
mod kept;
mod lists;
mod load;
mod rates;
mod rules;
mod takeover;

use acceptance::bare::{Bare, LIMIT};
use almoner_store::contract::{anchor_contract, anchor_reopen_contract, log_contract, log_reopen_contract};
use almoner_store::{Cluster, KurrentAnchor, KurrentLog, StoreError, Timing};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

const HELP: &str = "\
store-contract CONNECTION [SECONDS]

Tries a KurrentDB or EventStoreDB server, or a cluster of them, and says what differs from what the ledger's store
expects. CONNECTION is a connection string such as

    esdb://127.0.0.1:2113?tls=false
    esdb://a:2113,b:2113,c:2113?tls=false&nodePreference=leader
    esdb://almoner:PASSWORD@a.example:2113?tlsCaFile=ca.crt

SECONDS is how long the load runs; 60 if it is left out. Below 10 everything is measured shortly and nothing is waited
for long, which is for a trial of this program. The server needs no preparation; streams get names that no earlier run
has used and are left behind. Mirrors are made in the temporary directory (TMPDIR) and removed.

What it does, in this order:
    rules       one line each: ok or DIFFERENT, what is expected, what the server answered
    contracts   the store's own suite, on this server
    lists       where CONNECTION names a user: what a stream's list of writers keeps others from. The user should be one
                in no group, as the ledger's should be: of an administrator it says that the list does not bind it
    rates       what an append, a bulk of them and a read cost, by the client alone and by the store
    takeovers   twenty in a row, each from a holder that writes without a pause; then one from a holder, another process
                of this program, that is frozen (kill -STOP) meanwhile and must know soon after its thaw
    load        two rivals append to one ledger for SECONDS, a line each second; then the whole stream is read, and
                whatever was acknowledged must be there, once, at its place

Leave the server alone until \"load:\" is printed. From then on do to it what you like, for example (a single node;
of a cluster take the leader now and a follower next):

    kill -9 PID                          the process dies; start it again after some seconds, or let another lead
    kill -STOP PID; sleep 15; kill -CONT PID
                                         it freezes and does at its thaw what nobody waits for any more
    systemctl restart eventstore         an orderly restart (or however it is run)
    iptables -A INPUT -p tcp --dport 2113 -j DROP; sleep 15; iptables -D INPUT -p tcp --dport 2113 -j DROP
                                         packets get lost

The load does not fail while nobody answers: it waits, also after SECONDS, until the server is back. Seconds without a
new acknowledgement are expected then, and \"longest wait\" says how many.

The last line sums up. The exit code is 0 only if every rule, every contract and the load held.";

/// Below so many seconds of load the run is a trial of this program rather than of a server.
const SHORT: u64 = 10;

/// Waiting times of a short run.
const QUICK: Timing = Timing {
    call: Duration::from_secs(1),
    pause: Duration::from_millis(2),
    pause_limit: Duration::from_millis(50),
    opening: Duration::from_secs(10),
};

/// What held and what did not.
#[derive(Default)]
struct Report {
    held: u32,
    failed: Vec<String>,
}

impl Report {
    fn line(&mut self, ok: bool, what: &str, expected: &str, got: &str) {
        println!("{:<9}  {what} | expected {expected} | got {got}", if ok { "ok" } else { "DIFFERENT" });
        self.count(ok, what);
    }

    fn count(&mut self, ok: bool, what: &str) {
        if ok { self.held += 1 } else { self.failed.push(what.to_owned()) }
    }
}

/// What every part works with.
struct Stage {
    connection: String,
    cluster: Cluster,
    seconds: u64,
    /// Begins every name, and was never used before.
    run: String,
    count: Cell<u32>,
    mirrors: tempfile::TempDir,
}

impl Stage {
    /// A name that was not used yet.
    fn fresh(&self, what: &str) -> String {
        self.count.set(self.count.get() + 1);
        format!("{}-{}-{what}", self.run, self.count.get())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.mirrors.path().join(name)
    }

    fn is_short(&self) -> bool {
        self.seconds < SHORT
    }

    /// A connection by the client alone, tried for half a minute.
    fn bare(&self) -> Result<Bare, String> {
        let since = Instant::now();
        loop {
            match Bare::connect(&self.connection) {
                Err(_) if since.elapsed() < LIMIT * 3 => std::thread::sleep(Duration::from_millis(200)),
                connected => return connected,
            }
        }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--help" || argument == "-h") {
        println!("{HELP}");
        return ExitCode::SUCCESS;
    }
    if let [hold, connection, seconds, ledger, room] = &arguments[..]
        && hold == takeover::HOLD
    {
        let stage = seconds.parse().map_err(|_| "no number of seconds".to_owned()).and_then(|s| stage(connection, s));
        return stage.map_or(ExitCode::from(2), |stage| takeover::hold(&stage, ledger, Path::new(room)));
    }
    let seconds = arguments.get(1).map_or(Ok(60), |text| text.parse::<u64>());
    let (Some(connection), Ok(seconds), true) = (arguments.first(), seconds, arguments.len() <= 2) else {
        eprintln!("store-contract CONNECTION [SECONDS]; --help says more");
        return ExitCode::from(2);
    };
    match stage(connection, seconds) {
        Ok(stage) => everything(&stage),
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "names of streams must differ from run to run")]
fn stage(connection: &str, seconds: u64) -> Result<Stage, String> {
    // Looks for what the client would stumble over, so before the first of its own connections.
    let mut cluster = Cluster::new(connection).map_err(|error| error.to_string())?;
    if seconds < SHORT {
        cluster = cluster.with_timing(QUICK);
    }
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_err(|e| e.to_string())?;
    let mirrors = tempfile::tempdir().map_err(|error| format!("no temporary directory: {error}"))?;
    Ok(Stage {
        connection: connection.to_owned(),
        cluster,
        seconds,
        run: format!("store-contract-{}-{}", now.as_millis(), std::process::id()),
        count: Cell::new(0),
        mirrors,
    })
}

fn everything(stage: &Stage) -> ExitCode {
    let mut report = Report::default();
    println!("names of streams begin with {0} or almoner-{0}", stage.run);
    println!("rules:");
    rules::try_all(stage, &mut report);
    println!("contracts:");
    contracts(stage, &mut report);
    println!("lists:");
    lists::try_all(stage, &mut report);
    println!("rates:");
    if let Err(why) = rates::measure_all(stage) {
        println!("not measured: {why}");
        report.count(false, "rates");
    }
    println!("takeovers:");
    takeover::under_load(stage, &mut report);
    takeover::frozen(stage, &mut report);
    println!("load: {} s; from now on the server may be killed, frozen and restarted (see --help)", stage.seconds);
    load::run(stage, &mut report);
    if report.failed.is_empty() {
        println!("everything held: {} rules, contracts and loads", report.held);
        ExitCode::SUCCESS
    } else {
        println!("{} of {} did not hold: {}", report.failed.len(), report.held as usize + report.failed.len(), {
            report.failed.join("; ")
        });
        ExitCode::FAILURE
    }
}

/// The first words of a panic, wherever it was.
static PANICKED: Mutex<Option<String>> = Mutex::new(None);

fn contracts(stage: &Stage, report: &mut Report) {
    set_hook(Box::new(|panic| {
        PANICKED.lock().unwrap_or_else(|held| held.into_inner()).get_or_insert_with(|| panic.to_string());
    }));
    let cluster = &stage.cluster;
    let file = |path: &Path| holder::file_anchor(path).unwrap();
    let mut one = |what: &str, contract: &mut dyn FnMut()| {
        let since = Instant::now();
        let ended = catch_unwind(AssertUnwindSafe(contract));
        let words = PANICKED.lock().unwrap_or_else(|held| held.into_inner()).take();
        let got = match ended {
            Ok(()) => format!("held, {:.1} s", since.elapsed().as_secs_f64()),
            Err(_) => words.unwrap_or_default().replace('\n', " "),
        };
        report.line(ended.is_ok(), what, "to hold", &got);
    };
    one("log_contract", &mut || {
        log_contract(&mut || {
            let name = stage.fresh("log");
            Box::new(KurrentLog::create(cluster, &name, acceptance::voice(), stage.path(&name)).unwrap())
        });
    });
    let again = stage.fresh("log-again");
    one("log_reopen_contract", &mut || {
        log_reopen_contract(&mut || {
            let mirror = stage.path(&again);
            // Whether there is a ledger is known from the stream: the mirror may be removed at any time.
            Box::new(match KurrentLog::open(cluster, &again, acceptance::voice(), &mirror) {
                Err(StoreError::Stream { .. }) => {
                    std::fs::remove_file(&mirror).unwrap();
                    KurrentLog::create(cluster, &again, acceptance::voice(), &mirror).unwrap()
                }
                opened => opened.unwrap(),
            })
        });
    });
    one("anchor_contract", &mut || {
        anchor_contract(&mut || {
            let name = stage.fresh("anchor");
            Box::new(KurrentAnchor::open(cluster, &name, acceptance::voice(), file(&stage.path(&name))).unwrap())
        });
    });
    let again = stage.fresh("anchor-again");
    one("anchor_reopen_contract", &mut || {
        anchor_reopen_contract(&mut || {
            Box::new(KurrentAnchor::open(cluster, &again, acceptance::voice(), file(&stage.path(&again))).unwrap())
        });
    });
    // From here on a panic is a mistake of this program, and says where.
    let _ours = std::panic::take_hook();
}
