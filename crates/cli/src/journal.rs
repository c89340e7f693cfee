//! What a key has signed: `<key>.journal` beside it, and in `<key>.pending` the notes that nobody has decided yet.
//!
//! Two texts of one key at one place of a chain can be held against a charity by whoever kept both, so a second one is
//! signed only when the ledger says that the first will never be taken. The ledger is asked, and not the user.
//!
//! A line of the journal is `<log> <chain>#<seq> <hash> <state>`: the log by the first 16 hexadecimal digits of the SHA-256
//! of its verifier key (a ledger made anew under an old name is another), the event by its hash, and a state, whose last
//! line counts. Lines are appended, each on the disk before what it speaks of leaves the process.

// Saturating: positions in a chain, which do not come near the edge.

use crate::failure::{Failure, Outcome, While as _};
use crate::output;
use crate::target::{Head, Target};
use almoner_ledger::Code;
use almoner_proof::text::parse_decimal;
use almoner_proof::{Envelope, Hash, VerifierKey};
use almoner_wire::{Draft, Tried};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Digits of a log's name in the journal.
const LOG_DIGITS: usize = 16;

/// What became of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    /// It is on its way, or lies in a file that can travel.
    Sent,
    /// It is in the log, at this index.
    Taken(u64),
    /// The ledger refused it, with this code.
    Refused(String),
    /// Another event stands in its place.
    Dead,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            State::Sent => f.write_str("sent"),
            State::Taken(index) => write!(f, "taken {index}"),
            State::Refused(code) => write!(f, "refused {code}"),
            State::Dead => f.write_str("dead"),
        }
    }
}

/// An event's place in a log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    chain: String,
    seq: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.chain, self.seq)
    }
}

/// The journal of one key, for one log. While it is open nobody else signs with the key.
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
    pending: PathBuf,
    log: String,
    /// What became of each text, by its place and its hash.
    texts: BTreeMap<(Place, Hash), State>,
}

impl Journal {
    /// Opens the journal of a key, or begins it, and waits until nobody else has it.
    ///
    /// # Errors
    /// When it cannot be read or written, or a line of it is none.
    pub(crate) fn open(key: &Path, log: &VerifierKey) -> Outcome<Journal> {
        let beside = |ending: &str| {
            let mut path = key.as_os_str().to_owned();
            path.push(ending);
            PathBuf::from(path)
        };
        let (path, pending) = (beside(".journal"), beside(".pending"));
        let doing = || format!("reading the key's journal {}", path.display());
        let mut file = private().read(true).append(true).open(&path).while_doing(doing())?;
        file.lock().while_doing(doing())?;
        let mut text = String::new();
        file.read_to_string(&mut text).while_doing(doing())?;
        let whole = text.rfind('\n').map_or(0, |end| end.saturating_add(1));
        // A line that was being written when the machine went down: what it spoke of never left.
        if whole < text.len() {
            file.set_len(whole as u64).while_doing(doing())?;
        }
        let log = Hash::of(log.to_string().as_bytes()).to_hex().get(..LOG_DIGITS).unwrap_or_default().to_owned();
        let mut journal = Journal { file, pending, log, texts: BTreeMap::new(), path: path.clone() };
        for (nth, line) in text.get(..whole).unwrap_or_default().lines().enumerate() {
            let (log, place, hash, state) = parsed(line)
                .ok_or_else(|| Failure::new(format!("line {} of it is no entry", nth.saturating_add(1))))
                .while_doing(doing())?;
            if log == journal.log {
                journal.texts.insert((place, hash), state);
            }
        }
        Ok(journal)
    }

