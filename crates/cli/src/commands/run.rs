//! `almoner demo`, `init` and `serve`.

use crate::audit::{Options as AuditOptions, Verdict, audit};
use crate::demo::{Settings, Story, build_with};
use crate::failure::{Failure, Outcome, While as _};
use crate::place::Place;
use crate::{keys, output};
use almoner_server::app::{LedgerDirectory, Node, Options, Status};
use almoner_server::http::{Limits, Quota, Serving, serve as serve_http, serve_metrics};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Where the demo is served unless it is told otherwise, or the port is taken.
const DEMO_LISTEN: &str = "127.0.0.1:8080";

/// `almoner serve`
#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// The ledger's directory: keys, policy, and the store or its mirror. With --store the current one by default.
    #[arg(required_unless_present = "store")]
    pub(crate) dir: Option<PathBuf>,
    /// The cluster of KurrentDB that the log is on; default: what DIR/store says, or DIR itself. Needs a build with
    /// `--features kurrentdb`.
    #[arg(long, env = "ALMONER_STORE", hide_env_values = true)]
    pub(crate) store: Option<String>,
    /// Only read and serve what another node writes. It needs DIR/policy and no key.
    #[arg(long)]
    pub(crate) follow: bool,
    /// Address and port; port 0 lets the system choose.
    #[arg(long, env = "ALMONER_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: String,
    /// A reverse proxy before this server: an address, or a prefix such as 10.0.0.0/8; may be given again. Connections of
    /// one address are limited to 256, but not those of proxies, through which everybody comes, nor those of loopback.
    #[arg(long, value_name = "ADDR", value_parser = almoner_server::http::proxy)]
    pub(crate) proxy: Vec<ipnet::IpNet>,
    /// Requests that one address may read with, <requests>/<seconds>; loopback has no limit.
    #[arg(long, value_name = "N/S", default_value = "6000/60")]
    pub(crate) reads: Quota,
    /// Requests that one address may send events with.
    #[arg(long, value_name = "N/S", default_value = "6000/60")]
    pub(crate) writes: Quota,
    /// Address and port at which a monitor reads /metrics (OpenMetrics text); not for the public.
    #[arg(long, value_name = "ADDR")]
    pub(crate) metrics: Option<String>,
    /// Where the anchor is.
    #[arg(long, env = "ALMONER_ANCHOR")]
    pub(crate) anchor: Option<PathBuf>,
}

/// `almoner demo`
#[derive(Debug, clap::Args)]
pub(crate) struct Demo {
    /// Fresh directory; default: a new one in the system's temporary folder.
    pub(crate) dir: Option<PathBuf>,
    /// Only this story: commitment, lab, disaster or question.
    #[arg(long, conflicts_with = "all")]
    pub(crate) story: Option<String>,
    /// All stories (the default).
    #[arg(long)]
    pub(crate) all: bool,
    /// Make and audit it, but do not serve it.
    #[arg(long)]
    pub(crate) no_serve: bool,
    /// Address and port.
    #[arg(long, default_value = DEMO_LISTEN)]
    pub(crate) listen: String,
    /// Keep the log on a cluster of KurrentDB. Needs a build with `--features kurrentdb`.
    #[arg(long, env = "ALMONER_STORE", hide_env_values = true)]
    pub(crate) store: Option<String>,
}

/// `almoner init`
#[derive(Debug, clap::Args)]
pub(crate) struct InitArgs {
    /// Directory to make.
    pub(crate) dir: PathBuf,
    /// The log's identity, such as `giving.example/ledger`.
    #[arg(long)]
    pub(crate) origin: String,
    /// Where the anchor goes; default: outside the directory, in the state folder.
    #[arg(long, env = "ALMONER_ANCHOR")]
    pub(crate) anchor: Option<PathBuf>,
    /// Keep the log on a cluster of KurrentDB, such as `esdb://127.0.0.1:2113?tls=false`; it is noted in DIR/store.
    /// Needs a build with `--features kurrentdb`.
    #[arg(long, env = "ALMONER_STORE", hide_env_values = true)]
    pub(crate) store: Option<String>,
}

