//! The anchor of a ledger on a cluster: this machine's file, and a stream that all machines see.

// Saturating: revisions of a stream and sizes of the log. The cluster's are below 2^63, so what comes after one always
// exists; what is left of a stretch is nothing at the least. Claims are counted by start.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventstore::EventData;
use uuid::Uuid;

use super::holding::{Found, Holding};
use super::link::{Behind, Link, Start};
use super::patience::{Patience, Pauses};
use super::streams::Streams;
use super::texts::{Claim, Holder, Id, Pin, Seal, Text, To, Voice};
use super::trouble::Trouble;
use super::{Cluster, Timing, wire};
use crate::port::may_swap;
use crate::{Anchor, FileAnchor, Pinned, StoreError, Swap};

/// Events asked for at once while the newest pin is looked for from the stream's end, at first and at most.
const LOOK_BACK: usize = 8;
const LOOK_BACK_MAX: usize = 512;

/// How many ledgers' seals are followed, each to the next.
const SEALS_MAX: usize = 64;

/// An [`Anchor`] in a stream, with a file of this machine's own beside it.
///
/// What is pinned is the stream's newest checkpoint that counts; the file holds what this machine pinned last. A stream
/// below the file was cut or restored. Who may pin is told by the stream, too: a handle that has not claimed it, or after
/// which another has, can pin and so acknowledge nothing, however fast it appends.
pub struct KurrentAnchor {
    stream: String,
    timing: Timing,
    patience: Arc<Patience>,
    link: Link,
    /// Looks for other claims while a pin is under way; it waits for little.
    watch: Link,
    file: FileAnchor,
    holder: Holder,
    voice: Arc<dyn Voice>,
    /// What is known of the stream; locked for a moment only.
    holding: Mutex<Holding>,
    /// One append at a time.
    turn: Mutex<()>,
}

impl KurrentAnchor {
    /// Opens a ledger's stream beside a file. Nothing is claimed yet.
    ///
    /// # Errors
    /// [`StoreError::Stream`] where the stream is behind the file or says otherwise; [`StoreError::Unreachable`].
    pub fn open(cluster: &Cluster, ledger: &str, voice: Arc<dyn Voice>, file: FileAnchor) -> Result<Self, StoreError> {
        let standing = Standing::at(cluster, ledger, voice.as_ref())?;
        Self::beside(cluster, standing, voice, file)
    }

    /// As [`KurrentAnchor::open`], wherever seals have moved the ledger since; its name there comes with it.
    ///
    /// # Errors
    /// Those; [`StoreError::Moved`] where it has left the cluster; [`StoreError::Stream`] where seals lead in a circle.
    pub fn find(
        cluster: &Cluster,
        origin: &str,
        voice: Arc<dyn Voice>,
        file: FileAnchor,
    ) -> Result<(Self, String), StoreError> {
        let standing = Standing::find(cluster, origin, voice.as_ref())?;
        let ledger = standing.ledger.clone();
        if let Some(seal) = &standing.holding.seal {
            return Err(seal.moved(&Streams::of(&ledger).anchor));
        }
        Ok((Self::beside(cluster, standing, voice, file)?, ledger))
    }

    fn beside(
        cluster: &Cluster,
        standing: Standing,
        voice: Arc<dyn Voice>,
        file: FileAnchor,
    ) -> Result<Self, StoreError> {
        let Standing { ledger, link, patience, holding } = standing;
        let stream = Streams::of(&ledger).anchor;
        if let Some(own) = file.read()? {
            let shared = holding.newest.as_ref();
            let behind = shared
                .is_none_or(|shared| shared.size < own.size || (shared.size == own.size && shared.root != own.root));
            if behind {
                return Err(StoreError::Stream {
                    what: format!(
                        "it pins {} entries, and this machine pinned {}",
                        shared.map_or_else(|| "no".to_owned(), |shared| shared.size.to_string()),
                        own.size
                    ),
                    stream,
                    next: "the cluster was restored from an old backup, or is another ledger's: restore a newer one",
                });
            }
        }
        Ok(Self {
            stream,
            timing: cluster.timing,
            patience: Arc::new(patience),
            link,
            watch: Link::new(cluster.clone().with_timing(cluster.timing.impatient())),
            file,
            holder: *Uuid::new_v4().as_bytes(),
            voice,
            holding: Mutex::new(holding),
            turn: Mutex::default(),
        })
    }

