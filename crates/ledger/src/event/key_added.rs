//! key.added: a chain introduces another key.

use super::prelude::*;
use crate::shape::{Shape, Shaped};
use almoner_proof::introduction;

/// Data of `key.added/1`: what a verifier of receipts reads too, so its shape stands in proof.
#[derive(Debug, serde::Deserialize)]
#[serde(transparent)]
pub(super) struct KeyAdded(introduction::KeyAdded);

impl Shaped for KeyAdded {
    const SHAPE: Shape = introduction::KeyAdded::SHAPE;
}

impl Kind for KeyAdded {
    const TYPE: &'static str = "key.added/1";
    const SIGNERS: Signers = Signers::AdminQuorumAndNewKey;
    const SUMMARY: &'static str = "A chain adds a key; the key itself signs too, as proof of possession.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/key.added.txt");
    const EXAMPLE: &'static str = r#"{"key":{"vkey":"well/carol+00000000+AQ==","holder":"carol","roles":["book"]}}"#;
}

impl Event for KeyAdded {
    fn tell(&self) -> Telling<'_> {
        vec![("holder", Slot::Text(&self.0.key.holder))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let entry = &self.0.key;
        let vkey = super::chain_opened::check_key(context, entry)?;
        let chain = context.own()?;
        if chain.keys.contains_key(&vkey.name) || chain.has_key(vkey.key.bytes()) || chain.recovers_with(&vkey) {
            return Err(Refusal::new(Code::KeyExists, &vkey.name));
        }
        Ok(vec![Effect::Chain(ChainChange::KeyAdded(Box::new((entry.clone(), vkey))))])
    }
}
