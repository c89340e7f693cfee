//! Books on trial: what is rehearsed leaves no trace, and says what admission says.

use crate::random::Story;
use crate::script::{TEXT, note_of, play, read};
use crate::world::{Bend, ORIGIN, World, drafted};
use almoner_ledger::books::Rehearsal;
use almoner_ledger::{Books, Code, Drafted, Refused, Rehearsed};
use almoner_proof::{Envelope, Hash};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

fn try_out(trial: &mut Rehearsal<'_>, world: &World, notes: &[Envelope]) -> Vec<Rehearsed> {
    let mut own = BTreeMap::new();
    let mut tried = Vec::new();
    for note in notes {
        let draft = drafted(note);
        let index = trial.books().size();
        let rehearsed =
            world.rehearse(trial.books(), &own, &draft).unwrap_or_else(|why| panic!("{why:?}: {}", note.text()));
        trial.apply(&rehearsed).unwrap();
        own.insert((note.chain().to_owned(), note.seq), (index, note.clone()));
        tried.push(rehearsed);
    }
    tried
}

/// Every event of a log is rehearsed together with those behind it, taken back, and then admitted.
fn rehearse_all(world: &World, group: usize) {
    let notes: Vec<Envelope> = (0..world.books.size()).map(|index| world.envelope(index)).collect();
    let mut again = World::empty();
    for at in (0..notes.len()).step_by(group.div_ceil(2)) {
        let before = again.picture();
        // Those to come are seen as roots that nobody but the author knows: the world that is told has them all.
        let mut trial = again.books.rehearse();
        let tried = try_out(&mut trial, world, &notes[at..(at + group).min(notes.len())]);
        for (rehearsed, admitted) in tried.iter().zip(&world.admitted[at..]) {
            assert_eq!(
                format!("{:?}", rehearsed.done),
                format!("{:?}", admitted.done),
                "a draft does what the event does"
            );
            assert_eq!(rehearsed.head, admitted.head());
        }
        drop(trial);
        assert_eq!(again.picture(), before, "something is left of what was tried");
        for note in &notes[at..(at + group.div_ceil(2)).min(notes.len())] {
            again.submit(note.bytes()).unwrap();
        }
    }
    assert_eq!(again.picture(), world.picture());
}

#[test]
fn what_is_rehearsed_leaves_no_trace_in_random_histories() {
    for seed in 0..40 {
        println!("seed {seed}");
        let mut story = Story::begin(seed);
        for _ in 0..80 {
            story.step();
        }
        rehearse_all(&story.world, [1, 2, 7, 64][seed as usize % 4]);
    }
}

#[test]
fn nor_in_the_histories_of_the_table() {
    let script = read(TEXT);
    for fixture in script.fixtures() {
        rehearse_all(&script.world(fixture), 9);
    }
}

#[test]
fn a_draft_is_told_what_its_event_is_told() {
    let script = read(TEXT);
    let mut also: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &script.rows {
        let mut world = script.world(&row.after);
        let note = note_of(&world, &row.event);
        let told = |tried: Result<Rehearsed, Refused>| match tried {
            Ok(_) => ("admitted", Vec::new()),
            Err(refused) => (refused.first.code().word(), refused.also),
        };
        // As a signed note: signatures too.
        let tried = Drafted::of_note(note.as_bytes(), ORIGIN).map_err(Refused::from);
        let tried = tried.and_then(|draft| world.rehearse(&world.books, &BTreeMap::new(), &draft));
        let (code, behind) = told(tried);
        assert_eq!(code, row.code, "{row:?}");
        // And as its text, with the names of its signers.
        if let Ok(envelope) = Envelope::parse(note.as_bytes()) {
            let (code, more) = told(world.rehearse(&world.books, &BTreeMap::new(), &drafted(&envelope)));
            let unsigned = behind.first().map_or("admitted", |code| code.word());
            assert_eq!(code, if row.code == "signature.invalid" { unsigned } else { &row.code }, "{row:?}");
            for more in more {
                assert_ne!(more.word(), code);
                *also.entry(more.word()).or_default() += 1;
            }
        }
        let before = world.picture();
        drop(world.books.rehearse());
        assert_eq!(world.picture(), before);
        let _ = play(&mut world, &row.event);
    }
    println!("{also:?}");
    assert!(also.len() > 5, "several faults are told together: {also:?}");
}

#[test]
fn a_copy_that_follows_keeps_what_was_posted_once() {
    let mut story = Story::begin(7);
    for _ in 0..400 {
        story.step();
    }
    let world = &story.world;
    let (first, rest) = world.admitted.split_at(world.admitted.len() / 3);
    let mut books = Books::new(ORIGIN);
    first.iter().for_each(|admitted| books.apply(admitted).unwrap());
    let mut copy = books.clone();
    let mut known = books.posted_from(0).len();
    for batch in rest.chunks(7) {
        batch.iter().for_each(|admitted| books.apply(admitted).unwrap());
        batch.iter().for_each(|admitted| copy.apply(admitted).unwrap());
        let full = books.posted_from(known).to_vec();
        copy.share_posted(known, &full);
        known += full.len();
    }
    let (own, others) = (books.posted_from(0), copy.posted_from(0));
    assert!(own.len() == others.len() && own.len() > 2, "{}", own.len());
    assert!(own.iter().zip(others).all(|(own, other)| Arc::ptr_eq(own, other)));
    assert_eq!((format!("{books:?}"), format!("{copy:?}")), (world.picture(), world.picture()));
    // What is tried on the copy stays there until it is taken back, and changes no block that is shared.
    drop(copy.rehearse());
    assert_eq!(format!("{copy:?}"), world.picture());
}

