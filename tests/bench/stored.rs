//! A ledger on disk that grows, is closed, and is looked at.

use crate::load::{Chain, Load, World};
use crate::served::options;
use almoner_cli::audit::{Options, Verdict, audit};
use almoner_cli::place::Place;
use almoner_proof::Checkpoint;
use almoner_server::app::{LedgerDirectory, Node};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Events that are signed together, so that a ledger of any size is made in little memory.
const PART: usize = 20_000;
/// Events of one submission.
pub(crate) const SUBMITTED: usize = 1000;
/// Notes that are kept of what was appended, for the limits.
const KEPT: usize = 20_000;

pub(crate) struct Stored {
    dir: tempfile::TempDir,
    chains: Vec<Chain>,
    node: Option<Node>,
}

/// What was appended.
#[derive(Default)]
pub(crate) struct Grown {
    /// The first of the notes.
    pub notes: Vec<String>,
    /// Of all notes.
    pub bytes: usize,
    /// Of each submission.
    pub times: Vec<Duration>,
}

impl Stored {
    /// Charities that are ready to receive, and no gift.
    pub(crate) fn new() -> Stored {
        let dir = tempfile::tempdir().unwrap();
        let World { node, chains } = World::new(dir.path(), options(dir.path()));
        Stored { dir, chains, node: Some(node) }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn open(&mut self) -> &Node {
        let path = self.dir.path();
        self.node.get_or_insert_with(|| {
            Node::open(&LedgerDirectory::new(path), options(path)).unwrap_or_else(|e| panic!("{e:#}"))
        })
    }

    /// The open ledger, for whoever serves it.
    pub(crate) fn take(&mut self) -> Node {
        self.node.take().expect("an open ledger")
    }

    /// Appends so many events of one gift, one submission in flight.
    pub(crate) fn grow(&mut self, events: usize) -> Grown {
        self.open();
        let Stored { chains, node: Some(node), .. } = self else { unreachable!("it was opened") };
        let mut grown = Grown::default();
        let mut left = events;
        while left > 0 {
            let load = Load::gifts(node, chains, left.min(PART), 1);
            left -= left.min(PART);
            for part in load.by_connection(1)[0].chunks(SUBMITTED) {
                let notes: Vec<Vec<u8>> = part.iter().map(|n| n.clone().into_bytes()).collect();
                let start = Instant::now();
                let outcomes = node.submit(notes).unwrap();
                grown.times.push(start.elapsed());
                assert!(outcomes.iter().all(Result::is_ok), "every event must be admitted");
            }
            grown.bytes += load.notes.iter().map(String::len).sum::<usize>();
            let room = KEPT.saturating_sub(grown.notes.len());
            grown.notes.extend(load.notes.into_iter().take(room));
        }
        grown
    }

    /// Stops the node in order, so that everything is published; gives the size.
    pub(crate) fn close(&mut self) -> u64 {
        let node = self.take();
        node.stop();
        node.shared().committed()
    }

    /// What every start makes anew if it is missing: a start without it folds the notes.
    pub(crate) fn forget_replay(&self) {
        for file in self.files().filter(|file| name(file).starts_with("replay")) {
            std::fs::remove_file(file).unwrap();
        }
    }

    /// Bytes of the log.
    pub(crate) fn bytes(&self) -> u64 {
        let log = self.files().filter(|file| ["ledger.sqlite", "ledger.sqlite-wal"].contains(&name(file).as_str()));
        log.map(|file| std::fs::metadata(file).unwrap().len()).sum()
    }

    /// Reads every file of the ledger once: no start that reads all of it can be faster.
    pub(crate) fn read_all(&self) -> Duration {
        let start = Instant::now();
        for file in self.files() {
            std::io::copy(&mut std::fs::File::open(file).unwrap(), &mut std::io::sink()).unwrap();
        }
        start.elapsed()
    }

    fn files(&self) -> impl Iterator<Item = PathBuf> {
        std::fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
    }
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// How long an audit of a closed ledger takes; `accepted` are all its signatures, or none.
pub(crate) fn audited(stored: &Stored, accepted: bool) -> Duration {
    let place = Place::open(stored.path().to_str().unwrap()).unwrap();
    let Checkpoint { size, root, .. } = Checkpoint::of_note(&place.source.checkpoint().unwrap()).unwrap();
    let policy = place.policy(None).unwrap();
    let start = Instant::now();
    let options = Options { policy, accepted_prefix: accepted.then_some((size, root)), ..Options::default() };
    let report = audit(place.judged(), &options);
    let time = start.elapsed();
    assert_eq!(report.verdict, Verdict::Verified, "{:?}", report.findings);
    time
}
