//! The years after the first grants: pledges to 2030, commitments on them, first instalments.

use super::programmes::{PROGRAMMES, million};
use super::{SPONSOR, WORK, arrival, to_charity};
use crate::demo::gifts::figure;
use crate::demo::pay::{pay, send};
use crate::demo::world::World;
use crate::failure::Outcome;
use serde_json::json;

/// The sponsor pledges to 2030; charities turn pledges into commitments, some of them conditional.
pub(super) fn pledges(world: &mut World<'_>) -> Outcome {
    for (place, programme) in PROGRAMMES.iter().enumerate() {
        let yearly = million(programme.yearly) * 2;
        let schedule: Vec<_> = ["2026", "2027", "2028", "2029", "2030"]
            .iter()
            .map(|year| json!({ "due": format!("{year}-03-31"), "amount": figure(yearly, "CNY") }))
            .collect();
        let data = json!({
            "pledge": programme.pledge,
            "currency": "CNY",
            "amount": figure(yearly * 5, "CNY"),
            "date": world.today(),
            "to": programme.charity.id,
            "programme": programme.programme,
            "schedule": schedule,
        });
        world.say(SPONSOR.id, "pledge.made", &data)?;
        // The first three years are binding; for two programmes only if an outcome is reached.
        let conditions = if programme.milestones.is_empty() {
            json!([])
        } else {
            json!([{
                "barrier": format!("{} reached by the third milestone", programme.indicator),
                "right_of_return": true,
                "tranche": figure(yearly, "CNY"),
                "deadline": "2027-12-31",
            }])
        };
        // One charity's board has not decided yet.
        if place + 1 == PROGRAMMES.len() {
            continue;
        }
        let data = json!({
            "commitment": "commitment/to-2028",
            "pledge": format!("{}/{}", SPONSOR.id, programme.pledge),
            "sponsor": SPONSOR.id,
            "fund": programme.fund,
            "project": WORK,
            "currency": "CNY",
            "amount": figure(yearly * 3, "CNY"),
            "date": world.today(),
            "conditions": conditions,
        });
        world.say(programme.charity.id, "commitment.agreed", &data)?;
    }
    Ok(())
}

pub(super) fn instalments(world: &mut World<'_>) -> Outcome {
    for (place, programme) in PROGRAMMES.iter().enumerate().take(PROGRAMMES.len() - 1) {
        let minor = million(programme.yearly) / 4;
        let id = format!("instalment-{place}");
        let payment = to_charity(programme, id, minor, "First instalment on the commitment to 2028");
        // The last two are on their way: paid, and not confirmed yet.
        if place + 3 > PROGRAMMES.len() - 1 {
            pay(world, &payment, Some("support"))?;
        } else {
            send(world, &payment, Some("support"), &arrival(programme, Some("commitment/to-2028")))?;
        }
        world.look(
            format!("Programme: {}", programme.names[0]),
            format!("/f/{}/{}", SPONSOR.id, programme.fund.trim_start_matches("fund/")),
        );
    }
    Ok(())
}
