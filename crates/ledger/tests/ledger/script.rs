//! Reads `refusals.txt`: fixtures and rows that a person who writes no programs can read.

use crate::world::{Bend, World};
use almoner_ledger::Refusal;
use almoner_proof::Hash;
use std::collections::BTreeMap;

pub(crate) const TEXT: &str = include_str!("refusals.txt");

/// One event: who signs, what it is, its data; a label to refer to it; what is bent in its envelope.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub label: String,
    pub who: String,
    pub kind: String,
    pub data: String,
    pub bend: String,
}

/// A row of the table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub section: String,
    pub code: String,
    pub after: String,
    pub event: Line,
}

#[derive(Default, Debug)]
pub(crate) struct Script {
    fixtures: BTreeMap<String, (Option<String>, Vec<Line>)>,
    pub rows: Vec<Row>,
}

/// Reads the whole file.
pub(crate) fn read(text: &str) -> Script {
    let mut script = Script::default();
    let mut fixture = None;
    let mut section = String::new();
    for (number, line) in text.lines().enumerate() {
        let bad = || panic!("refusals.txt, line {}: {line}", number + 1);
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(head) = line.strip_prefix("FIXTURE ") {
            let (name, parent) = head.split_once(" = ").unwrap_or_else(bad);
            let parent = (parent != "nothing").then(|| parent.trim_end_matches(" and").to_owned());
            script.fixtures.insert(name.to_owned(), (parent, Vec::new()));
            fixture = Some(name.to_owned());
            continue;
        }
        if let Some(head) = line.strip_prefix("ROWS ") {
            fixture = None;
            section = head.to_owned();
            continue;
        }
        let cells: Vec<&str> = line.split(" | ").map(str::trim).collect();
        match (&fixture, cells.as_slice()) {
            (Some(name), [label, who, kind, data]) => {
                let (_, lines) = script.fixtures.get_mut(name).unwrap();
                lines.push(event(label, who, kind, data, ""));
            }
            (None, [code, after, who, kind, data, rest @ ..]) if rest.len() < 2 => {
                let event = event("", who, kind, data, rest.first().unwrap_or(&""));
                let (section, code, after) = (section.clone(), (*code).to_owned(), (*after).to_owned());
                script.rows.push(Row { section, code, after, event });
            }
            _ => panic!("refusals.txt, line {}: {line}", number + 1),
        }
    }
    script
}

fn event(label: &str, who: &str, kind: &str, data: &str, bend: &str) -> Line {
    let kind = if kind.contains('/') { kind.to_owned() } else { format!("{kind}/1") };
    Line { label: label.to_owned(), who: who.to_owned(), kind, data: data.to_owned(), bend: bend.to_owned() }
}

impl Script {
    /// Names of the fixtures, in order of the alphabet.
    pub(crate) fn fixtures(&self) -> impl Iterator<Item = &str> {
        self.fixtures.keys().map(String::as_str)
    }

    /// The world of a fixture.
    pub(crate) fn world(&self, fixture: &str) -> World {
        if fixture == "nothing" {
            return World::empty();
        }
        if fixture == "the town" {
            return town();
        }
        let (parent, lines) = self.fixtures.get(fixture).unwrap_or_else(|| panic!("no fixture {fixture}"));
        let mut world = self.world(parent.as_deref().unwrap_or("the town"));
        for line in lines {
            let index = play(&mut world, line).unwrap_or_else(|why| panic!("{fixture}: {}: {why}", line.kind));
            world.labels.insert(line.label.clone(), index);
        }
        world
    }
}

/// Sends one line's event.
pub(crate) fn play(world: &mut World, line: &Line) -> Result<u64, Refusal> {
    let note = note_of(world, line);
    world.submit(note.as_bytes())
}

