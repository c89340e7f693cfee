//! The verdict over a receipt, step by step; the first step that fails is named.

use super::fault::Fault;
use super::included::{included, parse_event};
use super::introductions::Introductions;
use super::openings::opened;
use super::verdict::{Judged, Proven, Step, Unchecked, Verdict};
use super::{Extra, Receipt};
use crate::b64;
use crate::checkpoint::Checkpoint;
use crate::event::Envelope;
use crate::introduction::Introduction;
use crate::mend::{File, Mended, mend};
use crate::policy::{Policy, Unaccepted};

/// Judges a receipt, mended first. `policy` is `None` when none is to be had or it cannot be used.
#[must_use]
pub fn judge(receipt: &[u8], policy: Option<&Policy>) -> Judged {
    let (receipt, of_receipt) = mend(File::Receipt, receipt);
    let of_policy = policy.map(Policy::mended).unwrap_or_default();
    let mended = [Mended::of(File::Receipt, &of_receipt), Mended::of(File::Policy, of_policy)].concat();
    Judged { mended, ..verdict(&receipt, policy) }
}

/// The log that a receipt names, mended as [`judge`] does; nothing is verified. It is what a policy is
/// looked for by, so it must be read as the judgement reads it.
#[must_use]
pub fn origin(receipt: &[u8]) -> Option<String> {
    let (receipt, _) = mend(File::Receipt, receipt);
    let checkpoint = Receipt::parse(&receipt)?.checkpoint;
    Some(Checkpoint::of_note(checkpoint.as_bytes())?.origin)
}

fn verdict(receipt: &[u8], policy: Option<&Policy>) -> Judged {
    let cannot_check = |why: String| Judged::unproven(Verdict::CannotCheck, Step::Policy, why);
    let Some(policy) = policy else {
        return cannot_check("no usable policy was given, so nothing can be said".to_owned());
    };
    match prove(receipt, policy) {
        Ok((proven, not_checked)) => Judged {
            proven: Some(proven),
            not_checked,
            ..Judged::unproven(Verdict::Genuine, Step::Done, "every step holds".to_owned())
        },
        Err(Stop::Origin(origin)) => {
            cannot_check(format!("the policy does not name the log `{origin}`, so nothing can be said"))
        }
        Err(Stop::Fault(fault)) => Judged::unproven(Verdict::Different, fault.step, fault.why),
    }
}

/// Why a judgement ends before its end.
enum Stop {
    /// The policy does not name this log: that is no fault of the receipt.
    Origin(String),
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Stop {
        Stop::Fault(fault)
    }
}

fn prove(bytes: &[u8], policy: &Policy) -> Result<(Proven, Vec<Unchecked>), Stop> {
    let format = |why: &str| Fault::new(Step::Format, why);
    let receipt = Receipt::parse(bytes).ok_or_else(|| format("the file is not a receipt (c2sp.org/tlog-proof@v1)"))?;
    let accepted = policy.accept(receipt.checkpoint.as_bytes()).map_err(|why| match why {
        Unaccepted::UnknownOrigin(origin) => Stop::Origin(origin),
        Unaccepted::Note(_) | Unaccepted::Text | Unaccepted::BadCosignature(_) | Unaccepted::Quorum(_) => {
            Stop::Fault(Fault::new(Step::Checkpoint, why.to_string()))
        }
    })?;
    let extra = receipt.extra.as_deref().and_then(Extra::parse);
    let extra = extra.ok_or_else(|| format("the receipt carries no readable extra"))?;

    let note = b64::decode(&extra.event).ok_or_else(|| format("the event in extra is not base64"))?;
    if !included(&accepted, &note, receipt.index, &receipt.path) {
        return Err(Fault::new(Step::Inclusion, "the event is not in the log at this index").into());
    }
    let event = parse_event(&note, &accepted);
    let event = event.ok_or_else(|| Fault::new(Step::Event, "the event breaks the grammar or names another log"))?;

    let introductions = Introductions::read(&extra.keys, &accepted, &event, receipt.index)?;
    introductions.hold()?;
    let (signers, chain_opening) = introductions.signers(&event, receipt.index)?;
    let openings = opened(&extra, &event)?;

    let not_checked = not_checked(&event, receipt.index, &introductions);
    let (index, gift) = (receipt.index, extra.gift);
    Ok((Proven { accepted, event, index, gift, signers, chain_opening, openings }, not_checked))
}

/// What an audit judges of such an event and one receipt does not show.
fn not_checked(event: &Envelope, index: u64, introductions: &Introductions) -> Vec<Unchecked> {
    let is_open = |what: &Unchecked| match what {
        // Before the first event there was nothing that could have ended a key.
        Unchecked::Revocation => index > 0,
        Unchecked::Roles => !super::standing::judges_roles(event),
        // Openings and recoveries are signed by all whom they list and by whom they need; the rest is by policy.
        Unchecked::Thresholds => !(is_whole(event) && introductions.notes().all(is_whole)),
        Unchecked::Later => true,
        // Operator's own opening stands at index 0, and there is one place of that name.
        Unchecked::SecondOpening => event.chain() != "operator",
    };
    Unchecked::ALL.into_iter().filter(is_open).collect()
}

fn is_whole(note: &Envelope) -> bool {
    matches!(Introduction::of(note), Some(Introduction::Opened(_) | Introduction::Recovered(_)))
}
