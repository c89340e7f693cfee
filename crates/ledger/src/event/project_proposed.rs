//! project.proposed: work that a fund is to pay for.

use super::prelude::*;

data! {
    /// Data of `project.proposed/1`.
    pub(super) struct ProjectProposed {
        /// New `project/<id>`.
        project: Ref,
        /// Title, in at least one language.
        title: Words,
        /// What is to be done.
        summary: Option<String>,
        /// Programme that it belongs to, own or another chain's.
        programme: Option<Ref>,
        /// With target.
        currency: Option<Currency>,
        /// What it is to cost.
        target: Option<Figure>,
    }
}

impl Kind for ProjectProposed {
    const TYPE: &'static str = "project.proposed/1";
    const SIGNERS: Signers = REPORTS;
    const SUMMARY: &'static str = "A chain proposes a project.";
    const EFFECT: &'static str = include_str!("../../../../tests/vectors/kinds/project.proposed.txt");
    const EXAMPLE: &'static str = r#"{"project":"project/wells","title":{"en":"Twelve wells"},"summary":"Wells for twelve villages.","currency":"CNY","target":"600000.00"}"#;
}

impl Event for ProjectProposed {
    fn tell(&self) -> Telling<'_> {
        vec![("project", Slot::Entity(&self.project))]
    }

    fn decide(&self, context: &Context<'_>) -> Result<Vec<Effect>, Refusal> {
        check_words("title", &self.title)?;
        if let Some(summary) = &self.summary {
            check_text("summary", summary)?;
        }
        let target = match (self.currency, self.target) {
            (Some(currency), Some(target)) => Some(target.positive(currency).at("target")?),
            (None, None) => None,
            _ => return Err(Refusal::new(Code::DataTogether, "target and currency stand together").at("target")),
        };
        let programme = self.programme.as_ref().map(|p| context.any::<Programme>(p)).transpose()?.map(|p| p.no);
        let said = Project {
            title: self.title.clone(),
            summary: self.summary.clone().unwrap_or_default(),
            programme,
            target,
            budget: Vec::new(),
        };
        let standing = ProjectStanding { status: ProjectStatus::Proposed, gone: None };
        Ok(vec![context.open(0, &self.project, said, standing)?])
    }
}
