//! # cli: the command line, `almoner`
//!
//! **Here:** commands, what they print, exit codes; the demo; the full audit.
//! **Not here:** rules, formats, storage. `verify` and `audit` use only proof, ledger and files or
//! HTTP: what a stranger has.
//! **Callers:** people. **Ruled by:** `docs/OPERATING.md`.

pub mod audit;
pub mod author;
pub mod failure;
pub mod source;
pub mod target;
