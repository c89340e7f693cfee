//! Story 2, the lab: a project is incubated, reaches a milestone, and leaves for an organisation of
//! its own with its money and, because the donor consents, a promise. In yen, which have no cents.

use super::Tale;
use super::cast::Cast;
use super::gifts::{Appeal, Gift, batches, figure, gift, receive, settle, usual};
use super::pay::{Payment, shop, spend};
use super::people::{enter, words};
use super::shape::Shape;
use super::stage::{Fund, GENERAL, Milestone, Project, account, attest, commitment, fund, opening, plan, project};
use super::world::World;
use crate::failure::Outcome;
use serde_json::json;

const LAB: Cast = Cast {
    id: "stone-lantern",
    shape: Shape::Office,
    role: "charity",
    identifier: "JP-JCN-0000000000201",
    names: ["Stone Lantern Laboratory", "石灯实验室", "石灯籠研究所"],
    summary: "Incubates open technology for people who live alone.",
};
const LOOM: Cast = Cast {
    id: "open-loom",
    shape: Shape::Office,
    role: "charity",
    identifier: "JP-JCN-0000000000202",
    names: ["Open Loom Foundation", "开源织机基金会", "開かれた織機財団"],
    summary: "Looms that anybody can build, repair and operate with one hand.",
};

const FUND: &str = "fund/loom";
const PROJECT: &str = "project/open-loom";
const PLEDGE: &str = "pledge/weaver";
/// What the weaver promises, and pays each year.
const PROMISED: i64 = 30_000_000;
const INSTALMENT: i64 = 10_000_000;

const PROTOTYPE: Milestone<'static> = Milestone {
    chain: LAB.id,
    project: PROJECT,
    id: "milestone/prototype",
    titles: ["A loom for one hand works", "单手织机可用", "片手織機が動く"],
    indicator: "prototypes in daily use",
    target: "3",
    unit: "looms",
    due: "2023-12-31",
};
const WORKSHOPS: Milestone<'static> = Milestone {
    chain: LOOM.id,
    project: PROJECT,
    id: "milestone/workshops",
    titles: ["Ten workshops build their own", "十个工坊自行建造", "十の工房が自ら作る"],
    indicator: "workshops that built a loom",
    target: "10",
    unit: "workshops",
    due: "2026-03-31",
};

#[derive(Default)]
pub(super) struct Lab {
    /// What the project's pool has in the bank, in yen.
    bank: i64,
    /// Payments so far, for their ids.
    payments: u32,
}

impl Tale for Lab {
    fn chapters(&self) -> Vec<(&'static str, &'static str)> {
        vec![
            ("2022-04-11", "A lab takes a project in"),
            ("2022-10-03", "Gifts and a weaver's promise"),
            ("2023-11-20", "A milestone, attested by two of three"),
            ("2024-04-01", "The project leaves"),
            ("2024-10-07", "The promise follows it"),
            ("2025-12-08", "The new foundation's own milestone"),
        ]
    }

    fn tell(&mut self, chapter: usize, world: &mut World<'_>) -> Outcome {
        match chapter {
            0 => begin(world),
            1 => self.fund(world),
            2 => self.prove(world),
            3 => self.leave(world),
            4 => self.follow(world),
            _ => self.grow(world),
        }
    }
}

fn restricted() -> Fund<'static> {
    Fund {
        id: FUND,
        class: "restricted",
        purpose: "Open looms for people with one hand, and their workshops",
        names: ["Open Loom", "开源织机", "開かれた織機"],
        programme: None,
    }
}

fn begin(world: &mut World<'_>) -> Outcome {
    enter(world, &LAB)?;
    account(world, LAB.id, "JPY")?;
    fund(world, LAB.id, &GENERAL)?;
    fund(world, LAB.id, &restricted())?;
    opening(world, LAB.id, "JPY", &[(GENERAL.id, 48_000_000)])?;
    let loom = Project {
        id: PROJECT,
        titles: ["Open Loom", "开源织机", "開かれた織機"],
        summary: "A loom that can be built from drawings and worked with one hand.",
        programme: None,
        currency: "JPY",
        target: 60_000_000,
        budget: &[("staff", 24_000_000), ("prototypes", 20_000_000), ("workshops", 16_000_000)],
    };
    project(world, LAB.id, &loom)?;
    plan(world, &PROTOTYPE)
}

fn appeal<'a>(chain: &'a str, pledge: Option<&'a str>, date: &'a str) -> Appeal<'a> {
    Appeal { chain, currency: "JPY", fund: FUND, project: Some(PROJECT), pledge, campaign: None, platform: None, date }
}

