//! account.opened: where a chain's money lies.

use super::prelude::*;

/// Data of `account.opened/1`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountOpened {
    account: Ref,
    kind: AccountKind,
    currency: Currency,
    name: Option<Words>,
}

impl Kind for AccountOpened {
    const TYPE: &'static str = "account.opened/1";
    const SIGNERS: Signers = OPENS;
    const SUMMARY: &'static str = "A chain names an account that its money lies in. An account has one currency.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/account.opened.txt");
    const MEMBERS: &'static [(&'static str, &'static str)] = &[
        ("account", "new `account/<id>`"),
        ("kind", "bank, wallet, cash or platform"),
        ("currency", "ISO 4217"),
        ("name?", "language → name; never an account number"),
    ];
    const EXAMPLE: &'static str =
        r#"{"account":"account/bank","kind":"bank","currency":"CNY","name":{"en":"Main account"}}"#;
}

impl Event for AccountOpened {
    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        self.name.iter().try_for_each(|name| check_words("name", name))?;
        let said =
            Said::Account { kind: self.kind, currency: self.currency, name: self.name.clone().unwrap_or_default() };
        Ok(vec![context.open(0, EntityKind::Account, &self.account, said, Standing::Fixed)?])
    }
}
