//! milestone.attested: a reviewer, on its own chain, says that it is so.

use super::prelude::*;

data! {
    /// Data of `milestone.attested/1`.
    pub(super) struct MilestoneAttested {
        /// `<chain>/milestone/<id>`.
        milestone: Ref,
        /// `<chain>#<seq>` of the milestone.evidenced that was reviewed.
        event: crate::data::EventId,
        /// Its event hash.
        hash: Digest,
    }
}

impl Kind for MilestoneAttested {
    const TYPE: &'static str = "milestone.attested/1";
    const SIGNERS: Signers = Signers::One(&[Role::Attest]);
    const SUMMARY: &'static str =
        "A reviewer attests a milestone on the evidence of one event; the k-th attestation changes its state.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/milestone.attested.txt");
    const EXAMPLE: &'static str =
        r#"{"milestone":"well/milestone/m1","event":"well#20","hash":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}"#;
}

impl Event for MilestoneAttested {
    fn tell(&self) -> Telling<'_> {
        vec![("milestone", Slot::Entity(&self.milestone))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        let milestone = context.theirs::<Milestone>(&self.milestone)?;
        let Milestone { reviewers, payers, attested, .. } = milestone.said;
        if !reviewers.contains(&context.chain) {
            return Err(Refusal::new(Code::MilestoneNotReviewer, context.chain_id));
        }
        let implementer =
            context.chain_no(milestone.chain).ok_or_else(|| Refusal::new(Code::ChainUnknown, &self.milestone))?;
        if self.event.chain != implementer.id {
            return Err(Refusal::new(Code::RefUnknown, &self.event));
        }
        let others = reviewers.iter().filter(|other| **other != context.chain).chain(payers.keys());
        context.guard_independent([context.chain], others.copied().chain([implementer.no]))?;
        if milestone.standing.state != MilestoneState::Evidenced || attested.contains(&context.chain) {
            return Err(wrong_state("no evidence waits for this reviewer's attestation"));
        }
        if milestone.said.evidence != Some(self.hash.0) {
            return Err(Refusal::new(Code::RefHash, "the newest evidence is another event"));
        }
        let mut said = milestone.said.clone();
        said.attested.push(context.chain);
        let is_last = said.attested.len() >= said.quorum as usize;
        let mut effects = vec![context.say(milestone, said)];
        if is_last {
            effects.push(context.stand(milestone, MilestoneStanding { state: MilestoneState::Attested }));
        }
        Ok(effects)
    }
}
