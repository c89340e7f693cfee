//! The people of the cast: their keys, who signs what, and how an organisation enters the log.

use super::cast::{COMMISSION, Cast, REVIEWERS};
use super::world::{World, fresh_seed};
use crate::failure::{Failure, Outcome};
use almoner_ledger::event::Signers;
use almoner_proof::SecretKey;
use almoner_proof::introduction::Role;
use almoner_server::app::directory::write_key;
use serde_json::{Value, json};

/// How an organisation shares its work among people.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Director, treasurer, officer and an outside trustee; two of them approve what is large.
    Office,
    /// A head and a clerk.
    Small,
    /// Attests, and nothing else.
    Reviewer,
    /// Places holds, and nothing else.
    Regulator,
    /// Collects gifts for others.
    Platform,
}

type KeyPlan = (&'static str, &'static [Role]);

impl Shape {
    /// Label, which is the holder too, and roles.
    fn keys(self) -> &'static [KeyPlan] {
        use Role::{Admin, Approve, Attest, Book, Report, Request, Supervise};
        match self {
            Shape::Office => &[
                ("director", &[Admin, Approve]),
                ("treasurer", &[Admin, Book]),
                ("officer", &[Request, Report]),
                ("trustee", &[Approve]),
            ],
            Shape::Small => &[("head", &[Admin, Approve]), ("clerk", &[Admin, Book, Request, Report])],
            Shape::Reviewer => &[("reviewer", &[Admin, Attest])],
            Shape::Regulator => &[("inspector", &[Admin, Supervise])],
            Shape::Platform => &[("desk", &[Admin, Book, Report])],
        }
    }

    fn quorum(self) -> u32 {
        if matches!(self, Shape::Office) { 2 } else { 1 }
    }

    /// Currency, least minor units, approvers.
    fn approvals(self) -> &'static [(&'static str, i64, u32)] {
        match self {
            Shape::Office => &[("CNY", 5_000_000, 2), ("JPY", 1_000_000, 2)],
            Shape::Small => &[("CNY", 5_000_000, 1), ("JPY", 1_000_000, 1)],
            Shape::Reviewer | Shape::Regulator | Shape::Platform => &[],
        }
    }
}

/// Keys and policy of an organisation that is in the log.
pub struct Person {
    shape: Shape,
    keys: Vec<(KeyPlan, SecretKey)>,
}

impl Person {
    /// Labels of the keys that sign a kind.
    pub fn signers(&self, signers: Signers) -> Vec<&'static str> {
        let with = |role: Role| self.keys.iter().filter(move |((_, roles), _)| roles.contains(&role));
        match signers {
            // The first role that the kind names is the most particular one.
            Signers::One(roles) => {
                roles.iter().find_map(|role| with(*role).next()).map(|((label, _), _)| *label).into_iter().collect()
            }
            Signers::Opening | Signers::AdminQuorum | Signers::AdminQuorumAndNewKey | Signers::TwoHolders => {
                with(Role::Admin).map(|((label, _), _)| *label).take(2).collect()
            }
        }
    }

    /// Labels of those who approve a payment, as many as the policy asks for.
    pub fn approvers(&self, currency: &str, minor: i64) -> Vec<&'static str> {
        let plan = self.shape.approvals().iter().find(|(of, from, _)| *of == currency && minor >= *from);
        let needed = plan.map_or(0, |(_, _, approvers)| *approvers as usize);
        let may = self.keys.iter().filter(|((_, roles), _)| roles.contains(&Role::Approve));
        may.map(|((label, _), _)| *label).take(needed).collect()
    }

    pub fn secrets(&self, labels: &[&str]) -> Vec<&SecretKey> {
        self.keys.iter().filter(|((label, _), _)| labels.contains(label)).map(|(_, key)| key).collect()
    }
}

/// A text in the three languages.
pub fn words(text: [&str; 3]) -> Value {
    let [en, zh, ja] = text;
    json!({ "en": en, "zh-Hans": zh, "ja": ja })
}

/// Opens a chain, has it admitted, and lets it say who it is. Done once, whichever story asks first.
pub fn enter(world: &mut World<'_>, cast: &Cast) -> Outcome {
    if world.people.contains_key(cast.id) {
        return Ok(());
    }
    let supervised = cast.role != "regulator" && cast.role != "reviewer";
    if supervised {
        enter(world, &COMMISSION)?;
    }
    let mut keys = Vec::new();
    for plan in cast.shape.keys() {
        keys.push((*plan, new_key(world, cast.id, plan.0)?));
    }
    let entries: Vec<Value> = keys
        .iter()
        .map(|((label, roles), key)| json!({ "vkey": key.verifier().to_string(), "holder": label, "roles": roles }))
        .collect();
    let approvals: Vec<Value> = cast
        .shape
        .approvals()
        .iter()
        .map(|(currency, from, approvers)| {
            json!({ "currency": currency, "from": super::gifts::figure(*from, currency), "approvers": approvers })
        })
        .collect();
    let recovery = match cast.shape {
        Shape::Office => vec![new_key(world, cast.id, "recovery")?.verifier().to_string()],
        Shape::Small | Shape::Reviewer | Shape::Regulator | Shape::Platform => Vec::new(),
    };
    let data = json!({
        "name": words(cast.names),
        "keys": entries,
        "admin_quorum": cast.shape.quorum(),
        "approvals": approvals,
        "recovery": { "keys": recovery, "quorum": 1 },
    });
    let time = world.next_time();
    let opened = {
        let mut signing: Vec<&SecretKey> = keys.iter().map(|(_, key)| key).collect();
        // A registrar countersigns: it has looked at who is behind the chain.
        signing.push(&world.registrar);
        world.writer.write(cast.id, &signing, &time, "chain.opened/1", &data)?
    };
    world.people.insert(cast.id, Person { shape: cast.shape, keys });
    let mut data =
        json!({ "chain": cast.id, "role": cast.role, "event": opened.event, "hash": opened.hash.to_string() });
    if supervised && let Some(members) = data.as_object_mut() {
        members.insert("supervisor".to_owned(), json!(COMMISSION.id));
    }
    world.register("chain.admitted", &data)?;
    let data = json!({
        "identifiers": [cast.identifier],
        "names": words(cast.names),
        "country": cast.identifier.get(..2),
        "url": format!("https://{}.example/", cast.id),
        "summary": { "en": cast.summary },
    });
    world.say(cast.id, "organisation.described", &data)?;
    Ok(())
}

/// All three review bodies, as `milestone.planned` lists them.
pub fn reviewers(world: &mut World<'_>) -> Outcome<Value> {
    for cast in &REVIEWERS {
        enter(world, cast)?;
    }
    Ok(json!([
        { "chain": REVIEWERS[0].id, "role": "field reviewer" },
        { "chain": REVIEWERS[1].id, "role": "auditor" },
        { "chain": REVIEWERS[2].id, "role": "scientist" },
    ]))
}

fn new_key(world: &World<'_>, chain: &str, label: &str) -> Outcome<SecretKey> {
    let key = SecretKey::from_seed(&format!("{chain}/{label}"), &fresh_seed());
    let path = world.directory.key(&format!("{chain}-{label}"));
    write_key(&path, &key.to_line(), &key.verifier().to_string()).map_err(|why| Failure::new(format!("{why:#}")))?;
    Ok(key)
}
