//! How an organisation of the cast enters the log.

use super::cast::{COMMISSION, Cast, REVIEWERS};
use super::shape::{Person, Shape};
use super::world::{World, fresh_seed};
use crate::failure::{Failure, Outcome};
use almoner_proof::SecretKey;
use almoner_server::app::directory::write_key;
use serde_json::{Value, json};

/// A text in the three languages.
pub(super) fn words(text: [&str; 3]) -> Value {
    let [en, zh, ja] = text;
    json!({ "en": en, "zh-Hans": zh, "ja": ja })
}

/// Opens a chain, has it admitted, and lets it say who it is. Done once, whichever story asks first.
pub(super) fn enter(world: &mut World<'_>, cast: &Cast) -> Outcome {
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
    world.people.insert(cast.id, Person::new(cast.shape, keys));
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
pub(super) fn reviewers(world: &mut World<'_>) -> Outcome<Value> {
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
