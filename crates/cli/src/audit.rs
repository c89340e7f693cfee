//! The full audit: everything that can be established of a log from its tiles alone.
//!
//! It trusts a policy (from elsewhere than the audited server) and nothing else. Every leaf, tile
//! and root is recomputed from content, every signature verified strictly, every admission decided
//! again by the same function that the server uses, in log order, so that the verdict names the
//! *first* index that cannot be right.
//!
//! Codes of findings: those of refusals (`docs/EVENTS.md`), and
//! `policy.absent`, `policy.unknown_origin` (could not check); `checkpoint.unaccepted`,
//! `root.differs`, `since.larger`, `since.inconsistent` (refuted), `since.unusable` (could not check);
//! `bundle.cut`, `bundle.trailing`, `tile.differs`, `tile.malformed` (refuted);
//! `tile.missing`, `source.unreachable`, `source.changed` (could not check);
//! `books.unbalanced` (refuted); `audit.incomplete` (could not check; a defect of this program).

mod asked;
mod bundle;
mod fold;
mod open;
mod pipeline;
mod positions;
mod priors;
mod report;
mod roots;
mod shared;
mod tree;
mod work;

pub use report::{Counts, Finding, Report, Verdict, Weight};

use crate::source::Source;
use almoner_ledger::{Admitted, Books};
use almoner_proof::policy::search::Found;
use almoner_proof::{Checkpoint, Hash};
use fold::Fold;
use shared::Shared;

/// What an audit is given beside the log.
pub struct Options<'a> {
    /// The policy and where it came from. Without one nothing can be said.
    pub policy: Option<Found>,
    /// Checkpoint notes kept from before, as bytes.
    pub since: Vec<Vec<u8>>,
    /// Size and root of a checkpoint up to which *this caller* has audited this log before: signatures
    /// below it are not verified again, everything else is. The root is compared, so the saving is
    /// of work and not of certainty.
    pub accepted_prefix: Option<(u64, Hash)>,
    /// Threads that read and verify: the cores for a directory; more for a server far away.
    pub threads: usize,
    /// Called with events done and size, once for each bundle.
    pub progress: &'a (dyn Fn(u64, u64) + Sync),
}

impl Default for Options<'_> {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Options { policy: None, since: Vec::new(), accepted_prefix: None, threads, progress: &|_, _| {} }
    }
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let file = self.policy.as_ref().map(|found| &found.file);
        f.debug_struct("Options").field("policy", &file).field("threads", &self.threads).finish_non_exhaustive()
    }
}

/// Audits a log.
#[must_use]
pub fn audit(source: &dyn Source, options: &Options<'_>) -> Report {
    audit_into(source, options, &mut |_| {}).0
}

/// Audits a log, shows each event once it is admitted, in order, and gives the books that the
/// audit folded. Of a log that is not verified they are the books before what stopped it.
pub fn audit_into(source: &dyn Source, options: &Options<'_>, observe: &mut dyn FnMut(&Admitted)) -> (Report, Books) {
    let mut report = Report { not_checked: not_checked(options), ..Report::under(options.policy.as_ref()) };
    let opened = open::open(source, options, &mut report);
    let (checkpoint, since) = match opened {
        Ok(opened) => opened,
        Err(finding) => {
            report.conclude(vec![finding]);
            return (report, Books::default());
        }
    };
    let books = go_through(source, options, &checkpoint, since, observe, &mut report);
    (report, books)
}

fn go_through(
    source: &dyn Source,
    options: &Options<'_>,
    checkpoint: &Checkpoint,
    mut since: open::Since,
    observe: &mut dyn FnMut(&Admitted),
    report: &mut Report,
) -> Books {
    let recalled = since.prefix(options.accepted_prefix, checkpoint);
    if recalled > 0 {
        report.not_checked.push(format!("signatures below index {recalled}: an earlier audit accepted them"));
    }
    let shared = Shared::new(source, &checkpoint.origin, checkpoint.size, recalled);
    let mut fold = Fold::new(&shared, since.kept, observe);
    if pipeline::run(&shared, &mut fold, options.threads, options.progress) {
        fold.close(&checkpoint.root);
    } else {
        report.not_checked.push(format!("what follows index {}", fold.books.size()));
        if fold.findings.is_empty() {
            // Never verified by accident: whoever stops must say why.
            fold.findings.push(Finding::unchecked("audit.incomplete", None, "the audit stopped without a finding"));
        }
    }
    report.counts = fold.counts();
    let (mut findings, books) = (fold.findings, fold.books);
    findings.extend(since.findings);
    report.conclude(findings);
    books
}

/// What stands in a full audit and not in this one.
fn not_checked(options: &Options<'_>) -> Vec<String> {
    let witnesses = match &options.policy {
        Some(found) if found.policy.witness_urls().next().is_some() => "the witnesses' own endpoints",
        Some(_) | None => "other views of the log: no witness with an address is named by the policy",
    };
    let rest = [
        "log.timed, cosigned times and lateness",
        "openings handed to the auditor",
        "censuses",
        "bank statements against accounts",
    ];
    std::iter::once(witnesses).chain(rest).map(str::to_owned).collect()
}
