//! # cli: the command line, `almoner`
//!
//! **Here:** commands, what they print, exit codes; the demo; the full audit.
//! **Not here:** rules, formats, storage. `verify` and `audit` use only proof, ledger and files or
//! HTTP: what a stranger has.
//! **Callers:** people. **Ruled by:** `docs/OPERATING.md`.

pub mod args;
pub mod audit;
pub mod author;
pub mod clock;
mod commands;
pub mod demo;
pub mod failure;
mod journal;
pub mod keys;
pub mod output;
pub mod place;
mod rehearse;
pub mod source;
pub mod target;
pub mod web;

use clap::Parser as _;
use std::process::ExitCode;

/// The reference of event types, as `docs/EVENTS.md` holds it.
#[must_use]
pub fn event_reference() -> String {
    commands::event_reference()
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        // It quotes arguments, and scripts take those from anywhere.
        Err(error) if error.use_stderr() => {
            output::say(error.to_string().trim_end());
            return ExitCode::from(2);
        }
        // Help and version.
        Err(error) => error.exit(),
    };
    match commands::run(args.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output::say_failure(&failure);
            failure.exit_code()
        }
    }
}
