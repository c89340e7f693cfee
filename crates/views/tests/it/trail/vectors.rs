//! The 48 histories of `tests/vectors/trail/fifo1.json`, replayed by the cell model and by the engine.

use super::both::Both;
use super::model::Sums;
use almoner_views::trail::{Inflow, Outgo};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn histories() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/trail/fifo1.json");
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str::<Vec<Value>>(&text).unwrap()
}

fn text<'a>(op: &'a Value, key: &str) -> &'a str {
    op[key].as_str().unwrap_or_else(|| panic!("{key} of {op}"))
}

fn number(op: &Value, key: &str) -> usize {
    usize::try_from(op[key].as_u64().unwrap_or_else(|| panic!("{key} of {op}"))).unwrap()
}

fn pool(name: &str) -> usize {
    usize::from(name.as_bytes()[0] - b'a')
}

fn sums_of(v: &Value) -> Sums {
    let n = |k: &str| v[k].as_i64().unwrap();
    Sums {
        gross: n("gross"),
        fee: n("fee"),
        spent: n("spent"),
        lent: n("lent"),
        in_transit: n("in_transit"),
        passed_on: n("passed_on"),
        free: n("free"),
        refunded: n("refunded"),
        reversed: n("reversed"),
        taken_over: n("taken_over"),
    }
}

/// One history on both, with the names of its lots and outflows.
fn replay(history: &Value) -> (Both, BTreeMap<String, usize>, BTreeMap<usize, String>) {
    let mut both = Both::new(26);
    let mut lots: BTreeMap<String, usize> = BTreeMap::new();
    let mut outs: BTreeMap<String, usize> = BTreeMap::new();
    for (at, op) in history["ops"].as_array().unwrap().iter().enumerate() {
        both.at = u64::try_from(at).unwrap();
        let name = |key: &str| text(op, key).to_owned();
        match text(op, "op") {
            "gift" => {
                let gift = [(number(op, "gross"), number(op, "fee"))];
                lots.insert(name("id"), both.inflow(pool(text(op, "pool")), &gift, Inflow::Gift));
            }
            "own_income" => {
                let income = [(number(op, "amount"), 0)];
                lots.insert(name("id"), both.inflow(pool(text(op, "pool")), &income, Inflow::OwnIncome));
            }
            kind @ ("spend" | "lend" | "send") => {
                let kind = match kind {
                    "spend" => Outgo::Spent,
                    "lend" => Outgo::Lent,
                    _ => Outgo::Sent,
                };
                outs.insert(name("id"), both.outflow(pool(text(op, "pool")), number(op, "amount"), kind));
            }
            "move" => {
                let (from, to) = (pool(text(op, "pool")), pool(text(op, "to")));
                let (outflow, lot) = both.carry(from, number(op, "amount"), to, number(op, "arrives"));
                outs.insert(name("id"), outflow);
                lots.insert(name("lot"), lot);
            }
            "confirm" => {
                let lot = both.confirm(outs[text(op, "outflow")], pool(text(op, "to")));
                lots.insert(name("lot"), lot);
            }
            "refund" => both.refund(lots[text(op, "gift")], number(op, "amount")),
            "give_back" => both.give_back(outs[text(op, "outflow")], number(op, "amount")),
            "reverse_inflow" => {
                let lot = lots[text(op, "lot")];
                both.reverse_inflow(lot..lot + 1);
            }
            other => panic!("{other}"),
        }
    }
    (both, lots, outs.into_iter().map(|(name, id)| (id, name)).collect())
}

#[test]
fn model_and_engine_answer_as_the_vectors_do() {
    let mut wrong = Vec::new();
    let histories = histories();
    assert_eq!(histories.len(), 48);
    for (n, history) in histories.iter().enumerate() {
        let (both, lots, outs) = replay(history);
        let expect = &history["expect"];
        let counts = (both.gifts.len(), both.model.outs.len());
        for (who, got) in [("model", both.model_answers()), ("engine", both.engine_answers(None, counts.0, counts.1))] {
            for (name, sums) in expect["lots"].as_object().unwrap() {
                let got = &got.sums[lots[name]];
                if *got != sums_of(sums) {
                    wrong.push(format!("{n} {who} lot {name}: {got:?}, expected {sums}"));
                }
            }
            for (name, trail) in expect["trails"].as_object().unwrap() {
                let run = |(amount, state, hops): &(i64, &str, Vec<usize>)| json!({"amount": amount, "state": state, "hops": hops.iter().map(|o| &outs[o]).collect::<Vec<_>>()});
                let got = Value::from(got.runs[lots[name]].iter().map(run).collect::<Vec<_>>());
                if got != *trail {
                    wrong.push(format!("{n} {who} trail {name}: {got}, expected {trail}"));
                }
            }
            for (name, sum) in expect["pools"].as_object().unwrap() {
                if Some(got.pools[pool(name)]) != sum.as_i64() {
                    wrong.push(format!("{n} {who} pool {name}: {}, expected {sum}", got.pools[pool(name)]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}
