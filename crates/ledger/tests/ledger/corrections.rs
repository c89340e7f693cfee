//! Corrections, and what they do to funds, promises and projects: cases that random histories seldom meet.

use crate::script::{TEXT, read};
use crate::world::World;
use almoner_ledger::entity::{
    CampaignStanding, CampaignState, Commitment, Gone, GrantStanding, Pledge, ProjectStanding, ProjectStatus,
};
use almoner_ledger::{Currency, Entity, EntityKind, Flow, Pool, Standing};
use serde_json::{Value, json};

const DATE: &str = "2026-11-21";

fn after(fixture: &str) -> World {
    read(TEXT).world(fixture)
}

fn gift(fund: &str, amount: &str) -> Value {
    json!({"account": "account/bank", "currency": "CNY", "fund": fund, "effective_date": DATE,
        "gifts": [{"gross": amount, "fee": "0.00"}]})
}

fn purchase(fund: &str, amount: &str) -> Value {
    json!({"account": "account/bank", "fund": fund, "currency": "CNY", "amount": amount, "payee": {"organisation": "X-1"},
        "function": "charitable", "class": "goods", "related_party": false, "effective_date": DATE})
}

/// An account of well's by name, in minor units of CNY.
fn balance(world: &World, fund: &str, project: Option<&str>, head: &str) -> i64 {
    let books = &world.books;
    let chain = books.chain_no("well").unwrap();
    let no = |kind, id: &str| books.find(chain, kind, id).map(|entity| entity.no).unwrap();
    let pool = Pool {
        chain,
        fund: no(EntityKind::Fund, fund),
        project: project.map(|id| no(EntityKind::Project, id)),
        currency: Currency::parse("CNY").unwrap(),
    };
    let own = books.balances().filter(|(key, _)| key.pool == pool && key.head.name(&|no| books.entity_id(no)) == head);
    own.map(|(_, balance)| balance.minor()).sum()
}

fn entity<'a>(world: &'a World, chain: &str, kind: EntityKind, id: &str) -> &'a Entity {
    world.books.find(world.books.chain_no(chain).unwrap(), kind, id).unwrap()
}

#[test]
fn taking_an_allocation_back_lends_nothing_when_the_fund_has_the_money() {
    let mut world = after("a gift");
    let move_to = |from: &str, to: &str| {
        let mut data = json!({"account": "account/bank", "currency": "CNY", "fund": "fund/water", "amount": "140.00", "effective_date": DATE});
        for (end, project) in [("from", from), ("to", to)] {
            if !project.is_empty() {
                data[end] = json!(project);
            }
        }
        data
    };
    world.ok("well", "allocation.made/1", move_to("", "project/wells"));
    let back = world.ok("well", "allocation.made/1", move_to("project/wells", ""));
    world.ok("well", "expenditure.recorded/1", purchase("fund/water", "100.00"));
    // The free pool has 49.40 and gives 140.00; the fund as a whole loses nothing.
    let reversal = world.reverse(back, None).unwrap();
    assert_eq!(balance(&world, "water", None, "liabilities:due-to"), 0);
    assert_eq!(world.flows[usize::try_from(reversal).unwrap()].len(), 1);
    assert_eq!(balance(&world, "water", None, "assets:bank:bank"), -9060);
    assert_eq!(balance(&world, "water", Some("wells"), "assets:bank:bank"), 14000);
}

#[test]
fn a_reversal_that_overdraws_a_restricted_fund_is_lent_to_it() {
    let mut world = after("a gift");
    let gift = world.labels["gift"];
    world.ok("well", "expenditure.recorded/1", purchase("fund/water", "120.00"));
    let reversal = world.reverse(gift, None).unwrap();
    // 29.40 was left, 149.40 is taken back: 120.00 is lent, bank to bank.
    assert_eq!(balance(&world, "water", None, "liabilities:due-to"), -12000);
    assert_eq!(balance(&world, "water", None, "assets:bank:bank"), 14940);
    assert_eq!(balance(&world, "water", None, "assets:clearing:bank"), -14940);
    assert_eq!(balance(&world, "general", None, "assets:due-from"), 12000);
    assert_eq!(balance(&world, "general", None, "assets:bank:bank"), -12000);
    let flows = &world.flows[usize::try_from(reversal).unwrap()];
    assert!(matches!(flows.as_slice(), [Flow::ReverseInflow { .. }, Flow::Carry { .. }]), "{flows:?}");
}

