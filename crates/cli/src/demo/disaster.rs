//! Story 7, the disaster: CNY 20 million in a day, emergency payments first, a hold, then ordinary
//! payments to a village that confirms them.

use super::Tale;
use super::cast::{COMMISSION, PLATFORMS, RELIEF, VILLAGE};
use super::gifts::{Appeal, Gift, batches, exactly, figure, gift, receive, settle};
use super::pay::{Arrival, Payment, pay, send, shop, spend, spending};
use super::people::{enter, words};
use super::stage::{Fund, GENERAL, Grant, Project, account, award, commitment, fund, opening, project};
use super::world::World;
use crate::author::Signed;
use crate::failure::{Failure, Outcome};
use serde_json::json;

const DAY: &str = "2024-07-21";
const NEXT: &str = "2024-07-22";
/// What the public gave on that day, to the cent.
const TOTAL: i64 = 2_000_000_000;
const FUND: &str = "fund/flood";
const PROJECT: &str = "project/qing-river";

#[derive(Default)]
pub(super) struct Disaster {
    /// Net money of the day, settled and not yet settled.
    settled: i64,
    clearing: i64,
    /// The batch with a gift that stands in it twice, and the place of the second.
    twice: Option<(Signed, usize)>,
}

impl Tale for Disaster {
    fn chapters(&self) -> Vec<(&'static str, &'static str)> {
        vec![
            ("2024-06-03", "A relief foundation is ready"),
            (DAY, "A day of flood: twenty million"),
            (NEXT, "Corrections: one gift twice, one given back"),
            ("2024-08-06", "The commission places a hold, and lifts it"),
            ("2024-08-14", "The village confirms what arrived"),
            ("2024-09-02", "The appeal closes"),
        ]
    }

    fn tell(&mut self, chapter: usize, world: &mut World<'_>) -> Outcome {
        match chapter {
            0 => ready(world),
            1 => self.day(world),
            2 => self.corrections(world),
            3 => held(world),
            4 => village(world),
            _ => closed(world),
        }
    }
}

fn ready(world: &mut World<'_>) -> Outcome {
    for cast in PLATFORMS.iter().chain([&RELIEF, &VILLAGE]) {
        enter(world, cast)?;
    }
    account(world, RELIEF.id, "CNY")?;
    fund(world, RELIEF.id, &GENERAL)?;
    opening(world, RELIEF.id, "CNY", &[(GENERAL.id, 85_000_000)])?;
    account(world, VILLAGE.id, "CNY")?;
    let rebuild = Fund {
        id: "fund/rebuild",
        class: "restricted",
        purpose: "Homes and the school after the flood",
        names: ["Rebuilding", "重建", "再建"],
        programme: None,
    };
    fund(world, VILLAGE.id, &rebuild)
}

fn appeal(platform: Option<&'static str>, date: &'static str) -> Appeal<'static> {
    Appeal {
        chain: RELIEF.id,
        currency: "CNY",
        fund: FUND,
        project: Some(PROJECT),
        pledge: None,
        campaign: Some("campaign/qing-river-flood"),
        platform,
        date,
    }
}

impl Disaster {
    fn day(&mut self, world: &mut World<'_>) -> Outcome {
        open_appeal(world)?;
        let count = world.share(80);
        let mut gifts = exactly(world, count, TOTAL, "CNY");
        for (number, gift) in gifts.iter_mut().enumerate() {
            gift.reference = Some(format!("channel {number:06}"));
        }
        let mut parts = batches(world, gifts);
        // The channel delivers one line twice, and nobody notices before the next morning.
        let again: Option<Gift> = parts.last().and_then(|last| last.get(3)).cloned();
        if let (Some(last), Some(again)) = (parts.last_mut(), &again) {
            last.push(again.clone());
        }
        let number = parts.len();
        let pause = 40_000 / (number as u64).max(1);
        for (place, part) in parts.iter().enumerate() {
            let platform = PLATFORMS.get(place % 2).map(|cast| cast.id);
            let (signed, _) = receive(world, &appeal(platform, DAY), part)?;
            self.clearing += part.iter().map(Gift::net).sum::<i64>();
            if place + 1 == number {
                self.twice = Some((signed, part.len() - 1));
            }
            if place == number / 2 {
                // Platforms advance what they have by the afternoon, because boats are needed now.
                self.pay_out(world, self.clearing)?;
                world.publish()?;
                emergency(world)?;
            }
            world.clock.pass(pause);
        }
        // What was delivered twice was paid once.
        self.clearing -= again.map_or(0, |gift| gift.net());
        Ok(())
    }

