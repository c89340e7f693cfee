//! milestone.evidenced: the implementer shows what was done.

use super::prelude::*;

data! {
    /// Data of `milestone.evidenced/1`.
    pub(super) struct MilestoneEvidenced {
        /// Own milestone.
        milestone: Ref,
        /// Commitments, at least one.
        documents: Vec<Digest>,
        /// The value reached, in the milestone's unit.
        value: Option<String>,
    }
}

impl Kind for MilestoneEvidenced {
    const TYPE: &'static str = "milestone.evidenced/1";
    const SIGNERS: Signers = REPORTS;
    const SUMMARY: &'static str = "Evidence for a milestone: commitments to documents. Reviewers attest exactly this event; new evidence starts the attestation again.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/milestone.evidenced.txt");
    const EXAMPLE: &'static str =
        r#"{"milestone":"milestone/m1","documents":["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="],"value":"1"}"#;
}

impl Event for MilestoneEvidenced {
    fn tell(&self) -> Telling<'_> {
        vec![("milestone", Slot::Entity(&self.milestone)), ("documents", Slot::count(&self.documents))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        if self.documents.is_empty() || self.documents.len() > LINES_MAX {
            return Err(Refusal::new(Code::DataCount, "1 to 256 stand here").at("documents"));
        }
        if let Some(value) = &self.value {
            check_text("value", value)?;
        }
        let milestone = context.mine::<Milestone>(&self.milestone)?;
        if milestone.standing.state == MilestoneState::Attested {
            return Err(wrong_state(format!("{} is attested already", self.milestone)));
        }
        let evidence = Some(context.event_hash);
        let said = Milestone { evidence, attested: Vec::new(), ..milestone.said.clone() };
        let evidenced = MilestoneStanding { state: MilestoneState::Evidenced };
        Ok(vec![context.say(milestone, said), context.stand(milestone, evidenced)])
    }
}
