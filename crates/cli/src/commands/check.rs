//! `almoner verify` and `almoner audit`: what a stranger has.

use crate::audit::{Options, Verdict as AuditVerdict, audit};
use crate::failure::{Failure, Kind, Outcome, While as _};
use crate::output;
use crate::place::{Place, find_policy};
use almoner_proof::Checkpoint;
use almoner_proof::receipt::{Receipt, Verdict, judge};
use serde_json::json;
use std::path::{Path, PathBuf};

pub(crate) fn verify(path: &Path, policy: Option<&Path>, as_json: bool) -> Outcome {
    let bytes = std::fs::read(path).map_err(|e| Failure::usage(format!("cannot read {}: {e}", path.display())))?;
    let origin =
        Receipt::parse(&bytes).and_then(|receipt| Checkpoint::of_note(receipt.checkpoint.as_bytes())).map(|c| c.origin);
    let beside = path.with_file_name("policy");
    // A policy that cannot be used is said, and then nothing can be checked.
    let (policy, said) = match find_policy(policy, Some(&beside), origin.as_deref()) {
        Ok(found) => (found, None),
        Err(failure) => (None, Some(failure.text)),
    };
    let judged = judge(&bytes, policy.as_ref().map(|(policy, _)| policy));
    let why = match (&judged.verdict, said, &policy) {
        (Verdict::CannotCheck, Some(said), _) => said,
        (Verdict::CannotCheck, None, None) => {
            "policy.absent: no policy file was found; the charity, a regulator or a newspaper can give you one"
                .to_owned()
        }
        _ => judged.why.clone(),
    };
    if as_json {
        let proven = judged.proven.as_ref();
        output::json(&json!({
            "verdict": judged.verdict.word(),
            "step": judged.step.word(),
            "why": why,
            "policy_source": policy.as_ref().map(|(_, source)| source),
            "origin": proven.map(|p| &p.accepted.checkpoint.origin),
            "size": proven.map(|p| p.accepted.checkpoint.size),
            "index": proven.map(|p| p.index),
            "event": proven.map(|p| format!("{}#{}", p.event.chain(), p.event.seq)),
            "gift": proven.and_then(|p| p.gift),
            "signers": proven.map(|p| p.signers.iter().map(|(name, index)| json!({"key": name, "introduced_at": index})).collect::<Vec<_>>()),
            "witnesses": proven.map(|p| p.accepted.witnesses.keys().collect::<Vec<_>>()),
            "openings": proven.map(|p| p.openings.iter().map(|(field, value)| json!({"field": field, "value": value})).collect::<Vec<_>>()),
            "not_checked": ["later revocation of the signing key"],
        }))?;
    } else {
        output::line(&format!("{}: {why}", judged.verdict.word()))?;
        if let Some(p) = &judged.proven {
            let gift = p.gift.map(|k| format!(", gift {k}")).unwrap_or_default();
            output::line(&format!(
                "  event {}#{}{gift}, at index {} of a log of {}",
                p.event.chain(),
                p.event.seq,
                p.index,
                p.accepted.checkpoint.size
            ))?;
            for (name, index) in &p.signers {
                output::line(&format!(
                    "  signed by {name}, a key that this chain introduced at #{index}, registrar-signed"
                ))?;
            }
            for name in p.accepted.witnesses.keys() {
                output::line(&format!("  cosigned by the witness {name}"))?;
            }
            for (field, value) in &p.openings {
                output::line(&format!("  {field}: {value}"))?;
            }
            output::line(
                "  Genuine means that the charity signed this and cannot change it unnoticed. It does not prove that the payment happened.",
            )?;
        }
    }
    match judged.verdict {
        Verdict::Genuine => Ok(()),
        Verdict::Different => Err(quiet(Kind::Refuted, "the receipt does not hold")),
        Verdict::CannotCheck => Err(quiet(Kind::CouldNotCheck, "could not check")),
    }
}

pub(crate) fn audit_command(ledger: &str, policy: Option<&Path>, since: &[PathBuf], as_json: bool) -> Outcome {
    // Scripts read one object whatever happens, also when there is nothing to audit.
    let told = |failure: Failure| {
        if as_json {
            output::json(&json!({
                "verdict": "could-not-check", "origin": null, "size": null, "root": null, "first_bad_index": null,
                "findings": [{ "code": "source.unreachable", "index": null, "text": failure.text }],
            }))?;
        }
        Err(failure)
    };
    let place = match Place::open(ledger) {
        Ok(place) => place,
        Err(failure) => return told(failure),
    };
    let policy = match place.policy(policy) {
        Ok(policy) => policy,
        Err(failure) => return told(failure),
    };
    let since = since
        .iter()
        .map(|file| std::fs::read(file).while_doing(format!("reading {}", file.display())))
        .collect::<Outcome<Vec<_>>>()?;
    let bar = output::progress("auditing", 0);
    let options = Options { policy, since, progress: &output::follow(&bar), ..Options::default() };
    let report = audit(place.judged(), &options);
    bar.finish_and_clear();
    if as_json {
        output::line(&report.to_json())?;
    } else {
        let size = report.size.map_or("?".to_owned(), |s| s.to_string());
        output::line(&format!(
            "{}: {} of {size} events",
            report.verdict.word(),
            report.origin.as_deref().unwrap_or("unknown log")
        ))?;
        if let Some(root) = report.root {
            output::line(&format!("  root {root}"))?;
        }
        if let Some(source) = &report.policy_source {
            output::line(&format!("  by the policy {source}"))?;
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
