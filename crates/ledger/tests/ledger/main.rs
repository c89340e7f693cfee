//! The ledger from outside: events are drafted, signed, verified, admitted and folded exactly as a
//! server does it, against a table of refusals, a reference model of the books, and noise.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on says so by panicking")]

mod bytes;
mod corrections;
mod invent;
mod kinds;
mod model;
mod random;
mod rehearsal;
mod script;
mod signers;
mod table;
mod world;
