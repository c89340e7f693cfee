//! Where a log is read: a ledger's directory, a directory of tiles, or a URL; and its policy.

// Saturating: positions, sizes and counts of what is stored or in memory, which do not come near the edge; a number
// from outside that meets it is beyond every log, where nothing is found.

use crate::audit::{Options, Verdict, audit_into};
use crate::failure::{Failure, Outcome, While as _};
use crate::output;
use crate::source::{DirSource, HttpSource, Source, SourceError, read_file};
use crate::target::is_url;
use almoner_ledger::Admitted;
use almoner_proof::hash::Hash;
use almoner_proof::merkle::{Subtrees, inclusion_path, leaf_hash, range_root, root_of, verify_inclusion};
use almoner_proof::policy::search::{self, Found, Places};
use almoner_proof::policy::{POLICY_MAX, Unaccepted};
use almoner_proof::tile::{Tile, split_bundle, split_tile};
use almoner_proof::{Checkpoint, Envelope};
use almoner_server::app::{LedgerDirectory, Reader};
use almoner_views::Views;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Tiles of hashes that are kept while paths are read: 64 of 8 KiB.
const TILES_KEPT: usize = 64;

/// A ledger's directory as tiles.
#[derive(Clone)]
struct LedgerSource {
    reader: Arc<Reader>,
    name: String,
    /// Whether the bytes go to an audit, which hashes them itself and names the first that cannot be right.
    is_judged: bool,
}

impl Source for LedgerSource {
    fn checkpoint(&self) -> Result<Vec<u8>, SourceError> {
        Ok(self.reader.checkpoint().to_vec())
    }
    fn tile(&self, tile: &Tile) -> Result<Option<Vec<u8>>, SourceError> {
        let wrong = |why: String| SourceError::Wrong { what: tile.to_string(), why };
        if self.is_judged {
            return self.reader.stored_tile(tile).map_err(|error| wrong(error.to_string()));
        }
        self.reader.tile(tile).map_err(|error| wrong(error.to_string()))
    }
    fn name(&self) -> String {
        self.name.clone()
    }
}

/// A log that can be read, and where its policy may lie.
pub struct Place {
    /// The log.
    pub source: Box<dyn Source>,
    /// The same with the bytes as they are stored, where that is not the same.
    stored: Option<LedgerSource>,
    /// A directory that may hold `policy`; none for a server, whose word is not taken.
    directory: Option<PathBuf>,
    /// Its own store, whose bytes this machine verified when it took them.
    own: bool,
}

impl Place {
    /// Opens a LEDGER for reading.
    ///
    /// # Errors
    /// When there is nothing to read.
    pub fn open(ledger: &str) -> Outcome<Place> {
        Place::open_at(ledger, None)
    }

    /// Opens a LEDGER for reading as it was published at a size. Only a ledger's own directory keeps
    /// its earlier checkpoints.
    ///
    /// # Errors
    /// When there is nothing to read, or no checkpoint of that size.
    pub fn open_at(ledger: &str, size: Option<u64>) -> Outcome<Place> {
        if size.is_some() && (is_url(ledger) || !LedgerDirectory::new(ledger).exists()) {
            return Err(Failure::usage("--at needs a ledger's own directory: only it keeps earlier checkpoints"));
        }
        if is_url(ledger) {
            return Ok(Place { source: Box::new(HttpSource::new(ledger)), stored: None, directory: None, own: false });
        }
        let path = PathBuf::from(ledger);
        let directory = LedgerDirectory::new(&path);
        if directory.exists() {
            let reader = Reader::open(&directory, size).map_err(|e| Failure::could_not_check(e.to_string()))?;
            let reader = reader.ok_or_else(|| match size {
                None => Failure::could_not_check("nothing is published in this ledger yet"),
                Some(size) => Failure::usage(format!(
                    "no checkpoint of size {size} was published; sizes are published at most once a second"
                )),
            })?;
            let source = LedgerSource { reader: Arc::new(reader), name: ledger.to_owned(), is_judged: false };
            let stored = Some(LedgerSource { is_judged: true, ..source.clone() });
            return Ok(Place { source: Box::new(source), stored, directory: Some(path), own: true });
        }
        if !path.is_dir() {
            return Err(Failure::could_not_check(format!("{ledger} is neither a directory nor a URL")));
        }
        Ok(Place { source: Box::new(DirSource::new(&path)), stored: None, directory: Some(path), own: false })
    }

