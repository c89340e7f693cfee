//! milestone.planned: what is to be achieved, and who says whether it was.

use super::prelude::*;
use std::collections::BTreeMap;

data! {
    /// Data of `milestone.planned/1`.
    pub(super) struct MilestonePlanned {
        /// New `milestone/<id>`.
        milestone: Ref,
        /// Own project.
        project: Ref,
        /// Title, in at least one language.
        title: Words,
        /// What is measured.
        indicator: String,
        /// Where it starts.
        baseline: Option<String>,
        /// Where it should get.
        target: String,
        /// Of baseline and target.
        unit: String,
        /// By when.
        due: Date,
        /// Who attests it; no key stands on two of these chains, nor on one of them and this one or one whose grant names the milestone.
        reviewers: Vec<Reviewer>,
        /// How many of them.
        quorum: u32,
    }
}

data! {
    struct Reviewer {
        /// Id of the chain that attests.
        chain: String,
        /// What for: a word or two.
        role: String,
    }
}

impl Kind for MilestonePlanned {
    const TYPE: &'static str = "milestone.planned/1";
    const SIGNERS: Signers = REPORTS;
    const SUMMARY: &'static str =
        "A milestone with its indicator and target, and the k of n reviewers, on chains of their own, who attest it.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/milestone.planned.txt");
    const EXAMPLE: &'static str = r#"{"milestone":"milestone/m1","project":"project/wells","title":{"en":"First well gives water"},"indicator":"wells in use","baseline":"0","target":"1","unit":"wells","due":"2026-12-31","reviewers":[{"chain":"geo","role":"hydrologist"}],"quorum":1}"#;
}

impl Event for MilestonePlanned {
    fn tell(&self) -> Telling<'_> {
        vec![
            ("milestone", Slot::Entity(&self.milestone)),
            ("project", Slot::Entity(&self.project)),
            ("due", Slot::Date(self.due)),
        ]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        check_words("title", &self.title)?;
        for text in [&self.indicator, &self.target, &self.unit].into_iter().chain(&self.baseline) {
            check_text("indicator, baseline, target, unit", text)?;
        }
        let project = context.mine::<Project>(&self.project)?.no;
        let mut reviewers = Vec::new();
        for reviewer in &self.reviewers {
            check_text("role", &reviewer.role)?;
            let chain = context.chain_named(&reviewer.chain)?;
            if reviewers.contains(&chain.no) {
                return Err(Refusal::new(Code::DataTwice, "a reviewer stands twice").at("reviewers"));
            }
            reviewers.push(chain.no);
        }
        context.guard_independent(reviewers.iter().copied(), [context.chain])?;
        if self.quorum == 0 || self.quorum as usize > reviewers.len() {
            return Err(Refusal::new(Code::DataRange, "1 to the number of reviewers").at("quorum"));
        }
        let said = Milestone {
            project,
            title: self.title.clone(),
            indicator: self.indicator.clone(),
            target: self.target.clone(),
            unit: self.unit.clone(),
            due: self.due,
            reviewers,
            payers: BTreeMap::new(),
            quorum: self.quorum,
            evidence: None,
            attested: Vec::new(),
        };
        let standing = MilestoneStanding { state: MilestoneState::Planned };
        Ok(vec![context.open(0, &self.milestone, said, standing)?])
    }
}
