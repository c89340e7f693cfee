//! Where a log is read: a ledger's directory, a directory of tiles, or a URL; and its policy.

use crate::audit::{Options, Verdict, audit_into};
use crate::failure::{Failure, Outcome, While as _};
use crate::output;
use crate::source::{DirSource, HttpSource, Source, SourceError};
use crate::target::is_url;
use almoner_ledger::Admitted;
use almoner_proof::hash::Hash;
use almoner_proof::merkle::{Subtrees, inclusion_path, range_root};
use almoner_proof::tile::{Tile, split_bundle};
use almoner_proof::{Checkpoint, Envelope, Policy};
use almoner_server::app::{LedgerDirectory, Reader};
use almoner_views::Views;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

    /// The policy: `--policy`; a file `policy` in the directory; the one kept for the origin.
    ///
    /// # Errors
    /// When a named file cannot be read or used.
    pub fn policy(&self, named: Option<&Path>) -> Outcome<Option<(Policy, String)>> {
        let beside = self.directory.as_ref().map(|dir| dir.join("policy"));
        let origin = self.source.checkpoint().ok().and_then(|bytes| Checkpoint::of_note(&bytes)).map(|c| c.origin);
        find_policy(named, beside.as_deref(), origin.as_deref())
    }

    /// Folds the log into views; `observe` sees every event. Everything is checked but, for one's
    /// own store, signatures: those were verified when the events were taken.
    ///
    /// # Errors
    /// Refuted or could not check, as an audit would say.
    pub fn fold(&self, mut observe: impl FnMut(&Admitted)) -> Outcome<Folded> {
        let policy = self.policy(None)?;
        if policy.is_none() {
            return Err(Failure::could_not_check("policy.absent: no policy names this log")
                .hint("put a file `policy` beside the tiles, or keep one for the log's origin in the folder almoner/policies of the configuration")
                .hint("its name there is the hex SHA-256 of the origin; it is never taken from the server"));
        }
        let checkpoint = self.source.checkpoint().map_err(|e| Failure::could_not_check(e.to_string()))?;
        let parsed = Checkpoint::of_note(&checkpoint);
        let accepted_prefix = parsed.filter(|_| self.own).map(|c| (c.size, c.root));
        let bar = output::progress("reading the log", accepted_prefix.map_or(0, |(size, _)| size));
        let options = Options { policy, accepted_prefix, progress: &output::follow(&bar), ..Options::default() };
        let mut views = Views::default();
        let (report, _) = audit_into(self.judged(), &options, &mut |admitted| {
            views.fold(admitted);
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
        Ok(Folded { views, origin, size, root: root.unwrap_or_default(), checkpoint })
    }

    /// The note at a log index of a log of `size`.
    #[must_use]
    pub fn note(&self, index: u64, size: u64) -> Option<Envelope> {
        let number = index / 256;
        let width = size.saturating_sub(number * 256).min(256);
        let tile = Tile { level: None, index: number, width: u16::try_from(width).ok()? };
        let bundle = self.source.tile(&tile).ok()??;
        let entries = split_bundle(&bundle, usize::from(tile.width))?;
        Envelope::parse(entries.get(usize::try_from(index % 256).ok()?)?).ok()
    }

    /// The root over the first `at` events of a log of `size`.
    #[must_use]
    pub fn root_at(&self, at: u64, size: u64) -> Option<Hash> {
        range_root(&mut Tiles { source: self.source.as_ref(), size }, 0, at).ok()
    }

    /// The inclusion path of a log index in the tree of `size`.
    #[must_use]
    pub fn path(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        inclusion_path(&mut Tiles { source: self.source.as_ref(), size }, index, size).ok()
    }
}

/// Hashes of subtrees from tiles.
struct Tiles<'a> {
    source: &'a dyn Source,
    size: u64,
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
        let missing = || SourceError::Unreachable { what: tile.to_string(), why: "not there".to_owned() };
        let bytes = self.source.tile(&tile)?.ok_or_else(missing)?;
        let at = usize::try_from((from % 256) * 32).map_err(|_| missing())?;
        let length = usize::try_from(count * 32).map_err(|_| missing())?;
        let hashes: Vec<Hash> = bytes
            .get(at..at + length)
            .ok_or_else(missing)?
            .chunks_exact(32)
            .map(|chunk| {
                let mut hash = [0; 32];
                hash.copy_from_slice(chunk);
                Hash(hash)
            })
            .collect();
        Ok(almoner_proof::merkle::root_of(&hashes))
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
}

/// Looks for a policy: named, beside, kept for the origin. A file that is there but unusable is an
/// error and never passed over.
///
/// # Errors
/// When a file is there and cannot be read or used.
pub fn find_policy(
    named: Option<&Path>,
    beside: Option<&Path>,
    origin: Option<&str>,
) -> Outcome<Option<(Policy, String)>> {
    let kept = origin.and_then(kept_policy);
    let found =
        named.or_else(|| beside.filter(|p| p.exists())).map(Path::to_owned).or_else(|| kept.filter(|p| p.exists()));
    let Some(path) = found else { return Ok(None) };
    let unusable = |why: String| Failure::could_not_check(format!("the policy {}: {why}", path.display()));
    let text = std::fs::read_to_string(&path).map_err(|e| unusable(e.to_string()))?;
    let policy = Policy::parse(&text).map_err(|e| unusable(e.to_string()))?;
    Ok(Some((policy, path.display().to_string())))
}

fn kept_policy(origin: &str) -> Option<PathBuf> {
    let config = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let config = config.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")))?;
    Some(config.join("almoner/policies").join(Hash::of(origin.as_bytes()).to_hex()))
}

/// Splits `<chain>-<seq>[.k]` or `<chain>#<seq>[.k]`, at the last `-`.
#[must_use]
pub fn parse_citation(text: &str) -> Option<(String, u64, Option<u32>)> {
    let (chain, rest) = text.split_once('#').or_else(|| text.rsplit_once('-'))?;
    let (seq, gift) = match rest.split_once('.') {
        Some((seq, gift)) => (seq, Some(u32::try_from(almoner_proof::text::parse_decimal(gift)?).ok()?)),
        None => (rest, None),
    };
    let chain = almoner_proof::text::is_chain_id(chain).then(|| chain.to_owned())?;
    Some((chain, almoner_proof::text::parse_decimal(seq)?, gift))
}
