//! One who writes a ledger as a sequencer does: an append, a pin, the next append, until somebody else has claimed.

use crate::kept::Batches;
use acceptance::bare::items;
use almoner_store::{Anchor, Append, Cluster, FileAnchor, KurrentAnchor, KurrentLog, Log, Pinned, StoreError, Swap};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Entries of a batch, and bytes of each.
const BATCH: u64 = 5;
const BYTES: usize = 300;

/// How often a holder looks whether another has claimed, as a sequencer does.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// In so long whoever was refused must find the claim that it was refused for, and a new holder what was pinned.
const FOLLOWS: Duration = Duration::from_secs(5);

/// Where the server answers, nothing takes so long.
const HANGS: Duration = Duration::from_secs(60);

/// What a holder tells; a batch is named by the number of its first item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Word {
    Sent {
        seq: u64,
    },
    /// `Conflict`: none of it may be there.
    Refused {
        seq: u64,
    },
    /// Appended at this index, and pinned.
    Acknowledged {
        seq: u64,
        index: u64,
    },
    /// Another has claimed.
    Deposed,
    /// It was told to end.
    Done,
    Failed(String),
}

/// A ledger's log and anchor, opened but not claimed.
pub(crate) struct Handle {
    log: KurrentLog,
    anchor: KurrentAnchor,
}

impl Handle {
    /// A new ledger, with its files beside the others of the room.
    pub(crate) fn create(cluster: &Cluster, ledger: &str, room: &Path) -> Result<Handle, StoreError> {
        let log = KurrentLog::create(cluster, ledger, acceptance::voice(), room.join(format!("{ledger}-mirror")))?;
        Handle::with(log, cluster, ledger, &room.join(format!("{ledger}-anchor")))
    }

    /// The same ledger, as another machine opens it: `name` tells its files, which stay, from others.
    pub(crate) fn open(cluster: &Cluster, ledger: &str, room: &Path, name: &str) -> Result<Handle, StoreError> {
        let mirror = room.join(format!("{ledger}-mirror-{name}"));
        let log = KurrentLog::open(cluster, ledger, acceptance::voice(), mirror)?;
        Handle::with(log, cluster, ledger, &room.join(format!("{ledger}-anchor-{name}")))
    }

    fn with(log: KurrentLog, cluster: &Cluster, ledger: &str, anchor: &Path) -> Result<Handle, StoreError> {
        let anchor = KurrentAnchor::open(cluster, ledger, acceptance::voice(), file_anchor(anchor)?)?;
        Ok(Handle { log, anchor })
    }

    /// Claims, and takes in what others stored, at least what they pinned.
    pub(crate) fn take_over(&self) -> Result<(), StoreError> {
        self.anchor.take_over()?;
        let since = Instant::now();
        loop {
            self.log.refresh()?;
            let (size, pinned) = (self.log.size()?, self.anchor.read()?.map_or(0, |pinned| pinned.size));
            if size >= pinned {
                return Ok(());
            }
            if since.elapsed() > FOLLOWS {
                let why = format!("{pinned} entries are pinned, and only {size} of them can be read");
                return Err(StoreError::Stopped { why });
            }
        }
    }

