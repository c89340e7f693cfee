//! The room where bytes survive.
//!
//! **Here:** the two ports [`Log`] (the operator's one order of events) and [`Anchor`] (the newest signed checkpoint,
//! pinned outside the log), their adapters ([`SqliteLog`], [`FileAnchor`], [`MemoryLog`], [`MemoryAnchor`]), a wrapper
//! that fails on purpose ([`Faulty`]) and the one suite every adapter must pass ([`contract`]).
//!
//! **Not here:** what the bytes mean. **The store never looks inside an envelope**, verifies no signature, builds no
//! Merkle tree and signs nothing; leaf hashes, chain numbers, roots and notes are handed in and handed back. It keeps
//! no time, spawns no thread and repairs nothing by itself: a ledger is never truncated.
//!
//! **Who may call:** the server (its one writer thread appends, any blocking thread reads) and the command line, to
//! create and to open. Calls block; durable means synced to the disk before the call returns.
//!
//! **Ruled by** docs/FORMATS.md (Anchor) and docs/ARCHITECTURE.md (the way of the data). An answer of `Unknown` is
//! first-class: it may or may not be on the disk, and only reading it back after a restart can tell.

mod anchor_file;
pub mod contract;
mod derived;
mod embedded;
mod error;
mod faulty;
mod files;
#[cfg(feature = "kurrentdb")]
mod kurrent;
mod memory;
mod port;
mod share;

pub use anchor_file::{FileAnchor, NOTE_LIMIT_BYTES};
pub use derived::{Check, DerivedFile, DerivedReader, NotDerived, check};
pub use embedded::SqliteLog;
pub use error::StoreError;
pub use faulty::{Count, Fault, Faulty};
#[cfg(feature = "kurrentdb")]
pub use kurrent::{Cluster, Id, KurrentAnchor, KurrentLog, Seal, Timing, To, Voice, fresh_id, hex, joined, parse_hex};
pub use memory::{MemoryAnchor, MemoryLog};
pub use port::{Anchor, Append, Limits, Log, Pinned, Sealed, Swap};
