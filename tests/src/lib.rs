//! # acceptance: what the project promises, tried from outside
//!
//! **Here:** what the tests share: the real binary ([`program`]), a ledger in a temporary directory
//! ([`House`]), a server that ends with its test ([`Served`]), events as an author would write them
//! ([`Event`], [`Pen`]), HTTP as any client speaks it ([`Client`]), a cluster that fails on request
//! ([`double`]), a server that means harm ([`hostile`]), and the client of such a cluster alone ([`bare`]). **Not here:** expectations; those stand in
//! `http/`, `crash/`, `kurrent/` and `strangers/`, and in `bin/store-contract/`, which asks a real server.
//!
//! **Callers:** tests only. **Ruled by:** `docs/FORMATS.md`, `docs/OPERATING.md`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "this is test code: where it cannot go on it should stop and say where"
)]

mod author;
pub mod bare;
mod chance;
mod client;
pub mod double;
pub mod hostile;
mod house;
pub mod load;
mod program;
mod served;
mod voice;

pub use author::{Event, Pen};
pub use chance::Chance;
pub use client::{Answer, Client};
pub use house::{House, copy_folder};
pub use program::{Ran, program, run, run_watched, say_skipped, skipped, vectors};
pub use served::Served;
pub use voice::voice;

/// The time that every event of a test claims: clocks never decide.
pub const TIME: &str = "2026-11-21T10:00:00Z";
/// The day on which everything happens.
pub const DAY: &str = "2026-11-21";
