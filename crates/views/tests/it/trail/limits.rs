//! What the engine refuses (and that a refusal changes nothing), and what size does to it.

use super::both::id;
use almoner_views::trail::{Fifo, Inflow, Lot, Outflow, Outgo, Part, Pool, Segment, State, TrailError};

#[test]
fn impossible_calls_are_refused_and_change_nothing() {
    let mut fifo = Fifo::new();
    let pool = fifo.open_pool().unwrap();
    let gift = fifo.inflow(5, pool, 10, 2, Inflow::Gift).unwrap();
    let spent = fifo.outflow(6, pool, 4, Outgo::Spent).unwrap();
    let sent = fifo.outflow(7, pool, 1, Outgo::Sent).unwrap();
    fifo.confirm(8, sent, pool).unwrap();
    let owed = fifo.outflow(9, pool, 8, Outgo::Lent).unwrap();
    let debt = fifo.segments(owed, None).unwrap().last().unwrap().lot;
    let whole = fifo.whole(gift).unwrap();
    let nobody = Pool(1);
    let before = format!("{fifo:?}");
    let table: Vec<(&str, Result<(), TrailError>, TrailError)> = vec![
        (
            "an event of the past",
            fifo.inflow(8, pool, 1, 0, Inflow::Gift).map(drop),
            TrailError::OutOfOrder { at: 8, last: 9 },
        ),
        ("a pool nobody opened", fifo.inflow(9, nobody, 1, 0, Inflow::Gift).map(drop), TrailError::UnknownPool(1)),
        ("negative money", fifo.inflow(9, pool, -1, 0, Inflow::Gift).map(drop), TrailError::BadAmount(-1)),
        ("a negative fee", fifo.inflow(9, pool, 1, -2, Inflow::Gift).map(drop), TrailError::BadAmount(-2)),
        ("too much money", fifo.inflow(9, pool, i64::MAX, 1, Inflow::Gift).map(drop), TrailError::Overflow),
        ("an empty outflow", fifo.outflow(9, pool, 0, Outgo::Spent).map(drop), TrailError::BadAmount(0)),
        (
            "an outflow of i64::MIN",
            fifo.outflow(9, pool, i64::MIN, Outgo::Spent).map(drop),
            TrailError::BadAmount(i64::MIN),
        ),
        ("a confirmed spending", fifo.confirm(9, spent, pool).map(drop), TrailError::NotInTransit(0)),
        ("a second confirmation", fifo.confirm(9, sent, pool).map(drop), TrailError::NotInTransit(1)),
        ("an unknown confirmation", fifo.confirm(9, Outflow(9), pool).map(drop), TrailError::UnknownOutflow(9)),
        ("a carry to nowhere", fifo.carry(9, pool, 1, nobody, 1).map(drop), TrailError::UnknownPool(1)),
        ("a negative arrival", fifo.carry(9, pool, 1, pool, -1).map(drop), TrailError::BadAmount(-1)),
        (
            "a refund above the gift",
            fifo.refund(9, gift, &whole, 13),
            TrailError::RefundTooMuch { asked: 13, carried: 12 },
        ),
        ("an empty refund", fifo.refund(9, gift, &whole, 0), TrailError::BadAmount(0)),
        ("a refund of a debt", fifo.refund(9, debt, &whole, 1), TrailError::UnknownLot(debt.0)),
        ("a refund of nothing known", fifo.refund(9, Lot(99), &whole, 1), TrailError::UnknownLot(99)),
        ("a fee as net", fifo.refund(9, gift, &Part { net: 9..11, fee: 10..10 }, 1), TrailError::BadPart(0)),
        ("net as a fee", fifo.reverse_inflow(9, gift, &Part { net: 0..1, fee: 9..11 }), TrailError::BadPart(0)),
        ("more back than went", fifo.give_back(9, spent, 5), TrailError::GiveBackTooMuch { asked: 5, left: 4 }),
        ("nothing back", fifo.give_back(9, spent, 0), TrailError::BadAmount(0)),
        ("back from nowhere", fifo.give_back(9, Outflow(7), 1), TrailError::UnknownOutflow(7)),
    ];
    for (what, got, expected) in table {
        assert_eq!(got, Err(expected), "{what}");
    }
    assert_eq!(before, format!("{fifo:?}"));
    assert_eq!(fifo.sums(debt, &whole, None), Err(TrailError::UnknownLot(debt.0)));
    assert_eq!(fifo.segments(Outflow(7), None), Err(TrailError::UnknownOutflow(7)));
    assert_eq!(fifo.spendable(nobody, None), Err(TrailError::UnknownPool(1)));
    fifo.refund(9, gift, &whole, 12).unwrap();
    let again = fifo.refund(9, gift, &whole, 1);
    assert_eq!(again, Err(TrailError::RefundTooMuch { asked: 1, carried: 0 }));
    // A reversal finds nothing left to lose.
    fifo.reverse_inflow(9, gift, &whole).unwrap();
}