pub(crate) fn init(InitArgs { dir, origin, anchor, store }: InitArgs) -> Outcome {
    let (dir, origin) = (dir.as_path(), origin.as_str());
    let directory = LedgerDirectory::new(dir);
    let mut failed = None;
    let mut seeds = || {
        keys::random().unwrap_or_else(|failure| {
            failed.get_or_insert(failure);
            [0; 32]
        })
    };
    let made = directory.init(origin, &mut seeds, Options { anchor, store, ..Options::default() });
    if let Some(failure) = failed {
        return Err(failure);
    }
    let node = made.map_err(|e| Failure::new(format!("{e:#}")))?;
    output::line(&node.vkey())?;
    node.stop();
    output::say(&format!("{} holds the ledger {origin}.", dir.display()));
    output::say(
        "  keys/log, keys/sequencer, keys/importer are the server's; they are not encrypted, and only their owner can read them.",
    );
    output::say("  keys/registrar admits charities: it belongs on another machine. Move it there now.");
    output::say("  policy names this log; give it to everybody who shall check receipts.");
    Ok(())
}

pub(crate) fn serve(serve: Serve) -> Outcome {
    let Serve { dir, store, mut follow, listen, proxy, reads, writes, metrics, anchor } = serve;
    let limits = Limits { proxies: proxy, reads, writes, ..Limits::default() };
    let dir = dir.unwrap_or_else(|| PathBuf::from("."));
    let directory = LedgerDirectory::new(&dir);
    if store.is_none() && !directory.exists() {
        return Err(Failure::usage(format!("{} holds no ledger", dir.display()))
            .hint("make one with `almoner init DIR --origin NAME`"));
    }
    let mut options = Options { anchor, store, ..Options::default() };
    // Before anything is opened: a node that cannot listen must not take a ledger from one that does.
    let listener = bind(&listen)?;
    let metrics = metrics.as_deref().map(bind).transpose()?;
    loop {
        let opened =
            if follow { Node::follow(&directory, options.clone()) } else { Node::open(&directory, options.clone()) };
        let node = opened.map_err(|e| Failure::new(format!("{e:#}")))?;
        let vkey = node.vkey();
        let Ended::Deposed = run_server(Arc::new(node), (&listener, metrics.as_ref()), &limits, &[])? else {
            return Ok(());
        };
        // Another node has taken over: from here on this one reads what that one writes. Everything is read anew,
        // because what was decided here and not stored must be forgotten.
        output::say("another node has taken over; following it");
        follow = true;
        // What this machine has verified as a writer it need not verify again.
        options.anchor.get_or_insert_with(|| LedgerDirectory::default_anchor(&vkey));
    }
}

/// How serving ended, when not by a failure.
enum Ended {
    /// As asked.
    Stopped,
    /// Another node writes now.
    Deposed,
}

fn bind(listen: &str) -> Outcome<TcpListener> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(Serving::listener(listen)).while_doing(format!("listening at {listen}"))
}

/// Serves the public and a monitor until it is told to stop or the node ends; whoever connects after that waits for
/// whoever serves there next.
fn run_server(
    node: Arc<Node>,
    (listener, metrics): (&TcpListener, Option<&TcpListener>),
    limits: &Limits,
    look: &[(String, String)],
) -> Outcome<Ended> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut serving = Serving::at(listener.try_clone()?)?;
        serving.limits = limits.clone().within_open_files();
        // Before anybody is told where it serves: whoever is told may end it at once.
        let terminated = signal(SignalKind::terminate())?;
        let base = format!("http://{}", serving.address);
        output::line(&format!("serving {} at {base}", node.shared().origin))?;
        for (title, path) in look {
            output::line(&format!("  {title}: {base}{path}"))?;
        }
        if let Some(metrics) = metrics {
            let watching = Serving::at(metrics.try_clone()?)?;
            output::say(&format!("metrics at http://{}/metrics", watching.address));
            tokio::spawn(serve_metrics(watching, Arc::clone(&node), serving.meters.clone(), std::future::pending()));
        }
        output::say("stop with Ctrl-C");
        serve_http(serving, Arc::clone(&node), stop(Arc::clone(&node), terminated)).await;
        Ok::<(), Failure>(())
    })?;
    node.stop();
    match node.shared().status() {
        Status::Failed(why) => Err(Failure::new(format!("the writer stopped: {why}"))
            .hint("start again: everything stored is read and checked anew")),
        Status::Damaged(why) => Err(Failure::new(format!("no event was taken any more: {why}"))
            .hint("keep all files as they are, and start again on a sound copy: docs/OPERATING.md, \"When it stops\"")),
        Status::Deposed => Ok(Ended::Deposed),
        Status::Ready | Status::Following | Status::Stopping => Ok(Ended::Stopped),
    }
}

