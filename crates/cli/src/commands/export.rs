//! `almoner export`: copies that outlive the server.

// Saturating: counts of what is in memory, and what is left of one, which is nothing at the least.

use crate::failure::{Failure, Outcome, While as _};
use crate::output;
use crate::place::{NO_POLICY, Place, Tiles};
use crate::source::{DirSource, Source, read_file};
use crate::target::is_url;
use almoner_interchange::hledger::Journal;
use almoner_proof::merkle::{fold_peaks, leaf_hash, range_root, root_of};
use almoner_proof::note::NOTE_MAX;
use almoner_proof::tile::{TILE_WIDTH, Tile, hashes_at, split_bundle, split_tile};
use almoner_proof::{Checkpoint, Hash};
use almoner_server::app::LedgerDirectory;
use clap::Subcommand;
use indicatif::ProgressBar;
use std::path::{Path, PathBuf};

/// `almoner export`
#[derive(Debug, Subcommand)]
pub(crate) enum Export {
    /// The log as static files: checkpoint, tiles, bundles, policy.
    Tiles {
        /// The ledger.
        #[arg(long, value_name = "LEDGER")]
        from: String,
        /// Directory to write.
        #[arg(long, default_value = "tiles")]
        out: PathBuf,
        /// As published at this size; from a ledger's own directory.
        #[arg(long)]
        at: Option<u64>,
    },
    /// A journal for hledger.
    Hledger {
        /// The ledger.
        #[arg(long, value_name = "LEDGER")]
        from: String,
        /// File to write; standard output otherwise.
        #[arg(long)]
        out: Option<PathBuf>,
        /// As after so many events.
        #[arg(long)]
        at: Option<u64>,
    },
}

pub(crate) fn run(export: Export) -> Outcome {
    match export {
        Export::Tiles { from, out, at } => tiles(&from, &out, at),
        Export::Hledger { from, out, at } => hledger(&from, out.as_deref(), at),
    }
}

fn tiles(from: &str, out: &Path, at: Option<u64>) -> Outcome {
    let place = Place::open_at(from, at)?;
    let told = place.told()?;
    let Checkpoint { origin, size, root } = &told.checkpoint;
    continues(out, &told.checkpoint, &mut place.tiles(*size))?;
    // How much there is to do is known only if somebody vouches for the size.
    let bar = output::progress("writing tiles", if told.is_checked { Tile::count(*size) } else { 0 });
    let mut copy = Copier { source: place.source.as_ref(), out, bar: &bar, written: 0 };
    copy.tree(*size, root)?;
    bar.finish_and_clear();
    // Once more, of what is now shown to be under the root: a source may answer otherwise the second time.
    continues(out, &told.checkpoint, &mut Tiles::new(&DirSource::new(out), *size))?;
    // Last, so that a copy that was cut short has no checkpoint that it cannot back.
    std::fs::create_dir_all(out)?;
    replace(&out.join("checkpoint"), &told.note)?;
    let policy = LedgerDirectory::new(from).policy();
    if !is_url(from) && policy.exists() {
        std::fs::copy(policy, out.join("policy"))?;
    }
    let written = copy.written;
    let unchecked = if told.is_checked { "" } else { ", unchecked" };
    output::line(&format!("{written} tiles and bundles of {size} events in {}{unchecked}", out.display()))?;
    if !told.is_checked {
        output::say_unchecked(NO_POLICY);
        output::say(&format!("  `almoner audit {} --policy FILE` checks the copy of {origin}", out.display()));
    }
    Ok(())
}

/// A copy that is there already must be an earlier one of the same log.
fn continues(out: &Path, new: &Checkpoint, tiles: &mut Tiles<'_>) -> Outcome {
    let Ok(note) = read_file(&out.join("checkpoint"), NOTE_MAX) else { return Ok(()) };
    let Some(old) = Checkpoint::of_note(&note) else { return Ok(()) };
    let fresh = |text: String| Failure::new(text).hint("write the copy into a fresh directory");
    let out = out.display();
    if old.origin != new.origin {
        return Err(fresh(format!("{out} is a copy of {}, and this is {}", old.origin, new.origin)));
    }
    if old.size > new.size {
        return Err(fresh(format!("{out} has {} events already, and this source only {}", old.size, new.size)));
    }
    if range_root(tiles, 0, old.size)? == old.root {
        return Ok(());
    }
    let text =
        format!("the {} events that {out} holds already are others here: one of the two was rewritten", old.size);
    Err(Failure::refuted(text).hint("keep both, and compare them with what others have seen"))
}

/// Copies a tree from its root down, so that every tile is compared with the hash above it before it is written. What is
/// in memory is one tile of each level and one bundle, however large the tree is said to be.
struct Copier<'a> {
    source: &'a dyn Source,
    out: &'a Path,
    bar: &'a ProgressBar,
    written: u64,
}

