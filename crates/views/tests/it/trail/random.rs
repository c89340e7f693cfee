//! Random histories: the engine answers as the cell model does, now and at every log prefix.
//!
//! `ALMONER_DEEP` sets how many histories (default 400), `ALMONER_SEED` the first seed; a failure prints its seed.

use super::both::{Answers, Both};
use almoner_views::trail::{Inflow, Outgo};

/// splitmix64: small, seeded, the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    /// Inclusive.
    fn within(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high - low + 1)
    }
}

fn one_history(seed: u64) {
    let mut random = Random(seed);
    let pools = random.within(1, 3);
    // One in eight: a long history of small moves on a large opening balance, so that its lot has more records than a
    // chain holds and is indexed.
    let long = random.below(8) == 0;
    let ops = if long { random.within(80, 160) } else { random.within(1, 60) };
    let largest = if long { 4 } else { [3, 8, 30][random.below(3)] };
    let mut both = Both::new(pools);
    let mut seen: Vec<(u64, Answers)> = Vec::new();
    if long {
        both.at = 1;
        both.inflow(0, &[(100, 3), (60, 0)], Inflow::Before);
        seen.push((both.at, both.check("opening")));
    }
    for op in 0..ops {
        if random.below(3) > 0 {
            both.at += u64::try_from(random.within(1, 2)).unwrap();
        }
        let done = one_op(&mut random, &mut both, largest);
        let answers = both.check(&format!("seed {seed}, op {op}: {done}"));
        match seen.last_mut() {
            Some(last) if last.0 == both.at => last.1 = answers,
            _ => seen.push((both.at, answers)),
        }
    }
    for (n, (at, expected)) in seen.iter().enumerate() {
        let until = seen.get(n + 1).map_or(at + 3, |next| next.0);
        for at in *at..until {
            let got = both.engine_answers(Some(at), expected.sums.len(), expected.slots.len());
            assert_eq!(got, *expected, "seed {seed}, asked at {at}");
        }
    }
    // Before anything happened there is nothing.
    if let Some(before) = seen.first().and_then(|first| first.0.checked_sub(1)) {
        let got = both.engine_answers(Some(before), both.gifts.len(), both.model.outs.len());
        assert!(got.runs.iter().all(Vec::is_empty) && got.slots.iter().all(Vec::is_empty), "seed {seed}");
        assert!(got.sums.iter().all(|s| s.gross == 0 && s.free == 0), "seed {seed}");
    }
}

fn one_op(random: &mut Random, both: &mut Both, largest: usize) -> String {
    let pool = random.below(both.pools.len());
    let to = random.below(both.pools.len());
    let amount = random.within(1, largest);
    match random.below(20) {
        0..=3 => {
            let count = if random.below(3) == 0 { random.within(2, 4) } else { 1 };
            let gifts: Vec<(usize, usize)> = (0..count)
                .map(|_| {
                    let gross = random.within(1, largest);
                    let fee = if random.below(2) == 0 { 0 } else { random.within(0, gross.min(3)) };
                    (gross, fee)
                })
                .collect();
            let kind = if random.below(5) == 0 { Inflow::Before } else { Inflow::Gift };
            both.inflow(pool, &gifts, kind);
            format!("{kind:?} {pool} {gifts:?}")
        }
        4 | 5 => {
            both.inflow(pool, &[(amount, 0)], Inflow::OwnIncome);
            format!("own income {pool} {amount}")
        }
        6..=9 => {
            let kind = [Outgo::Spent, Outgo::Lent, Outgo::Sent, Outgo::Sent][random.below(4)];
            let outflow = both.outflow(pool, amount, kind);
            format!("{kind:?} {outflow} {pool} {amount}")
        }
        10 | 11 => {
            let arrives = if random.below(2) == 0 { amount } else { random.within(0, 2 * largest) };
            let (outflow, lot) = both.carry(pool, amount, to, arrives);
            format!("carry {outflow} {pool} {amount} -> {to} {arrives} lot {lot}")
        }
        12 | 13 => {
            let sent: Vec<usize> = (0..both.model.outs.len())
                .filter(|&o| both.model.outs[o].state == "in transit" && both.model.outs[o].carried.is_none())
                .collect();
            if sent.is_empty() {
                return "nothing to confirm".to_owned();
            }
            let outflow = sent[random.below(sent.len())];
            let lot = both.confirm(outflow, to);
            format!("confirm {outflow} -> {to} lot {lot}")
        }
        14 | 15 => {
            let carried = |gift: usize| both.model.lots[gift].cells.iter().filter(|c| c.2.is_none()).count();
            let open: Vec<usize> = (0..both.gifts.len()).filter(|&gift| carried(gift) > 0).collect();
            if open.is_empty() {
                return "nothing to refund".to_owned();
            }
            let gift = open[random.below(open.len())];
            let amount = random.within(1, carried(gift));
            both.refund(gift, amount);
            format!("refund {gift} {amount}")
        }
        16..=18 => {
            let open: Vec<usize> =
                (0..both.model.outs.len()).filter(|&o| !both.model.outs[o].slots.is_empty()).collect();
            if open.is_empty() {
                return "nothing to give back".to_owned();
            }
            let outflow = open[random.below(open.len())];
            let left = both.model.outs[outflow].slots.len();
            let amount = if random.below(3) == 0 { left } else { random.within(1, left) };
            both.give_back(outflow, amount);
            format!("give back {outflow} {amount}")
        }
        _ => {
            if both.events.is_empty() {
                return "nothing to reverse".to_owned();
            }
            let event = both.events[random.below(both.events.len())].clone();
            let first = random.within(event.start, event.end - 1);
            let gifts = if random.below(2) == 0 { event } else { first..random.within(first + 1, event.end) };
            both.reverse_inflow(gifts.clone());
            assert!(both.model.lots[gifts.start].cells.iter().all(|c| c.2.is_some()));
            format!("reverse {gifts:?}")
        }
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

#[test]
fn random_histories_agree_with_the_cell_model() {
    let first = setting("ALMONER_SEED", 20_250_101);
    let cases = setting("ALMONER_DEEP", 400);
    println!("seeds {first}..{}", first + cases);
    (first..first + cases).for_each(one_history);
}
