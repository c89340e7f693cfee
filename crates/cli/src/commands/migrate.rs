//! `almoner migrate`: a ledger moves between its directory and a cluster.

use crate::failure::{Failure, Outcome};
use std::path::PathBuf;

/// `almoner migrate`
#[derive(Debug, clap::Args)]
pub(crate) struct MigrateArgs {
    /// `sqlite:DIR`, or a cluster such as `esdb://127.0.0.1:2113?tls=false`.
    #[arg(long, value_name = "LEDGER")]
    pub(crate) from: String,
    /// The other of the two.
    #[arg(long, value_name = "LEDGER")]
    pub(crate) to: String,
    /// Where the anchor is.
    #[arg(long, env = "ALMONER_ANCHOR")]
    pub(crate) anchor: Option<PathBuf>,
}

#[cfg(feature = "kurrentdb")]
pub(crate) fn run(MigrateArgs { from, to, anchor }: MigrateArgs) -> Outcome {
    use crate::output;
    use almoner_server::app::{LedgerDirectory, migrate};

    let progress = |_, _| {};
    let (directory, moved) = match (from.strip_prefix("sqlite:"), to.strip_prefix("sqlite:")) {
        (Some(dir), None) => (dir, migrate::to_cluster(&LedgerDirectory::new(dir), &to, anchor, progress)),
        (None, Some(dir)) => (dir, migrate::to_directory(&LedgerDirectory::new(dir), &from, anchor, progress)),
        _ => return Err(Failure::usage("one of --from and --to is sqlite:DIR, the other a cluster such as esdb://…")),
    };
    let moved = moved.map_err(|error| Failure::new(format!("{error:#}")))?;
    output::line(&format!(
        "moved {} entries and {} checkpoints, root {}",
        moved.entries, moved.checkpoints, moved.root
    ))?;
    output::say(&format!("read back and compared; serve it with `almoner serve {directory}`"));
    if from.starts_with("sqlite:") {
        output::say("  the file ledger.sqlite stays as it was: keep it as a backup, nothing writes to it any more");
    } else {
        if moved.left > 0 {
            output::say(&format!(
                "  {} events of the stream are not this ledger's, or stand behind one that is not, and were left there",
                moved.left
            ));
        }
        output::say(
            "  the streams end with a seal: no node starts on them again, and `--to` brings the ledger back there",
        );
    }
    Ok(())
}

#[cfg(not(feature = "kurrentdb"))]
pub(crate) fn run(_: MigrateArgs) -> Outcome {
    Err(Failure::usage(
        "this build has no KurrentDB in it: build one with `cargo build --release --features kurrentdb`",
    ))
}
