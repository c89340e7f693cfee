//! Benchmarks of the budgets in docs/SPEED.md, each beside its limit in the same run.
//!
//! A run of some of them: `scripts/bench append ready`. Load is signed before the clock starts.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::float_arithmetic,
    reason = "a test that cannot go on should stop; rates are no money"
)]

mod append;
mod audit;
mod child;
mod cluster;
mod cpu;
mod growth;
mod journal;
mod limits;
mod load;
mod peers;
mod reads;
mod receipts;
mod served;
mod single;
mod stored;
mod trail;

use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(ended) = child::run() {
        return ended;
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|w| name.contains(w.as_str()));
    let deep = std::env::var_os("ALMONER_DEEP").is_some();
    let events = if deep { 400_000 } else { 40_000 };
    let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
    println!("{cores} cores, embedded store, fsync before the acknowledgement, every signature checked");
    if wants("append") {
        append::append(events, 1, "1 append, one gift an event, bulk over HTTP");
        append::append(events / 20, 256, "2 append, 256 gifts an event, bulk over HTTP");
    }
    if wants("single") {
        single::saturated_and_paced(events / 4);
    }
    if wants("latency") {
        single::latency();
    }
    if wants("audit") || wants("restart") || wants("size") {
        audit::audit_and_restart(events, wants("audit"), wants("restart"), wants("size"));
    }
    if wants("ready") || wants("flat") || wants("memory") {
        growth::growth(growth::sizes(deep), wants("ready"), wants("flat"), wants("memory"));
    }
    if wants("receipt") {
        receipts::receipts();
    }
    if wants("trail") {
        trail::trail(if deep { 10_000 } else { 2_000 });
    }
    if wants("reads") {
        reads::reads();
    }
    if wants("journal") {
        journal::journal(100_000);
    }
    if wants("peers") {
        peers::peers(events / 4);
    }
    if wants("cluster") {
        cluster::cluster();
    }
    ExitCode::SUCCESS
}
