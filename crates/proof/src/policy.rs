//! Policies, c2sp.org/tlog-policy: which log, which witnesses, how many of them.
//!
//! An absent, empty or malformed policy never means "accept".

pub mod search;

use crate::checkpoint::{Checkpoint, verify_cosignature};
use crate::key::{ALG_COSIGNATURE, ALG_ED25519, ALG_MLDSA, KeyError, VerifierKey, split_key};
use crate::mend::{File, Mend, mend};
use crate::note::{Note, NoteError};
use crate::text::parse_decimal;
use std::collections::{BTreeMap, BTreeSet};

/// Largest policy that is read, in bytes: room for a thousand witnesses.
pub const POLICY_MAX: usize = 128 * 1024;

/// A policy that was read without error.
#[derive(Debug, Clone)]
pub struct Policy {
    logs: Vec<VerifierKey>,
    witnesses: BTreeMap<String, Witness>,
    groups: BTreeMap<String, Group>,
    /// Names of the groups as they were defined: members stand before the group that names them.
    order: Vec<String>,
    quorum: Option<String>,
    mended: Vec<Mend>,
}

#[derive(Debug, Clone)]
struct Witness {
    /// `None`: an algorithm that is ignored gracefully; such a witness never counts.
    key: Option<VerifierKey>,
    url: Option<String>,
}

#[derive(Debug, Clone)]
struct Group {
    need: usize,
    members: Vec<String>,
}

/// Why a policy cannot be used; the verdict is then *could not check*.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Over [`POLICY_MAX`] bytes.
    #[error("the policy is over 128 KiB")]
    TooLarge,
    /// A line that is none of log, witness, group, quorum, or has too few or too many words.
    #[error(
        "policy line {0}: expected `log <vkey> [url]`, `witness <name> <vkey> [url]`, `group <name> all|any|<k> <members…>` or `quorum <name>|none`"
    )]
    Line(usize),
    /// A key that cannot be used.
    #[error("policy line {0}: {1}")]
    Key(usize, KeyError),
    /// A name or key that stands twice, or a member that is in two groups.
    #[error("policy line {0}: `{1}` is used twice")]
    Twice(usize, String),
    /// A name used before its line.
    #[error("policy line {0}: `{1}` is not defined above")]
    Undefined(usize, String),
    /// No `quorum` line, or no `log` line.
    #[error("the policy has no `{0}` line")]
    Missing(&'static str),
}

/// Why a checkpoint is not accepted under a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unaccepted {
    /// Not a note.
    #[error("the checkpoint is not a signed note: {0}")]
    Note(#[from] NoteError),
    /// A note, but its text is not a checkpoint.
    #[error("the signed text is not a checkpoint of three lines")]
    Text,
    /// The policy does not name this origin: nothing can be said.
    #[error("the policy does not name the log `{0}`")]
    UnknownOrigin(String),
    /// A known witness's line that fails.
    #[error("the cosignature of witness `{0}` does not verify")]
    BadCosignature(String),
    /// Too few witnesses.
    #[error("the policy's quorum `{0}` is not met")]
    Quorum(String),
}

/// A checkpoint that a policy accepts, and which witnesses stand behind it.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Witness name → time of its cosignature, seconds since 1970.
    pub witnesses: BTreeMap<String, u64>,
}

