//! The verdict over a receipt, step by step. Three verdicts, never two.

use super::{Extra, KeyIntroduction, Receipt};
use crate::b64;
use crate::commitment::commit;
use crate::event::Envelope;
use crate::hash::Hash;
use crate::introduction::{Role, admit_vkey, introduced, recovery_keys};
use crate::key::PublicKey;
use crate::merkle::{leaf_hash, verify_inclusion};
use crate::policy::{Accepted, Policy, Unaccepted};
use std::collections::BTreeMap;

/// What is said of a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every step holds.
    Genuine,
    /// A step does not hold.
    Different,
    /// Nothing can be said, for want of a policy that names this log.
    CannotCheck,
}

impl Verdict {
    /// As in the settled JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Genuine => "genuine",
            Verdict::Different => "different",
            Verdict::CannotCheck => "cannot-check",
        }
    }
}

/// Where the judgement ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// No policy, an unusable one, or one that does not name the origin.
    Policy,
    /// The file is not a receipt with our extra.
    Format,
    /// Log signature, cosignatures, quorum.
    Checkpoint,
    /// The event is not at its index under the checkpoint.
    Inclusion,
    /// The event note breaks the grammar or is of another log.
    Event,
    /// A key's introduction does not hold.
    Introduction,
    /// A signature on the event does not hold.
    Signature,
    /// The gift or an opening does not belong to the event.
    Opening,
    /// Everything held.
    Done,
}

impl Step {
    /// As in the settled JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Step::Policy => "policy",
            Step::Format => "format",
            Step::Checkpoint => "checkpoint",
            Step::Inclusion => "inclusion",
            Step::Event => "event",
            Step::Introduction => "introduction",
            Step::Signature => "signature",
            Step::Opening => "opening",
            Step::Done => "done",
        }
    }
}

/// The verdict with its reason and, when genuine, what was established.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// The step that decided.
    pub step: Step,
    /// One sentence.
    pub why: String,
    /// What holds, for a genuine receipt.
    pub proven: Option<Proven>,
}

/// What a genuine receipt establishes.
#[derive(Debug, Clone)]
pub struct Proven {
    /// The accepted checkpoint and its witnesses.
    pub accepted: Accepted,
    /// The event.
    pub event: Envelope,
    /// Its index.
    pub index: u64,
    /// The gift inside it.
    pub gift: Option<u64>,
    /// Signing keys: name, index of the introducing event, whether that was signed by a registrar.
    pub signers: Vec<(String, u64)>,
    /// Opened commitments: field and value.
    pub openings: Vec<(String, String)>,
}

