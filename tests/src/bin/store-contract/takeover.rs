//! Takeovers from a holder that writes without a pause, and from one that is frozen meanwhile.

use crate::holder::{Handle, Holder, Word};
use crate::kept::{Batches, is_kept};
use crate::{Report, Stage};
use acceptance::bare::percentile;
use almoner_store::StoreError;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::Scope;
use std::time::{Duration, Instant};

/// What this program is called with when it is the holder that is frozen.
pub(crate) const HOLD: &str = "--hold";

/// Takeovers in a row, and how many are a trial of this program.
const ROUNDS: u32 = 20;
const FEW_ROUNDS: u32 = 6;

/// Batches that a holder has acknowledged before the next one claims.
const WARM: u32 = 5;

/// From the claim to the first acknowledgement of the new holder.
const TAKES: Duration = Duration::from_secs(3);

/// From the claim, or from its thaw, until the old one knows.
const KNOWS: Duration = Duration::from_secs(5);

/// What one takeover took, from the claim on.
struct Took {
    new: Duration,
    old: Duration,
}

pub(crate) fn under_load(stage: &Stage, report: &mut Report) {
    let (ledger, rounds) = (stage.fresh("takeovers"), rounds(stage));
    let ended = AtomicBool::new(false);
    let (mut took, mut holders) = (Vec::new(), Vec::new());
    let played = std::thread::scope(|scope| {
        let played = play(stage, &ledger, scope, &ended, &mut took, &mut holders);
        ended.store(true, Ordering::Relaxed);
        played
    });
    let batches: Vec<Batches> = holders.into_iter().map(Holder::batches).collect();
    let kept = is_kept(stage, &ledger, &batches, Vec::new());
    let (mut new, mut old): (Vec<_>, Vec<_>) = took.iter().map(|took| (took.new, took.old)).unzip();
    let in_time = new.iter().all(|time| *time < TAKES) && old.iter().all(|time| *time < KNOWS);
    let got = match played {
        Ok(()) => format!("{} of {rounds}, {}", took.len(), if in_time { "in time" } else { "not all in time" }),
        Err(why) => format!("{} of {rounds}; then {why}", took.len()),
    };
    let got = if kept { got } else { format!("{got}; the stream is not as they were told") };
    let times = |what: &str, times: &mut [Duration]| {
        let (p50, longest) = (percentile(times, 50), percentile(times, 99));
        println!("{what}: median {p50:.1?}, longest {longest:.1?} ({})", times.len());
    };
    times("from a claim to the new holder's first acknowledgement", &mut new);
    times("from a claim until the old holder knew", &mut old);
    let is_complete = took.len() == rounds as usize;
    report.line(
        is_complete && in_time && kept,
        "takeover under load",
        &format!("{rounds} of {rounds}, each within {TAKES:.0?}, known within {KNOWS:.0?}, nothing lost"),
        &got,
    );
}

fn rounds(stage: &Stage) -> u32 {
    if stage.is_short() { FEW_ROUNDS } else { ROUNDS }
}

/// One holder after the other; each writes without a pause until the next one has claimed.
fn play<'scope>(
    stage: &Stage,
    ledger: &str,
    scope: &'scope Scope<'scope, '_>,
    ended: &'scope AtomicBool,
    took: &mut Vec<Took>,
    holders: &mut Vec<Holder>,
) -> Result<(), String> {
    let room = stage.mirrors.path();
    let first = Handle::create(&stage.cluster, ledger, room).map_err(words)?;
    first.take_over().map_err(words)?;
    let mut old = start(scope, first, 1, ended);
    for round in 1..=rounds(stage) {
        let taken = take(stage, ledger, round, &mut old, |next| start(scope, next, round + 1, ended));
        holders.push(old);
        let (times, new) = taken?;
        took.push(times);
        old = new;
    }
    holders.push(old);
    Ok(())
}

/// One takeover from a holder that writes.
fn take(
    stage: &Stage,
    ledger: &str,
    round: u32,
    old: &mut Holder,
    start: impl FnOnce(Handle) -> Holder,
) -> Result<(Took, Holder), String> {
    // Two machines in turn: each opens what it held before the other did.
    let machine = format!("machine-{}", round % 2);
    // There is no stream to open before something stands in it.
    old.acknowledges(1)?;
    let next = Handle::open(&stage.cluster, ledger, stage.mirrors.path(), &machine).map_err(words)?;
    old.acknowledges(WARM)?;
    let claimed = Instant::now();
    next.take_over().map_err(words)?;
    let mut new = start(next);
    let first = new.acknowledges(1)?;
    let known = old.is_deposed()?;
    old.is_gone();
    Ok((Took { new: first - claimed, old: known - claimed }, new))
}

fn start<'scope>(scope: &'scope Scope<'scope, '_>, handle: Handle, chain: u32, ended: &'scope AtomicBool) -> Holder {
    let (sender, words) = channel();
    scope.spawn(move || {
        handle.hold(chain, ended, &mut |word| told(&sender, word));
        // Its files are free before its words end.
        drop(handle);
        drop(sender);
    });
    Holder::new(chain, words)
}

