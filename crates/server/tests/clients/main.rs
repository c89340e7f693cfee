//! Slow and hostile clients, through real sockets: every wait ends, memory and places are shared, good clients are served.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod memory;
mod metrics;
mod pages;
mod place;
mod quotas;
mod server;
mod streams;
mod waits;
mod words;