impl Policy {
    /// Reads a policy, mended first of what mail or an editor did to it; see [`Policy::mended`].
    ///
    /// # Errors
    /// Every [`PolicyError`], with the 1-based line.
    pub fn parse(text: &str) -> Result<Policy, PolicyError> {
        if text.len() > POLICY_MAX {
            return Err(PolicyError::TooLarge);
        }
        let (bytes, mended) = mend(File::Policy, text.as_bytes());
        let text = String::from_utf8_lossy(&bytes);
        let mut policy = Policy {
            logs: Vec::new(),
            witnesses: BTreeMap::new(),
            groups: BTreeMap::new(),
            order: Vec::new(),
            quorum: None,
            mended,
        };
        let mut keys: BTreeSet<[u8; 32]> = BTreeSet::new();
        let mut grouped: BTreeSet<String> = BTreeSet::new();
        let mut quorum_seen = false;
        for (number, line) in (1..).zip(text.split('\n')) {
            // The tab is the only control character of the standard: a carriage return is no space.
            if line.bytes().any(|byte| byte != b'\t' && byte.is_ascii_control()) {
                return Err(PolicyError::Line(number));
            }
            // A comment begins at a word that begins with `#`, so that a URL keeps its fragment.
            let words = line.split([' ', '\t']).filter(|word| !word.is_empty());
            let words: Vec<&str> = words.take_while(|word| !word.starts_with('#')).collect();
            match words.as_slice() {
                [] => {}
                ["log", vkey] | ["log", vkey, _] => {
                    let key = VerifierKey::parse(vkey).map_err(|e| PolicyError::Key(number, e))?;
                    if key.alg != ALG_ED25519 {
                        return Err(PolicyError::Key(number, KeyError::Algorithm));
                    }
                    if !keys.insert(*key.key.bytes()) {
                        return Err(PolicyError::Twice(number, key.to_string()));
                    }
                    policy.logs.push(key);
                }
                ["witness", name, vkey, url @ ..] if url.len() <= 1 => {
                    if policy.defined(name) || *name == "none" {
                        return Err(PolicyError::Twice(number, (*name).to_owned()));
                    }
                    let key = witness_key(vkey).map_err(|e| PolicyError::Key(number, e))?;
                    if key.as_ref().is_some_and(|key| !keys.insert(*key.key.bytes())) {
                        return Err(PolicyError::Twice(number, (*vkey).to_owned()));
                    }
                    let url = url.first().map(|url| (*url).to_owned());
                    policy.witnesses.insert((*name).to_owned(), Witness { key, url });
                }
                ["group", name, need, members @ ..] if !members.is_empty() => {
                    if policy.defined(name) || *name == "none" {
                        return Err(PolicyError::Twice(number, (*name).to_owned()));
                    }
                    for member in members {
                        if !policy.defined(member) {
                            return Err(PolicyError::Undefined(number, (*member).to_owned()));
                        }
                        if !grouped.insert((*member).to_owned()) {
                            return Err(PolicyError::Twice(number, (*member).to_owned()));
                        }
                    }
                    let need = match *need {
                        "all" => members.len(),
                        "any" => 1,
                        k => parse_decimal(k)
                            .and_then(|k| usize::try_from(k).ok())
                            .filter(|k| (1..=members.len()).contains(k))
                            .ok_or(PolicyError::Line(number))?,
                    };
                    let members = members.iter().map(|m| (*m).to_owned()).collect();
                    policy.groups.insert((*name).to_owned(), Group { need, members });
                    policy.order.push((*name).to_owned());
                }
                ["quorum", name] => {
                    if quorum_seen {
                        return Err(PolicyError::Twice(number, "quorum".to_owned()));
                    }
                    quorum_seen = true;
                    if *name != "none" {
                        if !policy.defined(name) {
                            return Err(PolicyError::Undefined(number, (*name).to_owned()));
                        }
                        policy.quorum = Some((*name).to_owned());
                    }
                }
                _ => return Err(PolicyError::Line(number)),
            }
        }
        if policy.logs.is_empty() {
            return Err(PolicyError::Missing("log"));
        }
        if !quorum_seen {
            return Err(PolicyError::Missing("quorum"));
        }
        Ok(policy)
    }

    fn defined(&self, name: &str) -> bool {
        self.witnesses.contains_key(name) || self.groups.contains_key(name)
    }

    /// Whether a log of this origin is named.
    #[must_use]
    pub fn names(&self, origin: &str) -> bool {
        self.logs.iter().any(|log| log.name == origin)
    }

    /// The log keys, in the policy's order.
    #[must_use]
    pub fn logs(&self) -> &[VerifierKey] {
        &self.logs
    }

    /// What was mended before it was read.
    #[must_use]
    pub fn mended(&self) -> &[Mend] {
        &self.mended
    }

