//! log.opened: the log begins, and names its rules.

use super::prelude::*;

data! {
    /// Data of `log.opened/1`.
    pub(super) struct LogOpened {
        /// Version of the rules, 1.
        rules: u32,
    }
}

impl Kind for LogOpened {
    const TYPE: &'static str = "log.opened/1";
    const SIGNERS: Signers = Signers::One(&[Role::Registrar, Role::Admin]);
    const SUMMARY: &'static str = "The log begins, at index 1, and names the version of its rules.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/log.opened.txt");
    const EXAMPLE: &'static str = r#"{"rules":1}"#;
}

impl Event for LogOpened {
    fn tell(&self) -> Telling<'_> {
        vec![("rules", Slot::Count(self.rules.into()))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        super::log_rules_set::rules(context, self.rules)
    }
}