    /// The name under which a ledger stands on a cluster now: its origin, or where seals have moved it there since; and
    /// the seal behind which it left the cluster, if it did.
    ///
    /// # Errors
    /// [`StoreError::Stream`] where seals lead in a circle; [`StoreError::Unreachable`].
    pub fn standing(cluster: &Cluster, origin: &str, voice: &dyn Voice) -> Result<(String, Option<Seal>), StoreError> {
        let standing = Standing::find(cluster, origin, voice)?;
        Ok((standing.ledger, standing.holding.seal))
    }

    /// Whether somebody who has the log's key ever claimed the stream.
    #[must_use]
    pub fn is_claimed(&self) -> bool {
        self.holding().number > 0
    }

    /// Becomes the one who pins. Always succeeds in the end while the cluster answers: the server takes a claim wherever
    /// the stream ends. `from` is the directory that the ledger is brought back from, behind a seal that names it.
    ///
    /// # Errors
    /// [`StoreError::Moved`] behind a seal; [`StoreError::ReadOnly`] without the log's key; [`StoreError::Unreachable`].
    pub fn claim(&self, from: Option<Id>) -> Result<(), StoreError> {
        self.in_turn(|holding| self.claim_from(holding, from))
    }

    fn claim_from(&self, holding: &mut Holding, from: Option<Id>) -> Result<(), StoreError> {
        loop {
            if let Some(seal) = holding.seal.clone().filter(|seal| from.is_none_or(|from| !seal.to.is_directory(from)))
            {
                return Err(seal.moved(&self.stream));
            }
            let number = holding.number.saturating_add(1);
            let claim = Text::Claim(Claim { holder: self.holder, number, from });
            self.append_anywhere(holding, &claim)?;
            if holding.holder == Some(self.holder) && holding.number == number {
                return Ok(());
            }
            // Another claimed at the same moment, or has since: what it pinned is taken over next.
        }
    }

    /// Appends the identical event until the server says where it stands, and takes in everything up to there. Once more
    /// than needed does no harm: the second copy has a number that does not follow.
    fn append_anywhere(&self, holding: &mut Holding, text: &Text) -> Result<(), StoreError> {
        let (event, _) = self.event(text).ok_or(StoreError::ReadOnly)?;
        let mut pauses = Pauses::until(&self.patience, &self.timing);
        let mut place = None;
        loop {
            let trouble = match place {
                None => match self.link.append(&self.stream, Behind::Anything, vec![event.clone()]) {
                    // Right behind what is known: there is nothing to read.
                    Ok(revision) if revision == holding.next => {
                        holding.take(&Found { revision, text: Some(text.clone()) });
                        return Ok(());
                    }
                    Ok(revision) => {
                        place = Some(revision);
                        continue;
                    }
                    Err(trouble @ (Trouble::Denied | Trouble::Deleted)) => return Err(trouble.at(&self.stream)),
                    Err(trouble) => trouble,
                },
                Some(place) => match self.stream().take(&self.link, holding, None) {
                    Ok(()) if holding.next > place => return Ok(()),
                    // A node that does not know yet that it follows.
                    Ok(()) => Trouble::Unknown(format!("revision {place} is stored and not shown")),
                    Err(trouble) => trouble,
                },
            };
            if !pauses.pause("claim the anchor", &trouble.to_string()) || pauses.waited() > self.timing.opening {
                return Err(StoreError::Unreachable { why: trouble.to_string() });
            }
        }
    }

    /// Ends what stands here: the newest checkpoint is pinned once more, and says where the ledger went. Nobody can pin
    /// behind it but who brings the ledger back.
    pub fn close(&self, expected: &Pinned, to: To, time: &str) -> Swap {
        self.in_turn(|holding| {
            self.write(holding, Some(expected), expected, &|pin| {
                Text::Seal(Seal { pin, to: to.clone(), time: time.to_owned() })
            })
        })
    }

