//! Money out, as every story needs it: request, approvals, payment, confirmation, own spending.

use super::gifts::{figure, with};
use super::world::World;
use crate::author::Signed;
use crate::failure::Outcome;
use serde_json::{Value, json};

/// A payment that somebody asks for.
#[derive(Debug, Clone)]
pub(super) struct Payment<'a> {
    pub chain: &'a str,
    pub id: String,
    pub fund: &'a str,
    pub project: Option<&'a str>,
    pub grant: Option<&'a str>,
    pub milestone: Option<&'a str>,
    pub currency: &'a str,
    pub minor: i64,
    pub payee: Value,
    pub purpose: &'a str,
}

/// Where a payment arrives.
#[derive(Debug, Clone, Copy)]
pub(super) struct Arrival<'a> {
    pub chain: &'a str,
    pub fund: &'a str,
    pub project: Option<&'a str>,
    /// Own commitment that is paid on.
    pub pledge: Option<&'a str>,
}

/// Asked for, and approved by as many people as the chain's policy says.
pub(super) fn request(world: &mut World<'_>, payment: &Payment<'_>) -> Outcome {
    let reference = format!("disbursement/{}", payment.id);
    let mut data = json!({
        "disbursement": reference,
        "fund": payment.fund,
        "currency": payment.currency,
        "amount": figure(payment.minor, payment.currency),
        "payee": payment.payee,
        "purpose": payment.purpose,
    });
    with(&mut data, &[("project", payment.project), ("grant", payment.grant), ("milestone", payment.milestone)]);
    let requested = world.say(payment.chain, "disbursement.requested", &data)?;
    let approvers = world.person(payment.chain)?.approvers(payment.currency, payment.minor);
    let data = json!({ "disbursement": reference, "request": requested.hash.to_string() });
    for approver in approvers {
        world.say_as(payment.chain, &[approver], "disbursement.approved", &data)?;
    }
    Ok(())
}

/// Asked for, approved, and out of the bank.
pub(super) fn pay(world: &mut World<'_>, payment: &Payment<'_>, class: Option<&str>) -> Outcome<Signed> {
    request(world, payment)?;
    let mut data = json!({
        "disbursement": format!("disbursement/{}", payment.id),
        "account": "account/bank",
        "effective_date": world.today(),
    });
    with(&mut data, &[("class", class)]);
    world.say(payment.chain, "disbursement.paid", &data)
}

/// The payee, on its own chain, says that it arrived.
pub(super) fn confirm(
    world: &mut World<'_>,
    payment: &Payment<'_>,
    paid: &Signed,
    to: &Arrival<'_>,
) -> Outcome<Signed> {
    let mut data = json!({
        "disbursement": format!("{}/disbursement/{}", payment.chain, payment.id),
        "event": paid.event,
        "hash": paid.hash.to_string(),
        "account": "account/bank",
        "fund": to.fund,
        "currency": payment.currency,
        "amount": figure(payment.minor, payment.currency),
        "effective_date": world.today(),
    });
    with(&mut data, &[("project", to.project), ("pledge", to.pledge)]);
    world.say(to.chain, "disbursement.confirmed", &data)
}

/// Paid and confirmed, two days apart.
pub(super) fn send(
    world: &mut World<'_>,
    payment: &Payment<'_>,
    class: Option<&str>,
    to: &Arrival<'_>,
) -> Outcome<Signed> {
    let paid = pay(world, payment, class)?;
    world.clock.pass(2 * 86_400);
    confirm(world, payment, &paid, to)
}

/// The chain buys something itself, with an approved request where its policy asks for one.
pub(super) fn spend(world: &mut World<'_>, payment: &Payment<'_>, function: &str, class: &str) -> Outcome<Signed> {
    let needs = !world.person(payment.chain)?.approvers(payment.currency, payment.minor).is_empty();
    if needs {
        request(world, payment)?;
    }
    let data = spending(world, payment, function, class, needs);
    world.say(payment.chain, "expenditure.recorded", &data)
}

/// What `expenditure.recorded` says.
pub(super) fn spending(
    world: &World<'_>,
    payment: &Payment<'_>,
    function: &str,
    class: &str,
    requested: bool,
) -> Value {
    let mut data = json!({
        "account": "account/bank",
        "fund": payment.fund,
        "currency": payment.currency,
        "amount": figure(payment.minor, payment.currency),
        "payee": payment.payee,
        "function": function,
        "class": class,
        "related_party": false,
        "effective_date": world.today(),
    });
    let reference = format!("disbursement/{}", payment.id);
    with(&mut data, &[("project", payment.project), ("disbursement", requested.then_some(reference.as_str()))]);
    data
}

/// An organisation that is not on the log.
pub(super) fn shop(identifier: &str, name: &str) -> Value {
    json!({ "organisation": identifier, "name": name })
}
