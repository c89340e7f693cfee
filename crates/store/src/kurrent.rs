//! The distributed engine: KurrentDB (EventStoreDB), one stream for the log, and a local mirror that is read.
//!
//! **Entry n stands at revision n** of the stream `almoner-<ledger>`, appended with the exact revision before it: that
//! is what fences out a second writer, whatever either of them believes. Every read is served from the mirror, the
//! embedded store's own tables; deleting it costs only time.
//!
//! Two streams stand beside it, for what the embedded store keeps elsewhere: `almoner-<ledger>-checkpoints` (those that
//! were published) and `almoner-<ledger>-anchor` (those that were pinned, see [`KurrentAnchor`]).
//!
//! **What the client (crate `eventstore` 4.0.0) does wrong, and where it is contained:** its calls do not end by
//! themselves, its tasks outlive it, it stays dead after one failed connection, a panic in a session leaves its waiter
//! hanging: [`link`]. It panics on certificates: [`cluster`]. Its unary calls stall (Nagle's algorithm is on): appends
//! go through one batch session. Its subscriptions spin when the server ends them: none is used, followers look again.

mod anchor;
mod checkpoints;
mod cluster;
mod diagnose;
mod holding;
mod link;
mod live;
mod log;
mod patience;
mod streams;
mod texts;
mod trouble;
mod wire;

pub use anchor::KurrentAnchor;
pub use cluster::{Cluster, Timing};
pub use log::{KurrentLog, joined};
pub use texts::{Id, Seal, To, Voice, fresh_id, hex, parse_hex};
