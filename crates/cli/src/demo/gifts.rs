//! Gifts: amounts, donors' commitments and batches.

use super::stream::SEED;
use super::world::World;
use crate::author::Signed;
use crate::failure::Outcome;
use almoner_proof::Hash;
use almoner_proof::commitment::{commit, tag};
use serde_json::{Value, json};

/// A gift in minor units.
#[derive(Debug, Clone)]
pub(super) struct Gift {
    pub gross: i64,
    pub fee: i64,
    /// What the commitment is to.
    pub donor: String,
    /// The channel's reference, if there is one.
    pub reference: Option<String>,
}

impl Gift {
    pub(super) fn net(&self) -> i64 {
        self.gross - self.fee
    }
}

/// Where gifts go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Appeal<'a> {
    pub chain: &'a str,
    pub currency: &'a str,
    pub fund: &'a str,
    pub project: Option<&'a str>,
    pub pledge: Option<&'a str>,
    pub campaign: Option<&'a str>,
    pub platform: Option<&'a str>,
    pub date: &'a str,
}

/// Amounts that people give, in CNY, and how often of a hundred: 92 on average.
const USUAL: &[(i64, u64)] =
    &[(10, 25), (20, 20), (50, 20), (66, 3), (100, 18), (188, 2), (200, 6), (500, 4), (1_000, 2)];

/// What the channels keep, of a thousand.
fn fee_of(gross: i64, currency: &str) -> i64 {
    let per_mille = if currency == "JPY" { 30 } else { 6 };
    (gross * per_mille + 500) / 1_000
}

/// A decimal string with the currency's minor digits; the demo gives in yuan and yen.
pub(super) fn figure(minor: i64, currency: &str) -> String {
    if currency == "JPY" { minor.to_string() } else { format!("{}.{:02}", minor / 100, minor % 100) }
}

/// A gift of so much.
pub(super) fn gift(world: &mut World<'_>, gross: i64, currency: &str) -> Gift {
    let number = world.stream.below(100_000_000);
    Gift { gross, fee: fee_of(gross, currency), donor: format!("Donor {number:08}"), reference: None }
}

/// Gifts of usual amounts.
pub(super) fn usual(world: &mut World<'_>, count: usize, currency: &str) -> Vec<Gift> {
    let scale = if currency == "JPY" { 20 } else { 100 };
    let mut gifts = Vec::with_capacity(count);
    for _ in 0..count {
        let mut at = world.stream.below(100);
        let mut amount = 100;
        for (yuan, often) in USUAL {
            if at < *often {
                amount = *yuan;
                break;
            }
            at -= often;
        }
        gifts.push(gift(world, amount * scale, currency));
    }
    gifts
}

/// So many gifts that sum to exactly `total`: mostly usual ones, and a few of companies for the rest.
pub(super) fn exactly(world: &mut World<'_>, count: usize, total: i64, currency: &str) -> Vec<Gift> {
    let large = (count / 100).max(4);
    let mut gifts = usual(world, count - large, currency);
    let mut rest = total - gifts.iter().map(|gift| gift.gross).sum::<i64>();
    for left in (1..=large).rev() {
        let average = rest / i64::try_from(left).unwrap_or(1);
        // Companies give round thousands; the last one makes the sum exact.
        let varied = average * i64::try_from(40 + world.stream.below(121)).unwrap_or(100) / 100;
        let gross = if left == 1 { rest } else { (varied / 100_000).max(1) * 100_000 };
        rest -= gross;
        gifts.push(gift(world, gross, currency));
    }
    world.stream.shuffle(&mut gifts);
    gifts
}

/// Cuts gifts into batches of 100 to 256, the last one of what is left but never under 20.
pub(super) fn batches(world: &mut World<'_>, gifts: Vec<Gift>) -> Vec<Vec<Gift>> {
    let mut batches = Vec::new();
    let mut rest = gifts;
    while !rest.is_empty() {
        let wanted = 100 + usize::try_from(world.stream.below(137)).unwrap_or(0);
        // 236 at most are wanted, so that a remainder under 20 still fits the batch before it.
        let take = if rest.len() < wanted + 20 { rest.len() } else { wanted };
        let after = rest.split_off(take);
        batches.push(std::mem::replace(&mut rest, after));
    }
    batches
}

/// One event of gifts; gives the salts of the donors' commitments with it.
pub(super) fn receive(world: &mut World<'_>, appeal: &Appeal<'_>, gifts: &[Gift]) -> Outcome<(Signed, Vec<[u8; 32]>)> {
    // Tags find the same bank line twice within a chain, and nothing across chains.
    let secret = Hash::of_parts(&[SEED.as_bytes(), b"\ntags\n", appeal.chain.as_bytes()]).0;
    let mut salts = Vec::with_capacity(gifts.len());
    let mut items = Vec::with_capacity(gifts.len());
    for (place, gift) in gifts.iter().enumerate() {
        let salt = world.stream.salt();
        let mut item = json!({
            "gross": figure(gift.gross, appeal.currency),
            "fee": figure(gift.fee, appeal.currency),
            "donor": commit(&salt, &format!("gifts/{place}/donor"), &gift.donor).to_string(),
        });
        if let (Some(reference), Some(members)) = (&gift.reference, item.as_object_mut()) {
            members.insert("ref_tag".to_owned(), json!(tag(&secret, &[reference]).to_string()));
        }
        salts.push(salt);
        items.push(item);
    }
    let mut data = json!({
        "account": "account/bank",
        "currency": appeal.currency,
        "fund": appeal.fund,
        "effective_date": appeal.date,
        "gifts": items,
    });
    let optional = [
        ("project", appeal.project),
        ("pledge", appeal.pledge),
        ("campaign", appeal.campaign),
        ("platform", appeal.platform),
    ];
    with(&mut data, &optional);
    Ok((world.say(appeal.chain, "donation.received", &data)?, salts))
}

/// The channel pays out what was clearing.
pub(super) fn settle(world: &mut World<'_>, appeal: &Appeal<'_>, net: i64) -> Outcome<Signed> {
    let mut line = json!({ "fund": appeal.fund, "amount": figure(net, appeal.currency) });
    with(&mut line, &[("project", appeal.project)]);
    let data = json!({
        "account": "account/bank",
        "currency": appeal.currency,
        "effective_date": world.today(),
        "lines": [line],
    });
    world.say(appeal.chain, "settlement.received", &data)
}

/// Adds the members that stand.
pub(super) fn with(data: &mut Value, optional: &[(&str, Option<&str>)]) {
    let Some(members) = data.as_object_mut() else { return };
    for (name, value) in optional {
        if let Some(value) = value {
            members.insert((*name).to_owned(), json!(value));
        }
    }
}
