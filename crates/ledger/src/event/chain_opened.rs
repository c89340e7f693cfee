//! chain.opened: an author begins a chain and introduces its first keys.

use super::prelude::*;
use crate::shape::{Shape, Shaped};
use almoner_proof::VerifierKey;
use almoner_proof::event::SIGNERS_MAX;
use almoner_proof::introduction::{self, KeyEntry, Recovery, admit_vkey};
use std::collections::BTreeSet;

/// Data of `chain.opened/1`: what a verifier of receipts reads too, so its shape stands in proof.
#[derive(Debug, serde::Deserialize)]
#[serde(transparent)]
pub(super) struct ChainOpened(introduction::ChainOpened);

impl Shaped for ChainOpened {
    const SHAPE: Shape = introduction::ChainOpened::SHAPE;
}

impl Kind for ChainOpened {
    const TYPE: &'static str = "chain.opened/1";
    const SIGNERS: Signers = Signers::Opening;
    const SUMMARY: &'static str =
        "An author begins a chain, at seq 0, with its first keys, their holders and roles, and its policy.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/chain.opened.txt");
    const EXAMPLE: &'static str = r#"{"name":{"en":"The Well"},"keys":[],"admin_quorum":1,"approvals":[{"currency":"CNY","from":"50000.00","approvers":2}],"recovery":{"keys":[],"quorum":1}}"#;
}

impl Event for ChainOpened {
    fn tell(&self) -> Telling<'_> {
        vec![("name", Slot::Name(&self.0.name))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let data = &self.0;
        if context.seq != 0 || context.has_chain(context.chain_id) {
            return Err(Refusal::new(Code::ChainExists, context.chain_id));
        }
        check_words("name", &data.name)?;
        let keys = data
            .keys
            .iter()
            .map(|entry| Ok((entry.clone(), check_key(context, entry)?)))
            .collect::<Result<Vec<_>, Refusal>>()?;
        let recovery = check_recovery(context, &data.recovery)?;
        let all = || keys.iter().map(|(_, vkey)| vkey).chain(&recovery);
        let names: BTreeSet<&str> = all().map(|vkey| vkey.name.as_str()).collect();
        let bytes: BTreeSet<&[u8; 32]> = all().map(|vkey| vkey.key.bytes()).collect();
        if names.len() != all().count() || bytes.len() != all().count() {
            return Err(Refusal::new(Code::KeyExists, "a label or key stands twice among keys and recovery keys"));
        }
        let admins: BTreeSet<&str> =
            data.keys.iter().filter(|k| k.roles.contains(&Role::Admin)).map(|k| k.holder.as_str()).collect();
        if data.admin_quorum == 0 || admins.len() < data.admin_quorum as usize {
            return Err(Refusal::new(
                Code::KeyQuorum,
                format!("{} admin holders, quorum {}", admins.len(), data.admin_quorum),
            ));
        }
        for approval in &data.approvals {
            let currency = crate::currency::openable(&approval.currency).at("currency").at("approvals")?;
            let from =
                Figure::parse(&approval.from).ok_or_else(|| Refusal::new(Code::AmountMalformed, &approval.from))?;
            from.not_negative(currency).at("from").at("approvals")?;
            if approval.approvers > APPROVERS_MAX {
                return Err(Refusal::new(
                    Code::DataRange,
                    format!("{} approvers, at most {APPROVERS_MAX}", approval.approvers),
                ));
            }
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
            let role = ChainRole::Regulator;
            effects.push(Effect::Chain(ChainChange::Admitted { chain: context.chain, role, supervisor: None }));
        }
        Ok(effects)
    }
}

/// Most approvers that a policy may ask for: as many as an event may have signers. Beyond what a chain can ever have, a
/// threshold would close its purse for good.
const APPROVERS_MAX: u32 = SIGNERS_MAX as u32;

/// Most recovery keys that may have to sign: chain.recovered also bears a new key's signature and a registrar's.
const RECOVERY_MAX: u32 = APPROVERS_MAX - 2;

/// Recovery is fixed at the opening, for ever, so what could never be met or would be met by nobody is refused here.
fn check_recovery(context: &Context<'_>, recovery: &Recovery) -> Result<Vec<VerifierKey>, Refusal> {
    let count = u32::try_from(recovery.keys.len()).unwrap_or(u32::MAX);
    let most = count.clamp(1, RECOVERY_MAX);
    if !(1..=most).contains(&recovery.quorum) {
        return Err(Refusal::new(
            Code::KeyQuorum,
            format!("recovery: {count} keys, quorum {}, 1 to {most} is possible", recovery.quorum),
        ));
    }
    recovery.keys.iter().map(|vkey| Ok(admit_vkey(vkey, context.chain_id)?)).collect()
}

/// Shared with key.added: a key is of its chain, holds known roles, and operator's roles are operator's.
pub(super) fn check_key(context: &Context<'_>, entry: &KeyEntry) -> Result<VerifierKey, Refusal> {
    let vkey = entry.admit(context.chain_id)?;
    let operators = [Role::Registrar, Role::Sequencer];
    if context.chain_id != "operator" && entry.roles.iter().any(|role| operators.contains(role)) {
        return Err(Refusal::new(Code::ChainRole, "registrar and sequencer are operator's roles"));
    }
    Ok(vkey)
}
