//! Bulk appends over HTTP.

use crate::load::{Load, World};
use crate::served::{Client, Served, options, post};
use crate::{cpu, limits};
use std::time::{Duration, Instant};

fn requests(notes: &[String], per: usize) -> Vec<Vec<u8>> {
    let body = |part: &[String]| serde_json::json!({ "events": part }).to_string();
    notes.chunks(per).map(|part| post("application/json", &body(part))).collect()
}

pub(crate) fn append(events: usize, gifts: usize, name: &str) {
    let dir = tempfile::tempdir().unwrap();
    let World { node, mut chains } = World::new(dir.path(), options(dir.path()));
    let load = Load::gifts(&node, &mut chains, events, gifts);
    let limit = limits::verify_rate(&load.notes);
    let served = Served::new(node);
    let per = if gifts == 1 { 1000 } else { 200 };
    // Each chain's events stay in order on one connection; the connections run beside each other.
    let parts: Vec<Vec<Vec<u8>>> = load.by_connection(8).iter().map(|notes| requests(notes, per)).collect();
    let before = (served.node.shared().committed(), cpu::of_process());
    let start = Instant::now();
    let client: Duration = std::thread::scope(|scope| {
        let threads: Vec<_> = parts
            .iter()
            .map(|requests| {
                let address = served.address;
                scope.spawn(move || {
                    let mut client = Client::new(address);
                    for request in requests {
                        client.ask(request);
                    }
                    cpu::of_thread()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    let seconds = start.elapsed().as_secs_f64();
    let all = cpu::of_process().saturating_sub(before.1);
    assert_eq!(served.node.shared().committed() - before.0, events as u64, "every event must be admitted");
    let rate = events as f64 / seconds;
    let of_budget = match gifts {
        1 => String::new(),
        gifts => format!("; {:.2} of the budget of 1,500,000 gifts/s", rate * gifts as f64 / 1_500_000.0),
    };
    println!(
        "{name}: {:.2} of verify_strict alone on all cores ({rate:.0} of {limit:.0} events/s, {:.0} gifts/s; the client took {:.2} of {:.2} s of processors' time){of_budget}",
        rate / limit,
        rate * gifts as f64,
        client.as_secs_f64(),
        all.as_secs_f64()
    );
}
