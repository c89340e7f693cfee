//! What the workers do, in parallel: read a bundle and hash it from content; and, once the events
//! before it are known, verify its signatures and look up what admission will ask for.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use super::bundle::Bundle;
use super::report::Finding;
use super::shared::{Shared, unread};
use super::tree::{Nodes, hashes};
use almoner_ledger::data::EventRef;
use almoner_ledger::recall_candidate;
use almoner_ledger::{Candidate, Referenced, read_envelope, verify_candidate};
use almoner_proof::introduction::introduced;
use almoner_proof::merkle::leaf_hash;
use almoner_proof::{Envelope, Hash, VerifierKey};
use std::sync::Arc;

/// A bundle, hashed and taken apart.
pub(super) struct Read {
    /// Its number.
    pub(super) number: u64,
    /// Its events, up to the first that breaks the grammar.
    pub(super) events: Vec<Result<Envelope, Finding>>,
    /// Keys that they introduce, admitted, in their order.
    pub(super) keys: Vec<VerifierKey>,
    /// Its part of the tree; `None` if there is not one whole entry.
    pub(super) nodes: Option<Arc<Nodes>>,
    /// What is wrong with its framing or its tile, each with the index from which on.
    pub(super) findings: Vec<Finding>,
    /// Bytes of the bundle, for the budget of memory.
    pub(super) bytes: usize,
    /// Whether entries are missing: nothing after it can be hashed.
    pub(super) short: bool,
}

/// Reads bundle `number` and everything about it that needs no other.
pub(super) fn read(shared: &Shared<'_>, number: u64) -> Read {
    let first = number.saturating_mul(256);
    let tile = shared.tile_of(None, number);
    let missing = |finding: Finding| Read {
        number,
        events: Vec::new(),
        keys: Vec::new(),
        nodes: None,
        findings: vec![finding],
        bytes: 0,
        short: true,
    };
    let bytes = match shared.source.tile(&tile) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return missing(Finding::unchecked("tile.missing", Some(first), format!("{tile} is not there"))),
        Err(error) => return missing(unread(&error, Some(first))),
    };
    let width = usize::from(tile.width);
    let bundle = Bundle::split(bytes, width);
    let at = |place: usize| first.saturating_add(place as u64);
    let mut findings = Vec::new();
    let short = bundle.len() < width;
    if short {
        findings.push(Finding::refutes(
            "bundle.cut",
            Some(at(bundle.len())),
            format!("{tile} ends within this entry, or before it"),
        ));
    } else if bundle.rest() > 0 {
        let text = format!("{tile} has {} bytes after its last entry", bundle.rest());
        findings.push(Finding::refutes("bundle.trailing", Some(at(bundle.len().saturating_sub(1))), text));
    }
    let mut leaves = Vec::with_capacity(width);
    let mut events = Vec::with_capacity(width);
    let mut keys = Vec::new();
    let mut parsed = true;
    for place in 0..bundle.len() {
        let Some(entry) = bundle.entry(place) else { break };
        leaves.push(leaf_hash(entry));
        if parsed {
            let event = read_envelope(entry, shared.origin).map_err(|refusal| Finding::refused(at(place), &refusal));
            match &event {
                Ok(envelope) => {
                    keys.extend(introduced(envelope).iter().filter_map(|key| key.admit(envelope.chain()).ok()))
                }
                Err(_) => parsed = false,
            }
            events.push(event);
        }
    }
    findings.extend(compare(shared, number, &leaves));
    let nodes = (!leaves.is_empty()).then(|| Arc::new(Nodes::of(leaves)));
    let bytes = bundle.bytes();
    shared.bundles().keep(number, Arc::new(bundle));
    Read { number, events, keys, nodes, findings, bytes, short }
}

/// Compares the level-0 tile with the leaf hashes of content.
fn compare(shared: &Shared<'_>, number: u64, leaves: &[Hash]) -> Option<Finding> {
    let first = number.saturating_mul(256);
    let tile = shared.tile_of(Some(0), number);
    let bytes = match shared.source.tile(&tile) {
        Ok(Some(bytes)) => bytes,
        Ok(None) => return Some(Finding::unchecked("tile.missing", Some(first), format!("{tile} is not there"))),
        Err(error) => return Some(unread(&error, Some(first))),
    };
    if bytes.len() != usize::from(tile.width).saturating_mul(32) {
        return Some(Finding::refutes("tile.malformed", Some(first), format!("{tile} is not {} hashes", tile.width)));
    }
    let place = hashes(&bytes).iter().zip(leaves).position(|(told, leaf)| told != leaf)?;
    let index = first.saturating_add(place as u64);
    Some(Finding::refutes("tile.differs", Some(index), format!("{tile} has another hash than this entry's content")))
}

/// A strictly verified event, with what the decision needs.
pub(super) struct Ready {
    pub(super) candidate: Candidate,
    pub(super) referenced: Referenced,
    /// References to what was not admitted yet when the worker looked.
    pub(super) unfound: Vec<EventRef>,
}

/// An event as it goes to admission.
pub(super) enum Outcome {
    /// To be decided.
    Ready(Box<Ready>),
    /// The audit ends here, unless it ended before.
    Bad(Finding),
}

/// Verifies the events of a bundle, up to the first that fails. The keys and leaves of all events
/// up to the bundle's end must be known to `shared`.
pub(super) fn verify(shared: &Shared<'_>, number: u64, events: Vec<Result<Envelope, Finding>>) -> Vec<Outcome> {
    let first = number.saturating_mul(256);
    let mut outcomes = Vec::with_capacity(events.len());
    // Authors who append together have usually seen the same checkpoint.
    let mut seen: Option<(u64, Option<Hash>)> = None;
    for (place, event) in events.into_iter().enumerate() {
        let index = first.saturating_add(place as u64);
        let outcome = event.and_then(|envelope| verify_one(shared, index, envelope, &mut seen));
        let failed = outcome.is_err();
        outcomes.push(match outcome {
            Ok(ready) => Outcome::Ready(Box::new(ready)),
            Err(finding) => Outcome::Bad(finding),
        });
        if failed {
            break;
        }
    }
    outcomes
}

fn verify_one(
    shared: &Shared<'_>,
    index: u64,
    envelope: Envelope,
    seen: &mut Option<(u64, Option<Hash>)>,
) -> Result<Ready, Finding> {
    let size = envelope.seen.0;
    let candidate = if index < shared.recalled {
        recall_candidate(envelope, &shared.ring)
    } else {
        verify_candidate(envelope, &shared.ring)
    };
    let candidate = candidate.map_err(|refusal| Finding::refused(index, &refusal))?;
    let seen_root = match *seen {
        Some((known, root)) if known == size => root,
        // Later sizes cannot have been seen; what is beyond the index has no root here.
        _ if size > index => None,
        _ => shared.root_at(size)?,
    };
    if size <= index {
        *seen = Some((size, seen_root));
    }
    let (priors, unfound) = shared.priors(candidate.references())?;
    Ok(Ready { candidate, referenced: Referenced { seen_root, priors }, unfound })
}