type Fault = (Step, &'static str);

/// Judges a receipt. `policy` is `None` when none is to be had or it cannot be used.
#[must_use]
pub fn judge(receipt: &[u8], policy: Option<&Policy>) -> Judged {
    let Some(policy) = policy else {
        return Judged::new(Verdict::CannotCheck, Step::Policy, "no usable policy was given, so nothing can be said");
    };
    match prove(receipt, policy) {
        Ok(proven) => Judged {
            proven: Some(proven),
            ..Judged::new(
                Verdict::Genuine,
                Step::Done,
                "every step holds; a later revocation of the key is not proven offline",
            )
        },
        Err(Failed::Origin(origin)) => {
            let why = format!("the policy does not name the log `{origin}`, so nothing can be said");
            Judged::new(Verdict::CannotCheck, Step::Policy, &why)
        }
        Err(Failed::Fault(step, why)) => Judged::new(Verdict::Different, step, &why),
    }
}

impl Judged {
    fn new(verdict: Verdict, step: Step, why: &str) -> Judged {
        Judged { verdict, step, why: why.to_owned(), proven: None }
    }
}

enum Failed {
    Origin(String),
    Fault(Step, String),
}

impl From<Fault> for Failed {
    fn from((step, why): Fault) -> Failed {
        Failed::Fault(step, why.to_owned())
    }
}

fn prove(bytes: &[u8], policy: &Policy) -> Result<Proven, Failed> {
    let receipt = Receipt::parse(bytes).ok_or((Step::Format, "the file is not a receipt (c2sp.org/tlog-proof@v1)"))?;
    let accepted = policy.accept(receipt.checkpoint.as_bytes()).map_err(|why| match why {
        Unaccepted::UnknownOrigin(origin) => Failed::Origin(origin),
        other => Failed::Fault(Step::Checkpoint, other.to_string()),
    })?;
    let extra = receipt
        .extra
        .as_deref()
        .and_then(Extra::parse)
        .ok_or((Step::Format, "the receipt carries no readable extra"))?;
    let note = b64::decode(&extra.event).ok_or((Step::Format, "the event in extra is not base64"))?;
    included(&accepted, &note, receipt.index, &receipt.path)?;
    let event =
        parse_event(&note, &accepted).ok_or((Step::Event, "the event breaks the grammar or names another log"))?;

    let mut known = Introductions::read(&extra.keys, &accepted, receipt.index)?;
    known.establish()?;
    let foreign_may_sign = matches!(event.kind(), "chain.opened/1" | "chain.recovered/1");
    let mut signers = Vec::new();
    for (name, line) in event.signatures() {
        let entry = known.find(name, line.key_id).ok_or((Step::Introduction, "a signing key is not introduced"))?;
        let own = name.split_once('/').is_some_and(|(chain, _)| chain == event.chain());
        if !own && !foreign_may_sign {
            return Err((Step::Signature, "the event is signed by a key of another chain").into());
        }
        if entry.recovery_only && event.kind() != "chain.recovered/1" {
            return Err((Step::Signature, "a recovery key signs nothing but chain.recovered").into());
        }
        if !entry.key.verifies(event.text().as_bytes(), &line.signature) {
            return Err((Step::Signature, "a signature on the event does not verify").into());
        }
        signers.push((name.to_owned(), entry.index));
    }
    let openings = openings(&extra, &event)?;
    Ok(Proven { accepted, event, index: receipt.index, gift: extra.gift, signers, openings })
}

fn included(accepted: &Accepted, note: &[u8], index: u64, path: &[Hash]) -> Result<(), Fault> {
    let checkpoint = &accepted.checkpoint;
    if verify_inclusion(leaf_hash(note), index, checkpoint.size, path, &checkpoint.root) {
        Ok(())
    } else {
        Err((Step::Inclusion, "the event is not in the log at this index"))
    }
}

fn parse_event(note: &[u8], accepted: &Accepted) -> Option<Envelope> {
    let event = Envelope::parse(note).ok()?;
    event.check_data().ok()?;
    (event.log() == accepted.checkpoint.origin).then_some(event)
}

struct Introduced {
    name: String,
    key: PublicKey,
    id: u32,
    index: u64,
    note: usize,
    registrar: bool,
    recovery_only: bool,
    established: bool,
}

/// The `keys` of a receipt, and the notes that introduce them.
struct Introductions {
    entries: Vec<Introduced>,
    notes: Vec<Envelope>,
}

impl Introductions {
    fn read(keys: &[KeyIntroduction], accepted: &Accepted, event_index: u64) -> Result<Introductions, Fault> {
        const AT: Step = Step::Introduction;
        let mut all = Introductions { entries: Vec::new(), notes: Vec::new() };
        let mut places: BTreeMap<String, ()> = BTreeMap::new();
        for entry in keys {
            if places.insert(entry.vkey.clone(), ()).is_some() {
                return Err((AT, "a key is introduced twice"));
            }
            let note = b64::decode(&entry.event).ok_or((AT, "an introducing event is not base64"))?;
            let path: Option<Vec<Hash>> = entry.proof.iter().map(|hash| Hash::from_base64(hash)).collect();
            let path = path.ok_or((AT, "a proof is not made of hashes"))?;
            if entry.index > event_index {
                return Err((AT, "a key is introduced after the event"));
            }
            included(accepted, &note, entry.index, &path)
                .map_err(|_| (AT, "an introducing event is not in the log at its index"))?;
            let note = parse_event(&note, accepted).ok_or((AT, "an introducing event breaks the grammar"))?;
            let key = admit_vkey(&entry.vkey, note.chain())
                .map_err(|_| (AT, "an introduced key is not admissible in that chain"))?;
            if note.chain() == "operator" && note.seq == 0 && entry.index != 0 {
                return Err((AT, "the operator's chain does not open at index 0"));
            }
            let listed = introduced(&note).into_iter().find(|listed| listed.vkey == entry.vkey);
            let recovery_only = listed.is_none();
            if recovery_only && !recovery_keys(&note).contains(&entry.vkey) {
                return Err((AT, "the introducing event does not list this key"));
            }
            all.entries.push(Introduced {
                name: key.name,
                id: key.id,
                key: key.key,
                index: entry.index,
                note: all.notes.len(),
                registrar: note.chain() == "operator" && listed.is_some_and(|l| l.roles.contains(&Role::Registrar)),
                recovery_only,
                established: false,
            });
            all.notes.push(note);
        }
        Ok(all)
    }

    fn find(&self, name: &str, id: u32) -> Option<&Introduced> {
        self.entries.iter().find(|entry| entry.name == name && entry.id == id && entry.established)
    }

    /// Establishes entries until nothing changes: the regress must end at operator's own
    /// `chain.opened`, so a circle of keys that introduce each other is never established.
    fn establish(&mut self) -> Result<(), Fault> {
        for _ in 0..self.entries.len() {
            let ready: Vec<bool> = self.entries.iter().map(|entry| entry.established || self.holds(entry)).collect();
            for (entry, ready) in self.entries.iter_mut().zip(ready) {
                entry.established = ready;
            }
        }
        if self.entries.iter().all(|entry| entry.established) {
            Ok(())
        } else {
            Err((Step::Introduction, "a key's introduction is not signed as it must be"))
        }
    }

    fn holds(&self, entry: &Introduced) -> bool {
        let Some(note) = self.notes.get(entry.note) else { return false };
        let own = introduced(note);
        // Somebody besides the new keys themselves must vouch, but for operator's first event.
        let root = note.chain() == "operator" && note.kind() == "chain.opened/1";
        let opening = note.kind() == "chain.opened/1";
        let mut vouched = root;
        for (name, line) in note.signatures() {
            let in_own = own
                .iter()
                .filter_map(|listed| listed.admit(note.chain()).ok())
                .find(|k| k.name == name && k.id == line.key_id);
            let verifies = |key: &PublicKey| key.verifies(note.text().as_bytes(), &line.signature);
            if let Some(key) = in_own {
                if !verifies(&key.key) {
                    return false;
                }
                continue;
            }
            let Some(known) = self.find(name, line.key_id) else { return false };
            if !verifies(&known.key) {
                return false;
            }
            let same_chain = name.split_once('/').is_some_and(|(chain, _)| chain == note.chain());
            vouched |= if opening { known.registrar } else { same_chain || known.registrar };
        }
        vouched
    }
}

fn openings(extra: &Extra, event: &Envelope) -> Result<Vec<(String, String)>, Fault> {
    const AT: Step = Step::Opening;
    let data: serde_json::Value =
        serde_json::from_str(event.data()).map_err(|_| (AT, "the event's data cannot be read"))?;
    let prefix = match extra.gift {
        None => String::new(),
        Some(gift) => {
            let there = usize::try_from(gift).ok().and_then(|k| data.get("gifts")?.as_array()?.get(k));
            if there.is_none() {
                return Err((AT, "the event has no such gift"));
            }
            format!("gifts/{gift}/")
        }
    };
    let mut opened: Vec<(String, String)> = Vec::new();
    for opening in extra.openings.iter().flatten() {
        if !opening.field.starts_with(&prefix) {
            return Err((AT, "an opening belongs to another gift"));
        }
        if opened.iter().any(|(field, _)| *field == opening.field) {
            return Err((AT, "a field is opened twice"));
        }
        let salt: [u8; 32] = b64::decode_exact(&opening.salt).ok_or((AT, "a salt is not 32 bytes"))?;
        let committed =
            data.pointer(&format!("/{}", opening.field)).and_then(|v| v.as_str()).and_then(Hash::from_base64);
        if committed != Some(commit(&salt, &opening.field, &opening.value)) {
            return Err((AT, "an opening does not match its commitment"));
        }
        opened.push((opening.field.clone(), opening.value.clone()));
    }
    Ok(opened)
}
