//! What can be asked.

use clap::{Parser, Subcommand};
use std::path::PathBuf;

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
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a populated ledger, audit it and serve it: the first thing to try.
    Demo(Demo),
    /// Make an empty ledger with its keys, policy and an importer's chain.
    Init {
        /// Directory to make.
        dir: PathBuf,
        /// The log's identity, such as `giving.example/ledger`.
        #[arg(long)]
        origin: String,
        /// Where the anchor goes; default: outside the directory, in the state folder.
        #[arg(long, env = "ALMONER_ANCHOR")]
        anchor: Option<PathBuf>,
        /// Keep the log on a cluster of KurrentDB, such as `esdb://127.0.0.1:2113?tls=false`; it is noted in DIR/store.
        /// Needs a build with `--features kurrentdb`.
        #[arg(long, env = "ALMONER_STORE", hide_env_values = true)]
        store: Option<String>,
    },
    /// Serve a ledger over HTTP until interrupted. On a cluster this node writes, until another takes over.
    Serve(Serve),
    /// Move a ledger between its directory and a cluster of KurrentDB. Stop every node before. Needs a build with
    /// `--features kurrentdb`.
    Migrate {
        /// `sqlite:DIR`, or a cluster such as `esdb://127.0.0.1:2113?tls=false`.
        #[arg(long)]
        from: String,
        /// The other of the two.
        #[arg(long)]
        to: String,
        /// Where the anchor is.
        #[arg(long, env = "ALMONER_ANCHOR")]
        anchor: Option<PathBuf>,
    },
    /// Make and show keys, and add them to a chain.
    #[command(subcommand)]
    Key(Key),
    /// Open a chain: write the request, have it countersigned by a registrar, admit it.
    #[command(subcommand)]
    Chain(Chain),
    /// Draft, sign and submit events.
    #[command(subcommand)]
    Event(Event),
    /// Bring in other people's reports, as observed transactions.
    #[command(subcommand)]
    Import(Import),
    /// Write copies in other formats.
    #[command(subcommand)]
    Export(Export),
    /// Show balances.
    Balances {
        /// The ledger.
        #[arg(long)]
        from: String,
        /// Only this chain.
        #[arg(long)]
        chain: Option<String>,
        /// Only this fund.
        #[arg(long)]
        fund: Option<String>,
        /// As after so many events.
        #[arg(long)]
        at: Option<u64>,
        /// JSON on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Write the receipt of an event, or of one gift in it.
    Receipt {
        /// `<chain>-<seq>[.k]` or `<chain>#<seq>[.k]`.
        event: String,
        /// The ledger.
        #[arg(long)]
        from: String,
        /// File to write; standard output otherwise.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Judge a receipt from the file and a policy alone, offline.
    Verify {
        /// The `.tlog-proof` file.
        receipt: PathBuf,
        /// Policy file; default: the one kept for the log's origin, then `policy` beside the receipt.
        #[arg(long)]
        policy: Option<PathBuf>,
        /// One of the keys that the chain was opened with, as the charity itself tells it.
        #[arg(long, value_name = "VKEY")]
        key: Option<String>,
        /// JSON on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Audit a whole log from its tiles.
    Audit {
        /// A ledger's directory, a directory of tiles, or a URL.
        ledger: String,
        /// Policy file; default: the one kept for the log's origin, then `policy` in the directory. Never taken from the audited server.
        #[arg(long)]
        policy: Option<PathBuf>,
        /// A checkpoint kept from before.
        #[arg(long)]
        since: Vec<PathBuf>,
        /// JSON on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Where did a gift go: its trail over every hop.
    Trail {
        /// `<chain>-<seq>.<k>` or `<chain>#<seq>.<k>`.
        gift: String,
        /// The ledger.
        #[arg(long)]
        from: String,
        /// As after so many events.
        #[arg(long)]
        at: Option<u64>,
        /// JSON on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Show one event.
    Show {
        /// `<chain>-<seq>`, `<chain>#<seq>`, or a log index.
        event: String,
        /// The ledger.
        #[arg(long)]
        from: String,
        /// JSON on standard output.
        #[arg(long)]
        json: bool,
    },
    /// Show the newest events, and follow.
    Tail {
        /// The ledger.
        ledger: String,
        /// Only this chain.
        #[arg(long)]
        chain: Option<String>,
        /// Only this type, such as `donation.received/1`.
        #[arg(long = "type")]
        kind: Option<String>,
        /// How many.
        #[arg(short = 'n', default_value_t = 10)]
        count: usize,
        /// Go on as events come.
        #[arg(long)]
        follow: bool,
        /// JSON, one object a line.
        #[arg(long)]
        json: bool,
    },
    /// Print the reference of event types, as in docs/EVENTS.md.
    Events {
        /// One of them, such as donation.received.
        kind: Option<String>,
    },
}

/// Where the demo is served unless it is told otherwise, or the port is taken.
pub const DEMO_LISTEN: &str = "127.0.0.1:8080";

/// `almoner serve`
#[derive(Debug, clap::Args)]
pub struct Serve {
    /// The ledger's directory: keys, policy, and the store or its mirror. With --store the current one by default.
    #[arg(required_unless_present = "store")]
    pub dir: Option<PathBuf>,
    /// The cluster of KurrentDB that the log is on; default: what DIR/store says, or DIR itself. Needs a build with
    /// `--features kurrentdb`.
    #[arg(long, env = "ALMONER_STORE", hide_env_values = true)]
    pub store: Option<String>,
    /// Only read and serve what another node writes. It needs DIR/policy and no key.
    #[arg(long)]
    pub follow: bool,
    /// Address and port; port 0 lets the system choose.
    #[arg(long, env = "ALMONER_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: String,
    /// A reverse proxy before this server: an address, or a prefix such as 10.0.0.0/8; may be given again. Connections of
    /// one address are limited to 256, but not those of proxies, through which everybody comes, nor those of loopback.
    #[arg(long, value_name = "ADDR", value_parser = almoner_server::http::proxy)]
    pub proxy: Vec<ipnet::IpNet>,
    /// Address and port at which a monitor reads /metrics (OpenMetrics text); not for the public.
    #[arg(long, value_name = "ADDR")]
    pub metrics: Option<String>,
    /// Where the anchor is.
    #[arg(long, env = "ALMONER_ANCHOR")]
    pub anchor: Option<PathBuf>,
}

/// `almoner demo`
#[derive(Debug, clap::Args)]
pub struct Demo {
    /// Fresh directory; default: a new one in the system's temporary folder.
    pub dir: Option<PathBuf>,
    /// Only this story: commitment, lab, disaster or question.
    #[arg(long, conflicts_with = "all")]
    pub story: Option<String>,
    /// All stories (the default).
    #[arg(long)]
    pub all: bool,
    /// Make and audit it, but do not serve it.
    #[arg(long)]
    pub no_serve: bool,
    /// Address and port.
    #[arg(long, default_value = DEMO_LISTEN)]
    pub listen: String,
    /// Keep the log on a cluster of KurrentDB. Needs a build with `--features kurrentdb`.
    #[arg(long, env = "ALMONER_STORE", hide_env_values = true)]
    pub store: Option<String>,
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

/// `almoner key`
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Make a key file and its public half beside it.
    New {
        /// `<chain>/<label>`
        name: String,
        /// File to make; default: the label, in the current folder.
        #[arg(long)]
        out: Option<PathBuf>,
        /// How it is encrypted.
        #[command(flatten)]
        passphrase: Passphrase,
    },
    /// Print a key file's public half.
    Show {
        /// The key file, or its `.pub`.
        file: PathBuf,
        /// How it is encrypted.
        #[command(flatten)]
        passphrase: Passphrase,
    },
    /// Add a key to a chain: signed by the admin quorum and by the new key itself.
    Add {
        /// The new key's file.
        new: PathBuf,
        /// Whose key it is, within the chain.
        #[arg(long)]
        holder: String,
        /// Its roles, such as book,report.
        #[arg(long, value_delimiter = ',')]
        roles: Vec<String>,
        /// Admin keys that sign.
        #[arg(long = "key", required = true)]
        keys: Vec<PathBuf>,
        /// The ledger.
        #[arg(long)]
        to: String,
        /// How the key files are encrypted.
        #[command(flatten)]
        passphrase: Passphrase,
    },
}

/// `almoner chain`
#[derive(Debug, Subcommand)]
pub enum Chain {
    /// Write a request to open a chain, signed by its keys.
    Open {
        /// The chain's id.
        chain: String,
        /// Name in a language, `en=The Well`; may be repeated.
        #[arg(long = "name", required = true)]
        names: Vec<String>,
        /// A key: `FILE:holder:role,role`; may be repeated.
        #[arg(long = "key", required = true)]
        keys: Vec<String>,
        /// Approval threshold: `CNY:50000.00:2`; may be repeated.
        #[arg(long = "approvals")]
        approvals: Vec<String>,
        /// How many admin holders change keys and policy.
        #[arg(long, default_value_t = 1)]
        admin_quorum: u32,
        /// The log's origin.
        #[arg(long)]
        origin: String,
        /// Where to write the request.
        #[arg(long)]
        out: PathBuf,
        /// How the key files are encrypted.
        #[command(flatten)]
        passphrase: Passphrase,
    },
    /// A registrar adds its signature to a request.
    Countersign {
        /// The request.
        request: PathBuf,
        /// The registrar's key.
        #[arg(long)]
        key: PathBuf,
        /// How the key file is encrypted.
        #[command(flatten)]
        passphrase: Passphrase,
    },
    /// Submit a countersigned request and admit the chain.
    Admit {
        /// The request.
        request: PathBuf,
        /// The registrar's key.
        #[arg(long)]
        key: PathBuf,
        /// charity, sponsor, platform, reviewer, regulator, payee or importer.
        #[arg(long, default_value = "charity")]
        role: String,
        /// Chain that may place holds on it.
        #[arg(long)]
        supervisor: Option<String>,
        /// The ledger.
        #[arg(long)]
        to: String,
        /// How the key file is encrypted.
        #[command(flatten)]
        passphrase: Passphrase,
    },
}

/// `almoner event`
#[derive(Debug, Subcommand)]
pub enum Event {
    /// Draft an event on a chain's head.
    New {
        /// Type, such as `fund.opened` (version 1) or `fund.opened/1`.
        kind: String,
        /// The chain.
        #[arg(long)]
        chain: String,
        /// Set a member: `fund=fund/water`, `gifts.0.gross=100.00`; `k:=JSON` sets it as JSON.
        #[arg(long = "set")]
        set: Vec<String>,
        /// All of data as JSON.
        #[arg(long, conflicts_with = "set")]
        data: Option<String>,
        /// The ledger whose head the draft builds on.
        #[arg(long)]
        to: String,
        /// File to write; standard output otherwise.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Sign a draft.
    Sign {
        /// The draft.
        file: PathBuf,
        /// Keys that sign.
        #[arg(long = "key", required = true)]
        keys: Vec<PathBuf>,
        /// File to write; the draft itself otherwise.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Sign although this key has signed another text at this seq.
        #[arg(long)]
        again: bool,
        /// How the key files are encrypted.
        #[command(flatten)]
        passphrase: Passphrase,
    },
    /// Submit signed events, in order.
    Submit {
        /// Signed events.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The ledger.
        #[arg(long)]
        to: String,
        /// Say what would happen to the books, and why not, and change nothing.
        #[arg(long)]
        dry_run: bool,
        /// JSON on standard output.
        #[arg(long)]
        json: bool,
    },
}

/// `almoner import`
#[derive(Debug, Subcommand)]
pub enum Import {
    /// IATI activity files, versions 1.0x and 2.0x.
    Iati {
        /// XML files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// The ledger.
        #[arg(long)]
        to: String,
        /// The importer's key; required for a URL.
        #[arg(long)]
        key: Option<PathBuf>,
        /// JSON on standard output.
        #[arg(long)]
        json: bool,
        /// How the key file is encrypted.
        #[command(flatten)]
        passphrase: Passphrase,
    },
}

/// `almoner export`
#[derive(Debug, Subcommand)]
pub enum Export {
    /// The log as static files: checkpoint, tiles, bundles, policy.
    Tiles {
        /// The ledger.
        #[arg(long)]
        from: String,
        /// Directory to write.
        #[arg(long, default_value = "tiles")]
        out: PathBuf,
        /// As published at this size; from a ledger's own directory.
        #[arg(long)]
        at: Option<u64>,
    },
    /// A journal for hledger.
    Hledger {
        /// The ledger.
        #[arg(long)]
        from: String,
        /// File to write; standard output otherwise.
        #[arg(long)]
        out: Option<PathBuf>,
        /// As after so many events.
        #[arg(long)]
        at: Option<u64>,
    },
}
