//! grant.accepted: the recipient takes the grant.

use super::prelude::*;

data! {
    /// Data of `grant.accepted/1`.
    pub(super) struct GrantAccepted {
        /// `<chain>/grant/<id>`.
        grant: Ref,
    }
}

impl Kind for GrantAccepted {
    const TYPE: &'static str = "grant.accepted/1";
    const SIGNERS: Signers = Signers::One(&[Role::Admin, Role::Book]);
    const SUMMARY: &'static str = "The recipient accepts a grant, on its own chain.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/grant.accepted.txt");
    const EXAMPLE: &'static str = r#"{"grant":"foundation/grant/g1"}"#;
}

impl Event for GrantAccepted {
    fn tell(&self) -> Telling<'_> {
        vec![("grant", Slot::Entity(&self.grant))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let grant = context.theirs::<Grant>(&self.grant)?;
        if grant.said.amount.is_zero() {
            return Err(wrong_state("the grant was reversed"));
        }
        if grant.said.recipient.chain.as_deref() != Some(context.chain_id) || grant.said.accepted {
            return Err(wrong_state("the grant is for another recipient, or accepted already"));
        }
        Ok(vec![context.say(grant, Grant { accepted: true, ..grant.said.clone() })])
    }
}