    /// Whether a text may be signed, as far as what was signed before decides. Without a ledger nobody can be asked.
    ///
    /// # Errors
    /// `journal.unsure`: another text may still be taken in its place; `chain.fork`: one was; `ledger.lost`: the ledger
    /// has less than it has acknowledged.
    pub(crate) fn allow(&mut self, envelope: &Envelope, ledger: Option<&Target>) -> Outcome {
        let place = Place { chain: envelope.chain().to_owned(), seq: envelope.seq };
        if let Some(ledger) = ledger {
            let head = self.settle(&place.chain, ledger)?;
            if place.seq < head {
                let (index, hash) = standing(&place, ledger)?;
                if hash != envelope.hash() {
                    let whose = if self.texts.contains_key(&(place.clone(), hash)) {
                        "an event of this key"
                    } else {
                        "another event"
                    };
                    return Err(Failure::new(format!("{whose} stands at {place}, at index {index}"))
                        .coded(Code::ChainFork.word())
                        .hint("draft again: `almoner event new` builds on the chain's head"));
                }
            }
        }
        let unsure: Vec<Hash> = self.unsure(&place).filter(|hash| *hash != envelope.hash()).collect();
        for hash in unsure {
            let other = Failure::new(format!("this key has signed another text at {place}, {}", hash.to_base64()))
                .coded("journal.unsure");
            let Some(ledger) = ledger else {
                return Err(other.hint("name the ledger, and it is asked what became of it: --to LEDGER"));
            };
            let Some(note) = self.note(hash)? else {
                return Err(other.hint(format!(
                    "{} does not have it any more: send the file that was signed",
                    self.pending.display()
                )));
            };
            match refusal(&note, ledger)? {
                Some(code) => self.record(&place, hash, State::Refused(code))?,
                None => {
                    return Err(other
                        .hint("the ledger would still take it from whoever has it, so it comes first")
                        .hint("send it with `almoner event resume`, and reverse it then if it is wrong"));
                }
            }
        }
        Ok(())
    }

    /// Writes down that a signed note leaves. It is to leave after this.
    ///
    /// # Errors
    /// When that cannot be written.
    pub(crate) fn sent(&mut self, envelope: &Envelope) -> Outcome {
        let place = Place { chain: envelope.chain().to_owned(), seq: envelope.seq };
        if matches!(self.texts.get(&(place.clone(), envelope.hash())), Some(State::Taken(_))) {
            return Ok(());
        }
        let note = String::from_utf8_lossy(envelope.bytes()).into_owned();
        let mut notes = self.notes()?;
        notes.retain(|kept| hash_of(kept) != Some(envelope.hash()));
        notes.push(note);
        self.keep(&notes)?;
        self.record(&place, envelope.hash(), State::Sent)
    }

    /// Asks the ledger about every text of this log that is not decided, sends again what it does not have, and gives a
    /// line on each.
    ///
    /// # Errors
    /// When the ledger cannot be reached, has lost what it acknowledged, or the journal cannot be written.
    pub(crate) fn resume(&mut self, ledger: &Target) -> Outcome<Vec<String>> {
        let mut told = Vec::new();
        let undecided: Vec<(Place, Hash)> =
            self.texts.iter().filter(|(_, state)| **state == State::Sent).map(|(text, _)| text.clone()).collect();
        for (place, hash) in undecided {
            self.settle(&place.chain, ledger)?;
            if self.texts.get(&(place.clone(), hash)) == Some(&State::Sent) {
                let Some(note) = self.note(hash)? else {
                    told.push(format!("{place}: its text is lost; nothing of it is in the log"));
                    continue;
                };
                let said = ledger.submit(&[note])?;
                let state = match said.first() {
                    Some(crate::target::Said::Accepted { index, .. }) => State::Taken(*index),
                    Some(crate::target::Said::Refused { code, .. }) => State::Refused(code.clone()),
                    None => return Err(Failure::new("the ledger did not answer")),
                };
                self.record(&place, hash, state)?;
            }
            let state = self.texts.get(&(place.clone(), hash)).map(ToString::to_string).unwrap_or_default();
            told.push(format!("{place} {}: {state}", hash.to_base64()));
        }
        ledger.publish()?;
        Ok(told)
    }

