//! Random histories against the reference model. `ALMONER_DEEP` multiplies how many.

use crate::model::{Model, id, minor, text};
use crate::world::World;
use almoner_ledger::entry::Use;
use almoner_ledger::{Flow, Pool, Refusal};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const SEQUENCES: u64 = 300;
const EVENTS: usize = 80;

const FUNDS: &[(&str, &str)] = &[
    ("general", "unrestricted"),
    ("water", "restricted"),
    ("plan", "designated"),
    ("keep", "agency"),
    ("trust", "endowment-permanent"),
    ("grow", "endowment-expendable"),
];

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers everywhere.
pub(crate) struct Dice(pub u64);

impl Dice {
    pub(crate) fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % below.max(1)
    }
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.roll(n) == 0
    }
    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(usize::try_from(self.roll(list.len() as u64)).unwrap())
    }
}

/// The event that a story tries next: chain, signers, holder, kind, data.
pub(crate) struct Try(pub &'static str, pub &'static str, pub &'static str, pub Value);

pub(crate) struct Story {
    pub world: World,
    pub model: Model,
    trail: Trail,
    pub dice: Dice,
    pub next: u64,
    /// Kinds that were admitted, and codes that were refused.
    seen: BTreeMap<String, u64>,
}

#[test]
fn books_equal_the_model_in_random_histories() {
    let deep: u64 = std::env::var("ALMONER_DEEP").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let only = std::env::var("ALMONER_SEED").ok().and_then(|n| n.parse::<u64>().ok());
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for seed in only.map_or(0..SEQUENCES * deep, |seed| seed..seed + 1) {
        println!("seed {seed}");
        let mut story = Story::begin(seed);
        for _ in 0..EVENTS {
            story.step();
        }
        for (what, count) in story.seen {
            *seen.entry(what).or_default() += count;
        }
    }
    println!("{seen:#?}");
    if only.is_none() {
        let posting = [
            "balance.opened",
            "donation.received",
            "settlement.received",
            "donation.refunded",
            "allocation.made",
            "expenditure.recorded",
            "payment.irregular",
            "commitment.agreed",
            "pledge.cancelled",
            "grant.awarded",
            "grant.tranche_earned",
            "disbursement.paid",
            "disbursement.failed",
            "disbursement.confirmed",
            "event.reversed",
            "project.spun_off",
            "project.adopted",
            "hold.placed",
            "hold.lifted",
            "fund.overdrawn",
            "refund.exceeded",
            "reversal.twice",
            "reversal.dependents",
            "hold.placed refused",
            "approval.missing",
            "milestone.unattested",
            "grant.exceeded",
            "a loan",
        ];
        let never: Vec<_> = posting.iter().filter(|what| !seen.contains_key(**what)).collect();
        assert!(never.is_empty(), "the histories never came to {never:?}");
    }
}

impl Story {
    pub(crate) fn begin(seed: u64) -> Story {
        let mut world = World::opened();
        world.person("commission", "sue", &["supervise"], "regulator");
        world.charity("well", Some("commission"));
        world.charity("clinic", None);
        for reviewer in ["geo", "rock"] {
            world.person(reviewer, "eve", &["attest"], "reviewer");
        }
        let mut story = Story {
            model: Model::default(),
            trail: Trail::default(),
            dice: Dice(seed),
            next: 0,
            seen: BTreeMap::new(),
            world,
        };
        // The model counts a chain's events by their order; what the town did stands for itself.
        for index in 0..story.world.books.size() {
            let envelope = story.world.envelope(index);
            story.model.fold(index, envelope.chain(), "", "", &Value::Null);
        }
        for chain in ["well", "clinic"] {
            for (account, currency) in [("bank", "CNY"), ("till", "CNY"), ("yen", "JPY")] {
                let data = json!({"account": format!("account/{account}"), "kind": "bank", "currency": currency});
                story.send(Try(chain, "bob", "account.opened/1", data)).unwrap();
            }
            for (fund, class) in FUNDS {
                let data = json!({"fund": format!("fund/{fund}"), "class": class, "purpose": "p"});
                story.send(Try(chain, "bob", "fund.opened/1", data)).unwrap();
            }
            for project in ["wells", "school"] {
                let data = json!({"project": format!("project/{project}"), "title": {"en": "P"}});
                story.send(Try(chain, "bob", "project.proposed/1", data)).unwrap();
                story
                    .send(Try(chain, "ann", "project.approved/1", json!({"project": format!("project/{project}")})))
                    .unwrap();
            }
        }
        story
    }

    pub(crate) fn step(&mut self) {
        let Some(next) = self.invent() else { return };
        let (kind, data) = (next.2, next.3.clone());
        let told = self.send(next);
        let name = kind.trim_end_matches("/1");
        match told {
            Ok(_) => *self.seen.entry(name.to_owned()).or_default() += 1,
            Err(why) => {
                let code = why.code().word();
                let code = if code == "hold.placed" { "hold.placed refused" } else { code };
                *self.seen.entry(code.to_owned()).or_default() += 1;
                // A ledger that refuses the truth lies by omission.
                assert!(kind != "payment.irregular/1", "an irregular payment was refused: {why}");
                if kind == "event.reversed/1" {
                    let fine = ["reversal.twice", "reversal.dependents", "reversal.not_reversible", "ref.unknown"];
                    let cancelled = why.code().word() == "state.wrong" && why.detail().contains("by a refund");
                    assert!(fine.contains(&why.code().word()) || cancelled, "a correction was refused: {why} {data}");
                }
                if kind == "disbursement.failed/1" {
                    let state = self.model.payments[&id(&data, "disbursement")].state;
                    assert!(state != "paid", "a failed payment was refused: {why}");
                }
            }
        }
    }

    fn send(&mut self, Try(chain, signers, kind, data): Try) -> Result<u64, Refusal> {
        let before = self.spendable();
        let told = self.world.event(chain, signers, kind, data.clone());
        if let Ok(index) = told {
            let holder = if signers == "bob2" { "bob" } else { signers };
            self.model.fold(index, chain, holder, kind, &data);
            self.check_event(index, chain, kind, &data, &before);
        }
        self.check_balances();
        told
    }

    fn spendable(&self) -> BTreeMap<(String, String, String), i128> {
        let mut sums = BTreeMap::new();
        for chain in ["well", "clinic"] {
            for (fund, _) in FUNDS {
                for currency in ["CNY", "JPY"] {
                    let sum = self.model.spendable(chain, fund, currency);
                    sums.insert((chain.to_owned(), (*fund).to_owned(), currency.to_owned()), sum);
                }
            }
        }
        sums
    }

    fn check_balances(&self) {
        let books = &self.world.books;
        let mut got = BTreeMap::new();
        let mut pools: BTreeMap<Pool, i128> = BTreeMap::new();
        for (key, balance) in books.balances() {
            let chain = books.chain(key.pool.chain).unwrap().id.clone();
            let project = key.pool.project.map(|no| books.entity_id(no)).unwrap_or_default();
            let name = key.head.name(&|no| books.entity_id(no));
            let amount = i128::from(balance.minor());
            assert_eq!(balance.currency(), key.pool.currency);
            if amount != 0 {
                got.insert(
                    (chain, books.entity_id(key.pool.fund), project, name, key.pool.currency.to_string()),
                    amount,
                );
            }
            if key.head.is_spendable() {
                *pools.entry(key.pool).or_default() += amount;
            }
        }
        assert_eq!(got, self.model.balances, "the books differ from the model");
        let trail: BTreeMap<Pool, i128> =
            self.trail.pools.iter().filter(|(_, s)| **s != 0).map(|(p, s)| (*p, *s)).collect();
        pools.retain(|_, sum| *sum != 0);
        assert_eq!(pools, trail, "the steps of money do not sum to the pools' spendable money");
        for ((chain, fund, currency), sum) in self.spendable() {
            let chain = books.chain_no(&chain).unwrap();
            let fund = books.find(chain, almoner_ledger::EntityKind::Fund, &fund).map(|fund| fund.no);
            let currency = almoner_ledger::Currency::parse(&currency).unwrap();
            let told = fund.map_or(0, |fund| i128::from(books.spendable(fund, currency).minor()));
            assert_eq!(told, sum, "spendable");
        }
    }

    fn check_event(
        &mut self,
        index: u64,
        chain: &str,
        kind: &str,
        data: &Value,
        before: &BTreeMap<(String, String, String), i128>,
    ) {
        let place = usize::try_from(index).unwrap();
        let mut sums: BTreeMap<_, i128> = BTreeMap::new();
        for posting in &self.world.postings[place] {
            let pool = posting.account.pool;
            assert!(!posting.amount.is_zero(), "a posting of nothing");
            assert_eq!(pool.currency, posting.amount.currency());
            assert_eq!(self.world.books.chain(pool.chain).unwrap().id, chain, "posted to another chain");
            *sums.entry((pool.chain, pool.fund, pool.currency)).or_default() += i128::from(posting.amount.minor());
        }
        assert!(sums.values().all(|sum| *sum == 0), "invariant 1: a fund does not balance");
        self.trail.fold(index, &self.world.flows[place].clone());
        if kind == "event.reversed/1"
            && self.world.flows[place].iter().any(|f| matches!(f, Flow::Carry { from, to, .. } if from.fund != to.fund))
        {
            *self.seen.entry("a loan".to_owned()).or_default() += 1;
        }
        let ordinary = [
            "expenditure.recorded/1",
            "disbursement.paid/1",
            "donation.refunded/1",
            "allocation.made/1",
            "project.spun_off/1",
        ];
        let correction = ["event.reversed/1", "payment.irregular/1"];
        let mut moved = BTreeSet::new();
        for (key, after) in self.spendable() {
            let fell = after < before[&key];
            if fell {
                moved.insert(key.1.clone());
            }
            let class = self.model.class(&key.0, &key.1);
            if fell && after < 0 {
                assert!(correction.contains(&kind), "invariant 2: {kind} overdraws {key:?}");
                let lent = kind == "event.reversed/1" && class != "unrestricted";
                assert!(!lent, "invariant 9: a reversal overdraws {key:?}");
            }
            if ordinary.contains(&kind) && fell && class == "endowment-permanent" {
                let given_back = ["donation.refunded/1", "project.spun_off/1"].contains(&kind);
                assert!(given_back, "invariant 3: capital is spent by {kind}");
            }
        }
        let nothing_left = kind == "project.spun_off/1" && moved.is_empty();
        if ordinary.contains(&kind) && !nothing_left {
            let project = match kind {
                "disbursement.paid/1" => self.model.payments[&id(data, "disbursement")].pool.1.clone(),
                "allocation.made/1" => id(data, "from"),
                _ => id(data, "project"),
            };
            for on in self.model.holds.values() {
                let held = on == chain
                    || moved.iter().any(|fund| *on == format!("{chain}/fund/{fund}"))
                    || *on == format!("{chain}/project/{project}");
                assert!(!held, "invariant 14: {kind} in spite of a hold on {on}");
            }
        }
        if kind == "expenditure.recorded/1" && text(data, "currency") == "CNY" && minor(&data["amount"]) >= 5_000_000 {
            assert!(!id(data, "disbursement").is_empty(), "invariant 16: an outflow without a request");
        }
        for gift in self.model.gifts.values().flatten() {
            assert!(gift.refunded <= gift.gross && gift.fee_back <= gift.fee, "invariant 6: refunded beyond receipt");
        }
        for promise in self.model.promises.values() {
            assert!(
                promise.receivable >= 0 && promise.advance >= 0 && promise.advance <= promise.amount,
                "{promise:?}"
            );
        }
        let income = self.model.balances.iter().filter(|(key, _)| key.3.starts_with("income:"));
        for (key, _) in income {
            assert!(self.model.class(&key.0, &key.1) != "agency", "invariant 3: agency money became income");
        }
    }
}

/// Per pool, what the steps of money say it can spend.
#[derive(Default)]
struct Trail {
    pools: BTreeMap<Pool, i128>,
    steps: BTreeMap<(u64, u32), (Flow<Pool, i64>, i128)>,
    gone: BTreeMap<(u64, i64), i128>,
}

impl Trail {
    fn fold(&mut self, index: u64, flows: &[Flow<Pool, i64>]) {
        let units = |minor: &i64| i128::from(*minor);
        for (nth, flow) in (0u32..).zip(flows) {
            let mut left = 0;
            match flow {
                Flow::Inflow { pool, net, fee, .. } => {
                    assert!(!net.is_negative() && !fee.is_negative());
                    *self.pools.entry(*pool).or_default() += units(net);
                    left = units(net) + units(fee);
                }
                Flow::Outflow { pool, amount, .. } => {
                    assert!(amount.is_positive());
                    *self.pools.entry(*pool).or_default() -= units(amount);
                    left = units(amount);
                }
                Flow::Carry { from, to, amount, arrives } => {
                    assert!(amount.is_positive() && arrives == amount && from != to);
                    *self.pools.entry(*from).or_default() -= units(amount);
                    *self.pools.entry(*to).or_default() += units(arrives);
                }
                Flow::Confirm { of, to, amount } => {
                    let (sent, left) = self.steps.get_mut(of).expect("confirms a step");
                    assert!(matches!(sent, Flow::Outflow { how: Use::Sent, .. }) && *left > 0, "confirmed once");
                    assert_eq!(units(amount), *left, "what is confirmed is what was sent");
                    *self.pools.entry(*to).or_default() += *left;
                    *left = 0;
                }
                Flow::GiveBack { of, pool: told, amount } => {
                    let (sent, left) = self.steps.get_mut(of).expect("gives a step back");
                    let Flow::Outflow { pool, .. } = sent else { panic!("gives back what never left") };
                    assert_eq!(told, pool);
                    *left -= units(amount);
                    assert!(*left >= 0, "more comes back than left");
                    *self.pools.entry(*pool).or_default() += units(amount);
                }
                Flow::Refund { of, pool: told, gift, amount } => {
                    let Some((Flow::Inflow { pool, .. }, _)) = self.steps.get(of) else { panic!("refunds no inflow") };
                    assert_eq!(told, pool);
                    let gone = self.gone.entry((of.0, gift.net_from + gift.fee_from)).or_default();
                    *gone += units(amount);
                    assert!(*gone <= i128::from(gift.net + gift.fee));
                    *self.pools.entry(*pool).or_default() -= units(amount);
                }
                Flow::ReverseInflow { of, pool: told, gift, net: said } => {
                    let (Flow::Inflow { pool, net, .. }, left) = self.steps.get_mut(of).expect("an inflow") else {
                        panic!("reverses no inflow")
                    };
                    let (taken, gross) = match gift {
                        Some(place) => (i128::from(place.net), i128::from(place.net + place.fee)),
                        None => (units(net), *left),
                    };
                    assert_eq!((told, units(said)), (&*pool, taken));
                    *left -= gross;
                    assert!(*left >= 0, "reversed twice");
                    *self.pools.entry(*pool).or_default() -= taken;
                }
            }
            self.steps.insert((index, nth), (*flow, left));
        }
    }
}