    /// Witness names with their URLs, where given.
    pub fn witness_urls(&self) -> impl Iterator<Item = (&str, &str)> {
        self.witnesses.iter().filter_map(|(name, w)| Some((name.as_str(), w.url.as_deref()?)))
    }

    /// Judges a checkpoint note: log signature, each known witness's line, quorum.
    ///
    /// # Errors
    /// [`Unaccepted::UnknownOrigin`] means that nothing can be said; every other one that the
    /// checkpoint does not hold.
    pub fn accept(&self, bytes: &[u8]) -> Result<Accepted, Unaccepted> {
        let note = Note::parse(bytes)?;
        let checkpoint = Checkpoint::parse(note.text).ok_or(Unaccepted::Text)?;
        let mut signed = Err(Unaccepted::UnknownOrigin(checkpoint.origin.clone()));
        for log in self.logs.iter().filter(|log| log.name == checkpoint.origin) {
            match note.verify(log) {
                Ok(()) => signed = Ok(()),
                Err(NoteError::NotSigned) => {
                    if signed.is_err() {
                        signed = Err(Unaccepted::Note(NoteError::NotSigned));
                    }
                }
                Err(bad) => return Err(Unaccepted::Note(bad)),
            }
        }
        signed?;
        let mut witnesses = BTreeMap::new();
        for (name, witness) in &self.witnesses {
            let Some(key) = &witness.key else { continue };
            for line in note.signatures.iter().filter(|line| line.name == key.name && line.id == key.id) {
                let time = verify_cosignature(key, note.text, &line.signature)
                    .ok_or_else(|| Unaccepted::BadCosignature(name.clone()))?;
                witnesses.insert(name.clone(), time);
            }
        }
        if let Some(quorum) = &self.quorum
            && !self.met(quorum, &witnesses)
        {
            return Err(Unaccepted::Quorum(quorum.clone()));
        }
        Ok(Accepted { checkpoint, witnesses })
    }

    /// Whether a witness or group is satisfied. Groups only name what stands above them, so one pass tells, however
    /// deeply they are nested.
    fn met(&self, name: &str, witnesses: &BTreeMap<String, u64>) -> bool {
        let mut met: BTreeSet<&str> = witnesses.keys().map(String::as_str).collect();
        for name in &self.order {
            let Some(group) = self.groups.get(name) else { continue };
            if group.members.iter().filter(|member| met.contains(member.as_str())).count() >= group.need {
                met.insert(name);
            }
        }
        met.contains(name)
    }
}

fn witness_key(vkey: &str) -> Result<Option<VerifierKey>, KeyError> {
    match split_key(vkey)?.2.first() {
        Some(&ALG_MLDSA) => Ok(None),
        Some(&ALG_COSIGNATURE) => VerifierKey::parse(vkey).map(Some),
        _ => Err(KeyError::Algorithm),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SecretKey;

    #[test]
    fn groups_nest_as_deeply_as_a_policy_is_long() {
        let witness = SecretKey::from_seed("w.example", &[2; 32]).verifier();
        let witness = VerifierKey::new("w.example", ALG_COSIGNATURE, witness.key);
        let log = SecretKey::from_seed("a.example", &[1; 32]);
        let mut text = format!("log {}\nwitness g0 {witness}\n", log.verifier());
        let mut deepest = 0;
        while text.len() < POLICY_MAX - 100 {
            text.push_str(&format!("group g{} any g{deepest}\n", deepest + 1));
            deepest += 1;
        }
        text.push_str(&format!("quorum g{deepest}\n"));
        let policy = Policy::parse(&text).unwrap();
        let note = Checkpoint { origin: "a.example".to_owned(), size: 0, root: crate::merkle::empty_root() }.sign(&log);
        let unmet = policy.accept(note.as_bytes()).map(|_| ());
        assert_eq!(unmet, Err(Unaccepted::Quorum(format!("g{deepest}"))));
        assert!(policy.met(&format!("g{deepest}"), &BTreeMap::from([("g0".to_owned(), 1)])));
        let longer = text + &"#".repeat(200);
        assert_eq!(Policy::parse(&longer).map(|_| ()), Err(PolicyError::TooLarge));
    }
}