fn told(sender: &Sender<(Instant, Word)>, word: Word) {
    // Nobody listens any more when the scenario has failed already.
    let _unheard = sender.send((Instant::now(), word));
}

fn words(error: StoreError) -> String {
    error.to_string()
}

/// Another process of this program, as a holder. However this ends, the process does.
struct Other(Child);

impl Other {
    fn start(stage: &Stage, ledger: &str) -> std::io::Result<(Other, Holder)> {
        let mut child = Command::new(std::env::current_exe()?)
            .args([HOLD, &stage.connection, &stage.seconds.to_string(), ledger])
            .arg(stage.mirrors.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take();
        let (sender, words) = channel();
        std::thread::spawn(move || {
            for line in output.map(BufReader::new).into_iter().flat_map(BufReader::lines) {
                match line.map(|line| serde_json::from_str(&line)) {
                    Ok(Ok(word)) => told(&sender, word),
                    // What is no word, such as a panic's, is for whoever reads.
                    Ok(Err(error)) => println!("the other process said what is no word: {error}"),
                    Err(_) => return,
                }
            }
        });
        Ok((Other(child), Holder::new(1, words)))
    }

    /// By the shell's own `kill`, which is where there is no program of that name.
    fn signal(&self, signal: &str) -> Result<(), String> {
        let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {}", self.0.id())]).status();
        match sent {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("kill -{signal}: {status}")),
            Err(error) => Err(format!("sh: {error}")),
        }
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        // Also one that is frozen; one that has ended is waited for all the same.
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// What the other process does: it makes the ledger, holds it, and tells each word in a line, until it is deposed.
pub(crate) fn hold(stage: &Stage, ledger: &str, room: &Path) -> ExitCode {
    let mut output = std::io::stdout();
    let mut tell = |word: Word| {
        let line = serde_json::to_string(&word).expect("a word is JSON");
        // Without the first process there is nobody left to write for.
        if writeln!(output, "{line}").is_err() {
            std::process::exit(1);
        }
    };
    let opened = Handle::create(&stage.cluster, ledger, room).and_then(|handle| handle.take_over().map(|()| handle));
    match opened {
        Ok(handle) => handle.hold(1, &AtomicBool::new(false), &mut tell),
        Err(error) => tell(Word::Failed(error.to_string())),
    }
    ExitCode::SUCCESS
}

pub(crate) fn frozen(stage: &Stage, report: &mut Report) {
    let ledger = stage.fresh("frozen");
    let ended = AtomicBool::new(false);
    let mut holders = Vec::new();
    let freeze = Duration::from_secs(if stage.is_short() { 1 } else { 12 });
    let knew = std::thread::scope(|scope| {
        let knew = freeze_and_thaw(stage, &ledger, freeze, scope, &ended, &mut holders);
        ended.store(true, Ordering::Relaxed);
        knew
    });
    let batches: Vec<Batches> = holders.into_iter().map(Holder::batches).collect();
    let kept = is_kept(stage, &ledger, &batches, Vec::new());
    let got = match &knew {
        Ok(time) => format!("known after {time:.1?}"),
        Err(why) => why.clone(),
    };
    let got = if kept { got } else { format!("{got}; the stream is not as they were told") };
    report.line(
        kept && knew.is_ok_and(|time| time < KNOWS),
        &format!("frozen sequencer, for {freeze:.0?}"),
        &format!("known within {KNOWS:.0?} of its thaw, nothing acknowledged wrongly"),
        &got,
    );
}

/// How long after its thaw the holder knew.
fn freeze_and_thaw<'scope>(
    stage: &Stage,
    ledger: &str,
    freeze: Duration,
    scope: &'scope Scope<'scope, '_>,
    ended: &'scope AtomicBool,
    holders: &mut Vec<Holder>,
) -> Result<Duration, String> {
    let (other, mut old) = Other::start(stage, ledger).map_err(|error| format!("no other process: {error}"))?;
    let mut new = None;
    let knew = (|| {
        old.acknowledges(WARM)?;
        let next = Handle::open(&stage.cluster, ledger, stage.mirrors.path(), "next").map_err(words)?;
        other.signal("STOP")?;
        let frozen = Instant::now();
        next.take_over().map_err(words)?;
        let mut writes = start(scope, next, 2, ended);
        let first = writes.acknowledges(1);
        new = Some(writes);
        println!("from a claim beside a frozen holder to the first acknowledgement: {:.1?}", first? - frozen);
        std::thread::sleep(freeze.saturating_sub(frozen.elapsed()));
        other.signal("CONT")?;
        let thawed = Instant::now();
        Ok(old.is_deposed()? - thawed)
    })();
    // Its output ends with it, and so do its words.
    drop(other);
    holders.push(old);
    holders.extend(new);
    knew
}