impl Copier<'_> {
    fn tree(&mut self, size: u64, root: &Hash) -> Outcome {
        // The partial tiles of the right edge hold all of what the root is made of.
        let edge = (0u8..8).rev().filter_map(|level| {
            let width = u16::try_from(Tile::partial_width(level, size)).ok().filter(|width| *width > 0)?;
            Some(Tile { level: Some(level), index: hashes_at(level, size) / TILE_WIDTH, width })
        });
        let edge = edge.map(|tile| Ok((tile, self.read(&tile)?))).collect::<Outcome<Vec<_>>>()?;
        let mut peaks = Vec::new();
        for (tile, bytes) in &edge {
            let hashes = hashes(tile, bytes)?;
            let mut rest = hashes.as_slice();
            while let Some((peak, after)) =
                rest.len().checked_ilog2().and_then(|level| rest.split_at_checked(1 << level))
            {
                peaks.push(root_of(peak));
                rest = after;
            }
        }
        if fold_peaks(&peaks) != *root {
            return Err(Failure::refuted("the tiles do not hash to the checkpoint's root"));
        }
        edge.iter().try_for_each(|(tile, bytes)| self.below(tile, bytes))
    }

    /// Copies a tile whose hashes are known to be right, and all that is under it.
    fn below(&mut self, tile: &Tile, bytes: &[u8]) -> Outcome {
        let hashes = hashes(tile, bytes)?;
        self.write(tile, bytes)?;
        let Some(level) = tile.level.and_then(|level| level.checked_sub(1)) else {
            return self.bundle(tile, &hashes);
        };
        for (at, hash) in (tile.index * TILE_WIDTH..).zip(&hashes) {
            let full = Tile { level: Some(level), index: at, width: 256 };
            let bytes = self.read(&full)?;
            if root_of(&self::hashes(&full, &bytes)?) != *hash {
                return Err(Failure::refuted(format!("{full} does not hash to what stands above it")));
            }
            self.below(&full, &bytes)?;
        }
        Ok(())
    }

    fn bundle(&mut self, leaves: &Tile, hashes: &[Hash]) -> Outcome {
        let tile = Tile { level: None, ..*leaves };
        let bytes = self.read(&tile)?;
        let entries = split_bundle(&bytes, hashes.len())
            .ok_or_else(|| Failure::refuted(format!("{tile} does not hold exactly {} entries", hashes.len())))?;
        match entries.iter().zip(hashes).position(|(entry, hash)| leaf_hash(entry) != *hash) {
            None => self.write(&tile, &bytes),
            Some(at) => Err(Failure::refuted(format!("{tile}, entry {at}, is not what {leaves} has hashed"))),
        }
    }

    fn read(&self, tile: &Tile) -> Outcome<Vec<u8>> {
        self.source.tile(tile)?.ok_or_else(|| Failure::could_not_check(format!("{tile} is missing")))
    }

    /// Writes a file that never changes: what is there already must be the same.
    fn write(&mut self, tile: &Tile, bytes: &[u8]) -> Outcome {
        let path = self.out.join(tile.to_string());
        match read_file(&path, bytes.len()) {
            Ok(there) if there == bytes => {}
            Ok(_) => {
                return Err(Failure::new(format!("{} holds something else already", path.display()))
                    .hint("write the copy into a fresh directory"));
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if let Some(parent) = path.parent() {
                    std::fs::create_dir_all(parent)?;
                }
                replace(&path, bytes)?;
            }
            Err(error) => return Err(error).while_doing(format!("reading {}", path.display())),
        }
        self.written = self.written.saturating_add(1);
        self.bar.inc(1);
        Ok(())
    }
}

fn hashes(tile: &Tile, bytes: &[u8]) -> Outcome<Vec<Hash>> {
    split_tile(bytes, usize::from(tile.width))
        .ok_or_else(|| Failure::refuted(format!("{tile} is not {} hashes", tile.width)))
}

/// Writes a file so that it is there whole or not at all.
fn replace(path: &Path, bytes: &[u8]) -> Outcome {
    let part = path.with_extension("part");
    std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, path)).while_doing(path.display())
}

fn hledger(from: &str, out: Option<&Path>, at: Option<u64>) -> Outcome {
    let place = Place::open(from)?;
    let mut journal = Journal::default();
    let folded = place.fold(|admitted| {
        if at.is_none_or(|size| admitted.done.index < size) {
            journal.add(admitted);
        }
    })?;
    super::read::check_at(at, folded.size)?;
    let size = at.unwrap_or(folded.size);
    output::write(out, &journal.render(&folded.views, &folded.origin, size))
}
