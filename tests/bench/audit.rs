//! Audit, restart from the notes, and bytes on disk, over one ledger.

use crate::limits;
use crate::stored::{Stored, audited};
use std::time::Instant;

pub(crate) fn audit_and_restart(events: usize, audits: bool, restarts: bool, sizes: bool) {
    let mut stored = Stored::new();
    let load = stored.grow(events);
    let limit = limits::verify_rate(&load.notes);
    let size = stored.close();
    if sizes {
        let files = stored.bytes();
        println!(
            "9 bytes on disk: {:.2} of the notes' own bytes ({} bytes an event)",
            files as f64 / load.bytes as f64,
            files / size
        );
    }
    if audits {
        let rate = size as f64 / audited(&stored, false).as_secs_f64();
        println!(
            "5 full audit: {:.2} of verify_strict alone on all cores ({rate:.0} of {limit:.0} events/s)",
            rate / limit
        );
        let rate = size as f64 / audited(&stored, true).as_secs_f64();
        println!(
            "6 audit beyond signatures: {:.2} of the budget of 600,000 events/s ({rate:.0} events/s)",
            rate / 600_000.0
        );
    }
    if restarts {
        stored.forget_replay();
        let start = Instant::now();
        stored.open();
        let rate = size as f64 / start.elapsed().as_secs_f64();
        println!(
            "7 restart, books and views folded from stored bytes: {:.2} of the budget of 500,000 events/s ({rate:.0} events/s)",
            rate / 500_000.0
        );
    }
}
