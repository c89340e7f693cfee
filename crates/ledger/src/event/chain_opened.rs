//! chain.opened: an author begins a chain and introduces its first keys.

use super::prelude::*;
use crate::books::ChainNo;
use crate::entity::{self};
use almoner_proof::introduction::{self, KeyEntry};
use almoner_proof::{VerifierKey, introduction::admit_vkey};
use std::collections::BTreeSet;

/// Data of `chain.opened/1`: what a verifier of receipts reads too, so its shape stands in proof.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub struct ChainOpened(introduction::ChainOpened);

impl Kind for ChainOpened {
    const TYPE: &'static str = "chain.opened/1";
    const SIGNERS: Signers = Signers::Opening;
    const SUMMARY: &'static str =
        "An author begins a chain, at seq 0, with its first keys, their holders and roles, and its policy.";
    const EFFECT: &'static str = "none; other events of the chain wait for chain.admitted";
    const MEMBERS: &'static [(&'static str, &'static str)] = &[
        ("name", "language → name"),
        ("keys", "list of {vkey, holder, roles}; every one signs this event"),
        ("admin_quorum", "how many admin holders change keys and policy"),
        ("approvals", "list of {currency, from, approvers}: payments from that amount on need so many approvers"),
        ("recovery", "{keys, quorum}: for when all other keys are lost"),
    ];
    const EXAMPLE: &'static str = r#"{"name":{"en":"The Well"},"keys":[],"admin_quorum":1,"approvals":[{"currency":"CNY","from":"50000.00","approvers":2}],"recovery":{"keys":[],"quorum":1}}"#;
}

impl Event for ChainOpened {
    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let data = &self.0;
        if context.seq != 0 || context.books.chain_no(context.chain_id).is_some() {
            return Err(Refusal::new("chain.exists", context.chain_id));
        }
        check_words("name", &data.name)?;
        let keys = data
            .keys
            .iter()
            .map(|entry| Ok((entry.clone(), check_key(context, entry)?)))
            .collect::<Result<Vec<_>, Refusal>>()?;
        let names: BTreeSet<&str> = keys.iter().map(|(_, vkey)| vkey.name.as_str()).collect();
        let bytes: BTreeSet<&[u8; 32]> = keys.iter().map(|(_, vkey)| vkey.key.bytes()).collect();
        if names.len() != keys.len() || bytes.len() != keys.len() {
            return Err(Refusal::new("key.exists", "a label or key stands twice"));
        }
        let admins: BTreeSet<&str> =
            data.keys.iter().filter(|k| k.roles.contains(&Role::Admin)).map(|k| k.holder.as_str()).collect();
        if data.admin_quorum == 0 || admins.len() < data.admin_quorum as usize {
            return Err(Refusal::new(
                "key.quorum",
                format!("{} admin holders, quorum {}", admins.len(), data.admin_quorum),
            ));
        }
        for approval in &data.approvals {
            let currency = Currency::parse(&approval.currency).filter(|c| crate::rules::minor_digits(*c).is_some());
            let currency = currency.ok_or_else(|| Refusal::new("currency.unknown", &approval.currency))?;
            let from = Figure::parse(&approval.from).ok_or_else(|| Refusal::new("amount.malformed", &approval.from))?;
            from.not_negative(currency)?;
        }
        for vkey in &data.recovery.keys {
            admit_vkey(vkey, context.chain_id)?;
        }
        let mut effects = vec![Effect::Chain(ChainChange::Opened {
            id: context.chain_id.to_owned(),
            name: data.name.clone(),
            keys,
            admin_quorum: data.admin_quorum,
            approvals: data.approvals.clone(),
            recovery: data.recovery.clone(),
            hash: context.event_hash,
        })];
        if context.chain == ChainNo(0) {
            // Operator is the root: nobody stands above it to admit it.
            let role = entity::ChainRole::Regulator;
            effects.push(Effect::Chain(ChainChange::Admitted { chain: context.chain, role, supervisor: None }));
        }
        Ok(effects)
    }
}

/// Shared with key.added: a key is of its chain, holds known roles, and operator's roles are operator's.
pub(super) fn check_key(context: &Context<'_>, entry: &KeyEntry) -> Result<VerifierKey, Refusal> {
    let vkey = entry.admit(context.chain_id)?;
    let operators = [Role::Registrar, Role::Sequencer];
    if context.chain_id != "operator" && entry.roles.iter().any(|role| operators.contains(role)) {
        return Err(Refusal::new("chain.role", "registrar and sequencer are operator's roles"));
    }
    Ok(vkey)
}
