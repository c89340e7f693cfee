//! # interchange: other people's formats, in and out
//!
//! **Here:** reading IATI activity files as observed transactions; writing a journal for hledger.
//! **Not here:** I/O, clocks, deciding what becomes of what was read. **Nothing of a file is
//! silently dropped:** what is not mapped is listed by line with a reason.
//!
//! **Callers:** server, cli. **Ruled by:** `docs/FORMATS.md`.

pub mod hledger;
pub mod iati;
