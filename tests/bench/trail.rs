//! A trail over five hops.

use almoner_views::trail::{Fifo, Inflow, Outgo};
use std::time::{Duration, Instant};

/// A trail over five hops in pools that many gifts went through.
pub(crate) fn trail(gifts: usize) {
    let mut fifo = Fifo::new();
    let pools: Vec<_> = (0..6).map(|_| fifo.open_pool().unwrap()).collect();
    let mut lots = Vec::new();
    for at in 0..gifts as u64 {
        lots.push(fifo.inflow(at * 10, pools[0], 100, 1, Inflow::Gift).unwrap());
        for hop in 0..5 {
            fifo.carry(at * 10 + 1 + hop as u64, pools[hop], 60, pools[hop + 1], 60).unwrap();
        }
        fifo.outflow(at * 10 + 7, pools[5], 30, Outgo::Spent).unwrap();
    }
    let mut times: Vec<Duration> = lots
        .iter()
        .step_by((gifts / 500).max(1))
        .map(|lot| {
            let part = fifo.whole(*lot).unwrap();
            let start = Instant::now();
            assert!(!fifo.runs(*lot, &part, None).unwrap().is_empty());
            start.elapsed()
        })
        .collect();
    times.sort();
    let p99 = times[times.len() * 99 / 100];
    println!("11 trail over 5 hops, {gifts} gifts: p99 {:.4} of 5 ms ({p99:.2?})", p99.as_secs_f64() / 0.005);
}
