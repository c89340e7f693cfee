//! programme.opened: work under one name, that several chains may join.

use super::prelude::*;

data! {
    /// Data of `programme.opened/1`.
    pub(super) struct ProgrammeOpened {
        /// New `programme/<id>`.
        programme: Ref,
        /// Name, in at least one language.
        name: Words,
    }
}

impl Kind for ProgrammeOpened {
    const TYPE: &'static str = "programme.opened/1";
    const SIGNERS: Signers = Signers::One(&[Role::Admin, Role::Book, Role::Report]);
    const SUMMARY: &'static str = "A chain opens a programme; funds and projects of any chain may name it.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/programme.opened.txt");
    const EXAMPLE: &'static str =
        r#"{"programme":"programme/science","name":{"en":"Basic science","zh-Hans":"基础科学"}}"#;
}

impl Event for ProgrammeOpened {
    fn tell(&self) -> Telling<'_> {
        vec![("programme", Slot::Entity(&self.programme))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        check_words("name", &self.name)?;
        Ok(vec![context.open(0, &self.programme, Programme { name: self.name.clone() }, Fixed)?])
    }
}
