//! Before the log is read: the policy, the newest checkpoint, and the checkpoints kept from before.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use super::Options;
use super::fold::Kept;
use super::report::{Finding, Report};
use crate::source::{Source, SourceError};
use almoner_proof::note::Note;
use almoner_proof::policy::Unaccepted;
use almoner_proof::{Checkpoint, Hash, Policy};

/// Checkpoints kept from before, as far as they can be compared, and what is to be said of the others.
#[derive(Debug, Default)]
pub(super) struct Since {
    pub(super) kept: Vec<Kept>,
    pub(super) findings: Vec<Finding>,
}

impl Since {
    /// Takes an accepted prefix as one more kept checkpoint; gives the index below which signatures are
    /// recalled. A root that differs refutes the log, so nothing rests on the prefix unchecked.
    pub(super) fn prefix(&mut self, prefix: Option<(u64, Hash)>, newest: &Checkpoint) -> u64 {
        let Some((size, root)) = prefix else { return 0 };
        if size > newest.size {
            self.findings.push(larger(size, newest.size));
            return 0;
        }
        self.kept.push(Kept { size, root });
        size
    }
}

fn larger(kept: u64, newest: u64) -> Finding {
    let text = format!("a checkpoint of size {kept} was kept; the newest is of size {newest}");
    Finding::refutes("since.larger", None, text)
}

/// Reads the checkpoint and judges it under the policy; fills in what it claims.
pub(super) fn open(
    source: &dyn Source,
    options: &Options<'_>,
    report: &mut Report,
) -> Result<(Checkpoint, Since), Finding> {
    let absent = || {
        let text = "no policy says whose key and which witnesses to trust; give one with --policy. It is never fetched from the audited server";
        Finding::unchecked("policy.absent", None, text)
    };
    let bytes = match (source.checkpoint(), &options.policy) {
        (Ok(bytes), _) => bytes,
        // What can be done about it comes first.
        (Err(_), None) => return Err(absent()),
        (Err(error @ SourceError::Unreachable { .. }), _) => {
            return Err(Finding::unchecked("source.unreachable", None, error));
        }
        (Err(error @ SourceError::Wrong { .. }), _) => {
            return Err(Finding::refutes("checkpoint.unaccepted", None, error));
        }
    };
    if let Some(claimed) = claimed(&bytes) {
        report.origin = Some(claimed.origin);
        report.size = Some(claimed.size);
        report.root = Some(claimed.root);
    }
    let policy = &options.policy.as_ref().ok_or_else(absent)?.policy;
    let accepted = policy.accept(&bytes).map_err(|why| match &why {
        Unaccepted::UnknownOrigin(_) => Finding::unchecked("policy.unknown_origin", None, why),
        Unaccepted::Note(_) | Unaccepted::Text | Unaccepted::BadCosignature(_) | Unaccepted::Quorum(_) => {
            Finding::refutes("checkpoint.unaccepted", None, why)
        }
    })?;
    report.witnesses = accepted.witnesses;
    let since = since(policy, &accepted.checkpoint, &options.since);
    Ok((accepted.checkpoint, since))
}

/// What a checkpoint says, whoever signed it.
fn claimed(bytes: &[u8]) -> Option<Checkpoint> {
    Checkpoint::parse(Note::parse(bytes).ok()?.text)
}

fn since(policy: &Policy, newest: &Checkpoint, notes: &[Vec<u8>]) -> Since {
    let mut since = Since::default();
    for (number, note) in notes.iter().enumerate() {
        let number = number.saturating_add(1);
        let unusable = |why: &dyn std::fmt::Display| {
            Finding::unchecked("since.unusable", None, format!("kept checkpoint {number}: {why}"))
        };
        let kept = match policy.accept(note) {
            Ok(accepted) => accepted.checkpoint,
            // The log signed it; that fewer witnesses had, or that the quorum was another then, is no excuse.
            Err(why @ Unaccepted::Quorum(_)) => match claimed(note) {
                Some(kept) => kept,
                None => {
                    since.findings.push(unusable(&why));
                    continue;
                }
            },
            Err(why) => {
                since.findings.push(unusable(&why));
                continue;
            }
        };
        if kept.origin != newest.origin {
            since.findings.push(unusable(&format!("it is of the log {}", kept.origin)));
        } else if kept.size > newest.size {
            since.findings.push(larger(kept.size, newest.size));
        } else {
            since.kept.push(Kept { size: kept.size, root: kept.root });
        }
    }
    since
}
