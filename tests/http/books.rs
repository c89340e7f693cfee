//! What the books do not allow: money that is not there, holds, approvals, refunds, reversals.

use crate::stage::{Stage, asked_for, gift, observed, spent, well};
use crate::{Row, row};
use acceptance::{DAY, Event};
use serde_json::{Value, json};

pub(crate) fn rows(stage: &Stage) -> Vec<Row> {
    let spend = |fund: &str, amount: &str| stage.well("expenditure.recorded/1", spent(fund, amount));
    let pay = |id: &str| {
        let data =
            json!({"disbursement": format!("disbursement/{id}"), "account": "account/bank", "effective_date": DAY});
        stage.well("disbursement.paid/1", data)
    };
    let approve = |id: &str, request: &Event, who: &str| {
        let data = json!({"disbursement": format!("disbursement/{id}"), "request": request.hash().to_base64()});
        stage.well("disbursement.approved/1", data).by(&[&well(who)])
    };
    let approved = stage.events.iter().find(|event| event.text().contains("disbursement/approved")).unwrap();
    let allocate = |amount: &str| {
        let data = json!({"account": "account/bank", "currency": "CNY", "fund": "fund/water", "to": "project/wells", "amount": amount, "effective_date": DAY});
        stage.well("allocation.made/1", data)
    };

    vec![
        row("more than the restricted fund has", spend("fund/water", "986.01"), 422, "fund.overdrawn"),
        row("money of a fund that has none", spend("fund/general", "0.01"), 422, "fund.overdrawn"),
        row("more set aside for a project than there is", allocate("5000.00"), 422, "fund.overdrawn"),
        row("an approved payment that the fund cannot bear", pay("approved"), 422, "fund.overdrawn"),
        row("a fund under a hold", spend("fund/frozen", "1.00"), 422, "hold.placed"),
        row(
            "a refund out of a fund under a hold",
            refund(stage, "500.00", 0).but("fund/water", "fund/frozen"),
            422,
            "hold.placed",
        ),
        row("a payment that nobody has approved", pay("waiting"), 422, "approval.missing"),
        row("a large purchase that nobody has asked for", spend("fund/water", "50000.00"), 422, "approval.missing"),
        row("an approval by the requester", approve("waiting", &stage.asked, "alice"), 422, "approval.self"),
        row(
            "an approval by the requester with another key",
            approve("waiting", &stage.asked, "alice-phone"),
            422,
            "approval.self",
        ),
        row("an approval of another request", approve("waiting", approved, "bob"), 422, "approval.changed"),
        row("a second approval where one is enough", approve("approved", approved, "alice-phone"), 422, "state.wrong"),
        row(
            "a purchase that differs from its approved request",
            spend("fund/water", "59999.00").but("{", r#"{"disbursement":"disbursement/approved","#),
            422,
            "approval.changed",
        ),
        row(
            "a payment to oneself",
            stage.well("disbursement.requested/1", {
                let mut data = asked_for("disbursement/own", "1.00");
                data["payee"] = json!({"chain": "well"});
                data
            }),
            422,
            "payee.self",
        ),
        row("a refund of more than the gift", refund(stage, "600.01", 0), 422, "refund.exceeded"),
        row("a refund of more than is left of the gift", refund(stage, "390.01", 1), 422, "refund.exceeded"),
        row("a refund of a gift that is not there", refund(stage, "1.00", 2), 422, "ref.unknown"),
        row("a fund's opening reversed", undo(stage, &stage.fund), 422, "reversal.not_reversible"),
        row("a purchase reversed again", undo(stage, &stage.bought), 422, "reversal.twice"),
        row("a reversal reversed", undo(stage, &stage.reversal), 422, "reversal.twice"),
        row("gifts reversed of which one was refunded", undo(stage, &stage.gifts), 422, "reversal.dependents"),
        row(
            "a project that is not approved, begun",
            stage.well("project.status_changed/1", json!({"project": "project/wells", "status": "implementing"})),
            422,
            "state.wrong",
        ),
        row(
            "a gift to an appeal that does not exist",
            stage.well("donation.received/1", {
                let mut data = gift();
                data["campaign"] = json!("campaign/none");
                data
            }),
            422,
            "ref.unknown",
        ),
        row(
            "a transaction that was imported before",
            stage.pen.draft("importer", "transaction.observed/1", observed()),
            422,
            "observed.duplicate",
        ),
    ]
}

/// `amount` of one of the two gifts goes back.
fn refund(stage: &Stage, amount: &str, gift: u32) -> Event {
    let mut data = json!({"account": "account/bank", "from": "bank", "currency": "CNY", "fund": "fund/water", "amount": amount, "effective_date": DAY, "reason": "donor's wish"});
    data["donation"] = stage.gifts.reference();
    data["donation"]["gift"] = json!(gift);
    stage.well("donation.refunded/1", data)
}

/// An event is reversed.
fn undo(stage: &Stage, event: &Event) -> Event {
    let mut data = event.reference();
    let rest = json!({"effective_date": DAY, "reason": "a mistake"});
    if let (Value::Object(data), Value::Object(rest)) = (&mut data, rest) {
        data.extend(rest);
    }
    stage.well("event.reversed/1", data)
}