    /// Pins on this machine what the stream pins.
    pub fn pin_here(&self, pinned: &Pinned) -> Swap {
        match self.file.read() {
            Ok(own) => self.file.swap(own.as_ref(), pinned),
            Err(error) => Swap::Unknown { why: error.to_string() },
        }
    }

    /// As the log's append: the identical event until it succeeds, or something else stands in its place. A refusal that
    /// shows nothing new is looked at again: it may come before what it rests on can be read.
    fn write(
        &self,
        holding: &mut Holding,
        expected: Option<&Pinned>,
        next: &Pinned,
        make: &dyn Fn(Pin) -> Text,
    ) -> Swap {
        let mut pauses = Pauses::new(&self.patience, &self.timing);
        let mut is_first = true;
        loop {
            if holding.holder != Some(self.holder) || !may_swap(holding.newest.as_ref(), expected, next) {
                return Swap::Conflict { found: holding.newest.clone() };
            }
            let at = holding.next;
            let text = make(Pin { holder: self.holder, number: holding.number, at, pinned: next.clone() });
            let Some((event, id)) = self.event(&text) else {
                return Swap::Unknown { why: StoreError::ReadOnly.to_string() };
            };
            let trouble = match self.link.append(&self.stream, Behind::next(at), vec![event]) {
                Ok(revision) if revision == at => {
                    holding.take(&Found { revision, text: Some(text) });
                    return Swap::Swapped;
                }
                Ok(revision) => {
                    return Swap::Unknown { why: format!("the anchor was stored at revision {revision}, not {at}") };
                }
                Err(trouble) => trouble,
            };
            let looks_at_once = is_first && trouble == Trouble::Conflict;
            if !looks_at_once && !pauses.pause("pin a checkpoint", &trouble.to_string()) {
                return Swap::Unknown { why: format!("given up while the cluster did not answer: {trouble}") };
            }
            is_first = false;
            match self.stream().take(&self.link, holding, Some(id)) {
                Ok(()) | Err(Trouble::Unknown(_) | Trouble::Conflict) => {}
                Err(trouble) => return Swap::Unknown { why: trouble.at(&self.stream).to_string() },
            }
        }
    }

    fn event(&self, text: &Text) -> Option<(EventData, Uuid)> {
        Some(wire::anchored(text, self.voice.sign(&text.write(&self.stream))?))
    }

    /// One append after another; what is known meanwhile can be looked at.
    fn in_turn<T>(&self, work: impl FnOnce(&mut Holding) -> T) -> T {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut holding = self.holding().clone();
        let done = work(&mut holding);
        *self.holding() = holding;
        done
    }

    fn stream(&self) -> Stream<'_> {
        Stream { name: &self.stream, voice: self.voice.as_ref() }
    }

    fn holding(&self) -> MutexGuard<'_, Holding> {
        self.holding.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An anchor stream as it was found, and the connection over which it was.
struct Standing {
    ledger: String,
    link: Link,
    patience: Patience,
    holding: Holding,
}

impl Standing {
    fn at(cluster: &Cluster, ledger: &str, voice: &dyn Voice) -> Result<Self, StoreError> {
        let (link, patience) = (Link::new(cluster.clone()), Patience::with(cluster));
        let stream = Stream { name: &Streams::of(ledger).anchor, voice };
        let holding = patience.insist(&cluster.timing, "look at the anchor", || stream.open(&link))?;
        Ok(Self { ledger: ledger.to_owned(), link, patience, holding })
    }

    /// Where a ledger stands now: seals are followed, each to the next.
    fn find(cluster: &Cluster, origin: &str, voice: &dyn Voice) -> Result<Self, StoreError> {
        let mut standing = Self::at(cluster, origin, voice)?;
        for _ in 0..SEALS_MAX {
            match &standing.holding.seal {
                Some(Seal { to: To::Ledger(next), .. })
                    if Streams::number(next, origin) > Streams::number(&standing.ledger, origin) =>
                {
                    standing = Self::at(cluster, next, voice)?;
                }
                _ => return Ok(standing),
            }
        }
        Err(StoreError::Stream {
            stream: Streams::of(origin).anchor,
            what: format!("more than {SEALS_MAX} seals follow each other"),
            next: "compare with the witnesses, and name the newest streams to the maintainers",
        })
    }
}

