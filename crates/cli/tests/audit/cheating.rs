//! An operator who holds the log's key cannot cheat: after each change the tiles, the root and the
//! checkpoint are made anew, and signed. Only the authors' keys are out of reach; so the audit must
//! refute, and name the first index that cannot be right.

use super::log::{ORIGIN, Place, Writer, key, publish, read, run};
use super::story::{Story, Twist, honest, tell};
use almoner_cli::audit::{Report, Verdict};
use almoner_proof::event::Draft;
use almoner_proof::{b64, note};

type Entries = Vec<Vec<u8>>;

/// The first event, from the altered place on, whose author had seen a tree that held it: their
/// signature on `seen` is what tells of changes that break no chain.
fn first_witness(entries: &Entries, altered: usize) -> usize {
    let told = |entry: &Vec<u8>| read(entry).seen.0 > altered as u64;
    entries.iter().position(told).unwrap_or(usize::MAX)
}

fn refuted(name: &str, report: &Report, index: usize, codes: &[&str]) {
    let first = report.findings.iter().find(|finding| finding.index == Some(index as u64));
    assert_eq!(report.verdict, Verdict::Refuted, "{name}: {:?}", report.findings);
    assert_eq!(report.first_bad_index, Some(index as u64), "{name}: {:?}", report.findings);
    let code = first.unwrap_or_else(|| panic!("{name}: {:?}", report.findings)).code;
    assert!(codes.contains(&code), "{name}: {code} is none of {codes:?}");
}

/// One row: the entries as the operator bends them, the index at which that breaks by itself, and
/// how. `altered` is the first place whose leaf differs from the honest log.
fn row(name: &str, entries: &Entries, altered: usize, index: usize, code: &str) {
    let dir = publish(entries);
    let witness = first_witness(entries, altered);
    if witness < index {
        refuted(name, &run(&dir.0), witness, &["seen.unknown"]);
    } else {
        refuted(name, &run(&dir.0), index, &code.split('|').collect::<Vec<_>>());
    }
}

/// Replaces text within an entry; it must occur.
fn replaced(entry: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(entry).unwrap();
    assert!(text.contains(from), "{from} in {text}");
    text.replacen(from, to, 1).into_bytes()
}

/// Changes the signature material of the first line: four bytes of key id, 64 of signature.
fn with_material(entry: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let text = std::str::from_utf8(entry).unwrap();
    let line = text.split_once("\n\n").unwrap().1.lines().next().unwrap();
    let told = line.rsplit_once(' ').unwrap().1;
    let mut material = b64::decode(told).unwrap();
    change(&mut material);
    replaced(entry, told, &b64::encode(&material))
}

/// One bit of R.
pub(crate) fn bend_signature(entry: &[u8]) -> Vec<u8> {
    with_material(entry, |material| material[10] ^= 4)
}

/// Lines of an entry after the empty one.
fn lines(entry: &[u8]) -> (String, Vec<String>) {
    let text = std::str::from_utf8(entry).unwrap();
    let (body, lines) = text.split_once("\n\n").unwrap();
    (body.to_owned() + "\n", lines.lines().map(|line| format!("{line}\n")).collect())
}

fn with_lines(text: &str, lines: &[String]) -> Vec<u8> {
    format!("{text}\n{}", lines.concat()).into_bytes()
}