#[test]
fn an_advance_that_comes_back_after_it_was_earned_is_owed_again() {
    let mut world = after("a milestone");
    world.ok(
        "well",
        "grant.awarded/1",
        json!({"grant": "grant/g", "recipient": {"chain": "clinic"}, "fund": "fund/water",
        "currency": "CNY", "amount": "100.00", "date": DATE, "purpose": "p",
        "milestones": [{"milestone": "milestone/m1", "tranche": "100.00", "advance": true}]}),
    );
    world.ok("well", "disbursement.requested/1", json!({"disbursement": "disbursement/d", "fund": "fund/water", "grant": "grant/g",
        "milestone": "milestone/m1", "currency": "CNY", "amount": "60.00", "payee": {"chain": "clinic"}, "purpose": "p"}));
    world.ok(
        "well",
        "disbursement.paid/1",
        json!({"disbursement": "disbursement/d", "account": "account/bank", "effective_date": DATE}),
    );
    assert_eq!(balance(&world, "water", None, "assets:prepayment"), 6000);
    let evidence = world.labels["evidence"];
    let attest = json!({"milestone": "well/milestone/m1", "event": world.name_of(evidence), "hash": world.hash_of(evidence).to_base64()});
    world.event("rock", "eve", "milestone.attested/1", attest).unwrap();
    let earned = world.ok(
        "well",
        "grant.tranche_earned/1",
        json!({"grant": "grant/g", "milestone": "milestone/m1", "effective_date": DATE}),
    );
    world.ok(
        "well",
        "disbursement.failed/1",
        json!({"disbursement": "disbursement/d", "effective_date": DATE, "reason": "r"}),
    );
    assert_eq!(balance(&world, "water", None, "assets:prepayment"), 0);
    assert_eq!(balance(&world, "water", None, "liabilities:grants-payable"), -10000);
    let grant = entity(&world, "well", EntityKind::Grant, "g");
    assert_eq!(grant.standing, Standing::Grant(GrantStanding { payable: 10000, prepaid: 0, paid: 0 }));
    assert_eq!(world.reverse(earned, None).unwrap_err().code().word(), "reversal.dependents");
}

#[test]
fn agency_money_is_neither_income_nor_expense() {
    let mut world = after("a charity");
    world.ok(
        "well",
        "commitment.agreed/1",
        json!({"commitment": "commitment/c", "fund": "fund/keep", "currency": "CNY",
        "amount": "50.00", "date": DATE, "conditions": []}),
    );
    world.ok("well", "pledge.cancelled/1", json!({"promise": "commitment/c", "effective_date": DATE, "reason": "r"}));
    world.ok("well", "donation.received/1", gift("fund/keep", "100.00"));
    world.ok("well", "expenditure.recorded/1", purchase("fund/keep", "10.00"));
    world.ok(
        "well",
        "grant.awarded/1",
        json!({"grant": "grant/k", "recipient": {"chain": "clinic"}, "fund": "fund/keep",
        "currency": "CNY", "amount": "20.00", "date": DATE, "purpose": "p", "milestones": []}),
    );
    let mut irregular = purchase("fund/keep", "5.00");
    irregular.as_object_mut().unwrap().remove("related_party");
    irregular["breaches"] = json!(["approval.missing"]);
    irregular["evidence"] = json!(almoner_proof::Hash::default().to_base64());
    irregular["ratify_by"] = json!(DATE);
    world.event("well", "abe+ann", "payment.irregular/1", irregular).unwrap();
    assert_eq!(balance(&world, "keep", None, "liabilities:held-for-others"), -6500);
    let own = |name: &str| name.starts_with("income:") || name.starts_with("expenses:");
    let fund = world.books.find(world.books.chain_no("well").unwrap(), EntityKind::Fund, "keep").unwrap().no;
    for (key, balance) in world.books.balances().filter(|(key, _)| key.pool.fund == fund) {
        let name = key.head.name(&|no| world.books.entity_id(no));
        assert!(!own(&name) || balance.is_zero(), "{name} {balance}");
    }
}