/// An anchor stream, to be read.
struct Stream<'a> {
    name: &'a str,
    voice: &'a dyn Voice,
}

impl Stream<'_> {
    /// The state at the stream's end: from the newest pin at its own revision, which tells all before it.
    fn open(&self, link: &Link) -> Result<Holding, StoreError> {
        let mut behind: Vec<Found> = Vec::new();
        let mut count = LOOK_BACK;
        let mut start = Start::Last;
        let mut holding = loop {
            let mut page = 0;
            let mut base = None;
            let read = link.read(self.name, start, count, &mut |events| {
                page += events.len();
                for event in events {
                    if base.is_none() {
                        let found = wire::read_anchored(&event, self.name, self.voice);
                        base = found.text.as_ref().and_then(|text| Holding::at(found.revision, text));
                        if base.is_none() {
                            behind.push(found);
                        }
                    }
                }
                Ok::<(), Trouble>(())
            });
            match read {
                Ok(()) => {}
                Err(Trouble::Missing) => break Holding::default(),
                Err(trouble) => return Err(trouble.at(self.name)),
            }
            let first = behind.last().and_then(|found| found.revision.checked_sub(1));
            match (base, first) {
                (Some(base), _) => break base,
                (None, Some(before)) if page >= count => start = Start::Back(before),
                (None, _) => break Holding::default(),
            }
            count = count.saturating_mul(8).min(LOOK_BACK_MAX);
        };
        for found in behind.iter().rev() {
            holding.take(found);
        }
        if holding.foreign > 0 {
            self.warn(holding.foreign);
        }
        Ok(holding)
    }

    /// Takes in what came since, up to the event of an id if there is one.
    fn take(&self, link: &Link, holding: &mut Holding, until: Option<Uuid>) -> Result<(), Trouble> {
        let before = holding.foreign;
        let mut is_done = false;
        let read = link.read(self.name, Start::Revision(holding.next), usize::MAX, &mut |events| {
            for event in events {
                is_done |= Some(event.id) == until;
                if !is_done {
                    holding.take(&wire::read_anchored(&event, self.name, self.voice));
                }
            }
            Ok::<(), Trouble>(())
        });
        if holding.foreign > before {
            self.warn(holding.foreign);
        }
        match read {
            Ok(()) | Err(Trouble::Missing) => Ok(()),
            Err(trouble) => Err(trouble),
        }
    }

    fn warn(&self, foreign: u64) {
        tracing::error!(
            stream = self.name,
            foreign,
            "events in the anchor stream are not this ledger's, and are passed over: let nobody but the ledger's user \
             write there"
        );
    }
}

impl Anchor for KurrentAnchor {
    fn read(&self) -> Result<Option<Pinned>, StoreError> {
        Ok(self.holding().newest.clone())
    }

    fn swap(&self, expected: Option<&Pinned>, next: &Pinned) -> Swap {
        let answer = self.in_turn(|holding| self.write(holding, expected, next, &Text::Pin));
        if answer != Swap::Swapped {
            return answer;
        }
        self.pin_here(next)
    }

    fn own(&self) -> Result<Option<Pinned>, StoreError> {
        self.file.read()
    }

    fn is_in_place(&self) -> Result<(), StoreError> {
        self.file.is_in_place()
    }

    fn take_over(&self) -> Result<(), StoreError> {
        self.claim(None)
    }

    fn is_taken(&self) -> Result<bool, StoreError> {
        // While a pin is under way what is seen here is not kept: the pin reads it, too.
        let turn = self.turn.try_lock().ok();
        let mut holding = self.holding().clone();
        let looked = self.stream().take(&self.watch, &mut holding, None);
        looked.map_err(|trouble| trouble.at(&self.stream))?;
        let is_taken = holding.holder != Some(self.holder);
        if turn.is_some() {
            *self.holding() = holding;
        }
        Ok(is_taken)
    }

    fn foreign(&self) -> u64 {
        self.holding().foreign
    }

    fn stop_waiting(&self) {
        self.patience.end();
    }
}