    /// Writes down what became of the texts of a chain below its head, and gives the head's next seq.
    fn settle(&mut self, chain: &str, ledger: &Target) -> Outcome<u64> {
        let own = |(place, _): &&(Place, Hash)| place.chain == chain;
        let taken = self.texts.iter().filter(|(text, _)| own(text)).filter_map(|((place, _), state)| match state {
            State::Taken(index) => Some((place.seq, *index)),
            State::Sent | State::Refused(_) | State::Dead => None,
        });
        let last = taken.max();
        let mut head = seq(ledger.head(chain)?);
        // A node that follows another may be a moment behind it.
        for _ in 0..20 {
            if last.is_none_or(|(seq, _)| seq < head) {
                break;
            }
            std::thread::park_timeout(Duration::from_millis(100));
            head = seq(ledger.head(chain)?);
        }
        if let Some((seq, index)) = last.filter(|(seq, _)| *seq >= head) {
            return Err(Failure::refuted(format!(
                "the ledger acknowledged {chain}#{seq} as index {index} and no longer has it"
            ))
            .coded("ledger.lost")
            .hint("keep your receipts, sign nothing, and tell whoever runs it"));
        }
        let below: Vec<(Place, Hash)> = self
            .texts
            .iter()
            .filter(|((place, _), state)| place.chain == chain && place.seq < head && **state == State::Sent)
            .map(|(text, _)| text.clone())
            .collect();
        for (place, hash) in below {
            let (index, there) = standing(&place, ledger)?;
            let state = if there == hash { State::Taken(index) } else { State::Dead };
            self.record(&place, hash, state)?;
        }
        Ok(head)
    }

    /// Texts at a place of which nobody knows what becomes.
    fn unsure(&self, place: &Place) -> impl Iterator<Item = Hash> {
        self.texts
            .range((place.clone(), Hash::default())..)
            .take_while(move |((at, _), _)| at == place)
            .filter(|(_, state)| **state == State::Sent)
            .map(|((_, hash), _)| *hash)
    }

    fn record(&mut self, place: &Place, hash: Hash, state: State) -> Outcome {
        let line = format!("{} {place} {} {state}\n", self.log, hash.to_base64());
        let doing = || format!("writing the key's journal {}", self.path.display());
        self.file.seek(SeekFrom::End(0)).while_doing(doing())?;
        self.file.write_all(line.as_bytes()).while_doing(doing())?;
        self.file.sync_data().while_doing(doing())?;
        let is_decided = state != State::Sent;
        self.texts.insert((place.clone(), hash), state);
        if is_decided {
            let mut notes = self.notes()?;
            let before = notes.len();
            notes.retain(|note| hash_of(note) != Some(hash));
            if notes.len() < before {
                self.keep(&notes)?;
            }
        }
        Ok(())
    }

    /// The note that has this text.
    fn note(&self, hash: Hash) -> Outcome<Option<String>> {
        Ok(self.notes()?.into_iter().find(|note| hash_of(note) == Some(hash)))
    }

    /// Notes that wait, of all logs: lines of JSON, a text each.
    fn notes(&self) -> Outcome<Vec<String>> {
        let doing = || format!("reading the notes that wait, {}", self.pending.display());
        let text = match std::fs::read_to_string(&self.pending) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error).while_doing(doing()),
        };
        text.lines().map(|line| serde_json::from_str(line).while_doing(doing())).collect()
    }

    /// Puts other notes in their place: as a whole, so that a crash leaves the old ones or the new.
    fn keep(&self, notes: &[String]) -> Outcome {
        let doing = || format!("writing the notes that wait, {}", self.pending.display());
        let mut text = String::new();
        for note in notes {
            text.push_str(&serde_json::to_string(note).while_doing(doing())?);
            text.push('\n');
        }
        let mut new = self.pending.clone().into_os_string();
        new.push(".new");
        let mut file = private().write(true).truncate(true).open(&new).while_doing(doing())?;
        file.write_all(text.as_bytes()).while_doing(doing())?;
        file.sync_all().while_doing(doing())?;
        std::fs::rename(&new, &self.pending).while_doing(doing())?;
        // The name, too, must outlive the machine.
        let folder = self.pending.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or_else(|| Path::new("."))).and_then(|folder| folder.sync_all()).while_doing(doing())
    }
}

/// Options for a file that only its owner reads.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

fn seq(head: Option<Head>) -> u64 {
    head.map_or(0, |head| head.seq)
}

fn hash_of(note: &str) -> Option<Hash> {
    Envelope::parse(note.as_bytes()).ok().map(|envelope| envelope.hash())
}

