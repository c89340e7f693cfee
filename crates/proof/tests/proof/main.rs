//! Vectors of a second implementation, published corpora, and receipts of an operator who means harm.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::float_arithmetic,
    reason = "a test that cannot go on should stop; rates are no money"
)]

mod operator;
mod program;
mod touched;
mod tree;
mod vectors;