/// Resolves on SIGINT, SIGTERM, or when the node is of no use to readers any more. Damage alone does not end it: what
/// verifies is served, and what is in removed files can be read from this process only.
async fn stop(node: Arc<Node>, mut terminated: Signal) {
    let failed = async {
        while !node.shared().status().is_over() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminated.recv() => {}
        () = failed => {}
    }
}

pub(crate) fn demo(demo: &Demo) -> Outcome {
    let stories = match &demo.story {
        None => Story::ALL.to_vec(),
        Some(name) => {
            let names: Vec<&str> = Story::ALL.iter().map(|s| s.name()).collect();
            vec![
                Story::parse(name)
                    .ok_or_else(|| Failure::usage(format!("no story {name}; there are {}", names.join(", "))))?,
            ]
        }
    };
    let dir = match &demo.dir {
        Some(dir) => dir.clone(),
        None => std::env::temp_dir().join(format!("almoner-demo-{}", std::process::id())),
    };
    let directory = LedgerDirectory::new(&dir);
    if directory.exists() {
        return Err(Failure::usage(format!("{} holds a ledger already", dir.display()))
            .hint("choose a fresh directory, or serve that one with `almoner serve`"));
    }
    let bar = output::progress("living the stories", 0);
    let settings = Settings { store: demo.store.clone(), ..Settings::default() };
    let summary = build_with(&directory, &stories, &settings, &|what, done, total| {
        bar.set_message(what.to_owned());
        bar.set_length(total);
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    let shown = dir.display();
    output::line(&format!("made a ledger in {shown}: {} events, {} gifts", summary.events, summary.gifts))?;

    let place = Place::open(&dir.to_string_lossy())?;
    let bar = output::progress("auditing", 0);
    // Its own: a policy that is kept for the demo of another day names another key.
    let policy = place.policy(Some(&directory.policy()))?;
    let options = AuditOptions { policy, progress: &output::follow(&bar), ..AuditOptions::default() };
    let report = audit(place.judged(), &options);
    bar.finish_and_clear();
    if report.verdict != Verdict::Verified {
        let text: Vec<&str> = report.findings.iter().map(|f| f.text.as_str()).collect();
        return Err(Failure::refuted(format!(
            "the demo's own audit says {}: {}",
            report.verdict.word(),
            text.join("; ")
        )));
    }
    output::line(&format!(
        "audited: verified, {} events, {} chains, {} accounts",
        report.counts.events, report.counts.chains, report.counts.accounts
    ))?;
    output::line(
        "every organisation and person in it is invented; its keys, the registrar's too, lie unencrypted in its keys folder",
    )?;
    output::line("try:")?;
    output::line(&format!("  almoner audit {shown}"))?;
    if let Some(gift) = summary.gift.as_ref().map(|gift| gift.replace('#', "-")) {
        output::line(&format!("  almoner trail {gift} --from {shown}"))?;
        output::line(&format!(
            "  almoner receipt {gift} --from {shown} --out {gift}.tlog-proof && almoner verify {gift}.tlog-proof --policy {shown}/policy"
        ))?;
    }
    output::line(&format!("  almoner balances --from {shown}"))?;
    if demo.no_serve {
        return Ok(());
    }
    let node = Node::open(&directory, Options::default()).map_err(|e| Failure::new(format!("{e:#}")))?;
    // A newcomer's usual port may be taken by something else; the demo should still be seen.
    let listener = match bind(&demo.listen) {
        Err(_) if demo.listen == DEMO_LISTEN => bind("127.0.0.1:0")?,
        bound => bound?,
    };
    run_server(Arc::new(node), (&listener, None), &Limits::default(), &summary.look).map(|_| ())
}
