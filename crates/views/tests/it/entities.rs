//! What views keep of entities, and what they share.

use crate::world::World;
use almoner_ledger::entity::{Campaign, CampaignStanding, CampaignState, Project};
use almoner_ledger::{EntityKind, Said};
use almoner_views::Views;
use serde_json::json;
use std::sync::Arc;

const DATE: &str = "2026-11-21";
const GIFTS: u64 = 50;

#[test]
fn nobody_copies_a_campaign_for_a_gift_that_answers_it() {
    let mut world = World::opened();
    world.charity("well", None);
    world.ok("well", "account.opened/1", json!({"account": "account/bank", "kind": "bank", "currency": "CNY"}));
    world.ok("well", "fund.opened/1", json!({"fund": "fund/water", "class": "restricted", "purpose": "water"}));
    let opened = world.ok(
        "well",
        "campaign.opened/1",
        json!({"campaign": "campaign/a", "title": {"en": "A"}, "fund": "fund/water", "currency": "CNY", "target": "500.00",
        "from": DATE, "until": DATE, "if_over": "o", "if_failed": "f"}),
    );
    let gift = json!({"account": "account/bank", "currency": "CNY", "fund": "fund/water", "campaign": "campaign/a",
        "effective_date": DATE, "gifts": [{"gross": "1.00", "fee": "0.00"}]});
    for _ in 0..GIFTS {
        world.ok("well", "donation.received/1", gift.clone());
    }
    world.ok("well", "campaign.closed/1", json!({"campaign": "campaign/a", "surplus": "kept"}));
    let mut views = Views::default();
    world.admitted.iter().for_each(|admitted| views.fold(&admitted.done));
    world.admitted.clear();

    let chain = world.books.chain_no("well").unwrap();
    let campaign = world.books.find(chain, EntityKind::Campaign, "a").unwrap();
    assert_eq!(Arc::strong_count(&campaign.said), 2, "one of the books and one of the views, for all events");
    assert!(views.entity(campaign.no, Some(opened)).is_none());
    let mut received = 0;
    for at in opened + 1..=opened + 1 + GIFTS {
        let as_it_was = views.typed::<Campaign>(campaign.no, Some(at)).unwrap();
        let Said::Campaign(said) = &*campaign.said else { panic!("{campaign:?}") };
        assert!(std::ptr::eq(as_it_was.said, said), "after {at} events");
        assert_eq!(as_it_was.standing, CampaignStanding { received, state: CampaignState::Open });
        received += 100;
    }
    let now = views.typed::<Campaign>(campaign.no, None).unwrap();
    assert_eq!(now.standing, CampaignStanding { received: 5000, state: CampaignState::Closed });
    assert_eq!(views.entity(campaign.no, None).unwrap().told, campaign.told().unwrap());
}

#[test]
fn what_is_said_anew_stands_beside_what_was_said_before() {
    let mut world = World::opened();
    world.charity("well", None);
    world.ok("well", "project.proposed/1", json!({"project": "project/wells", "title": {"en": "Wells"}}));
    let line = json!({"heading": "drilling", "amount": "4.00"});
    let budget = json!({"project": "project/wells", "currency": "CNY", "lines": [line]});
    let set = world.ok("well", "budget.set/1", budget);
    world.event("well", "ann", "project.approved/1", json!({"project": "project/wells"})).unwrap();
    let mut views = Views::default();
    world.admitted.iter().for_each(|admitted| views.fold(&admitted.done));
    let no = views.find(views.chain_no("well").unwrap(), EntityKind::Project, "wells").unwrap();
    let [before, after, now] = [Some(set), Some(set + 1), None].map(|at| views.typed::<Project>(no, at).unwrap());
    assert_ne!(before.said, after.said);
    assert_eq!(before.standing, after.standing);
    assert!(std::ptr::eq(after.said, now.said));
    assert_ne!(after.standing, now.standing);
    assert_eq!(views.touching(no), [set - 1, set, set + 1]);
}
