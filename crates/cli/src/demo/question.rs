//! Story 12, the donor's question: where did my hundred yuan go? Through a fund, a project, a grant
//! gated by a milestone, a sub-grant, a payment to a school, and two purchases that share it.

use super::cast::Cast;
use super::gifts::{Appeal, Gift, batches, receive, settle, usual};
use super::pay::{Arrival, Payment, send, shop, spend};
use super::people::enter;
use super::shape::Shape;
use super::stage::{
    Fund, GENERAL, Grant, Milestone, Project, account, allocate, attest, award, earned, fund, opening, plan, project,
};
use super::world::World;
use super::{Secret, Tale};
use crate::failure::{Failure, Outcome};
use almoner_proof::b64;
use almoner_proof::receipt::Opening;
use serde_json::json;

const LAMP: Cast = Cast {
    id: "bright-lamp",
    shape: Shape::Office,
    role: "charity",
    identifier: "CN-USCI-5300000000DEMO020V",
    names: ["Bright Lamp Reading Fund", "明灯阅读基金会", "明灯読書基金"],
    summary: "Books for children far from libraries.",
};
const COUNTY: Cast = Cast {
    id: "county-reads",
    shape: Shape::Office,
    role: "charity",
    identifier: "CN-USCI-5200000000DEMO021W",
    names: ["County Reads", "县域共读中心", "県域読書センター"],
    summary: "Runs mobile libraries in four counties.",
};
const HILLS: Cast = Cast {
    id: "hill-books",
    shape: Shape::Office,
    role: "charity",
    identifier: "CN-USCI-5200000000DEMO022X",
    names: ["Hill Books", "山间书屋", "山あい文庫"],
    summary: "Opens reading rooms in mountain schools.",
};
const SCHOOL: Cast = Cast {
    id: "upper-stream-school",
    shape: Shape::Small,
    role: "payee",
    identifier: "CN-USCI-1200000000DEMO023Y",
    names: ["Upper Stream Primary School", "上溪小学", "上渓小学校"],
    summary: "A primary school of 130 children.",
};

const FUND: &str = "fund/reading";
const HILL_LIBRARIES: &str = "project/hill-libraries";
const MOBILE: &str = "project/mobile-library";
const DONOR: &str = "Lin Xiaoyu 林晓雨";
/// The gift's place in the first batch: early, so that what is spent first is spent of it.
const PLACE: usize = 5;
const GRANT: &str = "grant/county-reads";

const ROUTES: Milestone<'static> = Milestone {
    chain: COUNTY.id,
    project: MOBILE,
    id: "milestone/routes",
    titles: ["The first four routes run", "首批四条路线开通", "最初の四路線が走る"],
    indicator: "routes in service",
    target: "4",
    unit: "routes",
    due: "2025-04-30",
};
const ROOMS: Milestone<'static> = Milestone {
    chain: COUNTY.id,
    project: MOBILE,
    id: "milestone/rooms",
    titles: ["Twelve reading rooms are open", "十二间阅览室开放", "十二の読書室が開く"],
    indicator: "reading rooms open to children",
    target: "12",
    unit: "rooms",
    due: "2026-12-31",
};

#[derive(Default)]
pub(super) struct Question {
    /// Net money before the gift in its pool: where its first fen lies.
    before: i64,
    /// What the project gets, in whole yuan.
    allocated: i64,
}

impl Tale for Question {
    fn chapters(&self) -> Vec<(&'static str, &'static str)> {
        vec![
            ("2024-11-04", "Four organisations that read"),
            ("2024-12-09", "A hundred yuan among many"),
            ("2025-01-06", "Set aside, and granted on two milestones"),
            ("2025-04-14", "Four routes run: the first tranche"),
            ("2025-05-12", "A sub-grant into the hills"),
            ("2025-06-09", "The school buys books and shelves"),
        ]
    }

    fn tell(&mut self, chapter: usize, world: &mut World<'_>) -> Outcome {
        match chapter {
            0 => begin(world),
            1 => self.give(world),
            2 => self.promise(world),
            3 => self.earn(world),
            4 => self.pass_on(world),
            _ => self.arrive(world),
        }
    }
}

