//! Story 1, the great commitment: a sponsor announces CNY 50 billion over ten years for eight
//! programmes, and draws it by grants, by spending of its own, and by pledges that charities turn
//! into commitments. What is announced is owed to nobody; what is paid can be followed.

// Saturating: the first two years have no name.

mod programmes;
mod promises;

use super::Tale;
use super::cast::Cast;
use super::gifts::{Appeal, Gift, batches, figure, receive, settle, usual};
use super::pay::{Arrival, Payment, send, shop, spend};
use super::people::{enter, words};
use super::shape::Shape;
use super::stage::{
    Fund, GENERAL, Grant, Milestone, Project, account, attest, award, earned, fund, opening, plan, project,
};
use super::world::World;
use crate::failure::Outcome;
use programmes::{PROGRAMMES, Programme, million};
use serde_json::json;

const SPONSOR: Cast = Cast {
    id: "morning-tide",
    shape: Shape::Office,
    role: "sponsor",
    identifier: "CN-USCI-9144000000DEMO030C",
    names: ["Morning Tide Group", "晨汐集团", "晨汐グループ"],
    summary: "An invented company that gives.",
};

/// CNY 50,000,000,000.00
const ANNOUNCED: i64 = 5_000_000_000_000;
/// The years of the first grants; the announcement runs to 2030.
const YEARS: [&str; 5] = ["2021", "2022", "2023", "2024", "2025"];
const WORK: &str = "project/programme";

/// Remembers nothing between its chapters: what stands is in the log.
pub(super) struct Commitment;

impl Tale for Commitment {
    fn chapters(&self) -> Vec<(&'static str, &'static str)> {
        vec![
            ("2021-04-19", "Fifty billion, announced"),
            ("2021-05-17", "Eight grants for five years"),
            ("2021-09-13", "2021: the first payments"),
            ("2022-09-12", "2022: two milestones, attested"),
            ("2023-09-11", "2023: two advances"),
            ("2024-09-09", "2024: the advances are earned"),
            ("2025-09-08", "2025: the last year of the grants"),
            ("2025-11-17", "Pledges to 2030 become commitments"),
            ("2026-03-09", "Instalments on commitments"),
        ]
    }

    fn tell(&mut self, chapter: usize, world: &mut World<'_>) -> Outcome {
        match chapter {
            0 => announce(world),
            1 => grants(world),
            7 => promises::pledges(world),
            8 => promises::instalments(world),
            year => {
                let Some(name) = YEARS.get(year.saturating_sub(2)) else { return Ok(()) };
                for (place, programme) in PROGRAMMES.iter().enumerate() {
                    a_year(world, place, programme, name)?;
                    world.publish()?;
                }
                gifts(world, year)
            }
        }
    }
}

fn announce(world: &mut World<'_>) -> Outcome {
    enter(world, &SPONSOR)?;
    account(world, SPONSOR.id, "CNY")?;
    fund(world, SPONSOR.id, &GENERAL)?;
    let mut programmes = Vec::new();
    let mut lines = vec![(GENERAL.id, million(200))];
    for programme in &PROGRAMMES {
        let data = json!({ "programme": programme.programme, "name": words(programme.names) });
        world.say(SPONSOR.id, "programme.opened", &data)?;
        let own = Fund {
            id: programme.fund,
            class: "designated",
            purpose: programme.purpose,
            names: programme.names,
            programme: Some(programme.programme),
        };
        fund(world, SPONSOR.id, &own)?;
        lines.push((programme.fund, million(3_000)));
        programmes.push(programme.programme);
    }
    let data = json!({
        "envelope": "envelope/great-commitment",
        "name": words(["The great commitment", "五百亿承诺", "大いなる約束"]),
        "currency": "CNY",
        "amount": figure(ANNOUNCED, "CNY"),
        "programmes": programmes,
        "from_year": 2021,
        "to_year": 2030,
    });
    let announced = world.say(SPONSOR.id, "envelope.announced", &data)?;
    opening(world, SPONSOR.id, "CNY", &lines)?;
    world.look("The sponsor: announced, committed, paid, unspent", format!("/c/{}", SPONSOR.id));
    world.look("The announcement of 50 billion, owed to nobody", format!("/r/{}", announced.event.replace('#', "-")));
    Ok(())
}

