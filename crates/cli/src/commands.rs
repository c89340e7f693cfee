//! Commands, one file for each group.

mod chain;
mod check;
mod event;
mod export;
mod import;
mod key;
mod migrate;
mod read;
mod run;

pub(crate) use event::reference as event_reference;

use crate::args::Command;
use crate::failure::Outcome;
use crate::output;

/// Does what was asked.
pub(crate) fn run(command: Command) -> Outcome {
    // The cluster's client says nothing that is not said here in other words.
    output::log(if matches!(command, Command::Serve(_)) { "info,eventstore=off" } else { "warn,eventstore=off" });
    match command {
        Command::Demo(demo) => run::demo(&demo),
        Command::Init { dir, origin, anchor, store } => run::init(&dir, &origin, anchor, store),
        Command::Serve(serve) => run::serve(serve),
        Command::Migrate { from, to, anchor } => migrate::run(&from, &to, anchor),
        Command::Key(key) => key::run(key),
        Command::Chain(chain) => chain::run(chain),
        Command::Event(event) => event::run(event),
        Command::Import(import) => import::run(import),
        Command::Export(export) => export::run(export),
        Command::Balances { from, chain, fund, at, json } => {
            read::balances(&from, chain.as_deref(), fund.as_deref(), at, json)
        }
        Command::Receipt { event, from, out } => read::receipt(&event, &from, out.as_deref()),
        Command::Verify { receipt, policy, key, json } => {
            check::verify(&receipt, policy.as_deref(), key.as_deref(), json)
        }
        Command::Audit { ledger, policy, since, json } => {
            check::audit_command(&ledger, policy.as_deref(), &since, json)
        }
        Command::Trail { gift, from, at, json } => read::trail(&gift, &from, at, json),
        Command::Show { event, from, json } => read::show(&event, &from, json),
        Command::Tail { ledger, chain, kind, count, follow, json } => {
            read::tail(&ledger, &read::Filter { chain, kind }, count, follow, json)
        }
        Command::Events { kind: Some(kind) } => event::one_kind(&kind),
        Command::Events { kind: None } => output::write(None, &event_reference()),
    }
}
