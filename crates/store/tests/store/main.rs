//! The store from outside: every adapter against the contract, and every fault it is meant to survive.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests: a panic is how they report")]

mod anchor;
mod common;
mod contract;
mod crash;
mod displaced;
mod faults;
mod ledger_file;
mod model;
