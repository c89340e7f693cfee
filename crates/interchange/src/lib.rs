//! # interchange: other people's formats, in and out
//!
//! **Here:** reading IATI activity files as observed transactions; writing a journal for hledger.
//! **Not here:** I/O, clocks, deciding what becomes of what was read. **Nothing of a file is
//! silently dropped:** what is not mapped is listed by line with a reason.
//!
//! **Callers:** server, cli. **Ruled by:** `docs/FORMATS.md`.

// Neither may pass in silence: a sum beyond its type, and a variant that nobody thought of. Tests are not bound.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects, clippy::wildcard_enum_match_arm))]

pub mod hledger;
pub mod iati;