fn begin(world: &mut World<'_>) -> Outcome {
    let fund_of = |purpose: &'static str| Fund {
        id: FUND,
        class: "restricted",
        purpose,
        names: ["Reading", "阅读", "読書"],
        programme: None,
    };
    for (cast, purpose) in [
        (&LAMP, "Books and reading rooms for children far from libraries"),
        (&COUNTY, "Mobile libraries"),
        (&HILLS, "Reading rooms in mountain schools"),
        (&SCHOOL, "The school's reading room"),
    ] {
        enter(world, cast)?;
        account(world, cast.id, "CNY")?;
        fund(world, cast.id, &fund_of(purpose))?;
    }
    fund(world, LAMP.id, &GENERAL)?;
    opening(world, LAMP.id, "CNY", &[(GENERAL.id, 12_000_000)])?;
    let libraries = Project {
        id: HILL_LIBRARIES,
        titles: ["Libraries for the hills", "山乡图书馆", "山里の図書館"],
        summary: "Mobile libraries first, then a reading room in every mountain school.",
        programme: None,
        currency: "CNY",
        target: 60_000_000,
        budget: &[("mobile libraries", 35_000_000), ("reading rooms", 25_000_000)],
    };
    project(world, LAMP.id, &libraries)?;
    let mobile = Project {
        id: MOBILE,
        titles: ["Mobile library", "流动图书馆", "移動図書館"],
        summary: "Four vans, four routes, twelve rooms.",
        programme: None,
        currency: "CNY",
        target: 40_000_000,
        budget: &[("vans", 15_000_000), ("books", 15_000_000), ("rooms", 10_000_000)],
    };
    project(world, COUNTY.id, &mobile)?;
    plan(world, &ROUTES)?;
    plan(world, &ROOMS)
}

impl Question {
    fn give(&mut self, world: &mut World<'_>) -> Outcome {
        let count = world.share(12);
        let gifts = usual(world, count, "CNY");
        let mut parts = batches(world, gifts);
        let mut total = 0;
        if let Some(mine) = parts.first_mut().and_then(|first| first.get_mut(PLACE)) {
            *mine = Gift { gross: 10_000, fee: 60, donor: DONOR.to_owned(), reference: None };
        }
        for (number, part) in parts.iter().enumerate() {
            let date = world.today();
            let appeal = Appeal {
                chain: LAMP.id,
                currency: "CNY",
                fund: FUND,
                project: None,
                pledge: None,
                campaign: None,
                platform: None,
                date: &date,
            };
            let (signed, salts) = receive(world, &appeal, part)?;
            let net = part.iter().map(Gift::net).sum::<i64>();
            settle(world, &appeal, net)?;
            total += net;
            if let (0, Some(salt)) = (number, salts.get(PLACE)) {
                self.before = part.iter().take(PLACE).map(Gift::net).sum();
                let field = format!("gifts/{PLACE}/donor");
                let opening = Opening { field, salt: b64::encode(salt), value: DONOR.to_owned() };
                world.look("The gift of CNY 100", format!("/r/{}.{PLACE}", signed.event.replace('#', "-")));
                world.gift = Some(format!("{}.{PLACE}", signed.event));
                world.secrets.push(Secret { event: signed.event, gift: PLACE as u32, openings: vec![opening] });
            }
            world.clock.pass(40_000);
        }
        self.allocated = total * 9 / 10 / 100 * 100;
        Ok(())
    }

    /// Six tenths and the rest, both in whole yuan.
    fn tranches(&self) -> (i64, i64) {
        let first = self.allocated * 6 / 10 / 100 * 100;
        (first, self.allocated - first)
    }

    fn promise(&mut self, world: &mut World<'_>) -> Outcome {
        let moved = allocate(world, LAMP.id, "CNY", FUND, HILL_LIBRARIES, self.allocated)?;
        world.look("Set aside for a project", format!("/r/{}", moved.event.replace('#', "-")));
        let (first, second) = self.tranches();
        award(world, &grant(self.allocated, &[(ROUTES.id, first, false), (ROOMS.id, second, false)]))
    }

