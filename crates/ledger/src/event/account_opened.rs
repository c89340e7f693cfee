//! account.opened: where a chain's money lies.

use super::prelude::*;

data! {
    /// Data of `account.opened/1`.
    pub(super) struct AccountOpened {
        /// New `account/<id>`.
        account: Ref,
        /// What it is.
        kind: AccountKind,
        /// ISO 4217.
        currency: Currency,
        /// Name, in several languages; never an account number.
        name: Option<Words>,
    }
}

impl Kind for AccountOpened {
    const TYPE: &'static str = "account.opened/1";
    const SIGNERS: Signers = OPENS;
    const SUMMARY: &'static str = "A chain names an account that its money lies in. An account has one currency.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/account.opened.txt");
    const EXAMPLE: &'static str =
        r#"{"account":"account/bank","kind":"bank","currency":"CNY","name":{"en":"Main account"}}"#;
}

impl Event for AccountOpened {
    fn tell(&self) -> Telling<'_> {
        vec![
            ("account", Slot::Entity(&self.account)),
            ("kind", Slot::Word(AccountKind::LIST, self.kind.word())),
            ("currency", Slot::Text(self.currency.code())),
        ]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        self.name.iter().try_for_each(|name| check_words("name", name))?;
        let said = Account { kind: self.kind, currency: self.currency, name: self.name.clone().unwrap_or_default() };
        Ok(vec![context.open(0, &self.account, said, Fixed)?])
    }
}