    fn pay_out(&mut self, world: &mut World<'_>, net: i64) -> Outcome {
        settle(world, &appeal(None, DAY), net)?;
        self.settled += net;
        self.clearing -= net;
        Ok(())
    }

    fn corrections(&mut self, world: &mut World<'_>) -> Outcome {
        let (batch, place) = self.twice.clone().ok_or_else(|| Failure::new("no gift was entered twice"))?;
        let data = json!({
            "event": batch.event,
            "hash": batch.hash.to_string(),
            "items": [place],
            "effective_date": NEXT,
            "reason": "entered twice: the channel delivered one line two times",
        });
        world.say(RELIEF.id, "event.reversed", &data)?;
        // The next morning's only gift so far: its donor asks for it back before it is settled.
        let late = gift(world, 30_000, "CNY");
        let (signed, _) = receive(world, &appeal(Some(PLATFORMS[0].id), NEXT), std::slice::from_ref(&late))?;
        let data = json!({
            "donation": { "event": signed.event, "hash": signed.hash.to_string(), "gift": 0 },
            "account": "account/bank",
            "from": "clearing",
            "currency": "CNY",
            "fund": FUND,
            "project": PROJECT,
            "amount": figure(late.gross, "CNY"),
            "fee_recovered": figure(late.fee, "CNY"),
            "effective_date": NEXT,
            "reason": "donor's wish",
        });
        world.say(RELIEF.id, "donation.refunded", &data)?;
        world.look("A gift that was given back", format!("/r/{}.0", signed.event.replace('#', "-")));
        world.look(
            "A gift that was entered twice and reversed",
            format!("/r/{}.{place}", batch.event.replace('#', "-")),
        );
        self.pay_out(world, self.clearing)
    }
}

fn open_appeal(world: &mut World<'_>) -> Outcome {
    let flood = Fund {
        id: FUND,
        class: "restricted",
        purpose: "Rescue and rebuilding on the Qing river after the flood of July 2024",
        names: ["Qing river flood", "清河洪灾", "清河の洪水"],
        programme: None,
    };
    fund(world, RELIEF.id, &flood)?;
    let river = Project {
        id: PROJECT,
        titles: ["Qing river: rescue and rebuilding", "清河：救援与重建", "清河：救援と再建"],
        summary: "Boats and tents in the first days, homes and a school after.",
        programme: None,
        currency: "CNY",
        target: TOTAL,
        budget: &[("rescue", 300_000_000), ("supplies", 700_000_000), ("rebuilding", 1_000_000_000)],
    };
    project(world, RELIEF.id, &river)?;
    let data = json!({
        "campaign": "campaign/qing-river-flood",
        "title": words(["Qing river flood appeal", "清河洪灾紧急募捐", "清河洪水緊急募金"]),
        "fund": FUND,
        "project": PROJECT,
        "currency": "CNY",
        "target": figure(TOTAL, "CNY"),
        "from": DAY,
        "until": "2024-08-21",
        "permit": "DEMO-PERMIT-2024-0721",
        "filing": "DEMO-FILING-2024-0721",
        "platforms": PLATFORMS.map(|cast| cast.id),
        "if_over": "kept in the fund for rebuilding in the same county",
        "if_failed": "used as far as it goes",
    });
    world.say(RELIEF.id, "campaign.opened", &data)?;
    world.look("The flood appeal: its fund", format!("/f/{}/flood", RELIEF.id));
    world.look("The flood appeal: its project", format!("/p/{}/qing-river", RELIEF.id));
    Ok(())
}

/// Paid by telephone, before anybody could approve: told as what it is.
fn emergency(world: &mut World<'_>) -> Outcome {
    let payments = [
        ("CN-USCI-9100000000DEMO014P", "Rapid Boat Hire", 32_000_000, "services"),
        ("CN-USCI-9100000000DEMO015Q", "Northern Tent Works", 118_500_000, "goods"),
    ];
    for (identifier, name, minor, class) in payments {
        let evidence = commitment(world, "evidence", "record of the telephone decision");
        let data = json!({
            "account": "account/bank",
            "fund": FUND,
            "project": PROJECT,
            "currency": "CNY",
            "amount": figure(minor, "CNY"),
            "payee": shop(identifier, name),
            "function": "charitable",
            "class": class,
            "effective_date": DAY,
            "breaches": ["approval.missing"],
            "evidence": evidence,
            "ratify_by": "2024-08-04",
        });
        world.say(RELIEF.id, "payment.irregular", &data)?;
    }
    Ok(())
}