    fn earn(&mut self, world: &mut World<'_>) -> Outcome {
        attest(world, &ROUTES)?;
        world.publish()?;
        let (first, second) = self.tranches();
        let tranches = [(ROUTES.id, first, false), (ROOMS.id, second, false)];
        let grant = grant(self.allocated, &tranches);
        earned(world, &grant, ROUTES.id)?;
        let routes = format!("{}/{}", COUNTY.id, ROUTES.id);
        let payment = Payment {
            project: Some(HILL_LIBRARIES),
            grant: Some(GRANT),
            milestone: Some(&routes),
            ..between(&LAMP, &COUNTY, "routes", first, "First tranche: four routes run")
        };
        send(world, &payment, None, &arrival(&COUNTY))?;
        allocate(world, COUNTY.id, "CNY", FUND, MOBILE, first)?;
        Ok(())
    }

    fn pass_on(&mut self, world: &mut World<'_>) -> Outcome {
        let (first, _) = self.tranches();
        let rooms = first * 8 / 10;
        let sub = Grant {
            chain: COUNTY.id,
            id: "grant/hill-books",
            recipient: HILLS.id,
            fund: FUND,
            project: Some(MOBILE),
            minor: rooms,
            purpose: "Reading rooms in three mountain schools",
            tranches: &[],
        };
        award(world, &sub)?;
        let payment = Payment {
            project: Some(MOBILE),
            grant: Some(sub.id),
            ..between(&COUNTY, &HILLS, "hills", rooms, "Reading rooms in three mountain schools")
        };
        send(world, &payment, None, &arrival(&HILLS))?;
        world.clock.pass(5 * 86_400);
        let school = between(&HILLS, &SCHOOL, "upper-stream", rooms * 8 / 10, "The reading room of Upper Stream");
        send(world, &school, Some("support"), &arrival(&SCHOOL))?;
        Ok(())
    }

    fn arrive(&mut self, world: &mut World<'_>) -> Outcome {
        let has = self.tranches().0 * 8 / 10 * 8 / 10;
        // The first purchase ends forty yuan into the gift, so that two purchases share it.
        let books = self.before + 4_000;
        let shelves = (has - books) / 2;
        if shelves < 6_000 {
            return Err(Failure::new("the demo is too small for its gift of CNY 100: use more gifts"));
        }
        for (id, minor, purpose, class) in [
            ("books", books, "Picture books for the youngest", "goods"),
            ("shelves", shelves, "Shelves, lamps and a carpet", "equipment"),
        ] {
            let payment = Payment {
                payee: shop("CN-USCI-9100000000DEMO024Z", "Paper Mill Lane Books"),
                ..between(&SCHOOL, &SCHOOL, id, minor, purpose)
            };
            spend(world, &payment, "charitable", class)?;
        }
        world.look("The school where the gift arrived", format!("/c/{}", SCHOOL.id));
        world.look("The fund that the gift was given to", format!("/f/{}/reading", LAMP.id));
        world.look("The project with its milestones", format!("/p/{}/mobile-library", COUNTY.id));
        Ok(())
    }
}

fn grant<'a>(minor: i64, tranches: &'a [(&'a str, i64, bool)]) -> Grant<'a> {
    Grant {
        chain: LAMP.id,
        id: GRANT,
        recipient: COUNTY.id,
        fund: FUND,
        project: Some(HILL_LIBRARIES),
        minor,
        purpose: "Mobile libraries and reading rooms in four counties",
        tranches,
    }
}

fn between<'a>(payer: &Cast, payee: &Cast, id: &str, minor: i64, purpose: &'a str) -> Payment<'a> {
    Payment {
        chain: payer.id,
        id: id.to_owned(),
        fund: FUND,
        project: None,
        grant: None,
        milestone: None,
        currency: "CNY",
        minor,
        payee: json!({ "chain": payee.id }),
        purpose,
    }
}

fn arrival(payee: &Cast) -> Arrival<'static> {
    Arrival { chain: payee.id, fund: FUND, project: None, pledge: None }
}
