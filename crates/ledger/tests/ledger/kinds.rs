//! A vector of each kind in `tests/vectors/kinds`: an event that is admitted, and what it does in words. Written by
//! `scripts/bless`, reviewed by a person.

use crate::script::{TEXT, play, read};
use crate::world::World;
use almoner_ledger::KINDS;
use almoner_ledger::would::{steps, would};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

/// By kind: the first event of it that a fixture or an admitted row has, with all that stands before it.
fn firsts() -> BTreeMap<String, Vec<Vec<u8>>> {
    let script = read(TEXT);
    let mut worlds: Vec<World> = script.fixtures().map(|fixture| script.world(fixture)).collect();
    for row in script.rows.iter().filter(|row| row.code == "admitted") {
        let mut world = script.world(&row.after);
        play(&mut world, &row.event).unwrap();
        worlds.push(world);
    }
    let mut firsts = BTreeMap::new();
    for world in worlds {
        for index in 0..world.books.size() {
            let kind = world.envelope(index).kind().to_owned();
            firsts.entry(kind).or_insert_with(|| (0..=index).map(|i| world.envelope(i).bytes().to_vec()).collect());
        }
    }
    firsts
}

fn vector(notes: &[Vec<u8>]) -> String {
    let (last, before) = notes.split_last().unwrap();
    let mut world = World::empty();
    for note in before {
        world.submit(note).unwrap();
    }
    let admitted = world.decide(last).unwrap();
    let envelope = admitted.verified.envelope();
    let signers: Vec<&str> = envelope.signatures().map(|(name, _)| name).collect();
    let mut text = format!("signed by {}\n{}\n\n", signers.join(", "), envelope.data());
    for line in would(&world.books, &admitted) {
        writeln!(text, "{line}").unwrap();
    }
    for line in steps(&world.books, &admitted) {
        writeln!(text, "the trail: {line}").unwrap();
    }
    text
}

#[test]
fn each_kind_does_what_its_vector_says() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/kinds");
    let bless = std::env::var_os("ALMONER_BLESS").is_some();
    let firsts = firsts();
    let mut wrong = Vec::new();
    for kind in KINDS {
        let Some(notes) = firsts.get(kind.kind) else {
            wrong.push(format!("{}: no fixture and no admitted row of refusals.txt has one", kind.kind));
            continue;
        };
        let path = folder.join(format!("{}.txt", kind.kind.trim_end_matches("/1")));
        let is = vector(notes);
        if bless {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &is).unwrap();
        }
        let told = std::fs::read_to_string(&path).unwrap_or_default();
        if is != told {
            wrong.push(format!("{}: run scripts/bless and read the difference\n{is}", kind.kind));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
