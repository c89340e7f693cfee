//! What every story sets up and lets happen: accounts, funds, projects, milestones, grants.

use super::cast::REVIEWERS;
use super::gifts::{figure, with};
use super::people::{reviewers, words};
use super::world::World;
use crate::author::Signed;
use crate::failure::Outcome;
use almoner_proof::commitment::commit;
use serde_json::{Value, json};

/// A fund to open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fund<'a> {
    pub id: &'a str,
    pub class: &'a str,
    pub purpose: &'a str,
    pub names: [&'a str; 3],
    pub programme: Option<&'a str>,
}

/// Free money, which every organisation has some of.
pub(super) const GENERAL: Fund<'static> = Fund {
    id: "fund/general",
    class: "unrestricted",
    purpose: "Whatever the organisation is for",
    names: ["General fund", "一般基金", "一般基金"],
    programme: None,
};

/// A project to open.
#[derive(Debug, Clone, Copy)]
pub(super) struct Project<'a> {
    pub id: &'a str,
    pub titles: [&'a str; 3],
    pub summary: &'a str,
    pub programme: Option<&'a str>,
    pub currency: &'a str,
    pub target: i64,
    /// Heading and minor units.
    pub budget: &'a [(&'a str, i64)],
}

/// A milestone to plan; two of the three reviewers must attest it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Milestone<'a> {
    pub chain: &'a str,
    pub project: &'a str,
    pub id: &'a str,
    pub titles: [&'a str; 3],
    pub indicator: &'a str,
    pub target: &'a str,
    pub unit: &'a str,
    pub due: &'a str,
}

/// The one bank account, `account/bank`.
pub(super) fn account(world: &mut World<'_>, chain: &str, currency: &str) -> Outcome {
    let name = words(["Main account", "主账户", "主口座"]);
    let data = json!({ "account": "account/bank", "kind": "bank", "currency": currency, "name": name });
    world.say(chain, "account.opened", &data)?;
    Ok(())
}

pub(super) fn fund(world: &mut World<'_>, chain: &str, fund: &Fund<'_>) -> Outcome {
    let mut data = json!({
        "fund": fund.id,
        "class": fund.class,
        "purpose": fund.purpose,
        "name": words(fund.names),
        "attribution": "fifo/1",
    });
    with(&mut data, &[("programme", fund.programme)]);
    world.say(chain, "fund.opened", &data)?;
    Ok(())
}

/// What a chain brings along: fund and minor units, all in the bank.
pub(super) fn opening(world: &mut World<'_>, chain: &str, currency: &str, lines: &[(&str, i64)]) -> Outcome<Signed> {
    let lines: Vec<Value> = lines
        .iter()
        .map(|(fund, minor)| {
            let amount = figure(*minor, currency);
            json!({ "head": "assets:bank", "account": "account/bank", "fund": fund, "currency": currency, "amount": amount })
        })
        .collect();
    let data = json!({ "basis": "audited", "effective_date": world.today(), "lines": lines });
    world.say(chain, "balance.opened", &data)
}

/// Proposed, approved, with a budget, and under way.
pub(super) fn project(world: &mut World<'_>, chain: &str, project: &Project<'_>) -> Outcome {
    let mut data = json!({
        "project": project.id,
        "title": words(project.titles),
        "summary": project.summary,
        "currency": project.currency,
        "target": figure(project.target, project.currency),
    });
    with(&mut data, &[("programme", project.programme)]);
    world.say(chain, "project.proposed", &data)?;
    world.say(chain, "project.approved", &json!({ "project": project.id }))?;
    budget(world, chain, project.id, project.currency, project.budget)?;
    let data = json!({ "project": project.id, "status": "implementing" });
    world.say(chain, "project.status_changed", &data)?;
    Ok(())
}

pub(super) fn budget(
    world: &mut World<'_>,
    chain: &str,
    project: &str,
    currency: &str,
    lines: &[(&str, i64)],
) -> Outcome {
    let line = |(heading, minor): &(&str, i64)| json!({ "heading": heading, "amount": figure(*minor, currency) });
    let lines: Vec<Value> = lines.iter().map(line).collect();
    world.say(chain, "budget.set", &json!({ "project": project, "currency": currency, "lines": lines }))?;
    Ok(())
}

