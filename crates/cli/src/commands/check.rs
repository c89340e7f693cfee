//! `almoner verify` and `almoner audit`: what a stranger has.

use crate::audit::{Options, Report, Verdict as AuditVerdict, audit};
use crate::failure::{Failure, Kind, Outcome, While as _};
use crate::output;
use crate::place::{Place, find_policy, no_policy};
use crate::source::read_file;
use almoner_proof::VerifierKey;
use almoner_proof::note::NOTE_MAX;
use almoner_proof::policy::search::{Found, Source};
use almoner_proof::receipt::{Judged, RECEIPT_MAX, Verdict, judge, origin};
use serde_json::{Value, json};
use std::path::PathBuf;

/// `almoner verify`
#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// The `.tlog-proof` file.
    pub(crate) receipt: PathBuf,
    /// Policy file; default: the one kept for the log's origin, then `policy` beside the receipt.
    #[arg(long)]
    pub(crate) policy: Option<PathBuf>,
    /// One of the keys that the chain was opened with, as the charity itself tells it.
    #[arg(long, value_name = "VKEY")]
    pub(crate) key: Option<String>,
    /// JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

/// `almoner audit`
#[derive(Debug, clap::Args)]
pub(crate) struct AuditArgs {
    /// A ledger's directory, a directory of tiles, or a URL.
    pub(crate) ledger: String,
    /// Policy file; default: the one kept for the log's origin, then `policy` in the directory. Never taken from the audited server.
    #[arg(long)]
    pub(crate) policy: Option<PathBuf>,
    /// A checkpoint kept from before.
    #[arg(long)]
    pub(crate) since: Vec<PathBuf>,
    /// JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

pub(crate) fn verify(args: &VerifyArgs) -> Outcome {
    let (path, policy, key, as_json) = (&args.receipt, args.policy.as_deref(), args.key.as_deref(), args.json);
    let key = key.map(VerifierKey::parse).transpose().map_err(|why| Failure::usage(format!("--key: {why}")))?;
    let bytes =
        read_file(path, RECEIPT_MAX).map_err(|e| Failure::usage(format!("cannot read {}: {e}", path.display())))?;
    let beside = path.with_file_name("policy");
    // Where none is found, or one that cannot be used, that is said, and then nothing can be checked.
    let found =
        find_policy(policy, Some(&beside), origin(&bytes).as_deref()).and_then(|found| found.ok_or_else(no_policy));
    let judged = match &found {
        Ok(found) => judge(&bytes, Some(&found.policy)),
        Err(failure) => Judged { why: failure.sentence(), ..judge(&bytes, None) },
    };
    let judged = match &key {
        Some(key) => judged.with_key(key).map_err(|why| Failure::usage(format!("--key: {why}")))?,
        None => judged,
    };
    let hints = found.as_ref().err().map(|failure| failure.hints.clone()).unwrap_or_default();
    let found = found.ok();
    if as_json {
        output::json(&told(&judged, found.as_ref()))?;
    } else {
        for line in judged.lines(found.map_or("", |found| found.source.said())) {
            output::line(&line)?;
        }
    }
    hints.iter().for_each(|hint| output::say(&format!("  {hint}")));
    match judged.verdict {
        Verdict::Genuine => Ok(()),
        Verdict::Different => Err(quiet(Kind::Refuted, "the receipt does not hold")),
        Verdict::CannotCheck => Err(quiet(Kind::CouldNotCheck, "could not check")),
    }
}

/// The judgement as one object, with the same members whatever the verdict.
fn told(judged: &Judged, found: Option<&Found>) -> Value {
    let proven = judged.proven.as_ref();
    let list = |rows: Option<Vec<Value>>| rows.map(Value::Array);
    json!({
        "verdict": judged.verdict.word(),
        "step": judged.step.word(),
        "why": judged.why,
        "policy_source": found.map(|found| found.source),
        "policy_file": found.map(|found| found.file.display().to_string()),
        "mended": judged.mended,
        "not_checked": judged.not_checked,
        "origin": proven.map(|p| &p.accepted.checkpoint.origin),
        "size": proven.map(|p| p.accepted.checkpoint.size),
        "index": proven.map(|p| p.index),
        "event": proven.map(|p| format!("{}#{}", p.event.chain(), p.event.seq)),
        "gift": proven.and_then(|p| p.gift),
        "signers": list(proven.map(|p| p.signers.iter().map(|signer| json!({
            "key": signer.key.name,
            "vkey": signer.key.to_string(),
            "introduced_at": signer.introduced_at,
            "registrar_signed": signer.registrar_signed,
        })).collect())),
        "chain_opening": proven.map(|p| json!({
            "index": p.chain_opening.index,
            "hash": p.chain_opening.hash.to_base64(),
            "keys": p.chain_opening.keys.iter().map(ToString::to_string).collect::<Vec<_>>(),
        })),
        "witnesses": proven.map(|p| p.accepted.witnesses.keys().collect::<Vec<_>>()),
        "openings": list(proven.map(|p| p.openings.iter().map(|(field, value)| json!({ "field": field, "value": value })).collect())),
    })
}

pub(crate) fn audit_command(args: &AuditArgs) -> Outcome {
    let (ledger, policy, since, as_json) = (&args.ledger, args.policy.as_deref(), &args.since, args.json);
    // Scripts read one object whatever happens, also when there is nothing to audit.
    let unopened = |failure: Failure| {
        if as_json {
            let code = failure.code.unwrap_or("source.unreachable");
            output::line(&Report::unopened(code, &failure.text).to_json())?;
        }
        Err(failure)
    };
    let place = match Place::open(ledger) {
        Ok(place) => place,
        Err(failure) => return unopened(failure),
    };
    let policy = match place.policy(policy) {
        Ok(policy) => policy,
        Err(failure) => return unopened(failure),
    };
    let since = since
        .iter()
        .map(|file| read_file(file, NOTE_MAX).while_doing(format!("reading {}", file.display())))
        .collect::<Outcome<Vec<_>>>()?;
    let bar = output::progress("auditing", 0);
    let options = Options { policy, since, progress: &output::follow(&bar), ..Options::default() };
    let report = audit(place.judged(), &options);
    bar.finish_and_clear();
    if as_json {
        output::json_text(&report.to_json())?;
    } else {
        let size = report.size.map_or("?".to_owned(), |s| s.to_string());
        output::line(&format!(
            "{}{}: {} of {size} events",
            report.verdict.word(),
            report.policy_source.map_or("", Source::said),
            report.origin.as_deref().unwrap_or("unknown log")
        ))?;
        if let Some(root) = report.root {
            output::line(&format!("  root {root}"))?;
        }
        if let Some(file) = &report.policy_file {
            output::line(&format!("  by the policy {file}"))?;
        }
        for mended in &report.mended {
            output::line(&format!("  {}", mended.said()))?;
        }
        if let Some(index) = report.first_bad_index {
            output::line(&format!("  the first entry that cannot be right is #{index}"))?;
        }
        for finding in &report.findings {
            let at = finding.index.map(|i| format!(" at #{i}")).unwrap_or_default();
            output::line(&format!("  {}{at}: {}", finding.code, finding.text))?;
        }
        output::line(&format!(
            "  {} chains, {} accounts; not checked: {}",
            report.counts.chains,
            report.counts.accounts,
            report.not_checked.join(", ")
        ))?;
    }
    match report.verdict {
        AuditVerdict::Verified => Ok(()),
        AuditVerdict::Refuted => Err(quiet(Kind::Refuted, "the log is refuted")),
        AuditVerdict::CouldNotCheck => Err(quiet(Kind::CouldNotCheck, "could not check")),
    }
}

/// The report has said why already.
fn quiet(kind: Kind, text: &str) -> Failure {
    Failure { kind, ..Failure::new(text) }
}
