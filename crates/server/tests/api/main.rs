//! The read API and the pages over a small ledger with a story in it, through a real socket.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod behind;
mod bent;
mod beside;
mod damage;
mod drafts;
mod entities;
mod errors;
mod flips;
mod forms;
mod held;
mod house;
mod lists;
mod openapi;
mod pages;
mod replay;
mod shapes;
mod streams;
mod texts;