/// What is said beside the first refusal is said alone once the first is mended.
#[test]
fn what_is_told_as_well_is_true_as_well() {
    let mut world = crate::script::read(TEXT).world("the town");
    for (kind, data) in [
        ("account.opened/1", json!({"account": "account/bank", "kind": "bank", "currency": "CNY"})),
        ("fund.opened/1", json!({"fund": "fund/water", "class": "restricted", "purpose": "p"})),
    ] {
        world.ok("well", kind, data);
    }
    world.event("commission", "sue", "hold.placed/1", json!({"hold": "hold/h", "on": "well", "basis": "b"})).unwrap();
    let pay = |amount: &str, fund: &str| {
        json!({"account": "account/bank", "fund": fund, "currency": "CNY", "amount": amount, "payee": {"organisation": "XX-1", "name": "Works"},
            "function": "charitable", "class": "equipment", "related_party": false, "effective_date": "2026-11-21"})
    };
    let codes = |world: &World, signers: &str, data: &serde_json::Value, bend: &Bend| {
        let note = world.note("well", signers, "expenditure.recorded/1", &data.to_string(), bend);
        let draft = drafted(&Envelope::parse(note.as_bytes()).unwrap());
        let refused = world.rehearse(&world.books, &BTreeMap::new(), &draft).unwrap_err();
        [refused.first.code()].into_iter().chain(refused.also).map(Code::word).collect::<Vec<_>>()
    };
    let plain = Bend::default();
    let (paid, nobody) = (pay("10.00", "fund/water"), pay("10.00", "fund/nobody"));
    assert_eq!(codes(&world, "bob", &paid, &plain), ["hold.placed", "fund.overdrawn"]);
    assert_eq!(codes(&world, "cat", &paid, &plain), ["signers.role", "hold.placed", "fund.overdrawn"]);
    assert_eq!(codes(&world, "cat", &nobody, &plain), ["signers.role", "ref.unknown"]);
    let seen = Bend { seen: Some((world.books.size(), Hash([1; 32]))), ..Bend::default() };
    assert_eq!(codes(&world, "nobody", &nobody, &seen), ["key.unknown", "seen.unknown", "ref.unknown"]);
    // On the chain's head as it is; what lies in a gap may open the fund.
    let fork = Bend { seq: Some(0), ..Bend::default() };
    assert_eq!(codes(&world, "bob", &nobody, &fork), ["chain.fork", "ref.unknown"]);
    let gap = Bend { seq: Some(99), ..seen.clone() };
    assert_eq!(codes(&world, "bob", &nobody, &gap), ["chain.gap", "seen.unknown"]);
    // Of the shape of data each member is judged by itself, and what it would do is nobody's guess.
    let mut bent = paid.clone();
    bent["amount"] = json!("10,00");
    bent["effective_date"] = json!("2026-02-30");
    bent["payee"]["nmae"] = json!("x");
    bent["colour"] = json!("red");
    bent.as_object_mut().unwrap().remove("function");
    let told = codes(&world, "bob", &bent, &plain);
    let mut sorted = told.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["amount.malformed", "data.missing_field", "data.unknown_field", "date.invalid"], "{told:?}");
    // Of an event of another log nothing is known here.
    let other = Bend { log: Some("other.example/log".to_owned()), ..seen };
    assert_eq!(codes(&world, "nobody", &nobody, &other), ["log.other"]);
    assert_eq!(codes(&world, "bob", &bent, &other).len(), 5);
}

#[test]
fn a_draft_has_the_size_of_its_note() {
    let world = World::opened();
    let text = |spaces: usize| {
        let data = format!("{{{}\"rules\":1}}", " ".repeat(spaces));
        let note = world.note("operator", "reg", "log.rules_set/1", &data, &Bend::default());
        let envelope = Envelope::parse(note.as_bytes()).unwrap();
        (envelope.text().to_owned(), note.len())
    };
    let (small, length) = text(1);
    let spaces = almoner_proof::event::EVENT_MAX - length + 1;
    let grown = |more: usize| small.replacen("{ ", &format!("{{{}", " ".repeat(spaces + more)), 1);
    let reg = ["operator/reg".to_owned()];
    assert_eq!(
        Drafted::read(&grown(0), &reg, ORIGIN).unwrap().envelope().bytes().len(),
        almoner_proof::event::EVENT_MAX
    );
    for (text, signers, code) in [
        (grown(1), vec!["operator/reg"], "size.too_large"),
        (grown(0), vec!["operator/reg", "operator/reg2"], "size.too_large"),
        (small.clone(), vec![], "grammar.note"),
        (small.clone(), vec!["operator"], "grammar.signature_line"),
        (small.clone(), vec!["operator/reg x\n\u{2014} operator/reg"], "grammar.signature_line"),
        (small.clone(), vec!["operator/reg", "operator/reg"], "grammar.signature_line"),
        (small.trim_end().to_owned(), vec!["operator/reg"], "grammar.note"),
        (format!("{small}\n\u{2014} operator/reg AAAA\n"), vec!["operator/reg"], "grammar.note"),
        (small.replacen("time", "times", 1), vec!["operator/reg"], "grammar.line"),
        (String::new(), vec!["operator/reg"], "grammar.note"),
    ] {
        let signers: Vec<String> = signers.into_iter().map(str::to_owned).collect();
        assert_eq!(Drafted::read(&text, &signers, ORIGIN).unwrap_err().code().word(), code, "{signers:?}");
    }
    // In whatever order they are named.
    let both = |names: [&str; 2]| {
        Drafted::read(&small, &names.map(str::to_owned), ORIGIN).unwrap().envelope().bytes().to_vec()
    };
    assert_eq!(both(["operator/b", "operator/a"]), both(["operator/a", "operator/b"]));
}
