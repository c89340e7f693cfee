//! The integration tests of the views, one binary.

#[cfg(test)]
mod entities;
#[cfg(test)]
mod trail;
#[cfg(test)]
#[path = "../../../ledger/tests/ledger/world.rs"]
#[allow(dead_code, reason = "the ledger's tests use the rest")]
mod world;
