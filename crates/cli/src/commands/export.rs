//! `almoner export`: copies that outlive the server.

use crate::args::Export;
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::place::Place;
use almoner_interchange::hledger::Journal;
use almoner_proof::Checkpoint;
use almoner_proof::tile::Tile;
use almoner_server::app::LedgerDirectory;
use std::path::Path;

pub(crate) fn run(export: Export) -> Outcome {
    match export {
        Export::Tiles { from, out, at } => tiles(&from, &out, at),
        Export::Hledger { from, out, at } => hledger(&from, out.as_deref(), at),
    }
}

fn tiles(from: &str, out: &Path, at: Option<u64>) -> Outcome {
    let place = Place::open_at(from, at)?;
    let unreadable = |e: crate::source::SourceError| Failure::could_not_check(e.to_string());
    let checkpoint = place.source.checkpoint().map_err(unreadable)?;
    let parsed = Checkpoint::of_note(&checkpoint);
    let size = parsed.ok_or_else(|| Failure::refuted("the checkpoint cannot be read"))?.size;
    let all: Vec<Tile> = Tile::all(size).collect();
    let bar = output::progress("writing tiles", all.len() as u64);
    for tile in &all {
        let bytes = place.source.tile(tile).map_err(unreadable)?;
        let bytes = bytes.ok_or_else(|| Failure::could_not_check(format!("{tile} is missing")))?;
        let path = out.join(tile.to_string());
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, bytes)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    // Last, so that a copy that was cut short has no checkpoint that it cannot back.
    std::fs::create_dir_all(out)?;
    std::fs::write(out.join("checkpoint"), &checkpoint)?;
    let policy = LedgerDirectory::new(from).policy();
    if policy.exists() {
        std::fs::copy(policy, out.join("policy"))?;
    }
    output::line(&format!("{} tiles and bundles of {size} events in {}", all.len(), out.display()))
}

fn hledger(from: &str, out: Option<&Path>, at: Option<u64>) -> Outcome {
    let place = Place::open(from)?;
    let mut journal = Journal::default();
    let folded = place.fold(|admitted| {
        if at.is_none_or(|size| admitted.index < size) {
            journal.add(admitted);
        }
    })?;
    super::read::check_at(at, folded.size)?;
    let size = at.unwrap_or(folded.size);
    output::write(out, &journal.render(&folded.views, &folded.origin, size))
}