/// What a programme's charity calls the money in its own books.
fn theirs(programme: &Programme) -> String {
    format!("{}/{}", SPONSOR.id, programme.programme)
}

fn milestone(programme: &Programme, number: usize) -> Milestone<'static> {
    let ids = ["milestone/first", "milestone/second", "milestone/third"];
    let due = ["2022-08-31", "2024-08-31", "2026-12-31"];
    Milestone {
        chain: programme.charity.id,
        project: WORK,
        id: ids.get(number).copied().unwrap_or("milestone/third"),
        titles: programme.milestones.get(number).copied().unwrap_or(programme.names),
        indicator: programme.indicator,
        target: programme.targets.get(number).copied().unwrap_or("1"),
        unit: programme.unit,
        due: due.get(number).copied().unwrap_or("2026-12-31"),
    }
}

/// The grant of a programme; a conditional one in three tranches, of which the second may be advanced.
fn grant<'a>(programme: &Programme, tranches: &'a [(&'a str, i64, bool)]) -> Grant<'a> {
    Grant {
        chain: SPONSOR.id,
        id: programme.grant,
        recipient: programme.charity.id,
        fund: programme.fund,
        project: None,
        minor: million(programme.yearly) * 5,
        purpose: programme.purpose,
        tranches,
    }
}

fn tranches(programme: &Programme) -> Vec<(&'static str, i64, bool)> {
    if programme.milestones.is_empty() {
        return Vec::new();
    }
    let yearly = million(programme.yearly);
    vec![
        (milestone(programme, 0).id, yearly * 2, false),
        (milestone(programme, 1).id, yearly * 2, true),
        (milestone(programme, 2).id, yearly, false),
    ]
}

fn grants(world: &mut World<'_>) -> Outcome {
    for programme in &PROGRAMMES {
        let charity = &programme.charity;
        enter(world, charity)?;
        account(world, charity.id, "CNY")?;
        fund(world, charity.id, &GENERAL)?;
        let joined = theirs(programme);
        let restricted = Fund {
            id: programme.fund,
            class: "restricted",
            purpose: programme.purpose,
            names: programme.names,
            programme: Some(&joined),
        };
        fund(world, charity.id, &restricted)?;
        opening(world, charity.id, "CNY", &[(GENERAL.id, million(2))])?;
        let yearly = million(programme.yearly);
        let work = Project {
            id: WORK,
            titles: programme.project,
            summary: programme.purpose,
            programme: Some(&joined),
            currency: "CNY",
            target: yearly * 5,
            budget: &[("people", yearly * 2), ("equipment", yearly * 2), ("training", yearly)],
        };
        project(world, charity.id, &work)?;
        for number in 0..programme.milestones.len() {
            plan(world, &milestone(programme, number))?;
        }
        award(world, &grant(programme, &tranches(programme)))?;
        world.publish()?;
    }
    Ok(())
}

fn to_charity<'a>(programme: &'a Programme, id: String, minor: i64, purpose: &'a str) -> Payment<'a> {
    Payment {
        chain: SPONSOR.id,
        id,
        fund: programme.fund,
        project: None,
        grant: None,
        milestone: None,
        currency: "CNY",
        minor,
        payee: json!({ "chain": programme.charity.id }),
        purpose,
    }
}

fn arrival<'a>(programme: &Programme, pledge: Option<&'a str>) -> Arrival<'a> {
    Arrival { chain: programme.charity.id, fund: programme.fund, project: Some(WORK), pledge }
}

