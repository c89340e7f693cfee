//! Noise: whatever bytes come, the answer is a refusal by name, never a panic; and what is admitted can be folded.

use crate::random::Dice;
use crate::script::{TEXT, read};
use crate::world::{Bend, World};
use almoner_ledger::Code;
use almoner_ledger::{KINDS, decode, read_envelope};
use serde_json::{Value, json};

fn rounds(some: u64) -> u64 {
    some * std::env::var("ALMONER_DEEP").ok().and_then(|n| n.parse().ok()).unwrap_or(1)
}

#[test]
fn bent_bytes_are_refused_by_name() {
    let world = read(TEXT).world("an earned grant");
    let mut dice = Dice(1);
    for round in 0..rounds(20_000) {
        let envelope = world.envelope(dice.roll(world.books.size()));
        let mut bytes = envelope.bytes().to_vec();
        for _ in 0..=dice.roll(3) {
            if bytes.is_empty() {
                break;
            }
            let at = usize::try_from(dice.roll(bytes.len() as u64)).unwrap();
            match dice.roll(5) {
                0 => bytes[at] = u8::try_from(dice.roll(256)).unwrap(),
                1 => bytes[at] ^= 1 << dice.roll(8),
                2 => drop(bytes.remove(at)),
                3 => bytes.insert(at, *dice.pick(b"\n\"{}[]:,-0.\\u \xe2\x80").unwrap()),
                _ => bytes.truncate(at.max(1)),
            }
        }
        if let Err(why) = world.decide(&bytes) {
            assert!(Code::ALL.contains(&why.code()), "round {round}: {why}");
        }
        if let Ok(envelope) = read_envelope(&bytes, crate::world::ORIGIN) {
            drop(decode(&envelope));
        }
    }
}

#[test]
fn bent_data_of_every_kind_is_refused_by_name() {
    let mut dice = Dice(2);
    for kind in KINDS {
        for _ in 0..rounds(400) {
            let mut data: Value = serde_json::from_str(kind.example).unwrap();
            bend(&mut data, &mut dice);
            if let Err(why) = kind.decode(&data.to_string()) {
                assert!(Code::ALL.contains(&why.code()), "{}: {why}", kind.kind);
            }
        }
    }
}

/// Properly signed, but strange: this reaches the decision. `World::submit` panics if what was
/// admitted cannot be folded.
#[test]
fn strange_events_by_proper_authors_never_break_the_books() {
    let script = read(TEXT);
    let fixtures =
        ["an earned grant", "a partly refunded gift", "a commitment", "an adopted project", "a payment", "an import"];
    let mut dice = Dice(3);
    let mut admitted = 0;
    for fixture in fixtures {
        let mut world = script.world(fixture);
        let size = world.books.size();
        for round in 0..rounds(700) {
            let envelope = world.envelope(dice.roll(size));
            let mut data: Value = serde_json::from_str(envelope.data()).unwrap();
            // What the event opened is open already: it gets a new name first.
            let noun = envelope.kind().split('.').next().unwrap();
            if data[noun].is_string() && dice.one_in(2) {
                data[noun] = json!(format!("{noun}/z{round}"));
            }
            for _ in 0..dice.roll(3) {
                bend(&mut data, &mut dice);
            }
            let signers: Vec<&str> = envelope.signatures().map(|(name, _)| name).collect();
            let told =
                world.bent(envelope.chain(), &signers.join("+"), envelope.kind(), &data.to_string(), &Bend::default());
            match told {
                Ok(_) => admitted += 1,
                Err(why) => assert!(Code::ALL.contains(&why.code()), "{fixture}, {round}: {why}"),
            }
        }
        assert_balanced(&world);
    }
    assert!(admitted > 100, "only {admitted} strange events were admitted: they are too strange");
}

fn assert_balanced(world: &World) {
    let mut sums = std::collections::BTreeMap::new();
    for (key, balance) in world.books.balances() {
        *sums.entry((key.pool.fund, key.pool.currency)).or_insert(0i128) += i128::from(balance.minor());
    }
    assert!(sums.values().all(|sum| *sum == 0));
}

/// Changes one member or element, somewhere.
fn bend(value: &mut Value, dice: &mut Dice) {
    match value {
        Value::Object(members) if !members.is_empty() && !dice.one_in(12) => {
            let keys: Vec<String> = members.keys().cloned().collect();
            let key = dice.pick(&keys).unwrap();
            if dice.one_in(10) {
                members.remove(key);
            } else {
                bend(&mut members[key], dice);
            }
        }
        Value::Array(list) if !list.is_empty() && !dice.one_in(6) => {
            let at = usize::try_from(dice.roll(list.len() as u64)).unwrap();
            if dice.one_in(4) {
                let again = list[at].clone();
                list.push(again);
            } else {
                bend(&mut list[at], dice);
            }
        }
        other => *other = strange(dice),
    }
}

fn strange(dice: &mut Dice) -> Value {
    let all = [
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(4_294_967_295u64),
        json!(9_007_199_254_740_992u64),
        json!(""),
        json!("0.00"),
        json!("0.01"),
        json!("-0.01"),
        json!("1"),
        json!("100.00"),
        json!("100000000000000.00"),
        json!("99999999999999999999.99"),
        json!("CNY"),
        json!("USD"),
        json!("XXX"),
        json!("2026-02-29"),
        json!("0000-01-01"),
        json!("fund/water"),
        json!("fund/general"),
        json!("fund/new"),
        json!("project/wells"),
        json!("project/new"),
        json!("account/bank"),
        json!("account/dollars"),
        json!("account/new"),
        json!("well/fund/water"),
        json!("clinic/fund/relief"),
        json!("commitment/c1"),
        json!("pledge/new"),
        json!("grant/g1"),
        json!("grant/new"),
        json!("disbursement/new"),
        json!("milestone/m1"),
        json!("milestone/new"),
        json!("well"),
        json!("clinic"),
        json!("operator"),
        json!("well#0"),
        json!("well#15"),
        json!("clinic#9223372036854775807"),
        json!("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        json!("\u{0}"),
        json!("\u{1f600}\u{fffe}"),
        json!("x".repeat(2001)),
        json!([]),
        json!({}),
        json!({"chain": "clinic"}),
        json!({"organisation": "X-1"}),
        json!([{"gross": "1.00", "fee": "0.00"}]),
        json!([0]),
        json!("bank"),
        json!("clearing"),
        json!("restricted"),
        json!("agency"),
        json!("unrestricted"),
        json!("endowment-permanent"),
    ];
    dice.pick(&all).unwrap().clone()
}
