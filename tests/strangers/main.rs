//! Other people's programs judge what we write: hledger, Go's sumdb packages, sqlite3, schemathesis; and we read
//! what other people publish. A program that is not installed is passed over with a visible line;
//! `scripts/check` installs them all.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod accounts;
mod api;
mod client;
mod database;
mod go;
mod import;
mod receipts;
mod reported;
mod story;
