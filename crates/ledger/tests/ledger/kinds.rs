//! A vector of each kind in `tests/vectors/kinds`: events that are admitted, and what each does in words, one for each way
//! in which the kind moves the books. Written by `scripts/bless`, reviewed by a person; the reference of kinds is made of
//! them.

use crate::script::{TEXT, play, read};
use crate::world::World;
use almoner_ledger::would::{steps, would};
use almoner_ledger::{Admitted, KINDS};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

/// By kind: the events of it that fixtures and admitted rows have, the first of each shape.
fn vectors() -> BTreeMap<String, String> {
    let script = read(TEXT);
    let mut worlds: Vec<World> = script.fixtures().map(|fixture| script.world(fixture)).collect();
    for row in script.rows.iter().filter(|row| row.code == "admitted") {
        let mut world = script.world(&row.after);
        play(&mut world, &row.event).unwrap();
        worlds.push(world);
    }
    let (mut vectors, mut seen, mut done) = (BTreeMap::new(), BTreeSet::new(), BTreeSet::new());
    for world in worlds {
        let mut again = World::empty();
        for index in 0..world.books.size() {
            let note = world.envelope(index).bytes().to_vec();
            let kind = world.envelope(index).kind().to_owned();
            // Fixtures and rows share what they begin with.
            if done.insert(note.clone()) {
                let (shape, text) = case(&again, &again.decide(&note).unwrap());
                if seen.insert((kind.clone(), shape)) {
                    let vector: &mut String = vectors.entry(kind).or_default();
                    let between = if vector.is_empty() { "" } else { "--\n" };
                    write!(vector, "{between}{text}").unwrap();
                }
            }
            again.submit(&note).unwrap();
        }
    }
    vectors
}

/// What an event does, and its shape: the same without names of one's own, amounts and numbers.
fn case(world: &World, admitted: &Admitted) -> (Vec<String>, String) {
    let envelope = admitted.verified.envelope();
    let signers: Vec<&str> = envelope.signatures().map(|(name, _)| name).collect();
    let mut text = format!("signed by {}\n{}\n\n", signers.join(", "), envelope.data());
    let steps = steps(&world.books, &admitted.done).into_iter().map(|line| format!("the trail: {line}"));
    let mut shape = Vec::new();
    for line in would(&world.books, &admitted.done).into_iter().chain(steps) {
        writeln!(text, "{line}").unwrap();
        let account = line.strip_prefix("debit ").or_else(|| line.strip_prefix("credit "));
        shape.push(match account.and_then(|account| account.split(':').nth(1)) {
            Some(head) => format!("{} {head}", line.split(':').next().unwrap_or_default()),
            None => {
                let is_name = |word: &str| word.contains(['/', ':', '.']) || word.bytes().any(|b| b.is_ascii_digit());
                line.split(' ').filter(|word| !is_name(word)).collect::<Vec<_>>().join(" ")
            }
        });
    }
    // However many lines of one sort there are.
    shape.sort_unstable();
    shape.dedup();
    (shape, text)
}

#[test]
fn each_kind_does_what_its_vector_says() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/kinds");
    let bless = std::env::var_os("ALMONER_BLESS").is_some();
    let vectors = vectors();
    let mut wrong = Vec::new();
    for kind in KINDS {
        let Some(is) = vectors.get(kind.kind) else {
            wrong.push(format!("{}: no fixture and no admitted row of refusals.txt has one", kind.kind));
            continue;
        };
        let path = folder.join(format!("{}.txt", kind.kind.trim_end_matches("/1")));
        if bless {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, is).unwrap();
        }
        let told = std::fs::read_to_string(&path).unwrap_or_default();
        if *is != told {
            wrong.push(format!("{}: run scripts/bless and read the difference\n{is}", kind.kind));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