fn bought<'a>(id: &str, minor: i64, identifier: &str, name: &str, purpose: &'a str) -> Payment<'a> {
    Payment {
        chain: RELIEF.id,
        id: id.to_owned(),
        fund: FUND,
        project: Some(PROJECT),
        grant: None,
        milestone: None,
        currency: "CNY",
        minor,
        payee: shop(identifier, name),
        purpose,
    }
}

fn held(world: &mut World<'_>) -> Outcome {
    let data = json!({
        "hold": "hold/qing-river",
        "on": format!("{}/{FUND}", RELIEF.id),
        "basis": "Charity Law: irregular payments are not ratified yet",
        "expires": "2024-09-06",
    });
    world.say(COMMISSION.id, "hold.placed", &data)?;
    world.publish()?;
    // Somebody at the foundation has not heard of it. Under the threshold, so only the hold stops it.
    let rope = bought("rope", 1_980_000, "CN-USCI-9100000000DEMO016R", "Riverside Rope", "Ropes and lamps");
    let attempt = spending(world, &rope, "charitable", "equipment", false);
    world.refused(RELIEF.id, "expenditure.recorded", &attempt, "hold.placed")?;
    world.clock.pass(3 * 86_400);
    let data =
        json!({ "hold": "hold/qing-river", "reason": "the trustees ratified the payments; the accounts are in order" });
    world.say(COMMISSION.id, "hold.lifted", &data)?;
    world.look("The commission that placed a hold and lifted it", format!("/c/{}", COMMISSION.id));
    world.publish()?;
    world.clock.pass(3_600);
    spend(world, &rope, "charitable", "equipment")?;
    let supplies = [
        (
            "food",
            240_000_000,
            "CN-USCI-9100000000DEMO017S",
            "Long Bridge Grain",
            "Rice, oil and water for 9,000 homes",
            "goods",
        ),
        (
            "clinic",
            155_000_000,
            "CN-USCI-9100000000DEMO018T",
            "Red Lantern Medical",
            "A field clinic for six weeks",
            "medical",
        ),
    ];
    for (id, minor, identifier, name, purpose, class) in supplies {
        spend(world, &bought(id, minor, identifier, name, purpose), "charitable", class)?;
    }
    Ok(())
}

fn village(world: &mut World<'_>) -> Outcome {
    let grant = Grant {
        chain: RELIEF.id,
        id: "grant/willow-brook",
        recipient: VILLAGE.id,
        fund: FUND,
        project: Some(PROJECT),
        minor: 640_000_000,
        purpose: "Eighty homes and the school of Willow Brook",
        tranches: &[],
    };
    award(world, &grant)?;
    let to = Arrival { chain: VILLAGE.id, fund: "fund/rebuild", project: None, pledge: None };
    for (id, minor, purpose) in
        [("homes", 420_000_000, "Eighty homes"), ("school", 180_000_000, "The school, up to the roof")]
    {
        let payment = Payment {
            payee: json!({ "chain": VILLAGE.id }),
            grant: Some(grant.id),
            ..bought(id, minor, "", "", purpose)
        };
        let paid = send(world, &payment, None, &to)?;
        world.look(
            format!("Paid to the village, and confirmed by it: {purpose}"),
            format!("/r/{}", paid.event.replace('#', "-")),
        );
        world.clock.pass(2 * 86_400);
    }
    for (id, minor, purpose) in
        [("bricks", 196_000_000, "Bricks and timber"), ("crews", 131_450_000, "Building crews, August")]
    {
        let payment = Payment {
            chain: VILLAGE.id,
            fund: "fund/rebuild",
            project: None,
            ..bought(id, minor, "CN-USCI-9100000000DEMO019U", "Qing River Builders", purpose)
        };
        spend(world, &payment, "charitable", "construction")?;
    }
    world.look("The village committee", format!("/c/{}", VILLAGE.id));
    Ok(())
}

fn closed(world: &mut World<'_>) -> Outcome {
    // The last part of the grant is on its way and not confirmed yet.
    let payment = Payment {
        payee: json!({ "chain": VILLAGE.id }),
        grant: Some("grant/willow-brook"),
        ..bought("furniture", 40_000_000, "", "", "Furniture for the school")
    };
    pay(world, &payment, None)?;
    let data = json!({
        "campaign": "campaign/qing-river-flood",
        "surplus": "kept in the fund for rebuilding in the same county",
    });
    world.say(RELIEF.id, "campaign.closed", &data)?;
    world.look("The relief foundation", format!("/c/{}", RELIEF.id));
    Ok(())
}
