//! Commands, one file for each group.

pub(crate) mod chain;
pub(crate) mod check;
pub(crate) mod event;
pub(crate) mod export;
pub(crate) mod import;
pub(crate) mod key;
pub(crate) mod migrate;
pub(crate) mod read;
pub(crate) mod run;

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
        Command::Init(init) => run::init(init),
        Command::Serve(serve) => run::serve(serve),
        Command::Migrate(migrate) => migrate::run(migrate),
        Command::Key(key) => key::run(key),
        Command::Chain(chain) => chain::run(chain),
        Command::Event(event) => event::run(event),
        Command::Import(import) => import::run(import),
        Command::Export(export) => export::run(export),
        Command::Balances(args) => read::balances(&args),
        Command::Receipt(args) => read::receipt(&args),
        Command::Verify(args) => check::verify(&args),
        Command::Audit(args) => check::audit_command(&args),
        Command::Trail(args) => read::trail(&args),
        Command::Show(args) => read::show(&args),
        Command::Tail(args) => read::tail(args),
        Command::Events { kind: Some(kind) } => event::one_kind(&kind),
        Command::Events { kind: None } => output::write(None, &event_reference()),
    }
}