impl Lab {
    fn fund(&mut self, world: &mut World<'_>) -> Outcome {
        let donor = commitment(world, "donor", "A weaver who wants to stay unnamed");
        let instalment = figure(INSTALMENT, "JPY");
        let data = json!({
            "pledge": PLEDGE,
            "currency": "JPY",
            "amount": figure(PROMISED, "JPY"),
            "date": world.today(),
            "fund": FUND,
            "donor": donor,
            "schedule": [
                { "due": "2022-12-31", "amount": instalment },
                { "due": "2024-12-31", "amount": instalment },
                { "due": "2026-12-31", "amount": instalment },
            ],
        });
        world.say(LAB.id, "pledge.made", &data)?;
        let count = world.share(5);
        let gifts = usual(world, count, "JPY");
        for part in batches(world, gifts) {
            self.receive(world, LAB.id, None, &part)?;
            world.clock.pass(86_400);
        }
        let first = gift(world, INSTALMENT, "JPY");
        self.receive(world, LAB.id, Some(PLEDGE), &[first])?;
        world.look("The lab's project, before and after it left", format!("/p/{}/open-loom", LAB.id));
        Ok(())
    }

    fn receive(&mut self, world: &mut World<'_>, chain: &str, pledge: Option<&str>, gifts: &[Gift]) -> Outcome {
        let date = world.today();
        let appeal = appeal(chain, pledge, &date);
        receive(world, &appeal, gifts)?;
        let net = gifts.iter().map(Gift::net).sum();
        settle(world, &appeal, net)?;
        self.bank += net;
        Ok(())
    }

    fn buy(&mut self, world: &mut World<'_>, chain: &str, minor: i64, purpose: &str, class: &str) -> Outcome {
        self.payments += 1;
        let payment = Payment {
            chain,
            id: format!("loom-{}", self.payments),
            fund: FUND,
            project: Some(PROJECT),
            grant: None,
            milestone: None,
            currency: "JPY",
            minor,
            payee: shop("JP-JCN-0000000000203", "Hill Street Joinery"),
            purpose,
        };
        spend(world, &payment, "charitable", class)?;
        self.bank -= minor;
        Ok(())
    }

    fn prove(&mut self, world: &mut World<'_>) -> Outcome {
        self.buy(world, LAB.id, 4_200_000, "Timber, steel and bearings for three prototypes", "equipment")?;
        self.buy(world, LAB.id, 740_000, "Trials with twelve weavers", "services")?;
        attest(world, &PROTOTYPE)
    }

    fn leave(&mut self, world: &mut World<'_>) -> Outcome {
        enter(world, &LOOM)?;
        account(world, LOOM.id, "JPY")?;
        fund(world, LOOM.id, &GENERAL)?;
        fund(world, LOOM.id, &restricted())?;
        world.publish()?;
        let consent = commitment(world, "promises/0/consent", "the weaver's letter of consent");
        let data = json!({
            "project": PROJECT,
            "to": LOOM.id,
            "effective_date": world.today(),
            "lines": [{ "fund": FUND, "account": "account/bank", "currency": "JPY", "amount": figure(self.bank, "JPY") }],
            "promises": [{ "pledge": PLEDGE, "consent": consent }],
        });
        let gone = world.say(LAB.id, "project.spun_off", &data)?;
        world.look("The spin-off, with money and a promise", format!("/r/{}", gone.event.replace('#', "-")));
        world.clock.pass(2 * 86_400);
        let data = json!({
            "project": PROJECT,
            "from": { "event": gone.event, "hash": gone.hash.to_string() },
            "title": words(["Open Loom", "开源织机", "開かれた織機"]),
            "effective_date": world.today(),
            "lines": [{ "fund": FUND, "account": "account/bank" }],
            "promises": [PLEDGE],
        });
        world.say(LOOM.id, "project.adopted", &data)?;
        super::stage::budget(
            world,
            LOOM.id,
            PROJECT,
            "JPY",
            &[("staff", 12_000_000), ("drawings", 4_000_000), ("workshops", 18_000_000)],
        )?;
        plan(world, &WORKSHOPS)?;
        world.look("The new foundation's fund: the money came along", format!("/f/{}/loom", LOOM.id));
        Ok(())
    }

    fn follow(&mut self, world: &mut World<'_>) -> Outcome {
        let second = gift(world, INSTALMENT, "JPY");
        self.receive(world, LOOM.id, Some(PLEDGE), &[second])?;
        self.buy(world, LOOM.id, 6_300_000, "Ten kits for workshops", "equipment")?;
        self.buy(world, LOOM.id, 880_000, "Drawings in three languages", "communication")
    }

    fn grow(&mut self, world: &mut World<'_>) -> Outcome {
        self.buy(world, LOOM.id, 2_450_000, "Teachers for ten workshops", "training")?;
        attest(world, &WORKSHOPS)?;
        world.look("The project at its new home", format!("/p/{}/open-loom", LOOM.id));
        Ok(())
    }
}