#[test]
fn an_appeal_counts_what_it_kept() {
    let mut world = after("a charity");
    world.ok(
        "well",
        "campaign.opened/1",
        json!({"campaign": "campaign/a", "title": {"en": "A"}, "fund": "fund/water", "currency": "CNY",
        "target": "500.00", "from": DATE, "until": DATE, "if_over": "o", "if_failed": "f"}),
    );
    let mut data = gift("fund/water", "100.00");
    data["campaign"] = json!("campaign/a");
    data["gifts"] = json!([{"gross": "100.00", "fee": "1.00"}, {"gross": "30.00", "fee": "0.00"}]);
    let first = world.ok("well", "donation.received/1", data.clone());
    let second = world.ok("well", "donation.received/1", data);
    world.ok("well", "donation.refunded/1", json!({"donation": {"event": world.name_of(first), "hash": world.hash_of(first).to_base64(), "gift": 0},
        "account": "account/bank", "from": "clearing", "currency": "CNY", "fund": "fund/water", "amount": "40.00", "effective_date": DATE, "reason": "r"}));
    world.reverse(first, Some(&[1])).unwrap();
    world.reverse(second, None).unwrap();
    let campaign = entity(&world, "well", EntityKind::Campaign, "a");
    let open = CampaignStanding { received: 6000, state: CampaignState::Open };
    assert_eq!(campaign.standing, Standing::Campaign(open));
}

#[test]
fn a_spin_off_lists_each_balance_and_promise_once() {
    let mut world = after("a charity");
    let mut data = gift("fund/water", "80.00");
    data["project"] = json!("project/wells");
    world.ok("well", "donation.received/1", data);
    world.ok("well", "donation.received/1", gift("fund/water", "500.00"));
    world.ok(
        "well",
        "settlement.received/1",
        json!({"account": "account/bank", "currency": "CNY", "effective_date": DATE,
        "lines": [{"fund": "fund/water", "project": "project/wells", "amount": "80.00"}]}),
    );
    world.ok("well", "account.opened/1", json!({"account": "account/till", "kind": "cash", "currency": "CNY"}));
    world.ok(
        "well",
        "pledge.made/1",
        json!({"pledge": "pledge/p", "currency": "CNY", "amount": "9.00", "date": DATE, "fund": "fund/water"}),
    );
    world.ok(
        "well",
        "pledge.made/1",
        json!({"pledge": "pledge/general", "currency": "CNY", "amount": "7.00", "date": DATE, "fund": "fund/general"}),
    );
    let zeros = almoner_proof::Hash::default().to_base64();
    let line = |account: &str| json!({"fund": "fund/water", "account": account, "currency": "CNY", "amount": "80.00"});
    let spin = |lines: Value, promises: Value| json!({"project": "project/wells", "to": "clinic", "effective_date": DATE, "lines": lines, "promises": promises});
    let promise = |id: &str| json!({"pledge": format!("pledge/{id}"), "consent": zeros});
    let (bank, till) = (line("account/bank"), line("account/till"));
    for (data, code) in [
        (spin(json!([bank, bank]), json!([])), "data.twice"),
        (spin(json!([bank, till]), json!([])), "state.wrong"),
        (spin(json!([]), json!([])), "state.wrong"),
        (spin(json!([bank]), json!([promise("p"), promise("p")])), "data.twice"),
    ] {
        assert_eq!(
            world.event("well", "bob", "project.spun_off/1", data.clone()).unwrap_err().code().word(),
            code,
            "{data}"
        );
    }
    let gone = world.ok("well", "project.spun_off/1", spin(json!([bank]), json!([promise("p"), promise("general")])));
    let adopt = |ids: [&str; 2]| {
        json!({"project": "project/lab", "title": {"en": "L"}, "effective_date": DATE, "promises": ids,
        "lines": [{"fund": "fund/relief", "account": "account/bank"}],
        "from": {"event": world.name_of(gone), "hash": world.hash_of(gone).to_base64()}})
    };
    let (twice, once) = (adopt(["pledge/p", "pledge/p"]), adopt(["pledge/p", "pledge/q"]));
    assert_eq!(world.event("clinic", "bob", "project.adopted/1", twice).unwrap_err().code().word(), "ref.exists");
    assert_eq!(
        world.event("clinic", "bob", "project.adopted/1", once.clone()).unwrap_err().code().word(),
        "state.wrong",
        "no unrestricted fund"
    );
    world.ok("clinic", "fund.opened/1", json!({"fund": "fund/free", "class": "unrestricted", "purpose": "p"}));
    world.ok("clinic", "project.adopted/1", once);
    for (pledge, fund) in [("p", "relief"), ("q", "free")] {
        let pledge = entity(&world, "clinic", EntityKind::Pledge, pledge);
        let Some(no) = pledge.of::<Pledge>().unwrap().said.fund else { panic!() };
        assert_eq!(world.books.entity_id(no), fund, "restrictions travel");
    }
}