pub(super) fn plan(world: &mut World<'_>, milestone: &Milestone<'_>) -> Outcome {
    let reviewers = reviewers(world)?;
    let data = json!({
        "milestone": milestone.id,
        "project": milestone.project,
        "title": words(milestone.titles),
        "indicator": milestone.indicator,
        "baseline": "0",
        "target": milestone.target,
        "unit": milestone.unit,
        "due": milestone.due,
        "reviewers": reviewers,
        "quorum": 2,
    });
    world.say(milestone.chain, "milestone.planned", &data)?;
    Ok(())
}

/// The implementer shows evidence, and two of the three reviewers, on their own chains, say that it is so.
pub(super) fn attest(world: &mut World<'_>, milestone: &Milestone<'_>) -> Outcome {
    let document = commitment(world, "documents/0", "a report, kept by the implementer");
    let data = json!({ "milestone": milestone.id, "documents": [document], "value": milestone.target });
    let evidenced = world.say(milestone.chain, "milestone.evidenced", &data)?;
    // The third reviewer has not answered: k of n is enough.
    let data = json!({
        "milestone": format!("{}/{}", milestone.chain, milestone.id),
        "event": evidenced.event,
        "hash": evidenced.hash.to_string(),
    });
    for reviewer in REVIEWERS.iter().take(2) {
        world.say(reviewer.id, "milestone.attested", &data)?;
    }
    Ok(())
}

/// A commitment to something that is not published.
pub(super) fn commitment(world: &mut World<'_>, field: &str, value: &str) -> String {
    commit(&world.stream.salt(), field, value).to_string()
}

/// Money of one fund is set aside for a project of the same chain.
pub(super) fn allocate(
    world: &mut World<'_>,
    chain: &str,
    currency: &str,
    fund: &str,
    to: &str,
    minor: i64,
) -> Outcome<Signed> {
    let data = json!({
        "account": "account/bank",
        "currency": currency,
        "fund": fund,
        "to": to,
        "amount": figure(minor, currency),
        "effective_date": world.today(),
    });
    world.say(chain, "allocation.made", &data)
}

/// A grant to award.
#[derive(Debug, Clone)]
pub(super) struct Grant<'a> {
    pub chain: &'a str,
    pub id: &'a str,
    pub recipient: &'a str,
    pub fund: &'a str,
    pub project: Option<&'a str>,
    pub minor: i64,
    pub purpose: &'a str,
    /// Milestone, minor units, and whether it may be paid before it is earned; none: unconditional.
    pub tranches: &'a [(&'a str, i64, bool)],
}

/// Awarded in CNY and, on the recipient's chain, accepted.
pub(super) fn award(world: &mut World<'_>, grant: &Grant<'_>) -> Outcome {
    let milestones: Vec<Value> = grant
        .tranches
        .iter()
        .map(|(id, minor, advance)| {
            let milestone = format!("{}/{id}", grant.recipient);
            json!({ "milestone": milestone, "tranche": figure(*minor, "CNY"), "advance": advance })
        })
        .collect();
    let mut data = json!({
        "grant": grant.id,
        "recipient": { "chain": grant.recipient },
        "fund": grant.fund,
        "currency": "CNY",
        "amount": figure(grant.minor, "CNY"),
        "date": world.today(),
        "purpose": grant.purpose,
        "milestones": milestones,
    });
    with(&mut data, &[("project", grant.project)]);
    world.say(grant.chain, "grant.awarded", &data)?;
    world.say(grant.recipient, "grant.accepted", &json!({ "grant": format!("{}/{}", grant.chain, grant.id) }))?;
    Ok(())
}

/// The milestone of a tranche is attested: it is owed.
pub(super) fn earned(world: &mut World<'_>, grant: &Grant<'_>, milestone: &str) -> Outcome {
    let data = json!({
        "grant": grant.id,
        "milestone": format!("{}/{milestone}", grant.recipient),
        "effective_date": world.today(),
    });
    world.say(grant.chain, "grant.tranche_earned", &data)?;
    Ok(())
}
