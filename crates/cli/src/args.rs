//! What can be asked: the commands, whose arguments stand beside them, and what several of them take.

use crate::commands::{chain, check, event, export, import, key, migrate, read, run};
use clap::{Parser, Subcommand};

/// The version, and whether a ledger on a cluster can be opened: by default it cannot, see README.
const VERSION: &str = if cfg!(feature = "kurrentdb") {
    concat!(env!("CARGO_PKG_VERSION"), " with kurrentdb")
} else {
    concat!(env!("CARGO_PKG_VERSION"), " without kurrentdb")
};

/// An event-sourced public ledger for transparent giving.
///
/// LEDGER is a ledger's directory, a server's URL, or, for reading, a directory of tiles.
/// Exit codes: 0 ok, 1 failed, 2 usage, 3 refuted, 5 could not check.
#[derive(Debug, Parser)]
#[command(name = "almoner", version = VERSION, arg_required_else_help = true)]
pub(crate) struct Args {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a populated ledger, audit it and serve it: the first thing to try.
    Demo(run::Demo),
    /// Make an empty ledger with its keys, policy and an importer's chain.
    Init(run::InitArgs),
    /// Serve a ledger over HTTP until interrupted. On a cluster this node writes, until another takes over.
    Serve(run::Serve),
    /// Move a ledger between its directory and a cluster of KurrentDB. Stop every node before. Needs a build with
    /// `--features kurrentdb`.
    Migrate(migrate::MigrateArgs),
    /// Make and show keys, and add them to a chain.
    #[command(subcommand)]
    Key(key::Key),
    /// Open a chain: write the request, have it countersigned by a registrar, admit it.
    #[command(subcommand)]
    Chain(chain::Chain),
    /// Draft, sign and submit events.
    #[command(subcommand)]
    Event(event::Event),
    /// Bring in other people's reports, as observed transactions.
    #[command(subcommand)]
    Import(import::Import),
    /// Write copies in other formats.
    #[command(subcommand)]
    Export(export::Export),
    /// Show balances.
    Balances(read::BalancesArgs),
    /// Write the receipt of an event, or of one gift in it.
    Receipt(read::ReceiptArgs),
    /// Judge a receipt from the file and a policy alone, offline.
    Verify(check::VerifyArgs),
    /// Audit a whole log from its tiles.
    Audit(check::AuditArgs),
    /// Where did a gift go: its trail over every hop.
    Trail(read::TrailArgs),
    /// Show one event.
    Show(read::ShowArgs),
    /// Show the newest events, and follow.
    Tail(read::TailArgs),
    /// Print the reference of event types, as in docs/EVENTS.md.
    Events {
        /// One of them, such as donation.received.
        kind: Option<String>,
    },
}

/// How a key file is opened.
#[derive(Debug, Clone, clap::Args)]
pub struct Passphrase {
    /// Read the passphrase from this file descriptor.
    #[arg(long, value_name = "N")]
    pub passphrase_fd: Option<i32>,
    /// The key file is, or shall be, unencrypted: for automation.
    #[arg(long, conflicts_with = "passphrase_fd")]
    pub no_passphrase: bool,
}