/// Index and hash of the event at a place below a chain's head; what is not published yet is waited for.
fn standing(place: &Place, ledger: &Target) -> Outcome<(u64, Hash)> {
    let found = match ledger.event_at(&place.chain, place.seq)? {
        Some(found) => Some(found),
        None => {
            ledger.settle()?;
            ledger.event_at(&place.chain, place.seq)?
        }
    };
    found
        .ok_or_else(|| Failure::could_not_check(format!("the ledger does not show {place} yet; try again in a second")))
}

/// By which code the ledger would refuse a note; none if it would take it.
fn refusal(note: &str, ledger: &Target) -> Outcome<Option<String>> {
    let tried = ledger.dry_run(&[Draft { text: note.to_owned(), signers: Vec::new() }])?;
    match tried.results.first() {
        Some(Tried::Would(_)) => Ok(None),
        Some(Tried::WouldNot(refused)) => match Code::parse(&refused.code) {
            Some(code) => {
                output::say(&format!("what this key signed there before is refused: {code}"));
                Ok(Some(code.word().to_owned()))
            }
            None => Err(Failure::could_not_check("the ledger refuses it by a code that is not known here")),
        },
        None => Err(Failure::could_not_check("the ledger says nothing of it")),
    }
}

fn parsed(line: &str) -> Option<(String, Place, Hash, State)> {
    let (log, rest) = line.split_once(' ')?;
    let (place, rest) = rest.split_once(' ')?;
    let (chain, seq) = place.split_once('#')?;
    let (hash, state) = rest.split_once(' ')?;
    let state = match state.split_once(' ').map_or((state, None), |(word, more)| (word, Some(more))) {
        ("sent", None) => State::Sent,
        ("dead", None) => State::Dead,
        ("taken", Some(index)) => State::Taken(parse_decimal(index)?),
        ("refused", Some(code)) => State::Refused(code.to_owned()),
        _ => return None,
    };
    let place = Place { chain: chain.to_owned(), seq: parse_decimal(seq)? };
    let is_log = log.len() == LOG_DIGITS && log.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_log.then_some((log.to_owned(), place, Hash::from_base64(hash)?, state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_back_and_nothing_else_is_one() {
        let hash = Hash::of(b"text").to_base64();
        for state in ["sent", "dead", "taken 93", "refused fund.overdrawn"] {
            let line = format!("0123456789abcdef well#7 {hash} {state}");
            let (log, place, read, state) = parsed(&line).unwrap();
            assert_eq!(format!("{log} {place} {} {state}", read.to_base64()), line);
        }
        for bad in ["", "0123456789abcdef", "0123456789abcdef well#7 AA== sent", "0123456789abcdef well#7"] {
            assert!(parsed(bad).is_none(), "{bad}");
        }
        assert!(parsed(&format!("0123456789abcdef well#7 {hash} taken")).is_none());
    }

    #[test]
    fn the_last_line_counts_a_torn_one_does_not_and_another_log_is_another() {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("anna");
        let log = |seed: u8| almoner_proof::SecretKey::from_seed("log.example", &[seed; 32]).verifier();
        let (place, hash) = (Place { chain: "well".to_owned(), seq: 7 }, Hash::of(b"text"));
        {
            let mut journal = Journal::open(&key, &log(1)).unwrap();
            journal.record(&place, hash, State::Sent).unwrap();
            assert_eq!(journal.unsure(&place).collect::<Vec<_>>(), [hash]);
            journal.record(&place, hash, State::Refused("fund.overdrawn".to_owned())).unwrap();
        }
        let mut path = key.clone().into_os_string();
        path.push(".journal");
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"0123 well#8 half").unwrap();
        let journal = Journal::open(&key, &log(1)).unwrap();
        assert_eq!(journal.unsure(&place).count(), 0);
        assert_eq!(journal.texts.len(), 1);
        drop(journal);
        assert!(std::fs::read_to_string(&path).unwrap().ends_with("fund.overdrawn\n"));
        assert!(Journal::open(&key, &log(2)).unwrap().texts.is_empty());
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"no entry\n").unwrap();
        assert!(Journal::open(&key, &log(1)).is_err());
    }
}
