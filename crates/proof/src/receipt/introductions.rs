//! The `keys` of a receipt: each with the note that introduces it, down to operator's own opening.
//!
//! A key stands only on the note that introduces it and on notes at a higher index. So whoever vouches for a
//! key was introduced lower down, and where every entry holds, each one's line of vouchers ends, by going
//! down, at a note that needs none: operator's own opening at index 0. Keys that introduce each other in a
//! circle cannot be written down.

use super::KeyIntroduction;
use super::fault::Fault;
use super::included::{included, parse_event};
use super::listed::Listed;
use super::standing::{self, Standing};
use super::verdict::{ChainOpening, Signer, Step};
use crate::b64;
use crate::event::Envelope;
use crate::hash::Hash;
use crate::introduction::{Introduction, admit_vkey};
use crate::policy::Accepted;
use std::collections::BTreeMap;

/// A note that introduces keys.
struct Note {
    event: Envelope,
    introduction: Introduction,
    listed: BTreeMap<String, Listed>,
}

/// The `keys` of a receipt, and the notes that introduce them.
pub(super) struct Introductions {
    /// Key's name → index of the note that introduces it.
    keys: BTreeMap<String, u64>,
    /// By index; the event is among them if it introduces keys.
    notes: BTreeMap<u64, Note>,
}

impl Introductions {
    /// Reads every entry by itself: included no higher than the event, in this log, and listing exactly this key.
    pub(super) fn read(
        entries: &[KeyIntroduction],
        accepted: &Accepted,
        event: &Envelope,
        event_index: u64,
    ) -> Result<Introductions, Fault> {
        let mut all = Introductions { keys: BTreeMap::new(), notes: BTreeMap::new() };
        if Introduction::TYPES.contains(&event.kind()) {
            all.notes.insert(event_index, Note::read(event.clone())?);
        }
        for entry in entries {
            if entry.index > event_index {
                return Err(fault("a key is introduced after the event"));
            }
            let note = included_note(entry, accepted)?;
            let key = admit_vkey(&entry.vkey, note.chain())
                .map_err(|_| fault("an introduced key is not admissible in that chain"))?;
            let listed = match all.notes.get(&entry.index) {
                Some(note) => note,
                None => all.notes.entry(entry.index).or_insert(Note::read(note)?),
            };
            if listed.listed.get(&key.name).is_none_or(|listed| listed.key != key) {
                return Err(fault(format!("#{} does not introduce {}", entry.index, key.name)));
            }
            if all.keys.insert(key.name.clone(), entry.index).is_some() {
                return Err(fault(format!("{} is introduced twice", key.name)));
            }
        }
        Ok(all)
    }

    /// Checks the entries together: one opening for each chain, no label twice, and on every introducing
    /// note the signatures of those who must and may stand there.
    pub(super) fn hold(&self) -> Result<(), Fault> {
        self.rest_on_one_opening()?;
        self.bind_each_label_once()?;
        for (index, note) in &self.notes {
            let standing = self.standing(&note.event, *index).map_err(fault)?;
            self.may_stand(&note.event, *index, &standing)
                .map_err(|why| fault(format!("#{index}, {}: {why}", note.event.kind())))?;
        }
        Ok(())
    }

    /// The keys under which the event's signatures verify, all of them entries, and the opening they rest on.
    pub(super) fn signers(&self, event: &Envelope, index: u64) -> Result<(Vec<Signer>, ChainOpening), Fault> {
        if let Some((name, _)) = event.signatures().find(|(name, _)| !self.keys.contains_key(*name)) {
            return Err(fault(format!("the signing key {name} is not introduced")));
        }
        let wrong = |why: String| Fault::new(Step::Signature, why);
        let standing = self.standing(event, index).map_err(wrong)?;
        self.may_stand(event, index, &standing).map_err(wrong)?;
        let signers = standing.iter().map(|key| self.signer(key)).collect();
        let (at, opening) =
            self.opening(event.chain()).ok_or_else(|| fault("no key rests on an opening of the event's chain"))?;
        Ok((signers, opening.chain_opening(at)))
    }

    /// The introducing notes.
    pub(super) fn notes(&self) -> impl Iterator<Item = &Envelope> {
        self.notes.values().map(|note| &note.event)
    }

    fn rest_on_one_opening(&self) -> Result<(), Fault> {
        let mut openings: BTreeMap<&str, u64> = BTreeMap::new();
        for (index, note) in self.notes.iter().filter(|(_, note)| note.is_opening()) {
            let chain = note.event.chain();
            if chain == "operator" && *index != 0 {
                return Err(fault("the operator's chain does not open at index 0"));
            }
            if let Some(first) = openings.insert(chain, *index) {
                return Err(fault(format!("the chain {chain} is opened twice, at #{first} and #{index}")));
            }
        }
        Ok(())
    }

    /// A label binds one key for ever, so no two notes of an honest log list one name.
    fn bind_each_label_once(&self) -> Result<(), Fault> {
        let mut bound: BTreeMap<&str, u64> = BTreeMap::new();
        for (index, note) in &self.notes {
            for name in note.listed.keys() {
                if let Some(first) = bound.insert(name, *index) {
                    return Err(fault(format!("{name} is introduced twice, at #{first} and #{index}")));
                }
            }
        }
        Ok(())
    }

