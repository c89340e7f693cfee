//! key.retired: a key signs no more; what it signed stands.

use super::prelude::*;
use std::collections::BTreeSet;

data! {
    /// Data of `key.retired/1`.
    pub(super) struct KeyRetired {
        /// `<chain>/<label>`.
        key: String,
    }
}

impl Kind for KeyRetired {
    const TYPE: &'static str = "key.retired/1";
    const SIGNERS: Signers = Signers::AdminQuorum;
    const SUMMARY: &'static str = "A chain retires a key. The past is untouched; the label is never used again.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/key.retired.txt");
    const EXAMPLE: &'static str = r#"{"key":"well/carol"}"#;
}

impl Event for KeyRetired {
    fn tell(&self) -> Telling<'_> {
        vec![("key", Slot::Text(&self.key))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let chain = context.own()?;
        let active = chain.keys.get(&self.key).is_some_and(|k| k.active);
        if !active {
            return Err(Refusal::new(Code::KeyInactive, &self.key));
        }
        let left =
            chain.keys.iter().filter(|(name, k)| k.active && **name != self.key && k.roles.contains(&Role::Admin));
        let holders: BTreeSet<&str> = left.map(|(_, k)| k.holder.as_str()).collect();
        if holders.len() < chain.admin_quorum as usize {
            return Err(Refusal::new(Code::KeyQuorum, format!("{} admin holders would be left", holders.len())));
        }
        Ok(vec![Effect::Chain(ChainChange::KeyRetired(self.key.clone()))])
    }
}
