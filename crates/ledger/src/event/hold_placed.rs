//! hold.placed: the supervisor stops payments.

use super::prelude::*;

data! {
    /// Data of `hold.placed/1`.
    pub(super) struct HoldPlaced {
        /// New `hold/<id>`.
        hold: Ref,
        /// `<chain>`, `<chain>/fund/<id>` or `<chain>/project/<id>`.
        on: String,
        /// Legal basis.
        basis: String,
        /// When it is meant to end; clocks never decide, so only hold.lifted ends it.
        expires: Option<Date>,
    }
}

impl Kind for HoldPlaced {
    const TYPE: &'static str = "hold.placed/1";
    const SIGNERS: Signers = Signers::One(&[Role::Supervise]);
    const SUMMARY: &'static str = "The supervisor named at admission stops ordinary outflows of a chain, a fund or a project. Nothing else is stopped.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/hold.placed.txt");
    const EXAMPLE: &'static str =
        r#"{"hold":"hold/h1","on":"well/fund/water","basis":"Charity Law art. 97","expires":"2026-12-31"}"#;
}

impl Event for HoldPlaced {
    fn tell(&self) -> Telling<'_> {
        vec![("on", Slot::Subject(&self.on)), ("basis", Slot::Text(&self.basis))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        check_text("basis", &self.basis)?;
        let (chain, target) = if self.on.contains('/') {
            let reference = Ref::parse(&self.on).ok_or_else(|| Refusal::new(Code::RefNotCanonical, &self.on))?;
            let (chain, no) = if reference.kind == EntityKind::Fund {
                let fund = context.theirs::<Fund>(&reference)?;
                (fund.chain, fund.no)
            } else if reference.kind == EntityKind::Project {
                let project = context.theirs::<Project>(&reference)?;
                (project.chain, project.no)
            } else {
                return Err(Refusal::new(Code::RefNotCanonical, "a hold is on a chain, a fund or a project"));
            };
            (chain, HoldTarget::Entity(no))
        } else {
            let chain = context.chain_named(&self.on)?.no;
            (chain, HoldTarget::Chain(chain))
        };
        if context.chain_no(chain).and_then(|c| c.supervisor) != Some(context.chain) {
            return Err(Refusal::new(Code::ChainRole, "only the supervisor named at chain.admitted places a hold"));
        }
        let said = Hold { on: target, basis: self.basis.clone(), expires: self.expires };
        Ok(vec![context.open(0, &self.hold, said, HoldStanding { state: HoldState::Placed })?])
    }
}