    /// The log for an audit.
    #[must_use]
    pub fn judged(&self) -> &dyn Source {
        self.stored.as_ref().map_or(self.source.as_ref(), |stored| stored)
    }

    /// The policy: `--policy`; the one kept for the origin; a file `policy` in the directory.
    ///
    /// # Errors
    /// See [`find_policy`].
    pub fn policy(&self, named: Option<&Path>) -> Outcome<Option<Found>> {
        let beside = self.directory.as_ref().map(|dir| dir.join("policy"));
        let origin = self.source.checkpoint().ok().and_then(|bytes| Checkpoint::of_note(&bytes)).map(|c| c.origin);
        find_policy(named, beside.as_deref(), origin.as_deref())
    }

    /// The newest checkpoint, and whether a policy accepts it. Without a policy it is only told: then its size bounds
    /// and allocates nothing.
    ///
    /// # Errors
    /// When there is no checkpoint, or a policy is there and does not accept it.
    pub fn told(&self) -> Outcome<Told> {
        let note = self.source.checkpoint()?;
        let unreadable = || Failure::refuted("the checkpoint cannot be read");
        let checkpoint = Checkpoint::of_note(&note).ok_or_else(unreadable)?;
        let beside = self.directory.as_ref().map(|dir| dir.join("policy"));
        let policy = find_policy(None, beside.as_deref(), Some(&checkpoint.origin))?;
        if let Some(Found { policy, file, .. }) = &policy {
            let source = file.display();
            policy.accept(&note).map_err(|why| match why {
                Unaccepted::UnknownOrigin(_) => Failure::could_not_check(format!("by the policy {source}: {why}")),
                Unaccepted::Note(_) | Unaccepted::Text | Unaccepted::BadCosignature(_) | Unaccepted::Quorum(_) => {
                    Failure::refuted(format!("by the policy {source}: {why}"))
                }
            })?;
        }
        Ok(Told { note, checkpoint, is_checked: policy.is_some() })
    }

    /// Folds the log into views; `observe` sees every event. Everything is checked but, for one's
    /// own store, signatures: those were verified when the events were taken.
    ///
    /// # Errors
    /// Refuted or could not check, as an audit would say.
    pub fn fold(&self, mut observe: impl FnMut(&Admitted)) -> Outcome<Folded> {
        let checkpoint = self.source.checkpoint()?;
        let policy = self.policy(None)?.ok_or_else(no_policy)?;
        let policy_source = policy.source;
        if !self.own && policy_source == search::Source::Beside {
            output::say(&format!("read{}, {}", policy_source.said(), policy.file.display()));
        }
        let parsed = Checkpoint::of_note(&checkpoint);
        let accepted_prefix = parsed.filter(|_| self.own).map(|c| (c.size, c.root));
        let bar = output::progress("reading the log", accepted_prefix.map_or(0, |(size, _)| size));
        let policy = Some(policy);
        let options = Options { policy, accepted_prefix, progress: &output::follow(&bar), ..Options::default() };
        let mut views = Views::default();
        let (report, _) = audit_into(self.judged(), &options, &mut |admitted| {
            views.fold(&admitted.done);
            observe(admitted);
        });
        bar.finish_and_clear();
        let text = || report.findings.iter().map(|f| f.text.clone()).collect::<Vec<_>>().join("; ");
        match report.verdict {
            Verdict::Verified => {}
            Verdict::Refuted => return Err(Failure::refuted(text())),
            Verdict::CouldNotCheck => return Err(Failure::could_not_check(text())),
        }
        let checkpoint = String::from_utf8(checkpoint).while_doing("reading the checkpoint")?;
        let (origin, size, root) = (report.origin.unwrap_or_default(), report.size.unwrap_or(0), report.root);
        Ok(Folded { views, origin, size, root: root.unwrap_or_default(), checkpoint, policy_source })
    }

