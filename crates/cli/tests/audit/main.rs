//! The full audit against logs that are honest, and against operators who hold the log's key; and whose policy counts.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod books;
mod cheating;
mod log;
mod reading;
mod story;
mod whose_policy;