#[test]
fn a_project_comes_back_from_a_spin_off_in_the_status_that_it_had() {
    use ProjectStatus::{Approved, Finalising, Implementing, Suspended};
    let mut world = after("a charity");
    for (status, steps) in [
        (Approved, &[][..]),
        (Implementing, &["implementing"]),
        (Suspended, &["implementing", "suspended"]),
        (Finalising, &["implementing", "finalising"]),
    ] {
        let project = format!("project/{status}");
        world.ok("well", "project.proposed/1", json!({"project": project, "title": {"en": "P"}}));
        world.event("well", "ann", "project.approved/1", json!({"project": project})).unwrap();
        for step in steps {
            world.ok("well", "project.status_changed/1", json!({"project": project, "status": step}));
        }
        let spin = json!({"project": project, "to": "clinic", "effective_date": DATE, "lines": [], "promises": []});
        let gone = world.ok("well", "project.spun_off/1", spin);
        let to = world.books.chain_no("clinic").unwrap();
        let stands = |world: &World| entity(world, "well", EntityKind::Project, status.word()).standing;
        let left = Some(Gone { to, from: status });
        let away = Standing::Project(ProjectStanding { status: ProjectStatus::SpunOff, gone: left });
        assert_eq!(stands(&world), away);
        world.reverse(gone, None).unwrap();
        assert_eq!(stands(&world), Standing::Project(ProjectStanding { status, gone: None }));
    }
}

#[test]
fn a_project_closes_when_its_pools_are_at_zero() {
    let mut world = after("a charity");
    let mut data = gift("fund/water", "80.00");
    data["project"] = json!("project/wells");
    let first = world.ok("well", "donation.received/1", data);
    world.ok(
        "well",
        "settlement.received/1",
        json!({"account": "account/bank", "currency": "CNY", "effective_date": DATE,
        "lines": [{"fund": "fund/water", "project": "project/wells", "amount": "80.00"}]}),
    );
    let status = |status: &str| json!({"project": "project/wells", "status": status});
    world.ok("well", "project.status_changed/1", status("finalising"));
    assert_eq!(
        world.event("well", "bob", "project.status_changed/1", status("closed")).unwrap_err().code().word(),
        "state.wrong"
    );
    // The channel keeps the refund from its next settlement: bank 80, clearing −80, and nothing is left.
    world.ok("well", "donation.refunded/1", json!({"donation": {"event": world.name_of(first), "hash": world.hash_of(first).to_base64(), "gift": 0},
        "account": "account/bank", "from": "clearing", "currency": "CNY", "fund": "fund/water", "project": "project/wells",
        "amount": "80.00", "effective_date": DATE, "reason": "r"}));
    world.ok("well", "project.status_changed/1", status("closed"));
}

