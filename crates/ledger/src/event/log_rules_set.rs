//! log.rules_set: another version of the rules from here on.

use super::prelude::*;
use crate::rules::RULES_KNOWN;

data! {
    /// Data of `log.rules_set/1`.
    pub(super) struct LogRulesSet {
        /// Version of the rules.
        rules: u32,
    }
}

impl Kind for LogRulesSet {
    const TYPE: &'static str = "log.rules_set/1";
    const SIGNERS: Signers = Signers::One(&[Role::Registrar, Role::Admin]);
    const SUMMARY: &'static str = "The operator sets the version of the rules that holds from the next event on.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/log.rules_set.txt");
    const EXAMPLE: &'static str = r#"{"rules":1}"#;
}

impl Event for LogRulesSet {
    fn tell(&self) -> Telling<'_> {
        vec![("rules", Slot::Count(self.rules.into()))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        rules(context, self.rules)
    }
}

/// Shared with log.opened: only operator, only versions that are known, never back.
pub(super) fn rules(context: &Context<'_>, version: u32) -> Result<Vec<Effect>, Refusal> {
    if context.chain_id != "operator" {
        return Err(Refusal::new(Code::ChainRole, "only operator sets rules"));
    }
    if version > RULES_KNOWN || version < context.rules() {
        return Err(Refusal::new(Code::RulesUnknown, version));
    }
    Ok(vec![Effect::Rules(version)])
}
