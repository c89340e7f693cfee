//! hold.lifted: the supervisor lets payments go on.

use super::prelude::*;

data! {
    /// Data of `hold.lifted/1`.
    pub(super) struct HoldLifted {
        /// Own hold.
        hold: Ref,
        /// Why.
        reason: String,
    }
}

impl Kind for HoldLifted {
    const TYPE: &'static str = "hold.lifted/1";
    const SIGNERS: Signers = Signers::One(&[Role::Supervise]);
    const SUMMARY: &'static str = "The supervisor lifts a hold that it placed.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/hold.lifted.txt");
    const EXAMPLE: &'static str = r#"{"hold":"hold/h1","reason":"the accounts are in order"}"#;
}

impl Event for HoldLifted {
    fn tell(&self) -> Telling<'_> {
        vec![("hold", Slot::Entity(&self.hold)), ("reason", Slot::Text(&self.reason))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        check_text("reason", &self.reason)?;
        let hold = context.mine::<Hold>(&self.hold)?;
        if hold.standing.state == HoldState::Lifted {
            return Err(wrong_state(format!("{} is lifted already", self.hold)));
        }
        Ok(vec![context.stand(hold, HoldStanding { state: HoldState::Lifted })])
    }
}