    /// Writes without a pause until it is deposed, fails, or is told to end. `chain` tells its entries from others'.
    pub(crate) fn hold(&self, chain: u32, ended: &AtomicBool, tell: &mut dyn FnMut(Word)) {
        let (writing, is_writing) = channel::<()>();
        std::thread::scope(|scope| {
            // As a sequencer does: an append that hangs does not keep it from seeing a claim.
            scope.spawn(move || {
                while is_writing.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
                    if self.anchor.is_taken().is_ok_and(|is_taken| is_taken) {
                        self.log.stop_waiting();
                        self.anchor.stop_waiting();
                    }
                }
            });
            let last = self.write(chain, ended, tell);
            tell(last);
            drop(writing);
        });
    }

    fn write(&self, chain: u32, ended: &AtomicBool, tell: &mut dyn FnMut(Word)) -> Word {
        for seq in (0..).step_by(BATCH as usize) {
            if ended.load(Ordering::Relaxed) {
                return Word::Done;
            }
            let index = match self.log.size() {
                Ok(size) => size,
                Err(error) => return Word::Failed(error.to_string()),
            };
            tell(Word::Sent { seq });
            match self.log.append(index, &items(chain, seq, BATCH, BYTES)) {
                Append::Appended => {}
                Append::Conflict { .. } => {
                    tell(Word::Refused { seq });
                    // The last batch of one who was deposed, or the first of one who has claimed.
                    if let Err(error) = self.log.refresh() {
                        return self.ended(&error.to_string());
                    }
                    if self.anchor.is_taken().is_ok_and(|is_taken| is_taken) {
                        return Word::Deposed;
                    }
                    continue;
                }
                Append::Unknown { why } => return self.ended(&why),
            }
            match self.pin(index + BATCH) {
                Ok(Swap::Swapped) => tell(Word::Acknowledged { seq, index }),
                Ok(Swap::Conflict { .. }) => return self.ended("the pin was refused"),
                Ok(Swap::Unknown { why }) => return self.ended(&why),
                Err(error) => return self.ended(&error.to_string()),
            }
        }
        Word::Done
    }

    fn pin(&self, size: u64) -> Result<Swap, StoreError> {
        Ok(self.anchor.swap(self.anchor.read()?.as_ref(), &pinned(size)))
    }

    /// One batch, pinned and published.
    pub(crate) fn write_one(&self) -> Result<(), StoreError> {
        let size = self.log.size()?;
        let unlike = |answer: String| StoreError::Stopped { why: answer };
        match self.log.append(size, &items(1, size, BATCH, BYTES)) {
            Append::Appended => {}
            answer => return Err(unlike(format!("{answer:?}"))),
        }
        match self.pin(size + BATCH)? {
            Swap::Swapped => self.log.put_checkpoint(&pinned(size + BATCH)),
            answer => Err(unlike(format!("{answer:?}"))),
        }
    }

    /// Why a holder ends: because another has claimed, or else it must not have been refused.
    fn ended(&self, why: &str) -> Word {
        let since = Instant::now();
        while since.elapsed() < FOLLOWS {
            if self.anchor.is_taken().is_ok_and(|is_taken| is_taken) {
                return Word::Deposed;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Word::Failed(format!("{why}, and nobody else has claimed"))
    }
}

fn pinned(size: u64) -> Pinned {
    let mut root = [0; 32];
    root[..8].copy_from_slice(&size.to_be_bytes());
    Pinned { size, root, note: format!("note of {size}").into_bytes() }
}

/// The anchor's own file, made where it is not there.
pub(crate) fn file_anchor(path: &Path) -> Result<FileAnchor, StoreError> {
    match FileAnchor::open(path) {
        Err(StoreError::AnchorMissing { .. }) => FileAnchor::create(path),
        opened => opened,
    }
}

/// A holder, heard from outside.
pub(crate) struct Holder {
    pub(crate) chain: u32,
    words: Receiver<(Instant, Word)>,
    heard: Vec<Word>,
}

impl Holder {
    pub(crate) fn new(chain: u32, words: Receiver<(Instant, Word)>) -> Holder {
        Holder { chain, words, heard: Vec::new() }
    }

    /// Waits until it has acknowledged so many batches more; when that was.
    pub(crate) fn acknowledges(&mut self, count: u32) -> Result<Instant, String> {
        let mut at = Instant::now();
        for _ in 0..count {
            at = self.until(|word| matches!(word, Word::Acknowledged { .. }))?;
        }
        Ok(at)
    }

    /// Waits until it knows that it was deposed; when that was.
    pub(crate) fn is_deposed(&mut self) -> Result<Instant, String> {
        self.until(|word| *word == Word::Deposed)
    }

    fn until(&mut self, is_it: impl Fn(&Word) -> bool) -> Result<Instant, String> {
        let since = Instant::now();
        loop {
            let wait = HANGS.saturating_sub(since.elapsed());
            let (at, word) = match self.words.recv_timeout(wait) {
                Ok(heard) => heard,
                Err(RecvTimeoutError::Timeout) => return Err(format!("holder {} says nothing more", self.chain)),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(format!("holder {} has ended: {:?}", self.chain, self.heard.last()));
                }
            };
            let found = is_it(&word);
            self.heard.push(word);
            if found {
                return Ok(at);
            }
        }
    }

    /// Waits until it is gone, and its files are free.
    pub(crate) fn is_gone(&mut self) {
        self.heard.extend(self.words.iter().map(|(_, word)| word));
    }

    /// All that it was told, when it is gone.
    pub(crate) fn batches(mut self) -> Batches {
        self.is_gone();
        let items = |seq| items(self.chain, seq, BATCH, BYTES);
        let (mut batches, mut open) = (Batches::default(), BTreeMap::new());
        for word in &self.heard {
            match word {
                Word::Sent { seq } => drop(open.insert(*seq, items(*seq))),
                Word::Refused { seq } => batches.refused.extend(open.remove(seq)),
                Word::Acknowledged { seq, index } => {
                    batches.stored.extend(open.remove(seq).map(|items| (*index, items)));
                }
                Word::Deposed | Word::Done => {}
                Word::Failed(why) => batches.ended = Some(why.clone()),
            }
        }
        batches.open = open.into_values().collect();
        batches
    }
}