    /// Hashes of the tree of `size`.
    #[must_use]
    pub fn tiles(&self, size: u64) -> Tiles<'_> {
        Tiles::new(self.source.as_ref(), size)
    }

    /// The note at a log index of a log that was folded.
    #[must_use]
    pub fn note(&self, index: u64, folded: &Folded) -> Option<Envelope> {
        let Folded { origin, size, root, .. } = folded;
        let checkpoint = Checkpoint { origin: origin.clone(), size: *size, root: *root };
        let entries = self.tiles(*size).bundle(index / 256, &checkpoint).ok()?;
        Envelope::parse(entries.get(usize::try_from(index % 256).ok()?)?).ok()
    }

    /// The root over the first `at` events of a log of `size`.
    #[must_use]
    pub fn root_at(&self, at: u64, size: u64) -> Option<Hash> {
        range_root(&mut self.tiles(size), 0, at).ok()
    }

    /// The inclusion path of a log index in the tree of `size`.
    #[must_use]
    pub fn path(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        inclusion_path(&mut self.tiles(size), index, size).ok()
    }
}

/// A checkpoint as it was told.
#[derive(Debug)]
pub struct Told {
    /// The signed note.
    pub note: Vec<u8>,
    /// What it says.
    pub checkpoint: Checkpoint,
    /// Whether a policy accepted it. If not, nobody vouches for it, nor for what stands under it.
    pub is_checked: bool,
}

/// Why something is shown as unchecked.
pub const NO_POLICY: &str = "no policy names this log, so whoever keeps this copy may have made it up";

/// Hashes of subtrees from tiles. They are what the source says: what they lead to is compared with a root.
pub struct Tiles<'a> {
    source: &'a dyn Source,
    size: u64,
    kept: BTreeMap<Tile, Vec<Hash>>,
}