#[test]
fn an_event_cannot_be_changed() {
    let story = honest();
    let at = story.gift.index;
    let entry = &story.writer.entries[at];
    let other = story.writer.entries[at - 1].clone();
    let malleated = |material: &mut Vec<u8>| {
        // S + L, little endian: the same equation holds, and only strict verification refuses it.
        let order = [0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14];
        let mut carry = 0u16;
        for (place, byte) in material[36..68].iter_mut().enumerate() {
            let added = order.get(place).copied().unwrap_or(if place == 31 { 0x10 } else { 0 });
            let sum = u16::from(*byte) + added + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
    };
    let (text, own) = lines(entry);
    let (_, others) = lines(&other);
    let seen = format!("seen {} ", read(entry).seen.0);
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a digit in data", replaced(entry, r#""100.00""#, r#""900.00""#), "signature.invalid"),
        ("the time", replaced(entry, "T10:00:00Z", "T10:00:01Z"), "signature.invalid"),
        ("a space in data", replaced(entry, r#"{"account""#, r#"{ "account""#), "signature.invalid"),
        ("a bit of R", bend_signature(entry), "signature.invalid"),
        ("a bit of S", with_material(entry, |m| m[40] ^= 1), "signature.invalid"),
        ("a bit of the key's id", with_material(entry, |m| m[0] ^= 1), "key.unknown"),
        ("S and the order of the group", with_material(entry, malleated), "signature.invalid"),
        ("the signature of another event", with_lines(&text, &others), "signers.wrong|signature.invalid"),
        ("no signature", with_lines(&text, &[]), "grammar.note"),
        ("the same line twice", with_lines(&text, &[own[0].clone(), own[0].clone()]), "grammar.signature_line"),
        ("the size seen", replaced(entry, &seen, &seen.replace("seen ", "seen 1")), "signature.invalid"),
        ("an empty entry", Vec::new(), "grammar.note"),
        ("a line more in the text", replaced(entry, "\nlog ", "\nnote x\nlog "), "grammar.line"),
    ];
    for (name, bent, codes) in cases {
        let mut entries = story.writer.entries.clone();
        assert_ne!(entries[at], bent, "{name}");
        entries[at] = bent;
        let dir = publish(&entries);
        refuted(name, &run(&dir.0), at, &codes.split('|').collect::<Vec<_>>());
    }
}

#[test]
fn signature_lines_are_exactly_the_required_ones() {
    let story = honest();
    let entries = &story.writer.entries;
    let two = story.key_added.index;
    let (text, both) = lines(&entries[two]);
    let (gift_text, gift_line) = lines(&entries[story.gift.index]);
    // The operator's own key signs too: a real signature, and one too many.
    let signed = note::sign(&gift_text, &[&key("operator/reg")]);
    let more = lines(signed.as_bytes()).1;
    let cases: Vec<(&str, usize, Vec<u8>, &[&str])> = vec![
        ("the new key's line removed", two, with_lines(&text, &both[..1]), &["signers.wrong"]),
        ("the admin's line removed", two, with_lines(&text, &both[1..]), &["signers.wrong"]),
        ("reordered", two, with_lines(&text, &[both[1].clone(), both[0].clone()]), &["grammar.signature_line"]),
        ("one more", story.gift.index, with_lines(&gift_text, &[&gift_line[..], &more].concat()), &["signers.wrong"]),
    ];
    for (name, at, bent, codes) in cases {
        let mut entries = entries.clone();
        entries[at] = bent;
        let dir = publish(&entries);
        refuted(name, &run(&dir.0), at, codes);
    }
}

#[test]
fn events_cannot_be_dropped_doubled_swapped_or_moved() {
    let Story { writer, admitted_clinic, first_of_clinic, gift, evidenced, attested, earned, .. } = honest();
    let honest_entries = writer.entries;
    let same_chain_after = |entries: &Entries, chain: &str, from: usize| {
        from + entries[from..].iter().position(|entry| read(entry).chain() == chain).unwrap()
    };
    let edit = |change: &dyn Fn(&mut Entries)| {
        let mut entries = honest_entries.clone();
        change(&mut entries);
        entries
    };
    let at = gift.index;
    let chain = read(&honest_entries[at]).chain().to_owned();

    let dropped = edit(&|e| drop(e.remove(at)));
    row("dropped", &dropped, at, same_chain_after(&dropped, &chain, at), "chain.gap");
    let doubled = edit(&|e| e.insert(at + 1, e[at].clone()));
    row("doubled at once", &doubled, at + 1, at + 1, "chain.fork");
    let doubled = edit(&|e| e.insert(at + 9, e[at].clone()));
    row("doubled later", &doubled, at + 9, at + 9, "chain.fork");
    let later = same_chain_after(&honest_entries, &chain, at + 1);
    let swapped = edit(&|e| e.swap(at, later));
    row("two of one chain swapped", &swapped, at, at, "chain.gap");
    let swapped = edit(&|e| e.swap(at, at - 1));
    row("two of different chains swapped", &swapped, at - 1, usize::MAX, "");
    let cut = edit(&|e| e.truncate(at));
    let dir = publish(&cut);
    // A cut tail is a log in itself; only a checkpoint from before tells (see `reading`).
    assert_eq!(run(&dir.0).verdict, Verdict::Verified);

    let (from, to) = (first_of_clinic.index, admitted_clinic.index);
    let moved = edit(&|e| {
        let entry = e.remove(from);
        e.insert(to, entry);
    });
    row("before its chain is admitted", &moved, to, to, "chain.not_admitted");
    let moved = edit(&|e| {
        let entry = e.remove(from);
        e.insert(to - 1, entry);
    });
    row("before its chain is open", &moved, to - 1, to - 1, "chain.unknown|key.unknown");
    let removed = edit(&|e| drop(e.remove(to)));
    row("without its admission", &removed, to, to, "chain.not_admitted");
    let moved = edit(&|e| {
        let entry = e.remove(earned.index);
        e.insert(attested.index, entry);
    });
    row("earned before it is attested", &moved, attested.index, attested.index, "milestone.unattested");
    let moved = edit(&|e| {
        let entry = e.remove(attested.index);
        e.insert(evidenced.index, entry);
    });
    row("attested before the evidence", &moved, evidenced.index, evidenced.index, "state.wrong");
}

#[test]
fn money_cannot_move_before_what_allows_it() {
    let Story { writer, approved, paid, confirmed, requested, before_hold, hold, refund, gift, lifted, .. } = honest();
    let honest_entries = writer.entries;
    let moved = |from: Place, to: usize| {
        let mut entries = honest_entries.clone();
        let entry = entries.remove(from.index);
        entries.insert(to, entry);
        entries
    };
    let to = approved.index;
    row("paid before it is approved", &moved(paid, to), to, to, "chain.gap");
    row(
        "approved before it is requested",
        &moved(approved, requested.index),
        requested.index,
        requested.index,
        "chain.gap",
    );
    let to = paid.index;
    row("confirmed before it is paid", &moved(confirmed, to), to, to, "ref.unknown");
    row("refunded before it is given", &moved(refund, gift.index), gift.index, gift.index, "chain.gap");
    // The hold comes to stand before a payment that was made while there was none.
    let to = before_hold.index;
    row("paid under a hold", &moved(hold, to), to, to + 1, "hold.placed");
    // The first event whose author saw the hold comes to stand before it.
    let told = |entry: &Vec<u8>| read(entry).seen.0 > hold.index as u64;
    let first = honest_entries.iter().position(told).unwrap();
    let mut entries = honest_entries.clone();
    let entry = entries.remove(hold.index);
    entries.insert(first, entry);
    row("the hold after those who saw it", &entries, hold.index, first - 1, "seen.unknown");
    let first_after = lifted.index + 1;
    let mut entries = honest_entries.clone();
    let entry = entries.remove(lifted.index);
    entries.insert(first_after, entry);
    row("paid before the hold is lifted", &entries, lifted.index, lifted.index, "hold.placed");
}

#[test]
fn authors_cannot_do_what_they_may_not_even_with_real_signatures() {
    for (twist, code) in [
        (Twist::SelfApproval, "approval.self"),
        (Twist::RetiredKey, "key.inactive"),
        (Twist::FalseSeen, "seen.unknown"),
        (Twist::SeenAhead, "seen.unknown"),
        (Twist::SeenBack, "seen.decreasing"),
        (Twist::EarnedUnattested, "milestone.unattested"),
        (Twist::Overdrawn, "fund.overdrawn"),
    ] {
        let (story, place) = tell(twist);
        let dir = publish(&story.writer.entries);
        refuted(&format!("{twist:?}"), &run(&dir.0), place.unwrap().index, &[code]);
    }
}

#[test]
fn an_entry_of_another_log_has_no_place() {
    let story = honest();
    let at = story.gift.index;
    let own = read(&story.writer.entries[at]);
    let (chain, prev) = (own.chain().to_owned(), own.prev);
    let draft = Draft {
        log: "other.example/log",
        chain: &chain,
        seq: own.seq,
        prev,
        seen: own.seen,
        time: own.time(),
        kind: own.kind(),
        data: own.data(),
    };
    let signer = own.signatures().next().unwrap().0.to_owned();
    let mut entries = story.writer.entries.clone();
    entries[at] = note::sign(&draft.text(), &[&key(&signer)]).into_bytes();
    row("another log's", &entries, at, at, "log.other");
    assert_eq!(own.log(), ORIGIN);
}

#[test]
fn a_key_that_is_introduced_later_signs_nothing_before() {
    let story = honest();
    let (to, from) = (story.key_added.index, story.by_carol.index);
    let mut entries = story.writer.entries.clone();
    entries.swap(to, from);
    // Its chain does not even reach that seq yet; the key itself is known to the parallel verifiers.
    row("signed by a key to come", &entries, to, to, "chain.gap");
}

#[test]
fn the_earliest_of_several_is_named() {
    let story = honest();
    let mut entries = story.writer.entries.clone();
    let last = story.last.index;
    // In the last bundle a signature that fails at once; in the first an admission that fails late.
    entries[last] = bend_signature(&entries[last]);
    let at = story.first_of_clinic.index;
    entries.remove(at);
    let dir = publish(&entries);
    let expected = at + entries[at..].iter().position(|entry| read(entry).chain() == "clinic").unwrap();
    refuted("two faults", &run(&dir.0), expected, &["chain.gap"]);
}

#[test]
fn a_log_that_does_not_begin_with_its_operator_is_refuted() {
    let story = honest();
    let mut entries = story.writer.entries.clone();
    entries.remove(1);
    let dir = publish(&entries);
    assert_eq!(run(&dir.0).first_bad_index, Some(1));
    let dir = publish(&story.writer.entries[1..]);
    assert_eq!(run(&dir.0).first_bad_index, Some(0));
    let mut w = Writer::new(ORIGIN);
    w.event(&["well/alice"], "log.opened/1", r#"{"rules":1}"#);
    let dir = publish(&w.entries);
    assert_eq!(run(&dir.0).first_bad_index, Some(0));
}
