//! The 48 histories of `tests/vectors/trail/fifo1.json`, replayed by the cell model and by the engine.

use super::model::{Model, Sums};
use serde_json::Value;
use std::collections::BTreeMap;

pub(crate) fn histories() -> Vec<Value> {
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

#[test]
fn the_cell_model_answers_as_the_vectors_do() {
    let mut wrong = Vec::new();
    for (n, history) in histories().iter().enumerate() {
        let mut m = Model::default();
        let mut lots: BTreeMap<String, usize> = BTreeMap::new();
        let mut outs: BTreeMap<String, usize> = BTreeMap::new();
        let pool = |op: &Value, key: &str| usize::from(text(op, key).as_bytes()[0] - b'a');
        for op in history["ops"].as_array().unwrap() {
            match text(op, "op") {
                "gift" => {
                    let lot = m.inflow(pool(op, "pool"), number(op, "gross"), number(op, "fee"), false);
                    lots.insert(text(op, "id").to_owned(), lot);
                }
                "own_income" => {
                    let lot = m.inflow(pool(op, "pool"), number(op, "amount"), 0, true);
                    lots.insert(text(op, "id").to_owned(), lot);
                }
                kind @ ("spend" | "lend" | "send" | "move") => {
                    let state = match kind {
                        "spend" => "spent",
                        "lend" => "lent",
                        _ => "in transit",
                    };
                    let o = m.outflow(pool(op, "pool"), number(op, "amount"), state);
                    outs.insert(text(op, "id").to_owned(), o);
                    if kind == "move" {
                        let lot = m.carry(o, pool(op, "to"), number(op, "arrives"));
                        lots.insert(text(op, "lot").to_owned(), lot);
                    }
                }
                "confirm" => {
                    let o = outs[text(op, "outflow")];
                    let lot = m.carry(o, pool(op, "to"), m.outs[o].slots.len());
                    lots.insert(text(op, "lot").to_owned(), lot);
                }
                "refund" => m.refund(lots[text(op, "gift")], number(op, "amount")),
                "give_back" => m.give_back(outs[text(op, "outflow")], number(op, "amount")),
                "reverse_inflow" => m.reverse_inflow(lots[text(op, "lot")]),
                other => panic!("{other}"),
            }
        }
        let expect = &history["expect"];
        for (name, sums) in expect["lots"].as_object().unwrap() {
            let got = m.sums(lots[name]);
            if got != sums_of(sums) {
                wrong.push(format!("{n} lot {name}: {got:?}, expected {:?}", sums_of(sums)));
            }
        }
        let name_of = |o: usize| outs.iter().find(|(_, v)| **v == o).unwrap().0.clone();
        for (name, trail) in expect["trails"].as_object().unwrap() {
            let got: Vec<Value> = m
                .runs(lots[name])
                .into_iter()
                .map(|(amount, state, hops)| {
                    serde_json::json!({"amount": amount, "state": state,
                        "hops": hops.into_iter().map(name_of).collect::<Vec<_>>()})
                })
                .collect();
            if Value::from(got.clone()) != *trail {
                wrong.push(format!("{n} trail {name}: {}, expected {trail}", Value::from(got)));
            }
        }
        let pools = m.pools();
        for (name, sum) in expect["pools"].as_object().unwrap() {
            let got = pools.get(&usize::from(name.as_bytes()[0] - b'a')).copied().unwrap_or(0);
            if got != sum.as_i64().unwrap() {
                wrong.push(format!("{n} pool {name}: {got}, expected {sum}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}