fn a_year(world: &mut World<'_>, place: usize, programme: &Programme, year: &str) -> Outcome {
    let yearly = million(programme.yearly);
    let short = programme.fund.trim_start_matches("fund/");
    let id = format!("{short}-{year}");
    if programme.milestones.is_empty() {
        let payment = Payment { grant: Some(programme.grant), ..to_charity(programme, id, yearly, programme.purpose) };
        let paid = send(world, &payment, None, &arrival(programme, None))?;
        if place == 0 && year == "2025" {
            world
                .look("A grant payment, approved by two and confirmed", format!("/r/{}", paid.event.replace('#', "-")));
        }
    } else {
        conditional(world, programme, id, year)?;
    }
    own_work(world, place, programme, year)?;
    charity_work(world, place, programme, year)
}

/// Gated tranches: earned and paid; advanced; earned after the advance; the third is still to come.
fn conditional(world: &mut World<'_>, programme: &Programme, id: String, year: &str) -> Outcome {
    let tranches = tranches(programme);
    let grant = grant(programme, &tranches);
    let number = match year {
        "2022" => 0,
        "2023" | "2024" => 1,
        _ => return Ok(()),
    };
    let gate = milestone(programme, number);
    if year != "2023" {
        attest(world, &gate)?;
        earned(world, &grant, gate.id)?;
    }
    if year != "2024" {
        let named = format!("{}/{}", programme.charity.id, gate.id);
        let payment = Payment {
            grant: Some(programme.grant),
            milestone: Some(&named),
            ..to_charity(programme, id, million(programme.yearly) * 2, programme.purpose)
        };
        send(world, &payment, None, &arrival(programme, None))?;
    }
    Ok(())
}

/// The sponsor's own spending within the programme.
fn own_work(world: &mut World<'_>, place: usize, programme: &Programme, year: &str) -> Outcome {
    let varied = i64::try_from(world.stream.below(40)).unwrap_or(0);
    let payment = Payment {
        payee: shop("CN-USCI-9144000000DEMO031D", "Tide House Services"),
        ..to_charity(
            programme,
            format!("own-{place}-{year}"),
            million(12 + varied),
            "The group's own work in the programme",
        )
    };
    spend(world, &payment, "charitable", "professional")?;
    Ok(())
}

/// The charity spends of what arrived, a large sum with approvals and a small one without.
fn charity_work(world: &mut World<'_>, place: usize, programme: &Programme, year: &str) -> Outcome {
    let paid_so_far = match (programme.milestones.is_empty(), year) {
        (true, _) => true,
        (false, year) => year != "2021",
    };
    if !paid_so_far {
        return Ok(());
    }
    let percent = 55 + i64::try_from(world.stream.below(30)).unwrap_or(0);
    for (id, minor, class) in [
        (format!("work-{place}-{year}"), million(programme.yearly) * percent / 100, "staff"),
        (format!("small-{place}-{year}"), 3_860_000, "travel"),
    ] {
        let payment = Payment {
            chain: programme.charity.id,
            project: Some(WORK),
            payee: shop("CN-USCI-9100000000DEMO032E", "Payroll and field services"),
            ..to_charity(programme, id, minor, programme.purpose)
        };
        spend(world, &payment, "charitable", class)?;
    }
    Ok(())
}

/// The public gives to a charity of the programmes too; each year to another.
fn gifts(world: &mut World<'_>, year: usize) -> Outcome {
    let Some(programme) = PROGRAMMES.get(year % PROGRAMMES.len()) else { return Ok(()) };
    let count = world.share(3) / YEARS.len();
    let all = usual(world, count.max(20), "CNY");
    for part in batches(world, all) {
        let date = world.today();
        let appeal = Appeal {
            chain: programme.charity.id,
            currency: "CNY",
            fund: programme.fund,
            project: None,
            pledge: None,
            campaign: None,
            platform: None,
            date: &date,
        };
        receive(world, &appeal, &part)?;
        settle(world, &appeal, part.iter().map(Gift::net).sum())?;
        world.clock.pass(30_000);
    }
    Ok(())
}
