//! What a page of a chain, a fund or a project costs does not grow with the log, only with what it is about: counted in
//! rows, entities, accounts, events and chains that were looked at, and in notes that were read, not in time.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

#[path = "../../ledger/tests/ledger/world.rs"]
#[allow(dead_code, reason = "the ledger's tests use the rest")]
mod world;

use almoner_ledger::EntityKind;
use almoner_site::{ChainPage, Frame, FundPage, ProjectPage, Scene, html};
use almoner_views::Views;
use serde_json::json;
use std::cell::Cell;
use world::World;

const DATE: &str = "2026-11-21";

/// A charity with a fund, a project, some gifts, and spending of both.
fn charity(world: &mut World, chain: &str, gifts: usize) {
    world.charity(chain, None);
    world.ok(chain, "account.opened/1", json!({"account": "account/bank", "kind": "bank", "currency": "CNY"}));
    world.ok(chain, "fund.opened/1", json!({"fund": "fund/water", "class": "restricted", "purpose": "water"}));
    world.ok(chain, "project.proposed/1", json!({"project": "project/wells", "title": {"en": "Wells"}}));
    world.event(chain, "ann", "project.approved/1", json!({"project": "project/wells"})).unwrap();
    for _ in 0..gifts {
        let gift = json!({"account": "account/bank", "currency": "CNY", "fund": "fund/water",
            "project": "project/wells", "effective_date": DATE, "gifts": [{"gross": "1.00", "fee": "0.01"}]});
        world.ok(chain, "donation.received/1", gift);
    }
}

/// The pages of `well` in a log with so many others: what each looked at and read.
fn costs(others: usize) -> (u64, Vec<(&'static str, usize, usize)>) {
    let mut world = World::opened();
    charity(&mut world, "well", 30);
    for other in 0..others {
        charity(&mut world, &format!("other{other}"), 8);
    }
    let mut views = Views::default();
    world.admitted.iter().for_each(|admitted| views.fold(&admitted.done));
    let chain = views.chain_no("well").unwrap();
    let fund = views.find(chain, EntityKind::Fund, "water").unwrap();
    let project = views.find(chain, EntityKind::Project, "wells").unwrap();
    let read = Cell::new(0);
    let note_at = |index| {
        read.set(read.get() + 1);
        Some(world.envelope(index))
    };
    let scene = Scene { views: &views, at: views.size(), note_at: &note_at };
    let frame = Frame::default;
    let pages: [(&str, &dyn Fn() -> String); 3] = [
        ("chain", &|| html(&ChainPage::of(&scene, chain, frame()).unwrap())),
        ("fund", &|| html(&FundPage::of(&scene, fund, frame()).unwrap())),
        ("project", &|| html(&ProjectPage::of(&scene, project, frame()).unwrap())),
    ];
    let told = pages.map(|(name, page)| {
        read.set(0);
        let before = almoner_ledger::walked::so_far();
        assert!(page().contains("30.00") || page().contains("29.70"), "{name} tells what was given");
        (name, almoner_ledger::walked::so_far() - before, read.get())
    });
    (views.size(), told.into())
}

#[test]
#[cfg(debug_assertions)]
fn a_page_costs_what_it_is_about_and_not_what_the_log_holds() {
    let ((small, few), (large, many)) = (costs(6), costs(60));
    assert!(large > small * 7, "{small} {large}");
    for ((name, few, few_read), (_, many, many_read)) in few.into_iter().zip(many) {
        assert!(few > 30, "{name}: what is looked at is counted");
        assert_eq!(few_read, many_read, "{name}: notes read");
        // What is searched in halves costs a little more.
        assert!(many <= few + few / 10, "{name}: {few} looked at among {small} events, {many} among {large}");
    }
}