#[test]
fn a_hundred_thousand_hops_are_walked_without_recursion() {
    let mut fifo = Fifo::new();
    let pools = [fifo.open_pool().unwrap(), fifo.open_pool().unwrap()];
    let gift = fifo.inflow(0, pools[0], 100, 0, Inflow::Gift).unwrap();
    for hop in 0..100_000_usize {
        let at = u64::try_from(hop).unwrap() + 1;
        fifo.carry(at, pools[hop % 2], 100, pools[(hop + 1) % 2], 100).unwrap();
    }
    let runs = fifo.runs(gift, &fifo.whole(gift).unwrap(), None).unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!((runs[0].amount, runs[0].state, runs[0].hops.len()), (100, State::Free, 100_000));
    assert_eq!(runs[0].hops.last(), Some(&id(99_999)));
}

#[test]
fn an_opening_balance_used_by_a_hundred_thousand_outflows_answers_at_any_index() {
    let mut fifo = Fifo::new();
    let pool = fifo.open_pool().unwrap();
    let n: i64 = 100_000;
    let opening = fifo.inflow(0, pool, 3 * n, 0, Inflow::Before).unwrap();
    for k in 0..n {
        fifo.outflow(u64::try_from(k).unwrap() + 1, pool, 3, Outgo::Spent).unwrap();
    }
    // One unit at a time comes back out of the newest, and the oldest is undone.
    for k in 0..3 {
        fifo.give_back(200_000 + k, Outflow(99_999), 1).unwrap();
    }
    fifo.give_back(200_003, Outflow(0), 2).unwrap();
    let part = |net: std::ops::Range<i64>| Part { net, fee: 0..0 };
    assert_eq!(fifo.sums(opening, &part(0..6), None).unwrap().free, 2);
    assert_eq!(fifo.sums(opening, &part(0..6), Some(1)).unwrap().free, 3);
    assert_eq!(fifo.sums(opening, &part(0..6), Some(2)).unwrap().free, 0);
    assert_eq!(fifo.sums(opening, &part(3 * n - 3..3 * n), Some(200_001)).unwrap().free, 2);
    assert_eq!(fifo.spendable(pool, Some(50_000)), Ok(150_000));
    let next = fifo.outflow(200_004, pool, 4, Outgo::Spent).unwrap();
    let segments = fifo.segments(next, None).unwrap();
    let expected = [(1, 3), (3 * n - 3, 3 * n - 1)].map(|(from, to)| Segment { lot: opening, from, to });
    assert_eq!(segments, expected);
}

#[test]
fn one_outflow_over_many_lots_gives_back_from_its_end() {
    let mut fifo = Fifo::new();
    let pool = fifo.open_pool().unwrap();
    let n: u32 = 100_000;
    let lots: Vec<Lot> = (0..n).map(|k| fifo.inflow(u64::from(k), pool, 5, 1, Inflow::Gift).unwrap()).collect();
    let outflow = fifo.outflow(u64::from(n), pool, 5 * i64::from(n) + 7, Outgo::Spent).unwrap();
    for k in 0..200 {
        fifo.give_back(u64::from(n) + 1 + k, outflow, 1).unwrap();
    }
    assert_eq!(fifo.spendable(pool, None), Ok(193));
    assert_eq!(fifo.left(outflow), Some(5 * i64::from(n) + 7 - 200));
    let last = lots[lots.len() - 1];
    assert_eq!(fifo.sums(last, &fifo.whole(last).unwrap(), None).unwrap().free, 5);
    assert_eq!(fifo.segments(outflow, Some(u64::from(n))).unwrap().len(), lots.len() + 1);
    let segments = fifo.segments(outflow, None).unwrap();
    assert_eq!(segments.iter().map(|s| s.to - s.from).sum::<i64>(), 5 * i64::from(n) + 7 - 200);
}

#[test]
fn a_transfer_that_fills_its_own_debt_is_told_once_as_circular() {
    let mut fifo = Fifo::new();
    let pools = [fifo.open_pool().unwrap(), fifo.open_pool().unwrap()];
    fifo.carry(0, pools[0], 5, pools[1], 5).unwrap();
    let (back, lot) = fifo.carry(1, pools[1], 5, pools[0], 5).unwrap();
    let runs = fifo.runs(lot, &fifo.whole(lot).unwrap(), None).unwrap();
    assert_eq!((runs.len(), runs[0].amount, runs[0].state), (1, 5, State::Circular));
    assert_eq!(runs[0].hops, vec![Outflow(0), back]);
}