impl<'a> Tiles<'a> {
    /// Of the tree of `size` in a source.
    #[must_use]
    pub fn new(source: &'a dyn Source, size: u64) -> Tiles<'a> {
        Tiles { source, size, kept: BTreeMap::new() }
    }

    /// The entries of bundle `number`, once they are shown to stand under the checkpoint's root.
    ///
    /// # Errors
    /// A bundle or tile that is not there could not be checked; entries that do not hash to the root are refuted.
    pub fn bundle(&mut self, number: u64, checkpoint: &Checkpoint) -> Outcome<Vec<Vec<u8>>> {
        let first = number.saturating_mul(256);
        let width = usize::try_from(checkpoint.size.saturating_sub(first).min(256)).unwrap_or(256);
        let tile = Tile { level: None, index: number, width: u16::try_from(width).unwrap_or(256) };
        let bytes = self.source.tile(&tile)?.ok_or_else(|| missing(&tile))?;
        let entries = split_bundle(&bytes, width)
            .ok_or_else(|| Failure::refuted(format!("{tile} does not hold exactly {width} entries")))?;
        let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let Some(leaf) = leaves.first() else { return Ok(Vec::new()) };
        // Every leaf of the bundle has its part in the path of the first one.
        let mut around = Around { tiles: self, first, leaves: &leaves };
        let path = inclusion_path(&mut around, first, checkpoint.size)?;
        if verify_inclusion(*leaf, first, checkpoint.size, &path, &checkpoint.root) {
            Ok(entries.into_iter().map(<[u8]>::to_vec).collect())
        } else {
            Err(Failure::refuted(format!("{tile} does not stand under the checkpoint's root")))
        }
    }
}

fn missing(tile: &Tile) -> SourceError {
    SourceError::Unreachable { what: tile.to_string(), why: "it is not there".to_owned() }
}

/// Tiles, with leaves from content in place of what level 0 says of them.
struct Around<'a, 'b> {
    tiles: &'a mut Tiles<'b>,
    first: u64,
    leaves: &'a [Hash],
}

impl Subtrees for Around<'_, '_> {
    type Error = SourceError;
    fn subtree(&mut self, level: u32, index: u64) -> Result<Hash, SourceError> {
        let inside = || {
            let from = usize::try_from((index << level).checked_sub(self.first)?).ok()?;
            self.leaves.get(from..from.checked_add(1 << level)?).map(root_of)
        };
        if level < 8
            && let Some(hash) = inside()
        {
            Ok(hash)
        } else {
            self.tiles.subtree(level, index)
        }
    }
}

impl Subtrees for Tiles<'_> {
    type Error = SourceError;
    fn subtree(&mut self, level: u32, index: u64) -> Result<Hash, SourceError> {
        let row = u8::try_from(level / 8).unwrap_or(u8::MAX);
        let count = 1u64 << (level % 8);
        let from = index * count;
        let number = from / 256;
        let width = almoner_proof::tile::hashes_at(row, self.size).saturating_sub(number * 256).min(256);
        let tile = Tile { level: Some(row), index: number, width: u16::try_from(width).unwrap_or(256) };
        if !self.kept.contains_key(&tile) {
            let bytes = self.source.tile(&tile)?.ok_or_else(|| missing(&tile))?;
            let hashes = split_tile(&bytes, usize::from(tile.width)).ok_or_else(|| SourceError::Wrong {
                what: tile.to_string(),
                why: format!("it is not {} hashes", tile.width),
            })?;
            if self.kept.len() >= TILES_KEPT {
                self.kept.clear();
            }
            self.kept.insert(tile, hashes);
        }
        let at = usize::try_from(from % 256).unwrap_or(usize::MAX);
        let length = usize::try_from(count).unwrap_or(usize::MAX);
        let hashes = self.kept.get(&tile).and_then(|hashes| hashes.get(at..at.saturating_add(length)));
        hashes.map(root_of).ok_or_else(|| missing(&tile))
    }
}

/// A folded log.
pub struct Folded {
    /// What people read.
    pub views: Views,
    /// The log.
    pub origin: String,
    /// Events.
    pub size: u64,
    /// Root over them.
    pub root: Hash,
    /// The checkpoint's note.
    pub checkpoint: String,
    /// How the policy was found that accepted it.
    pub policy_source: search::Source,
}

/// Looks for the policy of the log `origin`: named, kept for it, beside; the kept one decides alone. A file
/// that is there but unusable is an error and never passed over.
///
/// # Errors
/// `policy.unusable` or `policy.differs`: could not check.
pub fn find_policy(named: Option<&Path>, beside: Option<&Path>, origin: Option<&str>) -> Outcome<Option<Found>> {
    let variable = |name: &str| std::env::var_os(name);
    let kept = origin.and_then(|origin| search::kept(variable("XDG_CONFIG_HOME"), variable("HOME"), origin));
    let found = search::search(&Places { named, kept, beside }, origin, &read_policy);
    found.map_err(|why| Failure::could_not_check(&why).coded(why.code()))
}

/// What is said where [`find_policy`] finds none.
#[must_use]
pub fn no_policy() -> Failure {
    Failure::could_not_check(
        "no policy says whose key and which witnesses to trust; the charity, a regulator or a newspaper can give you one",
    )
    .coded("policy.absent")
    .hint("name it with --policy, or keep it for the log in the folder almoner/policies of the configuration")
    .hint("its name there is the hex SHA-256 of the log's origin; it is never taken from the server that is checked")
}

/// A policy's text, or `None` where there is no file. A link to nowhere is a file that cannot be read: it
/// was kept, so it is not passed over.
fn read_policy(path: &Path) -> Result<Option<String>, String> {
    match read_file(path, POLICY_MAX) {
        Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|error| error.to_string()),
        Err(error) if is_absent(&error) && path.symlink_metadata().is_err() => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// A configuration folder that is no folder (`/dev/null`, say) keeps nothing.
fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