/// One line's event, signed.
pub(crate) fn note_of(world: &World, line: &Line) -> String {
    let (chain, signers) = line.who.split_once(": ").unwrap_or_else(|| panic!("who: {}", line.who));
    let mut data = line.data.clone();
    for (label, index) in &world.labels {
        if label.is_empty() {
            continue;
        }
        let hash = world.hash_of(*index).to_base64();
        data = data.replace(&format!("\"event\":\"@{label}\""), &format!("\"event\":\"{}\"", world.name_of(*index)));
        data = data.replace(&format!("\"hash\":\"@{label}\""), &format!("\"hash\":\"{hash}\""));
        data = data.replace(&format!("\"request\":\"@{label}\""), &format!("\"request\":\"{hash}\""));
    }
    while let Some(at) = data.find("@key:") {
        let end = data[at..].find('"').map_or(data.len(), |length| at + length);
        let vkey = world.vkey(&data[at + 5..end]);
        data.replace_range(at..end, &vkey);
    }
    let zeros = format!("{:?}", Hash::default().to_base64());
    data = data.replace("\"@zeros\"", &zeros);
    let bend = bend(world, chain, &line.bend, &mut data);
    world.note(chain, signers, &line.kind, &data, &bend)
}

fn bend(world: &World, chain: &str, how: &str, data: &mut String) -> Bend {
    let mut bend = Bend::default();
    let seq = world.books.chain_no(chain).and_then(|no| world.books.chain(no)).map_or(0, |chain| chain.next_seq);
    for part in how.split(", ").filter(|part| !part.is_empty()) {
        match part {
            "the seq before" => bend.seq = seq.checked_sub(1),
            "seq 0" => bend.seq = Some(0),
            "a later seq" => bend.seq = Some(seq + 1),
            "another prev" => bend.prev = Some(Hash([1; 32])),
            "seen a later size" => bend.seen = Some((world.books.size() + 1, Hash::default())),
            "seen another root" => bend.seen = Some((world.books.size(), Hash([1; 32]))),
            "seen an earlier size" => bend.seen = Some((0, almoner_proof::merkle::empty_root())),
            "another log" => bend.log = Some("other.example/log".to_owned()),
            "70,000 spaces" => data.insert_str(1, &" ".repeat(70_000)),
            "300 gifts" => {
                let gift = r#"{"gross":"1.00","fee":"0.00"},"#.repeat(300);
                *data = data.replace("@gifts", gift.trim_end_matches(','));
            }
            "no signatures" => bend.note = Some(|note| note.truncate(note.find("\n\n").unwrap() + 1)),
            "no time" => bend.note = Some(|note| *note = note.replacen("\ntime ", "\ntimes ", 1)),
            "signed twice" => {
                bend.note = Some(|note| {
                    let line = note[note.rfind("\n\u{2014}").unwrap() + 1..].to_owned();
                    note.push_str(&line);
                });
            }
            "changed after signing" => {
                bend.note = Some(|note| *note = note.replacen("2026-11-21T12", "2026-11-21T13", 1));
            }
            other => panic!("unknown bend: {other}"),
        }
    }
    bend
}

/// Chains that most rows use: see `World::charity` for the people of `well` and `clinic`.
fn town() -> World {
    let mut world = World::opened();
    world.person("commission", "sue", &["supervise"], "regulator");
    world.charity("well", Some("commission"));
    world.charity("clinic", None);
    world.person("tide", "bob", &["book", "report"], "sponsor");
    world.person("geo", "eve", &["attest"], "reviewer");
    world.person("rock", "eve", &["attest"], "reviewer");
    // A reviewer who is really bob of well: the same key under another name.
    world.seeds.insert("twin/eve".to_owned(), "well/bob".to_owned());
    world.person("twin", "eve", &["attest"], "reviewer");
    world.open("stranger", &[("ann", "ann", &["admin", "book"])], 1, serde_json::json!([])).unwrap();
    let first = world.place("well", 0).unwrap();
    world.labels.insert("opening of well".to_owned(), first);
    let first = world.place("stranger", 0).unwrap();
    world.labels.insert("opening of stranger".to_owned(), first);
    world
}