    /// Whose signatures stand on a note: each line verifies under a key that the note itself lists, or that
    /// was introduced below it.
    fn standing<'a>(&'a self, event: &Envelope, index: u64) -> Result<Vec<Standing<'a>>, String> {
        let mut all = Vec::new();
        for (name, line) in event.signatures() {
            let own = self.notes.get(&index).and_then(|note| note.listed.get(name)).map(|listed| (index, listed));
            let (introduced_at, listed) = own
                .or_else(|| self.entry(name))
                .ok_or_else(|| format!("#{index} is signed by {name}, which is not introduced"))?;
            if introduced_at > index {
                return Err(format!("{name} signs #{index} before #{introduced_at} introduces it"));
            }
            if listed.key.id != line.key_id || !listed.key.key.verifies(event.text().as_bytes(), &line.signature) {
                return Err(format!("the signature of {name} on #{index} does not verify"));
            }
            all.push(Standing { listed, introduced_at, is_new: introduced_at == index });
        }
        Ok(all)
    }

    fn may_stand(&self, event: &Envelope, index: u64, standing: &[Standing<'_>]) -> Result<(), String> {
        let introduction = self.notes.get(&index).map(|note| &note.introduction);
        let opening = self.opening(event.chain()).map(|(_, note)| &note.introduction);
        standing::judge(event, introduction, opening, standing)
    }

    fn entry(&self, name: &str) -> Option<(u64, &Listed)> {
        let index = *self.keys.get(name)?;
        Some((index, self.notes.get(&index)?.listed.get(name)?))
    }

    /// The opening of a chain, with its index.
    fn opening(&self, chain: &str) -> Option<(u64, &Note)> {
        let opens = |note: &Note| note.is_opening() && note.event.chain() == chain;
        self.notes.iter().find(|(_, note)| opens(note)).map(|(index, note)| (*index, note))
    }

    fn signer(&self, standing: &Standing<'_>) -> Signer {
        let note = self.notes.get(&standing.introduced_at);
        Signer {
            key: standing.listed.key.clone(),
            introduced_at: standing.introduced_at,
            registrar_signed: note.is_some_and(Note::is_registrar_signed),
        }
    }
}

impl Note {
    fn read(event: Envelope) -> Result<Note, Fault> {
        let kind = event.kind();
        let introduction = Introduction::of(&event)
            .ok_or_else(|| fault(format!("{kind} of this shape and place introduces no key")))?;
        let mut listed: BTreeMap<String, Listed> = BTreeMap::new();
        for entry in introduction.keys() {
            let key = entry.admit(event.chain()).map_err(|_| fault(format!("{kind} lists an inadmissible key")))?;
            let name = key.name.clone();
            let new = Listed { key, roles: Some(entry.roles.clone()), recovery: false };
            if listed.insert(name.clone(), new).is_some() {
                return Err(fault(format!("{kind} lists {name} twice")));
            }
        }
        // One that is not admissible can never sign, and so is passed over.
        for key in introduction.recovery_keys().iter().filter_map(|vkey| admit_vkey(vkey, event.chain()).ok()) {
            let name = key.name.clone();
            let entry = listed.entry(name).or_insert(Listed { key: key.clone(), roles: None, recovery: true });
            if entry.key != key {
                return Err(fault(format!("{kind} lists {} twice", key.name)));
            }
            entry.recovery = true;
        }
        Ok(Note { event, introduction, listed })
    }

    fn is_opening(&self) -> bool {
        matches!(self.introduction, Introduction::Opened(_))
    }

    /// Openings and recoveries are, but for operator's own: above it there is nobody.
    fn is_registrar_signed(&self) -> bool {
        !matches!(self.introduction, Introduction::Added(_)) && self.event.chain() != "operator"
    }

    fn chain_opening(&self, index: u64) -> ChainOpening {
        let keys = |wanted: fn(&Listed) -> bool| {
            self.listed.values().filter(|listed| wanted(listed)).map(|listed| listed.key.clone()).collect()
        };
        ChainOpening {
            index,
            hash: self.event.hash(),
            keys: keys(|listed| listed.roles.is_some()),
            recovery: keys(|listed| listed.recovery),
        }
    }
}

fn included_note(entry: &KeyIntroduction, accepted: &Accepted) -> Result<Envelope, Fault> {
    let note = b64::decode(&entry.event).ok_or_else(|| fault("an introducing event is not base64"))?;
    let path: Option<Vec<Hash>> = entry.proof.iter().map(|hash| Hash::from_base64(hash)).collect();
    let path = path.ok_or_else(|| fault("a proof is not made of hashes"))?;
    if !included(accepted, &note, entry.index, &path) {
        return Err(fault("an introducing event is not in the log at its index"));
    }
    parse_event(&note, accepted).ok_or_else(|| fault("an introducing event breaks the grammar or names another log"))
}

fn fault(why: impl Into<String>) -> Fault {
    Fault::new(Step::Introduction, why)
}