#[test]
fn no_sum_outgrows_the_books() {
    let mut world = after("a charity");
    let gifts: Vec<Value> = (0..256).map(|_| json!({"gross": "100000000000000.00", "fee": "0.00"})).collect();
    let mut codes = Vec::new();
    for _ in 0..6 {
        let mut data = gift("fund/water", "1.00");
        data["gifts"] = json!(gifts);
        codes.push(
            world
                .event("well", "bob", "donation.received/1", data)
                .map_or_else(|why| why.code().word(), |_| "admitted"),
        );
    }
    // 256 × 10^16 minor units fit 2^62 once, and not twice; the rest of 64 bits is for small accounts beside.
    assert_eq!(
        codes,
        [
            "admitted",
            "amount.too_large",
            "amount.too_large",
            "amount.too_large",
            "amount.too_large",
            "amount.too_large"
        ]
    );
    // Many lines of one event are summed before they are judged: each line alone would still fit.
    let line = json!({"head": "assets:bank", "account": "account/bank", "fund": "fund/general", "currency": "CNY", "amount": "100000000000000.00"});
    let lines = |count: usize| json!({"basis": "imported", "effective_date": DATE, "lines": vec![line.clone(); count]});
    world.ok("well", "balance.opened/1", lines(256));
    assert_eq!(
        world.event("well", "bob", "balance.opened/1", lines(256)).unwrap_err().code().word(),
        "amount.too_large"
    );
    world.ok("well", "balance.opened/1", lines(100));
}

#[test]
fn what_goes_back_of_a_gift_beyond_its_promise_is_income_first() {
    let mut world = after("a charity");
    world.ok(
        "well",
        "commitment.agreed/1",
        json!({"commitment": "commitment/c", "fund": "fund/water", "currency": "CNY",
        "amount": "100.00", "date": DATE, "conditions": []}),
    );
    let mut data = gift("fund/water", "1.00");
    data["pledge"] = json!("commitment/c");
    data["gifts"] = json!([{"gross": "60.00", "fee": "0.00"}, {"gross": "50.00", "fee": "0.00"}, {"gross": "10.00", "fee": "0.00"}]);
    let index = world.ok("well", "donation.received/1", data);
    let refund = |world: &mut World, gift: u32, amount: &str| {
        let donation = json!({"event": world.name_of(index), "hash": world.hash_of(index).to_base64(), "gift": gift});
        world.ok(
            "well",
            "donation.refunded/1",
            json!({"donation": donation, "account": "account/bank", "from": "clearing",
            "currency": "CNY", "fund": "fund/water", "amount": amount, "effective_date": DATE, "reason": "r"}),
        );
    };
    let stands = |world: &World| {
        let commitment = entity(world, "well", EntityKind::Commitment, "c");
        let receivable = commitment.of::<Commitment>().unwrap().standing.receivable;
        let income = -balance(world, "water", None, "income:donations");
        let owed = balance(world, "water", None, "assets:pledge-receivable");
        assert_eq!(receivable, owed, "the promise and the books agree");
        (income, owed)
    };
    assert_eq!(stands(&world), (12000, 0), "100.00 was promised, 20.00 came on top");
    refund(&mut world, 0, "15.00");
    assert_eq!(stands(&world), (10500, 0));
    world.reverse(index, Some(&[2])).unwrap();
    assert_eq!(stands(&world), (10000, 500));
    refund(&mut world, 1, "50.00");
    assert_eq!(stands(&world), (10000, 5500));
}
