//! # server: the only room that listens, keeps time, spawns tasks and holds the log's key
//!
//! **Here:** `app` (the order of things: submit, sequence, commit, publish, recover) and `http`
//! (translation only). **Not here:** rules, formats, figures.
//!
//! **Callers:** the command line. **Ruled by:** `docs/ARCHITECTURE.md`, `docs/OPERATING.md`.

pub mod app;
pub mod clock;
pub mod http;
